//! What a sponsor is asked, and what it answers (`docs/pay.md`, "Sponsoring viewers"). Its address comes from a link, so nothing
//! that it says is believed but that it wants to pay: whether it did, the chain says.

use btt::{Address, Amount};
use js_sys::{Object, Promise, Reflect, Uint8Array};
use pay::{Deployment, Voucher};
use protocol::purse::SponsorFault;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, RequestCredentials, RequestInit, RequestRedirect, Response,
};

/// What a sponsor would deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who deposits.
    pub owner: Address,
    /// How many peers can be paid from it.
    pub slots: u32,
    /// What is in it for each.
    pub slot_cap: Amount,
    /// How many seconds it lasts.
    pub lasts: u64,
    /// The highest price for a GB: no more than [`MAX_PRICE`].
    pub highest: Amount,
}

/// The highest price for a GB that anybody may have this browser pay, whoever's money it is.
pub const MAX_PRICE: Amount = Amount::from_btt(1_000_000);

/// Slots at most, as `seedcast-signaling sponsor` has them.
const MAX_SLOTS: u32 = 64;

/// Milliseconds after which a sponsor counts as unreachable.
const PATIENCE: u32 = 15_000;

/// Bytes of an answer.
const MAX_ANSWER: usize = 4096;

#[wasm_bindgen]
extern "C" {
    fn fetch(url: &str, request: &RequestInit) -> Promise;
}

impl Terms {
    /// Reads them.
    ///
    /// # Errors
    /// [`SponsorFault::Unfit`].
    pub fn parse(answer: &[u8], deployment: &Deployment) -> Result<Self, SponsorFault> {
        let read = || {
            let answer: Value = serde_json::from_slice(answer).ok()?;
            let text = |name: &str| answer[name].as_str();
            let is_ours = answer["chain"].as_u64() == Some(deployment.chain)
                && text("contract")?.parse() == Ok(deployment.contract);
            let terms = Self {
                owner: text("owner")?.parse().ok()?,
                slots: u32::try_from(answer["slots"].as_u64()?).ok()?,
                slot_cap: units(&answer["slot_cap"])?,
                lasts: answer["lasts"].as_u64()?,
                highest: units(&answer["highest"])?.min(MAX_PRICE),
            };
            let fits = is_ours
                && (1..=MAX_SLOTS).contains(&terms.slots)
                && !terms.slot_cap.is_zero()
                && terms.slot_cap < Voucher::LIMIT
                && !terms.highest.is_zero();
            fits.then_some(terms)
        };
        read().ok_or(SponsorFault::Unfit)
    }
}

/// What a sponsor answered, by status and bytes, to who asked for the deposit of an owner.
///
/// # Errors
/// Why not.
pub fn agreed(status: u16, answer: &[u8], owner: Address) -> Result<(), SponsorFault> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    if status == 200 {
        let told = answer["owner"].as_str().and_then(|text| text.parse().ok());
        return if told == Some(owner) { Ok(()) } else { Err(SponsorFault::Unfit) };
    }
    Err(match answer["code"].as_str() {
        Some("ticket" | "late") => SponsorFault::Ticket,
        Some("other-key") => SponsorFault::Other,
        Some("budget" | "empty" | "full") => SponsorFault::Spent,
        Some("unavailable" | "too-often" | "too-slow") | None => SponsorFault::Unreachable,
        Some(_) => SponsorFault::Refused,
    })
}

/// Asks what a sponsor would deposit.
///
/// # Errors
/// [`SponsorFault::Unreachable`] and [`SponsorFault::Unfit`].
pub async fn terms(url: &str, deployment: &Deployment) -> Result<Terms, SponsorFault> {
    match request(url, None).await {
        Ok((200, answer)) => Terms::parse(&answer, deployment),
        Ok(_) | Err(_) => Err(SponsorFault::Unreachable),
    }
}

/// Asks it to deposit, as this owner, for the key with this address.
///
/// # Errors
/// Why it does not.
pub async fn ask(url: &str, ticket: &str, key: Address, owner: Address) -> Result<(), SponsorFault> {
    let body = json!({ "ticket": ticket, "key": key }).to_string();
    let told = request(url, Some(&body)).await;
    told.map_or(Err(SponsorFault::Unreachable), |(status, answer)| agreed(status, &answer, owner))
}

/// Asks a question, with nothing that says who asks but what is in it, and reads no more than an answer may have.
async fn request(url: &str, body: Option<&str>) -> Result<(u16, Vec<u8>), JsValue> {
    let request = RequestInit::new();
    request.set_credentials(RequestCredentials::Omit);
    request.set_redirect(RequestRedirect::Error);
    request.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
    if let Some(body) = body {
        request.set_method("POST");
        request.set_body(&JsValue::from_str(body));
        let headers = Object::new();
        Reflect::set(&headers, &"content-type".into(), &"application/json".into())?;
        request.set_headers(&headers);
    }
    let response: Response = JsFuture::from(fetch(&format!("{url}/sponsor"), &request)).await?.dyn_into()?;
    let mut answer = Vec::new();
    if let Some(stream) = response.body() {
        let reader: ReadableStreamDefaultReader = stream.get_reader().dyn_into()?;
        while let Ok(chunk) =
            Reflect::get(&JsFuture::from(reader.read()).await?, &"value".into())?.dyn_into::<Uint8Array>()
        {
            answer.extend(chunk.to_vec());
            if answer.len() > MAX_ANSWER {
                // It may go on sending for ever.
                drop(reader.cancel());
                return Err(JsValue::UNDEFINED);
            }
        }
    }
    Ok((response.status(), answer))
}

/// An amount in units, as a string.
fn units(value: &Value) -> Option<Amount> {
    let text = value.as_str()?;
    let is_plain = text.len() <= 39 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain).map(Amount::from_units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Deployment {
        Deployment { chain: 1029, contract: Address::from_bytes([1; 20]) }
    }

    fn answer() -> Value {
        json!({
            "chain": 1029,
            "contract": deployment().contract,
            "owner": Address::from_bytes([2; 20]),
            "slots": 8,
            "slot_cap": "25000000000000000000",
            "lasts": 604_800,
            "highest": Amount::from_btt(40),
        })
    }

    fn parse(answer: &Value) -> Result<Terms, SponsorFault> {
        Terms::parse(answer.to_string().as_bytes(), &deployment())
    }

    #[test]
    fn row_54_terms_are_of_this_chain_and_within_bounds_or_none() {
        let terms = parse(&answer()).unwrap();
        assert_eq!(
            (terms.slots, terms.slot_cap, terms.highest),
            (8, Amount::from_btt(25), Amount::from_btt(40))
        );
        for (field, value) in [
            ("chain", json!(199)),
            ("chain", json!("1029")),
            ("contract", json!(Address::from_bytes([9; 20]))),
            ("owner", json!("0x12")),
            ("slots", json!(0)),
            ("slots", json!(65)),
            ("slots", json!(1_u64 << 32)),
            ("slot_cap", json!("0")),
            ("slot_cap", json!(25)),
            ("slot_cap", json!("+25")),
            ("slot_cap", json!("79228162514264337593543950336")),
            ("lasts", json!(-1)),
            ("highest", json!("0")),
            ("highest", json!("1e30")),
            ("highest", json!(null)),
        ] {
            let mut other = answer();
            other[field] = value;
            assert_eq!(parse(&other), Err(SponsorFault::Unfit), "{other}");
        }
        assert_eq!(Terms::parse(b"[", &deployment()), Err(SponsorFault::Unfit));
        let mut dear = answer();
        dear["highest"] = json!(u128::MAX.to_string());
        assert_eq!(parse(&dear).unwrap().highest, MAX_PRICE);
    }

    #[test]
    fn row_54_whatever_a_sponsor_answers_means_yes_or_a_reason() {
        let owner = Address::from_bytes([2; 20]);
        let told = |status, text: &str| agreed(status, text.as_bytes(), owner);
        assert_eq!(told(200, &answer().to_string()), Ok(()));
        assert_eq!(told(200, "{\"owner\": \"0x\"}"), Err(SponsorFault::Unfit));
        assert_eq!(told(200, "no"), Err(SponsorFault::Unfit));
        for (code, fault) in [
            ("ticket", SponsorFault::Ticket),
            ("late", SponsorFault::Ticket),
            ("other-key", SponsorFault::Other),
            ("budget", SponsorFault::Spent),
            ("unavailable", SponsorFault::Unreachable),
            ("failed", SponsorFault::Refused),
            ("anything", SponsorFault::Refused),
        ] {
            assert_eq!(told(409, &json!({ "code": code }).to_string()), Err(fault));
        }
        assert_eq!(told(502, "<html>"), Err(SponsorFault::Unreachable));
    }
}

//! What others may ask of a relay, and hand in.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use btt::Address;
use relay::Offer;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::Shared;
use crate::accept::Client;
use crate::door::{self, Door, answer, refuse};
use crate::own_account::now;
use crate::quota::Quota;

/// Vouchers at a time, and the bytes that they may have.
const MAX_OFFERS: usize = 40;
const MAX_BODY: usize = 32 * 1024;

/// Requests with vouchers that one place may send at once, and per second.
const BURST: u32 = 20;
const PER_SECOND: f64 = 0.2;

/// Those that the node is asked for at a time.
const AT_ONCE: usize = 8;

#[derive(Debug)]
struct Site {
    shared: Arc<Shared>,
    door: Arc<Door>,
    asking: Semaphore,
}

/// What is handed in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offers {
    /// Whose purse it is.
    owner: Address,
    vouchers: Vec<Offer>,
}

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let door = shared.config.program.door(Quota::new(PER_SECOND, BURST), MAX_BODY);
    let asking = Semaphore::new(AT_ONCE);
    let site = Arc::new(Site { shared, door: Arc::clone(&door), asking });
    let routes = Router::new().route("/relay", get(terms).post(take)).route("/relay/{owner}", get(terms_for));
    door::behind(door, routes.with_state(site))
}

/// What it redeems and for how much.
async fn terms(State(site): State<Arc<Site>>) -> Response {
    answer(StatusCode::OK, &site.shared.terms())
}

/// The same with the purse of an owner, which vouchers have to be signed to.
async fn terms_for(State(site): State<Arc<Site>>, Path(owner): Path<String>) -> Response {
    let owner: Address = match owner.parse() {
        Ok(owner) => owner,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, "address", &error.to_string()),
    };
    let mut terms = site.shared.terms();
    terms["payee"] = json!(site.shared.state().relay.purse(owner));
    answer(StatusCode::OK, &terms)
}

/// Takes vouchers, and says of each why not, if so.
async fn take(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let offers = match site.door.hear(&client, request, "vouchers", read).await {
        Ok(offers) => offers,
        Err(refusal) => return refusal,
    };
    let Ok(_asking) = site.asking.try_acquire() else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", "Others are asking: try again.");
    };
    let mut answers = Vec::new();
    for offer in offers.vouchers {
        match site.shared.take(offers.owner, offer).await {
            Ok(refusal) => answers.push(refusal),
            Err(error) => {
                eprintln!("seedcast-signaling: a voucher cannot be taken: {error:#}");
                return refuse(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "The chain cannot be asked: try again later.",
                );
            }
        }
    }
    answer(StatusCode::OK, &json!({ "refused": answers }))
}

impl Shared {
    fn terms(&self) -> Value {
        let state = self.state();
        let relay::Config { deployment, split, share, .. } = state.relay.config();
        json!({
            "chain": deployment.chain,
            "contract": deployment.contract,
            "split": split.address,
            "share": share,
        })
    }

    /// Takes a voucher, once it is on disk, or says why not.
    async fn take(&self, owner: Address, offer: Offer) -> anyhow::Result<Option<String>> {
        let checked = self.state().relay.check(owner, &offer);
        if let Err(refusal) = checked {
            return Ok(Some(refusal.to_string()));
        }
        let status = self.node.status(self.config.program.contract, offer.slot()).await?;
        let mut state = self.state();
        if let Err(refusal) = state.relay.admit(now(), owner, offer, status.as_ref()) {
            return Ok(Some(refusal.to_string()));
        }
        state.is_dirty = true;
        state.save()?;
        self.news.notify_one();
        Ok(None)
    }
}

fn read(body: &[u8]) -> Result<Offers, String> {
    let offers: Offers =
        serde_json::from_slice(body).map_err(|error| format!("That is no list of vouchers: {error}."))?;
    if offers.vouchers.len() > MAX_OFFERS {
        return Err(format!("That is too much: {MAX_OFFERS} vouchers are taken at a time."));
    }
    Ok(offers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_44_what_is_no_list_of_vouchers_is_refused() {
        let voucher = json!({
            "buyer": format!("0x{}", "11".repeat(20)),
            "key": format!("0x{}", "22".repeat(20)),
            "slot": 7,
            "cumulative": "1000000000000000000",
            "signature": format!("0x{}", "33".repeat(64)),
        });
        let list = |vouchers: &[Value]| {
            json!({ "owner": format!("0x{}", "44".repeat(20)), "vouchers": vouchers }).to_string()
        };
        assert_eq!(read(list(std::slice::from_ref(&voucher)).as_bytes()).unwrap().vouchers.len(), 1);
        assert!(list(&vec![voucher.clone(); MAX_OFFERS]).len() < MAX_BODY);
        assert!(read(list(&vec![voucher.clone(); MAX_OFFERS + 1]).as_bytes()).is_err());
        for (field, value) in [
            ("buyer", json!("0x11")),
            ("slot", json!(-1)),
            ("slot", json!(1_u64 << 32)),
            ("cumulative", json!(1000)),
            ("cumulative", json!("1e18")),
            ("signature", json!("0x33")),
            ("payee", json!("0x")),
        ] {
            let mut voucher = voucher.clone();
            voucher[field] = value;
            assert!(read(list(&[voucher]).as_bytes()).is_err(), "{field}");
        }
        assert!(read(b"[]").is_err());
        assert!(read("[".repeat(30_000).as_bytes()).is_err());
    }
}

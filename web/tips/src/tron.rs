//! One tip on TRON: TRC-20 BTT, by way of the wallet's own `tronWeb`.
//!
//! The transaction is built by a node of the wallet's choice, so it is read and compared with what the user wants before
//! the wallet signs it, and again when it has.

use btt::tron::{self, Transfer};
use btt::{Address, Chain, Network, PaymentRequest};
use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;

use crate::browser::property;
use crate::words;
use wallet::browser::{call, from_js, to_js};
use wallet::{Failure, Progress, Refusal, Sent, Wallet, first};

/// The most that may be burnt for energy, in sun: 100 TRX, which is also what tronWeb's own examples allow.
const FEE_LIMIT: u64 = 100_000_000;

/// Milliseconds between two looks at the chain, whose blocks take three seconds.
const PACE: u32 = 3_000;

/// Answers that do not know a transaction before it counts as dropped.
const MISSING: u32 = 40;

/// Asks the wallet to sign the tip, and sends it. `asked` is called right before the one
/// question that may move money, with whose it is.
pub(crate) async fn send(
    wallet: &Wallet,
    network: &Network,
    request: &PaymentRequest,
    asked: impl FnOnce(Address),
) -> Result<Sent, Failure> {
    let (Chain::Tron(chain), Some(token)) = (network.chain, network.token) else {
        return Err(Failure::WrongChain);
    };
    let from = first(&wallet.connect().await?)?;
    let id = u64::from(chain);
    if wallet.chain().await? != Some(id) {
        let switch = wallet.ask("wallet_switchEthereumChain", json!([{ "chainId": format!("{chain:#x}") }]));
        match switch.await {
            Ok(_) if wallet.chain().await? == Some(id) => {}
            Ok(_) | Err(Refusal::Rejected | Refusal::UnknownChain) => return Err(Failure::WrongChain),
            Err(refusal) => return Err(refusal.into()),
        }
    }
    let turns = wallet.turns();
    let web = wallet.tron_web().ok_or(Failure::NoAccount)?;
    let part = |name| property(&web, name).ok_or_else(|| Failure::Wallet("It lacks tronWeb.".to_owned()));
    let (builder, trx) = (part("transactionBuilder")?, part("trx")?);

    let wanted = Transfer {
        token,
        from,
        to: request.payee.address,
        amount: request.amount,
        fee_limit: FEE_LIMIT,
        memo: request.memo.encode(),
    };
    let arguments = Array::of5(
        &token.tron().into(),
        &"transfer(address,uint256)".into(),
        &to_js(&json!({ "feeLimit": FEE_LIMIT, "callValue": 0 })),
        &to_js(&json!([
            { "type": "address", "value": wanted.to.tron() },
            { "type": "uint256", "value": wanted.amount.units().to_string() },
        ])),
        &from.tron().into(),
    );
    let built = call(&builder, "triggerSmartContract", &arguments).await.map_err(wallet_error)?;
    let built = property(&built, "transaction").ok_or_else(|| Failure::Impossible(String::new()))?;
    let memo = btt::hex::encode(&wanted.memo);
    let arguments = Array::of3(&built, &memo.into(), &"hex".into());
    let noted = call(&builder, "addUpdateData", &arguments).await.map_err(wallet_error)?;
    check(&noted, &wanted).map_err(Failure::Tampered)?;
    if first(&wallet.connect().await?)? != from || wallet.chain().await? != Some(id) || turns.any() {
        return Err(Failure::Changed);
    }
    asked(from);
    let signed = call(&trx, "sign", &Array::of1(&noted)).await.map_err(wallet_error)?;
    let hash = check(&signed, &wanted).map_err(Failure::SignedOther)?;
    let sent = call(&trx, "sendRawTransaction", &Array::of1(&signed)).await;
    match sent.map(|answer| property(&answer, "result").is_some_and(|result| result.is_truthy())) {
        Ok(true) => Ok(Sent { hash, from, number: 0, block: 0 }),
        Ok(false) => Err(Failure::Impossible(words::NOT_TAKEN.into())),
        Err(error) => Err(match Refusal::of(&error) {
            Refusal::Other(words) => Failure::Unknown(words),
            // It threw nothing that says what happened.
            Refusal::Lacks => Failure::Unknown(String::new()),
            refusal => refusal.into(),
        }),
    }
}

/// Waits until the network has the tip for good.
pub(crate) async fn watch(
    wallet: &Wallet,
    transaction: &str,
    tell: impl Fn(Progress),
) -> Result<(), Failure> {
    let mut missing = 0;
    while missing < MISSING {
        match info(wallet, transaction).await {
            Some(info) => match info.pointer("/receipt/result").and_then(Value::as_str) {
                Some("SUCCESS") => return Ok(()),
                Some(_) => return Err(Failure::Reverted),
                None => {
                    missing += 1;
                    tell(Progress::Confirmations(0));
                }
            },
            None => tell(Progress::Unreachable),
        }
        TimeoutFuture::new(PACE).await;
    }
    Err(Failure::Dropped)
}

/// What the network says of a transaction, which is nothing before a block that it will not take back; none if it cannot
/// be asked.
async fn info(wallet: &Wallet, transaction: &str) -> Option<Value> {
    let trx = property(&wallet.tron_web()?, "trx")?;
    let info = call(&trx, "getTransactionInfo", &Array::of1(&transaction.into())).await.ok()?;
    Some(from_js(&info))
}

/// Compares a transaction with what is wanted; its id, or what differs.
fn check(transaction: &JsValue, wanted: &Transfer) -> Result<String, tron::Tampered> {
    let text = |name| property(transaction, name).and_then(|text| text.as_string()).unwrap_or_default();
    let (raw, id) = (text("raw_data_hex"), text("txID"));
    tron::check(&raw, &id, wanted).map(|()| id)
}

fn wallet_error(error: JsValue) -> Failure {
    match Refusal::of(&error) {
        Refusal::Other(words) if words.to_ascii_lowercase().contains("declined") => Failure::Rejected,
        refusal => refusal.into(),
    }
}

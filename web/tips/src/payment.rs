//! One tip on an EVM chain: asked of the wallet once, then watched until it is certain.

use std::cell::Cell;
use std::rc::Rc;

use btt::{Address, Amount, CONFIRMATIONS, Chain, Memo, Network, PaymentRequest};
use gloo_timers::future::TimeoutFuture;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::words;
use node::{Node, as_number};
use wallet::{Refusal, Wallet};

/// Milliseconds between two looks at the chain, whose blocks take two seconds.
const PACE: u32 = 2_000;

/// Looks at the chain that do not find a transaction before it counts as dropped.
const MISSING: u32 = 5;

/// Blocks that are searched for what took the place of a transaction.
const SEARCHED: u64 = 32;

/// A tip that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Hash of the transaction, as the chain writes it.
    pub(crate) transaction: String,
    /// Who pays.
    pub(crate) from: Address,
    /// The number of the transaction among those of the account (its nonce).
    pub(crate) number: u64,
    /// The newest block when it was sent.
    pub(crate) block: u64,
}

/// What the chain says of a tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Executed, with so many blocks on top; 0 if not yet.
    Confirmations(u64),
    /// The user sped it up in the wallet: the same tip goes by another hash.
    Renamed(String),
    /// The chain cannot be asked just now.
    Unreachable,
}

/// What a tip costs beside its amount, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fee {
    pub(crate) gas: u64,
    pub(crate) price: Amount,
}

impl Fee {
    /// The most that can be asked for.
    pub(crate) fn total(self) -> Option<Amount> {
        self.price.checked_mul(self.gas)
    }
}

/// Gas of a transfer with this memo to an account that is no contract (Berlin rules).
pub(crate) fn usual_gas(memo: &Memo) -> u64 {
    let bytes = memo.encode();
    let zeros = bytes.iter().filter(|byte| **byte == 0).count() as u64;
    21_000 + 4 * zeros + 16 * (bytes.len() as u64 - zeros)
}

/// What a unit of gas costs now.
pub(crate) async fn gas_price(node: &Node) -> Result<Amount, Failure> {
    let price = node.call("eth_gasPrice", json!([])).await?;
    price.as_str().and_then(|price| Amount::from_quantity(price).ok()).ok_or(Failure::Unreachable)
}

/// What the tip would cost now. Legacy gas price: the chain has no base fee (EIP-1559).
pub(crate) async fn fee(
    node: &Node,
    request: &PaymentRequest,
    from: Option<Address>,
) -> Result<Fee, Failure> {
    let price = gas_price(node).await?;
    let mut transaction = json!({
        "to": request.payee.address.to_string(),
        "data": request.data(),
    });
    // With sender and amount a node also looks whether the sender has that much.
    if let Some(from) = from {
        transaction["from"] = from.to_string().into();
        transaction["value"] = request.amount.to_quantity().into();
    }
    let gas = node.number("eth_estimateGas", json!([transaction])).await?;
    Ok(Fee { gas, price })
}

/// Asks the wallet to send the tip. `changed` is set when the user turns to another account or chain; `asked` is called
/// right before the one question that may move money.
pub(crate) async fn send(
    wallet: &Wallet,
    network: &Network,
    request: &PaymentRequest,
    changed: &Rc<Cell<bool>>,
    asked: impl FnOnce(Address),
) -> Result<Sent, Failure> {
    let (Chain::Eip155(chain), Some(node)) = (network.chain, network.rpc.as_deref().map(Node::new)) else {
        return Err(Failure::WrongChain);
    };
    let from = first_account(&wallet.connect().await?)?;
    if wallet.chain().await? != Some(chain) && !wallet.switch(network, chain).await? {
        return Err(Failure::WrongChain);
    }
    // Whatever changed until here was this page's own doing, or is seen by asking again.
    changed.set(false);
    let balance = node.call("eth_getBalance", json!([from.to_string(), "latest"])).await?;
    let has = balance.as_str().and_then(|balance| Amount::from_quantity(balance).ok());
    let has = has.ok_or(Failure::Unreachable)?;
    let usual = fee(&node, request, None).await?.total().and_then(|fee| fee.checked_add(request.amount));
    let needs = usual.ok_or_else(|| Failure::Impossible(words::TOO_MUCH.into()))?;
    if needs > has {
        return Err(Failure::Insufficient { has, needs });
    }
    let fee = fee(&node, request, Some(from)).await?;
    let block = node.number("eth_blockNumber", json!([])).await?;
    let number = node.number("eth_getTransactionCount", json!([from.to_string(), "pending"])).await?;
    let still = first_account(&wallet.accounts().await?)?;
    if still != from || wallet.chain().await? != Some(chain) || changed.get() {
        return Err(Failure::Changed);
    }
    asked(from);
    let transaction = request.transaction(from, fee.gas, fee.price);
    match wallet.ask("eth_sendTransaction", json!([transaction])).await {
        Ok(Value::String(transaction)) if is_hash(&transaction) => {
            Ok(Sent { transaction: transaction.to_ascii_lowercase(), from, number, block })
        }
        Ok(_) => Err(Failure::Unknown(words::NO_TRANSACTION.into())),
        // These say that nothing was sent.
        Err(refusal @ (Refusal::Rejected | Refusal::Busy | Refusal::Unauthorized)) => Err(refusal.into()),
        Err(Refusal::Other(words)) => Err(Failure::Unknown(words)),
        // It threw nothing that says what happened.
        Err(Refusal::Lacks) => Err(Failure::Unknown(String::new())),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Watches a tip until it is certain; the hash by which it became so.
pub(crate) async fn watch(
    node: &Node,
    request: &PaymentRequest,
    sent: Sent,
    tell: impl Fn(Progress),
) -> Result<String, Failure> {
    let Sent { mut transaction, from, number, block } = sent;
    let mut missing = 0;
    loop {
        match look(node, &transaction, from, number).await {
            Ok(Look::Executed(confirmations)) if confirmations >= CONFIRMATIONS => return Ok(transaction),
            Ok(Look::Executed(confirmations)) => {
                missing = 0;
                tell(Progress::Confirmations(confirmations));
            }
            Ok(Look::Waiting) => {
                missing = 0;
                tell(Progress::Confirmations(0));
            }
            Ok(Look::Reverted) => return Err(Failure::Reverted),
            Ok(Look::Replaced) => match successor(node, request, from, number, block).await {
                Ok(Some(other)) if other != transaction => {
                    tell(Progress::Renamed(other.clone()));
                    transaction = other;
                }
                // A block may have come between the two questions.
                Ok(_) if missing < MISSING => missing += 1,
                Ok(_) => return Err(Failure::Replaced),
                Err(_) => tell(Progress::Unreachable),
            },
            Ok(Look::Missing) if missing < MISSING => missing += 1,
            Ok(Look::Missing) => return Err(Failure::Dropped),
            Err(_) => tell(Progress::Unreachable),
        }
        TimeoutFuture::new(PACE).await;
    }
}

/// What the chain knows of a transaction at one moment.
enum Look {
    Executed(u64),
    Waiting,
    Reverted,
    Replaced,
    Missing,
}

async fn look(node: &Node, transaction: &str, from: Address, number: u64) -> Result<Look, Failure> {
    let receipt = node.call("eth_getTransactionReceipt", json!([transaction])).await?;
    if let Some(block) = receipt.get("blockNumber").and_then(as_number) {
        if receipt.get("status").and_then(Value::as_str) != Some("0x1") {
            return Ok(Look::Reverted);
        }
        let head = node.number("eth_blockNumber", json!([])).await?;
        return Ok(Look::Executed(head.saturating_add(1).saturating_sub(block)));
    }
    if !node.call("eth_getTransactionByHash", json!([transaction])).await?.is_null() {
        return Ok(Look::Waiting);
    }
    let count = node.number("eth_getTransactionCount", json!([from.to_string(), "latest"])).await?;
    Ok(if count > number { Look::Replaced } else { Look::Missing })
}

/// The transaction that took the place of one, if it is the same tip.
async fn successor(
    node: &Node,
    request: &PaymentRequest,
    from: Address,
    number: u64,
    since: u64,
) -> Result<Option<String>, Failure> {
    let expected = request.transaction(from, 0, Amount::from_units(0));
    let head = node.number("eth_blockNumber", json!([])).await?;
    for height in since..=head.min(since + SEARCHED) {
        let block = node.call("eth_getBlockByNumber", json!([format!("{height:#x}"), true])).await?;
        let transactions = block.get("transactions").and_then(Value::as_array);
        for transaction in transactions.map(Vec::as_slice).unwrap_or_default() {
            let text = |name| transaction.get(name).and_then(Value::as_str).unwrap_or_default();
            let same = |name, other| {
                expected
                    .get(other)
                    .and_then(Value::as_str)
                    .is_some_and(|value| text(name).eq_ignore_ascii_case(value))
            };
            if same("from", "from") && transaction.get("nonce").and_then(as_number) == Some(number) {
                let is_tip = same("to", "to") && same("value", "value") && same("input", "data");
                return Ok(Some(text("hash").to_ascii_lowercase()).filter(|hash| is_tip && is_hash(hash)));
            }
        }
    }
    Ok(None)
}

fn first_account(accounts: &[String]) -> Result<Address, Failure> {
    accounts.first().and_then(|account| account.parse().ok()).ok_or(Failure::NoAccount)
}

fn is_hash(text: &str) -> bool {
    btt::hex::decode_prefixed::<32>(text).is_some()
}

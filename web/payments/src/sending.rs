//! One transaction with the contract: asked of the wallet once, then watched until the chain has carried it out.

use std::cell::Cell;
use std::rc::Rc;

use btt::{Address, Amount, Chain, Network, hex};
use gloo_timers::future::TimeoutFuture;
use node::{Node, NodeError};
use protocol::purse::WalletCall;
use serde_json::{Value, json};
use wallet::{Refusal, Wallet};

/// Milliseconds between two looks at the chain, whose blocks take two seconds.
const PACE: u32 = 2_000;

/// Looks before a transaction that the chain does not know counts as lost: ten minutes.
const LOOKS: u32 = 300;

/// Why a transaction was not sent, or did not do what it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The user said no in the wallet.
    Rejected,
    /// The wallet already asks the user something.
    Busy,
    /// It shows this page no account.
    NoAccount,
    /// It stays on another chain.
    WrongChain,
    /// The user turned to another account or chain meanwhile.
    Changed,
    /// The account has less than what is locked up and the fee.
    Insufficient { has: Amount, needs: Amount },
    /// No node answers.
    Unreachable,
    /// The chain would not carry it out, or the wallet failed: their words.
    Other(String),
    /// It may have been sent: the wallet failed while it did.
    Unknown(String),
    /// It was carried out without success.
    Reverted,
    /// The chain does not know it.
    Lost,
}

impl Failure {
    /// Whether nothing can have been sent.
    pub(crate) const fn is_harmless(&self) -> bool {
        !matches!(self, Self::Unknown(_) | Self::Lost | Self::Reverted)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected => Self::Rejected,
            Refusal::Busy => Self::Busy,
            Refusal::Unauthorized => Self::NoAccount,
            Refusal::UnknownChain => Self::WrongChain,
            Refusal::Disconnected | Refusal::Lacks => Self::Other(String::new()),
            Refusal::Other(words) => Self::Other(words),
        }
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Unreachable => Self::Unreachable,
            NodeError::Refused(words) => Self::Other(words),
        }
    }
}

/// The account that the user shows to this page, of a wallet that is on the network's chain.
pub(crate) async fn account(wallet: &Wallet, network: &Network) -> Result<Address, Failure> {
    let Chain::Eip155(chain) = network.chain else { return Err(Failure::WrongChain) };
    let account = first(&wallet.connect().await?)?;
    if wallet.chain().await? != Some(chain) && !wallet.switch(network, chain).await? {
        return Err(Failure::WrongChain);
    }
    Ok(account)
}

/// Asks the wallet for a transaction of `from`; its hash. `changed` is set when the user turns to another account or chain.
pub(crate) async fn send(
    wallet: &Wallet,
    network: &Network,
    from: Address,
    call: &WalletCall,
    changed: &Rc<Cell<bool>>,
) -> Result<String, Failure> {
    let (Chain::Eip155(chain), Some(node)) = (network.chain, network.rpc.as_deref().map(Node::new)) else {
        return Err(Failure::WrongChain);
    };
    changed.set(false);
    // What the purse calls is the deployment's contract, or nothing.
    if Some(call.to) != network.pay {
        return Err(Failure::Changed);
    }
    let price = gas_price(&node).await?;
    let mut transaction = json!({
        "from": from.to_string(),
        "to": call.to.to_string(),
        "value": call.value.to_quantity(),
        "data": hex::prefixed(&call.data),
    });
    let balance = node.call("eth_getBalance", json!([from.to_string(), "latest"])).await?;
    let has = amount(&balance)?;
    if call.value > has {
        return Err(Failure::Insufficient { has, needs: call.value });
    }
    let gas = node.number("eth_estimateGas", json!([transaction])).await?;
    let needs = price.checked_mul(gas).and_then(|fee| fee.checked_add(call.value));
    let needs = needs.ok_or_else(|| Failure::Other(String::new()))?;
    if needs > has {
        return Err(Failure::Insufficient { has, needs });
    }
    transaction["gas"] = format!("{gas:#x}").into();
    transaction["gasPrice"] = price.to_quantity().into();
    transaction["chainId"] = format!("{chain:#x}").into();
    let still = first(&wallet.accounts().await?)?;
    if still != from || wallet.chain().await? != Some(chain) || changed.get() {
        return Err(Failure::Changed);
    }
    match wallet.ask("eth_sendTransaction", json!([transaction])).await {
        Ok(Value::String(hash)) if hex::decode_prefixed::<32>(&hash).is_some() => {
            Ok(hash.to_ascii_lowercase())
        }
        Ok(_) => Err(Failure::Unknown(String::new())),
        Err(refusal @ (Refusal::Rejected | Refusal::Busy | Refusal::Unauthorized)) => Err(refusal.into()),
        Err(Refusal::Other(words)) => Err(Failure::Unknown(words)),
        // Nothing else proves that nothing was sent.
        Err(_) => Err(Failure::Unknown(String::new())),
    }
}

/// Waits until a transaction was carried out.
pub(crate) async fn watch(node: &Node, hash: &str) -> Result<(), Failure> {
    for _ in 0..LOOKS {
        if let Ok(receipt) = node.call("eth_getTransactionReceipt", json!([hash])).await
            && let Some(status) = receipt.get("status").and_then(Value::as_str)
        {
            return if status == "0x1" { Ok(()) } else { Err(Failure::Reverted) };
        }
        TimeoutFuture::new(PACE).await;
    }
    Err(Failure::Lost)
}

/// What a unit of gas costs now.
pub(crate) async fn gas_price(node: &Node) -> Result<Amount, Failure> {
    amount(&node.call("eth_gasPrice", json!([])).await?)
}

fn amount(quantity: &Value) -> Result<Amount, Failure> {
    quantity.as_str().and_then(|text| Amount::from_quantity(text).ok()).ok_or(Failure::Unreachable)
}

fn first(accounts: &[String]) -> Result<Address, Failure> {
    accounts.first().and_then(|account| account.parse().ok()).ok_or(Failure::NoAccount)
}

//! One transaction on an EVM chain: asked of the wallet once.

use btt::{Address, Amount, Chain, Network, Transaction, hex};
use node::Node;
use serde_json::{Value, json};

use crate::{Failure, Refusal, Wallet, first};

/// A transaction that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its hash, as the chain writes it.
    pub hash: String,
    /// Who sent it.
    pub from: Address,
    /// Its number among those of the account (its nonce).
    pub number: u64,
    /// The newest block when it was sent.
    pub block: u64,
}

/// Asks the wallet to send a transaction of `from`, which it [showed](Wallet::account). `asked` is called right before the
/// one question that may move money.
///
/// # Errors
/// [`Failure`].
pub async fn send(
    wallet: &Wallet,
    network: &Network,
    from: Address,
    transaction: &Transaction,
    asked: impl FnOnce(),
) -> Result<Sent, Failure> {
    let (Chain::Eip155(chain), Some(node)) = (network.chain, network.rpc.as_deref().map(Node::new)) else {
        return Err(Failure::WrongChain);
    };
    let turns = wallet.turns();
    // The chain has no base fee (EIP-1559), so this is the whole price.
    let price = node.gas_price().await?;
    let has = node.amount("eth_getBalance", json!([from.to_string(), "latest"])).await?;
    // A node would refuse to say what it takes of gas, in its own words.
    afford(has, transaction.value, price, transaction.least_gas())?;
    let gas = node.number("eth_estimateGas", json!([transaction.question(from)])).await?;
    afford(has, transaction.value, price, gas)?;
    let block = node.number("eth_blockNumber", json!([])).await?;
    let number = node.number("eth_getTransactionCount", json!([from.to_string(), "pending"])).await?;
    let still = first(&wallet.accounts().await?)?;
    if still != from || wallet.chain().await? != Some(chain) || turns.any() {
        return Err(Failure::Changed);
    }
    asked();
    let request = transaction.request(chain, from, gas, price);
    let hash = hash_of(wallet.ask("eth_sendTransaction", json!([request])).await)?;
    Ok(Sent { hash, from, number, block })
}

/// Looks whether an account has what a transaction takes.
fn afford(has: Amount, value: Amount, price: Amount, gas: u64) -> Result<(), Failure> {
    let needs = price.checked_mul(gas).and_then(|fee| fee.checked_add(value)).ok_or(Failure::TooMuch)?;
    if needs > has { Err(Failure::Insufficient { has, needs }) } else { Ok(()) }
}

/// The hash that a wallet answers when it was asked to send a transaction.
fn hash_of(answer: Result<Value, Refusal>) -> Result<String, Failure> {
    match answer {
        Ok(Value::String(hash)) if is_hash(&hash) => Ok(hash.to_ascii_lowercase()),
        Ok(_) => Err(Failure::NoHash),
        Err(refusal @ (Refusal::Rejected | Refusal::Busy | Refusal::Unauthorized)) => Err(refusal.into()),
        // Nothing else proves that nothing was sent.
        Err(Refusal::Other(words)) => Err(Failure::Unknown(words)),
        Err(_) => Err(Failure::Unknown(String::new())),
    }
}

/// Whether this is a hash as chains write it.
pub(crate) fn is_hash(text: &str) -> bool {
    hex::decode_prefixed::<32>(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_to_have_what_is_carried_and_the_fee_to_the_last_unit() {
        let units = Amount::from_units;
        assert_eq!(afford(units(42_005), units(5), units(2), 21_000), Ok(()));
        let lacks = Failure::Insufficient { has: units(42_004), needs: units(42_005) };
        assert_eq!(afford(units(42_004), units(5), units(2), 21_000), Err(lacks));
        assert_eq!(afford(units(u128::MAX), units(1), units(u128::MAX), 1), Err(Failure::TooMuch));
        assert_eq!(afford(units(u128::MAX), units(0), units(u128::MAX), 2), Err(Failure::TooMuch));
    }

    /// Payments, row 35.
    #[test]
    fn a_wallet_is_believed_to_have_sent_nothing_only_if_it_says_so() {
        let hash = format!("0x{}", "Ab".repeat(32));
        assert_eq!(hash_of(Ok(json!(hash))), Ok(hash.to_ascii_lowercase()));
        for nonsense in [json!("0x12"), json!(null), json!({ "hash": hash }), json!(&hash[2..])] {
            assert_eq!(hash_of(Ok(nonsense)), Err(Failure::NoHash));
        }
        for refusal in [Refusal::Rejected, Refusal::Busy, Refusal::Unauthorized] {
            assert!(hash_of(Err(refusal)).unwrap_err().is_harmless());
        }
        let words = Refusal::Other("timeout".to_owned());
        assert_eq!(hash_of(Err(words)), Err(Failure::Unknown("timeout".to_owned())));
        for refusal in [Refusal::UnknownChain, Refusal::Disconnected, Refusal::Lacks] {
            assert_eq!(hash_of(Err(refusal)), Err(Failure::Unknown(String::new())));
        }
        assert!(!Failure::NoHash.is_harmless() && !Failure::Unknown(String::new()).is_harmless());
    }
}

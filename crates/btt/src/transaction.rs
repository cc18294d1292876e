use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Address, Amount, hex};

/// A transaction of an EVM chain, without who sends it and what that costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Whom or what it calls.
    pub to: Address,
    /// What it carries.
    pub value: Amount,
    /// What it says.
    pub data: Vec<u8>,
}

impl Transaction {
    /// What a wallet is asked to sign: the only parameter of `eth_sendTransaction` (EIP-1474), on the chain of this id
    /// (EIP-155). BTTC has no base fee (EIP-1559), so `gas_price` is the whole price of one unit of gas.
    #[must_use]
    pub fn request(&self, chain: u64, from: Address, gas: u64, gas_price: Amount) -> Value {
        let mut request = self.question(from);
        request["gas"] = format!("{gas:#x}").into();
        request["gasPrice"] = gas_price.to_quantity().into();
        request["chainId"] = format!("{chain:#x}").into();
        request
    }

    /// The same as a question to a node, such as `eth_estimateGas`.
    #[must_use]
    pub fn question(&self, from: Address) -> Value {
        json!({
            "from": from.to_string(),
            "to": self.to.to_string(),
            "value": self.value.to_quantity(),
            "data": hex::prefixed(&self.data),
        })
    }

    /// Gas that it takes at least, which is all where it calls no contract (Berlin rules: EIP-2028).
    #[must_use]
    pub fn least_gas(&self) -> u64 {
        let zeros = self.data.iter().filter(|byte| **byte == 0).count() as u64;
        21_000 + 4 * zeros + 16 * (self.data.len() as u64 - zeros)
    }
}

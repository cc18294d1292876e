use serde_json::{Value, json};

use crate::{Account, Address, Amount, Chain, Memo, hex};

/// A tip that is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRequest {
    /// Who gets it.
    pub payee: Account,
    /// How much.
    pub amount: Amount,
    /// What it is for.
    pub memo: Memo,
}

impl PaymentRequest {
    /// What a wallet of an EVM chain is asked to sign: the only parameter of `eth_sendTransaction` (EIP-1474). BTTC has
    /// no base fee (EIP-1559), so `gas_price` is the whole price of one unit of gas.
    #[must_use]
    pub fn transaction(&self, from: Address, gas: u64, gas_price: Amount) -> Value {
        let mut transaction = json!({
            "from": from.to_string(),
            "to": self.payee.address.to_string(),
            "value": self.amount.to_quantity(),
            "data": self.data(),
            "gas": format!("{gas:#x}"),
            "gasPrice": gas_price.to_quantity(),
        });
        if let Chain::Eip155(id) = self.payee.chain {
            transaction["chainId"] = format!("{id:#x}").into();
        }
        transaction
    }

    /// The data of the transaction, as JSON-RPC has them.
    #[must_use]
    pub fn data(&self) -> String {
        hex::prefixed(&self.memo.encode())
    }

    /// The request as a link for the QR code of a wallet on a phone (ERC-681), which has no place for the memo. `None`
    /// on TRON, which has no such standard.
    #[must_use]
    pub fn erc681(&self) -> Option<String> {
        let Chain::Eip155(id) = self.payee.chain else { return None };
        Some(format!("ethereum:{}@{id}?value={}", self.payee.address, self.amount.units()))
    }

    /// The same as a link to the app of MetaMask, which leads to where that is to be had on phones that lack it:
    /// <https://docs.metamask.io/sdk/guides/use-deeplinks>.
    #[must_use]
    pub fn metamask(&self) -> Option<String> {
        Some(self.erc681()?.replacen("ethereum:", "https://link.metamask.io/send/", 1))
    }
}

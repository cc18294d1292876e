use crate::{Account, Amount, Chain, Memo, Transaction};

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
    /// The transaction that pays it on an EVM chain.
    #[must_use]
    pub fn transaction(&self) -> Transaction {
        Transaction { to: self.payee.address, value: self.amount, data: self.memo.encode() }
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

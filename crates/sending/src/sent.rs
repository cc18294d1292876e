//! A transaction that is under way.

use btt::{Address, Amount, hex};
use serde::{Deserialize, Serialize};

use crate::{Account, Receipt, Sight, Signed, Transaction};

/// A transaction that may have been sent. What takes its place at a higher price has its number, so that the chain carries
/// out one of them at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    to: Address,
    value: Amount,
    data: String,
    gas: u64,
    nonce: u64,
    sent: Vec<Sent>,
    /// The block from which on the account's number was seen to be used by none of these.
    used_since: Option<u64>,
}

/// The transaction at one price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    price: Amount,
    hash: String,
    bytes: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Nothing new.
    Nothing,
    /// There is a new price, or a new thing to remember: to be saved.
    Changed,
    /// Another transaction of the account has its number: it is never carried out.
    Lost,
    /// It is in the chain, as deep as is certain.
    Settled {
        /// What it did.
        receipt: Receipt,
        /// What its gas has cost.
        spent: Amount,
    },
}

/// Prices that a transaction is tried at.
const MAX_PRICES: usize = 10;

impl Sending {
    /// To send this.
    #[must_use]
    pub fn new(account: &Account, transaction: Transaction) -> Self {
        let Transaction { nonce, price, gas, to, value, data } = transaction;
        let (data, sent) = (hex::encode(&data), Vec::new());
        let mut sending = Self { to, value, data, gas, nonce, sent, used_since: None };
        sending.sign(account, price);
        sending
    }

    /// What may have been sent, the newest last: that is to be sent.
    #[must_use]
    pub fn signed(&self) -> Vec<Signed> {
        let signed = |sent: &Sent| {
            Some(Signed { hash: hex::decode_prefixed(&sent.hash)?, bytes: hex::decode(&sent.bytes)? })
        };
        self.sent.iter().filter_map(signed).collect()
    }

    /// The most that its gas can cost, whichever of the prices it is carried out at.
    #[must_use]
    pub fn highest_fee(&self) -> Amount {
        let price = self.sent.iter().map(|sent| sent.price).max().unwrap_or_default();
        price.checked_mul(self.gas).unwrap_or(Amount::from_units(u128::MAX))
    }

    /// What became of it, by what a chain says. Where gas has become dearer, more is offered for it if `is_worth` that price.
    pub fn watch(
        &mut self,
        account: &Account,
        sight: &Sight,
        is_worth: impl FnOnce(Amount) -> bool,
    ) -> Watched {
        let is_deep =
            |since: u64| sight.head.saturating_sub(since).saturating_add(1) >= account.confirmations;
        if let Some(receipt) = &sight.receipt {
            if !is_deep(receipt.block) {
                return Watched::Nothing;
            }
            let hash = hex::prefixed(&receipt.hash);
            let Some(sent) = self.sent.iter().find(|sent| sent.hash == hash) else { return Watched::Nothing };
            let spent = sent.price.checked_mul(receipt.gas).unwrap_or(sent.price);
            return Watched::Settled { receipt: receipt.clone(), spent };
        }
        if sight.nonce > self.nonce {
            // Nodes that answer together need not be at the same block, so it is not believed at once.
            return match self.used_since {
                Some(since) if is_deep(since) => Watched::Lost,
                Some(_) => Watched::Nothing,
                None => {
                    self.used_since = Some(sight.head);
                    Watched::Changed
                }
            };
        }
        let was_used = self.used_since.take().is_some();
        let raised = self.is_to_be_raised(sight.price) && is_worth(sight.price);
        if raised {
            self.sign(account, sight.price);
        }
        if raised || was_used { Watched::Changed } else { Watched::Nothing }
    }

    /// Whether gas has become so much dearer that nodes would take it in place of what they have: a tenth at least.
    fn is_to_be_raised(&self, price: Amount) -> bool {
        let last = self.sent.last().map_or(0, |sent| sent.price.units());
        let is_dearer = price.units() > last && price.units() - last >= last.div_ceil(10);
        is_dearer && self.sent.len() < MAX_PRICES
    }

    fn sign(&mut self, account: &Account, price: Amount) {
        let transaction = Transaction {
            nonce: self.nonce,
            price,
            gas: self.gas,
            to: self.to,
            value: self.value,
            data: hex::decode(&self.data).unwrap_or_default(),
        };
        let Signed { hash, bytes } = account.sign(&transaction);
        self.sent.push(Sent { price, hash: hex::prefixed(&hash), bytes: hex::encode(&bytes) });
    }
}

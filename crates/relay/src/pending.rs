//! The transaction that is under way.

use btt::{Address, Amount, hex};
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};

use crate::machine::Config;
use crate::offer::Offer;
use crate::worth::{Ledger, Terms};
use crate::{Key, Signed, Transaction};

/// A transaction that may have been sent. As long as it is here no other is made, so that none has its vouchers; what takes
/// its place at a higher price has its number, so that the chain carries out one of them at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    pub(crate) owner: Address,
    pub(crate) vouchers: Vec<Offer>,
    /// What it would have earned when it was made.
    earned: Amount,
    gas: u64,
    nonce: u64,
    data: String,
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

/// What a chain says of a transaction that is under way, all after the same look at the number of the newest block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The newest block.
    pub head: u64,
    /// How many transactions the account had sent before the receipt was asked for, so far as they are in blocks.
    pub nonce: u64,
    /// What a gas costs now.
    pub price: Amount,
    /// That of the transaction that is in a block, if any is.
    pub receipt: Option<Receipt>,
}

/// What a transaction that is in a block did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which.
    pub hash: [u8; 32],
    /// The number of the block.
    pub block: u64,
    /// Whether it was not reverted.
    pub succeeded: bool,
    /// What it used.
    pub gas: u64,
    /// What the purse was paid by it.
    pub paid: Amount,
}

/// What a contract told the world in a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Which contract.
    pub address: Address,
    /// The hash of what it is called, and what it can be found by.
    pub topics: Vec<[u8; 32]>,
    /// The rest of it.
    pub data: Vec<u8>,
}

/// What a purse was paid by a contract in a transaction, by what that told the world.
#[must_use]
pub fn paid(logs: &[Log], contract: Address, purse: Address) -> Amount {
    let redeemed: [u8; 32] = Keccak256::digest(b"Redeemed(bytes32,uint32,address,uint96,uint96)").into();
    let amount = |log: &Log| {
        let [kind, _session, _slot, payee] = log.topics.as_slice() else { return None };
        let is_ours = log.address == contract && *kind == redeemed && payee[12..] == *purse.as_bytes();
        // Behind what the slot has paid in all: what it paid now.
        let units = log.data.get(48..64)?.try_into().ok()?;
        is_ours.then(|| u128::from_be_bytes(units))
    };
    Amount::from_units(logs.iter().filter_map(amount).fold(0, u128::saturating_add))
}

/// What that means.
#[derive(Debug)]
pub(crate) enum Watched {
    Nothing,
    /// There is a new price, or a new thing to remember.
    Changed,
    /// Another transaction of the account has its number.
    Lost,
    Settled {
        was_paid: bool,
        spent: Amount,
        paid: Amount,
    },
}

/// Prices that a transaction is tried at.
const MAX_PRICES: usize = 10;

impl Pending {
    pub(crate) fn new(
        owner: Address,
        vouchers: Vec<Offer>,
        earned: Amount,
        gas: u64,
        nonce: u64,
        data: Vec<u8>,
    ) -> Self {
        let (data, sent) = (hex::encode(&data), Vec::new());
        Self { owner, vouchers, earned, gas, nonce, data, sent, used_since: None }
    }

    /// Makes it at a price.
    pub(crate) fn sign(&mut self, config: &Config, key: &Key, price: Amount) {
        let transaction = Transaction {
            chain: config.deployment.chain,
            nonce: self.nonce,
            price,
            gas: Terms::gas_limit(self.gas),
            to: config.split.address,
            value: Amount::default(),
            data: hex::decode(&self.data).unwrap_or_default(),
        };
        let Signed { hash, bytes } = key.sign(&transaction);
        self.sent.push(Sent { price, hash: hex::prefixed(&hash), bytes: hex::encode(&bytes) });
    }

    /// What may have been sent, the newest last.
    pub(crate) fn signed(&self) -> Vec<Signed> {
        let signed = |sent: &Sent| {
            Some(Signed { hash: hex::decode_prefixed(&sent.hash)?, bytes: hex::decode(&sent.bytes)? })
        };
        self.sent.iter().filter_map(signed).collect()
    }

    pub(crate) fn watch(&mut self, config: &Config, key: &Key, ledger: &Ledger, sight: &Sight) -> Watched {
        let is_deep = |since: u64| sight.head.saturating_sub(since).saturating_add(1) >= config.confirmations;
        if let Some(receipt) = sight.receipt {
            if !is_deep(receipt.block) {
                return Watched::Nothing;
            }
            let hash = hex::prefixed(&receipt.hash);
            let Some(sent) = self.sent.iter().find(|sent| sent.hash == hash) else { return Watched::Nothing };
            let spent = sent.price.checked_mul(receipt.gas).unwrap_or(sent.price);
            let paid = if receipt.succeeded { receipt.paid } else { Amount::default() };
            return Watched::Settled { was_paid: receipt.succeeded, spent, paid };
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
        if self.raise(config, key, ledger, sight.price) || was_used {
            Watched::Changed
        } else {
            Watched::Nothing
        }
    }

    /// Offers more for the gas, if that has become dearer and is still worth it. Nodes want a tenth more at least.
    fn raise(&mut self, config: &Config, key: &Key, ledger: &Ledger, price: Amount) -> bool {
        let last = self.sent.last().map_or(0, |sent| sent.price.units());
        let is_dearer = price.units() > last && price.units() - last >= last.div_ceil(10);
        let is_worth_it = config.terms.worth(ledger, self.earned, self.gas, price).is_some();
        let raised = is_dearer && is_worth_it && self.sent.len() < MAX_PRICES;
        if raised {
            self.sign(config, key, price);
        }
        raised
    }
}

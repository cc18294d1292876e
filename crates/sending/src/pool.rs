//! What a chain has of one account's transactions, as tests of those who send play it.

use std::collections::BTreeMap;

use btt::Amount;

use crate::{Log, Receipt, Sight, Signed};

/// So much of a chain. `C` is what its transactions do.
#[derive(Clone, Debug)]
pub struct Pool<C> {
    /// The newest block.
    pub head: u64,
    /// How many transactions of the account are in blocks.
    pub nonce: u64,
    /// What a gas costs, in the smallest units.
    pub price: u128,
    /// What was ever made, by its hash.
    made: BTreeMap<[u8; 32], Made<C>>,
    waiting: Vec<[u8; 32]>,
    receipts: BTreeMap<[u8; 32], Receipt>,
}

/// A transaction.
#[derive(Clone, Copy, Debug)]
pub struct Made<C> {
    /// What it pays for each gas.
    pub price: u128,
    /// How many come before it.
    pub nonce: u64,
    /// What it does.
    pub call: C,
}

impl<C: Clone> Pool<C> {
    /// One in which nothing has happened.
    #[must_use]
    pub fn new(head: u64, price: u128) -> Self {
        let (made, waiting, receipts) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        Self { head, nonce: 0, price, made, waiting, receipts }
    }

    /// A transaction was made now.
    pub fn make(&mut self, signed: &Signed, call: C) {
        let made = Made { price: self.price, nonce: self.nonce, call };
        self.made.insert(signed.hash, made);
    }

    /// A transaction may have been made at another price.
    pub fn raise(&mut self, signed: &[Signed]) {
        let first = signed.first().and_then(|first| self.made.get(&first.hash)).cloned();
        if let (Some(first), Some(newest)) = (first, signed.last()) {
            self.made.entry(newest.hash).or_insert(Made { price: self.price, ..first });
        }
    }

    /// A transaction comes to the nodes. Of a number they keep one, the dearer.
    pub fn send(&mut self, signed: &Signed) {
        let Some(sent) = self.made.get(&signed.hash) else { return };
        if self.receipts.contains_key(&signed.hash) || sent.nonce < self.nonce {
            return;
        }
        let rivals = |hash: &[u8; 32]| self.made.get(hash).filter(|other| other.nonce == sent.nonce);
        self.waiting.retain(|hash| rivals(hash).is_none_or(|other| other.price > sent.price));
        if self.waiting.iter().all(|hash| rivals(hash).is_none()) {
            self.waiting.push(signed.hash);
        }
    }

    /// What a node says of a transaction.
    #[must_use]
    pub fn sight(&self, signed: &[Signed]) -> Sight {
        let receipt = signed.iter().find_map(|signed| self.receipts.get(&signed.hash)).cloned();
        let price = Amount::from_units(self.price);
        Sight { head: self.head, nonce: self.nonce, price, receipt }
    }

    /// Makes a block. The transaction that is in it, if one waits that pays what a gas costs and `can` be carried out.
    pub fn mine(&mut self, can: impl FnOnce(&Made<C>) -> bool) -> Option<([u8; 32], Made<C>)> {
        self.head += 1;
        let pays = |hash: &[u8; 32]| self.made.get(hash).is_some_and(|made| made.price >= self.price);
        let place = self.waiting.iter().position(pays)?;
        let hash = self.waiting.remove(place);
        let made = self.made.get(&hash).filter(|made| made.nonce == self.nonce && can(made)).cloned()?;
        self.nonce += 1;
        Some((hash, made))
    }

    /// What the transaction in the newest block did.
    pub fn carried_out(&mut self, hash: [u8; 32], succeeded: bool, gas: u64, logs: Vec<Log>) {
        self.receipts.insert(hash, Receipt { hash, block: self.head, succeeded, gas, logs });
    }

    /// Nodes forget what waits.
    pub fn drop_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Whether anything waits.
    #[must_use]
    pub const fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Nodes forget what blocks did.
    pub fn lose_receipts(&mut self) {
        self.receipts.clear();
    }
}

use std::collections::{BTreeMap, VecDeque};

use pay::message::Message;
use pay::{PeerKey, Rate, SlotId};

/// A connection: two streams, each in order. At its end a party is told of it by the same key as at the other.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) key: PeerKey,
    /// Whether the honest buyer is at one end. Otherwise the test is.
    pub(crate) has_buyer: bool,
    /// Which honest seller is at the other. Otherwise the test is.
    pub(crate) seller: Option<usize>,
    /// From the buyer.
    pub(crate) up: VecDeque<Vec<u8>>,
    /// From the seller, not in the stream yet.
    pub(crate) outbox: VecDeque<Vec<u8>>,
    /// From the seller.
    pub(crate) down: VecDeque<Item>,
    /// Up to where it may be given bytes.
    pub(crate) limit: Option<u64>,
    /// Bytes that went into the stream.
    pub(crate) given: u64,
    /// Bytes that came out of it.
    pub(crate) taken: u64,
    /// How many of these wait to be checked.
    pub(crate) unverified: u64,
    /// What was said to a buyer that the test plays.
    pub(crate) heard: Vec<Vec<u8>>,
    /// How often the test may have bid on it.
    pub(crate) bids: u32,
    pub(crate) gave: Ledger,
    pub(crate) took: Ledger,
}

/// What goes to a buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Message(Vec<u8>),
    Bytes(u64),
}

/// What somebody who only sees one end of a stream knows of it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    slot: Option<SlotId>,
    rate: Rate,
    /// Those behind a grant of more than nothing.
    pub(crate) charged: BTreeMap<SlotId, u64>,
    /// Bytes and price of each time that a rate held.
    epochs: Vec<(u64, Rate)>,
}

impl Link {
    /// How many bytes more may be given.
    pub(crate) fn allowed(&self) -> u64 {
        self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.given))
    }
}

impl Ledger {
    pub(crate) fn see(&mut self, item: &Item) {
        match item {
            Item::Bytes(bytes) => {
                if let Some((sum, _)) = self.epochs.last_mut() {
                    *sum += bytes;
                }
                if self.rate > Rate::FREE {
                    let slot = self.slot.expect("nothing is charged before a slot is known");
                    *self.charged.entry(slot).or_default() += bytes;
                }
            }
            Item::Message(payload) => match Message::parse(payload) {
                Ok(Some(Message::Grant { rate, .. })) => self.charge(rate),
                Ok(Some(Message::Ack { slot })) => {
                    self.charge(Rate::FREE);
                    self.slot = Some(slot);
                }
                _ => {}
            },
        }
    }

    /// What all of it costs, each time rounded up.
    pub(crate) fn cost(&self) -> u128 {
        let cost = |(bytes, rate): &(u64, Rate)| rate.cost(*bytes).expect("tests have small sums").units();
        self.epochs.iter().map(cost).sum()
    }

    fn charge(&mut self, rate: Rate) {
        self.rate = rate;
        self.epochs.push((0, rate));
    }
}

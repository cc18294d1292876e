use std::collections::VecDeque;

use btt::Amount;

use super::checks::Checks;
use super::session::Claim;
use crate::allowance::Allowance;
use crate::message::Fraud;
use crate::{Meter, Rate, SlotId, Time};

/// A connected peer that speaks the extension.
#[derive(Debug, Default)]
pub(super) struct Peer {
    pub allowance: Allowance,
    pub checks: Checks,
    /// What it asks for, while the chain is asked.
    pub claim: Option<Claim>,
    /// What it says, while the chain is asked.
    pub fraud: Option<Box<Fraud>>,
    /// When the chain was last asked for it.
    pub read: Option<Time>,
    /// The slot whose holder it is.
    pub held: Option<SlotId>,
    /// The slot that its bytes are charged to.
    pub link: Option<Link>,
    /// What was sent to it and is not on its way yet, oldest first.
    pub marks: VecDeque<Mark>,
    /// The highest number of a bid.
    pub bid: Option<u32>,
    /// The rate when all that was sent is on its way.
    pub promised: Rate,
    /// Up to where it may be given bytes, as was last said.
    pub limit: Option<u64>,
    /// As was last said.
    pub preference: u64,
    meter: Meter,
    /// What of the meter's is in the account.
    accounted: Amount,
}

/// What a message changes when it is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Nothing,
    /// Bytes cost this from there.
    Grant(Rate),
    /// Bytes are paid from this slot from there.
    Ack(SlotId),
}

/// How bytes of a connection come into an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub slot: SlotId,
    /// If the slot is no longer its: bytes that it may have been given and that were not counted yet.
    pub leaving: Option<u64>,
}

/// Bytes and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Portion {
    pub bytes: u64,
    pub cost: Amount,
}

impl Peer {
    /// The connection carried so many bytes by now: how many more are charged, and what they cost.
    pub(super) fn advance(&mut self, given: u64) -> Portion {
        let bytes = given.saturating_sub(self.meter.bytes());
        self.meter.advance(given);
        if bytes == 0 || self.meter.rate() == Rate::FREE {
            return Portion::default();
        }
        // Not even the largest slot has money for bytes whose cost is no amount.
        let owed = self.meter.owed().unwrap_or(Amount::from_units(u128::MAX));
        let cost = super::account::minus(owed, self.accounted);
        self.accounted = owed;
        Portion { bytes, cost }
    }

    /// From now on bytes cost this.
    pub(super) fn charge(&mut self, rate: Rate) {
        let mut meter = Meter::starting_at(self.meter.bytes());
        if meter.charge(rate).is_some() {
            (self.meter, self.accounted) = (meter, Amount::default());
        }
    }

    /// All bytes so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.meter.bytes()
    }

    /// The highest rate of now and of what was sent.
    pub(super) fn highest(&self) -> Rate {
        let sent = self.marks.iter().map(|mark| match mark {
            Mark::Grant(rate) => *rate,
            Mark::Nothing | Mark::Ack(_) => Rate::FREE,
        });
        sent.fold(self.meter.rate(), Rate::max)
    }

    /// Whether its bytes cost something, or will when what was sent is on its way.
    pub(super) fn is_charged(&self) -> bool {
        self.highest() > Rate::FREE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_charged_from_the_mark_of_their_rate() {
        let mut peer = Peer::default();
        assert_eq!(peer.advance(100), Portion::default());
        peer.charge(Rate::per_mib(2 << 20));
        assert_eq!(peer.advance(150), Portion { bytes: 50, cost: Amount::from_units(100) });
        assert_eq!(peer.advance(150), Portion::default());
        assert_eq!(peer.advance(151), Portion { bytes: 1, cost: Amount::from_units(2) });
        peer.charge(Rate::FREE);
        assert_eq!(peer.advance(1000), Portion::default());
    }
}

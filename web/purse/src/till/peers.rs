//! What is known of a peer beside what the two machines know.

use std::collections::VecDeque;
use std::time::Duration;

use metainfo::InfoHash;
use pay::message::Terms;
use pay::{Rate, Time};
use protocol::purse::Trade;

/// A machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The seller that there was as so many had been.
    Sells(u32),
    Buys,
}

/// What the buyer knows of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bought {
    Unmet,
    Wanted,
    Unwanted,
}

/// A peer that speaks of payments.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) torrent: InfoHash,
    /// How it wants to be paid by our contract, if it does.
    pub(super) terms: Option<Terms>,
    /// Bytes of a piece, 0 if that is not known.
    pub(super) piece_length: u32,
    pub(super) bought: Bought,
    /// Whether the seller knows it.
    pub(super) sold: bool,
    /// Whose message each is that was not sent yet, oldest first.
    pub(super) sending: VecDeque<Side>,
    /// What it pays us.
    pub(super) pays: Rate,
    pub(super) trade: Trade,
    pub(super) pace: Pace,
}

impl Peer {
    pub(super) fn new(torrent: InfoHash) -> Self {
        Self {
            torrent,
            terms: None,
            piece_length: 0,
            bought: Bought::Unmet,
            sold: false,
            sending: VecDeque::new(),
            pays: Rate::FREE,
            trade: Trade::default(),
            pace: Pace::default(),
        }
    }
}

/// How fast bytes come from a peer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// When a second began, and with how many bytes.
    began: Option<(Time, u64)>,
    /// Bytes a second, before that.
    speed: u64,
}

impl Pace {
    /// What is measured at once, at least.
    const SPAN: Duration = Duration::from_secs(1);

    /// After so long without news nothing comes: the engine tells of everything within a second.
    const SILENCE: Duration = Duration::from_secs(4);

    pub(super) fn note(&mut self, now: Time, bytes: u64) {
        let Some((began, before)) = self.began.filter(|(began, _)| now.since(*began) < Self::SILENCE) else {
            (self.began, self.speed) = (Some((now, bytes)), 0);
            return;
        };
        let span = now.since(began);
        if span >= Self::SPAN {
            let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1);
            let speed = bytes.saturating_sub(before).saturating_mul(1000) / millis;
            // The mean of it and what was before, which has come down from all before that.
            self.speed = if self.speed == 0 { speed } else { self.speed.midpoint(speed) };
            self.began = Some((now, bytes));
        }
    }

    pub(super) fn speed(&self, now: Time) -> u64 {
        let is_current = self.began.is_some_and(|(began, _)| now.since(began) < Self::SILENCE);
        if is_current { self.speed } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_that_of_the_last_seconds_and_nothing_when_nothing_comes() {
        let mut pace = Pace::default();
        let at = Time::from_millis;
        for (time, bytes) in [(0, 5000), (500, 5500), (1000, 6000), (2000, 7000)] {
            pace.note(at(time), bytes);
        }
        assert_eq!(pace.speed(at(2500)), 1000);
        pace.note(at(3000), 10_000);
        assert_eq!(pace.speed(at(3000)), 2000);
        assert_eq!(pace.speed(at(7000)), 0);
        pace.note(at(9000), 20_000);
        assert_eq!(pace.speed(at(9000)), 0);
    }
}

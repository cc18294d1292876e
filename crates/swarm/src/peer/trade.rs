//! What was exchanged with a peer.

use crate::Time;
use crate::rate::Rate;

/// Bytes of blocks that went either way over one connection: in all, each second, and lately.
///
/// Lately is since the latest round of choking, before which each round counts half as much as the one after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trade {
    downloaded: u64,
    /// Bytes of blocks that came because they were asked for: `downloaded` and those that were of no use any more.
    answered: u64,
    /// Those of `downloaded` that are in pieces which turned out right.
    right: u64,
    uploaded: u64,
    down: Rate,
    up: Rate,
    /// Bytes that the peer gave and got lately, as of the latest round.
    given: u64,
    got: u64,
    /// `downloaded` and `uploaded` at that round.
    counted: (u64, u64),
}

impl Trade {
    /// The peer gave `bytes`.
    pub(crate) fn receive(&mut self, now: Time, bytes: u64) {
        self.downloaded += bytes;
        self.down.add(now, bytes);
    }

    /// The peer gave `bytes` that it was asked for, of use or not.
    pub(crate) const fn answer(&mut self, bytes: u64) {
        self.answered += bytes;
    }

    /// The peer gave `bytes` of a piece that turned out right.
    pub(crate) const fn prove(&mut self, bytes: u64) {
        self.right += bytes;
    }

    /// The peer got `bytes`.
    pub(crate) fn give(&mut self, now: Time, bytes: u64) {
        self.uploaded += bytes;
        self.up.add(now, bytes);
    }

    /// Bytes that the peer gave because they were asked for, of use or not.
    pub(crate) const fn answered(&self) -> u64 {
        self.answered
    }

    /// Bytes that the peer gave of pieces that turned out right.
    pub(crate) const fn right(&self) -> u64 {
        self.right
    }

    /// Bytes that the peer gave.
    pub(crate) const fn downloaded(&self) -> u64 {
        self.downloaded
    }

    /// Bytes that it got.
    pub(crate) const fn uploaded(&self) -> u64 {
        self.uploaded
    }

    /// Bytes each second that it gives.
    pub(crate) fn down_rate(&self, now: Time) -> u64 {
        self.down.per_second(now)
    }

    /// Bytes each second that it gets.
    pub(crate) fn up_rate(&self, now: Time) -> u64 {
        self.up.per_second(now)
    }

    /// Bytes that it gave lately, as of the latest round.
    pub(crate) const fn given_lately(&self) -> u64 {
        self.given
    }

    /// Bytes that went either way lately, as of the latest round.
    pub(crate) const fn exchanged_lately(&self) -> u64 {
        self.given + self.got
    }

    /// A round of choking begins.
    pub(crate) const fn begin_round(&mut self) {
        self.given = self.given / 2 + self.downloaded - self.counted.0;
        self.got = self.got / 2 + self.uploaded - self.counted.1;
        self.counted = (self.downloaded, self.uploaded);
    }

    /// Whether anything was exchanged since the latest round.
    pub(crate) const fn goes_on(&self) -> bool {
        self.downloaded != self.counted.0 || self.uploaded != self.counted.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_counts_half_as_much_as_the_one_after_it() {
        let mut trade = Trade::default();
        trade.receive(Time::ZERO, 100);
        trade.give(Time::ZERO, 8);
        assert_eq!((trade.given_lately(), trade.goes_on()), (0, true));
        trade.begin_round();
        assert_eq!((trade.given_lately(), trade.exchanged_lately(), trade.goes_on()), (100, 108, false));
        trade.receive(Time::ZERO, 10);
        trade.begin_round();
        assert_eq!((trade.given_lately(), trade.exchanged_lately()), (60, 64));
    }
}

use std::collections::VecDeque;
use std::time::Duration;

use crate::message::Message;
use crate::{Rate, Time};

/// What we bid on one connection, and when it is time to bid more.
#[derive(Clone, Debug, Default)]
pub(super) struct Bids {
    /// Those that a grant may still answer, in the order of their numbers; the last one holds.
    open: VecDeque<(u32, Rate)>,
    /// Since when the peer does not serve us, whatever we bid.
    unserved: Option<Time>,
    /// How many bids in a row were without effect, up to a limit.
    in_vain: u32,
}

impl Bids {
    /// How long a bid may be without effect: peers choose whom to serve every ten seconds, and word of it takes a while.
    pub(super) const PATIENCE: Duration = Duration::from_secs(12);

    /// After how many bids in vain the next is raised no more steeply than the one before.
    const MOST_IN_VAIN: u32 = 8;

    /// How many bids a seller may leave unanswered before the oldest is forgotten.
    pub(super) const MOST_OPEN: usize = 32;

    /// The bid that holds; [`Rate::FREE`]: none.
    pub(super) fn rate(&self) -> Rate {
        self.open.back().map_or(Rate::FREE, |(_, rate)| *rate)
    }

    /// Bids so much. `None` if this connection has no numbers left.
    pub(super) fn bid(&mut self, now: Time, rate: Rate, served: bool) -> Option<Message> {
        let number = self.open.back().map_or(Some(1), |(number, _)| number.checked_add(1))?;
        if self.open.len() == Self::MOST_OPEN {
            self.open.pop_front();
        }
        self.in_vain = if self.unserved.is_some() { Self::MOST_IN_VAIN.min(self.in_vain + 1) } else { 0 };
        self.open.push_back((number, rate));
        self.unserved = (rate > Rate::FREE && !served).then_some(now);
        Some(Message::Bid { rate, number })
    }

    /// The peer serves us, or does not.
    pub(super) fn served(&mut self, now: Time, served: bool) {
        if served {
            self.in_vain = 0;
        }
        self.unserved = match self.unserved {
            _ if served || self.rate() == Rate::FREE => None,
            None => Some(now),
            since => since,
        };
    }

    /// Whether a grant is for one of our bids, and not more than that. Bids before it are not granted any more.
    pub(super) fn allow(&mut self, rate: Rate, number: u32) -> bool {
        let answered = self.open.iter().position(|&(bid, most)| bid == number && rate <= most);
        self.open.drain(..answered.unwrap_or(0));
        answered.is_some()
    }

    /// Whether this is the number of the bid that holds.
    pub(super) fn is_last(&self, number: u32) -> bool {
        self.open.back().is_some_and(|(last, _)| *last == number)
    }

    /// When the bid was without effect for so long that it is time for another.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.unserved.map(|since| since + Self::PATIENCE)
    }

    /// More than the bid that holds, within these limits: a quarter, rounded up, and twice as large a part each time that was in
    /// vain. `None` if that is no more.
    pub(super) fn raised(&self, floor: Rate, highest: Rate) -> Option<Rate> {
        let units = self.rate().units_per_mib();
        let more = units.div_ceil(4).saturating_mul(1 << self.in_vain);
        let raised = Rate::per_mib(units.saturating_add(more)).max(floor).min(highest);
        (raised > self.rate() && raised >= floor).then_some(raised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Time = Time::from_secs(1000);

    fn rate(units: u128) -> Rate {
        Rate::per_mib(units)
    }

    #[test]
    fn row_31_a_bid_rises_by_a_quarter_rounded_up_and_stays_within_its_limits() {
        let mut bids = Bids::default();
        bids.bid(START, rate(100), false).unwrap();
        assert_eq!(bids.raised(rate(100), rate(1000)), Some(rate(125)));
        assert_eq!(bids.raised(rate(200), rate(1000)), Some(rate(200)));
        assert_eq!(bids.raised(rate(100), rate(115)), Some(rate(115)));
        assert_eq!(bids.raised(rate(100), rate(100)), None);
        assert_eq!(bids.raised(rate(200), rate(150)), None, "a floor that is too high is not bid for");
        bids.served(START, true);
        bids.bid(START, rate(101), false).unwrap();
        assert_eq!(bids.raised(rate(100), rate(1000)), Some(rate(127)));
    }

    #[test]
    fn row_31_each_bid_in_vain_raises_the_next_by_twice_as_much() {
        let (mut bids, mut sums) = (Bids::default(), Vec::new());
        bids.bid(START, rate(100), false).unwrap();
        while let Some(raised) = bids.raised(rate(100), rate(10_000)) {
            sums.push(raised.units_per_mib());
            bids.bid(START, raised, false).unwrap();
        }
        assert_eq!(sums, [125, 189, 381, 1_149, 5_757, 10_000]);
        bids.served(START, true);
        bids.bid(START, rate(100), false).unwrap();
        assert_eq!(bids.raised(rate(100), rate(10_000)), Some(rate(125)));
    }

    #[test]
    fn row_30_a_grant_answers_one_of_our_bids_and_is_not_above_it() {
        let mut bids = Bids::default();
        for units in [100, 110, 121] {
            bids.bid(START, rate(units), false).unwrap();
        }
        assert!(!bids.allow(rate(111), 2));
        assert!(bids.allow(rate(110), 2));
        assert!(bids.allow(rate(90), 2), "a seller may ask for less than it could");
        assert!(!bids.allow(rate(100), 1), "that was before");
        assert!(!bids.allow(rate(1), 4), "we never bid that");
        assert!(bids.allow(rate(121), 3));
    }

    #[test]
    fn bids_without_an_answer_are_forgotten_in_the_end() {
        let mut bids = Bids::default();
        for _ in 0..=Bids::MOST_OPEN {
            bids.bid(START, rate(5), false).unwrap();
        }
        assert_eq!(bids.open.len(), Bids::MOST_OPEN);
        assert!(!bids.allow(rate(5), 1));
        assert!(bids.allow(rate(5), 2));
    }

    #[test]
    fn patience_is_counted_from_when_the_peer_ceases_to_serve() {
        let mut bids = Bids::default();
        assert_eq!(bids.deadline(), None);
        bids.bid(START, rate(5), false).unwrap();
        assert_eq!(bids.deadline(), Some(START + Bids::PATIENCE));
        bids.served(START, true);
        assert_eq!(bids.deadline(), None);
        let later = START + Duration::from_secs(60);
        bids.served(later, false);
        bids.served(later + Duration::from_secs(1), false);
        assert_eq!(bids.deadline(), Some(later + Bids::PATIENCE));
        bids.bid(later, Rate::FREE, false).unwrap();
        bids.served(later, false);
        assert_eq!(bids.deadline(), None);
    }
}

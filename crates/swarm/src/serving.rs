//! How many peers are served at once.

use std::num::NonZeroU64;

use crate::choking::{ChokingPolicy, Round};
use crate::{Candidate, Config, PeerKey, Time};

/// The places of those we serve, and the policy that says whose they are.
#[derive(Debug)]
pub(crate) struct Serving {
    policy: Box<dyn ChokingPolicy>,
    /// As many peers as may ever be served at once.
    most: usize,
    /// How many may be served until the next round.
    places: usize,
    /// How many are served.
    served: usize,
}

impl Serving {
    pub(crate) fn new(config: &Config, seed: u64) -> Self {
        Self {
            policy: config.choking.build(seed),
            most: config.upload_slots,
            places: config.upload_slots,
            served: 0,
        }
    }

    /// Whether one more may be served before the next round.
    pub(crate) const fn has_place(&self) -> bool {
        self.served < self.places
    }

    /// A peer is served from now on.
    pub(crate) const fn begin(&mut self) {
        self.served += 1;
    }

    /// A peer is not served any more.
    pub(crate) const fn end(&mut self) {
        self.served -= 1;
    }

    /// Chooses whom to serve until the next round, out of a line of `rate` bytes each second; in order of their keys.
    pub(crate) fn choose(
        &mut self,
        now: Time,
        rate: Option<NonZeroU64>,
        seeding: bool,
        candidates: Vec<Candidate>,
    ) -> Vec<PeerKey> {
        let slots = self.most.min(worth_waiting_for(rate));
        let mut choice = self.policy.choose(Round { now, slots, seeding, candidates });
        self.places = choice.places;
        sort::ascending(&mut choice.served);
        choice.served
    }
}

/// How many peers get something worth waiting for out of `rate` bytes each second.
fn worth_waiting_for(rate: Option<NonZeroU64>) -> usize {
    let enough = rate.map_or(u64::MAX, |rate| rate.get() / LEAST_RATE).max(2);
    usize::try_from(enough).unwrap_or(usize::MAX)
}

/// Bytes each second that a peer should get: a block in four seconds, which no client mistakes for none.
const LEAST_RATE: u64 = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_line_serves_few_and_a_fast_one_all() {
        let slots = |rate| worth_waiting_for(NonZeroU64::new(rate)).min(4);
        assert_eq!([1, 8_000, 12_288, 1_000_000, 0].map(slots), [2, 2, 3, 4, 4]);
    }
}

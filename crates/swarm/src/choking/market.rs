//! Places for money.

use std::cmp::Reverse;

use super::tit_for_tat::split_first;
use super::{Candidate, Choice, ChokingFactory, ChokingPolicy, Round, TitForTat};
use crate::PeerKey;

/// Sells some places to those who bid most ([`Standing::preference`](super::Standing::preference)), and has all others
/// given by tit for tat, for which it makes no difference whether somebody pays.
///
/// One place is optimistic, as ever; of the others at least one in three never goes by money. So who pays nothing gets a
/// file in the end, whatever others pay, and while nobody bids nothing is sold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Market {
    /// Gives the places that are not sold.
    pub others: TitForTat,
}

/// The policy of one torrent.
struct Auction {
    others: Box<dyn ChokingPolicy>,
}

impl ChokingFactory for Market {
    fn build(&self, seed: u64) -> Box<dyn ChokingPolicy> {
        Box::new(Auction { others: self.others.build(seed) })
    }
}

impl ChokingPolicy for Auction {
    fn choose(&mut self, Round { now, slots, seeding, mut candidates }: Round) -> Choice {
        let mut paid: Vec<Candidate> =
            candidates.extract_if(.., |peer| peer.standing.preference > 0).collect();
        // The bid decides, then what was given, then who is served already.
        let best = |peer: &Candidate| {
            (Reverse(peer.standing.preference), Reverse(peer.given), !peer.unchoked, peer.key)
        };
        candidates.extend(split_first(&mut paid, for_sale(slots), &|one, other| best(one).cmp(&best(other))));
        sort::by_key(&mut candidates, |peer| peer.key);
        let mut served: Vec<PeerKey> = paid.iter().map(|peer| peer.key).collect();
        let rest = Round { now, slots: slots - served.len(), seeding, candidates };
        let Choice { served: others, places } = self.others.choose(rest);
        let places = places + served.len();
        served.extend(others);
        Choice { served, places }
    }
}

/// How many of the places go by money at most.
const fn for_sale(slots: usize) -> usize {
    let regular = slots.saturating_sub(1);
    regular - regular.div_ceil(3)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{Standing, Time};

    fn peer(key: u32, bid: u64) -> Candidate {
        Candidate {
            key: PeerKey::new(key),
            unchoked: false,
            since: Time::ZERO,
            served: true,
            snubbing: false,
            given: 0,
            up_rate: 0,
            standing: Standing { preference: bid, ..Standing::default() },
        }
    }

    fn choose(
        policy: &mut dyn ChokingPolicy,
        now: Time,
        slots: usize,
        candidates: &[Candidate],
    ) -> BTreeSet<u32> {
        let choice = policy.choose(Round { now, slots, seeding: true, candidates: candidates.to_vec() });
        let served: BTreeSet<u32> = choice.served.iter().map(|key| key.get()).collect();
        assert_eq!(served.len(), choice.served.len(), "everybody has one place");
        assert!(choice.served.len() <= choice.places && choice.places <= slots);
        served
    }

    #[test]
    fn row_31_of_the_regular_places_one_in_three_is_never_sold() {
        assert_eq!([0, 1, 2, 3, 4, 5, 7, 8].map(for_sale), [0, 0, 0, 1, 2, 2, 4, 4]);
    }

    #[test]
    fn row_31_the_highest_bids_win_and_all_others_are_served_in_turns() {
        let mut policy = Market::default().build(1);
        // Ten bid, the later the more, and twenty pay nothing. Of eight places four are sold.
        let mut candidates: Vec<_> = (0..30).map(|n| peer(n, u64::from(n.saturating_sub(19)))).collect();
        let mut served_free = BTreeSet::new();
        for round in 1..=60 {
            let now = Time::from_millis(round * 10_000);
            let served = choose(&mut *policy, now, 8, &candidates);
            assert!([26, 27, 28, 29].iter().all(|winner| served.contains(winner)), "{served:?}");
            assert_eq!(served.len(), 8);
            served_free.extend(served.iter().copied().filter(|peer| *peer < 20));
            for candidate in &mut candidates {
                let unchoked = served.contains(&candidate.key.get());
                if candidate.unchoked != unchoked {
                    (candidate.unchoked, candidate.since) = (unchoked, now);
                }
            }
        }
        assert_eq!(served_free.len(), 20, "whoever pays nothing has its turn");
    }

    #[test]
    fn row_31_of_equal_bids_that_wins_which_gave_more_and_then_which_is_served() {
        let mut policy = Market::default().build(1);
        let mut candidates: Vec<_> = (0..4).map(|n| peer(n, 5)).collect();
        candidates[2].given = 1;
        candidates[3].unchoked = true;
        let choice = policy.choose(Round { now: Time::ZERO, slots: 4, seeding: false, candidates });
        assert_eq!(choice.served[..2].iter().map(|key| key.get()).collect::<BTreeSet<_>>(), [2, 3].into());
    }

    proptest! {
        #[test]
        fn row_31_without_bids_it_is_tit_for_tat(
            given in prop::collection::vec((0..3_u64, any::<bool>()), 0..30), slots in 0..10_usize, seed: u64,
        ) {
            let candidates: Vec<_> = (0..).zip(given).map(|(key, (given, unchoked))| {
                Candidate { given: given << 14, unchoked, ..peer(key, 0) }
            }).collect();
            let mut policies = [Market::default().build(seed), TitForTat::default().build(seed)];
            for seeding in [false, true, false] {
                let [ours, theirs] = policies.each_mut().map(|policy| {
                    policy.choose(Round { now: Time::ZERO, slots, seeding, candidates: candidates.clone() })
                });
                prop_assert_eq!(ours, theirs);
            }
        }

        #[test]
        fn row_31_what_is_for_sale_is_sold_and_no_place_is_left_empty(
            bids in prop::collection::vec(0..4_u64, 0..30), slots in 0..10_usize, seed: u64,
        ) {
            let candidates: Vec<_> = (0..).zip(&bids).map(|(key, bid)| peer(key, *bid)).collect();
            let served = choose(&mut *Market::default().build(seed), Time::ZERO, slots, &candidates);
            let payers = served.iter().filter(|key| bids[**key as usize] > 0).count();
            let free = bids.iter().filter(|bid| **bid == 0).count();
            // Bidders may have others as well, as anybody in turn.
            prop_assert!(served.len() == slots.min(bids.len()));
            prop_assert!(payers >= for_sale(slots).min(bids.len() - free));
        }
    }
}

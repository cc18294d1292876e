//! Tit for tat.

use std::cmp::{Ordering, Reverse};
use std::time::Duration;

use fastrand::Rng;
use metainfo::BLOCK_LENGTH;

use super::{Candidate, Choice, ChokingFactory, ChokingPolicy, Round};
use crate::draw::below;
use crate::{PeerKey, Time};

/// Tit for tat: most places go to the interested peers that lately gave us most. One place at least goes to the
/// others in turn, so that better ones are found, but no more places than those who give have: who gives nothing
/// gets a file in the end, and never at the expense of who does. While nobody gives, all places are the others'.
/// Once complete we have nothing to be repaid with, and serve in turns.
#[derive(Clone, Copy, Debug)]
pub struct TitForTat {
    /// How often another peer gets the place that is given regardless of what it uploads.
    pub optimistic_interval: Duration,
}

/// The policy of one torrent.
#[derive(Clone, Debug)]
struct Choker {
    optimistic_interval: Duration,
    rng: Rng,
}

impl Default for TitForTat {
    fn default() -> Self {
        Self { optimistic_interval: Duration::from_secs(30) }
    }
}

impl ChokingFactory for TitForTat {
    fn build(&self, seed: u64) -> Box<dyn ChokingPolicy> {
        Box::new(Choker::new(*self, seed))
    }
}

impl ChokingPolicy for Choker {
    fn choose(&mut self, round: Round) -> Choice {
        let Round { now, slots, seeding, mut candidates } = round;
        let mut places = slots;
        if seeding {
            split_first(&mut candidates, slots, &|one, other| turn(now, one).cmp(&turn(now, other)));
        } else {
            let mut others: Vec<_> = candidates.extract_if(.., |peer| !peer.gives()).collect();
            let best = |peer: &Candidate| (Reverse(peer.given), !peer.unchoked, peer.key);
            others.extend(split_first(&mut candidates, slots.saturating_sub(1), &|one, other| {
                best(one).cmp(&best(other))
            }));
            if !candidates.is_empty() {
                places = slots.min(candidates.len() + candidates.len().max(1));
            }
            candidates.extend(self.optimistic(now, places - candidates.len(), others));
        }
        Choice { served: candidates.iter().map(|peer| peer.key).collect(), places }
    }
}

impl Choker {
    const fn new(TitForTat { optimistic_interval }: TitForTat, seed: u64) -> Self {
        Self { optimistic_interval, rng: Rng::with_seed(seed) }
    }

    /// Some to serve whatever they give: first whoever is within its turn, then any who wait.
    fn optimistic(&mut self, now: Time, places: usize, peers: Vec<Candidate>) -> Vec<Candidate> {
        let within = |peer: &Candidate| peer.unchoked && now.since(peer.since) < self.optimistic_interval;
        let (mut chosen, mut rest): (Vec<_>, Vec<_>) = peers.into_iter().partition(within);
        split_first(&mut chosen, places, &|one, other| (one.since, one.key).cmp(&(other.since, other.key)));
        // Whoever just had a turn has another only if nobody waits.
        let mut over: Vec<_> = rest.extract_if(.., |peer| peer.unchoked).collect();
        while chosen.len() < places
            && let Some(peer) = self.draw(&mut rest).or_else(|| over.pop())
        {
            chosen.push(peer);
        }
        chosen
    }

    /// Takes one of `peers`; those that were never served have three tickets each.
    fn draw(&mut self, peers: &mut Vec<Candidate>) -> Option<Candidate> {
        let tickets = |peer: &Candidate| if peer.served { 1 } else { 3 };
        let all: usize = peers.iter().map(tickets).sum();
        let mut drawn = below(&mut self.rng, all);
        let winner = peers.iter().position(|peer| {
            let won = drawn < tickets(peer);
            drawn = drawn.saturating_sub(tickets(peer));
            won
        })?;
        Some(peers.swap_remove(winner))
    }
}

impl Candidate {
    /// Whether it repays what it gets.
    const fn gives(&self) -> bool {
        self.given >= BLOCK_LENGTH as u64 && !self.snubbing
    }
}

/// Leaves the `count` first in `order`, in any order, and returns the rest. Takes time in proportion to `peers`. Is
/// compiled once, for all orders.
pub(super) fn split_first(
    peers: &mut Vec<Candidate>,
    count: usize,
    order: &dyn Fn(&Candidate, &Candidate) -> Ordering,
) -> Vec<Candidate> {
    if count >= peers.len() {
        return Vec::new();
    }
    peers.select_nth_unstable_by(count, order);
    peers.split_off(count)
}

/// The order in which a seed serves: whoever is within its turn, fastest first; then whoever waits longest.
fn turn(now: Time, peer: &Candidate) -> (bool, Reverse<u64>, bool, Reverse<Duration>, PeerKey) {
    let served_for = now.since(peer.since);
    let within = peer.unchoked && served_for < TURN;
    let up_rate = if within { peer.up_rate } else { 0 };
    (!within, Reverse(up_rate), peer.unchoked, Reverse(served_for), peer.key)
}

/// How long a seed serves a peer while others wait.
const TURN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::Standing;

    const SLOTS: usize = 4;

    fn choker() -> Choker {
        Choker::new(TitForTat::default(), 1)
    }

    fn peer(key: u32, blocks: u64) -> Candidate {
        Candidate {
            key: PeerKey::new(key),
            unchoked: false,
            since: Time::ZERO,
            served: true,
            snubbing: false,
            given: blocks * u64::from(BLOCK_LENGTH),
            up_rate: 0,
            standing: Standing::default(),
        }
    }

    fn choose(choker: &mut Choker, now: Time, seeding: bool, candidates: Vec<Candidate>) -> Vec<PeerKey> {
        choker.choose(Round { now, slots: SLOTS, seeding, candidates }).served
    }

    /// Plays `rounds` rounds, and counts in how many each peer was served.
    fn rounds(choker: &mut Choker, seeding: bool, peers: &mut [Candidate], rounds: u64) -> Vec<u32> {
        let mut served = vec![0; peers.len()];
        for round in 1..=rounds {
            let chosen = choose(choker, at(round * 10), seeding, peers.to_vec());
            for (peer, served) in peers.iter_mut().zip(&mut served) {
                let unchoked = chosen.contains(&peer.key);
                if peer.unchoked != unchoked {
                    (peer.unchoked, peer.since) = (unchoked, at(round * 10));
                }
                *served += u32::from(unchoked);
            }
        }
        served
    }

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    fn candidate() -> impl Strategy<Value = Candidate> {
        let flags = any::<(bool, bool, bool)>();
        (flags, 0..100_u64, 0..100_000_u64).prop_map(|((unchoked, served, snubbing), since, given)| {
            Candidate { unchoked, since: at(since), served, snubbing, given, ..peer(0, 0) }
        })
    }

    proptest! {
        #[test]
        fn who_gives_is_never_passed_over_for_who_does_not(
            mut peers in prop::collection::vec(candidate(), 0..40),
            seed: u64,
        ) {
            for (n, peer) in peers.iter_mut().enumerate() {
                peer.key = PeerKey::new(n as u32);
            }
            let mut choker = choker();
            choker.rng = fastrand::Rng::with_seed(seed);
            let round = Round { now: at(100), slots: SLOTS, seeding: false, candidates: peers.clone() };
            let Choice { served: chosen, places } = choker.choose(round);
            prop_assert!(chosen.len() == chosen.iter().collect::<BTreeSet<_>>().len());
            let count = |gives: bool, served: bool| {
                let like = |peer: &&Candidate| {
                    peer.gives() == gives && chosen.contains(&peer.key) == served
                };
                peers.iter().filter(like).count()
            };
            let (givers, takers) = (count(true, true), count(false, true));
            prop_assert!(givers == SLOTS - 1 || givers == SLOTS || count(true, false) == 0);
            prop_assert!(givers == 0 || takers <= givers.max(1));
            // Nobody waits while there is a place.
            prop_assert!(chosen.len() == places || chosen.len() == peers.len());
            prop_assert!(places <= SLOTS);
        }

        #[test]
        fn a_seed_leaves_no_place_empty(peers in 0..40_u32) {
            let chosen = choose(&mut choker(), at(10), true, (0..peers).map(|n| peer(n, 0)).collect());
            prop_assert_eq!(chosen.len(), SLOTS.min(peers as usize));
        }
    }

    #[test]
    fn those_who_give_most_are_served() {
        let chosen = choose(&mut choker(), at(10), false, (0..10).map(|n| peer(n, u64::from(n))).collect());
        assert!([9, 8, 7].map(PeerKey::new).iter().all(|key| chosen.contains(key)));
        assert_eq!(chosen.len(), SLOTS);
    }

    #[test]
    fn those_who_let_us_wait_have_no_place_but_the_one_in_turn() {
        let mut peers: Vec<_> = (0..5).map(|n| peer(n, 1)).collect();
        peers[0].snubbing = true;
        peers[0].given = 9_000_000;
        let served = rounds(&mut choker(), false, &mut peers, 600);
        assert!(
            (200..400).contains(&served[0]),
            "one of two for the fourth place, {} rounds of 600",
            served[0]
        );
    }

    #[test]
    fn while_nobody_gives_every_place_is_used() {
        let served = rounds(&mut choker(), false, &mut (0..10).map(|n| peer(n, 0)).collect::<Vec<_>>(), 100);
        assert_eq!(served.iter().sum::<u32>(), 400);
    }

    #[test]
    fn everybody_gets_the_optimistic_place_in_time() {
        let mut peers: Vec<_> = (0..10).map(|n| peer(n, if n < 3 { 1 } else { 0 })).collect();
        let served = rounds(&mut choker(), false, &mut peers, 300);
        assert_eq!(served[..3], [300; 3]);
        assert!(served[3..].iter().all(|rounds| *rounds > 0), "{served:?}");
    }

    #[test]
    fn the_optimistic_place_is_kept_for_thirty_seconds() {
        let mut peers: Vec<_> = (0..50).map(|n| peer(n, if n < 3 { 1 } else { 0 })).collect();
        let served = rounds(&mut choker(), false, &mut peers, 12);
        let turns: Vec<_> = served[3..].iter().filter(|rounds| **rounds > 0).collect();
        assert_eq!(turns, [&3; 4]);
    }

    #[test]
    fn newcomers_are_favoured() {
        let mut choker = choker();
        let mut newcomers = 0;
        for round in 1..=400 {
            let mut peers: Vec<_> = (0..13).map(|n| peer(n, if n < 3 { 1 } else { 0 })).collect();
            peers[12].served = false;
            newcomers +=
                u32::from(choose(&mut choker, at(round * 30), false, peers).contains(&PeerKey::new(12)));
        }
        assert!((70..130).contains(&newcomers), "three tickets of twelve, {newcomers} times of 400");
    }

    #[test]
    fn without_slots_nobody_is_served() {
        for seeding in [false, true] {
            let round = Round { now: at(10), slots: 0, seeding, candidates: vec![peer(1, 1)] };
            assert_eq!(choker().choose(round), Choice::default());
        }
    }

    #[test]
    fn a_seed_serves_in_turns() {
        let mut peers: Vec<_> = (0..8).map(|n| peer(n, 0)).collect();
        assert_eq!(rounds(&mut choker(), true, &mut peers, 48), [24; 8]);
    }
}

//! Whom to serve.

use std::cmp::Reverse;
use std::time::Duration;

use fastrand::Rng;

use crate::{Config, PeerKey, Time};

/// Tit for tat: most slots go to the interested peers that give us most, one goes to anybody in turn so
/// that better ones are found. Once complete we have nothing to be repaid with, and serve in turns.
#[derive(Clone, Debug)]
pub(crate) struct Choker {
    slots: usize,
    interval: Duration,
    optimistic_interval: Duration,
    next: Time,
    next_optimistic: Time,
    /// The peer in the slot that is given regardless.
    optimistic: Option<PeerKey>,
    rng: Rng,
}

/// An interested peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) key: PeerKey,
    /// We serve it now.
    pub(crate) unchoked: bool,
    /// When we last began or ceased to serve it, or when it connected.
    pub(crate) since: Time,
    /// It was served before.
    pub(crate) served: bool,
    /// It serves us, and lets our requests wait.
    pub(crate) snubbing: bool,
    /// Bytes each second that it gives us.
    pub(crate) down_rate: u64,
    /// Bytes each second that it takes.
    pub(crate) up_rate: u64,
}

impl Choker {
    pub(crate) fn new(now: Time, config: &Config, seed: u64) -> Self {
        Self {
            slots: config.upload_slots,
            interval: config.rechoke_interval,
            optimistic_interval: config.optimistic_interval,
            next: now + config.rechoke_interval,
            next_optimistic: now,
            optimistic: None,
            rng: Rng::with_seed(seed),
        }
    }

    /// How many peers to serve at once.
    pub(crate) const fn slots(&self) -> usize {
        self.slots
    }

    /// When to choose again.
    pub(crate) const fn deadline(&self) -> Time {
        self.next
    }

    /// Chooses which of the interested peers to serve until the next deadline.
    pub(crate) fn choose(
        &mut self,
        now: Time,
        seeding: bool,
        mut candidates: Vec<Candidate>,
    ) -> Vec<PeerKey> {
        self.next = now + self.interval;
        if self.slots == 0 {
            return Vec::new();
        }
        if seeding {
            candidates.sort_by_key(|peer| turn(now, peer));
            candidates.truncate(self.slots);
            return candidates.iter().map(|peer| peer.key).collect();
        }
        candidates.sort_by_key(|peer| (peer.snubbing, Reverse(peer.down_rate), !peer.unchoked, peer.key));
        let mut rest = candidates.split_off((self.slots - 1).min(candidates.len()));
        if now >= self.next_optimistic || !rest.iter().any(|peer| Some(peer.key) == self.optimistic) {
            self.next_optimistic = now + self.optimistic_interval;
            self.optimistic = self.draw(&rest);
        }
        rest.retain(|peer| Some(peer.key) == self.optimistic);
        candidates.iter().chain(&rest).map(|peer| peer.key).collect()
    }

    /// One of `peers`; those that were never served have three tickets each.
    fn draw(&mut self, peers: &[Candidate]) -> Option<PeerKey> {
        let tickets = |peer: &Candidate| if peer.served { 1 } else { 3 };
        let all: usize = peers.iter().map(tickets).sum();
        let mut drawn = self.rng.usize(..all.max(1));
        let winner = peers.iter().find(|peer| {
            let won = drawn < tickets(peer);
            drawn = drawn.saturating_sub(tickets(peer));
            won
        });
        winner.map(|peer| peer.key)
    }
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
    use super::*;

    fn choker() -> Choker {
        let config = Config { upload_slots: 4, ..Config::new(wire::PeerId::from_bytes([0; 20])) };
        Choker::new(Time::ZERO, &config, 1)
    }

    fn peer(key: u32, down_rate: u64) -> Candidate {
        Candidate {
            key: PeerKey::new(key),
            unchoked: false,
            since: Time::ZERO,
            served: true,
            snubbing: false,
            down_rate,
            up_rate: 0,
        }
    }

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    #[test]
    fn those_who_give_most_are_served() {
        let chosen = choker().choose(at(10), false, (0..10).map(|n| peer(n, u64::from(n))).collect());
        assert_eq!(chosen[..3], [9, 8, 7].map(PeerKey::new));
        assert_eq!(chosen.len(), 4);
    }

    #[test]
    fn those_who_let_us_wait_come_last() {
        let mut peers: Vec<_> = (0..5).map(|n| peer(n, 1_000)).collect();
        peers[0].snubbing = true;
        peers[0].down_rate = 9_000;
        let chosen = choker().choose(at(10), false, peers);
        assert!(!chosen[..3].contains(&PeerKey::new(0)));
    }

    #[test]
    fn everybody_gets_the_optimistic_slot_in_time() {
        let mut choker = choker();
        let mut served = std::collections::BTreeSet::new();
        for round in 1..300 {
            let peers = (0..10).map(|n| peer(n, if n < 3 { 1_000 } else { 0 })).collect();
            served.extend(choker.choose(at(round * 10), false, peers));
        }
        assert_eq!(served.len(), 10);
    }

    #[test]
    fn the_optimistic_slot_is_kept_for_thirty_seconds() {
        let mut choker = choker();
        let mut slot = |seconds| {
            let peers = (0..50).map(|n| peer(n, if n < 3 { 1_000 } else { 0 })).collect();
            choker.choose(at(seconds), false, peers)[3]
        };
        let first = slot(10);
        assert_eq!([slot(20), slot(30)], [first; 2]);
        assert_ne!(slot(40), first);
    }

    #[test]
    fn newcomers_are_favoured() {
        let mut choker = choker();
        let mut newcomers = 0;
        for round in 1..=400 {
            let mut peers: Vec<_> = (0..13).map(|n| peer(n, if n < 3 { 1_000 } else { 0 })).collect();
            peers[12].served = false;
            newcomers += u32::from(choker.choose(at(round * 30), false, peers)[3] == PeerKey::new(12));
        }
        assert!((70..130).contains(&newcomers), "three tickets of twelve, {newcomers} times of 400");
    }

    #[test]
    fn without_slots_nobody_is_served() {
        let mut choker = choker();
        choker.slots = 0;
        assert_eq!(choker.choose(at(10), false, vec![peer(1, 1_000)]), []);
    }

    #[test]
    fn a_seed_serves_in_turns() {
        let mut choker = choker();
        let mut peers: Vec<_> = (0..8).map(|n| peer(n, 0)).collect();
        let mut turns = vec![0; 8];
        for round in 1..=48 {
            let chosen = choker.choose(at(round * 10), true, peers.clone());
            assert_eq!(chosen.len(), 4);
            for peer in &mut peers {
                let unchoked = chosen.contains(&peer.key);
                if peer.unchoked != unchoked {
                    (peer.unchoked, peer.since) = (unchoked, at(round * 10));
                }
                turns[peer.key.get() as usize] += u32::from(unchoked);
            }
        }
        assert_eq!(turns, [24; 8]);
    }
}

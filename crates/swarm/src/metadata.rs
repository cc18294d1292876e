//! Getting the metadata from peers (BEP 9).

use std::time::Duration;

use litemap::LiteMap;
use wire::METADATA_PIECE_LENGTH;

use crate::set::Set;
use crate::{PeerKey, Time};

/// The metadata in parts of 16 KiB, from several peers at once.
///
/// Only whole metadata can be checked. If it turns out wrong and came from several peers, there is no
/// telling who lied: from then on one peer at a time gives all of it, so that the next lie has one author.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    timeout: Duration,
    attempt: Option<Attempt>,
    one_source: bool,
    /// Peers not to ask before a time, because they refused or did not answer.
    resting: LiteMap<PeerKey, Time>,
}

/// Parts of a metadata of one size.
#[derive(Clone, Debug)]
struct Attempt {
    size: u32,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Missing,
    Asked { peer: PeerKey, at: Time },
    Arrived { peer: PeerKey, data: Vec<u8> },
}

/// Metadata whose parts have all arrived, still to be checked.
#[derive(Clone, Debug)]
pub(crate) struct Gathered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sources: Set<PeerKey>,
}

impl Fetch {
    /// Nothing known yet; an answer is awaited for `timeout`.
    pub(crate) const fn new(timeout: Duration) -> Self {
        Self { timeout, attempt: None, one_source: false, resting: LiteMap::new() }
    }

    /// Share of the parts that arrived, from 0 to 1.
    pub(crate) fn progress(&self) -> f32 {
        let Some(attempt) = &self.attempt else { return 0.0 };
        let arrived = attempt.parts.iter().filter(|part| matches!(part, Part::Arrived { .. })).count();
        arrived as f32 / attempt.parts.len() as f32
    }

    /// When [`expire`](Self::expire) has something to do, or a resting peer may be asked again.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let asked = self.attempt.iter().flat_map(|attempt| &attempt.parts).filter_map(|part| match part {
            Part::Asked { at, .. } => Some(*at + self.timeout),
            _ => None,
        });
        asked.chain(self.resting.values().copied()).min()
    }

    /// The parts to ask `peer` for, which says that the metadata has `size` bytes.
    pub(crate) fn ask(&mut self, now: Time, peer: PeerKey, size: u32) -> Vec<u32> {
        if self.resting.contains_key(&peer) {
            return Vec::new();
        }
        if self.attempt.as_ref().is_none_or(|attempt| attempt.size != size && attempt.is_stuck()) {
            self.attempt = Some(Attempt::new(size));
        }
        let Some(attempt) = &mut self.attempt else { return Vec::new() };
        if attempt.size != size || self.one_source && attempt.peers().any(|other| other != peer) {
            return Vec::new();
        }
        let asked = attempt.parts.iter().filter(|part| part.is_asked_of(peer)).count();
        let missing = attempt.parts.iter_mut().enumerate();
        let missing = missing.filter(|(_, part)| matches!(part, Part::Missing));
        let chosen = missing.take(IN_FLIGHT.saturating_sub(asked)).map(|(n, part)| {
            *part = Part::Asked { peer, at: now };
            n as u32
        });
        chosen.collect()
    }

    /// A part arrived. The whole, if it was the last; parts that were not asked for are ignored.
    pub(crate) fn arrived(&mut self, peer: PeerKey, part: u32, size: u32, data: &[u8]) -> Option<Gathered> {
        let attempt = self.attempt.as_mut().filter(|attempt| attempt.size == size)?;
        let place = attempt.parts.get_mut(part as usize).filter(|part| part.is_asked_of(peer))?;
        *place = Part::Arrived { peer, data: data.to_vec() };
        let mut gathered = Gathered { bytes: Vec::new(), sources: Set::default() };
        for part in &attempt.parts {
            let Part::Arrived { peer, data } = part else { return None };
            gathered.bytes.extend_from_slice(data);
            gathered.sources.insert(*peer);
        }
        Some(gathered)
    }

    /// The gathered metadata was not what was looked for: starts over, with one source at a time.
    pub(crate) fn fail(&mut self) {
        self.attempt = None;
        self.one_source = true;
    }

    /// The peer will not give a part. It is asked again after the timeout.
    pub(crate) fn refused(&mut self, now: Time, peer: PeerKey) {
        self.release(peer);
        self.resting.insert(peer, now + self.timeout);
    }

    /// The peer is gone.
    pub(crate) fn gone(&mut self, peer: PeerKey) {
        self.release(peer);
        self.resting.remove(&peer);
    }

    /// Gives up on peers that did not answer in time.
    pub(crate) fn expire(&mut self, now: Time) {
        self.resting.retain(|_, until| *until > now);
        let parts = self.attempt.iter().flat_map(|attempt| &attempt.parts);
        let late = parts.filter_map(|part| match part {
            Part::Asked { peer, at } if *at + self.timeout <= now => Some(*peer),
            _ => None,
        });
        for peer in late.collect::<Vec<_>>() {
            self.refused(now, peer);
        }
    }

    fn release(&mut self, peer: PeerKey) {
        let Some(attempt) = &mut self.attempt else { return };
        if self.one_source && attempt.peers().any(|source| source == peer) {
            self.attempt = None;
            return;
        }
        for part in attempt.parts.iter_mut().filter(|part| part.is_asked_of(peer)) {
            *part = Part::Missing;
        }
    }
}

impl Attempt {
    fn new(size: u32) -> Self {
        Self { size, parts: vec![Part::Missing; size.div_ceil(METADATA_PIECE_LENGTH) as usize] }
    }

    /// Whether nobody is being waited for.
    fn is_stuck(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Asked { .. }))
    }

    /// Everyone who gave a part or is asked for one.
    fn peers(&self) -> impl Iterator<Item = PeerKey> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Missing => None,
            Part::Asked { peer, .. } | Part::Arrived { peer, .. } => Some(*peer),
        })
    }
}

impl Part {
    fn is_asked_of(&self, peer: PeerKey) -> bool {
        matches!(self, Self::Asked { peer: asked, .. } if *asked == peer)
    }
}

/// Parts that one peer is asked for at once.
const IN_FLIGHT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerKey = PeerKey::new(1);
    const B: PeerKey = PeerKey::new(2);
    const SIZE: u32 = 10 * METADATA_PIECE_LENGTH;

    fn fetch() -> Fetch {
        Fetch::new(Duration::from_secs(10))
    }

    fn give(fetch: &mut Fetch, peer: PeerKey, parts: &[u32]) -> Option<Gathered> {
        let part = vec![0; METADATA_PIECE_LENGTH as usize];
        parts.iter().filter_map(|n| fetch.arrived(peer, *n, SIZE, &part)).last()
    }

    #[test]
    fn peers_share_the_work() {
        let mut fetch = fetch();
        assert_eq!(fetch.ask(Time::ZERO, A, SIZE), (0..8).collect::<Vec<_>>());
        assert_eq!(fetch.ask(Time::ZERO, B, SIZE), [8, 9]);
        assert!(give(&mut fetch, A, &[0, 1, 2, 3, 4, 5, 6, 7]).is_none());
        let gathered = give(&mut fetch, B, &[8, 9]).expect("that was all");
        assert_eq!(gathered.bytes.len(), SIZE as usize);
        assert_eq!(gathered.sources.as_slice(), [A, B]);
    }

    #[test]
    fn parts_that_were_not_asked_for_are_ignored() {
        let mut fetch = fetch();
        fetch.ask(Time::ZERO, A, SIZE);
        assert!(give(&mut fetch, B, &[0, 1, 2, 3, 4, 5, 6, 7]).is_none());
        assert!(fetch.progress() == 0.0);
    }

    #[test]
    fn a_silent_peer_is_replaced() {
        let mut fetch = fetch();
        fetch.ask(Time::ZERO, A, SIZE);
        assert_eq!(fetch.deadline(), Some(Time::from_millis(10_000)));
        fetch.expire(Time::from_millis(10_000));
        assert_eq!(fetch.ask(Time::from_millis(10_000), A, SIZE), [0; 0]);
        assert_eq!(fetch.ask(Time::from_millis(10_000), B, SIZE).len(), 8);
    }

    #[test]
    fn after_a_failure_one_peer_gives_all() {
        let mut fetch = fetch();
        fetch.fail();
        assert_eq!(fetch.ask(Time::ZERO, A, SIZE).len(), 8);
        assert_eq!(fetch.ask(Time::ZERO, B, SIZE), [0; 0]);
        fetch.gone(A);
        assert_eq!(fetch.ask(Time::ZERO, B, SIZE).len(), 8);
    }

    #[test]
    fn a_lie_about_the_size_ends_with_its_author() {
        let mut fetch = fetch();
        fetch.ask(Time::ZERO, A, 5 * METADATA_PIECE_LENGTH);
        assert_eq!(fetch.ask(Time::ZERO, B, SIZE), [0; 0]);
        fetch.gone(A);
        assert_eq!(fetch.ask(Time::ZERO, B, SIZE).len(), 8);
    }
}

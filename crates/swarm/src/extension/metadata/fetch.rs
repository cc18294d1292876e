use std::mem;
use std::time::Duration;

use litemap::LiteMap;
use wire::METADATA_PIECE_LENGTH;

use crate::set::Set;
use crate::work::walk;
use crate::{PeerKey, Time};

/// The metadata in parts of 16 KiB, from several peers at once.
///
/// Only whole metadata can be checked, so whoever lies about its size or sends other bytes is found out late. Nobody's
/// lie keeps others from being asked:
///
/// - Each size that peers claim is tried on its own, at the same time. Those who claim the same share the work.
/// - If what they gave is wrong, or some part does not come in time, each of them gives all of it by itself from then
///   on: so the next lie has one author. There are two at once, and twice as many after each timeout, until one of them
///   is honest.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    timeout: Duration,
    /// How large the metadata is, as each peer says.
    claims: LiteMap<PeerKey, u32>,
    attempts: LiteMap<Name, Attempt>,
    /// Sizes of which each peer gives all by itself, and since when.
    apart: LiteMap<u32, Time>,
    /// Peers not to ask before a time, because they refused or did not answer.
    resting: LiteMap<PeerKey, Time>,
    /// Peers that may have to be asked for a part.
    eager: Set<PeerKey>,
    due: Option<Time>,
}

/// What an attempt is known by: the size, and who gives all of it, if one does.
type Name = (u32, Option<PeerKey>);

/// Parts of a metadata of one size.
#[derive(Clone, Debug)]
struct Attempt {
    /// How many parts the metadata has.
    count: usize,
    /// The first parts: those that were ever asked for.
    parts: Vec<Part>,
    /// When the latest part arrived, or the first was asked for.
    heard: Time,
}

#[derive(Clone, Debug)]
struct Part {
    /// When this part was first asked for.
    since: Time,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Missing,
    Asked(PeerKey),
    Arrived(PeerKey, Vec<u8>),
}

/// Metadata whose parts have all arrived, still to be checked.
#[derive(Clone, Debug)]
pub(crate) struct Gathered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sources: Set<PeerKey>,
}

impl Fetch {
    /// Nothing known yet; an answer is awaited for `timeout`.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            claims: LiteMap::new(),
            attempts: LiteMap::new(),
            apart: LiteMap::new(),
            resting: LiteMap::new(),
            eager: Set::default(),
            due: None,
        }
    }

    /// Share of the parts that arrived in the attempt that is closest to its end, from 0 to 1.
    pub(crate) fn progress(&self) -> f32 {
        let share = |attempt: &Attempt| attempt.arrived().count() as f32 / attempt.count as f32;
        self.attempts.values().map(share).fold(0.0, f32::max)
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(crate) const fn deadline(&self) -> Option<Time> {
        self.due
    }

    /// How large the metadata is, as this peer said first.
    pub(crate) fn claim(&self, peer: PeerKey) -> Option<u32> {
        self.claims.get(&peer).copied()
    }

    /// A peer says that the metadata has `size` bytes. What it says first counts.
    pub(crate) fn claimed(&mut self, peer: PeerKey, size: u32) {
        if !self.claims.contains_key(&peer) {
            self.claims.insert(peer, size);
        }
        self.eager.insert(peer);
    }

    /// Whether somebody may have to be asked now.
    pub(crate) fn is_eager(&self) -> bool {
        !self.eager.as_slice().is_empty()
    }

    /// Takes the peers that may have to be asked for a part now.
    pub(crate) fn eager(&mut self) -> Set<PeerKey> {
        mem::take(&mut self.eager)
    }

    /// The parts to ask a peer for.
    pub(crate) fn ask(&mut self, now: Time, peer: PeerKey) -> Vec<u32> {
        let Some(size) = self.claims.get(&peer).copied().filter(|_| !self.resting.contains_key(&peer)) else {
            return Vec::new();
        };
        let name = (size, self.apart.contains_key(&size).then_some(peer));
        if !self.attempts.contains_key(&name) {
            if let Some(since) = self.apart.get(&size).copied() {
                let others = self.attempts.keys().filter(|(other, sole)| *other == size && sole.is_some());
                let periods = now.since(since).as_millis() / self.timeout.as_millis().max(1);
                if walk(others).count() >> periods.min(16) >= FIRST_APART {
                    // Until there may be twice as many.
                    self.wait(since + self.timeout * (periods as u32 + 1));
                    return Vec::new();
                }
            }
            let count = size.div_ceil(METADATA_PIECE_LENGTH) as usize;
            self.attempts.insert(name, Attempt { count, parts: Vec::new(), heard: now });
        }
        let Some(attempt) = self.attempts.get_mut(&name) else { return Vec::new() };
        let chosen = attempt.ask(now, peer);
        if !chosen.is_empty() {
            self.wait(now + self.timeout);
        }
        chosen
    }

    /// A part arrived. The whole, if it was the last; parts that were not asked for are ignored.
    pub(crate) fn arrived(
        &mut self,
        now: Time,
        peer: PeerKey,
        part: u32,
        size: u32,
        data: &[u8],
    ) -> Option<Gathered> {
        let name = (size, self.apart.contains_key(&size).then_some(peer));
        let attempt = self.attempts.get_mut(&name)?;
        let place = attempt.parts.get_mut(part as usize).filter(|part| part.is_asked_of(peer))?;
        place.state = State::Arrived(peer, data.to_vec());
        attempt.heard = now;
        self.eager.insert(peer);
        if attempt.arrived().count() == attempt.count {
            return self.attempts.remove(&name).map(Attempt::gather);
        }
        self.make_room(now);
        None
    }

    /// The gathered metadata was not what was looked for. If several gave it, each is asked for all of it.
    pub(crate) fn fail(&mut self, now: Time, gathered: &Gathered) {
        if gathered.sources.as_slice().len() > 1 {
            self.separate(now, gathered.bytes.len() as u32);
        }
    }

    /// The peer will not give a part. It is asked again after the timeout.
    pub(crate) fn refused(&mut self, now: Time, peer: PeerKey) {
        if !self.resting.contains_key(&peer) && self.release(peer) {
            self.rest(now, peer);
        }
    }

    /// The peer is gone.
    pub(crate) fn gone(&mut self, peer: PeerKey) {
        self.release(peer);
        self.resting.remove(&peer);
        self.eager.remove(&peer);
        let Some(size) = self.claims.remove(&peer) else { return };
        if walk(self.claims.values()).all(|other| *other != size) {
            self.attempts.remove(&(size, None));
            self.apart.remove(&size);
        }
    }

    /// Gives up on peers that did not answer in time.
    pub(crate) fn expire(&mut self, now: Time) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.due = None;
        self.resting.retain(|_, until| *until > now);
        for name in self.attempts.keys().copied().collect::<Vec<_>>() {
            let Some(attempt) = self.attempts.get(&name) else { continue };
            let end = attempt.end(name, self.timeout);
            match (end, name) {
                (None, _) => {}
                (Some(end), _) if end > now => self.wait(end),
                (_, (_, Some(sole))) => {
                    self.release(sole);
                    self.rest(now, sole);
                }
                (_, (size, None)) => {
                    for peer in attempt.silent() {
                        self.rest(now, peer);
                    }
                    self.separate(now, size);
                }
            }
        }
        if let Some(until) = self.resting.values().min().copied() {
            self.wait(until);
        }
        self.eager.extend(walk(self.claims.keys()).copied());
    }

    /// Each of those who claim this size gives all by itself from now on.
    fn separate(&mut self, now: Time, size: u32) {
        self.attempts.remove(&(size, None));
        self.apart.insert(size, now);
        let claimants = walk(self.claims.iter()).filter(|(_, claim)| **claim == size);
        self.eager.extend(claimants.map(|(peer, _)| *peer));
    }

    /// Keeps what arrived within bounds, at the cost of the attempt that takes most: metadata is seldom large, and
    /// whoever lies about it has to send more than it takes to get at the truth.
    fn make_room(&mut self, now: Time) {
        let bytes = |attempt: &Attempt| attempt.arrived().map(<[u8]>::len).sum::<usize>();
        if walk(self.attempts.values()).map(bytes).sum::<usize>() <= MAX_GATHERED {
            return;
        }
        let largest = self.attempts.iter().max_by_key(|(_, attempt)| bytes(attempt)).map(|(name, _)| *name);
        match largest {
            Some((_, Some(sole))) => {
                self.release(sole);
                self.rest(now, sole);
            }
            Some((size, None)) => self.separate(now, size),
            None => {}
        }
    }

    fn rest(&mut self, now: Time, peer: PeerKey) {
        self.resting.insert(peer, now + self.timeout);
        self.wait(now + self.timeout);
    }

    /// Nothing is expected of the peer any more. Whether anything was.
    fn release(&mut self, peer: PeerKey) -> bool {
        let Some(size) = self.claims.get(&peer).copied() else { return false };
        if self.attempts.remove(&(size, Some(peer))).is_some() {
            // There is room for another.
            self.eager.extend(walk(self.claims.keys()).copied());
            return true;
        }
        let Some(attempt) = self.attempts.get_mut(&(size, None)) else { return false };
        let mut asked = false;
        for part in walk(attempt.parts.iter_mut()).filter(|part| part.is_asked_of(peer)) {
            part.state = State::Missing;
            asked = true;
        }
        if asked {
            self.eager.extend(walk(self.claims.keys()).copied());
        }
        asked
    }

    fn wait(&mut self, until: Time) {
        self.due = Some(self.due.map_or(until, |due| due.min(until)));
    }
}

impl Attempt {
    /// The parts to ask a peer for.
    fn ask(&mut self, now: Time, peer: PeerKey) -> Vec<u32> {
        let asked = walk(self.parts.iter()).filter(|part| part.is_asked_of(peer)).count();
        let mut chosen = Vec::new();
        let missing = (0..).zip(&mut self.parts).filter(|(_, part)| matches!(part.state, State::Missing));
        for (n, part) in missing.take(IN_FLIGHT.saturating_sub(asked)) {
            part.state = State::Asked(peer);
            chosen.push(n);
        }
        while asked + chosen.len() < IN_FLIGHT && self.parts.len() < self.count {
            chosen.push(self.parts.len() as u32);
            self.parts.push(Part { since: now, state: State::Asked(peer) });
        }
        chosen
    }

    fn arrived(&self) -> impl Iterator<Item = &[u8]> {
        walk(self.parts.iter()).filter_map(|part| match &part.state {
            State::Arrived(_, data) => Some(&data[..]),
            State::Missing | State::Asked(_) => None,
        })
    }

    /// When it ends unless something arrives. One peer alone may be slow, but not silent; several have to give each
    /// part in time.
    fn end(&self, (_, sole): Name, timeout: Duration) -> Option<Time> {
        let open = self.parts.iter().filter(|part| !matches!(part.state, State::Arrived(..)));
        let oldest = walk(open).map(|part| part.since).min()?;
        Some(if sole.is_some() { self.heard.max(oldest) } else { oldest } + timeout)
    }

    /// Peers that were asked for a part and gave none.
    fn silent(&self) -> Set<PeerKey> {
        let (mut asked, mut gave) = (Set::default(), Set::default());
        for part in walk(self.parts.iter()) {
            match part.state {
                State::Missing => {}
                State::Asked(peer) => drop(asked.insert(peer)),
                State::Arrived(peer, _) => drop(gave.insert(peer)),
            }
        }
        for peer in gave {
            asked.remove(&peer);
        }
        asked
    }

    fn gather(self) -> Gathered {
        let mut gathered = Gathered { bytes: Vec::new(), sources: Set::default() };
        for part in self.parts {
            if let State::Arrived(peer, data) = part.state {
                gathered.bytes.extend_from_slice(&data);
                gathered.sources.insert(peer);
            }
        }
        gathered
    }
}

impl Part {
    fn is_asked_of(&self, peer: PeerKey) -> bool {
        matches!(self.state, State::Asked(asked) if asked == peer)
    }
}

/// Parts that one peer is asked for at once.
const IN_FLIGHT: usize = 8;
/// Peers that each give all by themselves, at first.
const FIRST_APART: usize = 2;
/// Bytes of parts that are kept: what is largest is tried at least three times at once.
const MAX_GATHERED: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    const A: PeerKey = PeerKey::new(1);
    const B: PeerKey = PeerKey::new(2);
    const SIZE: u32 = 10 * METADATA_PIECE_LENGTH;

    /// Two peers that claim the same size.
    fn fetch() -> Fetch {
        let mut fetch = Fetch::new(TIMEOUT.since(Time::ZERO));
        fetch.claimed(A, SIZE);
        fetch.claimed(B, SIZE);
        fetch
    }

    fn give(fetch: &mut Fetch, now: Time, peer: PeerKey, size: u32, parts: &[u32]) -> Option<Gathered> {
        let part = vec![0; METADATA_PIECE_LENGTH as usize];
        parts.iter().filter_map(|n| fetch.arrived(now, peer, *n, size, &part)).last()
    }

    #[test]
    fn peers_share_the_work() {
        let mut fetch = fetch();
        assert_eq!(fetch.ask(Time::ZERO, A), (0..8).collect::<Vec<_>>());
        assert_eq!(fetch.ask(Time::ZERO, B), [8, 9]);
        assert!(give(&mut fetch, Time::ZERO, A, SIZE, &[0, 1, 2, 3, 4, 5, 6, 7]).is_none());
        let gathered = give(&mut fetch, Time::ZERO, B, SIZE, &[8, 9]).expect("that was all");
        assert_eq!(gathered.bytes.len(), SIZE as usize);
        assert_eq!(gathered.sources.as_slice(), [A, B]);
    }

    #[test]
    fn parts_that_were_not_asked_for_are_ignored() {
        let mut fetch = fetch();
        fetch.ask(Time::ZERO, A);
        assert!(give(&mut fetch, Time::ZERO, B, SIZE, &[0, 1, 2, 3, 4, 5, 6, 7]).is_none());
        assert!(fetch.progress() == 0.0);
    }

    #[test]
    fn a_silent_peer_is_replaced() {
        let mut fetch = fetch();
        fetch.ask(Time::ZERO, A);
        assert_eq!(fetch.deadline(), Some(TIMEOUT));
        fetch.expire(TIMEOUT);
        assert_eq!(fetch.eager().as_slice(), [A, B]);
        assert_eq!(fetch.ask(TIMEOUT, A), [0; 0]);
        assert_eq!(fetch.ask(TIMEOUT, B).len(), 8);
    }

    #[test]
    fn a_peer_that_refuses_is_replaced_at_once_and_asked_again_later() {
        let mut fetch = fetch();
        fetch.ask(Time::ZERO, A);
        fetch.refused(Time::ZERO, A);
        assert_eq!(fetch.ask(Time::ZERO, A), [0; 0]);
        assert_eq!(fetch.ask(Time::ZERO, B), (0..8).collect::<Vec<_>>());
        fetch.gone(B);
        fetch.expire(TIMEOUT);
        assert_eq!(fetch.ask(TIMEOUT, A).len(), 8);
    }

    #[test]
    fn after_a_failure_each_peer_gives_all() {
        let mut fetch = fetch();
        let (a, b) = (fetch.ask(Time::ZERO, A), fetch.ask(Time::ZERO, B));
        give(&mut fetch, Time::ZERO, A, SIZE, &a);
        let gathered = give(&mut fetch, Time::ZERO, B, SIZE, &b).expect("that was all");
        fetch.fail(Time::ZERO, &gathered);
        for peer in [A, B] {
            let mut gathered = None;
            while gathered.is_none() {
                let parts = fetch.ask(Time::ZERO, peer);
                gathered = give(&mut fetch, Time::ZERO, peer, SIZE, &parts);
            }
            assert_eq!(gathered.expect("that was all").sources.as_slice(), [peer]);
        }
    }

    #[test]
    fn who_gives_all_alone_may_be_slow() {
        let mut fetch = fetch();
        fetch.gone(B);
        fetch.ask(Time::ZERO, A);
        fetch.expire(TIMEOUT);
        let mut now = TIMEOUT + TIMEOUT.since(Time::ZERO);
        fetch.expire(now);
        let mut asked = VecDeque::from(fetch.ask(now, A));
        while let Some(part) = asked.pop_front() {
            now = now + Duration::from_secs(9);
            fetch.expire(now);
            if give(&mut fetch, now, A, SIZE, &[part]).is_some() {
                return;
            }
            asked.extend(fetch.ask(now, A));
        }
        panic!("it was not patient enough: {fetch:?}");
    }

    /// Issue 11, A9.
    #[test]
    fn a_lie_about_the_size_keeps_nobody_else_from_being_asked() {
        let mut fetch = Fetch::new(TIMEOUT.since(Time::ZERO));
        fetch.claimed(A, 5 * METADATA_PIECE_LENGTH);
        fetch.claimed(B, SIZE);
        assert_eq!(fetch.ask(Time::ZERO, A).len(), 5);
        assert_eq!(fetch.ask(Time::ZERO, B).len(), 8);
        // And what it says first is what it is taken by.
        fetch.claimed(A, SIZE);
        assert_eq!(fetch.ask(Time::ZERO, A), [0; 0]);
    }

    /// Issue 11, A9.
    #[test]
    fn what_is_gathered_is_bounded_however_many_sizes_are_claimed() {
        let mut fetch = Fetch::new(TIMEOUT.since(Time::ZERO));
        let size = |n: u32| (600 - n) * METADATA_PIECE_LENGTH;
        for n in 0..20 {
            fetch.claimed(PeerKey::new(n), size(n));
        }
        let kept = |fetch: &Fetch| -> usize {
            fetch.attempts.values().flat_map(Attempt::arrived).map(<[u8]>::len).sum()
        };
        for round in 0..70 {
            for n in 0..20 {
                let parts = fetch.ask(Time::ZERO, PeerKey::new(n));
                // All but the last, so that nothing can be checked.
                let parts: Vec<u32> = parts.into_iter().filter(|part| part + 1 < 600 - n).collect();
                give(&mut fetch, Time::ZERO, PeerKey::new(n), size(n), &parts);
                assert!(kept(&fetch) <= MAX_GATHERED, "{} bytes in round {round}", kept(&fetch));
            }
        }
        assert!(kept(&fetch) > 0);
    }

    const TIMEOUT: Time = Time::from_millis(10_000);
}

use std::time::Duration;

use wire::{PeerId, Refusal};

use super::PATIENCE;
use crate::{IntroductionKey, PeerKey, Time};

/// The connections that neighbours are arranging for us.
#[derive(Clone, Debug)]
pub(crate) struct Introductions {
    last: u32,
    open: Vec<Introduction>,
    /// Peers that are not asked for before a time.
    resting: Vec<(PeerId, Time)>,
}

#[derive(Clone, Copy, Debug)]
struct Introduction {
    key: IntroductionKey,
    peer_id: PeerId,
    relay: PeerKey,
    stage: Stage,
    expires: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The driver makes our offer.
    Offering,
    /// Our offer is under way.
    Offered,
    /// The driver makes the answer to the offer that its author calls `id`.
    Answering { id: u32 },
    /// Both descriptions are known to both sides.
    Connecting,
}

impl Introductions {
    /// None yet. Numbers follow on `last`, so that those of a torrent that starts anew are not those of before.
    pub(crate) const fn new(last: u32) -> Self {
        Self { last, open: Vec::new(), resting: Vec::new() }
    }

    /// A new introduction that starts with our offer.
    pub(crate) fn ask(&mut self, now: Time, peer_id: PeerId, relay: PeerKey) -> IntroductionKey {
        self.open(now, peer_id, relay, Stage::Offering)
    }

    /// A new introduction that starts with a peer's offer, and one of our own that it replaces.
    ///
    /// # Errors
    ///
    /// If there are too many, or another one with the same peer stands.
    pub(crate) fn answer(
        &mut self,
        now: Time,
        own: PeerId,
        peer_id: PeerId,
        relay: PeerKey,
        id: u32,
    ) -> Result<(IntroductionKey, Option<IntroductionKey>), Refusal> {
        let answering = |introduction: &&Introduction| matches!(introduction.stage, Stage::Answering { .. });
        if self.open.iter().filter(answering).count() >= MAX_ANSWERING {
            return Err(Refusal::Busy);
        }
        let crossed = match self.open.iter().find(|other| other.peer_id == peer_id) {
            None => None,
            // Both sides offer at once: the offer of the higher id stands.
            Some(other) if matches!(other.stage, Stage::Offering | Stage::Offered) && own < peer_id => {
                Some(other.key)
            }
            Some(_) => return Err(Refusal::Unwanted),
        };
        if let Some(crossed) = crossed {
            self.remove(crossed);
        }
        Ok((self.open(now, peer_id, relay, Stage::Answering { id }), crossed))
    }

    /// The driver made our offer: whom it is for, and through whom it goes.
    pub(crate) fn offered(&mut self, now: Time, key: IntroductionKey) -> Option<(PeerId, PeerKey)> {
        let introduction = self.at(key, |stage| stage == Stage::Offering)?;
        introduction.pass(now, Stage::Offered);
        Some((introduction.peer_id, introduction.relay))
    }

    /// The driver made our answer: whom it is for, through whom it goes, and what its author calls the offer.
    pub(crate) fn answered(&mut self, now: Time, key: IntroductionKey) -> Option<(PeerId, PeerKey, u32)> {
        let introduction = self.at(key, |stage| matches!(stage, Stage::Answering { .. }))?;
        let Stage::Answering { id } = introduction.stage else { return None };
        introduction.pass(now, Stage::Connecting);
        Some((introduction.peer_id, introduction.relay, id))
    }

    /// Whether this answer is one to an offer of ours; then the connection can be made.
    pub(crate) fn complete(
        &mut self,
        now: Time,
        key: IntroductionKey,
        peer_id: PeerId,
        relay: PeerKey,
    ) -> bool {
        let introduction = self.at(key, |stage| stage == Stage::Offered);
        match introduction.filter(|asked| asked.peer_id == peer_id && asked.relay == relay) {
            None => false,
            Some(introduction) => {
                introduction.pass(now, Stage::Connecting);
                true
            }
        }
    }

    /// Whether this refusal is one of an offer of ours; then the peer rests.
    pub(crate) fn refused(
        &mut self,
        now: Time,
        key: IntroductionKey,
        peer_id: PeerId,
        relay: PeerKey,
        why: Refusal,
    ) -> bool {
        let introduction = self.at(key, |stage| stage == Stage::Offered);
        if introduction.is_none_or(|asked| asked.peer_id != peer_id || asked.relay != relay) {
            return false;
        }
        self.remove(key);
        match why {
            Refusal::Unknown => {}
            Refusal::Busy => self.rest(peer_id, now + BUSY_REST),
            Refusal::Unwanted => self.rest(peer_id, now + UNWANTED_REST),
        }
        true
    }

    /// Nothing came of an introduction.
    pub(crate) fn failed(&mut self, now: Time, key: IntroductionKey) {
        if let Some(introduction) = self.remove(key) {
            self.rest(introduction.peer_id, now + FAILED_REST);
        }
    }

    /// The peer is connected. The introduction that is no longer needed, if it had not got far.
    pub(crate) fn met(&mut self, peer_id: PeerId) -> Option<IntroductionKey> {
        self.resting.retain(|(resting, _)| *resting != peer_id);
        let introduction = *self.open.iter().find(|introduction| introduction.peer_id == peer_id)?;
        self.remove(introduction.key);
        (introduction.stage != Stage::Connecting).then_some(introduction.key)
    }

    /// A connected peer is gone, and may be so for its neighbours in a moment.
    pub(crate) fn parted(&mut self, now: Time, peer_id: PeerId) {
        self.rest(peer_id, now + PARTED_REST);
    }

    /// A relay is gone. The introductions that end with it.
    pub(crate) fn relay_gone(&mut self, relay: PeerKey) -> Vec<IntroductionKey> {
        let lost = |introduction: &mut Introduction| {
            introduction.relay == relay && introduction.stage != Stage::Connecting
        };
        self.open.extract_if(.., lost).map(|introduction| introduction.key).collect()
    }

    /// Gives up what takes too long. The introductions that end.
    pub(crate) fn expire(&mut self, now: Time) -> Vec<IntroductionKey> {
        let late = self.open.iter().filter(|introduction| introduction.expires <= now);
        let late: Vec<_> = late.map(|introduction| introduction.key).collect();
        for key in &late {
            self.failed(now, *key);
        }
        late
    }

    /// Gives up all of them. Which they were.
    pub(crate) fn clear(&mut self) -> Vec<IntroductionKey> {
        std::mem::take(&mut self.open).into_iter().map(|introduction| introduction.key).collect()
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.open.iter().map(|introduction| introduction.expires).min()
    }

    /// When the next peer may be asked for again.
    pub(crate) fn rested(&self, now: Time) -> Option<Time> {
        self.resting.iter().map(|(_, until)| *until).filter(|until| *until > now).min()
    }

    /// How many connections are being arranged.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether we may make one more offer.
    pub(crate) fn may_ask(&self) -> bool {
        self.open.iter().filter(|introduction| introduction.is_ours()).count() < MAX_ASKING
    }

    /// Whether we may make one more offer through this peer.
    pub(crate) fn may_ask_through(&self, relay: PeerKey) -> bool {
        let through = |introduction: &&Introduction| introduction.is_ours() && introduction.relay == relay;
        self.open.iter().filter(through).count() < MAX_ASKING_THROUGH_ONE
    }

    /// Whether this peer should not be asked for now.
    pub(crate) fn spares(&self, now: Time, peer_id: PeerId) -> bool {
        self.open.iter().any(|introduction| introduction.peer_id == peer_id)
            || self.resting.iter().any(|(resting, until)| *resting == peer_id && *until > now)
    }

    fn open(&mut self, now: Time, peer_id: PeerId, relay: PeerKey, stage: Stage) -> IntroductionKey {
        self.last = self.last.wrapping_add(1);
        let key = IntroductionKey::new(self.last);
        self.open.push(Introduction { key, peer_id, relay, stage, expires: now + PATIENCE });
        key
    }

    fn at(&mut self, key: IntroductionKey, is: impl Fn(Stage) -> bool) -> Option<&mut Introduction> {
        self.open.iter_mut().find(|introduction| introduction.key == key && is(introduction.stage))
    }

    fn remove(&mut self, key: IntroductionKey) -> Option<Introduction> {
        let place = self.open.iter().position(|introduction| introduction.key == key)?;
        Some(self.open.remove(place))
    }

    fn rest(&mut self, peer_id: PeerId, until: Time) {
        self.resting.retain(|(resting, _)| *resting != peer_id);
        if self.resting.len() >= MAX_RESTING {
            self.resting.remove(0);
        }
        self.resting.push((peer_id, until));
    }
}

impl Introduction {
    /// Whether it starts with our offer, and has no answer yet.
    const fn is_ours(&self) -> bool {
        matches!(self.stage, Stage::Offering | Stage::Offered)
    }

    fn pass(&mut self, now: Time, stage: Stage) {
        self.stage = stage;
        self.expires = now + PATIENCE;
    }
}

/// Offers of ours without an answer. Each is a connection that the browser holds.
const MAX_ASKING: usize = 4;
/// The same through one relay, so that many take part.
const MAX_ASKING_THROUGH_ONE: usize = 2;
/// Offers of others that are being answered.
const MAX_ANSWERING: usize = 8;
/// Peers that are remembered as resting.
const MAX_RESTING: usize = 128;
/// How long a peer is left alone that the relay could not ask in time.
const BUSY_REST: Duration = Duration::from_secs(20);
/// How long a peer is left alone that wants no connection.
const UNWANTED_REST: Duration = Duration::from_secs(300);
/// How long a peer is left alone with whom no connection came about.
const FAILED_REST: Duration = Duration::from_secs(120);
/// How long a peer is left alone whose connection ended.
const PARTED_REST: Duration = Duration::from_secs(30);

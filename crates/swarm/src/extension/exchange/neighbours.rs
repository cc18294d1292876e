use std::time::Duration;

use fastrand::Rng;
use litemap::LiteMap;
use wire::{ExchangeMessage, Neighbour, PeerId, Refusal};

use super::introductions::Introductions;
use super::news::{News, Presence};
use super::relay::Relay;
use crate::draw::below;
use crate::extension::Allowance;
use crate::set::Set;
use crate::work::walk;
use crate::{CloseReason, IntroductionKey, PeerKey, Time};

/// Our neighbours that speak the extension, and everything that they do for each other and for us.
#[derive(Clone, Debug)]
pub(crate) struct Neighbours {
    acquaintances: LiteMap<PeerKey, Acquaintance>,
    pub(crate) introductions: Introductions,
    news: News,
    relay: Relay,
    /// When somebody is to be told news.
    tell_at: Option<Time>,
    /// When there may be a peer that a neighbour could introduce.
    seek_at: Option<Time>,
    rng: Rng,
}

/// A neighbour that speaks the extension, or did.
#[derive(Clone, Debug)]
struct Acquaintance {
    presence: Presence,
    /// The last change that it was told.
    told: u64,
    told_at: Option<Time>,
    /// Its own neighbours, and whether each wants nothing.
    neighbours: LiteMap<PeerId, bool>,
    /// Its messages about its neighbours.
    telling: Allowance,
    /// Its offers that we pass on.
    asking: Allowance,
    /// Offers of others that we pass on to it.
    asked: Allowance,
    /// Our offers that it passes on.
    serving: Allowance,
    /// Offers of others that it passes on to us.
    serving_others: Allowance,
}

/// Work that ended with a neighbour.
#[derive(Debug, Default)]
pub(crate) struct Loose {
    /// Introductions of ours that it was to arrange.
    pub(crate) cancelled: Vec<IntroductionKey>,
    /// Offers that it has not answered, by author and number.
    pub(crate) unanswered: Vec<(PeerKey, u32)>,
}

impl Neighbours {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            acquaintances: LiteMap::new(),
            introductions: Introductions::new(seed as u32),
            news: News::default(),
            relay: Relay::default(),
            tell_at: None,
            seek_at: None,
            rng: Rng::with_seed(seed),
        }
    }

    /// A neighbour speaks the extension.
    pub(crate) fn meet(&mut self, now: Time, key: PeerKey, peer_id: PeerId, seed: bool) {
        if self.acquaintances.contains_key(&key) {
            return;
        }
        let came = self.news.happen();
        let acquaintance = Acquaintance {
            presence: Presence { peer_id, seed, came, since: came },
            told: 0,
            told_at: None,
            neighbours: LiteMap::new(),
            telling: Allowance::new(8, Duration::from_secs(20)),
            asking: offers(),
            asked: offers(),
            serving: offers(),
            serving_others: offers(),
        };
        self.acquaintances.insert(key, acquaintance);
        self.tell_at = Some(now);
    }

    /// Whether a neighbour wants anything may have changed.
    pub(crate) fn update(&mut self, now: Time, key: PeerKey, seed: bool) {
        if let Some(peer) = self.acquaintances.get_mut(&key).filter(|peer| peer.presence.seed != seed) {
            peer.presence.seed = seed;
            peer.presence.since = self.news.happen();
            self.tell_at = Some(now);
        }
    }

    /// A neighbour is gone.
    pub(crate) fn part(&mut self, now: Time, key: PeerKey) -> Loose {
        let Some(peer) = self.acquaintances.remove(&key) else { return Loose::default() };
        // It may be there twice, until one of the two connections is closed.
        if self.named(peer.presence.peer_id).is_none() {
            self.news.left(peer.presence);
            self.introductions.parted(now, peer.presence.peer_id);
        }
        self.tell_at = Some(now);
        self.seek_at = Some(now);
        Loose { cancelled: self.introductions.relay_gone(key), unanswered: self.relay.gone(key) }
    }

    /// Whether this neighbour speaks the extension, and who it is.
    pub(crate) fn name(&self, key: PeerKey) -> Option<PeerId> {
        self.acquaintances.get(&key).map(|peer| peer.presence.peer_id)
    }

    /// The neighbour of this name.
    pub(crate) fn named(&self, peer_id: PeerId) -> Option<PeerKey> {
        walk(self.acquaintances.iter())
            .find(|(_, peer)| peer.presence.peer_id == peer_id)
            .map(|(key, _)| *key)
    }

    /// Whether to keep the connection to this neighbour though neither of us wants anything. A few such
    /// connections hold the swarm together for those who come later, when there is no tracker to do so.
    pub(crate) fn keeps(&self, key: PeerKey) -> bool {
        let seeds = walk(self.acquaintances.iter()).filter(|(_, peer)| peer.presence.seed);
        seeds.take(KEPT_SEEDS).any(|(seed, _)| *seed == key)
    }

    /// A neighbour tells of its own.
    ///
    /// # Errors
    ///
    /// If it does so too often.
    pub(crate) fn heard(
        &mut self,
        now: Time,
        key: PeerKey,
        added: &[Neighbour],
        dropped: &[PeerId],
    ) -> Result<(), CloseReason> {
        let Some(peer) = self.acquaintances.get_mut(&key) else { return Ok(()) };
        if !peer.telling.take(now) {
            return Err(CloseReason::Misbehaved("tells too often whom it knows"));
        }
        for peer_id in dropped {
            peer.neighbours.remove(peer_id);
        }
        for Neighbour { peer_id, seed } in added {
            if peer.neighbours.len() < MAX_LISTED || peer.neighbours.contains_key(peer_id) {
                peer.neighbours.insert(*peer_id, *seed);
            }
        }
        self.seek_at = Some(now);
        Ok(())
    }

    /// Who is to be told what, now.
    pub(crate) fn tell(&mut self, now: Time) -> Vec<(PeerKey, ExchangeMessage<'static>)> {
        if self.tell_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.tell_at = None;
        let present: Vec<Presence> = walk(self.acquaintances.values()).map(|peer| peer.presence).collect();
        let mut messages = Vec::new();
        for (key, peer) in walk(&mut self.acquaintances) {
            if peer.told == self.news.changes() {
                continue;
            }
            if peer.told_at.is_none_or(|at| at + TELL_INTERVAL <= now) {
                let others = walk(present.iter()).filter(|other| other.peer_id != peer.presence.peer_id);
                let (message, last) = self.news.since(peer.told, others.copied());
                peer.told = last;
                if let Some(message) = message {
                    peer.told_at = Some(now);
                    messages.push((*key, message));
                }
            }
            if let Some(at) = peer.told_at.filter(|_| peer.told != self.news.changes()) {
                let turn = at + TELL_INTERVAL;
                self.tell_at = Some(self.tell_at.map_or(turn, |at| at.min(turn)));
            }
        }
        let heard = self.acquaintances.values().map(|peer| peer.told).min();
        self.news.forget(heard.unwrap_or(u64::MAX));
        messages
    }

    /// A neighbour wants its offer passed on: to whom.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub(crate) fn pass_offer(
        &mut self,
        now: Time,
        from: PeerKey,
        to: PeerId,
        id: u32,
    ) -> Result<PeerKey, Refusal> {
        let author = self.acquaintances.get_mut(&from).ok_or(Refusal::Unknown)?;
        if !author.asking.take(now) {
            return Err(Refusal::Busy);
        }
        let to = self.named(to).filter(|to| *to != from).ok_or(Refusal::Unknown)?;
        let peer = self.acquaintances.get_mut(&to).ok_or(Refusal::Unknown)?;
        if !peer.asked.take(now) {
            return Err(Refusal::Busy);
        }
        self.relay.pass(now, from, to, id)?;
        Ok(to)
    }

    /// A neighbour wants its answer or refusal passed on: to whom, if it is one to an offer that we passed on.
    pub(crate) fn pass_answer(&mut self, from: PeerKey, to: PeerId, id: u32) -> Option<PeerKey> {
        let to = self.named(to)?;
        self.relay.answered(from, to, id).then_some(to)
    }

    /// A neighbour passes on an offer to us. Whether that is not too much.
    pub(crate) fn takes_offer(&mut self, now: Time, relay: PeerKey) -> bool {
        self.acquaintances.get_mut(&relay).is_some_and(|peer| peer.serving_others.take(now))
    }

    /// Something changed that may make it possible, or useful, to ask for a peer.
    pub(crate) fn seek_soon(&mut self, now: Time) {
        self.seek_at = Some(now);
    }

    /// Whether it is time to [`seek`](Self::seek).
    pub(crate) fn seeks(&self, now: Time) -> bool {
        self.seek_at.is_some_and(|at| at <= now)
    }

    /// Begins introductions to up to `room` peers, none of them in `known`, and none that want nothing
    /// unless `seeds` says so.
    pub(crate) fn seek(
        &mut self,
        now: Time,
        mut room: usize,
        seeds: bool,
        known: &Set<PeerId>,
    ) -> Vec<(IntroductionKey, PeerId)> {
        self.seek_at = None;
        let mut begun = Vec::new();
        while room > 0 && self.introductions.may_ask() {
            let Some((relay, peer_id)) = self.choose(now, seeds, known) else { break };
            begun.push((self.introductions.ask(now, peer_id, relay), peer_id));
            room -= 1;
        }
        if room > 0 {
            let allowed = self.acquaintances.values().map(|peer| peer.serving.next());
            self.seek_at = allowed.filter(|at| *at > now).chain(self.introductions.rested(now)).min();
        }
        begun
    }

    /// A peer to ask for, and through whom. First comes the relay and then the peer, so that one who names
    /// many has no greater say than another.
    fn choose(&mut self, now: Time, seeds: bool, known: &Set<PeerId>) -> Option<(PeerKey, PeerId)> {
        let mut relays: Vec<PeerKey> = walk(self.acquaintances.keys()).copied().collect();
        while !relays.is_empty() {
            let key = relays.swap_remove(below(&mut self.rng, relays.len()));
            let Some(relay) = self.acquaintances.get_mut(&key) else { continue };
            let wanted = |peer_id: &PeerId, seed: bool| {
                (seeds || !seed) && !known.contains(peer_id) && !self.introductions.spares(now, *peer_id)
            };
            let peers = walk(relay.neighbours.iter()).filter(|(peer_id, seed)| wanted(peer_id, **seed));
            let peers: Vec<PeerId> = peers.map(|(peer_id, _)| *peer_id).collect();
            if let Some(peer_id) = peers.get(below(&mut self.rng, peers.len())).copied()
                && self.introductions.may_ask_through(key)
                && relay.serving.take(now)
            {
                return Some((key, peer_id));
            }
        }
        None
    }

    /// Gives up what takes too long. The introductions that end.
    pub(crate) fn expire(&mut self, now: Time) -> Vec<IntroductionKey> {
        self.relay.expire(now);
        let ended = self.introductions.expire(now);
        if !ended.is_empty() {
            self.seek_at = Some(now);
        }
        ended
    }

    /// When something is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let expiry = [self.relay.deadline(), self.introductions.deadline()];
        [self.tell_at, self.seek_at].into_iter().chain(expiry).flatten().min()
    }
}

/// Offers on one connection, in one direction, made or passed on.
const fn offers() -> Allowance {
    Allowance::new(10, Duration::from_secs(3))
}

/// How often one neighbour is told news, at most.
const TELL_INTERVAL: Duration = Duration::from_secs(30);
/// Neighbours of one neighbour that are remembered.
const MAX_LISTED: usize = 200;
/// Connections that are kept between peers that want nothing.
const KEPT_SEEDS: usize = 4;

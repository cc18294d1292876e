//! The peers of one torrent.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tracker::{OfferId, ScrapeStats};
use wire::PeerId;

use crate::ConnId;

/// What a peer has of the torrent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// All of it.
    Seed,
    /// A part of it, or nothing yet.
    Leecher,
}

impl Role {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Seed => Self::Leecher,
            Self::Leecher => Self::Seed,
        }
    }
}

/// A peer in one swarm.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) peer_id: PeerId,
    pub(crate) conn: ConnId,
    pub(crate) expires: Duration,
    /// Its offers that were relayed and not answered, in the order in which they expire.
    awaited: VecDeque<Awaited>,
}

impl Peer {
    pub(crate) const fn new(peer_id: PeerId, conn: ConnId, expires: Duration) -> Self {
        Self { peer_id, conn, expires, awaited: VecDeque::new() }
    }

    pub(crate) fn awaited(&self) -> usize {
        self.awaited.len()
    }
}

/// An offer on its way: only this peer on this connection may answer it.
#[derive(Debug)]
struct Awaited {
    offer_id: OfferId,
    from_peer: PeerId,
    from_conn: ConnId,
    expires: Duration,
}

/// Seeds and leechers in two lists, so that a random one of either is one step away.
#[derive(Debug, Default)]
pub(crate) struct Swarm {
    seeds: Vec<Peer>,
    leechers: Vec<Peer>,
    places: BTreeMap<PeerId, (Role, usize)>,
    /// Downloads completed while the swarm existed.
    pub(crate) downloaded: u32,
}

/// Peers that an announcer may meet: the leechers and, for a leecher, the seeds after them, without itself.
#[derive(Clone, Copy)]
pub(crate) struct Candidates {
    len: usize,
    /// Where the announcer itself stands among them, if it does.
    skip: Option<usize>,
}

impl Candidates {
    pub(crate) const fn len(self) -> usize {
        self.len
    }
}

impl Swarm {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn stats(&self) -> ScrapeStats {
        let count = |peers: &Vec<Peer>| peers.len().try_into().unwrap_or(u32::MAX);
        ScrapeStats {
            complete: count(&self.seeds),
            incomplete: count(&self.leechers),
            downloaded: self.downloaded,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Role, &Peer)> {
        let seeds = self.seeds.iter().map(|peer| (Role::Seed, peer));
        seeds.chain(self.leechers.iter().map(|peer| (Role::Leecher, peer)))
    }

    pub(crate) fn get(&self, peer_id: PeerId) -> Option<(Role, &Peer)> {
        let &(role, position) = self.places.get(&peer_id)?;
        let peers = if role == Role::Seed { &self.seeds } else { &self.leechers };
        peers.get(position).map(|peer| (role, peer))
    }

    /// Adds a peer that is not in the swarm.
    pub(crate) fn insert(&mut self, role: Role, peer: Peer) {
        let peer_id = peer.peer_id;
        let peers = self.list(role);
        peers.push(peer);
        let position = peers.len() - 1;
        self.places.insert(peer_id, (role, position));
    }

    pub(crate) fn remove(&mut self, peer_id: PeerId) -> Option<(Role, Peer)> {
        let (role, position) = self.places.remove(&peer_id)?;
        let peers = self.list(role);
        let peer = peers.swap_remove(position);
        if let Some(moved) = peers.get(position).map(|peer| peer.peer_id) {
            self.places.insert(moved, (role, position));
        }
        Some((role, peer))
    }

    /// Notes that a peer is alive, and what it has by now.
    pub(crate) fn change(&mut self, peer_id: PeerId, role: Role, expires: Duration) {
        if self.places.get(&peer_id).is_some_and(|&(before, _)| before != role)
            && let Some((_, peer)) = self.remove(peer_id)
        {
            self.insert(role, peer);
        }
        if let Some(peer) = self.get_mut(peer_id) {
            peer.expires = expires;
        }
    }

    /// Drops the offers whose time is over, taking them off `awaited`, and names the peers whose time is.
    pub(crate) fn expire(
        &mut self,
        now: Duration,
        awaited: &mut usize,
    ) -> impl Iterator<Item = (PeerId, ConnId)> {
        self.seeds.iter_mut().chain(&mut self.leechers).filter_map(move |peer| {
            while peer.awaited.front().is_some_and(|awaited| awaited.expires <= now) {
                peer.awaited.pop_front();
                *awaited -= 1;
            }
            (peer.expires <= now).then_some((peer.peer_id, peer.conn))
        })
    }

    /// The peer other than `newcomer` that has been silent for longest.
    pub(crate) fn most_silent(&self, newcomer: PeerId) -> Option<(PeerId, ConnId)> {
        self.iter()
            .map(|(_, peer)| peer)
            .filter(|peer| peer.peer_id != newcomer)
            .min_by_key(|peer| peer.expires)
            .map(|peer| (peer.peer_id, peer.conn))
    }

    /// The peers other than `announcer`: all of them, or all but the seeds.
    pub(crate) fn others(&self, announcer: PeerId, with_seeds: bool) -> Candidates {
        let place = self.places.get(&announcer);
        // Seeds come behind the leechers.
        let skip = place.map(|&(role, position)| match role {
            Role::Leecher => position,
            Role::Seed => self.leechers.len() + position,
        });
        let all = if with_seeds { self.len() } else { self.leechers.len() };
        let skip = skip.filter(|skip| *skip < all);
        Candidates { len: all - usize::from(skip.is_some()), skip }
    }

    /// The candidate at `position`, which is below their number.
    pub(crate) fn other(&self, candidates: Candidates, position: usize) -> (PeerId, ConnId) {
        let position = position + usize::from(candidates.skip.is_some_and(|skip| position >= skip));
        let peer = match self.leechers.get(position) {
            Some(leecher) => leecher,
            None => &self.seeds[position - self.leechers.len()],
        };
        (peer.peer_id, peer.conn)
    }

    /// Remembers that an offer of `offerer` went to `to_peer`. Beyond `limit` the oldest is forgotten. Returns by how
    /// many there are more.
    pub(crate) fn await_answer(
        &mut self,
        offerer: PeerId,
        offer_id: OfferId,
        to_peer: PeerId,
        to_conn: ConnId,
        expires: Duration,
        limit: usize,
    ) -> usize {
        let Some(peer) = self.get_mut(offerer) else { return 0 };
        let forgotten = if peer.awaited.len() >= limit { peer.awaited.pop_front() } else { None };
        peer.awaited.push_back(Awaited { offer_id, from_peer: to_peer, from_conn: to_conn, expires });
        usize::from(forgotten.is_none())
    }

    /// The connection that awaits this answer, and from then on no longer does.
    pub(crate) fn take_awaited(
        &mut self,
        now: Duration,
        offerer: PeerId,
        offer_id: OfferId,
        from_peer: PeerId,
        from_conn: ConnId,
    ) -> Option<ConnId> {
        let peer = self.get_mut(offerer)?;
        let position = peer.awaited.iter().position(|awaited| {
            awaited.offer_id == offer_id
                && awaited.from_peer == from_peer
                && awaited.from_conn == from_conn
                && awaited.expires > now
        })?;
        peer.awaited.remove(position);
        Some(peer.conn)
    }

    fn get_mut(&mut self, peer_id: PeerId) -> Option<&mut Peer> {
        let &(role, position) = self.places.get(&peer_id)?;
        self.list(role).get_mut(position)
    }

    fn list(&mut self, role: Role) -> &mut Vec<Peer> {
        match role {
            Role::Seed => &mut self.seeds,
            Role::Leecher => &mut self.leechers,
        }
    }
}

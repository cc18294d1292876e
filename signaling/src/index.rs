//! Who is in which swarm, who is to meet whom, and which answers are awaited.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem;
use std::time::Duration;

use metainfo::InfoHash;
use tracker::{Action, Announce, Answer, Event, Request, Response, Scrape, ScrapeStats};
use wire::PeerId;

use crate::census::Census;
use crate::choice::{Random, sample};
use crate::swarm::{Peer, Role, Swarm};
use crate::{Config, Denylist};

/// Peers of one swarm that a connection may be. Pages may share one, and one that starts again has a new id; but who
/// is many at once would get most of a swarm's offers. A further one takes the place of the one that has been silent
/// for longest.
pub const MAX_PEERS_PER_CONNECTION_AND_TORRENT: usize = 4;

/// One client connection. The caller mints it and never uses it again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    number: u64,
    is_ipv6: bool,
}

impl ConnId {
    /// The connection with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self { number, is_ipv6: false }
    }

    /// The same, of a client that came by IPv6. The [`Census`] tells such peers apart.
    #[must_use]
    pub const fn over_ipv6(self) -> Self {
        Self { is_ipv6: true, ..self }
    }

    pub(crate) const fn is_ipv6(self) -> bool {
        self.is_ipv6
    }
}

/// A peer's place in a swarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The torrent.
    pub info_hash: InfoHash,
    /// The peer.
    pub peer_id: PeerId,
    /// The connection that it announced on.
    pub conn: ConnId,
    /// Whether it has everything.
    pub is_seed: bool,
}

/// The tracker's whole state; see the crate's documentation for how to drive it.
///
/// Memory is bounded by the connections that the caller admits: each holds at most
/// [`Config::max_torrents_per_connection`] peers of at most [`Config::max_awaited_answers`] offers, and a
/// swarm vanishes with its last peer. Session descriptions are passed on, never kept.
#[derive(Debug)]
pub struct Index {
    config: Config,
    random: Random,
    swarms: BTreeMap<InfoHash, Swarm>,
    conns: BTreeMap<ConnId, Vec<(InfoHash, PeerId)>>,
    census: Census,
    awaited_answers: usize,
}

impl Index {
    /// An index without peers. The same seed and the same calls give the same responses.
    #[must_use]
    pub const fn new(config: Config, seed: u64) -> Self {
        Self {
            config,
            random: Random::new(seed),
            swarms: BTreeMap::new(),
            conns: BTreeMap::new(),
            census: Census::new(),
            awaited_answers: 0,
        }
    }

    /// Takes a request from `conn` at `now` (since an epoch of the caller's choice, never going back) and
    /// appends the responses, each with the connection that it is for; the sender's own comes first.
    pub fn handle(
        &mut self,
        now: Duration,
        conn: ConnId,
        request: Request,
        out: &mut Vec<(ConnId, Response)>,
    ) {
        match request {
            Request::Announce(announce) => {
                let info_hash = announce.info_hash;
                if let Err(refusal) = self.announce(now, conn, announce, out) {
                    out.push((conn, refusal.response(Some(info_hash), Action::Announce)));
                }
            }
            Request::Answer(answer) => {
                let info_hash = answer.info_hash;
                match self.answer(now, conn, answer) {
                    Ok(relayed) => out.extend(relayed),
                    Err(refusal) => out.push((conn, refusal.response(Some(info_hash), Action::Announce))),
                }
            }
            Request::Scrape(scrape) => out.push((conn, self.scrape(&scrape))),
        }
    }

    /// The connection that a peer id belongs to in the swarm of a torrent: no other can announce with it until
    /// this one has left the swarm.
    #[must_use]
    pub fn owner(&self, info_hash: InfoHash, peer_id: PeerId) -> Option<ConnId> {
        self.swarms.get(&info_hash)?.get(peer_id).map(|(_, peer)| peer.conn)
    }

    /// Removes the peers of a connection that has ended.
    pub fn closed(&mut self, conn: ConnId) {
        for (info_hash, peer_id) in self.conns.remove(&conn).unwrap_or_default() {
            self.take_from_swarm(info_hash, peer_id);
        }
    }

    /// Removes the peers that have been silent for [`Config::peer_ttl`] and the offers that nobody answered
    /// within [`Config::offer_ttl`]. To be called every few seconds.
    pub fn sweep(&mut self, now: Duration) {
        let mut silent = Vec::new();
        for (&info_hash, swarm) in &mut self.swarms {
            let expired = swarm.expire(now, &mut self.awaited_answers);
            silent.extend(expired.map(|(peer_id, conn)| (info_hash, peer_id, conn)));
        }
        for (info_hash, peer_id, conn) in silent {
            self.remove(info_hash, peer_id, conn);
        }
    }

    /// Denies these torrents instead of those that were denied until now, and returns the latter. Whoever is in the swarm of
    /// one is told why, in `out`, and is in it no more.
    pub fn deny(&mut self, denied: Denylist, out: &mut Vec<(ConnId, Response)>) -> Denylist {
        let before = mem::replace(&mut self.config.denied, denied);
        let mut gone = Vec::new();
        for (&info_hash, swarm) in &self.swarms {
            let Some(reason) = self.config.denied.reason(info_hash) else { continue };
            let refusal = Refusal::Denied(reason);
            for (_, peer) in swarm.iter() {
                out.push((peer.conn, refusal.response(Some(info_hash), Action::Announce)));
                gone.push((info_hash, peer.peer_id, peer.conn));
            }
        }
        for (info_hash, peer_id, conn) in gone {
            self.remove(info_hash, peer_id, conn);
        }
        before
    }

    /// Torrents that have peers.
    #[must_use]
    pub fn torrents(&self) -> usize {
        self.swarms.len()
    }

    /// The peers in all swarms, counted.
    #[must_use]
    pub const fn census(&self) -> &Census {
        &self.census
    }

    /// Every peer in every swarm, in a fixed order.
    pub fn memberships(&self) -> impl Iterator<Item = Membership> {
        self.swarms.iter().flat_map(|(&info_hash, swarm)| {
            swarm.iter().map(move |(role, peer)| Membership {
                info_hash,
                peer_id: peer.peer_id,
                conn: peer.conn,
                is_seed: role == Role::Seed,
            })
        })
    }

    /// Relayed offers whose answers are still awaited.
    #[must_use]
    pub const fn awaited_answers(&self) -> usize {
        self.awaited_answers
    }

    fn announce(
        &mut self,
        now: Duration,
        conn: ConnId,
        announce: Announce,
        out: &mut Vec<(ConnId, Response)>,
    ) -> Result<(), Refusal> {
        let Announce { info_hash, peer_id, .. } = announce;
        if let Some(reason) = self.config.denied.reason(info_hash) {
            return Err(Refusal::Denied(reason));
        }
        let known = self.swarms.get(&info_hash).and_then(|swarm| swarm.get(peer_id));
        if known.is_some_and(|(_, peer)| peer.conn != conn) {
            return Err(Refusal::Taken);
        }
        let known = known.map(|(role, _)| role);
        if announce.event == Some(Event::Stopped) {
            if known.is_some() {
                self.remove(info_hash, peer_id, conn);
            }
            out.push((conn, self.counts(info_hash, self.config.interval)));
            return Ok(());
        }

        if known.is_none() {
            self.join(info_hash, peer_id, conn)?;
        }
        let role = match (announce.event, announce.left, known) {
            (Some(Event::Completed), ..) | (_, Some(0), _) => Role::Seed,
            // Without metadata or after a seek the client cannot tell what is left: believe its past.
            (_, None, Some(role)) => role,
            _ => Role::Leecher,
        };
        let swarm = self.swarms.entry(info_hash).or_default();
        if known.is_none() {
            swarm.insert(role, Peer::new(peer_id, conn, now + self.config.peer_ttl));
            self.census.joined(peer_id, conn, role);
            if swarm.len() > self.config.max_peers_per_torrent
                && let Some((oldest, conn)) = swarm.most_silent(peer_id)
            {
                self.remove(info_hash, oldest, conn);
            }
        } else {
            swarm.change(peer_id, role, now + self.config.peer_ttl);
            if known != Some(role) {
                self.census.changed(peer_id, role);
            }
        }
        let Some(swarm) = self.swarms.get_mut(&info_hash) else { return Ok(()) };
        if announce.event == Some(Event::Completed) && known == Some(Role::Leecher) {
            swarm.downloaded = swarm.downloaded.saturating_add(1);
        }

        let met_nobody = role == Role::Leecher && announce.downloaded == 0 && swarm.len() > 1;
        let interval = if met_nobody { self.config.newcomer_interval } else { self.config.interval };
        out.push((conn, self.counts(info_hash, interval)));
        self.relay_offers(now, announce, role, out);
        Ok(())
    }

    /// Hands each offer to another peer. A seed's go to leechers, for two seeds have no bytes to exchange, unless it
    /// says that seeds will do; a leecher's go to anyone, so that seeds and newcomers carry their share of the swarm
    /// and no more.
    fn relay_offers(
        &mut self,
        now: Duration,
        announce: Announce,
        role: Role,
        out: &mut Vec<(ConnId, Response)>,
    ) {
        let Announce { info_hash, peer_id, numwant, to_seeds, mut offers, .. } = announce;
        if let Some(wanted) = numwant {
            offers.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        }
        let Some(swarm) = self.swarms.get_mut(&info_hash) else { return };
        let candidates = swarm.others(peer_id, role == Role::Leecher || to_seeds);
        let chosen = sample(&mut self.random, candidates.len(), offers.len());
        let expires = now + self.config.offer_ttl;
        for (offer, position) in offers.into_iter().zip(chosen) {
            let (to_peer, to_conn) = swarm.other(candidates, position);
            self.awaited_answers += swarm.await_answer(
                peer_id,
                offer.offer_id,
                to_peer,
                to_conn,
                expires,
                self.config.max_awaited_answers,
            );
            out.push((
                to_conn,
                Response::Offer { info_hash, peer_id, offer_id: offer.offer_id, sdp: offer.sdp },
            ));
        }
    }

    /// Relays an answer to the peer whose offer it belongs to. One that nobody awaits is dropped in silence:
    /// its offer may have expired, or the other peer has left.
    fn answer(
        &mut self,
        now: Duration,
        conn: ConnId,
        answer: Answer,
    ) -> Result<Option<(ConnId, Response)>, Refusal> {
        let Answer { info_hash, peer_id, to_peer_id, offer_id, sdp } = answer;
        let Some(swarm) = self.swarms.get_mut(&info_hash) else { return Ok(None) };
        match swarm.get(peer_id) {
            None => return Ok(None),
            Some((_, peer)) if peer.conn != conn => return Err(Refusal::Taken),
            Some((role, _)) => swarm.change(peer_id, role, now + self.config.peer_ttl),
        }
        let awaiting = swarm.take_awaited(now, to_peer_id, offer_id, peer_id, conn);
        self.awaited_answers -= usize::from(awaiting.is_some());
        Ok(awaiting.map(|to_conn| (to_conn, Response::Answer { info_hash, peer_id, offer_id, sdp })))
    }

    fn scrape(&self, scrape: &Scrape) -> Response {
        if scrape.info_hashes.is_empty() {
            return Refusal::FullScrape.response(None, Action::Scrape);
        }
        let files = scrape.info_hashes.iter().map(|&info_hash| {
            (info_hash, self.swarms.get(&info_hash).map_or_else(ScrapeStats::default, Swarm::stats))
        });
        Response::Scrape { files: files.collect(), min_request_interval: Some(seconds(self.config.interval)) }
    }

    fn counts(&self, info_hash: InfoHash, interval: Duration) -> Response {
        let stats = self.swarms.get(&info_hash).map_or_else(ScrapeStats::default, Swarm::stats);
        Response::Announce {
            info_hash,
            complete: stats.complete,
            incomplete: stats.incomplete,
            interval: seconds(interval),
            warning: None,
        }
    }

    fn join(&mut self, info_hash: InfoHash, peer_id: PeerId, conn: ConnId) -> Result<(), Refusal> {
        self.make_room(info_hash, conn);
        let joined = self.conns.entry(conn).or_default();
        if joined.len() >= self.config.max_torrents_per_connection {
            return Err(Refusal::TooManyTorrents);
        }
        joined.push((info_hash, peer_id));
        Ok(())
    }

    /// Lets a connection that is as many peers of a swarm as it may be no longer be the most silent of them.
    fn make_room(&mut self, info_hash: InfoHash, conn: ConnId) {
        let Some((joined, swarm)) = self.conns.get(&conn).zip(self.swarms.get(&info_hash)) else { return };
        let here = joined.iter().filter(|(torrent, _)| *torrent == info_hash).map(|&(_, peer_id)| peer_id);
        if here.clone().count() < MAX_PEERS_PER_CONNECTION_AND_TORRENT {
            return;
        }
        if let Some(oldest) = here.min_by_key(|&peer_id| swarm.get(peer_id).map(|(_, peer)| peer.expires)) {
            self.remove(info_hash, oldest, conn);
        }
    }

    fn remove(&mut self, info_hash: InfoHash, peer_id: PeerId, conn: ConnId) {
        if let Entry::Occupied(mut joined) = self.conns.entry(conn) {
            joined.get_mut().retain(|&membership| membership != (info_hash, peer_id));
            if joined.get().is_empty() {
                joined.remove();
            }
        }
        self.take_from_swarm(info_hash, peer_id);
    }

    fn take_from_swarm(&mut self, info_hash: InfoHash, peer_id: PeerId) {
        if let Entry::Occupied(mut swarm) = self.swarms.entry(info_hash) {
            if let Some((role, peer)) = swarm.get_mut().remove(peer_id) {
                self.census.left(peer_id, peer.conn, role);
                self.awaited_answers -= peer.awaited();
            }
            if swarm.get().len() == 0 {
                swarm.remove();
            }
        }
    }
}

/// Why a request changes nothing.
enum Refusal {
    /// Why.
    Denied(String),
    Taken,
    TooManyTorrents,
    FullScrape,
}

impl Refusal {
    fn response(&self, info_hash: Option<InfoHash>, action: Action) -> Response {
        let reason = match self {
            Self::Denied(reason) => format!("denied: {reason}"),
            Self::Taken => "this peer id is in use on another connection".to_owned(),
            Self::TooManyTorrents => "too many torrents on one connection".to_owned(),
            Self::FullScrape => "a scrape must name its torrents".to_owned(),
        };
        Response::Failure { reason, info_hash, action }
    }
}

fn seconds(duration: Duration) -> u32 {
    duration.as_secs().try_into().unwrap_or(u32::MAX)
}

//! The connections that others hold for us, from the offer to the open link.
//!
//! Offers come from one pool for all torrents: browsers refuse to make more than a few hundred connections, and
//! every one that waits costs memory. An offer that a tracker passed on to nobody goes back into the pool. Offers go
//! out through trackers, and through neighbours that introduce us.
//!
//! Anybody in a swarm can offer us connections that never come about. So those that others begin have places of their
//! own, which the torrents and the ways by which offers come share, and places are kept for the offers that we make:
//! whoever floods one way is in the way of nobody but those who come by the same, and not for long.

use std::cmp::Reverse;
use std::time::Duration;

use journal::Reason;
use litemap::LiteMap;
use metainfo::InfoHash;
use swarm::{IntroductionKey, PeerKey, Time};
use tracker::{Offer, OfferId};
use wire::PeerId;

use crate::description::{DEFAULT_MESSAGE, MAX_MESSAGE, max_message};
use crate::exposure::Policy;
use crate::shunned::Name;

/// Connections in all. Chromium stops at 500 for the whole page.
pub const MAX_CONNECTIONS: usize = 200;

/// Connections whose offer nobody has answered yet, spare ones included. Nobody else can take their places.
pub const MAX_UNANSWERED: usize = 40;

/// Connections that others offered and that are not open yet.
pub const MAX_INCOMING: usize = 40;

/// Offers of others that are being answered at once.
pub const MAX_ACCEPTING: usize = 12;

/// Places that are kept free where there is somebody to make room: it takes a moment, and whoever offers needs one now.
const SPARE_PLACES: usize = 4;

/// How long an offer may stay without an answer after it was sent. WebTorrent gives up after 50 seconds.
pub const OFFER_LIFE: Duration = Duration::from_secs(60);

/// How long a connection may take to be made, or to open.
pub const SETUP_LIFE: Duration = Duration::from_secs(30);

/// How long a connection that another peer offered is left alone, whoever wants its place by the same way. Nearly all
/// that ever open do so in less.
pub const GRACE: Duration = Duration::from_secs(3);

/// Links whose torrent is not known yet.
pub const MAX_UNNAMED: usize = 16;

/// How long a link may take to tell its torrent.
pub const PREFIX_LIFE: Duration = Duration::from_secs(10);

/// Bytes at the start of a handshake that end with its info hash (BEP 3).
pub const PREFIX: usize = 1 + 19 + 8 + 20;

/// Every connection, by the key that its peer has once it is open. `L` is the way to a peer: whatever sends.
#[derive(Debug)]
pub struct Connections<L> {
    last: u32,
    table: LiteMap<PeerKey, Connection<L>>,
}

#[derive(Debug)]
struct Connection<L> {
    role: Role,
    policy: Policy,
    since: Time,
    link: Option<L>,
    max_message: usize,
}

#[derive(Debug)]
enum Role {
    /// Our offer is being made.
    Making,
    /// The offer can be sent.
    Ready { sdp: String },
    /// The offer was sent.
    Offered { offer_id: OfferId, info_hash: InfoHash, url: String, sdp: String },
    /// The offer is for this peer alone: it is being made, or a neighbour has it.
    Introducing { info_hash: InfoHash, introduction: IntroductionKey, peer_id: PeerId },
    /// Our offer was answered.
    Connecting(Contact),
    /// Our answer is being made.
    Accepting(Contact),
    /// Our answer was sent.
    Accepted(Contact),
    /// It is open, and not known what for: what was heard on it is less than a [`PREFIX`].
    Unnamed { heard: Vec<u8> },
    /// It is open, and its torrent has the link. Who the peer is, is known of those that we were told of.
    Open { torrent: InfoHash, contact: Option<Contact> },
}

/// A connection that is open.
#[derive(Debug)]
pub struct Opened<L> {
    /// The way to the peer.
    pub link: L,
    /// Bytes in the longest message that the peer takes.
    pub max_message: usize,
    /// A neighbour arranged it, and not a tracker.
    pub introduced: bool,
}

/// A peer as we were told of it, with an offer of its own or an answer to ours.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The torrent that it is met for.
    pub info_hash: InfoHash,
    /// Its name.
    pub peer_id: PeerId,
    /// Who told us, and carries what we say to each other.
    pub route: Route,
}

/// Who carries offer and answer.
#[derive(Clone, Debug)]
pub enum Route {
    /// The tracker of this URL.
    Tracker {
        /// Where it is.
        url: String,
        /// What it calls the offer.
        offer_id: OfferId,
    },
    /// A neighbour of both; the engine knows which.
    Neighbour(IntroductionKey),
}

impl<L> Default for Connections<L> {
    fn default() -> Self {
        Self { last: 0, table: LiteMap::new() }
    }
}

impl<L> Connections<L> {
    /// None, whose first key follows the last that was used here.
    pub(crate) fn successor(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }

    /// How many more offers should be made for `wanted` of this policy to be ready.
    #[must_use]
    pub fn short_of(&self, wanted: usize, policy: Policy) -> usize {
        let waiting = self.spare(policy).len();
        wanted.saturating_sub(waiting).min(self.room())
    }

    /// How many more offers a torrent may send, so that each of `torrents` gets its share of those that may wait
    /// for an answer.
    #[must_use]
    pub fn allowance(&self, torrent: InfoHash, torrents: usize) -> usize {
        let sent =
            self.count(|role| matches!(role, Role::Offered { info_hash, .. } if *info_hash == torrent));
        (MAX_UNANSWERED / torrents.max(1)).max(1).saturating_sub(sent)
    }

    /// Whether there are as many as there can be beside our offers, for which there is always room.
    #[must_use]
    pub fn are_full(&self) -> bool {
        self.places() == 0
    }

    /// Whether there will soon be as many: time to make room.
    #[must_use]
    pub fn are_filling(&self) -> bool {
        self.places() <= SPARE_PLACES
    }

    /// How many more there can be beside our offers.
    fn places(&self) -> usize {
        (MAX_CONNECTIONS - MAX_UNANSWERED).saturating_sub(self.table.len() - self.unanswered())
    }

    /// How many offers of this policy can be sent.
    #[must_use]
    pub fn ready(&self, policy: Policy) -> usize {
        self.select(|connection| connection.policy == policy && matches!(connection.role, Role::Ready { .. }))
            .len()
    }

    /// Whether offers of this policy are being made.
    #[must_use]
    pub fn making(&self, policy: Policy) -> bool {
        self.spare(policy).len() > self.ready(policy)
    }

    /// The policy of a connection.
    #[must_use]
    pub fn policy(&self, key: PeerKey) -> Option<Policy> {
        Some(self.table.get(&key)?.policy)
    }

    /// A new connection whose offer is to be made.
    pub fn make(&mut self, now: Time, policy: Policy) -> PeerKey {
        self.insert(now, Role::Making, policy, DEFAULT_MESSAGE)
    }

    /// An offer was made. It is given back if it is for an introduction, of this torrent.
    pub fn made(&mut self, key: PeerKey, sdp: String) -> Option<(InfoHash, IntroductionKey, String)> {
        let connection = self.table.get_mut(&key)?;
        match connection.role {
            Role::Making => {
                connection.role = Role::Ready { sdp };
                None
            }
            Role::Introducing { info_hash, introduction, .. } => Some((info_hash, introduction, sdp)),
            _ => None,
        }
    }

    /// A new connection whose offer is to be made for this peer; `None` if there are too many, or one to the
    /// peer is on its way.
    pub fn introduce(
        &mut self,
        now: Time,
        policy: Policy,
        info_hash: InfoHash,
        introduction: IntroductionKey,
        peer_id: PeerId,
    ) -> Option<PeerKey> {
        if self.room() == 0 || self.leads_to(info_hash, peer_id) {
            return None;
        }
        let role = Role::Introducing { info_hash, introduction, peer_id };
        Some(self.insert(now, role, policy, DEFAULT_MESSAGE))
    }

    /// The peer that we were introduced to has answered: the connection to complete, if the offer still stands.
    pub fn introduced(
        &mut self,
        now: Time,
        torrent: InfoHash,
        introduction: IntroductionKey,
        sdp: &str,
    ) -> Option<PeerKey> {
        let key = *self.of_introduction(torrent, introduction).first()?;
        let connection = self.table.get_mut(&key)?;
        let Role::Introducing { info_hash, peer_id, .. } = connection.role else { return None };
        let route = Route::Neighbour(introduction);
        connection.role = Role::Connecting(Contact { info_hash, peer_id, route });
        connection.since = now;
        connection.max_message = max_message(sdp);
        Some(key)
    }

    /// Up to `count` offers of a policy, to be sent to this tracker now, under ids that nobody can guess, and their
    /// connections.
    pub fn send(
        &mut self,
        now: Time,
        (count, policy): (usize, Policy),
        info_hash: InfoHash,
        url: &str,
        mut id: impl FnMut() -> OfferId,
    ) -> Vec<(PeerKey, Offer)> {
        let ready = self.table.iter_mut().filter(|(_, connection)| {
            connection.policy == policy && matches!(connection.role, Role::Ready { .. })
        });
        let send = |(key, connection): (&PeerKey, &mut Connection<L>)| {
            let offer_id = id();
            let Role::Ready { sdp } = std::mem::replace(&mut connection.role, Role::Making) else {
                return None;
            };
            connection.since = now;
            connection.role = Role::Offered { offer_id, info_hash, url: url.to_owned(), sdp: sdp.clone() };
            Some((*key, Offer { offer_id, sdp }))
        };
        ready.take(count).filter_map(send).collect()
    }

    /// Takes back the offers that this tracker had nobody to give to. Their connections.
    pub fn take_back(&mut self, torrent: InfoHash, tracker: &str) -> Vec<PeerKey> {
        let mut taken = Vec::new();
        for (key, connection) in &mut self.table {
            if let Role::Offered { info_hash, url, sdp, .. } = &mut connection.role
                && *info_hash == torrent
                && url == tracker
            {
                connection.role = Role::Ready { sdp: std::mem::take(sdp) };
                taken.push(*key);
            }
        }
        taken
    }

    /// A peer answered one of our offers for this torrent by way of this tracker; the connection to complete, if the
    /// offer went there and still stands.
    pub fn answered(
        &mut self,
        now: Time,
        (torrent, tracker): (InfoHash, &str),
        answered: OfferId,
        peer_id: PeerId,
        sdp: &str,
    ) -> Option<PeerKey> {
        let (key, connection) = self.table.iter_mut().find(|(_, connection)| match &connection.role {
            Role::Offered { offer_id, info_hash, url, .. } => {
                *offer_id == answered && *info_hash == torrent && url == tracker
            }
            _ => false,
        })?;
        let route = Route::Tracker { url: tracker.to_owned(), offer_id: answered };
        connection.role = Role::Connecting(Contact { info_hash: torrent, peer_id, route });
        connection.since = now;
        connection.max_message = max_message(sdp);
        Some(*key)
    }

    /// The connection that is to be given up before another peer's offer can be [accepted](Self::accept), if there is
    /// one: the oldest of those that came by the way by which most did. If by the offer's own way as many came, it gives
    /// way only once its [`GRACE`] is over.
    #[must_use]
    pub fn gives_way(&self, now: Time, offer: &Contact) -> Option<PeerKey> {
        if self.leads_to(offer.info_hash, offer.peer_id) {
            return None;
        }
        let rivals = self.rivals();
        let count = |offer: &Contact| rivals.iter().filter(|(.., other)| other.shares_way(offer)).count();
        let (key, since, rival) =
            rivals.iter().max_by_key(|(key, _, rival)| (count(rival), Reverse(*key)))?;
        (count(rival) > count(offer) || *since + GRACE <= now).then_some(*key)
    }

    /// A new connection for another peer's offer.
    ///
    /// # Errors
    /// [`Duplicate`](Reason::Duplicate) if one to this peer is on its way, [`Crowded`](Reason::Crowded) if there are too
    /// many.
    pub fn accept(
        &mut self,
        now: Time,
        policy: Policy,
        offer: Contact,
        sdp: &str,
    ) -> Result<PeerKey, Reason> {
        if self.leads_to(offer.info_hash, offer.peer_id) {
            return Err(Reason::Duplicate);
        }
        if self.are_full() || !self.rivals().is_empty() {
            return Err(Reason::Crowded);
        }
        Ok(self.insert(now, Role::Accepting(offer), policy, max_message(sdp)))
    }

    /// An answer was made; where it goes.
    pub fn accepted(&mut self, now: Time, key: PeerKey) -> Option<Contact> {
        let connection = self.table.get_mut(&key)?;
        let Role::Accepting(offer) = &connection.role else { return None };
        let offer = offer.clone();
        connection.role = Role::Accepted(offer.clone());
        connection.since = now;
        Some(offer)
    }

    /// The link of a connection is here; it is kept until it opens.
    pub fn link(&mut self, key: PeerKey, link: L) {
        if let Some(connection) = self.table.get_mut(&key) {
            connection.link = Some(link);
        }
    }

    /// The swarm of a connection whose link may open.
    #[must_use]
    pub fn swarm(&self, key: PeerKey) -> Option<InfoHash> {
        match &self.table.get(&key)?.role {
            Role::Connecting(contact) | Role::Accepted(contact) => Some(contact.info_hash),
            _ => None,
        }
    }

    /// A link is open: what its torrent, listed under this hash, has to know of it.
    pub fn opened(&mut self, key: PeerKey, torrent: InfoHash) -> Option<Opened<L>> {
        let connection = self.table.get_mut(&key)?;
        let (Role::Connecting(contact) | Role::Accepted(contact)) = &connection.role else { return None };
        let contact = contact.clone();
        let link = connection.link.take()?;
        let introduced = matches!(contact.route, Route::Neighbour(_));
        connection.role = Role::Open { torrent, contact: Some(contact) };
        Some(Opened { link, max_message: connection.max_message, introduced })
    }

    /// A link is open that nobody told us of, and what it is for is not known yet; `None` if there are too many.
    pub fn arrive(&mut self, now: Time, link: L) -> Option<PeerKey> {
        let unnamed = self.count(|role| matches!(role, Role::Unnamed { .. }));
        if self.are_full() || unnamed >= MAX_UNNAMED {
            return None;
        }
        let key = self.insert(now, Role::Unnamed { heard: Vec::new() }, Policy::All, MAX_MESSAGE);
        self.link(key, link);
        Some(key)
    }

    /// Bytes came on such a link: all that was heard on it once that tells what it is for.
    pub fn hear(&mut self, key: PeerKey, bytes: &[u8]) -> Option<(InfoHash, Vec<u8>)> {
        let Role::Unnamed { heard } = &mut self.table.get_mut(&key)?.role else { return None };
        heard.extend_from_slice(bytes);
        let swarm = *heard.get(..PREFIX)?.last_chunk()?;
        Some((InfoHash::from_bytes(swarm), std::mem::take(heard)))
    }

    /// What such a link is for is known: what its torrent, listed under this hash, has to know of it.
    pub fn name(&mut self, key: PeerKey, torrent: InfoHash) -> Option<Opened<L>> {
        let connection = self.table.get_mut(&key)?;
        let Role::Unnamed { .. } = connection.role else { return None };
        let link = connection.link.take()?;
        connection.role = Role::Open { torrent, contact: None };
        Some(Opened { link, max_message: connection.max_message, introduced: false })
    }

    /// The torrent of an open connection.
    #[must_use]
    pub fn torrent(&self, key: PeerKey) -> Option<InfoHash> {
        match self.table.get(&key)?.role {
            Role::Open { torrent, .. } => Some(torrent),
            _ => None,
        }
    }

    /// As whom we were told of the peer of an open connection.
    #[must_use]
    pub fn contact(&self, key: PeerKey) -> Option<&Contact> {
        match &self.table.get(&key)?.role {
            Role::Open { contact, .. } => contact.as_ref(),
            _ => None,
        }
    }

    /// The open connections of a torrent.
    #[must_use]
    pub fn open(&self, torrent: InfoHash) -> Vec<PeerKey> {
        self.select(
            |connection| matches!(connection.role, Role::Open { torrent: other, .. } if other == torrent),
        )
    }

    /// How many connections of a torrent are open.
    #[must_use]
    pub fn open_count(&self, torrent: InfoHash) -> usize {
        self.count(|role| matches!(role, Role::Open { torrent: other, .. } if *other == torrent))
    }

    /// Forgets a connection. Whether there was one.
    pub fn remove(&mut self, key: PeerKey) -> bool {
        self.table.remove(&key).is_some()
    }

    /// The connections on their way to peers of a torrent that wants none any more.
    #[must_use]
    pub fn of_torrent(&self, torrent: InfoHash) -> Vec<PeerKey> {
        self.select(|connection| connection.bound_for() == Some(torrent))
    }

    /// The swarm that a connection on its way to a peer is for.
    pub(crate) fn bound_for(&self, key: PeerKey) -> Option<InfoHash> {
        self.table.get(&key)?.bound_for()
    }

    /// Whether it is an offer of ours that nobody has answered.
    pub(crate) fn is_unanswered(&self, key: PeerKey) -> bool {
        self.table.get(&key).is_some_and(|connection| connection.role.is_unanswered())
    }

    /// The torrent and the introduction that a connection on its way is for, if it is for one.
    #[must_use]
    pub fn introduction(&self, key: PeerKey) -> Option<(InfoHash, IntroductionKey)> {
        self.table.get(&key)?.introduction()
    }

    /// The connections on their way that are for this introduction of a torrent.
    #[must_use]
    pub fn of_introduction(&self, torrent: InfoHash, introduction: IntroductionKey) -> Vec<PeerKey> {
        self.select(|connection| connection.introduction() == Some((torrent, introduction)))
    }

    /// The offers whose answers cannot come any more, as this tracker is gone.
    #[must_use]
    pub fn of_tracker(&self, tracker: &str) -> Vec<PeerKey> {
        self.select(|connection| matches!(&connection.role, Role::Offered { url, .. } if url == tracker))
    }

    /// Offers of a policy that were made in stock.
    #[must_use]
    pub fn spare(&self, policy: Policy) -> Vec<PeerKey> {
        self.select(|connection| {
            connection.policy == policy && matches!(connection.role, Role::Making | Role::Ready { .. })
        })
    }

    /// The connections whose time is over.
    #[must_use]
    pub fn overdue(&self, now: Time) -> Vec<PeerKey> {
        self.select(|connection| connection.expires().is_some_and(|at| at <= now))
    }

    /// When the time of the next connection is over.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        self.table.values().filter_map(Connection::expires).min()
    }

    /// How many more offers there can be.
    fn room(&self) -> usize {
        MAX_UNANSWERED.saturating_sub(self.unanswered()).min(MAX_CONNECTIONS.saturating_sub(self.table.len()))
    }

    /// Offers of ours that nobody has answered.
    fn unanswered(&self) -> usize {
        self.count(Role::is_unanswered)
    }

    /// The connections of which one has to go before another peer's offer can be accepted; none if there is room.
    fn rivals(&self) -> Vec<(PeerKey, Time, &Contact)> {
        let incoming = |accepted: bool| {
            let offers = self.table.iter().filter_map(move |(key, connection)| match &connection.role {
                Role::Accepting(offer) => Some((*key, connection.since, offer)),
                Role::Accepted(offer) if accepted => Some((*key, connection.since, offer)),
                _ => None,
            });
            offers.collect::<Vec<_>>()
        };
        let (accepting, all) = (incoming(false), incoming(true));
        if accepting.len() >= MAX_ACCEPTING {
            accepting
        } else if all.len() >= MAX_INCOMING || self.are_full() {
            all
        } else {
            Vec::new()
        }
    }

    /// Whether a connection to this peer is on its way.
    fn leads_to(&self, torrent: InfoHash, peer: PeerId) -> bool {
        let leads = self.count(|role| match role {
            Role::Connecting(contact) | Role::Accepting(contact) | Role::Accepted(contact) => {
                contact.info_hash == torrent && contact.peer_id == peer
            }
            _ => false,
        });
        leads > 0
    }

    fn insert(&mut self, now: Time, role: Role, policy: Policy, max_message: usize) -> PeerKey {
        self.last += 1;
        let key = PeerKey::new(self.last);
        self.table.insert(key, Connection { role, policy, since: now, link: None, max_message });
        key
    }

    fn count(&self, is: impl Fn(&Role) -> bool) -> usize {
        self.table.values().filter(|connection| is(&connection.role)).count()
    }

    fn select(&self, is: impl Fn(&Connection<L>) -> bool) -> Vec<PeerKey> {
        self.table.iter().filter(|(_, connection)| is(connection)).map(|(key, _)| *key).collect()
    }
}

impl Role {
    /// It is an offer of ours that nobody has answered.
    const fn is_unanswered(&self) -> bool {
        matches!(self, Self::Making | Self::Ready { .. } | Self::Offered { .. } | Self::Introducing { .. })
    }
}

impl<L> Connection<L> {
    const fn bound_for(&self) -> Option<InfoHash> {
        match &self.role {
            Role::Offered { info_hash, .. } | Role::Introducing { info_hash, .. } => Some(*info_hash),
            Role::Connecting(contact) | Role::Accepting(contact) | Role::Accepted(contact) => {
                Some(contact.info_hash)
            }
            Role::Making | Role::Ready { .. } | Role::Unnamed { .. } | Role::Open { .. } => None,
        }
    }

    const fn introduction(&self) -> Option<(InfoHash, IntroductionKey)> {
        match &self.role {
            Role::Introducing { info_hash, introduction, .. }
            | Role::Connecting(Contact { info_hash, route: Route::Neighbour(introduction), .. })
            | Role::Accepting(Contact { info_hash, route: Route::Neighbour(introduction), .. })
            | Role::Accepted(Contact { info_hash, route: Route::Neighbour(introduction), .. }) => {
                Some((*info_hash, *introduction))
            }
            _ => None,
        }
    }

    fn expires(&self) -> Option<Time> {
        match self.role {
            Role::Ready { .. } | Role::Open { .. } => None,
            Role::Offered { .. } | Role::Introducing { .. } => Some(self.since + OFFER_LIFE),
            Role::Unnamed { .. } => Some(self.since + PREFIX_LIFE),
            Role::Making | Role::Accepting(_) | Role::Accepted(_) | Role::Connecting(_) => {
                Some(self.since + SETUP_LIFE)
            }
        }
    }
}

impl Contact {
    /// The name of its tracker for it, if one told us of it.
    pub(crate) fn name(&self) -> Option<Name> {
        let Route::Tracker { url, .. } = &self.route else { return None };
        Some(Name { peer_id: self.peer_id, swarm: self.info_hash, tracker: url.clone() })
    }

    /// Whether it is for the same torrent as another, and came by the same way.
    fn shares_way(&self, other: &Self) -> bool {
        let same_carrier = match (&self.route, &other.route) {
            (Route::Tracker { url, .. }, Route::Tracker { url: other, .. }) => url == other,
            (Route::Neighbour(_), Route::Neighbour(_)) => true,
            (Route::Tracker { .. }, Route::Neighbour(_)) | (Route::Neighbour(_), Route::Tracker { .. }) => {
                false
            }
        };
        same_carrier && self.info_hash == other.info_hash
    }
}

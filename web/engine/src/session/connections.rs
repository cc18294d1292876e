//! The peer connections that the page holds for us, from the offer to the open link.
//!
//! Offers come from one pool for all torrents: browsers refuse to make more than a few hundred connections, and
//! every one that waits costs memory. An offer that a tracker passed on to nobody goes back into the pool. Offers go
//! out through trackers, and through neighbours that introduce us.

use std::time::Duration;

use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::RtcId;
use swarm::{IntroductionKey, Time};
use tracker::{Offer, OfferId};
use wire::PeerId;

use crate::browser::random;
use crate::link::{DEFAULT_MESSAGE, Link, max_message};

/// Connections whose offer nobody has answered yet, spare ones included.
const MAX_UNANSWERED: usize = 40;

/// Offers of others that are being answered at once.
const MAX_ACCEPTING: usize = 12;

/// Connections in all. Chromium stops at 500 for the whole page.
const MAX_CONNECTIONS: usize = 200;

/// How long an offer may stay without an answer after it was sent. WebTorrent gives up after 50 seconds.
const OFFER_LIFE: Duration = Duration::from_secs(60);

/// How long a connection may take to be made, or to open.
const SETUP_LIFE: Duration = Duration::from_secs(30);

/// Every connection, by its number.
#[derive(Debug, Default)]
pub struct Connections {
    last: u32,
    table: LiteMap<RtcId, Connection>,
}

#[derive(Debug)]
struct Connection {
    role: Role,
    since: Time,
    link: Option<Link>,
    max_message: usize,
}

#[derive(Debug)]
enum Role {
    /// The page is making an offer.
    Making,
    /// The offer can be sent.
    Ready { sdp: String },
    /// The offer was sent.
    Offered { offer_id: OfferId, info_hash: InfoHash, url: String, sdp: String },
    /// The offer is for this peer alone: the page is making it, or a neighbour has it.
    Introducing { info_hash: InfoHash, introduction: IntroductionKey, peer_id: PeerId },
    /// The page is making an answer.
    Accepting(Incoming),
    /// Both descriptions are known to both sides.
    Connecting { info_hash: InfoHash, peer_id: PeerId, introduction: Option<IntroductionKey> },
    /// It is open, and its torrent has the link.
    Open { info_hash: InfoHash },
}

/// A connection that is open.
#[derive(Debug)]
pub struct Opened {
    /// The way to the peer.
    pub link: Link,
    /// Bytes in the longest message that the peer takes.
    pub max_message: usize,
    /// A neighbour arranged it, and not a tracker.
    pub introduced: bool,
}

/// An offer of another peer.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The torrent that it is for.
    pub info_hash: InfoHash,
    /// Whose it is.
    pub peer_id: PeerId,
    /// Who passed it on, and takes the answer.
    pub route: Route,
}

/// Who carries an offer of another peer, and our answer.
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

impl Connections {
    /// How many more offers the page should make for `wanted` to be ready.
    pub fn short_of(&self, wanted: usize) -> usize {
        let waiting = self.count(|role| matches!(role, Role::Making | Role::Ready { .. }));
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

    /// Whether there are as many as there can be.
    #[must_use]
    pub fn are_full(&self) -> bool {
        self.table.len() >= MAX_CONNECTIONS
    }

    /// How many offers can be sent.
    pub fn ready(&self) -> usize {
        self.count(|role| matches!(role, Role::Ready { .. }))
    }

    /// Whether the page is making offers.
    pub fn making(&self) -> bool {
        self.count(|role| matches!(role, Role::Making)) > 0
    }

    /// A new connection whose offer the page shall make.
    pub fn make(&mut self, now: Time) -> RtcId {
        self.insert(now, Role::Making, DEFAULT_MESSAGE)
    }

    /// The page made an offer. It is given back if it is for an introduction, of this torrent.
    pub fn made(&mut self, rtc: RtcId, sdp: String) -> Option<(InfoHash, IntroductionKey, String)> {
        let connection = self.table.get_mut(&rtc)?;
        match connection.role {
            Role::Making => {
                connection.role = Role::Ready { sdp };
                None
            }
            Role::Introducing { info_hash, introduction, .. } => Some((info_hash, introduction, sdp)),
            _ => None,
        }
    }

    /// A new connection whose offer the page shall make for this peer; `None` if there are too many, or one to the
    /// peer is on its way.
    pub fn introduce(
        &mut self,
        now: Time,
        info_hash: InfoHash,
        introduction: IntroductionKey,
        peer_id: PeerId,
    ) -> Option<RtcId> {
        if self.room() == 0 || self.leads_to(info_hash, peer_id) {
            return None;
        }
        let role = Role::Introducing { info_hash, introduction, peer_id };
        Some(self.insert(now, role, DEFAULT_MESSAGE))
    }

    /// The peer that we were introduced to has answered: the connection to complete, if the offer still stands.
    pub fn introduced(
        &mut self,
        now: Time,
        torrent: InfoHash,
        introduction: IntroductionKey,
        sdp: &str,
    ) -> Option<RtcId> {
        let rtc = *self.of_introduction(torrent, introduction).first()?;
        let connection = self.table.get_mut(&rtc)?;
        let Role::Introducing { info_hash, peer_id, .. } = connection.role else { return None };
        connection.role = Role::Connecting { info_hash, peer_id, introduction: Some(introduction) };
        connection.since = now;
        connection.max_message = max_message(sdp);
        Some(rtc)
    }

    /// Up to `count` offers, to be sent to this tracker now.
    pub fn send(&mut self, now: Time, count: usize, info_hash: InfoHash, url: &str) -> Vec<Offer> {
        let ready =
            self.table.iter_mut().filter(|(_, connection)| matches!(connection.role, Role::Ready { .. }));
        let send = |(_, connection): (&RtcId, &mut Connection)| {
            let offer_id = OfferId::from_bytes(random());
            let Role::Ready { sdp } = std::mem::replace(&mut connection.role, Role::Making) else {
                return None;
            };
            connection.since = now;
            connection.role = Role::Offered { offer_id, info_hash, url: url.to_owned(), sdp: sdp.clone() };
            Some(Offer { offer_id, sdp })
        };
        ready.take(count).filter_map(send).collect()
    }

    /// Takes back the offers that this tracker had nobody to give to.
    pub fn take_back(&mut self, torrent: InfoHash, tracker: &str) {
        for (_, connection) in &mut self.table {
            if let Role::Offered { info_hash, url, sdp, .. } = &mut connection.role
                && *info_hash == torrent
                && url == tracker
            {
                connection.role = Role::Ready { sdp: std::mem::take(sdp) };
            }
        }
    }

    /// A peer answered one of our offers for this torrent; the connection to complete, if the offer still stands.
    pub fn answered(
        &mut self,
        now: Time,
        torrent: InfoHash,
        answered: OfferId,
        peer_id: PeerId,
        sdp: &str,
    ) -> Option<RtcId> {
        let (rtc, connection) = self.table.iter_mut().find(|(_, connection)| match &connection.role {
            Role::Offered { offer_id, info_hash, .. } => *offer_id == answered && *info_hash == torrent,
            _ => false,
        })?;
        connection.role = Role::Connecting { info_hash: torrent, peer_id, introduction: None };
        connection.since = now;
        connection.max_message = max_message(sdp);
        Some(*rtc)
    }

    /// A new connection for another peer's offer; `None` if there are too many, or one to this peer is on its way.
    pub fn accept(&mut self, now: Time, offer: Incoming, sdp: &str) -> Option<RtcId> {
        let accepting = self.count(|role| matches!(role, Role::Accepting(_)));
        if accepting >= MAX_ACCEPTING || self.leads_to(offer.info_hash, offer.peer_id) || self.are_full() {
            return None;
        }
        Some(self.insert(now, Role::Accepting(offer), max_message(sdp)))
    }

    /// The page made an answer; where it goes.
    pub fn accepted(&mut self, now: Time, rtc: RtcId) -> Option<Incoming> {
        let connection = self.table.get_mut(&rtc)?;
        let Role::Accepting(offer) = &connection.role else { return None };
        let offer = offer.clone();
        let introduction = match offer.route {
            Route::Tracker { .. } => None,
            Route::Neighbour(introduction) => Some(introduction),
        };
        connection.role =
            Role::Connecting { info_hash: offer.info_hash, peer_id: offer.peer_id, introduction };
        connection.since = now;
        Some(offer)
    }

    /// The link of a connection is here; it is kept until it opens.
    pub fn link(&mut self, rtc: RtcId, link: Link) {
        if let Some(connection) = self.table.get_mut(&rtc) {
            connection.link = Some(link);
        }
    }

    /// A link is open: what its torrent has to know of it.
    pub fn opened(&mut self, rtc: RtcId) -> Option<(InfoHash, Opened)> {
        let connection = self.table.get_mut(&rtc)?;
        let Role::Connecting { info_hash, introduction, .. } = connection.role else { return None };
        let link = connection.link.take()?;
        connection.role = Role::Open { info_hash };
        let max_message = connection.max_message;
        Some((info_hash, Opened { link, max_message, introduced: introduction.is_some() }))
    }

    /// The torrent of an open connection.
    pub fn torrent(&self, rtc: RtcId) -> Option<InfoHash> {
        match self.table.get(&rtc)?.role {
            Role::Open { info_hash } => Some(info_hash),
            _ => None,
        }
    }

    /// Forgets a connection. Whether there was one.
    pub fn remove(&mut self, rtc: RtcId) -> bool {
        self.table.remove(&rtc).is_some()
    }

    /// The connections on their way to peers of a torrent that wants none any more.
    pub fn of_torrent(&self, torrent: InfoHash) -> Vec<RtcId> {
        self.select(|connection| match &connection.role {
            Role::Offered { info_hash, .. }
            | Role::Introducing { info_hash, .. }
            | Role::Connecting { info_hash, .. } => *info_hash == torrent,
            Role::Accepting(offer) => offer.info_hash == torrent,
            _ => false,
        })
    }

    /// The torrent and the introduction that a connection on its way is for, if it is for one.
    pub fn introduction(&self, rtc: RtcId) -> Option<(InfoHash, IntroductionKey)> {
        self.table.get(&rtc)?.introduction()
    }

    /// The connections on their way that are for this introduction of a torrent.
    pub fn of_introduction(&self, torrent: InfoHash, introduction: IntroductionKey) -> Vec<RtcId> {
        self.select(|connection| connection.introduction() == Some((torrent, introduction)))
    }

    /// The offers whose answers cannot come any more, as this tracker is gone.
    pub fn of_tracker(&self, tracker: &str) -> Vec<RtcId> {
        self.select(|connection| matches!(&connection.role, Role::Offered { url, .. } if url == tracker))
    }

    /// Offers that were made in stock.
    pub fn spare(&self) -> Vec<RtcId> {
        self.select(|connection| matches!(connection.role, Role::Making | Role::Ready { .. }))
    }

    /// The connections whose time is over.
    pub fn overdue(&self, now: Time) -> Vec<RtcId> {
        self.select(|connection| connection.expires().is_some_and(|at| at <= now))
    }

    /// When the time of the next connection is over.
    pub fn deadline(&self) -> Option<Time> {
        self.table.values().filter_map(Connection::expires).min()
    }

    /// How many more offers there can be.
    fn room(&self) -> usize {
        let unanswered = self.count(|role| {
            matches!(
                role,
                Role::Making | Role::Ready { .. } | Role::Offered { .. } | Role::Introducing { .. }
            )
        });
        MAX_UNANSWERED.saturating_sub(unanswered).min(MAX_CONNECTIONS.saturating_sub(self.table.len()))
    }

    /// Whether a connection to this peer is on its way.
    fn leads_to(&self, torrent: InfoHash, peer: PeerId) -> bool {
        let leads = self.count(|role| match role {
            Role::Accepting(offer) => offer.info_hash == torrent && offer.peer_id == peer,
            Role::Connecting { info_hash, peer_id, .. } => *info_hash == torrent && *peer_id == peer,
            _ => false,
        });
        leads > 0
    }

    fn insert(&mut self, now: Time, role: Role, max_message: usize) -> RtcId {
        self.last += 1;
        let rtc = RtcId(self.last);
        self.table.insert(rtc, Connection { role, since: now, link: None, max_message });
        rtc
    }

    fn count(&self, is: impl Fn(&Role) -> bool) -> usize {
        self.table.values().filter(|connection| is(&connection.role)).count()
    }

    fn select(&self, is: impl Fn(&Connection) -> bool) -> Vec<RtcId> {
        self.table.iter().filter(|(_, connection)| is(connection)).map(|(rtc, _)| *rtc).collect()
    }
}

impl Connection {
    const fn introduction(&self) -> Option<(InfoHash, IntroductionKey)> {
        match &self.role {
            Role::Introducing { info_hash, introduction, .. }
            | Role::Connecting { info_hash, introduction: Some(introduction), .. }
            | Role::Accepting(Incoming { info_hash, route: Route::Neighbour(introduction), .. }) => {
                Some((*info_hash, *introduction))
            }
            _ => None,
        }
    }

    fn expires(&self) -> Option<Time> {
        match self.role {
            Role::Ready { .. } | Role::Open { .. } => None,
            Role::Offered { .. } | Role::Introducing { .. } => Some(self.since + OFFER_LIFE),
            Role::Making | Role::Accepting(_) | Role::Connecting { .. } => Some(self.since + SETUP_LIFE),
        }
    }
}

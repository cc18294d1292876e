//! How peers are met: where torrents are announced, who offers connections to whom, and which come about.
//!
//! Two peers connect once somebody has carried an offer and an answer between them: a tracker, or a neighbour of both.
//! [`Rendezvous`] decides all about that and does nothing itself. It is driven as [`swarm::Torrent`] is:
//!
//! 1. Tell it of everything that happens with [`Rendezvous::handle`].
//! 2. Do what [`Rendezvous::poll`] says, in that order, until there is nothing more.
//! 3. At [`Rendezvous::deadline`], tell it [`Input::Wake`].
//!
//! What it has to know of the torrents it asks through [`Torrents`]. How connections are made is the driver's: session
//! descriptions are opaque here, and a link (`L`) is whatever sends to a peer.

mod announces;
mod arrivals;
mod input;
mod notes;
mod offers;
mod output;

use std::collections::VecDeque;

use journal::Reason;
use litemap::LiteMap;
use metainfo::{InfoHash, InfoHashes};
use swarm::{PeerKey, Time};
use wire::PeerId;

pub use self::input::{Input, SocketEvent};
pub use self::output::{Outcome, Output, SocketAct, Task};
use crate::connections::Connections;
use crate::draws::Draws;
use crate::exposure::Policy;
use crate::shunned::Shunned;
use crate::trackers::{TrackerState, Trackers};

/// Where the peers of all torrents are met.
#[derive(Debug)]
pub struct Rendezvous<L> {
    peer_id: PeerId,
    draws: Draws,
    /// The trackers of every torrent that is not private.
    common: Vec<String>,
    /// How the URLs of the site's own trackers begin.
    own: Option<String>,
    joined: Joined,
    trackers: Trackers,
    connections: Connections<L>,
    shunned: Shunned,
    outputs: VecDeque<Output<L>>,
    /// What happens is told.
    records: bool,
}

/// What has to be known of the torrents, each under the hash that it is listed by.
pub trait Torrents {
    /// How far a torrent is; `None` if there is none of this hash.
    fn standing(&self, torrent: InfoHash) -> Option<Standing>;

    /// Whether a connection to this peer may be of use to a torrent.
    fn welcomes(&self, torrent: InfoHash, peer: PeerId) -> bool;
}

/// How far a torrent is, as trackers are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Bytes that are still to be stored; `None` until the metadata tells how many there are.
    pub left: Option<u64>,
    /// Bytes sent in this visit.
    pub uploaded: u64,
    /// Bytes received in this visit.
    pub downloaded: u64,
    /// It still lacks something that it wants.
    pub downloading: bool,
    /// Those who have everything are worth meeting, too: they tell of tips.
    pub meets_seeds: bool,
}

/// The torrents that look for peers, as they are listed, with their swarms and how their peers are met.
#[derive(Debug, Default)]
struct Joined(LiteMap<InfoHash, (InfoHashes, Policy)>);

impl Joined {
    /// The torrent of this swarm. A hybrid has two, and is listed under one of them.
    fn of(&self, swarm: InfoHash) -> Option<InfoHash> {
        let has = |(_, (hashes, _)): &(&InfoHash, &(InfoHashes, Policy))| {
            hashes.swarms().any(|other| other == swarm)
        };
        self.0.iter().find(has).map(|(torrent, _)| *torrent)
    }

    /// The swarms of this torrent.
    fn swarms(&self, torrent: InfoHash) -> impl Iterator<Item = InfoHash> + use<> {
        self.0.get(&torrent).copied().into_iter().flat_map(|(hashes, _)| hashes.swarms())
    }

    /// How peers are met in this swarm.
    fn policy(&self, swarm: InfoHash) -> Option<Policy> {
        Some(self.0.get(&self.of(swarm)?)?.1)
    }
}

impl<L> Rendezvous<L> {
    /// No torrents yet. We go by this name; what nobody may guess is drawn from the secret.
    #[must_use]
    pub fn new(peer_id: PeerId, secret: [u8; 20]) -> Self {
        Self {
            peer_id,
            draws: Draws::new(secret),
            common: Vec::new(),
            own: None,
            joined: Joined::default(),
            trackers: Trackers::default(),
            connections: Connections::default(),
            shunned: Shunned::default(),
            outputs: VecDeque::new(),
            records: false,
        }
    }

    /// Another in the place of this one, under another name. No connection goes by a key that was used here.
    #[must_use]
    pub fn successor(&self, peer_id: PeerId, secret: [u8; 20]) -> Self {
        let connections = self.connections.successor();
        let (common, own, records) = (self.common.clone(), self.own.clone(), self.records);
        Self { common, own, connections, records, ..Self::new(peer_id, secret) }
    }

    /// Torrents that are not private are announced at these trackers too, from when they join.
    pub fn announce_at(&mut self, trackers: Vec<String>) {
        self.common = trackers;
    }

    /// Trackers whose URLs begin so are the site's own: what they deny is not for its page.
    pub fn obey(&mut self, own: String) {
        self.own = Some(own);
    }

    /// Something happened.
    pub fn handle(&mut self, now: Time, input: Input<'_, L>, torrents: &impl Torrents) {
        match input {
            Input::Wake => self.give_up_overdue(now, torrents),
            Input::Online => self.trackers.online(now),
            Input::Expect { private, policy } => {
                self.make_offers(now, MAX_OFFERS, policy);
                if !private {
                    self.trackers.expect(now, &self.common);
                }
            }
            Input::Join { torrent, hashes, trackers, private, policy } => {
                self.join(now, torrent, (hashes, policy), (trackers, private), torrents);
            }
            Input::Leave { torrent } => self.leave(now, torrent, torrents),
            Input::Completed { torrent } => self.completed(now, torrent),
            Input::Socket { url, event } => self.socket(now, url, event, torrents),
            Input::Offered { peer, sdp } => self.offer_made(now, peer, sdp),
            Input::Answered { peer, sdp } => self.answer_made(now, peer, sdp),
            Input::Linked { peer, link } => self.connections.link(peer, link),
            Input::Opened { peer } => self.opened(peer),
            Input::Received { peer, bytes } => self.received(peer, bytes),
            Input::Gone { peer } => self.give_up(now, peer, Reason::Failed, torrents),
            Input::Closed { peer, reason } => self.closed(now, peer, reason.as_ref(), torrents),
            Input::Introduce { torrent, introduction, step } => {
                self.introduce(now, torrent, introduction, step, torrents);
            }
        }
        for url in self.trackers.wake(now, &mut self.draws, &mut self.outputs) {
            self.note_failure(now, &url);
        }
        self.announce(now, torrents);
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output<L>> {
        self.outputs.pop_front()
    }

    /// When to [wake](Input::Wake) it, if nothing else happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        [self.trackers.deadline(), self.connections.deadline()].into_iter().flatten().min()
    }

    /// How the peers of a torrent are met that [joined](Input::Join), and did not leave.
    #[must_use]
    pub fn policy(&self, torrent: InfoHash) -> Option<Policy> {
        Some(self.joined.0.get(&torrent)?.1)
    }

    /// By which ways a connection may go, if there is one.
    #[must_use]
    pub fn policy_of(&self, peer: PeerKey) -> Option<Policy> {
        self.connections.policy(peer)
    }

    /// The torrent that has a connection.
    #[must_use]
    pub fn torrent(&self, peer: PeerKey) -> Option<InfoHash> {
        self.connections.torrent(peer)
    }

    /// The trackers of a torrent, and how they are. A hybrid goes by the swarm that it is listed under.
    pub fn trackers(&self, torrent: InfoHash) -> impl Iterator<Item = (&str, TrackerState<'_>)> {
        self.trackers.states(torrent)
    }

    /// Ends a connection, whatever it was for; `reason` is why it never opens, if it did not.
    fn give_up(&mut self, now: Time, peer: PeerKey, reason: Reason, torrents: &impl Torrents) {
        self.note_end(peer, reason);
        let torrent = self.connections.torrent(peer);
        if let Some((torrent, introduction)) = self.connections.introduction(peer) {
            let outcome = Outcome::Failed;
            self.outputs.push_back(Output::Introduction { torrent, introduction, outcome });
        }
        if let Some(torrent) = torrent {
            self.outputs.push_back(Output::Lost { torrent, peer });
        }
        self.drop_connection(peer);
        if let Some(torrent) = torrent {
            self.hurry(now, torrent, torrents);
        }
    }

    /// Ends those whose time is over.
    fn give_up_overdue(&mut self, now: Time, torrents: &impl Torrents) {
        for peer in self.connections.overdue(now) {
            let is_answered = !self.connections.is_unanswered(peer);
            let reason = if is_answered { Reason::NoLink } else { Reason::NoAnswer };
            self.give_up(now, peer, reason, torrents);
        }
    }

    fn drop_connection(&mut self, peer: PeerKey) {
        self.connections.remove(peer);
        self.outputs.push_back(Output::Do(Task::Drop { peer }));
    }
}

/// Offers in one announce. The reference server hands out no more, and its messages must stay below 16 KiB.
pub const MAX_OFFERS: usize = 5;

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
mod offers;

use std::collections::VecDeque;

use litemap::LiteMap;
use metainfo::{InfoHash, InfoHashes};
use swarm::{CloseReason, IntroductionKey, PeerKey, Progress, Step, Time};
use wire::PeerId;

use crate::connections::{Connections, Opened};
use crate::draws::Draws;
use crate::shunned::Shunned;
use crate::trackers::{TrackerState, Trackers};

/// Where the peers of all torrents are met.
#[derive(Debug)]
pub struct Rendezvous<L> {
    peer_id: PeerId,
    draws: Draws,
    /// The trackers of every torrent that is not private.
    common: Vec<String>,
    joined: Joined,
    trackers: Trackers,
    connections: Connections<L>,
    shunned: Shunned,
    outputs: VecDeque<Output<L>>,
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
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a, L> {
    /// It is time for something, perhaps.
    Wake,
    /// There is a network again: trackers that are waited for need not be.
    Online,
    /// A torrent will soon [join](Input::Join): offers that are made meanwhile will be ready then.
    Expect,
    /// A torrent looks for peers from now on, or there is news of where.
    Join {
        /// Under which hash it is listed.
        torrent: InfoHash,
        /// Under which others know it.
        hashes: InfoHashes,
        /// The URLs of its own trackers.
        trackers: Vec<String>,
        /// Its peers may come from those alone (BEP 27).
        private: bool,
    },
    /// A torrent looks for none any more.
    Leave {
        /// Which.
        torrent: InfoHash,
    },
    /// A torrent has everything that it wants.
    Completed {
        /// Which.
        torrent: InfoHash,
    },
    /// Something happened on the socket to a tracker.
    Socket {
        /// Its URL.
        url: &'a str,
        /// What.
        event: SocketEvent,
    },
    /// The offer of a connection was made.
    Offered {
        /// Of which.
        peer: PeerKey,
        /// The session description.
        sdp: String,
    },
    /// The answer of a connection was made.
    Answered {
        /// Of which.
        peer: PeerKey,
        /// The session description.
        sdp: String,
    },
    /// The link of a connection is there. It may take a while to open.
    Linked {
        /// Of which.
        peer: PeerKey,
        /// The link.
        link: L,
    },
    /// The link of a connection is open.
    Opened {
        /// Of which.
        peer: PeerKey,
    },
    /// Bytes came on a link that [arrived](Rendezvous::arrive) and that no torrent has yet.
    Received {
        /// On which.
        peer: PeerKey,
        /// The next of the peer's stream.
        bytes: &'a [u8],
    },
    /// A connection failed or is over.
    Gone {
        /// Which.
        peer: PeerKey,
    },
    /// A torrent ended a connection.
    Closed {
        /// Which.
        peer: PeerKey,
        /// Why, if the engine did.
        reason: Option<CloseReason>,
    },
    /// A torrent wants something done for a connection that a neighbour arranges.
    Introduce {
        /// Which torrent.
        torrent: InfoHash,
        /// For which attempt.
        introduction: IntroductionKey,
        /// What.
        step: Step,
    },
}

/// What happened on a tracker's socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// It is open.
    Opened,
    /// It is closed, or never opened; the driver has forgotten it.
    Closed,
    /// The driver cannot even try to open it, and says why.
    Refused(String),
    /// A text frame arrived.
    Text(String),
}

/// What is to be done.
#[derive(Debug)]
pub enum Output<L> {
    /// Do something with the socket to a tracker.
    Socket {
        /// Its URL.
        url: String,
        /// What.
        act: SocketAct,
    },
    /// Make a connection and its offer: answered by [`Input::Offered`], or [`Input::Gone`].
    Offer {
        /// Its name.
        peer: PeerKey,
    },
    /// Make a connection and the answer to this offer: answered by [`Input::Answered`], or [`Input::Gone`].
    Accept {
        /// Its name.
        peer: PeerKey,
        /// The session description of the offer.
        sdp: String,
    },
    /// Complete a connection that was offered.
    Complete {
        /// Which.
        peer: PeerKey,
        /// The session description of the answer.
        sdp: String,
    },
    /// Close a connection, if it is there, and forget it.
    Drop {
        /// Which.
        peer: PeerKey,
    },
    /// A torrent has a new peer.
    Connected {
        /// Which torrent, as it is listed.
        torrent: InfoHash,
        /// In which of its swarms.
        swarm: InfoHash,
        /// The peer.
        peer: PeerKey,
        /// The way to it.
        opened: Opened<L>,
    },
    /// The peer of the last [`Output::Connected`] said this before.
    Received {
        /// The torrent, as it is listed.
        torrent: InfoHash,
        /// The peer.
        peer: PeerKey,
        /// The first bytes of its stream.
        bytes: Vec<u8>,
    },
    /// A torrent has lost a peer.
    Lost {
        /// The torrent, as it is listed.
        torrent: InfoHash,
        /// The peer.
        peer: PeerKey,
    },
    /// A torrent is to give up the peer that is of the least use to it, if it can: others have fewer.
    MakeRoom {
        /// Which.
        torrent: InfoHash,
    },
    /// Something became of an introduction.
    Introduction {
        /// The torrent, as it is listed or known to the neighbour.
        torrent: InfoHash,
        /// Which attempt.
        introduction: IntroductionKey,
        /// What.
        outcome: Outcome,
    },
}

/// What to do with a tracker's socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketAct {
    /// Open it: answered by [`SocketEvent::Opened`], [`SocketEvent::Closed`] or [`SocketEvent::Refused`].
    Open,
    /// Send a text frame.
    Send(String),
    /// Close it, once everything is sent, and forget it.
    Close,
}

/// What became of an introduction: a [`Progress`] with words of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Here is the offer.
    Offer(String),
    /// Here is the answer.
    Answer(String),
    /// Nothing will come of it.
    Failed,
}

impl Outcome {
    /// As the engine takes it.
    #[must_use]
    pub const fn progress(&self) -> Progress<'_> {
        match self {
            Self::Offer(sdp) => Progress::Offer(sdp.as_str()),
            Self::Answer(sdp) => Progress::Answer(sdp.as_str()),
            Self::Failed => Progress::Failed,
        }
    }
}

/// The torrents that look for peers, as they are listed, with their swarms.
#[derive(Debug, Default)]
struct Joined(LiteMap<InfoHash, InfoHashes>);

impl Joined {
    /// The torrent of this swarm. A hybrid has two, and is listed under one of them.
    fn of(&self, swarm: InfoHash) -> Option<InfoHash> {
        let has = |(_, hashes): &(&InfoHash, &InfoHashes)| hashes.swarms().any(|other| other == swarm);
        self.0.iter().find(has).map(|(torrent, _)| *torrent)
    }

    /// The swarms of this torrent.
    fn swarms(&self, torrent: InfoHash) -> impl Iterator<Item = InfoHash> + use<> {
        self.0.get(&torrent).copied().into_iter().flat_map(|hashes| hashes.swarms())
    }
}

impl<L> Output<L> {
    pub(crate) fn socket(url: &str, act: SocketAct) -> Self {
        Self::Socket { url: url.to_owned(), act }
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
            joined: Joined::default(),
            trackers: Trackers::default(),
            connections: Connections::default(),
            shunned: Shunned::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Another in the place of this one, under another name. No connection goes by a key that was used here.
    #[must_use]
    pub fn successor(&self, peer_id: PeerId, secret: [u8; 20]) -> Self {
        let connections = self.connections.successor();
        Self { common: self.common.clone(), connections, ..Self::new(peer_id, secret) }
    }

    /// Torrents that are not private are announced at these trackers too, from when they join.
    pub fn announce_at(&mut self, trackers: Vec<String>) {
        self.common = trackers;
    }

    /// Something happened.
    pub fn handle(&mut self, now: Time, input: Input<'_, L>, torrents: &impl Torrents) {
        match input {
            Input::Wake => self.give_up_overdue(now, torrents),
            Input::Online => self.trackers.online(now),
            Input::Expect => self.make_offers(now, MAX_OFFERS),
            Input::Join { torrent, hashes, trackers, private } => {
                self.join(now, torrent, hashes, (trackers, private), torrents);
            }
            Input::Leave { torrent } => self.leave(now, torrent, torrents),
            Input::Completed { torrent } => self.completed(now, torrent),
            Input::Socket { url, event } => self.socket(now, url, event, torrents),
            Input::Offered { peer, sdp } => self.offer_made(now, peer, sdp),
            Input::Answered { peer, sdp } => self.answer_made(now, peer, sdp),
            Input::Linked { peer, link } => self.connections.link(peer, link),
            Input::Opened { peer } => self.opened(peer),
            Input::Received { peer, bytes } => self.received(peer, bytes),
            Input::Gone { peer } => self.give_up(now, peer, torrents),
            Input::Closed { peer, reason } => self.closed(now, peer, reason.as_ref(), torrents),
            Input::Introduce { torrent, introduction, step } => {
                self.introduce(now, torrent, introduction, step, torrents);
            }
        }
        self.trackers.wake(now, &mut self.draws, &mut self.outputs);
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

    /// Whether a torrent [joined](Input::Join), and did not leave.
    #[must_use]
    pub fn has_joined(&self, torrent: InfoHash) -> bool {
        self.joined.0.contains_key(&torrent)
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

    /// Ends a connection, whatever it was for.
    fn give_up(&mut self, now: Time, peer: PeerKey, torrents: &impl Torrents) {
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
            self.give_up(now, peer, torrents);
        }
    }

    fn drop_connection(&mut self, peer: PeerKey) {
        self.connections.remove(peer);
        self.outputs.push_back(Output::Drop { peer });
    }
}

/// Offers in one announce. The reference server hands out no more, and its messages must stay below 16 KiB.
pub const MAX_OFFERS: usize = 5;

//! What a rendezvous asks for.

use journal::Event;
use metainfo::InfoHash;
use swarm::{IntroductionKey, PeerKey, Progress};

use crate::Policy;
use crate::connections::Opened;

/// What is to be done.
#[derive(Debug)]
pub enum Output<L> {
    /// Something with the world outside.
    Do(Task),
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
    /// A tracker of the site itself does not serve a torrent, for this reason.
    Denied {
        /// Which torrent, as it is listed.
        torrent: InfoHash,
        /// Why, in the tracker's words.
        reason: String,
    },
    /// This happened for a torrent, told only while that is [wanted](super::Rendezvous::record): for its journal.
    Noted {
        /// Which torrent, as it is listed.
        torrent: InfoHash,
        /// The connection that it is about, if it is about one.
        peer: Option<PeerKey>,
        /// What.
        event: Event,
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

/// What only a driver can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Do something with the socket to a tracker.
    Socket {
        /// Its URL.
        url: String,
        /// What.
        act: SocketAct,
    },
    /// Make a connection and its offer: answered by [`Offered`](super::Input::Offered), or
    /// [`Gone`](super::Input::Gone).
    Offer {
        /// Its name.
        peer: PeerKey,
        /// By which ways it may go.
        policy: Policy,
    },
    /// Make a connection and the answer to this offer: answered by [`Answered`](super::Input::Answered), or
    /// [`Gone`](super::Input::Gone).
    Accept {
        /// Its name.
        peer: PeerKey,
        /// The session description of the offer.
        sdp: String,
        /// By which ways it may go.
        policy: Policy,
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
}

/// What to do with a tracker's socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketAct {
    /// Open it: answered by [`Opened`](super::SocketEvent::Opened), [`Closed`](super::SocketEvent::Closed) or
    /// [`Refused`](super::SocketEvent::Refused).
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

impl<L> Output<L> {
    pub(crate) fn socket(url: &str, act: SocketAct) -> Self {
        Self::Do(Task::Socket { url: url.to_owned(), act })
    }
}

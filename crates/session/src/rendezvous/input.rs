//! What a rendezvous is told.

use metainfo::{InfoHash, InfoHashes};
use swarm::{CloseReason, IntroductionKey, PeerKey, Step};

use crate::Policy;

/// What happened.
#[derive(Debug)]
pub enum Input<'a, L> {
    /// It is time for something, perhaps.
    Wake,
    /// There is a network again: trackers that are waited for need not be.
    Online,
    /// A torrent will soon [join](Input::Join): what its first announce takes is made ready meanwhile, offers
    /// and the lines to the trackers of all torrents.
    Expect {
        /// It is known to be private: no lines, as it may not be announced at those trackers (BEP 27).
        private: bool,
        /// How its peers will be met, as far as that is known.
        policy: Policy,
    },
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
        /// How its peers are met. If that was another before, whoever was met before is left.
        policy: Policy,
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
    /// Bytes came on a link that [arrived](super::Rendezvous::arrive) and that no torrent has yet.
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

//! What a session asks of its driver.

use metainfo::InfoHash;
use swarm::PeerKey;

use crate::connections::Opened;
use crate::rendezvous::Task;
use crate::storage::Suspect;
use crate::torrent;

/// Something for the driver to do.
#[derive(Debug)]
pub enum Output<L> {
    /// A torrent asks for something. A connection that it closes, or a peer that it introduces, is seen to: of the former
    /// a [`Task::Drop`] follows, the latter does not come out.
    Torrent {
        /// Which, as it is listed.
        torrent: InfoHash,
        /// For what.
        asked: torrent::Output,
    },
    /// Do something with a socket to a tracker, or with a connection.
    Meet(Task),
    /// A connection is open, and its torrent has it: say how much it [takes](super::Session::writable).
    Connected {
        /// The torrent, as it is listed.
        torrent: InfoHash,
        /// The peer.
        peer: PeerKey,
        /// The way to it.
        opened: Opened<L>,
    },
    /// Open the storage of a torrent, and say that it is [opened](super::Session::opened).
    Open {
        /// Which.
        torrent: InfoHash,
        /// What to do if earlier visits ended at that.
        suspect: Suspect,
    },
    /// Delete the storage of a torrent, which is closed, and say that it is [deleted](super::Session::deleted).
    Delete {
        /// Which.
        torrent: InfoHash,
    },
    /// A torrent is listed from now on. Once whatever can be done with it at once is done, tell [it](crate::Torrent) that
    /// it is [opened](crate::Torrent::opened).
    Listed {
        /// Which.
        torrent: InfoHash,
    },
}

//! What a torrent asks of its driver.

use metainfo::{FileSpan, PieceIndex};
use stream::Head;
use swarm::WebSeedKey;
use webseed::Address;

use super::StreamKey;

/// Something for the driver to do, in this order.
#[derive(Clone, Debug)]
pub enum Output {
    /// What the engine asks for, where that is for the driver:
    ///
    /// - [`Send`](swarm::Output::Send), [`Upload`](swarm::Output::Upload) of what [`upload`](super::Torrent::upload)
    ///   reads, [`Close`](swarm::Output::Close);
    /// - [`Introduce`](swarm::Output::Introduce), of which the torrent is to hear what came;
    /// - [`Hash`](swarm::Output::Hash): [verify](super::Torrent::verify) a piece that has gathered, and say that it is
    ///   [hashed](super::Torrent::hashed);
    /// - [`Store`](swarm::Output::Store): [write](super::Torrent::write) a piece that has gathered, and say that it is
    ///   [stored](super::Torrent::stored);
    /// - [`Leaves`](swarm::Output::Leaves): [hash the blocks](super::Torrent::hash_leaves) of a piece, and tell the
    ///   engine;
    /// - [`Turn`](swarm::Output::Turn), which the [limits](swarm::SessionLimits) of the session answer;
    /// - [`Abort`](swarm::Output::Abort), [`Tips`](swarm::Output::Tips), [`Payments`](swarm::Output::Payments),
    ///   [`Completed`](swarm::Output::Completed).
    Engine(swarm::Output),
    /// [Copy](super::Torrent::copy) a piece of the user's files, and say that it is [copied](super::Torrent::copied).
    Copy {
        /// Which piece.
        piece: PieceIndex,
    },
    /// Hash these pieces where they are: in the user's files if there are any, or else in storage. Say of each that it
    /// is [checked](super::Torrent::checked), and right or not; one that is not there is not. Say at last that the
    /// [check has ended](super::Torrent::check_ended). An earlier check is not to go on.
    Check(Vec<PieceIndex>),
    /// Fetch these bytes from a web seed in place of what was being fetched from there, and tell what is
    /// [fetched](super::Torrent::fetched).
    Fetch {
        /// Where from.
        web_seed: WebSeedKey,
        /// Where that is.
        address: Address,
        /// Which bytes of the torrent.
        span: FileSpan,
    },
    /// Begin the answer to whoever reads a file.
    Begin {
        /// Whose.
        stream: StreamKey,
        /// With what.
        head: Head,
    },
    /// Send these bytes of the torrent to whoever reads a file, and say that they were
    /// [streamed](super::Torrent::streamed).
    Stream {
        /// Who reads.
        stream: StreamKey,
        /// Which bytes.
        span: FileSpan,
        /// They are in storage, and not in the user's files.
        stored: bool,
    },
    /// A stream is at its end: there is no more of it, or `broken` says why there is no more of it here.
    End {
        /// Which.
        stream: StreamKey,
        /// Why it ends before its time.
        broken: Option<Break>,
    },
    /// The metadata arrived: there may be further trackers, and rules for them.
    Metadata,
}

/// Why a stream ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Too many read the torrent at once.
    TooMany,
    /// The torrent was removed.
    Removed,
    /// The torrent is paused.
    Paused,
    /// Something has stopped the torrent.
    Stopped,
}

//! What a torrent asks of its driver.

use metainfo::{Block, FileSpan, PieceIndex};
use stream::Head;
use swarm::{CloseReason, IntroductionKey, PeerKey, Step, TurnRequest, WebSeedKey};
use webseed::Address;
use wire::TipClaim;

use super::StreamKey;

/// Something for the driver to do, in this order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// Where to.
        peer: PeerKey,
        /// Whole messages, in order with uploads.
        bytes: Vec<u8>,
    },
    /// Send `wire::encode_piece_header(block)` and what [`upload`](super::Torrent::upload) reads.
    Upload {
        /// Where to.
        peer: PeerKey,
        /// A run of bytes of a piece that is here.
        block: Block,
    },
    /// Close the connection.
    Close {
        /// Which.
        peer: PeerKey,
        /// Why.
        reason: CloseReason,
    },
    /// A neighbour arranges a connection: do our part of it, and tell the torrent what came of it.
    Introduce {
        /// Which introduction.
        introduction: IntroductionKey,
        /// What to do.
        step: Step,
    },
    /// [Verify](super::Torrent::verify) a piece that has gathered, and say that it is [hashed](super::Torrent::hashed).
    Hash {
        /// Which piece.
        piece: PieceIndex,
    },
    /// [Write](super::Torrent::write) a piece that has gathered, and say that it is [stored](super::Torrent::stored).
    Store {
        /// Which piece.
        piece: PieceIndex,
    },
    /// [Hash the blocks](super::Torrent::hash_leaves) of a piece, and tell the engine.
    Leaves {
        /// Which piece.
        piece: PieceIndex,
    },
    /// [Copy](super::Torrent::copy) a piece of the user's files, and say that it is [copied](super::Torrent::copied).
    Copy {
        /// Which piece.
        piece: PieceIndex,
    },
    /// Hash these pieces where they are: in the user's files if there are any, or else in storage. Say of each that it
    /// is [checked](super::Torrent::checked), and at last that the [check has ended](super::Torrent::check_ended). An
    /// earlier check is not to go on.
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
    /// Fetch no more from a web seed.
    Abort {
        /// Which.
        web_seed: WebSeedKey,
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
    /// It waits for a turn at what all torrents together may trade: let the
    /// [limits](swarm::SessionLimits) of the session answer.
    Turn(TurnRequest),
    /// The metadata arrived: there may be further trackers, and rules for them.
    Metadata,
    /// Peers claim to have given these tips, which nobody has checked.
    Tips(Vec<TipClaim>),
    /// Every wanted piece is here.
    Completed,
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

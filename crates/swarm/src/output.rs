//! What the engine asks of the driver.

use std::fmt;

use journal::Reason;
use metainfo::{Block, FileSpan, Info, PieceIndex, PieceLayers};
use wire::TipClaim;

use crate::extension::PaymentNotice;
use crate::{IntroductionKey, PeerKey, Step, TurnRequest, WebSeedKey};

/// Something for the driver to do. The order of outputs is the order to do them in.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// Where to.
        peer: PeerKey,
        /// Whole messages, in order with uploads.
        bytes: Vec<u8>,
    },
    /// Send `wire::encode_piece_header(block)` and the block's bytes from storage.
    Upload {
        /// Where to.
        peer: PeerKey,
        /// A run of bytes of a stored piece.
        block: Block,
    },
    /// Close the channel. No [`Input::Closed`](crate::Input::Closed) is needed after it.
    Close {
        /// Which.
        peer: PeerKey,
        /// Why.
        reason: CloseReason,
    },
    /// Fetch these bytes of the torrent from a web seed, in order; they end what was being fetched from it. The
    /// bytes go to [`Input::WebSeed`](crate::Input::WebSeed) as they come.
    Fetch {
        /// Where from.
        web_seed: WebSeedKey,
        /// Which bytes; up to [`Config::max_run`](crate::Config::max_run), and never none.
        span: FileSpan,
    },
    /// Stop fetching from a web seed. Its further events are not to be told.
    Abort {
        /// Where from.
        web_seed: WebSeedKey,
        /// Why.
        reason: AbortReason,
    },
    /// Every block of the piece is in its slot: hash it and answer [`Input::Hashed`](crate::Input::Hashed).
    Hash {
        /// Which piece.
        piece: PieceIndex,
    },
    /// Hash each block of the piece, from its slot if there is one and else from storage, and answer
    /// [`Input::Leaves`](crate::Input::Leaves).
    Leaves {
        /// Which piece.
        piece: PieceIndex,
    },
    /// The hash was right: write the slot out and answer [`Input::Stored`](crate::Input::Stored).
    Store {
        /// Which piece.
        piece: PieceIndex,
    },
    /// The metadata of a magnet link arrived and matches its info hash. Nothing is requested before
    /// the next input, so storage can be opened and a selection made.
    Metadata(Info),
    /// The piece hashes of version 2 are known now, and each is right: to check pieces by, and to be kept.
    PieceLayers(PieceLayers),
    /// The metadata matches its info hash, but no client could use it. Nothing more will happen.
    Unusable(metainfo::Error),
    /// A neighbour can introduce us to a peer: do this, and answer
    /// [`Input::Introduction`](crate::Input::Introduction). A driver that cannot make connections answers
    /// [`Progress::Failed`](crate::Progress::Failed).
    Introduce {
        /// Which introduction.
        introduction: IntroductionKey,
        /// What to do.
        step: Step,
    },
    /// Peers say that these transactions are tips for this torrent, which they did not before: ask the chain, and answer
    /// [`Input::TipsChecked`](crate::Input::TipsChecked).
    Tips(Vec<TipClaim>),
    /// The torrent waits for a turn at a limit that it shares: let the session's
    /// [`SessionLimits`](crate::SessionLimits) answer. Comes only where there was an
    /// [`Input::SessionLimit`](crate::Input::SessionLimit).
    Turn(TurnRequest),
    /// What payments tell, once they are [begun](crate::extension::PaymentOrder::Begin).
    Payments(PaymentNotice),
    /// What an extension that the driver [added](crate::Torrent::with) tells it.
    Extension {
        /// What handshakes call the extension.
        name: &'static str,
        /// What it says, in a form of its own.
        bytes: Vec<u8>,
    },
    /// Every wanted piece is stored.
    Completed,
}

/// Why no more is fetched from a web seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AbortReason {
    /// What it has still to send came from others, or is not wanted now.
    NotNeeded,
    /// It sent next to nothing for too long. It is asked again later.
    Stalled,
    /// Of what it sends in place of what it was asked for, too little is of use. It is not asked again.
    Useless,
    /// Bytes that came from nobody else failed their hash. It is not asked again.
    Lied,
}

/// Why a connection ends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CloseReason {
    /// We were paused.
    Paused,
    /// The peer wants another torrent.
    WrongInfoHash,
    /// The peer is ourselves.
    SelfConnection,
    /// The same peer is connected already.
    Duplicate,
    /// It did not say who it is in time.
    HandshakeTimeout,
    /// It said nothing for too long.
    Idle,
    /// It promised blocks and sent none for too long.
    RequestTimeout,
    /// It broke the protocol; the words say how.
    Protocol(wire::Error),
    /// It did what the protocol allows nobody; the words say what.
    Misbehaved(&'static str),
    /// Bytes that it sent failed the hash.
    CorruptData,
    /// It sent corrupt data in an earlier connection.
    Banned,
    /// Neither side has anything for the other.
    BothComplete,
    /// There are enough connections.
    TooManyPeers,
    /// There were enough connections, and this one was of the least use when another came.
    Replaced,
}

impl CloseReason {
    /// Whether the peer is to blame, so that connecting to it again is pointless.
    #[must_use]
    pub const fn is_misbehaviour(&self) -> bool {
        matches!(
            self,
            Self::WrongInfoHash | Self::Protocol(_) | Self::Misbehaved(_) | Self::CorruptData | Self::Banned
        )
    }
}

impl From<&CloseReason> for Reason {
    fn from(reason: &CloseReason) -> Self {
        match reason {
            CloseReason::Paused => Self::Paused,
            CloseReason::WrongInfoHash => Self::WrongInfoHash,
            CloseReason::SelfConnection => Self::SelfConnection,
            CloseReason::Duplicate => Self::Duplicate,
            CloseReason::HandshakeTimeout => Self::HandshakeTimeout,
            CloseReason::Idle => Self::Idle,
            CloseReason::RequestTimeout => Self::RequestTimeout,
            CloseReason::Protocol(_) => Self::Protocol,
            CloseReason::Misbehaved(_) => Self::Misbehaved,
            CloseReason::CorruptData => Self::CorruptData,
            CloseReason::Banned => Self::Banned,
            CloseReason::BothComplete => Self::BothComplete,
            CloseReason::TooManyPeers => Self::TooManyPeers,
            CloseReason::Replaced => Self::Replaced,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Paused => "paused",
            Self::WrongInfoHash => "wants another torrent",
            Self::SelfConnection => "is this very client",
            Self::Duplicate => "is connected already",
            Self::HandshakeTimeout => "did not say hello in time",
            Self::Idle => "went silent",
            Self::RequestTimeout => "stopped sending",
            Self::Protocol(error) => return error.fmt(f),
            Self::Misbehaved(what) => what,
            Self::CorruptData => "sent corrupt data",
            Self::Banned => "sent corrupt data before",
            Self::BothComplete => "needs nothing, as we do",
            Self::TooManyPeers => "came when enough were connected",
            Self::Replaced => "made room for another",
        };
        f.write_str(words)
    }
}

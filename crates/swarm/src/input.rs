//! What the driver tells the engine.

use std::num::NonZeroU64;
use std::time::Duration;

use metainfo::merkle::Hash;
use metainfo::{FileSpan, Info, InfoHashes, PieceIndex, PieceLayers};
use wire::{Bitfield, TipClaim};

use crate::extension::PaymentOrder;
use crate::{Direction, IntroductionKey, Progress, Selection, Standing, Time};

/// One connection, as the driver numbers it: unique in the session and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey(u32);

impl PeerKey {
    /// The connection with this number.
    #[must_use]
    pub const fn new(key: u32) -> Self {
        Self(key)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// One web seed of a torrent, as the driver numbers it: from 0, and below [`MAX_WEB_SEEDS`](metainfo::MAX_WEB_SEEDS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebSeedKey(u32);

impl WebSeedKey {
    /// The web seed with this number.
    #[must_use]
    pub const fn new(key: u32) -> Self {
        Self(key)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number, as an index into the driver's list.
    #[must_use]
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// What a web seed does: a server that has the torrent's files (BEP 19).
#[derive(Clone, Debug)]
pub enum WebSeedEvent<'a> {
    /// It can be fetched from. Nothing is, until the metadata is known.
    Added,
    /// The next bytes of what it was asked for.
    Received(&'a [u8]),
    /// It sends these bytes of the torrent in place of those that it was asked for, from the first on: a
    /// server that knows no ranges sends the whole file.
    Instead(FileSpan),
    /// Nothing more comes of what it was asked for.
    Failed {
        /// How long to let it rest at least; `None` for good.
        retry: Option<Duration>,
    },
}

/// What is known of a torrent at the start.
#[derive(Clone, Debug)]
pub enum Source {
    /// Its metadata, and the pieces that are verified and stored already. The engine trusts the
    /// bitfield; one of another length than the torrent counts as empty.
    Info(Info, Bitfield),
    /// Only its names: peers will give the metadata (BEP 9).
    Magnet(InfoHashes),
}

/// Something that happened outside.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A channel to a peer is open. The engine answers with its handshake.
    Connected {
        /// The new connection.
        peer: PeerKey,
    },
    /// The same for a peer that was found by the torrent's hash of version 2. Of a hybrid, the handshake names that
    /// hash and not the one of version 1.
    ConnectedV2 {
        /// The new connection.
        peer: PeerKey,
    },
    /// The piece hashes of version 2 that are known already. Sent at the start, and after
    /// [`Output::Metadata`](crate::Output::Metadata) if they come from elsewhere; peers give the rest.
    PieceLayers(PieceLayers),
    /// Bytes arrived, cut anywhere.
    Received {
        /// Where from.
        peer: PeerKey,
        /// The next bytes of its stream.
        bytes: &'a [u8],
    },
    /// The driver can take more for this peer. Sent after `Connected` and whenever the channel drains.
    Writable {
        /// Where to.
        peer: PeerKey,
        /// Bytes of [`Output::Upload`](crate::Output::Upload) it takes, headers included, and as many as the last of
        /// them is longer. Replaces what was left.
        room: u32,
    },
    /// The channel is gone.
    Closed {
        /// Which.
        peer: PeerKey,
    },
    /// News of a web seed.
    WebSeed {
        /// Which.
        web_seed: WebSeedKey,
        /// What happened.
        event: WebSeedEvent<'a>,
    },
    /// The answer to [`Output::Hash`](crate::Output::Hash).
    Hashed {
        /// Which piece.
        piece: PieceIndex,
        /// Whether it is right by every hash of it that is known.
        ok: bool,
    },
    /// The answer to [`Output::Leaves`](crate::Output::Leaves).
    Leaves {
        /// Which piece.
        piece: PieceIndex,
        /// The leaf of each of its blocks, padding not included; none if its bytes cannot be read.
        leaves: &'a [Hash],
    },
    /// The answer to [`Output::Store`](crate::Output::Store): from now on the piece is served and announced.
    Stored {
        /// Which piece.
        piece: PieceIndex,
    },
    /// The other answer to [`Output::Store`](crate::Output::Store): it must be downloaded again.
    StoreFailed {
        /// Which piece.
        piece: PieceIndex,
    },
    /// A stored piece can no longer be read. It leaves the selection; select it to have it downloaded again.
    Lost {
        /// Which piece.
        piece: PieceIndex,
    },
    /// The pieces that are wanted from now on; at first all are, alike. Ignored before the metadata is known,
    /// and if it is for another number of pieces.
    Select(Selection),
    /// The selected pieces with a byte of `span` are needed at a certain time, as for playback: they are fetched
    /// before all others, the earliest first, from peers that give them in time. Ignored before the metadata is
    /// known.
    Deadline {
        /// Bytes of the torrent.
        span: FileSpan,
        /// When; it replaces what was said of these pieces before, and `None` cancels that.
        due: Option<Time>,
    },
    /// How much the torrent may trade from now on; at first there is no limit.
    Limit {
        /// Bytes to send each second.
        up: Option<NonZeroU64>,
        /// Bytes to ask for each second.
        down: Option<NonZeroU64>,
    },
    /// How much all torrents of the session may trade together from now on, this one among them; at first there is no
    /// limit. Where there is one, the torrent asks for its turns ([`Output::Turn`](crate::Output::Turn)).
    SessionLimit {
        /// Bytes to send each second.
        up: Option<NonZeroU64>,
        /// Bytes to ask for each second.
        down: Option<NonZeroU64>,
    },
    /// The answer to [`Output::Turn`](crate::Output::Turn), as [`SessionLimits`](crate::SessionLimits) gives it.
    Turn {
        /// Of which limit.
        direction: Direction,
        /// When it begins, which the torrent waits for by itself.
        at: Time,
    },
    /// As the only seed, give each piece to one peer and let it pass it on (BEP 16), or do not; at first as
    /// [`Config::super_seed`](crate::Config::super_seed) says.
    SuperSeed(bool),
    /// Close the connection of the least use, if one can be spared: another torrent has a better use for it.
    MakeRoom,
    /// The answer to [`Output::Introduce`](crate::Output::Introduce).
    Introduction {
        /// Which introduction.
        introduction: IntroductionKey,
        /// What became of it.
        progress: Progress<'a>,
    },
    /// What became of claims of [`Output::Tips`](crate::Output::Tips), or of the user's own tip.
    TipsChecked {
        /// These are tips: peers are told of them.
        genuine: Vec<TipClaim>,
        /// These are not, and whoever claimed them is believed less.
        refused: Vec<TipClaim>,
    },
    /// These are tips, but there are too many that are worth more: peers are told of them no longer.
    ForgetTips(Vec<TipClaim>),
    /// What payments are to do.
    Payments(PaymentOrder<'a>),
    /// Something for one extension.
    Extension {
        /// What handshakes call the extension.
        name: &'a str,
        /// What it is, as the extension reads it.
        bytes: &'a [u8],
    },
    /// What to think of a peer when it is chosen whom to serve; at first nothing in particular.
    Standing {
        /// Which.
        peer: PeerKey,
        /// It replaces what was said before. What it gets from now on is taken from its credit.
        standing: Standing,
    },
    /// Close every connection and drop unfinished pieces. Pieces whose blocks all arrived are still stored.
    Pause,
    /// Accept connections again.
    Resume,
    /// The time given by [`Torrent::deadline`](crate::Torrent::deadline) has come.
    Wake,
}

/// Piece bytes on their way to storage. The driver owns the memory: one slot for each piece that is
/// being downloaded, at most [`Config::max_active`](crate::Config::max_active) bytes in all.
///
/// The slot of a piece comes to life with its first `put` and ends with `discard`, with
/// [`Input::Stored`] or with [`Input::StoreFailed`]. From [`Output::Hash`](crate::Output::Hash) on no byte is put, until
/// it was discarded or its hash was wrong: then single blocks may come again.
pub trait Blocks {
    /// Bytes that arrived for `piece`, `offset` bytes from its start.
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]);
    /// What was put for `piece` is worthless. There may be no such slot.
    fn discard(&mut self, piece: PieceIndex);
}

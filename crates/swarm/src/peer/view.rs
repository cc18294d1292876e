//! What a super-seed shows a peer.

use metainfo::PieceIndex;
use wire::Bitfield;

/// What a super-seed shows a peer.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The pieces that it is to pass on.
    pub(crate) shown: Vec<Shown>,
    /// These and all that it was shown before.
    pub(crate) seen: Bitfield,
}

impl View {
    /// Whether the peer is to pass this piece on.
    pub(crate) fn shows(&self, piece: PieceIndex) -> bool {
        self.shown.iter().any(|shown| shown.piece == piece)
    }

    /// Whether the peer got some of this piece from us, and has not passed it on.
    pub(crate) fn has_begun(&self, piece: PieceIndex) -> bool {
        self.shown.iter().any(|shown| shown.piece == piece && shown.begun)
    }
}

/// A piece that a super-seed shows a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) piece: PieceIndex,
    /// Bytes of it that the peer has not got from us.
    pub(crate) left: u32,
    /// It got some.
    pub(crate) begun: bool,
}

//! What a super-seed shows a peer.

use metainfo::PieceIndex;
use wire::Bitfield;

/// What a super-seed shows a peer.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The pieces that it is to pass on, those first that it was shown first.
    pub(crate) shown: Vec<Shown>,
    /// These and all that it was shown before.
    pub(crate) seen: Bitfield,
    /// How often another piece took the place of one that it says it got elsewhere, in this round of choking.
    refills: u8,
}

impl View {
    /// Nothing is shown of so many pieces.
    pub(crate) fn new(pieces: u32) -> Self {
        Self { shown: Vec::new(), seen: Bitfield::new(pieces), refills: 0 }
    }

    /// Whether the peer is to pass this piece on.
    pub(crate) fn shows(&self, piece: PieceIndex) -> bool {
        self.shown.iter().any(|shown| shown.piece == piece)
    }

    /// Whether the peer got some of this piece from us, and has not passed it on.
    pub(crate) fn has_begun(&self, piece: PieceIndex) -> bool {
        self.shown.iter().any(|shown| shown.piece == piece && shown.begun)
    }

    /// Shows it a piece. Gives back one that it need not pass on then, so that they are never many.
    pub(crate) fn show(&mut self, piece: Shown) -> Option<Shown> {
        self.seen.set(piece.piece);
        let is_full = self.shown.len() >= MOST_SHOWN;
        let kept = self.shown.iter().position(|shown| shown.left == 0);
        let over = is_full.then(|| self.shown.remove(kept.unwrap_or(0)));
        self.shown.push(piece);
        over
    }

    /// It need not pass on this piece any more, if it was to.
    pub(crate) fn take(&mut self, piece: PieceIndex) -> Option<Shown> {
        let place = self.shown.iter().position(|shown| shown.piece == piece)?;
        Some(self.shown.remove(place))
    }

    /// Whether another piece may take the place of one that it says it got elsewhere. Anybody can say so of everything,
    /// and to find another takes time.
    pub(crate) const fn may_refill(&mut self) -> bool {
        let may = self.refills < MOST_REFILLS;
        self.refills += may as u8;
        may
    }

    /// A round of choking begins.
    pub(crate) const fn begin_round(&mut self) {
        self.refills = 0;
    }
}

/// A piece that a super-seed shows a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) piece: PieceIndex,
    /// Bytes of it that the peer has not got from us.
    pub(crate) left: u32,
    /// The peer got some of it.
    pub(crate) begun: bool,
}

/// Pieces that a peer is to pass on, at most.
pub(crate) const MOST_SHOWN: usize = 64;
const MOST_REFILLS: u8 = 8;

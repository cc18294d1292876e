//! Which pieces a peer has, and whether we want them.

use metainfo::PieceIndex;
use wire::{Bitfield, Message};

use super::Peer;
use crate::pieces::Pieces;

impl Peer {
    /// It has a piece. Whether it had not.
    pub(crate) fn gain(&mut self, piece: PieceIndex, pieces: &mut Pieces) -> bool {
        let is_new = self.has.set(piece);
        if is_new {
            pieces.availability_mut().add(piece);
            self.useful += u32::from(pieces.lacks(piece));
        }
        is_new
    }

    /// It has these pieces.
    pub(crate) fn gain_all(&mut self, has: &Bitfield, pieces: &mut Pieces) {
        for piece in has.iter_ones() {
            self.gain(piece, pieces);
        }
        self.update_interest(pieces);
    }

    /// It has a piece no more. Whether it had.
    pub(crate) fn lose(&mut self, piece: PieceIndex, pieces: &mut Pieces) -> bool {
        let had = self.has.unset(piece);
        if had {
            pieces.availability_mut().subtract(piece);
            self.useful -= u32::from(pieces.lacks(piece));
            self.update_interest(pieces);
        }
        had
    }

    /// We have a piece, which was selected or not.
    pub(crate) fn has_less_of_use(&mut self, piece: PieceIndex, selected: bool, pieces: &Pieces) {
        self.useful -= u32::from(selected && self.has.get(piece));
        self.update_interest(pieces);
    }

    /// Other pieces are selected from now on.
    pub(crate) fn count_useful(&mut self, pieces: &Pieces) {
        self.useful = pieces.lacking().filter(|piece| self.has.get(*piece)).count() as u32;
        self.update_interest(pieces);
    }

    /// Says whether we want any of its pieces, if that changed. Those that a super-seed does not show are wanted
    /// while somebody waits for pieces.
    pub(crate) fn update_interest(&mut self, pieces: &Pieces) {
        let interested = self.useful > 0 || self.capabilities.super_seeds() && pieces.is_awaited();
        if interested != self.am_interested {
            self.am_interested = interested;
            self.say(if interested { Message::Interested } else { Message::NotInterested });
        }
    }

    /// Whether it has every piece.
    pub(crate) const fn is_seed(&self) -> bool {
        self.has.is_full() && !self.has.is_empty()
    }

    /// Whether there is only its word for it that it has everything: nobody saw it get a piece, or give us one.
    pub(crate) const fn is_unproven(&self) -> bool {
        (self.came_complete || self.capabilities.super_seeds()) && self.trade.downloaded() == 0
    }

    /// Whether it has every piece, or every one that it wants.
    pub(crate) const fn wants_nothing(&self) -> bool {
        self.capabilities.upload_only() || self.is_seed()
    }

    /// Whether it would give us blocks of a piece that it says it has.
    pub(crate) fn serves(&self, piece: PieceIndex) -> bool {
        self.has.get(piece)
            && (!self.peer_choking || self.allowed_fast.contains(&piece))
            && !self.refused.contains(&piece)
    }

    /// Whether it would give us blocks of a piece that it does not show.
    pub(crate) fn hides(&self, piece: PieceIndex) -> bool {
        self.capabilities.super_seeds()
            && !self.peer_choking
            && !self.has.get(piece)
            && !self.refused.contains(&piece)
    }
}

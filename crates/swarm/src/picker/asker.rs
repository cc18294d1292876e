//! The peer that blocks are picked for.

use std::time::Duration;

use metainfo::{Block, Geometry, PieceIndex};
use wire::Bitfield;

use crate::giver::Giver;
use crate::peer::Peer;
use crate::pieces::Active;
use crate::{PeerKey, Time};

/// A peer that blocks are picked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    peer: &'a Peer,
    pub(super) now: Time,
    /// It must prove itself: it works alone on its pieces.
    pub(super) on_parole: bool,
}

impl<'a> Asker<'a> {
    pub(crate) const fn new(peer: &'a Peer, now: Time, on_parole: bool) -> Self {
        Self { peer, now, on_parole }
    }

    pub(super) const fn key(&self) -> PeerKey {
        self.peer.key
    }

    pub(super) const fn giver(&self) -> Giver {
        Giver::Peer(self.peer.key)
    }

    /// Whether it is kept apart from others.
    pub(super) const fn is_apart(&self) -> bool {
        self.peer.is_apart
    }

    /// The pieces that it has.
    pub(super) const fn has(&self) -> &'a Bitfield {
        &self.peer.has
    }

    /// The only pieces that it serves us, if it chokes us.
    pub(super) fn only(&self) -> Option<&'a [PieceIndex]> {
        self.peer.peer_choking.then(|| self.peer.allowed_fast.as_slice())
    }

    /// Whether it has a piece and would give us blocks of it.
    pub(super) fn serves(&self, piece: PieceIndex) -> bool {
        self.peer.serves(piece)
    }

    /// Whether it would give us blocks of a piece that it does not show.
    pub(super) fn hides(&self, piece: PieceIndex) -> bool {
        self.peer.hides(piece)
    }

    /// Whether it may contribute to a piece in download: on parole only to its own, else only to others.
    pub(super) fn may_join(&self, active: &Active) -> bool {
        active.admits(self.giver()) && (active.is_exclusive() || !self.on_parole)
    }

    /// Whether it can be asked for any block of a wanted piece.
    pub(super) fn can_begin(&self, geometry: &Geometry, piece: PieceIndex) -> bool {
        self.serves(piece) && self.may_ask_any(geometry, piece)
    }

    /// Whether it can be asked for any block of a piece that nobody is waited for.
    pub(super) fn may_ask_any(&self, geometry: &Geometry, piece: PieceIndex) -> bool {
        geometry.blocks(piece).any(|block| self.may_ask(block))
    }

    /// Whether it can be asked for a block that it is not waited for.
    pub(super) fn may_ask(&self, block: Block) -> bool {
        !self.peer.pipeline.is_ambiguous(self.now, block)
    }

    /// Whether it can be asked for a block that somebody is waited for.
    pub(super) fn may_double(&self, block: Block) -> bool {
        !self.peer.pipeline.waits_for(block) && self.may_ask(block)
    }

    /// Requests that it has not answered.
    pub(super) fn waiting(&self) -> u32 {
        self.peer.pipeline.len()
    }

    /// Bytes each second that it gives while it has enough to do.
    pub(super) const fn pace(&self) -> u64 {
        self.peer.pipeline.pace()
    }

    /// How long a request may take that follows `more` others not sent yet.
    pub(super) fn wait(&self, more: usize) -> Option<Duration> {
        self.peer.pipeline.wait(self.waiting() + more as u32 + 1)
    }
}

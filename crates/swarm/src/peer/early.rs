//! What a peer says it has before that can be checked.

use metainfo::PieceIndex;
use wire::Bitfield;

use crate::CloseReason;

/// Pieces that a peer announced before the number of pieces was known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Early {
    all: bool,
    /// The bitfield as it was sent.
    bitfield: Option<Vec<u8>>,
    /// Announced one by one.
    haves: Vec<PieceIndex>,
}

impl Early {
    pub(crate) fn all(&mut self) {
        self.all = true;
    }

    pub(crate) fn bitfield(&mut self, bytes: &[u8]) {
        self.bitfield = Some(bytes.to_vec());
    }

    pub(crate) fn have(&mut self, piece: PieceIndex) {
        if self.haves.len() < MAX_EARLY {
            self.haves.push(piece);
        }
    }

    /// What it comes to for a torrent of `pieces` pieces.
    ///
    /// # Errors
    ///
    /// When it does not fit such a torrent.
    pub(crate) fn resolve(self, pieces: u32) -> Result<Bitfield, CloseReason> {
        let mut has = match self.bitfield {
            _ if self.all => Bitfield::full(pieces),
            Some(bytes) => Bitfield::from_bytes(&bytes, pieces).map_err(CloseReason::Protocol)?,
            None => Bitfield::new(pieces),
        };
        for piece in self.haves {
            if piece.get() >= pieces {
                return Err(NO_SUCH_PIECE);
            }
            has.set(piece);
        }
        Ok(has)
    }
}

/// A peer speaks of a piece after the last.
pub(crate) const NO_SUCH_PIECE: CloseReason =
    CloseReason::Misbehaved("speaks of a piece that does not exist");

/// HAVE messages that are remembered while the metadata is unknown: a few minutes of a fast peer.
const MAX_EARLY: usize = 10_000;

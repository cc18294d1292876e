use std::ops::Range;
use std::{fmt, iter};

use metainfo::PieceIndex;

use crate::Error;

/// A set of pieces, laid out as BITFIELD carries it: the first piece is the highest bit of the first byte.
///
/// Invariants: bits after the last piece are zero, and the number of set bits is always known.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Bitfield {
    bytes: Vec<u8>,
    len: u32,
    ones: u32,
}

impl Bitfield {
    /// The empty set, of a torrent of `len` pieces.
    #[must_use]
    pub fn new(len: u32) -> Self {
        Self { bytes: vec![0; byte_count(len)], len, ones: 0 }
    }

    /// Every piece of a torrent of `len` pieces.
    #[must_use]
    pub fn full(len: u32) -> Self {
        let mut bytes = vec![0xff; byte_count(len)];
        if let Some(last) = bytes.last_mut() {
            *last &= !spare_bits(len);
        }
        Self { bytes, len, ones: len }
    }

    /// The set that a BITFIELD message carries, for a torrent of `len` pieces.
    ///
    /// # Errors
    ///
    /// [`Error::BitfieldLength`] unless there are exactly as many bytes as `len` pieces need, and
    /// [`Error::SpareBits`] if one of the bits after the last piece is set.
    pub fn from_bytes(bytes: &[u8], len: u32) -> Result<Self, Error> {
        if bytes.len() != byte_count(len) {
            return Err(Error::BitfieldLength { bytes: bytes.len(), pieces: len });
        }
        if bytes.last().is_some_and(|last| last & spare_bits(len) != 0) {
            return Err(Error::SpareBits);
        }
        let ones = bytes.iter().map(|byte| byte.count_ones()).sum();
        Ok(Self { bytes: bytes.to_vec(), len, ones })
    }

    /// The payload of a BITFIELD message.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many pieces the torrent has, in the set or not.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether the piece is in the set; a piece that the torrent does not have is not.
    #[must_use]
    pub fn get(&self, piece: PieceIndex) -> bool {
        self.bytes.get(piece.as_usize() / 8).is_some_and(|byte| byte & mask(piece) != 0)
    }

    /// Adds the piece. Whether that changed the set: not if it was there, or the torrent does not have it.
    pub fn set(&mut self, piece: PieceIndex) -> bool {
        let fresh = piece.get() < self.len && !self.get(piece);
        if fresh {
            self.bytes[piece.as_usize() / 8] |= mask(piece);
            self.ones += 1;
        }
        fresh
    }

    /// Removes the piece. Whether that changed the set.
    pub fn unset(&mut self, piece: PieceIndex) -> bool {
        let there = self.get(piece);
        if there {
            self.bytes[piece.as_usize() / 8] &= !mask(piece);
            self.ones -= 1;
        }
        there
    }

    /// How many pieces are in the set, without counting them.
    #[must_use]
    pub const fn count_ones(&self) -> u32 {
        self.ones
    }

    /// Whether no piece is in the set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ones == 0
    }

    /// Whether every piece is in the set.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.ones == self.len
    }

    /// Whether any of these pieces is in it.
    #[must_use]
    pub fn has_any(&self, pieces: Range<u32>) -> bool {
        let end = pieces.end.min(self.len);
        let mut piece = pieces.start;
        while piece < end {
            let rest = self.bytes[piece as usize / 8] << (piece % 8);
            if rest != 0 {
                return piece + rest.leading_zeros() < end;
            }
            piece = (piece / 8 + 1) * 8;
        }
        false
    }

    /// The pieces in the set, in order.
    pub fn iter_ones(&self) -> impl Iterator<Item = PieceIndex> + '_ {
        ones(self.bytes.iter().copied())
    }

    /// The pieces that are not in the set, in order.
    pub fn iter_zeros(&self) -> impl Iterator<Item = PieceIndex> + '_ {
        ones(self.bytes.iter().map(|byte| !byte)).take_while(|piece| piece.get() < self.len)
    }
}

/// The size of the set: a bitfield of thousands of pieces is no help in a log.
impl fmt::Debug for Bitfield {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bitfield({} of {})", self.ones, self.len)
    }
}

/// Bytes in the bitfield of a torrent of `len` pieces.
pub(crate) const fn byte_count(len: u32) -> usize {
    len.div_ceil(8) as usize
}

/// The bits of the last byte that stand for no piece.
const fn spare_bits(len: u32) -> u8 {
    match len % 8 {
        0 => 0,
        used => 0xff >> used,
    }
}

const fn mask(piece: PieceIndex) -> u8 {
    0x80 >> (piece.get() % 8)
}

fn ones(bytes: impl Iterator<Item = u8>) -> impl Iterator<Item = PieceIndex> {
    bytes.enumerate().flat_map(|(index, byte)| {
        let mut left = byte;
        iter::from_fn(move || {
            let bit = left.leading_zeros();
            left &= !0x80_u8.checked_shr(bit)?;
            // A bitfield has at most as many bits as a `u32` counts.
            Some(PieceIndex::new(index as u32 * 8 + bit))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_range_is_looked_at_to_its_ends(
            pieces in prop::collection::vec(prop::bool::weighted(0.1), 0..80),
            range in (0..90_u32, 0..90_u32),
        ) {
            let mut set = Bitfield::new(pieces.len() as u32);
            for (piece, _) in (0..).zip(&pieces).filter(|(_, there)| **there) {
                set.set(PieceIndex::new(piece));
            }
            let mut all = range.0..range.1;
            prop_assert_eq!(set.has_any(all.clone()), all.any(|piece| set.get(PieceIndex::new(piece))));
        }
    }
}

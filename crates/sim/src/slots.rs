//! A peer's memory for pieces on their way to storage. The content is not there: of each block it is known how
//! much has arrived and whether that is corrupt.

use std::collections::BTreeMap;

use metainfo::merkle::Hash;
use metainfo::{BLOCK_LENGTH, Geometry, PieceIndex};
use swarm::Blocks;
use wire::Bitfield;

/// The slots of pieces in download, and the pieces that are stored.
///
/// It holds the engine to the contract of [`Blocks`]: what it does that the contract does not allow is a fault.
#[derive(Debug)]
pub(crate) struct Slots {
    geometry: Geometry,
    slots: BTreeMap<PieceIndex, Slot>,
    held: u64,
    max_held: u64,
    pub(crate) stored: Bitfield,
    /// What the engine should not have done.
    pub(crate) faults: Vec<&'static str>,
}

#[derive(Debug)]
struct Slot {
    blocks: Vec<Content>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default)]
struct Content {
    bytes: u32,
    corrupt: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Filling,
    Hashing,
    Hashed,
    Storing,
}

impl Slots {
    /// Empty slots of at most `max_held` bytes, beside these stored pieces.
    pub(crate) fn new(geometry: Geometry, stored: Bitfield, max_held: u64) -> Self {
        let max_held = max_held.max(geometry.piece_length().into());
        Self { geometry, slots: BTreeMap::new(), held: 0, max_held, stored, faults: Vec::new() }
    }

    pub(crate) const fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// The engine asks for the piece's hash.
    pub(crate) fn hash(&mut self, piece: PieceIndex) {
        let lengths = self.geometry.blocks(piece).map(|block| block.length);
        match self.slots.get_mut(&piece) {
            Some(slot) if slot.stage == Stage::Filling => {
                slot.stage = Stage::Hashing;
                if !slot.blocks.iter().map(|block| block.bytes).eq(lengths) {
                    self.faults.push("asks for the hash of a piece that is not whole");
                }
            }
            Some(_) => self.faults.push("asks for the hash of a piece twice"),
            None => self.faults.push("asks for the hash of a piece that is not here"),
        }
    }

    /// Whether the piece is what it should be; `None` if it was dropped meanwhile.
    pub(crate) fn hashed(&mut self, piece: PieceIndex) -> Option<bool> {
        let slot = self.slots.get_mut(&piece).filter(|slot| slot.stage == Stage::Hashing)?;
        let ok = slot.blocks.iter().all(|block| !block.corrupt);
        // Bad blocks may come again.
        slot.stage = if ok { Stage::Hashed } else { Stage::Filling };
        Some(ok)
    }

    /// The leaves of a piece's blocks.
    pub(crate) fn leaves(&mut self, piece: PieceIndex) -> Vec<Hash> {
        let slot = self.slots.get(&piece);
        if slot.is_none() && !self.stored.get(piece) {
            self.faults.push("asks for the leaves of a piece that is not here");
        }
        let first = self.geometry.offset_of(piece) / u64::from(BLOCK_LENGTH);
        let is_corrupt =
            |n| slot.and_then(|slot| slot.blocks.get(n as usize)).is_some_and(|block| block.corrupt);
        let count = u64::from(self.geometry.block_count(piece));
        (0..count).map(|n| if is_corrupt(n) { Hash::ZERO } else { leaf(first + n) }).collect()
    }

    /// The engine asks to store the piece.
    pub(crate) fn store(&mut self, piece: PieceIndex) {
        match self.slots.get_mut(&piece) {
            Some(slot) if slot.stage == Stage::Hashed => slot.stage = Stage::Storing,
            _ => self.faults.push("stores a piece that was not hashed"),
        }
    }

    /// Stores the piece. Whether it was still wanted.
    pub(crate) fn stored(&mut self, piece: PieceIndex) -> bool {
        let storing = self.slots.get(&piece).is_some_and(|slot| slot.stage == Stage::Storing);
        if storing {
            self.forget(piece);
            self.stored.set(piece);
        }
        storing
    }

    fn forget(&mut self, piece: PieceIndex) {
        if self.slots.remove(&piece).is_some() {
            self.held -= u64::from(self.geometry.length_of(piece));
        }
    }
}

/// The leaf of the `n`th block of a torrent whose content is not there.
pub(crate) fn leaf(n: u64) -> Hash {
    Hash::of_block(&n.to_be_bytes())
}

impl Blocks for Slots {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        if self.stored.get(piece) {
            self.faults.push("downloads a piece that is stored");
        }
        let geometry = &self.geometry;
        let slot = self.slots.entry(piece).or_insert_with(|| {
            self.held += u64::from(geometry.length_of(piece));
            let blocks = vec![Content::default(); geometry.block_count(piece) as usize];
            Slot { blocks, stage: Stage::Filling }
        });
        if self.held > self.max_held {
            self.faults.push("holds more bytes of pieces than allowed");
        }
        if slot.stage != Stage::Filling {
            self.faults.push("puts bytes into a piece that is being hashed");
        }
        let (n, begin) = ((offset / BLOCK_LENGTH) as usize, offset % BLOCK_LENGTH);
        let content = &mut slot.blocks[n];
        if begin == 0 {
            *content = Content { bytes: 0, corrupt: data.first().is_some_and(|byte| *byte != 0) };
        }
        if content.bytes != begin {
            self.faults.push("leaves a gap in a block");
        }
        content.bytes = begin + data.len() as u32;
    }

    fn discard(&mut self, piece: PieceIndex) {
        self.forget(piece);
    }
}

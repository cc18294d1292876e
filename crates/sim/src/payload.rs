//! Content that is not there: a good byte is zero, a corrupt one is not.

use std::collections::{BTreeMap, BTreeSet};

use metainfo::{Block, PieceIndex};
use swarm::Blocks;

/// The slots of pieces in download, of which only the places of corrupt bytes are kept.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    corrupt: BTreeMap<PieceIndex, BTreeSet<u32>>,
    /// Block bytes that the engine kept.
    pub(crate) kept: u64,
}

impl Slots {
    /// Whether the piece is what it should be. Its slot is emptied.
    pub(crate) fn hash(&mut self, piece: PieceIndex) -> bool {
        self.corrupt.remove(&piece).is_none_or(|places| places.is_empty())
    }
}

impl Blocks for Slots {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        self.kept += data.len() as u64;
        let end = offset + data.len() as u32;
        let places = self.corrupt.entry(piece).or_default();
        places.retain(|place| !(offset..end).contains(place));
        if data.iter().any(|byte| *byte != 0) {
            places.insert(offset);
        }
    }

    fn discard(&mut self, piece: PieceIndex) {
        self.corrupt.remove(&piece);
    }
}

/// The bytes of a block on the wire, after its header.
pub(crate) fn bytes(block: Block, corrupt: bool) -> Vec<u8> {
    let mut bytes = vec![0; block.length as usize];
    bytes[block.length as usize / 2] = u8::from(corrupt);
    bytes
}

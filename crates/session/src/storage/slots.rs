//! Pieces on their way to storage.

use litemap::LiteMap;
use metainfo::{Geometry, PieceIndex};

/// Bytes of buffers that are kept for the next pieces. Buffers given back to the allocator would be cut up
/// for small things, and the wasm memory would grow for the next large one.
const MAX_SPARE: usize = 16 << 20;

/// The memory of pieces that are being downloaded, one buffer for each.
#[derive(Debug, Default)]
pub struct Slots {
    geometry: Option<Geometry>,
    filling: LiteMap<PieceIndex, Vec<u8>>,
    spare: Vec<Vec<u8>>,
}

impl Slots {
    /// Makes room for pieces of this size. Before, no piece has any.
    pub fn shape(&mut self, geometry: Geometry) {
        self.geometry = Some(geometry);
    }

    /// The bytes of a piece, if any were put.
    #[must_use]
    pub fn get(&self, piece: PieceIndex) -> Option<&[u8]> {
        self.filling.get(&piece).map(Vec::as_slice)
    }
}

impl swarm::Blocks for Slots {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        let lengths = |geometry: &Geometry| (geometry.length_of(piece), geometry.content_of(piece));
        let (length, content) = self.geometry.as_ref().map_or((0, 0), lengths);
        let slot = self.filling.entry(piece).or_insert_with(|| {
            let mut buffer = self.spare.pop().unwrap_or_default();
            buffer.resize(length as usize, 0);
            // Nobody has to send the padding of a piece,
            buffer[content as usize..].fill(0);
            buffer
        });
        let start = offset as usize;
        if start.checked_add(data.len()).is_some_and(|end| end <= slot.len()) {
            // and nobody may: what is not zeros would contradict one version of a hybrid only.
            let own = data.len().min((content as usize).saturating_sub(start));
            slot[start..start + own].copy_from_slice(&data[..own]);
        }
    }

    fn discard(&mut self, piece: PieceIndex) {
        let Some(buffer) = self.filling.remove(&piece) else { return };
        let spare: usize = self.spare.iter().map(Vec::capacity).sum();
        if spare + buffer.capacity() <= MAX_SPARE {
            self.spare.push(buffer);
        }
    }
}

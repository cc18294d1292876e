//! What one peer asked us for and has not got.

use std::collections::VecDeque;

use metainfo::{Block, PieceIndex};

/// The queue of one peer's requests, and the bytes that its channel takes now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uploads {
    blocks: VecDeque<Block>,
    metadata: VecDeque<u32>,
    room: u32,
}

/// The next thing to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upload {
    /// A run of bytes of a stored piece.
    Block(Block),
    /// A piece of the metadata (BEP 9).
    Metadata(u32),
}

impl Uploads {
    /// Requests for blocks that wait.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The channel takes `room` more bytes.
    pub(crate) const fn set_room(&mut self, room: u32) {
        self.room = room;
    }

    /// Queues a request. Whether there was a place for it: one request more than `limit` is too many.
    pub(crate) fn push(&mut self, block: Block, limit: u32) -> bool {
        let fits = self.blocks.len() < limit as usize;
        if fits {
            self.blocks.push_back(block);
        }
        fits
    }

    /// Queues a request for metadata. Whether there was a place for it.
    pub(crate) fn push_metadata(&mut self, piece: u32) -> bool {
        let fits = self.metadata.len() < METADATA_QUEUE;
        if fits {
            self.metadata.push_back(piece);
        }
        fits
    }

    /// Drops the request for `block`. Whether it was queued.
    pub(crate) fn cancel(&mut self, block: Block) -> bool {
        let found = self.blocks.iter().position(|queued| *queued == block);
        found.and_then(|at| self.blocks.remove(at)).is_some()
    }

    /// Drops all requests for blocks, and returns them.
    pub(crate) fn clear(&mut self) -> VecDeque<Block> {
        std::mem::take(&mut self.blocks)
    }

    /// Drops the requests for blocks of one piece, and returns them.
    pub(crate) fn clear_piece(&mut self, piece: PieceIndex) -> Vec<Block> {
        let gone = self.blocks.iter().copied().filter(|block| block.piece == piece).collect();
        self.blocks.retain(|block| block.piece != piece);
        gone
    }

    /// The block that is sent next, if that is one.
    pub(crate) fn next_block(&self) -> Option<Block> {
        self.blocks.front().copied().filter(|_| self.metadata.is_empty())
    }

    /// Takes the next thing to send off the queue, if the channel has room for all of it. `metadata_length`
    /// is the length of a piece of metadata.
    pub(crate) fn next(&mut self, metadata_length: u32) -> Option<Upload> {
        let upload = match (self.metadata.front(), self.blocks.front()) {
            (Some(piece), _) => Upload::Metadata(*piece),
            (None, Some(block)) => Upload::Block(*block),
            (None, None) => return None,
        };
        let length = match upload {
            Upload::Block(block) => block.length.saturating_add(BLOCK_HEADER),
            Upload::Metadata(_) => metadata_length.saturating_add(METADATA_HEADER),
        };
        self.room = self.room.checked_sub(length)?;
        match upload {
            Upload::Block(_) => drop(self.blocks.pop_front()),
            Upload::Metadata(_) => drop(self.metadata.pop_front()),
        }
        Some(upload)
    }
}

/// Requests for metadata that wait: as many as another client of ours has in flight.
const METADATA_QUEUE: usize = 16;
/// Bytes before a block in its message.
const BLOCK_HEADER: u32 = 13;
/// Bytes before a piece of metadata in its message, roughly.
const METADATA_HEADER: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn block(begin: u32) -> Block {
        Block { piece: PieceIndex::new(0), begin, length: 1_000 }
    }

    #[test]
    fn a_block_leaves_only_when_there_is_room_for_all_of_it() {
        let mut uploads = Uploads::default();
        uploads.push(block(0), 10);
        uploads.push(block(1_000), 10);
        uploads.set_room(2_000);
        assert_eq!(uploads.next(0), Some(Upload::Block(block(0))));
        assert_eq!(uploads.next(0), None);
        uploads.set_room(1_013);
        assert_eq!(uploads.next(0), Some(Upload::Block(block(1_000))));
    }

    /// webtorrent#2356, #454, #479: memory that grows with what peers ask for.
    #[test]
    fn the_queue_is_bounded() {
        let mut uploads = Uploads::default();
        assert!(uploads.push(block(0), 1));
        assert!(!uploads.push(block(1_000), 1));
        assert!((0..100).filter(|_| uploads.push_metadata(0)).count() < 100);
    }

    #[test]
    fn cancelled_requests_are_not_sent() {
        let mut uploads = Uploads::default();
        uploads.push(block(0), 10);
        uploads.push(block(1_000), 10);
        uploads.set_room(10_000);
        assert!(uploads.cancel(block(0)));
        assert!(!uploads.cancel(block(0)));
        assert_eq!(uploads.next(0), Some(Upload::Block(block(1_000))));
        assert_eq!(uploads.next(0), None);
    }
}

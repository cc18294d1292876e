//! What one peer asked us for and has not got.

use std::collections::VecDeque;

use metainfo::{Block, PieceIndex};

/// The queue of one peer's requests, and the bytes that its channel takes now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uploads {
    blocks: VecDeque<Block>,
    extras: VecDeque<Extra>,
    room: u32,
}

/// Something that an extension sends when there is room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extra {
    /// Where the extension stands in the torrent's list of them.
    pub(crate) place: usize,
    /// What the extension calls it.
    pub(crate) item: u32,
    /// Bytes, roughly.
    pub(crate) length: u32,
}

/// The next thing to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upload {
    /// A run of bytes of a stored piece.
    Block(Block),
    /// What an extension has for it.
    Extra(Extra),
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

    /// Queues what an extension has for the peer. Whether there was a place for it.
    pub(crate) fn push_extra(&mut self, extra: Extra) -> bool {
        let fits = self.extras.len() < EXTRAS;
        if fits {
            self.extras.push_back(extra);
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
        self.blocks.front().copied().filter(|_| self.extras.is_empty())
    }

    /// Takes the next thing to send off the queue, if the channel has any room: whoever asks for long blocks would wait for
    /// ever behind a channel that never has room for a whole one.
    pub(crate) fn next(&mut self) -> Option<Upload> {
        if self.room == 0 {
            return None;
        }
        let (upload, length) = match self.extras.pop_front() {
            Some(extra) => (Upload::Extra(extra), extra.length.saturating_add(EXTRA_HEADER)),
            None => {
                let block = self.blocks.pop_front()?;
                (Upload::Block(block), block.length.saturating_add(BLOCK_HEADER))
            }
        };
        self.room = self.room.saturating_sub(length);
        Some(upload)
    }
}

/// What extensions have waiting: as many pieces of metadata as another client of ours has in flight.
const EXTRAS: usize = 16;
/// Bytes before a block in its message.
const BLOCK_HEADER: u32 = 13;
/// Bytes around what an extension sends, roughly.
const EXTRA_HEADER: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn block(begin: u32) -> Block {
        Block { piece: PieceIndex::new(0), begin, length: 1_000 }
    }

    #[test]
    fn blocks_leave_while_there_is_room() {
        let mut uploads = Uploads::default();
        for begin in [0, 1_000, 2_000] {
            uploads.push(block(begin), 10);
        }
        assert_eq!(uploads.next(), None, "nobody said that there is room");
        uploads.set_room(1_014);
        assert_eq!(
            [(); 3].map(|()| uploads.next()),
            [Some(Upload::Block(block(0))), Some(Upload::Block(block(1_000))), None]
        );
        uploads.set_room(1_013);
        assert_eq!([(); 2].map(|()| uploads.next()), [Some(Upload::Block(block(2_000))), None]);
    }

    #[test]
    fn a_block_longer_than_the_channel_holds_leaves_all_the_same() {
        let mut uploads = Uploads::default();
        uploads.push(Block { length: 128 << 10, ..block(0) }, 10);
        uploads.set_room(1);
        assert!(uploads.next().is_some());
    }

    /// webtorrent#2356, #454, #479: memory that grows with what peers ask for.
    #[test]
    fn the_queue_is_bounded() {
        let mut uploads = Uploads::default();
        assert!(uploads.push(block(0), 1));
        assert!(!uploads.push(block(1_000), 1));
        let extra = Extra { place: 0, item: 0, length: 0 };
        assert!((0..100).filter(|_| uploads.push_extra(extra)).count() < 100);
    }

    #[test]
    fn what_an_extension_has_goes_first_and_waits_for_room_as_well() {
        let mut uploads = Uploads::default();
        let extra = Extra { place: 0, item: 7, length: 1_000 };
        uploads.push(block(0), 10);
        uploads.push_extra(extra);
        uploads.set_room(1_065);
        assert_eq!(
            [(); 3].map(|()| uploads.next()),
            [Some(Upload::Extra(extra)), Some(Upload::Block(block(0))), None]
        );
    }

    #[test]
    fn cancelled_requests_are_not_sent() {
        let mut uploads = Uploads::default();
        uploads.push(block(0), 10);
        uploads.push(block(1_000), 10);
        uploads.set_room(10_000);
        assert!(uploads.cancel(block(0)));
        assert!(!uploads.cancel(block(0)));
        assert_eq!(uploads.next(), Some(Upload::Block(block(1_000))));
        assert_eq!(uploads.next(), None);
    }
}

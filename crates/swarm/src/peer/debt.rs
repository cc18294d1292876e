//! How long a peer lets us wait for what it promised.

use std::time::Duration;

use metainfo::Block;

use crate::Time;

/// The bytes that are due from a peer which we asked for blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Debt {
    /// The block that it is in the middle of sending.
    incoming: Option<Block>,
    /// The latest bytes of a block came, or else the first was asked for.
    since: Time,
    /// Times in a row that it let us wait for too long.
    snubs: u32,
}

impl Debt {
    pub(crate) const fn new(now: Time) -> Self {
        Self { incoming: None, since: now, snubs: 0 }
    }

    /// The peer owed nothing, and is asked for a block.
    pub(crate) const fn begin(&mut self, now: Time) {
        self.since = now;
    }

    /// Bytes of a block arrived, and these are not the last, or they are.
    pub(crate) fn pay(&mut self, now: Time, block: Block, is_last: bool) {
        self.incoming = (!is_last).then_some(block);
        self.since = now;
    }

    /// It let us wait for too long once more.
    pub(crate) const fn snub(&mut self, now: Time) {
        self.snubs += 1;
        self.since = now;
    }

    /// It gave what it was asked for. Whether it had let us wait for too long.
    pub(crate) const fn forgive(&mut self) -> bool {
        std::mem::replace(&mut self.snubs, 0) > 0
    }

    /// The block that it is in the middle of sending.
    pub(crate) const fn incoming(&self) -> Option<Block> {
        self.incoming
    }

    /// Times in a row that it let us wait for too long.
    pub(crate) const fn snubs(&self) -> u32 {
        self.snubs
    }

    /// When it has let us wait for so long.
    pub(crate) fn overdue_at(&self, patience: Duration) -> Time {
        self.since + patience
    }
}

//! What went through the torrent in this session.

use crate::Time;
use crate::rate::Rate;

/// Bytes of blocks. Each one that arrived is counted as downloaded or as wasted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) downloaded: u64,
    pub(crate) uploaded: u64,
    pub(crate) wasted: u64,
    pub(crate) down: Rate,
    pub(crate) up: Rate,
}

impl Totals {
    /// Bytes arrived and were kept.
    pub(crate) fn keep(&mut self, now: Time, bytes: u64) {
        self.downloaded += bytes;
        self.down.add(now, bytes);
    }

    /// Bytes that were kept turned out to be worthless.
    pub(crate) const fn lose(&mut self, bytes: u64) {
        self.downloaded -= bytes;
        self.wasted += bytes;
    }

    /// Bytes arrived that nobody needs.
    pub(crate) fn waste(&mut self, now: Time, bytes: u64) {
        self.wasted += bytes;
        self.down.add(now, bytes);
    }

    /// Bytes were given to a peer.
    pub(crate) fn give(&mut self, now: Time, bytes: u64) {
        self.uploaded += bytes;
        self.up.add(now, bytes);
    }
}

//! The last entries.

use std::collections::VecDeque;

use crate::{Entry, Event, Report};

/// The last so many entries, and how many there were before them.
#[derive(Clone, Debug)]
pub struct Journal {
    entries: VecDeque<Entry>,
    capacity: usize,
    dropped: u64,
}

impl Journal {
    /// An empty journal that keeps up to `capacity` entries, for which it takes the memory now.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::with_capacity(capacity), capacity, dropped: 0 }
    }

    /// Notes what happened at `at` milliseconds, of the peer with this number if it was one. Takes no memory.
    pub fn note(&mut self, at: u64, peer: Option<u32>, event: Event) {
        if self.entries.len() >= self.capacity {
            self.dropped += 1;
            self.entries.pop_front();
        }
        if self.capacity > 0 {
            self.entries.push_back(Entry { at, peer, event });
        }
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Report {
        Report { dropped: std::mem::take(&mut self.dropped), entries: self.entries.drain(..).collect() }
    }
}

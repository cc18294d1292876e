//! The two directions of a peer's line, which all of its connections share.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use swarm::{PeerKey, Time};

use crate::scenario::Line;

/// What a peer sends. Its connections share the line byte by byte, as packets do: next leaves the parcel that would be
/// through first if all were under way at once (self-clocked fair queueing, Golestani 1994). So a request does not wait
/// for a whole block of everybody else.
#[derive(Debug, Default)]
pub(crate) struct Uplink {
    pub(crate) busy: bool,
    /// Connections that have something to send, and may, by the finish of what they send next.
    ready: BTreeSet<(Finish, PeerKey)>,
    /// The finish of what leaves now or left last.
    clock: Finish,
}

/// Bytes that each busy connection would have sent by the moment when a parcel is through.
pub(crate) type Finish = u64;

/// What a peer receives, one after another.
#[derive(Debug)]
pub(crate) struct Downlink {
    line: Line,
    /// Bytes that left their senders and are not here.
    reserved: u64,
    /// When everything that is past the middle of the network will be here.
    free: Time,
    /// Senders that wait until less is on its way.
    pub(crate) waiting: VecDeque<(usize, PeerKey)>,
}

impl Uplink {
    /// The next parcel of a connection, of so many bytes, may leave. `finish` is that of the one before it.
    pub(crate) fn line_up(&mut self, key: PeerKey, finish: &mut Finish, bytes: u32) {
        *finish = self.clock.max(*finish) + u64::from(bytes);
        self.ready.insert((*finish, key));
    }

    /// Takes the connection whose parcel leaves next off the line.
    pub(crate) fn next(&mut self) -> Option<PeerKey> {
        let (finish, key) = self.ready.pop_first()?;
        self.clock = finish;
        Some(key)
    }

    /// Nothing waits any more.
    pub(crate) fn clear(&mut self) {
        self.ready.clear();
    }
}

impl Downlink {
    pub(crate) const fn new(line: Line) -> Self {
        Self { line, reserved: 0, free: Time::ZERO, waiting: VecDeque::new() }
    }

    /// Whether a sender may go on. What this stands for is congestion control that is as good as it can be: a
    /// line is always full, and never more than a moment behind.
    pub(crate) const fn has_room(&self) -> bool {
        let in_flight = self.line.down.get() * (2 * self.line.delay_ms as u64 + BACKLOG_MS) / 1000;
        self.reserved == 0 || self.reserved < in_flight
    }

    /// A parcel leaves its sender.
    pub(crate) fn reserve(&mut self, bytes: u32) {
        self.reserved += u64::from(bytes);
    }

    /// A parcel is past the middle. When it is here.
    pub(crate) fn enter(&mut self, now: Time, bytes: u32) -> Time {
        self.free = self.free.max(now) + on_line(bytes, self.line.down.get());
        self.free + self.line.delay()
    }

    /// A parcel is here.
    pub(crate) fn deliver(&mut self, bytes: u32) {
        self.reserved -= u64::from(bytes);
    }
}

/// How long this many bytes take to leave at a rate.
pub(crate) const fn on_line(bytes: u32, rate: u64) -> Duration {
    Duration::from_micros(bytes as u64 * 1_000_000 / rate)
}

/// Milliseconds that what is received may wait in the network's queues.
const BACKLOG_MS: u64 = 200;

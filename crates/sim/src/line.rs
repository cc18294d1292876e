//! The two directions of a peer's line, which all of its connections share.

use std::collections::VecDeque;
use std::time::Duration;

use swarm::{PeerKey, Time};

use crate::scenario::Line;

/// What a peer sends: a parcel of each connection in turn.
#[derive(Debug, Default)]
pub(crate) struct Uplink {
    pub(crate) busy: bool,
    /// Connections that have something to send, and may.
    pub(crate) ready: VecDeque<PeerKey>,
}

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

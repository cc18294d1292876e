//! One direction of a connection.

use std::time::Duration;

use fastrand::Rng;
use swarm::Time;

/// How a line behaves: bytes leave it at a rate, and arrive after a delay that varies.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Bytes each second in each direction.
    pub rate: u64,
    /// How long a byte travels at least.
    pub delay: Duration,
    /// How much longer it may take.
    pub jitter: Duration,
}

/// What is on its way in one direction. It keeps order, as a data channel does.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    line: Line,
    /// When the last byte sent leaves, and when it arrives.
    leaves: Time,
    arrives: Time,
    /// Bytes that have not left.
    buffered: u32,
}

impl Link {
    pub(crate) const fn new(now: Time, line: Line) -> Self {
        Self { line, leaves: now, arrives: now, buffered: 0 }
    }

    /// Bytes that the buffer takes now.
    pub(crate) const fn room(&self) -> u32 {
        BUFFER.saturating_sub(self.buffered)
    }

    /// Sends `bytes` bytes. When the last of them leaves the buffer, and when it arrives.
    pub(crate) fn send(&mut self, now: Time, bytes: u32, rng: &mut Rng) -> (Time, Time) {
        let on_line = Duration::from_micros(u64::from(bytes) * 1_000_000 / self.line.rate);
        let jitter = Duration::from_micros(rng.u64(..=self.line.jitter.as_micros() as u64));
        self.buffered += bytes;
        self.leaves = self.leaves.max(now) + on_line;
        self.arrives = self.arrives.max(self.leaves + self.line.delay + jitter);
        (self.leaves, self.arrives)
    }

    /// `bytes` bytes have left the buffer.
    pub(crate) const fn drain(&mut self, bytes: u32) {
        self.buffered -= bytes;
    }

    /// When the other side notices that this one hung up now.
    pub(crate) fn hang_up(&self, now: Time) -> Time {
        self.arrives.max(now + self.line.delay)
    }
}

/// Bytes that a channel buffers, as in a browser.
const BUFFER: u32 = 256 * 1024;

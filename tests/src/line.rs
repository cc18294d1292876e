//! A long line between two browsers: delay, loss and a rate, as between two homes.
//!
//! Linux has netem for that, but not every kernel. So each end of the line is a [`Namespace`] whose only way out is a
//! TUN device, and a thread of this process carries packets from one to the other as the [`Conditions`] say. What
//! becomes of a packet is decided by a [`Direction`], which has neither clock nor device.
//!
//! Only what the ends say to each other takes the line: servers on this machine's loopback are
//! [reached](Namespace::reach) as if they were on each end's own.

mod direction;
mod namespace;
mod tun;

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use direction::Direction;
pub use direction::{Conditions, Counts};
pub use namespace::{Namespace, become_root};

/// Two places on this machine, and a line between them.
#[derive(Debug)]
pub struct Line {
    ends: [Arc<Namespace>; 2],
    seen: Arc<Mutex<Seen>>,
    /// Ends the thread when it is dropped.
    stop: Option<PipeWriter>,
    carrier: Option<JoinHandle<Result<()>>>,
}

/// What is seen of the direction from the first end to the second.
#[derive(Clone, Debug, Default)]
struct Seen {
    counts: Counts,
    begun: Option<Instant>,
    /// Bytes that came to the line until the end of each quarter of a second.
    totals: Vec<u64>,
}

impl Line {
    /// Lays a line. Of the same packets it loses the same for the same `seed`.
    ///
    /// # Errors
    /// If this machine or its user may not have network namespaces or TUN devices, or lacks iproute2.
    pub fn lay(conditions: Conditions, seed: u64) -> Result<Self> {
        let ends = [Arc::new(Namespace::new()?), Arc::new(Namespace::new()?)];
        let [first, second] = &ends;
        let devices = [first.run(|| tun::open(1))??, second.run(|| tun::open(2))??];
        let (stopped, stop) = io::pipe()?;
        let seen = Arc::default();
        let carrier = Carrier {
            devices,
            directions: [0, 1].map(|end| Direction::new(conditions, seed.wrapping_mul(2) + end)),
            seen: Arc::clone(&seen),
            stopped,
        };
        let carrier = thread::Builder::new().name("line".to_owned()).spawn(move || carrier.run())?;
        Ok(Self { ends, seen, stop: Some(stop), carrier: Some(carrier) })
    }

    /// Its ends, first and second.
    #[must_use]
    pub const fn ends(&self) -> &[Arc<Namespace>; 2] {
        &self.ends
    }

    /// When the first end had sent as much as one block of a torrent: more than it takes to connect.
    #[must_use]
    pub fn begun(&self) -> Option<Instant> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).begun
    }

    /// What became of packets from the first end to the second.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).counts
    }

    /// Bytes that came to it from the first end in each quarter of a second, from the first with a kilobyte on.
    #[must_use]
    pub fn pace(&self) -> Vec<u64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.totals.windows(2).map(|total| total[1] - total[0]).skip_while(|bytes| *bytes < 1_000).collect()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stop = None;
        match self.carrier.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => eprintln!("The line broke: {error:#}."),
            Some(Err(_)) => eprintln!("The line broke."),
            _ => {}
        }
    }
}

/// What carries packets: `directions[n]` begins at `devices[n]`.
struct Carrier {
    devices: [File; 2],
    directions: [Direction; 2],
    seen: Arc<Mutex<Seen>>,
    stopped: PipeReader,
}

impl Carrier {
    fn run(mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            self.take(start)?;
            self.hand_out(start.elapsed())?;
            self.tell(start.elapsed());
            let next = self.directions.iter().filter_map(Direction::deadline).min();
            if self.wait(next.map(|at| at.saturating_sub(start.elapsed())))? {
                return Ok(());
            }
        }
    }

    /// Takes what the ends have sent.
    fn take(&mut self, start: Instant) -> io::Result<()> {
        let mut packet = [0; LONGEST];
        for (device, direction) in self.devices.iter_mut().zip(&mut self.directions) {
            // What is due at the other end waits no longer than this.
            for _ in 0..AT_ONCE {
                match device.read(&mut packet) {
                    Ok(length) => direction.enter(start.elapsed(), &packet[..length]),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Hands out what is due.
    fn hand_out(&mut self, now: Duration) -> io::Result<()> {
        let [first, second] = &mut self.devices;
        for (direction, device) in self.directions.iter_mut().zip([second, first]) {
            while let Some(packet) = direction.leave(now) {
                device.write_all(&packet)?;
            }
        }
        Ok(())
    }

    fn tell(&self, now: Duration) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.counts.bytes;
        seen.counts = self.directions[0].counts();
        let quarters = now.as_millis() as usize / 250;
        if quarters > seen.totals.len() {
            seen.totals.resize(quarters, before);
        }
        if seen.counts.bytes >= BLOCK {
            seen.begun.get_or_insert_with(Instant::now);
        }
    }

    /// Waits for a packet, or so long. Whether this is the end.
    fn wait(&self, limit: Option<Duration>) -> Result<bool> {
        let limit = limit.map(Timespec::try_from).transpose().context("a delay is too long")?;
        let [first, second] = &self.devices;
        let mut watched = [
            PollFd::new(first, PollFlags::IN),
            PollFd::new(second, PollFlags::IN),
            PollFd::new(&self.stopped, PollFlags::IN),
        ];
        poll(&mut watched, limit.as_ref())?;
        Ok(!watched[2].revents().is_empty())
    }
}

/// Bytes of the longest packet, and more.
const LONGEST: usize = 2048;
const AT_ONCE: usize = 32;
const BLOCK: u64 = 16 << 10;

//! One web seed: what is being fetched from it, and when it may be asked again.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;
use metainfo::{Block, PieceIndex};

use crate::peer::{FAR, STALL};
use crate::rate::Rate;
use crate::{Time, WebSeedKey, WebSeedSnapshot};

/// A server that has every piece.
#[derive(Clone, Debug)]
pub(crate) struct WebSeed {
    pub(crate) key: WebSeedKey,
    pub(crate) state: State,
    /// Failures since it last gave a whole piece.
    failures: u32,
    /// It gave a part of a corrupt piece: it must prove itself, alone.
    pub(crate) is_suspect: bool,
    pub(crate) downloaded: u64,
    pub(crate) down: Rate,
    /// Bytes each second that it gave at the end of its last run.
    pub(crate) usual_rate: u64,
    /// Where the last run ended: going on there keeps what is missing in few runs.
    pub(crate) left_off: Option<PieceIndex>,
    rng: Rng,
}

/// What a web seed is doing.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Nothing, and it may be asked from this moment on.
    Idle { from: Time },
    /// Sending.
    Sending(Run),
    /// It is never asked again.
    Gone,
}

/// A run of bytes that a web seed sends.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// The bytes to come, from the start of the torrent.
    pub(crate) bytes: Range<u64>,
    /// The pieces to come that may be reserved for it. Those before are open.
    pub(crate) pieces: Range<u32>,
    /// Blocks of open pieces that it is to give, in the order of the bytes.
    pub(crate) expected: VecDeque<Block>,
    /// How many of `pieces` are reserved for it.
    pub(crate) reserved: u32,
    /// The run ends before the bytes that were asked for.
    pub(crate) is_cut: bool,
    pub(crate) began: Time,
    /// When the latest bytes came, or were asked for.
    pub(crate) heard: Time,
}

impl WebSeed {
    /// One that may be asked at once. What chance decides, `seed` does.
    pub(crate) fn new(now: Time, key: WebSeedKey, seed: u64) -> Self {
        Self {
            key,
            state: State::Idle { from: now },
            failures: 0,
            is_suspect: false,
            downloaded: 0,
            down: Rate::default(),
            usual_rate: 0,
            left_off: None,
            rng: Rng::with_seed(seed ^ key.as_usize() as u64),
        }
    }

    /// Whether it may be asked for something.
    pub(crate) fn is_ready(&self, now: Time) -> bool {
        matches!(self.state, State::Idle { from } if from <= now)
    }

    pub(crate) const fn run(&self) -> Option<&Run> {
        match &self.state {
            State::Sending(run) => Some(run),
            State::Idle { .. } | State::Gone => None,
        }
    }

    pub(crate) const fn run_mut(&mut self) -> Option<&mut Run> {
        match &mut self.state {
            State::Sending(run) => Some(run),
            State::Idle { .. } | State::Gone => None,
        }
    }

    /// Stops expecting the blocks that are `gone`. Whether there was any.
    pub(crate) fn forget(&mut self, gone: impl Fn(&Block) -> bool) -> bool {
        let Some(run) = self.run_mut() else { return false };
        let before = run.expected.len();
        run.expected.retain(|block| !gone(block));
        run.expected.len() < before
    }

    /// It gave `bytes` of a block.
    pub(crate) fn gave(&mut self, now: Time, bytes: u64) {
        self.downloaded += bytes;
        self.down.add(now, bytes);
    }

    /// Takes note of where `run` ends.
    pub(crate) fn left_off(&mut self, now: Time, run: &Run) {
        self.left_off = Some(PieceIndex::new(run.pieces.start));
        self.usual_rate = self.down.per_second(now);
    }

    /// It gave the last block of a piece.
    pub(crate) const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// It failed: it rests for `least`, and for longer each time; for good if that is `None`.
    pub(crate) fn failed(&mut self, now: Time, least: Option<Duration>) {
        let Some(least) = least else {
            self.state = State::Gone;
            return;
        };
        let doubled = FIRST_REST * 2_u32.saturating_pow(self.failures.min(16));
        // Those whom one server lost must not come back in step.
        let rest = doubled.min(LONGEST_REST).mul_f64(0.7 + 0.6 * self.rng.f64());
        self.failures += 1;
        self.state = State::Idle { from: now + rest.max(least) };
    }

    /// Whether it is sending, and has not sent anything for so long.
    pub(crate) fn is_silent(&self, now: Time, limit: Duration) -> bool {
        self.run().is_some_and(|run| now.since(run.heard) >= limit)
    }

    /// Whether it is so slow, beside one that gives `pace` bytes each second, that what it is to send is better had
    /// from there.
    pub(crate) fn is_far_slower(&self, now: Time, pace: u64) -> bool {
        let is_settled = self.run().is_some_and(|run| now.since(run.began) >= STALL);
        self.is_silent(now, STALL) || is_settled && self.down.per_second(now).saturating_mul(FAR) < pace
    }

    /// When it may be asked for something, unless it is sending.
    pub(crate) const fn idle_from(&self) -> Option<Time> {
        match self.state {
            State::Idle { from } => Some(from),
            State::Sending(_) | State::Gone => None,
        }
    }

    pub(crate) fn snapshot(&self, now: Time) -> WebSeedSnapshot {
        WebSeedSnapshot {
            key: self.key,
            fetching: self.run().is_some(),
            rests_until: match self.state {
                State::Idle { from } if from > now => Some(from),
                _ => None,
            },
            downloaded: self.downloaded,
            down_rate: self.down.per_second(now),
        }
    }
}

/// The rest after the first failure.
const FIRST_REST: Duration = Duration::from_secs(5);
/// The longest rest that a web seed did not ask for.
const LONGEST_REST: Duration = Duration::from_secs(300);

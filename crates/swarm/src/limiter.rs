//! How many bytes may flow each second.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::time::Duration;

use metainfo::BLOCK_LENGTH;

use crate::Time;

/// A limit of bytes each second, or none. Clones are one limit, which whoever holds them shares.
///
/// It is a token bucket that holds a quarter of a second: after a pause no more than that comes at once.
#[derive(Clone, Debug, Default)]
pub struct Limiter(Rc<Cell<Bucket>>);

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// Bytes each second.
    rate: Option<NonZeroU64>,
    /// When everything that was booked has flowed.
    free: Time,
    /// How often the rate changed.
    version: u32,
}

/// Lets the blocks of one torrent through as its own limit and its session's allow.
///
/// A turn is booked first with the torrent's limit and, once that allows it, with the session's. Each torrent has
/// one turn booked at a time, so those that share a limit go round, however many peers and blocks each has.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// The torrent's limit, then its session's.
    limiters: [Limiter; 2],
    /// Limits that allowed the turn already.
    allowed: usize,
    /// When the next one does.
    turn: Option<Turn>,
    /// Blocks that are left of the turn.
    left: u32,
}

/// When a turn that was booked begins.
#[derive(Clone, Copy, Debug)]
struct Turn {
    at: Time,
    version: u32,
}

impl Limiter {
    /// Allows `rate` bytes each second from now on, any number if `None`. Torrents that wait have to be woken
    /// with [`Input::Wake`](crate::Input::Wake).
    pub fn set(&self, rate: Option<NonZeroU64>) {
        let bucket = self.0.get();
        if bucket.rate != rate {
            self.0.set(Bucket { rate, free: Time::ZERO, version: bucket.version.wrapping_add(1) });
        }
    }

    /// Bytes each second, if there is a limit.
    #[must_use]
    pub fn rate(&self) -> Option<NonZeroU64> {
        self.0.get().rate
    }

    /// Books a turn for at least one block.
    fn book(&self, now: Time) -> Turn {
        let mut bucket = self.0.get();
        bucket.free = bucket.free.max(Time::ZERO + now.since(Time::ZERO + BURST));
        let turn = Turn { at: bucket.free, version: bucket.version };
        bucket.free = bucket.free + bucket.time_for(BLOCK_LENGTH);
        self.0.set(bucket);
        turn
    }

    /// Books `more` bytes, and no longer `less`.
    fn correct(&self, more: u32, less: u32) {
        let mut bucket = self.0.get();
        let booked = (bucket.free + bucket.time_for(more)).since(Time::ZERO);
        bucket.free = Time::ZERO + booked.saturating_sub(bucket.time_for(less));
        self.0.set(bucket);
    }
}

impl Bucket {
    fn time_for(&self, bytes: u32) -> Duration {
        let nanos = |rate: NonZeroU64| u64::from(bytes) * 1_000_000_000 / rate;
        Duration::from_nanos(self.rate.map_or(0, nanos))
    }
}

impl Gate {
    /// A gate with a limit of its own, beside that of the session.
    pub(crate) fn new(session: Limiter) -> Self {
        Self { limiters: [Limiter::default(), session], ..Self::default() }
    }

    /// Limits the torrent alone.
    pub(crate) fn limit(&self, rate: Option<NonZeroU64>) {
        self.limiters[0].set(rate);
    }

    /// The lower of both limits.
    pub(crate) fn rate(&self) -> Option<NonZeroU64> {
        self.limiters.iter().filter_map(Limiter::rate).min()
    }

    /// How many blocks may flow now: a sixteenth of a second's in each turn, so that a late timer does not cost
    /// anyone theirs, and others have theirs soon.
    pub(crate) fn open(&mut self, now: Time) -> u32 {
        let Some(rate) = self.rate() else { return u32::MAX };
        while self.left == 0 {
            let Some(limiter) = self.limiters.get(self.allowed) else {
                self.allowed = 0;
                let blocks = rate.get().div_ceil(16 * u64::from(BLOCK_LENGTH));
                self.left = u32::try_from(blocks).unwrap_or(u32::MAX);
                // From now on it is counted what really flows.
                self.refund(BLOCK_LENGTH);
                break;
            };
            let version = limiter.0.get().version;
            let turn = match self.turn.filter(|turn| turn.version == version) {
                Some(turn) => turn,
                None => *self.turn.insert(limiter.book(now)),
            };
            if turn.at > now {
                break;
            }
            self.allowed += 1;
            self.turn = None;
        }
        self.left
    }

    /// Blocks of `bytes` in all went through the open gate.
    pub(crate) fn pass(&mut self, blocks: u32, bytes: u32) {
        self.left = self.left.saturating_sub(blocks);
        for limiter in &self.limiters {
            limiter.correct(bytes, 0);
        }
    }

    /// Of what went through, `bytes` will not flow.
    pub(crate) fn refund(&self, bytes: u32) {
        for limiter in &self.limiters {
            limiter.correct(0, bytes);
        }
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Time {
        self.turn.map_or(Time::ZERO, |turn| turn.at)
    }
}

/// What a limit allows at once after a pause. Timers of browsers are late, and this makes up for it.
const BURST: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(bytes: u64) -> Option<NonZeroU64> {
        NonZeroU64::new(bytes)
    }

    /// Has gates that always have a block to send look every `pace` milliseconds for `seconds`. Bytes that passed
    /// each.
    fn run(gates: &mut [Gate], pace: u64, seconds: u64) -> Vec<u64> {
        let mut passed = vec![0; gates.len()];
        for millis in (10_000..10_000 + seconds * 1_000).step_by(pace as usize) {
            for (gate, passed) in gates.iter_mut().zip(&mut passed) {
                while *passed < TOO_MUCH && gate.open(Time::from_millis(millis)) > 0 {
                    gate.pass(1, BLOCK_LENGTH);
                    *passed += u64::from(BLOCK_LENGTH);
                }
            }
        }
        passed
    }

    const TOO_MUCH: u64 = 1 << 30;

    proptest! {
        /// webtorrent#163: a limit holds, and is used up.
        #[test]
        fn what_passes_is_what_the_limit_allows(
            limit in 20_000..10_000_000_u64,
            pace in 1..50_u64,
            torrents in 1..5_usize,
        ) {
            let session = Limiter::default();
            session.set(rate(limit));
            let mut gates: Vec<_> = (0..torrents).map(|_| Gate::new(session.clone())).collect();
            let passed: u64 = run(&mut gates, pace, 20).iter().sum();
            let most = limit * 20 + limit / 4 + torrents as u64 * (limit / 16 + u64::from(BLOCK_LENGTH));
            prop_assert!(passed <= most, "{passed} of {most}");
            prop_assert!(passed + 2 * u64::from(BLOCK_LENGTH) >= limit * 19, "{passed} of {}", limit * 20);
        }

        #[test]
        fn torrents_take_turns_at_the_limit_that_they_share(
            limit in 50_000..5_000_000_u64,
            pace in 1..50_u64,
            torrents in 2..5_usize,
        ) {
            let session = Limiter::default();
            session.set(rate(limit));
            let mut gates: Vec<_> = (0..torrents).map(|_| Gate::new(session.clone())).collect();
            let passed = run(&mut gates, pace, 20);
            let (least, most) = (passed.iter().min().unwrap(), passed.iter().max().unwrap());
            prop_assert!(most - least <= 2 * u64::from(BLOCK_LENGTH) + limit / 2, "{passed:?}");
        }

        #[test]
        fn long_blocks_cost_more(length in 1..200_000_u32, limit in 50_000..1_000_000_u64) {
            let mut gate = Gate::default();
            gate.limit(rate(limit));
            let (mut passed, length) = (0, length.max(1_000));
            for millis in (10_000..30_000).step_by(10) {
                while gate.open(Time::from_millis(millis)) > 0 {
                    gate.pass(1, length);
                    passed += u64::from(length);
                }
            }
            prop_assert!(passed <= limit * 20 + limit / 4 + (2 + limit / 16 / 16_384) * u64::from(length), "{passed}");
            prop_assert!(passed + u64::from(length) + u64::from(BLOCK_LENGTH) >= limit * 19, "{passed}");
        }
    }

    #[test]
    fn a_torrent_that_is_slow_by_its_own_limit_does_not_hold_up_the_others() {
        let session = Limiter::default();
        session.set(rate(1_000_000));
        let mut gates = [Gate::new(session.clone()), Gate::new(session)];
        gates[0].limit(rate(50_000));
        let passed = run(&mut gates, 10, 10);
        assert!((480_000..600_000).contains(&passed[0]), "{passed:?}");
        assert!((9_000_000..9_900_000).contains(&passed[1]), "{passed:?}");
    }

    #[test]
    fn a_limit_that_is_lifted_lets_everything_through_at_once() {
        let mut gate = Gate::default();
        gate.limit(rate(1));
        assert!(gate.open(Time::from_millis(1_000)) > 0);
        gate.pass(1, BLOCK_LENGTH);
        assert_eq!(gate.open(Time::from_millis(1_000)), 0);
        assert_eq!(gate.deadline(), Time::from_millis(750 + 16_384_000));
        gate.limit(None);
        for _ in 0..1_000 {
            assert!(gate.open(Time::from_millis(1_000)) > 0);
            gate.pass(1, BLOCK_LENGTH);
        }
    }

    #[test]
    fn what_did_not_flow_is_not_counted() {
        let mut gate = Gate::default();
        gate.limit(rate(u64::from(BLOCK_LENGTH)));
        assert!(gate.open(Time::from_millis(10_000)) > 0);
        gate.pass(1, 10 * BLOCK_LENGTH);
        gate.refund(9 * BLOCK_LENGTH);
        assert_eq!(gate.open(Time::from_millis(10_700)), 0);
        assert!(gate.open(Time::from_millis(10_800)) > 0);
    }

    #[test]
    fn a_lower_limit_holds_at_once() {
        let mut gate = Gate::default();
        gate.limit(rate(10_000_000));
        assert!(run(std::slice::from_mut(&mut gate), 10, 1)[0] > 9_000_000);
        gate.limit(rate(20_000));
        assert!(run(std::slice::from_mut(&mut gate), 10, 10)[0] < 250_000);
    }
}

//! How many bytes may flow each second.

use std::mem;
use std::num::NonZeroU64;
use std::time::Duration;

use metainfo::BLOCK_LENGTH;

use crate::{Input, Time};

/// What all torrents of a session may trade together. Whoever owns the torrents owns this, and answers each
/// [`Output::Turn`](crate::Output::Turn) with what it [grants](Self::grant).
#[derive(Clone, Debug, Default)]
pub struct SessionLimits {
    up: Limiter,
    down: Limiter,
}

/// A torrent asks for the next turn at a limit that it shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnRequest {
    /// Which limit.
    pub direction: Direction,
    /// Bytes that flowed since it last asked; less than none if more of what was counted before will not flow.
    pub flowed: i64,
}

/// Which way bytes flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To peers.
    Up,
    /// From peers.
    Down,
}

/// A limit of bytes each second, or none.
///
/// It is a token bucket that holds a quarter of a second: after a pause no more than that comes at once.
#[derive(Clone, Debug, Default)]
struct Limiter {
    /// Bytes each second.
    rate: Option<NonZeroU64>,
    /// When everything that was booked has flowed.
    free: Time,
}

/// Lets the blocks of one torrent through as its own limit and its session's allow.
///
/// A turn is booked first with the torrent's limit and, once that allows it, with the session's. Each torrent has
/// one turn booked at a time, so those that share a limit go round, however many peers and blocks each has.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// The torrent's limit.
    own: Limiter,
    /// The session's, which is kept elsewhere: bytes each second.
    session: Option<NonZeroU64>,
    turn: Turn,
    /// Blocks that are left of the turn.
    left: u32,
    /// Bytes that flowed, less those that will not, since the session last heard of them.
    flowed: i64,
}

/// How far the next turn is.
#[derive(Clone, Copy, Debug, Default)]
enum Turn {
    #[default]
    None,
    /// The torrent's limit allows it then.
    Booked(Time),
    /// The torrent's limit allowed it, and the session's is to be asked for.
    Wanted,
    /// The session was asked.
    Asked,
    /// Both limits allow it then.
    Granted(Time),
}

impl SessionLimits {
    /// Allows so many bytes each second from now on, any number if `None`. Each torrent has to be told by
    /// [`Input::SessionLimit`].
    pub fn set(&mut self, up: Option<NonZeroU64>, down: Option<NonZeroU64>) {
        self.up.set(up);
        self.down.set(down);
    }

    /// Says when the turn that a torrent asks for begins: the answer for this torrent, to be given at once.
    pub fn grant(&mut self, now: Time, TurnRequest { direction, flowed }: TurnRequest) -> Input<'static> {
        let limiter = match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        };
        limiter.correct(flowed);
        Input::Turn { direction, at: limiter.book(now) }
    }
}

impl Limiter {
    fn set(&mut self, rate: Option<NonZeroU64>) {
        if self.rate != rate {
            *self = Self { rate, free: Time::ZERO };
        }
    }

    /// Books a turn for at least one block. When it begins.
    fn book(&mut self, now: Time) -> Time {
        let at = self.free.max(Time::ZERO + now.since(Time::ZERO + BURST));
        self.free = at + self.time_for(BLOCK_LENGTH.into());
        at
    }

    /// Books `bytes` more, or less.
    fn correct(&mut self, bytes: i64) {
        let time = self.time_for(bytes.unsigned_abs());
        self.free = if bytes < 0 {
            Time::ZERO + self.free.since(Time::ZERO).saturating_sub(time)
        } else {
            self.free + time
        };
    }

    fn time_for(&self, bytes: u64) -> Duration {
        let nanos = |rate: NonZeroU64| bytes.saturating_mul(1_000_000_000) / rate;
        Duration::from_nanos(self.rate.map_or(0, nanos))
    }
}

impl Gate {
    /// Limits the torrent alone.
    pub(crate) fn limit(&mut self, rate: Option<NonZeroU64>) {
        if self.own.rate != rate && matches!(self.turn, Turn::Booked(_)) {
            self.turn = Turn::None;
        }
        self.own.set(rate);
    }

    /// Limits the session.
    pub(crate) fn limit_session(&mut self, rate: Option<NonZeroU64>) {
        if self.session == rate {
            return;
        }
        self.session = rate;
        self.flowed = 0;
        if matches!(self.turn, Turn::Asked | Turn::Granted(_)) {
            self.turn = Turn::Wanted;
        }
    }

    /// The lower of both limits.
    pub(crate) fn rate(&self) -> Option<NonZeroU64> {
        self.own.rate.into_iter().chain(self.session).min()
    }

    /// How many blocks may flow now: a sixteenth of a second's in each turn, so that a late timer does not cost
    /// anyone theirs, and others have theirs soon.
    pub(crate) fn open(&mut self, now: Time) -> u32 {
        let Some(rate) = self.rate() else { return u32::MAX };
        while self.left == 0 {
            self.turn = match self.turn {
                Turn::None => Turn::Booked(self.own.book(now)),
                Turn::Booked(at) if at <= now => Turn::Wanted,
                Turn::Wanted if self.session.is_none() => Turn::Granted(now),
                Turn::Granted(at) if at <= now => {
                    let blocks = rate.get().div_ceil(16 * u64::from(BLOCK_LENGTH));
                    self.left = u32::try_from(blocks).unwrap_or(u32::MAX);
                    // From now on it is counted what really flows.
                    self.refund(BLOCK_LENGTH);
                    Turn::None
                }
                Turn::Booked(_) | Turn::Wanted | Turn::Asked | Turn::Granted(_) => break,
            };
        }
        self.left
    }

    /// What to ask the session for, if it was not: a turn. How many bytes flowed since the last one.
    pub(crate) fn ask(&mut self) -> Option<i64> {
        let Turn::Wanted = self.turn else { return None };
        self.turn = Turn::Asked;
        Some(mem::take(&mut self.flowed))
    }

    /// The session allows the turn that it was asked for from then on.
    pub(crate) fn grant(&mut self, at: Time) {
        if let Turn::Asked = self.turn {
            self.turn = Turn::Granted(at);
        }
    }

    /// Blocks of `bytes` in all went through the open gate.
    pub(crate) fn pass(&mut self, blocks: u32, bytes: u32) {
        self.left = self.left.saturating_sub(blocks);
        self.count(bytes.into());
    }

    /// Of what went through, `bytes` will not flow.
    pub(crate) fn refund(&mut self, bytes: u32) {
        self.count(-i64::from(bytes));
    }

    fn count(&mut self, bytes: i64) {
        self.own.correct(bytes);
        self.flowed += bytes;
    }

    /// When to look again, unless the session has to say something first.
    pub(crate) const fn deadline(&self) -> Option<Time> {
        match self.turn {
            Turn::None => Some(Time::ZERO),
            Turn::Booked(at) | Turn::Granted(at) => Some(at),
            Turn::Wanted | Turn::Asked => None,
        }
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

    /// Torrents of one session.
    struct Session {
        limit: Limiter,
        gates: Vec<Gate>,
    }

    impl Session {
        fn new(torrents: usize, limit: u64) -> Self {
            let mut session =
                Self { limit: Limiter::default(), gates: (0..torrents).map(|_| Gate::default()).collect() };
            session.set(limit);
            session
        }

        fn set(&mut self, limit: u64) {
            self.limit.set(rate(limit));
            for gate in &mut self.gates {
                gate.limit_session(rate(limit));
            }
        }

        /// Has the torrents, which always have a block to send, look every `pace` milliseconds for `seconds`. Bytes
        /// that passed each.
        fn run(&mut self, pace: u64, seconds: u64) -> Vec<u64> {
            let mut passed = vec![0; self.gates.len()];
            for millis in (10_000..10_000 + seconds * 1_000).step_by(pace as usize) {
                let now = Time::from_millis(millis);
                for (gate, passed) in self.gates.iter_mut().zip(&mut passed) {
                    while *passed < TOO_MUCH {
                        if gate.open(now) > 0 {
                            gate.pass(1, BLOCK_LENGTH);
                            *passed += u64::from(BLOCK_LENGTH);
                        } else if let Some(flowed) = gate.ask() {
                            self.limit.correct(flowed);
                            gate.grant(self.limit.book(now));
                        } else {
                            break;
                        }
                    }
                }
            }
            passed
        }
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
            let passed: u64 = Session::new(torrents, limit).run(pace, 20).iter().sum();
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
            let passed = Session::new(torrents, limit).run(pace, 20);
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
        let mut session = Session::new(2, 1_000_000);
        session.gates[0].limit(rate(50_000));
        let passed = session.run(10, 10);
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
        assert_eq!(gate.deadline(), Some(Time::from_millis(750 + 16_384_000)));
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
        let mut session = Session::new(1, 0);
        session.gates[0].limit(rate(10_000_000));
        assert!(session.run(10, 1)[0] > 9_000_000);
        session.gates[0].limit(rate(20_000));
        assert!(session.run(10, 10)[0] < 250_000);
        session.set(10_000);
        assert!(session.run(10, 10)[0] < 125_000);
    }

    #[test]
    fn nobody_waits_for_a_turn_of_a_limit_that_was_lifted() {
        let mut session = Session::new(1, 1);
        let now = Time::from_millis(20_000);
        session.run(10, 1);
        session.gates[0].limit(rate(1_000_000));
        assert_eq!(session.gates[0].open(now), 0, "the session's is used up");
        session.set(0);
        assert!(session.gates[0].open(now) > 0);
    }
}

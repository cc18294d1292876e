//! How much a connection holds for sending.

use std::time::Duration;

use swarm::Time;

/// The high-water mark up to which a connection's buffer is filled, and the low-water mark at which it is filled again.
///
/// What waits in a buffer can be neither cancelled nor overtaken, not even by requests to the peer, on which what we get
/// depends; and a buffer that runs empty leaves the line idle. So it holds what leaves within a quarter
/// of a second, which it learns from how long the last filling took to leave.
#[derive(Clone, Copy, Debug)]
pub struct WaterMarks {
    high: u32,
    /// Stays as it is.
    fixed: bool,
    /// When something was put in last, and how much there was then.
    filled: Option<(Time, u32)>,
}

impl Default for WaterMarks {
    fn default() -> Self {
        Self { high: LEAST, fixed: false, filled: None }
    }
}

impl WaterMarks {
    /// Marks that do not adapt, for connections that tell of only one low-water mark: the widest.
    pub const WIDEST: Self = Self { high: MOST, fixed: true, filled: None };

    /// Bytes up to which the connection may be filled.
    #[must_use]
    pub const fn high(&self) -> u32 {
        self.high
    }

    /// Bytes at which it is to be filled again.
    #[must_use]
    pub const fn low(&self) -> u32 {
        self.high / 2
    }

    /// Bytes that may be put in while `buffered` wait.
    #[must_use]
    pub const fn room(&self, buffered: u32) -> u32 {
        self.high.saturating_sub(buffered)
    }

    /// Something was put in: now `buffered` bytes wait.
    pub const fn filled(&mut self, now: Time, buffered: u32) {
        self.filled = Some((now, buffered));
    }

    /// No more than the low-water mark is left of what was put in: `buffered` bytes.
    pub fn drained(&mut self, now: Time, buffered: u32) {
        let Some((at, filled)) = self.filled.take().filter(|_| !self.fixed) else { return };
        let gone = u64::from(filled.saturating_sub(buffered));
        let took = now.since(at).max(TICK).as_micros() as u64;
        let span = gone.saturating_mul(SPAN.as_micros() as u64) / took;
        self.high = u32::try_from(span).unwrap_or(MOST).clamp(LEAST, MOST);
    }
}

/// How long what is put in should take to leave: longer than a busy thread needs to put in more. Of 100 to 1,000 ms this
/// suits simulated swarms best.
const SPAN: Duration = Duration::from_millis(250);
/// A shorter time than this is not measured well.
const TICK: Duration = Duration::from_millis(1);
/// Two blocks, and one that exceeds them.
const LEAST: u32 = 48 << 10;
/// Browsers need no more on the fastest channel.
const MOST: u32 = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: u32 = 16 << 10;

    /// The longest that a block waits, once the marks know a line that takes `rate` bytes each second, and whether the
    /// line ever ran empty before it was filled again by somebody who takes `lag` for that.
    fn on_a_line(mut marks: WaterMarks, rate: u32, lag: Duration) -> (Duration, bool) {
        let leaves = |bytes: u32| Duration::from_micros(u64::from(bytes) * 1_000_000 / u64::from(rate));
        let (mut now, mut buffered, mut wait, mut idle) = (Time::ZERO, 0, Duration::ZERO, false);
        for round in 0..20 {
            while marks.room(buffered) > 0 {
                buffered += BLOCK;
            }
            marks.filled(now, buffered);
            if round >= 10 {
                wait = wait.max(leaves(buffered));
            }
            let took = leaves(buffered - marks.low()) + lag;
            idle |= round >= 10 && took > leaves(buffered);
            now = now + took;
            buffered =
                buffered.saturating_sub((took.as_micros() as u64 * u64::from(rate) / 1_000_000) as u32);
            marks.drained(now, buffered);
        }
        (wait, idle)
    }

    #[test]
    fn what_is_put_in_leaves_soon_on_any_line_and_fast_lines_are_never_idle() {
        let lag = Duration::from_millis(5);
        for rate in [1_000_000, 4_000_000, 12_000_000] {
            let (wait, idle) = on_a_line(WaterMarks::default(), rate, lag);
            assert!(wait <= SPAN + lag && !idle, "{rate} bytes each second: {wait:?}, idle: {idle}");
        }
        let (wait, _) = on_a_line(WaterMarks::default(), 16_000, lag);
        assert!(wait <= Duration::from_millis(4_096), "four blocks on the slowest line: {wait:?}");
        let (wait, _) = on_a_line(WaterMarks::WIDEST, 16_000, lag);
        assert!(wait > Duration::from_millis(12_288), "marks that do not adapt let more wait: {wait:?}");
    }

    #[test]
    fn the_marks_stay_within_their_limits_whatever_is_measured() {
        for (filled, buffered, took) in
            [(u32::MAX, 0, 0), (0, u32::MAX, 1), (1, 0, 1_000_000), (MOST, LEAST, 1)]
        {
            let mut marks = WaterMarks::default();
            marks.filled(Time::ZERO, filled);
            marks.drained(Time::from_millis(took), buffered);
            assert!((LEAST..=MOST).contains(&marks.high()) && marks.low() < marks.high());
        }
    }

    #[test]
    fn a_filling_is_measured_once() {
        let mut marks = WaterMarks::default();
        marks.filled(Time::ZERO, LEAST);
        marks.drained(Time::from_millis(1), 0);
        assert_eq!(marks.high(), MOST);
        marks.drained(Time::from_millis(1_000_000), 0);
        assert_eq!(marks.high(), MOST);
    }
}

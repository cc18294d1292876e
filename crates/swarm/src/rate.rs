//! How fast bytes flow.

use crate::Time;

/// Bytes each second, over the last three.
///
/// Six half-second counters: an addition is O(1), and a burst leaves the average as sharply as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    counters: [u64; COUNTERS as usize],
    /// The half second that the latest addition fell in, counted from the epoch.
    latest: u64,
    started: Option<Time>,
}

impl Rate {
    /// Counts `bytes` that flowed at `now`.
    pub(crate) fn add(&mut self, now: Time, bytes: u64) {
        self.started.get_or_insert(now);
        let current = now.as_millis() / PERIOD;
        for gone in self.latest + 1..=current.min(self.latest + COUNTERS) {
            self.counters[(gone % COUNTERS) as usize] = 0;
        }
        self.latest = self.latest.max(current);
        self.counters[(self.latest % COUNTERS) as usize] += bytes;
    }

    /// Bytes each second as of `now`.
    pub(crate) fn per_second(&self, now: Time) -> u64 {
        let Some(started) = self.started else { return 0 };
        let current = now.as_millis() / PERIOD;
        let oldest = (current + 1).saturating_sub(COUNTERS);
        let recorded = (self.latest + 1).saturating_sub(COUNTERS)..=self.latest;
        let bytes: u64 =
            recorded.filter(|n| *n >= oldest).map(|n| self.counters[(n % COUNTERS) as usize]).sum();
        let covered = now.as_millis().saturating_sub(started.as_millis().max(oldest * PERIOD));
        // Right after the start there is no telling a fast peer from a small first message.
        bytes * 1000 / covered.max(PERIOD)
    }
}

/// Milliseconds that one counter covers.
const PERIOD: u64 = 500;
const COUNTERS: u64 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_flow_is_its_own_average() {
        let mut rate = Rate::default();
        for tenth in 0..100 {
            rate.add(Time::from_millis(tenth * 100), 1_000);
        }
        let average = rate.per_second(Time::from_millis(10_000));
        assert!((9_500..=10_500).contains(&average), "{average}");
    }

    #[test]
    fn three_seconds_of_silence_are_a_rate_of_zero() {
        let mut rate = Rate::default();
        rate.add(Time::from_millis(200), 1_000_000);
        assert_eq!(rate.per_second(Time::from_millis(3_100)), 0);
    }

    #[test]
    fn a_long_pause_forgets_what_was_before() {
        let mut rate = Rate::default();
        rate.add(Time::from_millis(0), 1_000_000);
        rate.add(Time::from_millis(60_000), 3_000);
        assert_eq!(rate.per_second(Time::from_millis(60_400)), 3_000 * 1000 / 2_900);
    }

    #[test]
    fn the_first_moments_are_not_extrapolated() {
        let mut rate = Rate::default();
        rate.add(Time::from_millis(1_000), 16_384);
        assert_eq!(rate.per_second(Time::from_millis(1_000)), 32_768);
    }
}

//! A token bucket: a rate on average, and a burst after a pause.

use std::time::Duration;

/// Holds up to `burst` tokens and gains `rate` of them per second.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    counted: Duration,
}

impl Bucket {
    /// A full bucket. Times are since an epoch of the caller's choice; `rate` is more than 0.
    pub(crate) fn new(rate: f64, burst: u32) -> Self {
        Self { rate, burst: burst.into(), tokens: burst.into(), counted: Duration::ZERO }
    }

    /// Takes tokens, even more than there are, and tells how long to wait until there is one again.
    pub(crate) fn take(&mut self, tokens: usize, now: Duration) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "nobody takes 2^53")]
        let taken = tokens as f64;
        self.tokens = (self.tokens + self.gained(now)).min(self.burst) - taken;
        self.counted = now;
        Duration::from_secs_f64((1.0 - self.tokens).max(0.0) / self.rate)
    }

    /// Whether there is a token.
    pub(crate) fn has_some(&self, now: Duration) -> bool {
        self.tokens + self.gained(now) >= 1.0
    }

    /// Whether it is as full as a new one.
    pub(crate) fn is_full(&self, now: Duration) -> bool {
        self.tokens + self.gained(now) >= self.burst
    }

    fn gained(&self, now: Duration) -> f64 {
        now.saturating_sub(self.counted).as_secs_f64() * self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Duration = Duration::ZERO;

    #[test]
    fn a_burst_passes_and_then_only_the_rate() {
        let half = Duration::from_millis(500);
        let mut bucket = Bucket::new(2.0, 3);
        assert_eq!([(); 3].map(|()| bucket.take(1, Duration::ZERO)), [NONE, NONE, half]);
        assert_eq!(bucket.take(1, half), half);
        assert_eq!(bucket.take(1, 3 * half), NONE);
    }

    #[test]
    fn who_takes_more_than_there_is_waits_for_all_of_it() {
        let mut bucket = Bucket::new(10.0, 5);
        assert_eq!(bucket.take(24, Duration::ZERO), Duration::from_secs(2));
        assert!(!bucket.is_full(Duration::from_millis(2300)));
        assert!(bucket.is_full(Duration::from_millis(2400)));
    }

    #[test]
    fn a_long_pause_fills_no_more_than_the_burst() {
        let mut bucket = Bucket::new(1.0, 2);
        let later = Duration::from_secs(3600);
        assert_eq!([(); 2].map(|()| bucket.take(1, later)), [NONE, Duration::from_secs(1)]);
    }
}

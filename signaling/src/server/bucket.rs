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

    /// Takes a token, and tells how long to wait for the next.
    pub(crate) fn take(&mut self, now: Duration) -> Duration {
        let gained = now.saturating_sub(self.counted).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(self.burst) - 1.0;
        self.counted = now;
        Duration::from_secs_f64((1.0 - self.tokens).max(0.0) / self.rate)
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
        assert_eq!([(); 3].map(|()| bucket.take(Duration::ZERO)), [NONE, NONE, half]);
        assert_eq!(bucket.take(half), half);
        assert_eq!(bucket.take(3 * half), NONE);
    }

    #[test]
    fn a_long_pause_fills_no_more_than_the_burst() {
        let mut bucket = Bucket::new(1.0, 2);
        let later = Duration::from_secs(3600);
        assert_eq!([(); 2].map(|()| bucket.take(later)), [NONE, Duration::from_secs(1)]);
    }
}

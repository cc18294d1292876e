use std::time::Duration;

use crate::Time;

/// How often something may happen: several times at once, and then once in a while.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    burst: u32,
    every: Duration,
    used: u32,
    /// When the oldest use began to be forgiven.
    since: Time,
}

impl Allowance {
    /// So many times at once, and then once in each `every`.
    #[must_use]
    pub const fn new(burst: u32, every: Duration) -> Self {
        Self { burst, every, used: 0, since: Time::ZERO }
    }

    /// Whether it may happen now; then it counts as done.
    pub fn take(&mut self, now: Time) -> bool {
        let forgiven = (now.since(self.since).as_millis() / self.every.as_millis()) as u32;
        if forgiven >= self.used {
            self.used = 0;
            self.since = now;
        } else {
            self.used -= forgiven;
            self.since = self.since + self.every * forgiven;
        }
        let allowed = self.used < self.burst;
        self.used += u32::from(allowed);
        allowed
    }

    /// When it may happen next.
    pub fn next(&self) -> Time {
        if self.used < self.burst { self.since } else { self.since + self.every }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_a_steady_rate() {
        let mut allowance = Allowance::new(3, Duration::from_secs(10));
        let seconds = |seconds: u64| Time::from_millis(seconds * 1000);
        let times = [100, 100, 100, 100, 109, 110, 111, 119, 120, 200, 200, 200, 200];
        let allowed: Vec<u64> = times.into_iter().filter(|at| allowance.take(seconds(*at))).collect();
        assert_eq!(allowed, [100, 100, 100, 110, 120, 200, 200, 200]);
        assert_eq!(allowance.next(), seconds(210));
    }
}

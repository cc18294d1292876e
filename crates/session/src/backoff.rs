//! How long to wait for a tracker that does not answer.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);

const LONGEST: Duration = Duration::from_secs(30);

/// The wait after `failures` tries in a row: a second, doubling up to half a minute, give or take 30 % so that those
/// whom one tracker lost do not come back in step. `chance` is a random number from 0 to 1.
#[must_use]
pub fn retry_after(failures: u32, chance: f64) -> Duration {
    let doubled = FIRST * 2u32.saturating_pow(failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(0.7 + 0.6 * chance)
}

//! A tracker that is gone is tried again soon, and not by everybody at once.

use std::time::Duration;

use session::retry_after;

fn seconds(failures: u32) -> u64 {
    retry_after(failures, 0.5).as_millis().div_ceil(1000) as u64
}

/// libtorrent#5831: trackers close and time out, and are tried again after minutes.
#[test]
fn waits_double_from_a_second_to_half_a_minute() {
    assert_eq!([1, 2, 3, 4, 5, 6, 1000].map(seconds), [1, 2, 4, 8, 16, 30, 30]);
}

#[test]
fn waits_differ_by_up_to_three_tenths() {
    assert_eq!(retry_after(1, 0.0), Duration::from_millis(700));
    assert_eq!(retry_after(1, 1.0), Duration::from_millis(1300));
}

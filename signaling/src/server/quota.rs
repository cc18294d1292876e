//! What each place may have of something that is made for whoever asks.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::bucket::Bucket;
use crate::place::place;

/// Places that are remembered at a time.
const MAX_PLACES: usize = 10_000;

/// A rate for each place.
#[derive(Debug)]
pub(crate) struct Quota {
    per_second: f64,
    burst: u32,
    places: Mutex<BTreeMap<IpAddr, Bucket>>,
}

impl Quota {
    /// `burst` at once, and `per_second`, which is more than 0, on average.
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        Self { per_second, burst, places: Mutex::default() }
    }

    /// Whether the place of an address may have another at `now`, since an epoch of the caller's choice.
    pub(crate) fn take(&self, address: IpAddr, now: Duration) -> bool {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = place(address);
        if places.len() >= MAX_PLACES && !places.contains_key(&place) {
            places.retain(|_, bucket| !bucket.is_full(now));
            if places.len() >= MAX_PLACES {
                // Whoever has so many addresses has enough of them to be remembered by none.
                places.clear();
            }
        }
        let bucket = places.entry(place).or_insert_with(|| Bucket::new(self.per_second, self.burst));
        let has_some = bucket.has_some(now);
        if has_some {
            bucket.take(1, now);
        }
        has_some
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    // Issue 11, A11.
    #[test]
    fn a_place_gets_a_burst_and_then_the_rate_and_others_do_not_feel_it() {
        let quota = Quota::new(0.5, 3);
        let now = Duration::from_secs(100);
        assert_eq!((0..10).filter(|_| quota.take(address(1), now)).count(), 3);
        assert!(quota.take(address(2), now));
        let later = now + Duration::from_secs(4);
        assert_eq!((0..10).filter(|_| quota.take(address(1), later)).count(), 2);
    }

    #[test]
    fn places_that_are_forgotten_had_all_that_they_might() {
        let quota = Quota::new(1.0, 2);
        let remembered = || quota.places.lock().unwrap().len();
        for number in 0..10_000 {
            quota.take(address(number), Duration::ZERO);
        }
        assert!(quota.take(address(0), Duration::ZERO));
        assert_eq!(remembered(), MAX_PLACES);
        // A second later all are as good as new but the first, which asked twice.
        assert!(quota.take(address(10_000), Duration::from_secs(1)));
        assert_eq!(remembered(), 2);
    }

    #[test]
    fn memory_is_bounded_whoever_asks() {
        let quota = Quota::new(1.0, 2);
        for number in 0..25_000 {
            assert!(quota.take(address(number), Duration::ZERO));
        }
        assert!(quota.places.lock().unwrap().len() <= MAX_PLACES);
    }
}

use std::cmp::Reverse;
use std::time::Duration;

use btt::Amount;

use crate::Rate;
use crate::buyer::Budget;

/// What a peer would give for money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The least that it charges.
    pub floor: Rate,
    /// Bytes each second that it is thought to give beyond what it gives for nothing.
    pub speed: u64,
}

/// What money would change, if everything stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// How long it takes without, in whole seconds, rounded up; `None` if it never ends.
    pub without: Option<Duration>,
    /// How long it takes with it.
    pub with: Option<Duration>,
    /// What that costs if every bid rises to the highest rate, which is all that can be spent.
    pub at_most: Amount,
    /// How many peers are paid.
    pub peers: usize,
}

impl Estimate {
    /// Of so many bytes that come with `speed` bytes each second for nothing, where no more than `most_peers` of those who
    /// offer are paid: the fastest, of those that are not twice as fast as others the cheapest, each at its floor, while the budget
    /// lasts.
    #[must_use]
    pub fn new(bytes: u64, speed: u64, offers: &[Offer], budget: Budget, most_peers: usize) -> Self {
        let is_wanted =
            |offer: &&Offer| offer.speed > 0 && offer.floor > Rate::FREE && offer.floor <= budget.highest;
        let mut paid: Vec<_> = offers.iter().filter(is_wanted).collect();
        paid.sort_by_key(|offer| (Reverse(offer.speed.ilog2()), offer.floor));
        paid.truncate(if budget.left.is_zero() { 0 } else { most_peers });

        let bought = paid.iter().fold(0_u64, |sum, offer| sum.saturating_add(offer.speed));
        let together = speed.saturating_add(bought);
        let cost = |rate: fn(&Offer, Budget) -> Rate| {
            let mut costs = paid.iter().map(|offer| {
                let others = part(bytes, (together - offer.speed).into(), together.into());
                rate(offer, budget).cost(bytes - others)
            });
            let sum = costs.try_fold(Amount::default(), |sum, cost| sum.checked_add(cost?));
            // What is no amount is more than anybody has.
            sum.unwrap_or(Amount::from_units(u128::MAX))
        };
        let (left, needed) = (budget.left, cost(|offer, _| offer.floor));
        let fast = if needed <= left { bytes } else { part(bytes, left.units(), needed.units()) };
        let with = seconds(fast, together).zip(seconds(bytes - fast, speed));
        Self {
            without: seconds(bytes, speed),
            with: with.map(|(fast, slow)| fast.saturating_add(slow)),
            at_most: cost(|_, budget| budget.highest).min(left),
            peers: paid.len(),
        }
    }
}

/// How long bytes take, rounded up.
fn seconds(bytes: u64, speed: u64) -> Option<Duration> {
    let whole = if bytes == 0 { Some(0) } else { (bytes - 1).checked_div(speed).map(|whole| whole + 1) };
    whole.map(Duration::from_secs)
}

/// As large a part of some bytes as `part` is of `whole`, rounded down; all of them if it is more.
fn part(bytes: u64, part: u128, whole: u128) -> u64 {
    // Where the product would overflow, the lowest bits of both make no difference that anybody sees.
    let excess = 64_u32.saturating_sub(part.leading_zeros());
    let (part, whole) = (part >> excess, (whole >> excess).max(1));
    u64::try_from(u128::from(bytes) * part / whole).map_or(bytes, |part| part.min(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: u64 = 1 << 20;

    fn btt(btt: u64) -> Rate {
        Rate::per_mib(Amount::from_btt(btt).units())
    }

    fn offer(floor: u64, speed: u64) -> Offer {
        Offer { floor: btt(floor), speed }
    }

    fn minutes(minutes: u64) -> Option<Duration> {
        Some(Duration::from_secs(minutes * 60))
    }

    fn budget(left: u64, highest: u64) -> Budget {
        Budget { left: Amount::from_btt(left), highest: btt(highest) }
    }

    #[test]
    fn money_makes_it_four_minutes_instead_of_eleven() {
        // 660 MiB with 1 MiB each second, of which two give as much and three quarters more for money.
        let offers = [offer(9, 100 * MIB), offer(1, MIB), offer(2, 3 * MIB / 4)];
        let estimate = Estimate::new(660 * MIB, MIB, &offers, budget(10_000, 2), 4);
        assert_eq!((estimate.without, estimate.with, estimate.peers), (minutes(11), minutes(4), 2));
        // 420 MiB of it at two BTT each.
        assert_eq!(estimate.at_most, Amount::from_btt(840));
        assert_eq!(Estimate::new(660 * MIB, MIB, &offers, budget(600, 2), 4).at_most, Amount::from_btt(600));
    }

    #[test]
    fn when_the_money_is_spent_it_goes_on_for_nothing() {
        let offers = [offer(1, MIB)];
        // Half of 1200 MiB is bought, for 600; 300 last for half of the time.
        let estimate = Estimate::new(1200 * MIB, MIB, &offers, budget(300, 1), 4);
        assert_eq!((estimate.without, estimate.with), (minutes(20), minutes(15)));
    }

    #[test]
    fn the_fastest_are_paid_then_the_cheapest_and_no_more_than_so_many() {
        let offers = [offer(3, MIB), offer(1, MIB / 2 - 1), offer(1, MIB), offer(2, MIB)];
        let estimate = Estimate::new(600 * MIB, MIB, &offers, budget(10_000, 3), 2);
        assert_eq!((estimate.with, estimate.peers), (Some(Duration::from_secs(200)), 2));
    }

    #[test]
    fn without_money_or_offers_nothing_changes() {
        let offers = [offer(1, MIB), offer(0, MIB), offer(1, 0)];
        for (offers, budget) in
            [(&offers[..], budget(0, 9)), (&offers[..], budget(9, 0)), (&offers[1..], budget(9, 9))]
        {
            let estimate = Estimate::new(600 * MIB, MIB, offers, budget, 4);
            assert_eq!(
                (estimate.with, estimate.peers, estimate.at_most),
                (minutes(10), 0, Amount::default())
            );
        }
        let never = Estimate::new(1, 0, &[], budget(9, 9), 4);
        assert_eq!((never.without, never.with), (None, None));
    }

    proptest! {
        #[test]
        fn no_more_is_spent_than_may_be_and_it_takes_no_longer_than_for_nothing(
            bytes: u64,
            speed in prop_oneof![0..10_u64, any::<u64>()],
            offers in prop::collection::vec((any::<u128>(), any::<u64>()), 0..6),
            left: u128,
            highest: u128,
        ) {
            let offers: Vec<_> = offers.into_iter().map(|(floor, speed)| Offer { floor: Rate::per_mib(floor), speed }).collect();
            let budget = Budget { left: Amount::from_units(left), highest: Rate::per_mib(highest) };
            let estimate = Estimate::new(bytes, speed, &offers, budget, 4);
            prop_assert!(estimate.at_most <= budget.left);
            if let Some(without) = estimate.without {
                // Each part of the time is rounded up.
                prop_assert!(estimate.with.unwrap() <= without + Duration::from_secs(1));
            }
        }
    }
}

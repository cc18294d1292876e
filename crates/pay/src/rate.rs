use btt::Amount;

/// A price: the smallest units of BTT for each MiB, 2^20 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u128);

/// What the bytes of one connection cost, by a rate that changes from time to time. Reckoned on running totals: however the
/// bytes come, in whatever portions, the cost is the same, and rounded up once for each rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// Since this many bytes the rate holds.
    since: u64,
    /// What those before cost.
    before: Amount,
    rate: Rate,
    /// The bytes so far.
    bytes: u64,
}

impl Rate {
    /// Nothing is charged.
    pub const FREE: Self = Self(0);

    const BYTES: u128 = 1 << 20;

    /// So many of the smallest units for each MiB.
    #[must_use]
    pub const fn per_mib(units: u128) -> Self {
        Self(units)
    }

    /// The smallest units for each MiB.
    #[must_use]
    pub const fn units_per_mib(self) -> u128 {
        self.0
    }

    /// A number of 64 bits that orders rates as they are, for whoever chooses among bids: small ones are themselves, of large
    /// ones the lowest bits are left out. 0 is [`FREE`](Self::FREE).
    #[must_use]
    pub fn preference(self) -> u64 {
        // As floating point has it: how many bits are left out stands before those that are not.
        let dropped = (128 - Self::PRECISION).saturating_sub(self.0.leading_zeros());
        let kept = u64::try_from(self.0 >> dropped).unwrap_or(u64::MAX);
        (u64::from(dropped) << (Self::PRECISION - 1)).saturating_add(kept)
    }

    /// Bits of a rate that its preference has.
    const PRECISION: u32 = 58;

    /// What so many bytes cost, rounded up; `None` beyond what an amount can be.
    #[must_use]
    pub const fn cost(self, bytes: u64) -> Option<Amount> {
        match self.0.checked_mul(bytes as u128) {
            Some(cost) => Some(Amount::from_units(cost.div_ceil(Self::BYTES))),
            None => None,
        }
    }

    /// How many bytes an amount pays for, rounded down; `None` if there is no end of them.
    #[must_use]
    pub fn bytes_for(self, amount: Amount) -> Option<u64> {
        let whole = amount.units().checked_div(self.0)?;
        let rest = amount.units() % self.0;
        // What is left is less than the price of a MiB; where 2^20 times it overflows, the rate is above 2^108, and a
        // division by its 2^20th part is off by a byte at most: downwards, since that part is rounded up.
        let part = match rest.checked_mul(Self::BYTES) {
            Some(rest) => rest / self.0,
            None => rest / self.0.div_ceil(Self::BYTES),
        };
        Some(whole.saturating_mul(Self::BYTES).saturating_add(part).try_into().unwrap_or(u64::MAX))
    }
}

impl Meter {
    /// That of a connection which has carried `bytes` already, free of charge.
    #[must_use]
    pub const fn starting_at(bytes: u64) -> Self {
        Self { since: bytes, before: Amount::from_units(0), rate: Rate::FREE, bytes }
    }

    /// The connection has carried so many bytes by now. Fewer than before change nothing.
    pub const fn advance(&mut self, bytes: u64) {
        if bytes > self.bytes {
            self.bytes = bytes;
        }
    }

    /// From now on the bytes cost this. `None`, and nothing changes, if what is owed is beyond what an amount can be.
    #[must_use]
    pub fn charge(&mut self, rate: Rate) -> Option<()> {
        *self = Self { since: self.bytes, before: self.owed()?, rate, bytes: self.bytes };
        Some(())
    }

    /// The rate now.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// The bytes so far, charged or not.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What they cost so far; `None` beyond what an amount can be.
    #[must_use]
    pub fn owed(&self) -> Option<Amount> {
        self.before.checked_add(self.rate.cost(self.bytes - self.since)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn row_18_what_is_owed_does_not_depend_on_the_portions_and_never_falls(
            epochs in prop::collection::vec((0..=1_u128 << 96, prop::collection::vec(0..=1_u64 << 24, 0..20)), 0..8),
        ) {
            let mut meter = Meter::starting_at(7);
            // The model: whole epochs, each rounded up once.
            let (mut owed, mut bytes) = (0_u128, 7);
            for (rate, portions) in epochs {
                meter.charge(Rate::per_mib(rate)).unwrap();
                let mut last = meter.owed().unwrap();
                for portion in &portions {
                    bytes += portion;
                    meter.advance(bytes);
                    let now = meter.owed().unwrap();
                    prop_assert!(now >= last);
                    last = now;
                }
                let epoch: u64 = portions.iter().sum();
                owed += (rate * u128::from(epoch)).div_ceil(1 << 20);
                prop_assert_eq!(last.units(), owed);
            }
            prop_assert_eq!(meter.bytes(), bytes);
        }

        #[test]
        fn row_31_a_higher_bid_is_no_lower_preference_and_no_bid_is_none(
            low in any::<u128>().prop_flat_map(|bits| (0..128_u32).prop_map(move |shift| bits >> shift)), more: u128,
        ) {
            let (low, high) = (Rate::per_mib(low), Rate::per_mib(low.saturating_add(more)));
            prop_assert!(low.preference() <= high.preference());
            prop_assert_eq!(low.preference() == 0, low == Rate::FREE);
            let tenth = Rate::per_mib(low.0.saturating_add(low.0.div_ceil(10)));
            prop_assert!(low.preference() < tenth.preference() || tenth <= low);
        }

        #[test]
        fn an_amount_pays_for_the_bytes_whose_cost_it_covers_and_no_more(
            rate in 1..=1_u128 << 100, amount in 0..=1_u128 << 96,
        ) {
            let (rate, amount) = (Rate::per_mib(rate), Amount::from_units(amount));
            let bytes = rate.bytes_for(amount).unwrap();
            prop_assume!(bytes < u64::MAX);
            prop_assert!(rate.cost(bytes).unwrap() <= amount);
            prop_assert!(rate.cost(bytes + 1).unwrap() > amount);
        }
    }

    #[test]
    fn row_18_what_cannot_be_an_amount_is_seen_and_changes_nothing() {
        assert_eq!(Rate::per_mib(u128::MAX).cost(2), None);
        let mut meter = Meter::starting_at(0);
        meter.charge(Rate::per_mib(u128::MAX)).unwrap();
        meter.advance(2);
        assert_eq!(meter.owed(), None);
        let before = meter;
        assert_eq!(meter.charge(Rate::per_mib(1)), None);
        assert_eq!(meter, before);
    }

    #[test]
    fn bytes_that_go_back_change_nothing() {
        let mut meter = Meter::starting_at(0);
        meter.charge(Rate::per_mib(1 << 20)).unwrap();
        meter.advance(100);
        meter.advance(40);
        assert_eq!((meter.bytes(), meter.owed().unwrap().units()), (100, 100));
    }

    #[test]
    fn what_is_free_has_no_end() {
        assert_eq!(Rate::FREE.bytes_for(Amount::from_units(1)), None);
        assert_eq!(Rate::FREE.cost(u64::MAX), Some(Amount::from_units(0)));
        assert!(Rate::per_mib(u128::MAX).bytes_for(Amount::from_units(u128::MAX - 1)).unwrap() < 1 << 20);
    }
}

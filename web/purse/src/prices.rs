//! Prices as people see them, BTT for a GB, and as machines reckon, for a MiB. Nobody pays more than was said and nobody is paid
//! less: what one pays at most is rounded down, and what one charges at least is rounded up.

use btt::Amount;
use pay::Rate;

const GB: u128 = 1_000_000_000;

const MIB_BITS: u32 = 20;

/// The least rate that is not below a price.
#[must_use]
pub fn at_least(price: Amount) -> Rate {
    let (whole, rest) = parts(price);
    Rate::per_mib(whole + rest.div_ceil(GB))
}

/// The highest rate that is not above a price.
#[must_use]
pub fn at_most(price: Amount) -> Rate {
    let (whole, rest) = parts(price);
    Rate::per_mib(whole + rest / GB)
}

/// What a rate is for a GB, to be shown: rounded up.
#[must_use]
pub fn shown(rate: Rate) -> Amount {
    let units = rate.units_per_mib();
    let (whole, rest) = (units >> MIB_BITS, units & ((1 << MIB_BITS) - 1));
    let rest = (rest * GB).div_ceil(1 << MIB_BITS);
    Amount::from_units(whole.saturating_mul(GB).saturating_add(rest))
}

/// Of a price for a GB: what whole units for a byte make for a MiB, and 10^9 times what the rest makes.
const fn parts(price: Amount) -> (u128, u128) {
    ((price.units() / GB) << MIB_BITS, (price.units() % GB) << MIB_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES: [u128; 10] = [
        0,
        1,
        953,
        954,
        GB - 1,
        GB,
        GB + 1,
        20_000 * 10_u128.pow(18),
        12_345_678_901_234_567_890_123,
        u128::MAX,
    ];

    /// `rate * GB` against `price * 2^20`, exactly, for prices that leave room for that.
    fn compare(rate: Rate, price: u128) -> std::cmp::Ordering {
        (rate.units_per_mib() * GB).cmp(&(price << MIB_BITS))
    }

    #[test]
    fn nobody_pays_more_than_was_said_and_no_floor_is_undercut() {
        for price in PRICES.into_iter().filter(|price| *price < 1 << 90) {
            let (low, high) = (at_most(Amount::from_units(price)), at_least(Amount::from_units(price)));
            assert!(compare(low, price).is_le() && compare(high, price).is_ge(), "{price}");
            let apart = high.units_per_mib() - low.units_per_mib();
            let is_exact = (price << MIB_BITS).is_multiple_of(GB);
            assert_eq!(apart, u128::from(!is_exact), "{price}");
        }
        assert_eq!(at_most(Amount::from_units(953)), Rate::FREE);
        assert_eq!(at_most(Amount::from_units(954)), Rate::per_mib(1));
        assert_eq!(at_least(Amount::from_units(1)), Rate::per_mib(1));
    }

    #[test]
    fn what_is_shown_is_the_price_that_was_said_or_the_next_unit_that_can_be() {
        for price in PRICES.into_iter().filter(|price| *price < 1 << 120) {
            let said = Amount::from_units(price);
            for rate in [at_least(said), at_most(said)] {
                assert_eq!(at_most(shown(rate)), rate);
            }
            assert!(shown(at_least(said)) >= said);
            assert!(shown(at_most(said)).units() <= price + 1);
        }
        assert_eq!(shown(Rate::per_mib(u128::MAX)), Amount::from_units(u128::MAX));
        let _no_overflow = (at_least(Amount::from_units(u128::MAX)), at_most(Amount::from_units(u128::MAX)));
    }
}

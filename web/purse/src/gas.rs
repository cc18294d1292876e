//! What redeeming costs at most.

use btt::{Amount, gas};

use crate::redeeming::BATCH;

/// What it costs to redeem so many vouchers of slots of which nothing was redeemed before, and so many others.
pub(crate) fn fee(price: Amount, first: usize, later: usize) -> Option<Amount> {
    let vouchers = first.checked_add(later)?;
    if vouchers == 0 {
        return Some(Amount::default());
    }
    let transactions = u64::try_from(vouchers.div_ceil(BATCH)).ok()?;
    price.checked_mul(gas::redeem(transactions, first.try_into().ok()?, later.try_into().ok()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_14_what_does_not_fit_into_a_batch_takes_another_transaction() {
        let fee = |first, later| fee(Amount::from_units(1), first, later).unwrap().units();
        let gas = |transactions, first, later| u128::from(gas::redeem(transactions, first, later).unwrap());
        assert_eq!((fee(0, 0), fee(1, 2)), (0, gas(1, 1, 2)));
        assert_eq!((fee(BATCH - 1, 1), fee(BATCH, 1)), (gas(1, 49, 1), gas(2, 50, 1)));
    }
}

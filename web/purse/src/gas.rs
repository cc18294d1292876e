//! What redeeming costs at most, by the table of `docs/pay.md`, which the tests of the contract measure.

use btt::Amount;

use crate::redeeming::BATCH;

/// A transaction, without what it redeems.
const TRANSACTION: u64 = 31_900;
/// The first voucher of a slot.
const FIRST: u64 = 43_300;
/// A later one.
const LATER: u64 = 26_200;
/// To pay an account that has never had a coin, once.
const NEW_ACCOUNT: u64 = 25_000;

/// What it costs to redeem so many vouchers of slots of which nothing was redeemed before, and so many others.
pub(crate) fn fee(price: Amount, first: usize, later: usize) -> Option<Amount> {
    let gas = match first + later {
        0 => 0,
        vouchers => {
            let transactions = u64::try_from(vouchers.div_ceil(BATCH)).ok()?;
            let [first, later] = [u64::try_from(first).ok()?, u64::try_from(later).ok()?];
            TRANSACTION * transactions + FIRST * first + LATER * later + NEW_ACCOUNT
        }
    };
    price.checked_mul(gas)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a row of the table says.
    fn table(call: &str) -> u64 {
        let row = include_str!("../../../docs/pay.md")
            .lines()
            .find(|line| line.starts_with(&format!("| {call} |")));
        row.and_then(|row| row.split('|').nth(2)?.trim().parse().ok())
            .unwrap_or_else(|| panic!("no row {call}"))
    }

    #[test]
    fn row_14_redeeming_costs_what_the_table_says_or_a_little_less_than_is_said() {
        let cases = [
            ("`redeem`: the first voucher of a slot", 1, 0),
            ("`redeem`: 10 first ones, each", 10, 0),
            ("`redeem`: a later one", 0, 1),
            ("`redeem`: 10 later ones, each", 0, 10),
        ];
        for (call, first, later) in cases {
            let measured = table(call) * (first + later) as u64;
            let said = fee(Amount::from_units(1), first, later).unwrap().units() - u128::from(NEW_ACCOUNT);
            let said = u64::try_from(said).unwrap();
            assert!(said >= measured && said <= measured + measured / 100, "{call}: {said} for {measured}");
        }
        assert_eq!(fee(Amount::from_btt(1), 0, 0), Some(Amount::default()));
        let two_batches = fee(Amount::from_units(1), BATCH + 1, 0).unwrap().units();
        assert_eq!(two_batches, u128::from(2 * TRANSACTION + FIRST * 51 + NEW_ACCOUNT));
    }
}

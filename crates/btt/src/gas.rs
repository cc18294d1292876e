//! What calls of the contract of payments by the byte take of gas, by the table of `docs/pay.md`, which the tests of the contract
//! measure.

/// To open a session.
pub const OPEN: u64 = 94_970;

/// To extend one, at most: in time it takes a little less.
pub const EXTEND: u64 = 38_255;

/// To show that a session signed one slot to two.
pub const SLASH: u64 = 85_330;

/// A transaction that redeems, without what it redeems.
const REDEEM: u64 = 31_900;
/// The first voucher of a slot.
const FIRST: u64 = 43_300;
/// A later one.
const LATER: u64 = 26_200;
/// To pay an account that has never had a coin, once.
const NEW_ACCOUNT: u64 = 25_000;

/// To redeem so many vouchers of slots of which nothing was redeemed before, and so many others, in so many transactions to one
/// account; `None` if that is no number.
#[must_use]
pub fn redeem(transactions: u64, first: u64, later: u64) -> Option<u64> {
    let vouchers = FIRST.checked_mul(first)?.checked_add(LATER.checked_mul(later)?)?;
    REDEEM.checked_mul(transactions)?.checked_add(vouchers)?.checked_add(NEW_ACCOUNT)
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
    fn row_14_calls_take_what_the_table_says() {
        let said = [OPEN, EXTEND, SLASH];
        assert_eq!(said, ["`open`", "`extend`: 8 slots more", "`slash`"].map(table));
        assert!(table("`extend`: later") < EXTEND);
    }

    #[test]
    fn row_14_redeeming_takes_what_the_table_says_or_a_little_less_than_is_said() {
        let cases = [
            ("`redeem`: the first voucher of a slot", 1, 0),
            ("`redeem`: 10 first ones, each", 10, 0),
            ("`redeem`: a later one", 0, 1),
            ("`redeem`: 10 later ones, each", 0, 10),
        ];
        for (call, first, later) in cases {
            let measured = table(call) * (first + later);
            let said = redeem(1, first, later).unwrap() - NEW_ACCOUNT;
            assert!(said >= measured && said <= measured + measured / 100, "{call}: {said} for {measured}");
        }
        assert_eq!(redeem(2, 51, 0), Some(2 * REDEEM + 51 * FIRST + NEW_ACCOUNT));
        assert_eq!(redeem(1, u64::MAX, 0), None);
    }
}

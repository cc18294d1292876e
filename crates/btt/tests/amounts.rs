//! Amounts are exact: every one is printed and read back, and nothing that is not one is read.

use btt::{Amount, Error};
use proptest::prelude::*;

/// Payments, row 17.
#[test]
fn what_is_no_plain_number_is_refused() {
    for text in [
        "", ".", "1.", ".5", "+1", "-1", "1e3", "1,5", "1 000", " 1", "1\n", "NaN", "inf", "0x10", "1.2.3",
        "١", "1_0",
    ] {
        assert_eq!(text.parse::<Amount>(), Err(Error::Amount), "{text:?}");
    }
}

/// Payments, row 17.
#[test]
fn the_nineteenth_decimal_is_refused_even_if_it_is_zero() {
    assert_eq!("0.000000000000000001".parse(), Ok(Amount::from_units(1)));
    assert_eq!("0.0000000000000000010".parse::<Amount>(), Err(Error::Amount));
}

/// Payments, row 17.
#[test]
fn amounts_end_with_128_bits() {
    let most = "340282366920938463463.374607431768211455";
    assert_eq!(most.parse(), Ok(Amount::from_units(u128::MAX)));
    assert_eq!(Amount::from_units(u128::MAX).to_string(), most);
    let digits = "9".repeat(4000);
    for more in ["340282366920938463463.374607431768211456", "340282366920938463464", digits.as_str()] {
        assert_eq!(more.parse::<Amount>(), Err(Error::AmountTooLarge), "{more}");
    }
    assert_eq!(Amount::from_btt(u64::MAX).to_string(), u64::MAX.to_string());
    assert_eq!(Amount::from_units(u128::MAX).checked_add(Amount::from_units(1)), None);
    assert_eq!(Amount::from_units(u128::MAX).checked_mul(2), None);
}

#[test]
fn a_quantity_has_up_to_128_bits() {
    let (most, more) = (format!("0x{}", "f".repeat(32)), format!("0x1{}", "0".repeat(32)));
    for (text, units) in
        [("0x0", 0), ("0x8ac7230489e80000", 10_u128.pow(19)), ("0xAb", 0xab), (&most, u128::MAX)]
    {
        assert_eq!(Amount::from_quantity(text), Ok(Amount::from_units(units)), "{text}");
    }
    assert_eq!(Amount::from_quantity(&more), Err(Error::AmountTooLarge));
    for text in ["", "0", "0x", "0X1", "0x+1", "0x-1", "0xg", "10", "1e3", "0x1.5"] {
        assert_eq!(Amount::from_quantity(text), Err(Error::Amount), "{text}");
    }
}

#[test]
fn what_is_stored_is_a_string_of_digits_and_nothing_else_is_read() {
    assert_eq!(serde_json::to_string(&Amount::from_btt(1)).unwrap(), r#""1000000000000000000""#);
    for json in [r#""+1""#, r#""1.5""#, r#""""#, r#"" 1""#, "1", "1.5", "1e3", "null"] {
        assert!(serde_json::from_str::<Amount>(json).is_err(), "{json}");
    }
}

proptest! {
    /// Payments, row 17.
    #[test]
    fn every_amount_is_read_back(units: u128) {
        let amount = Amount::from_units(units);
        prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        prop_assert_eq!(Amount::from_quantity(&amount.to_quantity()), Ok(amount));
        let stored = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<Amount>(&stored).unwrap(), amount);
    }

    /// Payments, row 17.
    #[test]
    fn printing_is_exact_and_as_short_as_can_be(whole: u64, fraction in 0..10_u64.pow(18)) {
        let written = format!("{whole}.{fraction:018}");
        let amount: Amount = written.parse().unwrap();
        prop_assert_eq!(amount.units(), u128::from(whole) * 10_u128.pow(18) + u128::from(fraction));
        prop_assert_eq!(amount.to_string(), written.trim_end_matches('0').trim_end_matches('.'));
    }

    /// Payments, row 17.
    #[test]
    fn text_that_is_read_says_the_same_as_what_is_printed(text in "[0-9.,e+ -]{0,24}") {
        if let Ok(amount) = text.parse::<Amount>() {
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
            let whole = if whole.is_empty() { "0" } else { whole };
            let point = if fraction.is_empty() { "" } else { "." };
            prop_assert_eq!(amount.to_string(), format!("{whole}{point}{fraction}"));
        }
    }
}

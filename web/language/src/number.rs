//! Numbers, dates and lists as the language writes them.

use crate::{SPOKEN, browser};

/// A whole number: `12,345`.
#[must_use]
pub fn whole(number: u64) -> String {
    // Exact below 2^53, and to sixteen digits beyond.
    number_of(number as f64, Decimals::AsNeeded)
}

/// With as many decimals as it has, and three at most: `1.25`.
#[must_use]
pub fn as_needed(number: f64) -> String {
    number_of(number, Decimals::AsNeeded)
}

/// With one decimal: `1.0`.
#[must_use]
pub fn tenths(number: f64) -> String {
    number_of(number, Decimals::One)
}

/// With two decimals: `0.50`.
#[must_use]
pub fn hundredths(number: f64) -> String {
    number_of(number, Decimals::Two)
}

/// A decimal number of any length, which is written `12345.000000000000000001` here: no digit is lost.
#[must_use]
pub fn exact(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = SPOKEN.with_borrow(|spoken| browser::grouped(whole, &spoken.locale));
    if fraction.is_empty() {
        return whole;
    }
    let half = tenths(0.5);
    let point = half.trim_start_matches('0').trim_end_matches('5');
    format!("{whole}{point}{fraction}")
}

/// The day of a time in milliseconds since 1970.
#[must_use]
pub fn date(milliseconds: f64) -> String {
    SPOKEN.with_borrow(|spoken| browser::date(milliseconds, &spoken.locale))
}

/// Several things: `this, that, and the other`.
#[must_use]
pub fn list(things: &[String]) -> String {
    SPOKEN.with_borrow(|spoken| browser::list(things, &spoken.locale))
}

/// The plural category of a number, as CLDR calls it.
pub(crate) fn category(number: u64) -> String {
    SPOKEN.with_borrow(|spoken| spoken.numbers.category(number as f64))
}

/// How many digits stand behind the point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Decimals {
    AsNeeded,
    One,
    Two,
}

fn number_of(number: f64, decimals: Decimals) -> String {
    SPOKEN.with_borrow(|spoken| spoken.numbers.number(number, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_of_an_exact_number_is_lost() {
        assert_eq!(exact("1234567.000000000000000345"), "1,234,567.000000000000000345");
        assert_eq!(exact("12"), "12");
    }
}

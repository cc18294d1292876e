//! What is said of payments: the words are in `web/words`.

use btt::Amount;
use language::number;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// An amount as people write it: four decimals say enough of what changes each second.
pub(crate) fn btt(amount: Amount) -> String {
    const LEAST: u128 = 100_000_000_000_000;
    let rounded = if amount.units() < LEAST { amount.units() } else { amount.units() / LEAST * LEAST };
    format!("{} BTT", number::exact(&Amount::from_units(rounded).to_string()))
}

/// So many seconds, about.
pub(crate) fn time(seconds: u64) -> String {
    match seconds {
        0..90 => seconds_long(seconds.max(1)),
        90..5400 => minutes_long(seconds.div_ceil(60)),
        _ => hours_long(seconds.div_ceil(3600)),
    }
}

/// The day of a time in seconds since 1970.
pub(crate) fn date(seconds: u64) -> String {
    number::date(seconds as f64 * 1000.0)
}

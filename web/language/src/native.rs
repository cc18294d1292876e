//! What stands in for the browser in tests and build scripts, which speak English.

use crate::number::Decimals;

pub(crate) fn languages() -> Vec<String> {
    Vec::new()
}

#[expect(clippy::unused_async, reason = "in a browser it waits for the file")]
pub(crate) async fn fetch(_path: &str) -> Option<String> {
    None
}

pub(crate) const fn mark_document(_tag: &str) {}

pub(crate) struct Numbers;

impl Numbers {
    pub(crate) const fn of(_locale: &str) -> Self {
        Self
    }

    pub(crate) fn number(&self, number: f64, decimals: Decimals) -> String {
        let written = match decimals {
            Decimals::AsNeeded => number.to_string(),
            Decimals::One => format!("{number:.1}"),
            Decimals::Two => format!("{number:.2}"),
        };
        let (whole, fraction) = written.split_at(written.find('.').unwrap_or(written.len()));
        grouped(whole, "en") + fraction
    }

    pub(crate) fn category(&self, number: f64) -> String {
        if number == 1.0 { "one" } else { "other" }.to_owned()
    }
}

pub(crate) fn grouped(digits: &str, _locale: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub(crate) fn date(milliseconds: f64, _locale: &str) -> String {
    format!("day {}", (milliseconds / 86_400_000.0).floor())
}

pub(crate) fn list(things: &[String], _locale: &str) -> String {
    things.join(", ")
}

pub(crate) fn lower_case(text: &str) -> String {
    text.to_lowercase()
}

//! Which bytes of a file (RFC 9110, section 14).

use std::ops::Range;

/// What a `Range` header asks for of a file of a known size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it: there is no such header, or one that may be ignored. Several ranges are: no media element asks for
    /// them, and the answer would be a format of its own.
    All,
    /// These bytes, at least one.
    Bytes(Range<u64>),
    /// Bytes that the file does not have.
    Beyond,
}

/// Reads a `Range` header.
#[must_use]
pub fn part(range: Option<&str>, size: u64) -> Part {
    range.and_then(|range| parse(range, size)).unwrap_or(Part::All)
}

fn parse(range: &str, size: u64) -> Option<Part> {
    let (unit, set) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim_matches([' ', '\t']).split_once('-')?;
    let bytes = match (number(first)?, number(last)?) {
        (None, None) => return None,
        (None, Some(suffix)) => size.saturating_sub(suffix)..size,
        (Some(first), None) => first..size,
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(_), Some(_)) => return None,
    };
    Some(if bytes.start < bytes.end { Part::Bytes(bytes) } else { Part::Beyond })
}

/// Digits as a number, too large ones as the largest; `Some(None)` for no digits at all.
fn number(digits: &str) -> Option<Option<u64>> {
    if digits.is_empty() {
        return Some(None);
    }
    let value = digits.bytes().try_fold(0_u64, |value, digit| {
        digit.is_ascii_digit().then(|| value.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
    });
    value.map(Some)
}

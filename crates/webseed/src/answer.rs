use std::time::Duration;

use crate::{Error, Request};

/// A server's answer before its body, as far as a browser lets a page see it: of another site's answer most headers
/// are hidden.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Length`.
    pub length: Option<&'a str>,
    /// `Content-Range`.
    pub range: Option<&'a str>,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
}

/// What the body of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// What was asked for.
    Part,
    /// The whole file: the server ignores ranges.
    Whole,
}

impl Request {
    /// What the body of `answer` will be.
    ///
    /// # Errors
    ///
    /// If it is nothing to read: the server has no such file, another file, other bytes, or no time.
    pub fn judge(&self, answer: Answer<'_>) -> Result<Body, Error> {
        let wrong_length = || Error::WrongLength { file: self.name.clone() };
        let length = answer.length.and_then(|length| length.trim().parse::<u64>().ok());
        match answer.status {
            206 => {
                if let Some(range) = answer.range.and_then(ContentRange::parse) {
                    if range.total.is_some_and(|total| total != self.file.length) {
                        return Err(wrong_length());
                    }
                    if (range.first, range.last) != (self.first, self.last()) {
                        return Err(Error::WrongRange);
                    }
                }
                // Asked for more than there is, a server sends what there is.
                if length.is_some_and(|length| length != self.length) {
                    return Err(wrong_length());
                }
                Ok(Body::Part)
            }
            200 if length.is_some_and(|length| length != self.file.length) => Err(wrong_length()),
            200 => Ok(Body::Whole),
            404 | 410 => Err(Error::NotFound { file: self.name.clone() }),
            416 => Err(wrong_length()),
            429 | 503 => Err(Error::Busy { wait: answer.retry_after.and_then(parse_wait) }),
            status @ 500.. => Err(Error::Server { status }),
            status => Err(Error::Refused { status }),
        }
    }
}

/// The value of a `Content-Range` header (RFC 9110, 14.4).
struct ContentRange {
    first: u64,
    last: u64,
    total: Option<u64>,
}

impl ContentRange {
    fn parse(text: &str) -> Option<Self> {
        let (unit, range) = text.trim().split_once(' ')?;
        let (range, total) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let total = if total == "*" { None } else { Some(total.parse().ok()?) };
        let known = unit.eq_ignore_ascii_case("bytes");
        known.then_some(Self { first: first.parse().ok()?, last: last.parse().ok()?, total })
    }
}

/// Seconds to wait. A date, the header's other form, is for the caller's own patience: it would need a clock that
/// agrees with the server's.
fn parse_wait(text: &str) -> Option<Duration> {
    let seconds: u64 = text.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// No server decides that it is not asked again at all.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

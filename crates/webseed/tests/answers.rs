//! What a server's answer is worth.

use std::time::Duration;

use metainfo::FileSpan;
use webseed::{Answer, Body, Error, Request};

/// Bytes 10 to 19 of a file of 100.
fn request() -> Request {
    let file = FileSpan { offset: 1_000, length: 100 };
    Request {
        url: "https://example.org/a.txt".to_owned(),
        name: "a.txt".to_owned(),
        file,
        first: 10,
        length: 10,
    }
}

fn judge(answer: Answer<'_>) -> Result<Body, Error> {
    request().judge(answer)
}

fn status(status: u16) -> Result<Body, Error> {
    judge(Answer { status, ..Answer::default() })
}

fn wrong_length() -> Error {
    Error::WrongLength { file: "a.txt".to_owned() }
}

#[test]
fn a_part_is_taken_also_where_the_browser_hides_the_headers() {
    assert_eq!(status(206), Ok(Body::Part));
    let range = Some("bytes 10-19/100");
    assert_eq!(judge(Answer { status: 206, length: Some("10"), range, retry_after: None }), Ok(Body::Part));
    assert_eq!(
        judge(Answer { status: 206, range: Some("bytes 10-19/*"), ..Answer::default() }),
        Ok(Body::Part)
    );
}

#[test]
fn a_whole_file_is_told_from_a_part() {
    assert_eq!(status(200), Ok(Body::Whole));
    assert_eq!(judge(Answer { status: 200, length: Some("100"), ..Answer::default() }), Ok(Body::Whole));
}

#[test]
fn a_file_of_another_length_is_refused() {
    for (status, length, range) in [
        (206, None, Some("bytes 10-19/99")),
        (206, Some("9"), None),
        (200, Some("99"), None),
        (416, None, Some("bytes */5")),
    ] {
        let answer = Answer { status, length, range, retry_after: None };
        assert_eq!(judge(answer), Err(wrong_length()), "{answer:?}");
    }
}

#[test]
fn another_part_is_refused() {
    for range in ["bytes 0-9/100", "bytes 10-18/100", "Bytes 11-20/*"] {
        assert_eq!(
            judge(Answer { status: 206, range: Some(range), ..Answer::default() }),
            Err(Error::WrongRange)
        );
    }
}

#[test]
fn headers_that_make_no_sense_are_left_to_the_hash() {
    for text in ["", "bytes", "bytes a-b/c", "pages 1-2/3", "bytes -/", "bytes 99999999999999999999-1/1"] {
        let answer = Answer { status: 206, length: Some(text), range: Some(text), retry_after: None };
        assert_eq!(judge(answer), Ok(Body::Part), "{text}");
    }
}

#[test]
fn refusals_are_told_apart_from_what_may_get_better() {
    for status in [401, 403, 404, 410, 416, 400, 204, 304] {
        assert_eq!(self::status(status).unwrap_err().retry(), None, "{status}");
    }
    for status in [429, 500, 502, 503, 504, 599] {
        assert_eq!(self::status(status).unwrap_err().retry(), Some(Duration::ZERO), "{status}");
    }
}

#[test]
fn a_busy_server_says_when_to_come_back_within_reason() {
    let wait = |retry_after| {
        judge(Answer { status: 503, retry_after: Some(retry_after), ..Answer::default() })
            .unwrap_err()
            .retry()
    };
    assert_eq!(wait("7"), Some(Duration::from_secs(7)));
    assert_eq!(wait("99999999999"), Some(Duration::from_secs(3600)));
    for senseless in ["soon", "-1", "Sun, 06 Nov 1994 08:49:37 GMT"] {
        assert_eq!(wait(senseless), Some(Duration::ZERO), "{senseless}");
    }
}

#[test]
fn a_missing_file_is_called_by_its_name() {
    assert_eq!(status(404).unwrap_err().to_string(), "The server does not have \u{201c}a.txt\u{201d}.");
}

//! What a request for a file is answered.

use std::ops::Range;

use crate::media_type::media_type;
use crate::range::{Part, part};

/// The part of an HTTP request that its answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET` or `HEAD`; anything else is refused.
    pub method: &'a str,
    /// The `Range` header.
    pub range: Option<&'a str>,
    /// The `If-Range` header.
    pub if_range: Option<&'a str>,
}

/// A file that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// Its name, whose ending tells its type.
    pub name: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// What tells it from all other files, in quotes. What is in a torrent never changes, so a strong `ETag`.
    pub tag: &'a str,
}

/// The beginning of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Names and values of the headers.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes of the file that follow.
    pub body: Range<u64>,
}

impl Request<'_> {
    /// The answer to this request for `file`: 200 with all of it, 206 with a part, 416 for bytes that it does not
    /// have, or 405.
    #[must_use]
    pub fn answer(&self, file: Resource<'_>) -> Head {
        let is_head = self.method == "HEAD";
        if !is_head && self.method != "GET" {
            let headers = vec![("Allow", "GET, HEAD".to_owned()), ("Content-Length", "0".to_owned())];
            return Head { status: 405, headers, body: 0..0 };
        }
        // A range counts only in the version that the client has the rest of; and only with GET has it a meaning.
        let counts = !is_head && self.if_range.is_none_or(|tag| tag.trim() == file.tag);
        let Resource { name, size, tag } = file;
        let (status, body, range) = match part(self.range.filter(|_| counts), size) {
            Part::All => (200, 0..size, None),
            Part::Bytes(bytes) => {
                let range = format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1);
                (206, bytes, Some(range))
            }
            Part::Beyond => (416, 0..0, Some(format!("bytes */{size}"))),
        };
        let media = media_type(name);
        let mut headers = vec![
            ("Content-Type", media.name.to_owned()),
            ("Content-Length", (body.end - body.start).to_string()),
            ("Accept-Ranges", "bytes".to_owned()),
            ("ETag", tag.to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
            ("Cross-Origin-Resource-Policy", "same-origin".to_owned()),
            ("Content-Security-Policy", policy(media.name).to_owned()),
        ];
        if !media.is_shown {
            headers.push(("Content-Disposition", "attachment".to_owned()));
        }
        headers.extend(range.map(|range| ("Content-Range", range)));
        Head { status, headers, body: if is_head { 0..0 } else { body } }
    }
}

impl Head {
    /// The answer when there are no bytes to give: `status` says why.
    #[must_use]
    pub fn without_file(status: u16) -> Self {
        Self { status, headers: vec![("Content-Length", "0".to_owned())], body: 0..0 }
    }
}

/// The content policy of a file, should a browser ever make a document of it: nothing in it runs or loads anything, and
/// only our own pages frame it. The browsers' viewers of PDF files are scripts of their own, and refuse a sandbox.
fn policy(media_type: &str) -> &'static str {
    if media_type == "application/pdf" {
        "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
    } else {
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; \
         frame-ancestors 'self'"
    }
}

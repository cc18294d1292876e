use std::fmt;

use metainfo::{FileSpan, Info};

use crate::{Error, Part, Request};

/// Bytes in an address. Signed URLs have a few thousand.
pub const MAX_ADDRESS_LENGTH: usize = 8 << 10;

/// Where a web seed has the files: one URL for a file, or the folder that the torrent lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The URL as it came, without a fragment.
    text: String,
    /// Where the query starts, or the end.
    query: usize,
    is_plain: bool,
}

impl Address {
    /// Reads the `ws` of a link, or an entry of a torrent file's `url-list`.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnAddress`], [`Error::Scheme`] or [`Error::UserInfo`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.len() > MAX_ADDRESS_LENGTH || text.contains(char::is_control) {
            return Err(Error::NotAnAddress);
        }
        let text = text.split_once('#').map_or(text, |(text, _fragment)| text.trim_end());
        let (scheme, rest) = text.split_once("://").ok_or(Error::NotAnAddress)?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return Err(Error::Scheme);
        }
        // Browsers read a backslash as a slash.
        let authority = rest.split(['/', '?', '\\']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(Error::UserInfo);
        }
        let host = host_of(authority);
        if host.is_empty() {
            return Err(Error::NotAnAddress);
        }
        Ok(Self {
            query: text.find('?').unwrap_or(text.len()),
            is_plain: !is_secure && !is_loopback(host),
            text: text.to_owned(),
        })
    }

    /// Whether it is `http:` and on another machine, so that browsers keep pages with `https:` from it.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The first bytes of `span` that one request, or none, can get. Never empty, unless `span` is, or begins
    /// behind the torrent's end.
    ///
    /// What lies between files is padding (BEP 47). It needs no request: it is zeros.
    #[must_use]
    pub fn part(&self, info: &Info, span: FileSpan) -> Part {
        let files = info.files();
        let next = files.partition_point(|file| file.span.end() <= span.offset);
        let (file, end) = match files.get(next) {
            Some(file) if file.span.offset <= span.offset => (Some(file), file.span.end()),
            Some(file) => (None, file.span.offset),
            None => (None, info.geometry().total_length()),
        };
        let length = span.end().min(end).saturating_sub(span.offset);
        let request = file.map(|file| Request {
            url: self.url(info, &file.path),
            name: file.path.last().cloned().unwrap_or_default(),
            file: file.span,
            first: span.offset - file.span.offset,
            length,
        });
        Part { span: FileSpan { length, ..span }, request }
    }

    /// The URL of a file. A single file is at the address itself, unless that is a folder's.
    fn url(&self, info: &Info, path: &[String]) -> String {
        let (base, query) = self.text.split_at(self.query);
        let mut url = base.to_owned();
        if !info.is_single_file() {
            if !url.ends_with('/') {
                url.push('/');
            }
            escape(info.name(), &mut url);
            for name in path {
                url.push('/');
                escape(name, &mut url);
            }
        } else if url.ends_with('/') {
            escape(info.name(), &mut url);
        }
        url.push_str(query);
        url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An authority without its port.
fn host_of(authority: &str) -> &str {
    let port = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    match authority.rsplit_once(':') {
        Some((host, digits)) if port(digits) => host,
        _ => authority,
    }
}

/// Whether browsers trust this host as they trust `https:`.
fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_ipv4 = || host.parse().is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback());
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_ipv4()
}

/// Appends a name as one segment of a path (RFC 3986). Everything that has a meaning anywhere is escaped, also what
/// some servers read as a space.
fn escape(name: &str, url: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.push(char::from(DIGITS[usize::from(byte >> 4)]));
            url.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> bool {
        Address::parse(text).unwrap().is_plain()
    }

    #[test]
    fn only_what_browsers_fetch_is_an_address() {
        for text in ["", "example.org/a", "https://", "https:///a", "http://:80/", "https://a\tb/"] {
            assert_eq!(Address::parse(text), Err(Error::NotAnAddress), "{text:?}");
        }
        for text in ["ftp://example.org/a", "javascript://example.org/", "blob:https://example.org/1"] {
            assert_eq!(Address::parse(text), Err(Error::Scheme), "{text}");
        }
        assert_eq!(Address::parse("https://me:secret@example.org/"), Err(Error::UserInfo));
        assert_eq!(Address::parse(&format!("https://a/{}", "b".repeat(9_000))), Err(Error::NotAnAddress));
    }

    #[test]
    fn http_is_plain_except_on_this_machine() {
        assert!(plain("http://example.org/"));
        assert!(plain("HTTP://127.0.0.1.example.org/"));
        assert!(plain("http://localhost.example.org:80?a"));
        for text in [
            "https://example.org/",
            "HTTPS://example.org",
            "http://localhost",
            "http://LocalHost:8080/a",
            "http://files.localhost/",
            "http://127.0.0.1:81/",
            "http://[::1]:80/a",
        ] {
            assert!(!plain(text), "{text}");
        }
    }
}

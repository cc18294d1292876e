//! Who would pay for what somebody came to see: what a link says of that (`docs/pay.md`, "Sponsoring viewers").

use metainfo::{InfoHashes, Magnet};

/// Where a sponsor is, and the ticket that its creator gave to this viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsorship {
    url: String,
    ticket: String,
}

/// Characters of a sponsor's address, and of a ticket, at most.
const MAX_URL: usize = 200;
const MAX_TICKET: usize = 200;

/// Hosts that are this machine, to which `http:` leads as safely.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

impl Sponsorship {
    /// The one that a link names, by `x.sp` and `x.st`; of several the first. `None` if either is missing or cannot be one.
    #[must_use]
    pub fn of(magnet: &Magnet) -> Option<Self> {
        let value = |name| magnet.other.iter().find(|(key, _)| key == name).map(|(_, value)| &value[..]);
        Self::new(value("x.sp")?, value("x.st")?)
    }

    /// This one; `None` if the address is none of `https:`, or of `http:` on this machine, or has more than host, port and a path in
    /// plain characters; or if the ticket is none.
    #[must_use]
    pub fn new(url: &str, ticket: &str) -> Option<Self> {
        let is_ticket = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let is_url = |byte: u8| is_ticket(byte) || matches!(byte, b'/' | b':' | b'[' | b']' | b'~');
        if url.len() > MAX_URL || ticket.is_empty() || ticket.len() > MAX_TICKET {
            return None;
        }
        let url = url.trim_end_matches('/');
        let name = name(host(url))?;
        let is_safe = url.starts_with("https://") || url.starts_with("http://") && LOOPBACK.contains(&name);
        let is_plain = url.bytes().all(is_url) && ticket.bytes().all(is_ticket);
        let fits = is_safe && is_plain && !name.is_empty();
        fits.then(|| Self { url: url.to_owned(), ticket: ticket.to_owned() })
    }

    /// Whether the ticket is for the torrent with these hashes, by what it says of itself: `1.VIEWER.TORRENT.…`. That it was signed
    /// so is for the sponsor to see.
    #[must_use]
    pub fn is_for(&self, hashes: &InfoHashes) -> bool {
        let named = self.ticket.split('.').nth(2);
        hashes.swarms().any(|swarm| named == Some(swarm.to_string().as_str()))
    }

    /// The sponsor's address, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The ticket.
    #[must_use]
    pub fn ticket(&self) -> &str {
        &self.ticket
    }

    /// Who pays, as people are told.
    #[must_use]
    pub fn host(&self) -> &str {
        host(&self.url)
    }
}

/// The host of an address of a sponsor, with its port.
#[must_use]
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// The same without the port; `None` if what is behind the name is none.
fn name(host: &str) -> Option<&str> {
    let end = host.find(']').map_or_else(|| host.find(':').unwrap_or(host.len()), |bracket| bracket + 1);
    let (name, port) = host.split_at(end);
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const XT: &str = "magnet:?xt=urn:btih:d2474e86c95b19b8bcfdb92bc12c9d44667cfa36";

    fn of(parameters: &str) -> Option<Sponsorship> {
        Sponsorship::of(&Magnet::parse(&format!("{XT}&{parameters}")).unwrap())
    }

    #[test]
    fn row_54_a_link_names_a_sponsor_and_a_ticket_or_nobody() {
        let named = of("dn=a&x.sp=https%3A%2F%2Fpay.example:8443%2Fa%2F&x.st=1.a-b_c.d").unwrap();
        assert_eq!((named.url(), named.ticket()), ("https://pay.example:8443/a", "1.a-b_c.d"));
        assert_eq!(named.host(), "pay.example:8443");
        for nobody in ["", "x.sp=https://pay.example", "x.st=1", "x.sp=&x.st=1", "x.sp=https://a&x.st="] {
            assert_eq!(of(nobody), None, "{nobody}");
        }
        // It is not passed on with the link.
        let magnet = Magnet::parse(&format!("{XT}&x.sp=https://a&x.st=1")).unwrap();
        assert_eq!(magnet.passed_on().to_string(), XT);
    }

    #[test]
    fn row_54_a_ticket_is_for_the_torrent_that_it_names() {
        let is_for = |ticket: &str| {
            let magnet = Magnet::parse(&format!("{XT}&x.sp=https://a&x.st={ticket}")).unwrap();
            Sponsorship::of(&magnet).unwrap().is_for(&magnet.hashes)
        };
        assert!(is_for("1.viewer-7.d2474e86c95b19b8bcfdb92bc12c9d44667cfa36.1800000000.sig"));
        for other in ["1.viewer-7.d2474e86c95b19b8bcfdb92bc12c9d44667cfa37.1.s", "1.a", "1.a..2.s"] {
            assert!(!is_for(other), "{other}");
        }
    }

    #[test]
    fn row_54_only_what_is_safe_and_plain_is_a_sponsors_address() {
        for url in
            ["https://a", "https://a/b~c", "http://127.0.0.1:80", "http://localhost", "http://[::1]:8/x"]
        {
            assert!(Sponsorship::new(url, "1").is_some(), "{url}");
        }
        for url in [
            "http://a",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://[::1].example",
            "https://",
            "https:///a",
            "https://:80",
            "https://a:b",
            "https://a:1:2",
            "https://a@b",
            "https://a?b",
            "https://a#b",
            "https://\u{430}.example",
            "https://a b",
            "https://a\\b",
            "javascript:1",
            "ftp://a",
            "//a",
        ] {
            assert_eq!(Sponsorship::new(url, "1"), None, "{url}");
        }
        assert_eq!(Sponsorship::new(&format!("https://{}", "a".repeat(200)), "1"), None);
        assert_eq!(Sponsorship::new("https://a", &"1".repeat(201)), None);
        for ticket in ["", "a b", "a&b", "é"] {
            assert_eq!(Sponsorship::new("https://a", ticket), None, "{ticket}");
        }
    }
}

use std::fmt;

/// Twenty bytes that name a peer in one swarm, and by convention its software (BEP 20).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId([u8; 20]);

impl PeerId {
    /// A fresh id of this software: `-SC0100-` and twelve printable characters made of `random`.
    #[must_use]
    pub fn new(random: [u8; 12]) -> Self {
        let mut id = [0; 20];
        let (prefix, tail) = id.split_at_mut(OURS.len());
        prefix.copy_from_slice(OURS);
        for (character, byte) in tail.iter_mut().zip(random) {
            *character = PRINTABLE[usize::from(byte) % PRINTABLE.len()];
        }
        Self(id)
    }

    /// The id that these bytes spell; every value is one.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bytes as the handshake carries them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The software and version that the id claims, such as `WebTorrent 3.0` or `libtorrent 2.1.1`.
    ///
    /// `None` unless the id is Azureus-style and from a client in common use. An id is self-chosen, so
    /// this is for people to read and never to base a decision on.
    #[must_use]
    pub fn client(&self) -> Option<String> {
        let [b'-', c0, c1, v0, v1, v2, v3, b'-', ..] = self.0 else { return None };
        let version = [v0, v1, v2, v3];
        let &(_, name, style) = CLIENTS.iter().find(|(code, ..)| *code == [c0, c1])?;
        Some(format!("{name} {}", style.version(version)?))
    }
}

/// The id as text, bytes outside printable ASCII escaped.
impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({})", self.0.escape_ascii())
    }
}

/// How the four version characters of an Azureus-style id are meant.
#[derive(Clone, Copy)]
enum Style {
    /// One character per part, `A` to `Z` being 10 to 35; the fourth may tell the kind of build.
    Parts,
    /// Two decimal digits for the major and two for the minor version (WebTorrent).
    Pairs,
}

impl Style {
    fn version(self, version: [u8; 4]) -> Option<String> {
        let digit = |byte: u8| char::from(byte).to_digit(36);
        let [a, b, c, d] = version;
        match self {
            Self::Pairs => {
                let pair = |tens: u8, ones: u8| {
                    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
                    both.then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
                };
                Some(format!("{}.{}", pair(a, b)?, pair(c, d)?))
            }
            Self::Parts => {
                let (major, minor, patch) = (digit(a)?, digit(b)?, digit(c)?);
                Some(match (patch, d) {
                    (patch, b'1'..=b'9') => format!("{major}.{minor}.{patch}.{}", d - b'0'),
                    (0, _) => format!("{major}.{minor}"),
                    (patch, _) => format!("{major}.{minor}.{patch}"),
                })
            }
        }
    }
}

/// Software, and version 0.1 in the style of [`Style::Parts`].
const OURS: &[u8; 8] = b"-SC0100-";

/// 64 characters, so that every value of six bits is as likely as any other.
const PRINTABLE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~";

const CLIENTS: &[([u8; 2], &str, Style)] = &[
    (*b"SC", "Seedcast", Style::Parts),
    (*b"WW", "WebTorrent", Style::Pairs),
    (*b"WD", "WebTorrent Desktop", Style::Pairs),
    (*b"LT", "libtorrent", Style::Parts),
    (*b"lt", "rTorrent", Style::Parts),
    (*b"qB", "qBittorrent", Style::Parts),
    (*b"TR", "Transmission", Style::Parts),
    (*b"DE", "Deluge", Style::Parts),
    (*b"UT", "µTorrent", Style::Parts),
    (*b"UM", "µTorrent Mac", Style::Parts),
    (*b"UW", "µTorrent Web", Style::Parts),
    (*b"BT", "BitTorrent", Style::Parts),
    (*b"AZ", "Vuze", Style::Parts),
    (*b"BI", "BiglyBT", Style::Parts),
    (*b"KT", "KTorrent", Style::Parts),
    (*b"rQ", "rqbit", Style::Parts),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &[u8; 20]) -> Option<String> {
        PeerId::from_bytes(*id).client()
    }

    #[test]
    fn names_the_clients_that_speak_webrtc() {
        assert_eq!(client(b"-WW0300-AbCdEfGhIjKl").as_deref(), Some("WebTorrent 3.0"));
        assert_eq!(client(b"-WD0024-AbCdEfGhIjKl").as_deref(), Some("WebTorrent Desktop 0.24"));
        assert_eq!(client(b"-LT2110-AbCdEfGhIjKl").as_deref(), Some("libtorrent 2.1.1"));
    }

    #[test]
    fn reads_letters_as_numbers_from_ten() {
        assert_eq!(client(b"-LT20B0-AbCdEfGhIjKl").as_deref(), Some("libtorrent 2.0.11"));
    }

    #[test]
    fn ignores_the_letter_for_the_kind_of_build() {
        assert_eq!(client(b"-UT355S-AbCdEfGhIjKl").as_deref(), Some("µTorrent 3.5.5"));
    }

    #[test]
    fn does_not_name_unknown_or_unstructured_ids() {
        assert_eq!(client(b"-ZZ0300-AbCdEfGhIjKl"), None);
        assert_eq!(client(b"-WW03x0-AbCdEfGhIjKl"), None);
        assert_eq!(client(b"M7-2-0--AbCdEfGhIjKl"), None);
        assert_eq!(client(&[0xff; 20]), None);
    }

    #[test]
    fn a_fresh_id_names_this_version_and_is_printable() {
        let id = PeerId::new([0, 1, 63, 64, 127, 128, 200, 250, 251, 252, 254, 255]);
        let release = env!("CARGO_PKG_VERSION").trim_end_matches(".0");
        assert_eq!(id.client(), Some(format!("Seedcast {release}")));
        assert!(id.as_bytes().iter().all(u8::is_ascii_graphic));
    }

    #[test]
    fn debug_escapes_what_is_not_text() {
        let id = PeerId::from_bytes(*b"-WW0300-\x00\xff\nabcdefghi");
        assert_eq!(format!("{id:?}"), r"PeerId(-WW0300-\x00\xff\nabcdefghi)");
    }
}

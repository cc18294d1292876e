//! Torrents that a tracker does not serve, and why.

use std::collections::BTreeMap;
use std::{error, fmt};

use metainfo::{InfoHash, InfoHashV2};
use serde::de::{Deserialize, Deserializer, Error as _};
use sha2::{Digest as _, Sha256};

/// Torrents that are not served.
///
/// It is read from text, a torrent in each line:
///
/// ```text
/// # Lines that begin so, and empty ones, say nothing.
/// 0123456789abcdef0123456789abcdef01234567 reason=copyright ref=2026-17
/// //5a3c…64 digits
/// ```
///
/// The first word is an info hash of version 1 (40 hexadecimal digits) or 2 (64), or, behind `//`, the SHA-256 of the 20 bytes
/// by which trackers know the torrent: who reads such a list learns of no torrent that they did not know before, as in
/// IPFS' compact denylist (IPIP-383). The other words, which may be left out, say why, and where more is to be found.
///
/// ```
/// use signaling::Denylist;
///
/// let denied = Denylist::parse("0123456789abcdef0123456789abcdef01234567 reason=copyright")?;
/// assert_eq!(denied.reason("0123456789abcdef0123456789abcdef01234567".parse()?).as_deref(), Some("copyright"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denylist {
    /// By the [hash](Denylist::hash) of their info hash; why, as clients are told.
    torrents: BTreeMap<[u8; 32], Box<str>>,
}

/// Longest word that says why, or where more is to be found, in bytes.
const MAX_WORD: usize = 64;

/// What is said where no reason is given.
const UNSPECIFIED: &str = "unspecified";

impl Denylist {
    /// Reads all lines, or says which the first is that cannot be read.
    pub fn parse(text: &str) -> Result<Self, BadLine> {
        let mut denied = Self::default();
        for (line, number) in text.lines().zip(1..) {
            denied.add(line).map_err(|problem| BadLine { number, problem })?;
        }
        Ok(denied)
    }

    /// By what a list names a torrent without saying which one it is: the SHA-256 of its info hash.
    #[must_use]
    pub fn hash(torrent: InfoHash) -> [u8; 32] {
        Sha256::digest(torrent.as_bytes()).into()
    }

    /// Why a torrent is not served, and where more is to be found; `None` if it is served.
    #[must_use]
    pub fn reason(&self, torrent: InfoHash) -> Option<String> {
        // Most trackers deny nothing, and need no hash for that.
        if self.torrents.is_empty() {
            return None;
        }
        self.torrents.get(&Self::hash(torrent)).map(|reason| reason.to_string())
    }

    /// Torrents in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.torrents.len()
    }

    /// Whether every torrent is served.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.torrents.is_empty()
    }

    /// Denies what another list denies, too. Where both do, the reason of the other one is given.
    pub fn extend(&mut self, other: &Self) {
        self.torrents.extend(other.torrents.iter().map(|(hash, reason)| (*hash, reason.clone())));
    }

    fn add(&mut self, line: &str) -> Result<(), Problem> {
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next().filter(|name| !name.starts_with('#')) else { return Ok(()) };
        let hash = hash_of(name).ok_or(Problem::NoHash)?;
        let (mut reason, mut reference) = (None, None);
        for word in words {
            let (field, value) = match (word.strip_prefix("reason="), word.strip_prefix("ref=")) {
                (Some(value), _) => (&mut reason, value),
                (None, Some(value)) => (&mut reference, value),
                (None, None) => return Err(Problem::UnknownWord),
            };
            let is_text = !value.is_empty()
                && value.len() <= MAX_WORD
                && value.bytes().all(|byte| byte.is_ascii_graphic());
            if !is_text || field.replace(value).is_some() {
                return Err(Problem::BadWord);
            }
        }
        let mut text = reason.unwrap_or(UNSPECIFIED).to_owned();
        if let Some(reference) = reference {
            text.push(' ');
            text.push_str(reference);
        }
        self.torrents.insert(hash, text.into());
        Ok(())
    }
}

/// Reads a list of lines.
impl<'de> Deserialize<'de> for Denylist {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut denied = Self::default();
        for line in Vec::<String>::deserialize(deserializer)? {
            denied.add(&line).map_err(|problem| D::Error::custom(format_args!("{line}: {problem}")))?;
        }
        Ok(denied)
    }
}

/// The hash of the torrent that the first word of a line names.
fn hash_of(name: &str) -> Option<[u8; 32]> {
    if let Some(digits) = name.strip_prefix("//") {
        // As many digits as an info hash of version 2 has, and read alike.
        return digits.parse::<InfoHashV2>().ok().map(|hash| *hash.as_bytes());
    }
    if name.len() == 40 {
        return name.parse().ok().map(Denylist::hash);
    }
    name.parse::<InfoHashV2>().ok().map(|hash| Denylist::hash(hash.truncated()))
}

/// A line of a [`Denylist`] that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Which one, from 1 on.
    pub number: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// Why a line of a [`Denylist`] cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It begins with no hash.
    NoHash,
    /// There is a word in it that is neither the reason nor the reference.
    UnknownWord,
    /// A reason or reference is there twice, or is not of 1 to 64 ASCII characters.
    BadWord,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHash => {
                "it begins neither with an info hash (40 or 64 digits) nor with // and a SHA-256 (64 digits)"
            }
            Self::UnknownWord => "behind the hash stand other words than reason=… and ref=…",
            Self::BadWord => "reason and ref may stand there once each, with 1 to 64 ASCII characters",
        })
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.problem)
    }
}

impl error::Error for BadLine {}

#[cfg(test)]
mod tests {
    use super::*;

    const TORRENT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn torrent() -> InfoHash {
        TORRENT.parse().unwrap()
    }

    #[test]
    fn a_torrent_is_denied_by_each_of_its_names() {
        let double: String = Denylist::hash(torrent()).iter().map(|byte| format!("{byte:02x}")).collect();
        let of_version_2 = format!("{TORRENT}{}", "89".repeat(12));
        for name in [TORRENT.to_owned(), TORRENT.to_uppercase(), format!("//{double}"), of_version_2] {
            let denied = Denylist::parse(&format!("\n# so\n  {name}\treason=law  ref=7\r\n")).unwrap();
            assert_eq!(denied.reason(torrent()).as_deref(), Some("law 7"), "{name}");
            assert_eq!(denied.reason(InfoHash::from_bytes([7; 20])), None);
            assert_eq!(denied.len(), 1);
        }
        // What `printf 0123…4567 | xxd -r -p | sha256sum` says.
        assert_eq!(double, "7e74ce75b5f2f89240b33afff241e209f98f7b8920af1b572957c8b030430d7a");
    }

    #[test]
    fn reasons_may_be_left_out_and_the_last_one_counts() {
        let reason = |text: &str| Denylist::parse(text).unwrap().reason(torrent()).unwrap();
        assert_eq!(reason(TORRENT), "unspecified");
        assert_eq!(reason(&format!("{TORRENT} ref=x")), "unspecified x");
        assert_eq!(reason(&format!("{TORRENT} ref=a reason=b\n{TORRENT} reason=c")), "c");
        let mut first = Denylist::parse(TORRENT).unwrap();
        first.extend(&Denylist::parse(&format!("{TORRENT} reason=c")).unwrap());
        assert_eq!(first.reason(torrent()).as_deref(), Some("c"));
    }

    #[test]
    fn the_first_bad_line_is_named() {
        let long = "x".repeat(MAX_WORD + 1);
        for (line, problem) in [
            ("0123".to_owned(), Problem::NoHash),
            (format!("//{TORRENT}"), Problem::NoHash),
            (format!("{TORRENT}0"), Problem::NoHash),
            ("é".repeat(20), Problem::NoHash),
            (format!("{TORRENT} copyright"), Problem::UnknownWord),
            (format!("{TORRENT} reason="), Problem::BadWord),
            (format!("{TORRENT} reason=a reason=b"), Problem::BadWord),
            (format!("{TORRENT} ref={long}"), Problem::BadWord),
            (format!("{TORRENT} ref=é"), Problem::BadWord),
        ] {
            let text = format!("{TORRENT}\n\n{line}\nbad too");
            assert_eq!(Denylist::parse(&text), Err(BadLine { number: 3, problem }), "{line}");
        }
    }
}

use std::fmt;
use std::str::FromStr;

use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::Error;

/// Names a torrent where there is room for 20 bytes, as in handshakes and at trackers: the SHA-1 of its bencoded
/// `info` dictionary (BEP 3), or the first 20 bytes of its [`InfoHashV2`].
///
/// Shown as 40 lower-case hexadecimal digits; read from those of either case, or from 32 base32 digits
/// (RFC 4648), which older magnet links use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InfoHash([u8; 20]);

impl InfoHash {
    /// The version 1 info hash of a torrent, from the bytes of its `info` dictionary as they were read.
    #[must_use]
    pub fn of(raw_info: &[u8]) -> Self {
        Self(Sha1::digest(raw_info).into())
    }

    /// The info hash with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bytes, as the wire protocol carries them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for InfoHash {
    type Err = Error;

    fn from_str(digits: &str) -> Result<Self, Error> {
        let bits_per_digit = match digits.len() {
            40 => 4,
            32 => 5,
            _ => return Err(Error::InfoHash),
        };
        let mut bytes = [0; 20];
        for (place, digit) in digits.bytes().enumerate() {
            let value = if bits_per_digit == 4 { hex_digit(digit) } else { base32_digit(digit) };
            let value = value.ok_or(Error::InfoHash)?;
            for bit in 0..bits_per_digit {
                let at = place * bits_per_digit + bit;
                let set = value >> (bits_per_digit - 1 - bit) & 1;
                bytes[at / 8] |= set << (7 - at % 8);
            }
        }
        Ok(Self(bytes))
    }
}

/// Names a torrent of version 2, or a hybrid: the SHA-256 of its bencoded `info` dictionary (BEP 52).
///
/// Shown as 64 lower-case hexadecimal digits; read from those of either case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InfoHashV2([u8; 32]);

impl InfoHashV2 {
    /// The version 2 info hash of a torrent, from the bytes of its `info` dictionary as they were read.
    #[must_use]
    pub fn of(raw_info: &[u8]) -> Self {
        Self(Sha256::digest(raw_info).into())
    }

    /// The info hash with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// All of its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What stands for it where there is room for 20 bytes.
    #[must_use]
    pub fn truncated(&self) -> InfoHash {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&self.0[..20]);
        InfoHash(bytes)
    }
}

impl fmt::Display for InfoHashV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InfoHashV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for InfoHashV2 {
    type Err = Error;

    fn from_str(digits: &str) -> Result<Self, Error> {
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return Err(Error::InfoHashV2) };
        if pairs.len() != 32 {
            return Err(Error::InfoHashV2);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digit = |digit: &u8| hex_digit(*digit).ok_or(Error::InfoHashV2);
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Ok(Self(bytes))
    }
}

/// By which hashes a torrent is known: of version 1, of version 2, or of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum InfoHashes {
    /// Version 1 only.
    One(InfoHash),
    /// Version 2 only.
    Two(InfoHashV2),
    /// A hybrid: one torrent, two swarms.
    Both(InfoHash, InfoHashV2),
}

impl InfoHashes {
    /// Whichever there are, if any.
    #[must_use]
    pub const fn new(v1: Option<InfoHash>, v2: Option<InfoHashV2>) -> Option<Self> {
        match (v1, v2) {
            (Some(v1), Some(v2)) => Some(Self::Both(v1, v2)),
            (Some(v1), None) => Some(Self::One(v1)),
            (None, Some(v2)) => Some(Self::Two(v2)),
            (None, None) => None,
        }
    }

    /// The hash of version 1.
    #[must_use]
    pub const fn v1(&self) -> Option<InfoHash> {
        match *self {
            Self::One(v1) | Self::Both(v1, _) => Some(v1),
            Self::Two(_) => None,
        }
    }

    /// The hash of version 2.
    #[must_use]
    pub const fn v2(&self) -> Option<InfoHashV2> {
        match *self {
            Self::Two(v2) | Self::Both(_, v2) => Some(v2),
            Self::One(_) => None,
        }
    }

    /// The 20 bytes that this program knows the torrent by: the hash of version 1 if there is one.
    #[must_use]
    pub fn id(&self) -> InfoHash {
        match self {
            Self::One(v1) | Self::Both(v1, _) => *v1,
            Self::Two(v2) => v2.truncated(),
        }
    }

    /// The swarms that share the torrent, as handshakes and trackers name them; version 1 first.
    pub fn swarms(&self) -> impl Iterator<Item = InfoHash> + use<> {
        self.v1().into_iter().chain(self.v2().map(|v2| v2.truncated()))
    }

    /// Whether every hash here is also one of `other`: a link may name fewer than the torrent has.
    #[must_use]
    pub fn all_in(&self, other: &Self) -> bool {
        self.v1().is_none_or(|v1| other.v1() == Some(v1)) && self.v2().is_none_or(|v2| other.v2() == Some(v2))
    }
}

impl From<InfoHash> for InfoHashes {
    fn from(v1: InfoHash) -> Self {
        Self::One(v1)
    }
}

/// The value of a hexadecimal digit of either case.
fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The value of a base32 digit of either case (RFC 4648, section 6).
fn base32_digit(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a'),
        b'2'..=b'7' => Some(digit - b'2' + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36";
    const BASE32: &str = "2JDU5BWJLMM3RPH5XEV4CLE5IRTHZ6RW";

    #[test]
    fn hash_of_bytes_is_their_sha1() {
        // FIPS 180-4, the one-block example.
        assert_eq!(InfoHash::of(b"abc").to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn base32_names_the_same_torrent_as_hex() {
        assert_eq!(BASE32.parse::<InfoHash>(), HEX.parse());
    }

    #[test]
    fn either_case_is_read() {
        assert_eq!(HEX.to_uppercase().parse::<InfoHash>(), HEX.parse());
        assert_eq!(BASE32.to_lowercase().parse::<InfoHash>(), HEX.parse());
    }

    #[test]
    fn other_lengths_and_digits_are_refused() {
        for digits in ["", "0", &HEX[1..], &BASE32[1..], &HEX.replace('d', "g"), &BASE32.replace('2', "1")] {
            assert_eq!(digits.parse::<InfoHash>(), Err(Error::InfoHash), "{digits}");
        }
        let forty_bytes_of_letters = "é".repeat(20);
        assert_eq!(forty_bytes_of_letters.parse::<InfoHash>(), Err(Error::InfoHash));
    }

    #[test]
    fn version_two_is_sha256_and_stands_for_itself_in_20_bytes() {
        let hash = InfoHashV2::of(b"abc");
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash.to_string(), digits);
        assert_eq!(digits.to_uppercase().parse(), Ok(hash));
        assert_eq!(hash.truncated().to_string(), digits[..40]);
        for wrong in [&digits[1..], &digits[2..], "", &digits.replace('b', "g"), &"é".repeat(32)] {
            assert_eq!(wrong.parse::<InfoHashV2>(), Err(Error::InfoHashV2), "{wrong}");
        }
    }

    #[test]
    fn a_hybrid_is_in_two_swarms_and_known_by_version_one() {
        let (v1, v2) = (InfoHash::of(b"x"), InfoHashV2::of(b"x"));
        let hashes = |v1, v2| InfoHashes::new(v1, v2).unwrap();
        let (one, two, both) = (hashes(Some(v1), None), hashes(None, Some(v2)), hashes(Some(v1), Some(v2)));
        assert!(both.swarms().eq([v1, v2.truncated()]));
        assert_eq!([one.id(), two.id(), both.id()], [v1, v2.truncated(), v1]);
        assert!(one.all_in(&both) && two.all_in(&both) && both.all_in(&both));
        assert!(!both.all_in(&one) && !one.all_in(&two) && !two.all_in(&one));
        assert_eq!(InfoHashes::new(None, None), None);
    }

    proptest! {
        #[test]
        fn display_is_read_back(bytes: [u8; 32]) {
            let hash = InfoHashV2::from_bytes(bytes);
            prop_assert_eq!(hash.to_string().parse::<InfoHashV2>(), Ok(hash));
            let hash = hash.truncated();
            prop_assert_eq!(hash.to_string().parse::<InfoHash>(), Ok(hash));
        }
    }
}

use std::fmt;
use std::str::FromStr;

use sha1::{Digest, Sha1};

use crate::Error;

/// Names a torrent: the SHA-1 of its bencoded `info` dictionary (BEP 3).
///
/// Shown as 40 lower-case hexadecimal digits; read from those of either case, or from 32 base32 digits
/// (RFC 4648), which older magnet links use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InfoHash([u8; 20]);

impl InfoHash {
    /// The info hash of a torrent, from the bytes of its `info` dictionary as they were read.
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

/// The value of a hexadecimal digit of either case.
pub(crate) fn hex_digit(digit: u8) -> Option<u8> {
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

    proptest! {
        #[test]
        fn display_is_read_back(bytes: [u8; 20]) {
            let hash = InfoHash::from_bytes(bytes);
            prop_assert_eq!(hash.to_string().parse::<InfoHash>(), Ok(hash));
        }
    }
}

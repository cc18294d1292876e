use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use sha3::Keccak256;

use crate::{Error, hex};

/// An address: the last 20 bytes of the hash of a public key. The same key has the same 20 bytes on every EVM chain and on
/// TRON, which only write them differently.
///
/// As text it is `0x` and 40 digits whose capitals are check digits (EIP-55); [`tron`](Self::tron) writes it as TRON does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 20]);

/// What TRON puts before the 20 bytes.
const TRON_PREFIX: u8 = 0x41;

impl Address {
    /// The address with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// As TRON writes it: base58 with four check bytes, beginning with `T`.
    #[must_use]
    pub fn tron(&self) -> String {
        let mut bytes = vec![TRON_PREFIX];
        bytes.extend_from_slice(&self.0);
        let check = check_bytes(&bytes);
        bytes.extend_from_slice(&check);
        bs58::encode(bytes).into_string()
    }

    /// Whether two addresses are different and yet begin and end alike, in four characters as either chain writes them:
    /// that is all that many people compare, and what thieves choose their addresses for.
    #[must_use]
    pub fn looks_like(&self, other: &Self) -> bool {
        let alike = |ours: &str, theirs: &str| ours[..4] == theirs[..4] && ours[30..] == theirs[30..];
        let digits = self.0[..2] == other.0[..2] && self.0[18..] == other.0[18..];
        self != other && (digits || alike(&self.tron(), &other.tron()))
    }

    fn from_hex(digits: &str) -> Result<Self, Error> {
        let bytes = hex::decode(digits).and_then(|bytes| bytes.try_into().ok()).ok_or(Error::Address)?;
        let address = Self(bytes);
        let is_cased = digits.bytes().any(|digit| digit.is_ascii_lowercase())
            && digits.bytes().any(|digit| digit.is_ascii_uppercase());
        if is_cased && address.checked_digits() != digits {
            return Err(Error::Checksum);
        }
        Ok(address)
    }

    fn from_tron(text: &str) -> Result<Self, Error> {
        let bytes = bs58::decode(text).into_vec().map_err(|_error| Error::Address)?;
        let (body, check) = bytes.split_last_chunk::<4>().ok_or(Error::Address)?;
        let (&TRON_PREFIX, address) = body.split_first().ok_or(Error::Address)? else {
            return Err(Error::Address);
        };
        let address = address.try_into().map_err(|_length| Error::Address)?;
        if check_bytes(body) == *check { Ok(Self(address)) } else { Err(Error::Checksum) }
    }

    /// The digits, those in capitals where the hash of the digits says so (EIP-55).
    fn checked_digits(&self) -> String {
        let digits = hex::encode(&self.0);
        let hash = Keccak256::digest(digits.as_bytes());
        let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits = digits.chars().zip(nibbles);
        digits.map(|(digit, nibble)| if nibble >= 8 { digit.to_ascii_uppercase() } else { digit }).collect()
    }
}

/// The first four bytes of the SHA-256 of the SHA-256.
fn check_bytes(bytes: &[u8]) -> [u8; 4] {
    let hash = Sha256::digest(Sha256::digest(bytes));
    [hash[0], hash[1], hash[2], hash[3]]
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.strip_prefix("0x") {
            Some(digits) => Self::from_hex(digits),
            // Base58 costs the square of its length.
            None if text.len() == 34 => Self::from_tron(text),
            None => Err(Error::Address),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", self.checked_digits())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_text!(Address);

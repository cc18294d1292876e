//! Binary strings: 20 bytes as 20 characters, each of the code point that equals its byte.
//!
//! It is how JavaScript's `String.fromCharCode` writes bytes. In the JSON text a byte from 0x80 takes two
//! bytes of UTF-8, so lengths are counted in characters.

use std::fmt;

use metainfo::InfoHash;
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use wire::PeerId;

/// Names one offer among those of its sender; 20 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferId([u8; 20]);

impl OfferId {
    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Debug for OfferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfferId(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The form that every 20-byte id takes in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Binary(pub(crate) [u8; 20]);

impl From<InfoHash> for Binary {
    fn from(id: InfoHash) -> Self {
        Self(*id.as_bytes())
    }
}

impl From<PeerId> for Binary {
    fn from(id: PeerId) -> Self {
        Self(*id.as_bytes())
    }
}

impl From<OfferId> for Binary {
    fn from(id: OfferId) -> Self {
        Self(id.0)
    }
}

impl From<Binary> for InfoHash {
    fn from(binary: Binary) -> Self {
        Self::from_bytes(binary.0)
    }
}

impl From<Binary> for PeerId {
    fn from(binary: Binary) -> Self {
        Self::from_bytes(binary.0)
    }
}

impl From<Binary> for OfferId {
    fn from(binary: Binary) -> Self {
        Self(binary.0)
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // As one string: a formatter would hand over, and JSON escape, one character at a time.
        let mut text = [0; 2 * 20];
        let mut length = 0;
        for &byte in &self.0 {
            length += char::from(byte).encode_utf8(&mut text[length..]).len();
        }
        serializer.serialize_str(str::from_utf8(&text[..length]).expect("whole characters of UTF-8"))
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Binary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("20 characters, none above U+00FF")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Binary, E> {
        let invalid = || E::invalid_value(de::Unexpected::Str(text), &self);
        let mut bytes = [0; 20];
        let mut chars = text.chars();
        for byte in &mut bytes {
            *byte = chars.next().and_then(|char| u8::try_from(char).ok()).ok_or_else(invalid)?;
        }
        if chars.next().is_some() { Err(invalid()) } else { Ok(Binary(bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_20_bytes_survive_json(bytes: [u8; 20]) {
            let json = serde_json::to_string(&Binary(bytes)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Binary>(&json).unwrap(), Binary(bytes));
        }
    }

    #[test]
    fn high_bytes_are_read_raw_and_escaped() {
        let expected = Binary([0xff; 20]);
        let raw = format!("\"{}\"", "\u{ff}".repeat(20));
        let escaped = format!("\"{}\"", r"\u00ff".repeat(20));
        assert_eq!(serde_json::from_str::<Binary>(&raw).unwrap(), expected);
        assert_eq!(serde_json::from_str::<Binary>(&escaped).unwrap(), expected);
    }

    #[test]
    fn characters_are_counted_and_bounded() {
        for text in ["a".repeat(19), "a".repeat(21), "\u{100}".repeat(20), "\u{ff}".repeat(10), String::new()]
        {
            assert!(serde_json::from_str::<Binary>(&format!("\"{text}\"")).is_err(), "{text}");
        }
    }

    #[test]
    fn an_unpaired_surrogate_is_refused() {
        let text = format!("\"{}{}\"", r"\ud800", "a".repeat(19));
        assert!(serde_json::from_str::<Binary>(&text).is_err());
    }
}

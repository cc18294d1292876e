use std::fmt;

use crate::{Error, base64url};

/// What opens a sealed share (`docs/sealed.md`): whoever has it can read the share, now and later.
///
/// It is part of links and of nothing else. It can be turned into [text](Self::to_text) on purpose only: it is not
/// displayed, and `Debug` leaves it out. Comparing takes as long for every other key.
///
/// ```
/// use metainfo::SealKey;
///
/// let key = SealKey::parse("AAECAwQFBgcICQoLDA0ODw")?;
/// assert_eq!(key.as_bytes()[15], 15);
/// assert_eq!(key.to_text(), "AAECAwQFBgcICQoLDA0ODw");
/// assert_eq!(format!("{key:?}"), "SealKey(…)");
/// # Ok::<(), metainfo::Error>(())
/// ```
#[derive(Clone)]
pub struct SealKey([u8; 16]);

impl SealKey {
    /// The key with these bytes, which have to be random.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The 22 characters that links have for it: base64url without padding (RFC 4648, section 5).
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url::encode(&self.0)
    }

    /// Reads what [`to_text`](Self::to_text) makes.
    ///
    /// # Errors
    ///
    /// [`Error::SealKey`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bytes = if text.len() == TEXT_LENGTH { base64url::decode(text) } else { None };
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(Error::SealKey)
    }
}

impl PartialEq for SealKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).fold(0, |difference, (one, other)| difference | (one ^ other)) == 0
    }
}

impl Eq for SealKey {}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(…)")
    }
}

const TEXT_LENGTH: usize = 22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_text_is_a_key() {
        let text = SealKey::from_bytes([0xff; 16]).to_text();
        assert_eq!(text, "_____________________w");
        for wrong in
            ["", &text[1..], &format!("{text}A"), &text.replace('w', "x"), &text.replacen('_', "/", 1)]
        {
            assert_eq!(SealKey::parse(wrong), Err(Error::SealKey), "{wrong}");
        }
    }

    #[test]
    fn keys_that_differ_in_one_bit_differ() {
        let key = SealKey::from_bytes([0; 16]);
        assert_eq!(key, key.clone());
        for bit in 0..128 {
            let mut bytes = [0; 16];
            bytes[bit / 8] = 1 << (bit % 8);
            assert_ne!(key, SealKey::from_bytes(bytes));
        }
    }
}

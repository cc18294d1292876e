use std::fmt;

use hkdf::Hkdf;
use keystream::Cipher;
use sha2::Sha256;

use crate::Key;

/// What makes the keys of a torrent others than those of any other with the same [`Key`]. Random, and no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// The salt with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as `info` has them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The keys of one torrent, each for one use: HKDF-SHA-256 (RFC 5869) of key and salt, told apart by names.
pub struct Keys(Hkdf<Sha256>);

impl Keys {
    /// Those of the torrent with this salt.
    #[must_use]
    pub fn new(key: &Key, salt: &Salt) -> Self {
        Self(Hkdf::new(Some(&salt.0), key.as_bytes()))
    }

    /// What the content is encrypted with.
    #[must_use]
    pub fn cipher(&self) -> Cipher {
        Cipher::new(self.data())
    }

    fn data(&self) -> [u8; 32] {
        self.expand("data")
    }

    /// What the list of files is sealed with, once.
    pub(crate) fn list(&self) -> [u8; 32] {
        self.expand("list")
    }

    /// What stands in `info` for the key: it tells a wrong one, and no two keys have the same.
    #[must_use]
    pub fn check(&self) -> [u8; 32] {
        self.expand("check")
    }

    /// What people encrypt with who have the key and talk about the share.
    #[must_use]
    pub fn talk(&self) -> [u8; 32] {
        self.expand("talk")
    }

    fn expand(&self, name: &str) -> [u8; 32] {
        let mut key = [0; 32];
        let expanded = self.0.expand_multi_info(&[LABEL, b"/", name.as_bytes()], &mut key);
        expanded.expect("HKDF-SHA-256 makes up to 8160 bytes");
        key
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// What the format calls itself wherever something is made for it alone.
pub(crate) const LABEL: &[u8] = b"seedcast-seal-1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_use_salt_and_key() {
        let keys = |key, salt| Keys::new(&Key::from_bytes([key; 16]), &Salt([salt; 16]));
        let all: Vec<[u8; 32]> = [keys(1, 1), keys(1, 2), keys(2, 1)]
            .iter()
            .flat_map(|keys| [keys.data(), keys.list(), keys.check(), keys.talk()])
            .collect();
        for (place, key) in all.iter().enumerate() {
            assert!(!all[..place].contains(key));
        }
    }

    #[test]
    fn hkdf_is_that_of_the_rfc() {
        // RFC 5869, A.1: salt 00 to 0c, info f0 to f9.
        let (salt, info): (Vec<u8>, Vec<u8>) = ((0..=0x0c).collect(), (0xf0..=0xf9).collect());
        let mut key = [0; 42];
        Hkdf::<Sha256>::new(Some(&salt), &[0x0b; 22]).expand(&info, &mut key).unwrap();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }
}

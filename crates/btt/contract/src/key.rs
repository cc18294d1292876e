use std::fmt;

use btt::Address;
use k256::ecdsa::{SigningKey, VerifyingKey};

use crate::words::keccak;

/// A key that signs vouchers.
#[derive(Clone)]
pub struct Key(SigningKey);

impl Key {
    /// The key of which each byte is `byte`, which is not 0 or 255.
    #[must_use]
    pub fn of(byte: u8) -> Self {
        Self(SigningKey::from_slice(&[byte; 32]).expect("it is not 0, and below the order of the curve"))
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        address_of(self.0.verifying_key())
    }

    /// A compact signature (EIP-2098).
    #[must_use]
    pub fn sign(&self, digest: &[u8; 32]) -> [u8; 64] {
        let (signature, id) = self.0.sign_prehash_recoverable(digest);
        let mut bytes: [u8; 64] = signature.to_bytes().into();
        bytes[32] |= u8::from(id.is_y_odd()) << 7;
        bytes
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of {}", self.address())
    }
}

/// The address of whoever has the other half of a key.
#[must_use]
pub fn address_of(key: &VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    let hash = keccak(&point.as_bytes()[1..]);
    Address::from_bytes(hash[12..].try_into().expect("32 bytes without 12 are 20"))
}

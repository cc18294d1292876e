use btt::Address;
use sha3::{Digest as _, Keccak256};

/// Values as the ABI of contracts has them, each in 32 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<u8>);

impl Words {
    /// None yet, behind the selector of a function.
    #[must_use]
    pub fn of(signature: &str) -> Self {
        Self(selector(signature).to_vec())
    }

    /// With a number.
    #[must_use]
    pub fn number(mut self, number: impl Into<u128>) -> Self {
        self.0.extend_from_slice(&[0; 16]);
        self.0.extend_from_slice(&number.into().to_be_bytes());
        self
    }

    /// With an address.
    #[must_use]
    pub fn address(mut self, address: Address) -> Self {
        self.0.extend_from_slice(&[0; 12]);
        self.0.extend_from_slice(address.as_bytes());
        self
    }

    /// With 32 bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8; 32]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// All of them, and the selector if there is one.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The first four bytes of the hash of a signature such as `withdraw(bytes32)`, by which functions and errors are named.
#[must_use]
pub fn selector(signature: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = keccak(signature.as_bytes());
    [a, b, c, d]
}

pub(crate) fn keccak(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

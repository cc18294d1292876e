use std::fmt;

use btt::{Address, hex};
use sha3::{Digest as _, Keccak256};

/// Which contract on which chain: from the configuration of whoever runs the site, and from nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The chain's id (EIP-155).
    pub chain: u64,
    /// Where the contract `BttPay` is.
    pub contract: Address,
}

/// The name of a session: the hash of whose deposit it is and whose signature its vouchers bear. So nobody can take
/// another's key for a session of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 32]);

impl Deployment {
    /// What sets signatures for this contract apart from all others: the hash of its domain (EIP-712), named `BttPay`,
    /// version `1`.
    #[must_use]
    pub fn domain_separator(&self) -> [u8; 32] {
        let kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
        Keccak256::new()
            .chain_update(Keccak256::digest(kind))
            .chain_update(Keccak256::digest(b"BttPay"))
            .chain_update(Keccak256::digest(b"1"))
            .chain_update(word(&self.chain.to_be_bytes()))
            .chain_update(word(self.contract.as_bytes()))
            .finalize()
            .into()
    }
}

impl SessionId {
    /// The session with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The session that `owner` pays for and `key` signs for: `keccak256(abi.encode(owner, key))`.
    #[must_use]
    pub fn of(owner: Address, key: Address) -> Self {
        let owner_and_key = [word(owner.as_bytes()), word(key.as_bytes())].concat();
        Self(Keccak256::digest(owner_and_key).into())
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::prefixed(&self.0))
    }
}

/// A number or an address as contracts have it: 32 bytes, zeros before it.
///
/// # Panics
/// If it has more than 32 bytes.
pub(crate) fn word(bytes: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(bytes);
    word
}

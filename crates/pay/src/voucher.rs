use std::fmt;

use btt::{Address, Amount, hex};
use sha3::{Digest as _, Keccak256};

use crate::deployment::word;
use crate::{Deployment, SessionId};

/// One of the equal parts of a session's deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId {
    /// Whose part.
    pub session: SessionId,
    /// Which part, counted from 0.
    pub slot: u32,
}

/// A buyer's word: of this slot, this payee has earned so much so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// Where the money is.
    pub slot: SlotId,
    /// To whom it goes, whoever submits the voucher.
    pub payee: Address,
    /// All that was earned so far, below 2^96 units.
    pub cumulative: Amount,
}

/// A signature of a voucher in the short form of EIP-2098: `r`, then `s` with the parity of the point in its highest bit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

/// A voucher with the signature that it came with, checked or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedVoucher {
    /// What was signed.
    pub voucher: Voucher,
    /// By whom, so it says.
    pub signature: Signature,
}

impl Voucher {
    /// The least amount that a voucher cannot say: it has 96 bits.
    pub const LIMIT: Amount = Amount::from_units(1 << 96);

    /// What is signed: the hash of the voucher and of the contract that it is for (EIP-712).
    #[must_use]
    pub fn digest(&self, deployment: &Deployment) -> [u8; 32] {
        let kind = b"Voucher(bytes32 session,uint32 slot,address payee,uint96 cumulative)";
        let voucher = Keccak256::new()
            .chain_update(Keccak256::digest(kind))
            .chain_update(self.slot.session.as_bytes())
            .chain_update(word(&self.slot.slot.to_be_bytes()))
            .chain_update(word(self.payee.as_bytes()))
            .chain_update(word(&self.cumulative.units().to_be_bytes()))
            .finalize();
        Keccak256::new()
            .chain_update([0x19, 0x01])
            .chain_update(deployment.domain_separator())
            .chain_update(voucher)
            .finalize()
            .into()
    }
}

impl Signature {
    /// The signature with these bytes, whatever they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::prefixed(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that ethers, the contract and this crate agree on.
    #[test]
    fn row_15_the_digest_of_a_voucher_is_that_of_eip_712() {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3".parse().unwrap();
        let deployment = Deployment { chain: 1029, contract };
        let voucher = Voucher {
            slot: SlotId { session: SessionId::from_bytes([0xab; 32]), slot: 7 },
            payee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8".parse().unwrap(),
            cumulative: Amount::from_units(123_456_789_012_345_678_901_234),
        };
        let separator = "ad259573c5c29a0f28e3302c3d94b6f5f8f89045f4416b0c9edc9b15de438505";
        assert_eq!(deployment.domain_separator(), *bytes(separator));
        let digest = "018da90c3b04fd0b5d7cc9849533da24d1a06036d69eab21ee8eb6eafaef0ebf";
        assert_eq!(voucher.digest(&deployment), *bytes(digest));
    }
}

use btt::{Address, Amount};
use pay::abi::Call;
use pay::message::Payment;
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};

/// What whoever redeems keeps of what it redeems, in hundredths of a per cent: 10,000 at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Share(u16);

impl Share {
    const WHOLE: u16 = 10_000;

    /// So many hundredths of a per cent; `None` if that is more than all.
    #[must_use]
    pub const fn new(hundredths: u16) -> Option<Self> {
        if hundredths <= Self::WHOLE { Some(Self(hundredths)) } else { None }
    }

    /// In hundredths of a per cent.
    #[must_use]
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// Its part of an amount, rounded down as the contract does.
    #[must_use]
    pub fn of(self, amount: Amount) -> Amount {
        let (share, whole) = (u128::from(self.0), u128::from(Self::WHOLE));
        let (times, rest) = (amount.units() / whole, amount.units() % whole);
        Amount::from_units(times * share + rest * share / whole)
    }
}

impl TryFrom<u16> for Share {
    type Error = &'static str;

    fn try_from(hundredths: u16) -> Result<Self, Self::Error> {
        Self::new(hundredths).ok_or("a share is 10000 hundredths of a per cent at most")
    }
}

impl From<Share> for u16 {
    fn from(share: Share) -> Self {
        share.0
    }
}

/// A contract `BttSplit`, as calls of it are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Where it is.
    pub address: Address,
}

impl Split {
    /// The hash of the code that makes a purse, which all purses have in common: it changes with the contract's source.
    pub const PURSE_CODE: [u8; 32] = [
        0x27, 0x80, 0xb2, 0x92, 0x11, 0x2e, 0x79, 0xdb, 0xaa, 0x38, 0x75, 0x9c, 0x87, 0x94, 0x14, 0x08, 0xb4,
        0x18, 0x4a, 0xef, 0x31, 0xf8, 0x62, 0x4b, 0x56, 0x08, 0xdd, 0x17, 0xa7, 0xd5, 0xe4, 0xfb,
    ];

    /// The purse of an owner: what it names as payee to be redeemed for by others at this share (EIP-1014).
    #[must_use]
    pub fn purse(&self, owner: Address, share: Share) -> Address {
        let hash = Keccak256::new()
            .chain_update([0xff])
            .chain_update(self.address.as_bytes())
            .chain_update(Keccak256::digest(whose(owner, share)))
            .chain_update(Self::PURSE_CODE)
            .finalize();
        Address::from_bytes(*hash.last_chunk().expect("a hash has more than 20 bytes"))
    }

    /// The data of a transaction that redeems vouchers which are signed to an owner's purse.
    #[must_use]
    pub fn redeem(&self, owner: Address, share: Share, payments: &[Payment]) -> Vec<u8> {
        let kind = "redeem(address,uint16,(bytes32,uint32,uint96,bytes32,bytes32)[])";
        // The list is written as for the contract that pays, behind the selector, a payee and where the list begins.
        let list = Call::Redeem { payee: owner, payments }.encode().split_off(4 + 2 * 32);
        [selector(kind).as_slice(), &whose(owner, share), &word(&[3 * 32]), &list].concat()
    }

    /// The data of a transaction that sends all that is in a purse to its owner.
    #[must_use]
    pub fn release(&self, owner: Address, share: Share) -> Vec<u8> {
        [selector("release(address,uint16)").as_slice(), &whose(owner, share)].concat()
    }

    /// The data of the question for the purse of an owner, by which it can be seen whether a node knows this very contract.
    #[must_use]
    pub fn ask_for_purse(&self, owner: Address, share: Share) -> Vec<u8> {
        [selector("purse(address,uint16)").as_slice(), &whose(owner, share)].concat()
    }

    /// The data of the question for whose payments it shares.
    #[must_use]
    pub fn ask_for_contract(&self) -> Vec<u8> {
        selector("PAY()").to_vec()
    }
}

/// An owner and a share, as the contract encodes them.
fn whose(owner: Address, share: Share) -> Vec<u8> {
    [word(owner.as_bytes()), word(&share.0.to_be_bytes())].concat()
}

fn selector(kind: &str) -> [u8; 4] {
    *Keccak256::digest(kind.as_bytes()).first_chunk().expect("a hash has more than 4 bytes")
}

fn word(bytes: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(bytes);
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_never_overflows() {
        let tenth = Share::new(1000).unwrap();
        assert_eq!(
            [0, 9, 10, 19, 20].map(|units| tenth.of(Amount::from_units(units)).units()),
            [0, 0, 1, 1, 2]
        );
        assert_eq!(Share::new(10_000).unwrap().of(Amount::from_units(u128::MAX)).units(), u128::MAX);
        assert_eq!(Share::new(10_001), None);
    }
}

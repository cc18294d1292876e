//! The keys of our deposits, and those that other people's vouchers are checked by.

use std::collections::{BTreeMap, VecDeque};

use btt::Address;
use pay::keys::{SessionKey, Verifier};
use pay::{Deployment, SessionId, Signature, SignedVoucher, Voucher};

/// Verifiers that are kept: each found its key out from a signature, which is more work than to check one.
const VERIFIERS: usize = 64;

/// Signs and checks vouchers for one contract, and nothing else.
#[derive(Debug)]
pub struct Keyring {
    deployment: Deployment,
    keys: BTreeMap<SessionId, SessionKey>,
    /// The last used is the last one.
    verifiers: VecDeque<(Address, Verifier)>,
}

impl Keyring {
    /// One without keys.
    #[must_use]
    pub const fn new(deployment: Deployment) -> Self {
        Self { deployment, keys: BTreeMap::new(), verifiers: VecDeque::new() }
    }

    /// Signs for this deposit, too.
    pub fn add(&mut self, session: SessionId, key: SessionKey) {
        self.keys.insert(session, key);
    }

    /// Signs for a deposit no more.
    pub fn remove(&mut self, session: SessionId) {
        self.keys.remove(&session);
    }

    /// The signature of a voucher of one of our deposits.
    #[must_use]
    pub fn sign(&self, voucher: &Voucher) -> Option<Signature> {
        Some(self.keys.get(&voucher.slot.session)?.sign(voucher, &self.deployment))
    }

    /// Whether the key with this address signed a voucher.
    pub fn verify(&mut self, key: Address, voucher: &SignedVoucher) -> bool {
        let place = self.verifiers.iter().position(|(known, _)| *known == key);
        let known = place.and_then(|place| self.verifiers.remove(place));
        let (_, mut verifier) = known.unwrap_or_else(|| (key, Verifier::new(self.deployment, key)));
        let genuine = verifier.verify(voucher);
        if self.verifiers.len() == VERIFIERS {
            self.verifiers.pop_front();
        }
        self.verifiers.push_back((key, verifier));
        genuine
    }
}

#[cfg(test)]
mod tests {
    use btt::Amount;
    use pay::SlotId;

    use super::*;

    #[test]
    fn row_05_so_many_verifiers_are_kept_and_all_judge_alike() {
        let deployment = Deployment { chain: 31337, contract: Address::from_bytes([9; 20]) };
        let mut keyring = Keyring::new(deployment);
        for round in 0..2 {
            for number in 1..=u8::try_from(VERIFIERS).unwrap() + 9 {
                let key = SessionKey::from_bytes(&[number; 32]).unwrap();
                let session = SessionId::of(Address::from_bytes([1; 20]), key.address());
                let slot = SlotId { session, slot: round };
                let payee = Address::from_bytes([2; 20]);
                let voucher = Voucher { slot, payee, cumulative: Amount::from_btt(1) };
                let address = key.address();
                keyring.add(session, key);
                let signed = SignedVoucher { voucher, signature: keyring.sign(&voucher).unwrap() };
                assert!(keyring.verify(address, &signed));
                let more = Voucher { cumulative: Amount::from_btt(2), ..voucher };
                assert!(!keyring.verify(address, &SignedVoucher { voucher: more, ..signed }));
                keyring.remove(session);
                assert_eq!(keyring.sign(&voucher), None);
            }
            assert_eq!(keyring.verifiers.len(), VERIFIERS);
        }
    }
}

use std::collections::{BTreeMap, BTreeSet};

use btt::{Address, Amount};
use pay::buyer::Assignment;
use pay::keys::{SessionKey, recover};
use pay::{Signature, SignedVoucher, SlotId, Voucher};

use super::DEPLOYMENT;

/// Signs by writing down what was signed, which costs nothing and cannot be forged. Who signs honestly is held to the rules:
/// no slot for two payees, no lower amount than before, nothing that is not on disk.
#[derive(Debug, Default)]
pub(crate) struct Signer {
    table: BTreeSet<[u8; 64]>,
    /// What signs in earnest instead.
    key: Option<SessionKey>,
    honest: BTreeMap<SlotId, (Address, Amount)>,
    /// How often it signed.
    pub(crate) signatures: usize,
}

impl Signer {
    /// One that does sign, with this key.
    pub(crate) fn with(key: SessionKey) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    /// For a buyer, whose disk this is.
    pub(crate) fn sign(
        &mut self,
        key: Address,
        voucher: &Voucher,
        disk: &BTreeMap<SlotId, Assignment>,
    ) -> Signature {
        let Voucher { slot, payee, cumulative } = *voucher;
        let written = disk.get(&slot).expect("a slot is signed over that is not on disk");
        assert_eq!(written.payee, payee, "another payee is on disk");
        assert!(
            written.cumulative >= cumulative,
            "{cumulative:?} is signed, {:?} is on disk",
            written.cumulative
        );
        let before = self.honest.insert(slot, (payee, cumulative));
        if let Some((before, amount)) = before {
            assert_eq!(before, payee, "{slot:?} is signed over to two payees");
            assert!(amount <= cumulative, "{cumulative:?} is signed after {amount:?}");
        }
        self.signatures += 1;
        match &self.key {
            Some(key) => key.sign(voucher, &DEPLOYMENT),
            None => self.sign_anything(key, voucher),
        }
    }

    /// For whoever has the key and keeps to no rules.
    pub(crate) fn sign_anything(&mut self, key: Address, voucher: &Voucher) -> Signature {
        let signature = signature(key, voucher);
        self.table.insert(signature);
        Signature::from_bytes(signature)
    }

    pub(crate) fn verify(&self, key: Address, signed: &SignedVoucher) -> bool {
        if self.key.is_some() {
            return recover(signed, &DEPLOYMENT) == Some(key);
        }
        let expected = signature(key, &signed.voucher);
        *signed.signature.as_bytes() == expected && self.table.contains(&expected)
    }

    /// The disk lost what was honestly signed over from a slot beyond so much.
    pub(crate) fn forget(&mut self, slot: SlotId, amount: Amount) {
        if let Some((_, signed)) = self.honest.get_mut(&slot) {
            *signed = amount;
        }
    }

    /// All that was honestly signed over to a payee.
    pub(crate) fn signed_to(&self, payee: Address) -> u128 {
        let theirs = self.honest.values().filter(|(whose, _)| *whose == payee);
        theirs.map(|(_, amount)| amount.units()).sum()
    }

    /// What was honestly signed over from a slot.
    pub(crate) fn signed_of(&self, slot: SlotId) -> u128 {
        self.honest.get(&slot).map_or(0, |(_, amount)| amount.units())
    }

    /// All that was honestly signed over.
    pub(crate) fn signed(&self) -> u128 {
        self.honest.values().map(|(_, amount)| amount.units()).sum()
    }
}

/// What tells a voucher and its signer from all others of a test.
fn signature(key: Address, voucher: &Voucher) -> [u8; 64] {
    let Voucher { slot, payee, cumulative } = voucher;
    let mut bytes = [0; 64];
    bytes[..16].copy_from_slice(&slot.session.as_bytes()[..16]);
    bytes[16..20].copy_from_slice(&slot.slot.to_be_bytes());
    bytes[20..40].copy_from_slice(payee.as_bytes());
    bytes[40..48].copy_from_slice(&key.as_bytes()[..8]);
    bytes[48..].copy_from_slice(&cumulative.units().to_be_bytes());
    bytes
}

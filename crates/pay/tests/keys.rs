//! Signatures of session keys, as ethers makes them and as the contract takes them.

mod vectors;

use btt::{Address, Amount, hex};
use pay::keys::{SessionKey, Verifier, recover};
use pay::{Deployment, SessionId, Signature, SignedVoucher, SlotId, Voucher};
use proptest::prelude::*;
use vectors::{Vector, ethers};

/// The order of the curve.
const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

fn deployment(vector: &Vector) -> Deployment {
    Deployment {
        chain: vector.number("chainId").try_into().expect("chains have 64 bits"),
        contract: vector.address("contract"),
    }
}

fn signed(vector: &Vector) -> SignedVoucher {
    SignedVoucher {
        voucher: Voucher {
            slot: vector.slot("session"),
            payee: vector.address("payee"),
            cumulative: vector.amount("cumulative"),
        },
        signature: Signature::from_bytes(vector.array("signature")),
    }
}

fn key(byte: u8) -> SessionKey {
    SessionKey::from_bytes(&[byte; 32]).expect("it is a key")
}

/// One that has not seen a signature, and one that has.
fn verifiers(deployment: Deployment, key: &SessionKey) -> [Verifier; 2] {
    let mut verifier = Verifier::new(deployment, key.address());
    let first = Voucher { cumulative: Amount::from_units(1), ..voucher() };
    let signature = key.sign(&first, &deployment);
    let fresh = verifier.clone();
    assert!(verifier.verify(&SignedVoucher { voucher: first, signature }));
    [fresh, verifier]
}

fn voucher() -> Voucher {
    let slot = SlotId { session: SessionId::from_bytes([0xab; 32]), slot: 7 };
    Voucher { slot, payee: Address::from_bytes([0x0c; 20]), cumulative: Amount::from_btt(3) }
}

const DEPLOYMENT: Deployment = Deployment { chain: 1029, contract: Address::from_bytes([0x5f; 20]) };

#[test]
fn row_15_digests_and_signatures_are_those_that_ethers_makes() {
    for vector in ethers("vouchers") {
        let (deployment, signed) = (deployment(&vector), signed(&vector));
        let key = SessionKey::from_bytes(&vector.array("secret")).unwrap();
        assert_eq!(key.address(), vector.address("signer"));
        assert_eq!(signed.voucher.digest(&deployment), vector.array("digest"));
        assert_eq!(key.sign(&signed.voucher, &deployment), signed.signature);
        assert_eq!(recover(&signed, &deployment), Some(key.address()));
        for mut verifier in verifiers(deployment, &key) {
            assert!(verifier.verify(&signed));
        }
    }
}

#[test]
fn row_15_the_signature_of_the_research_is_made() {
    let vector = ethers("vouchers").swap_remove(0);
    let text = "e4e738a6d6e12909d008bd75b3ac9b9ddc9e09a48ee64818786db111a6334de9\
                4313a9ca2747137dfb90bcc6caecf897e7fa46bad9a3057152af1348636f5c06";
    let signature = key(0x11).sign(&signed(&vector).voucher, &deployment(&vector));
    assert_eq!(hex::encode(signature.as_bytes()), text);
    assert_eq!(key(0x11).address().to_string(), "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A");
}

#[test]
fn row_15_a_signature_is_for_one_voucher_of_one_contract_on_one_chain() {
    let key = key(0x22);
    let signature = key.sign(&voucher(), &DEPLOYMENT);
    let slot = voucher().slot;
    let others = [
        Voucher { cumulative: Amount::from_units(1), ..voucher() },
        Voucher { payee: Address::from_bytes([0x0d; 20]), ..voucher() },
        Voucher { slot: SlotId { slot: 8, ..slot }, ..voucher() },
        Voucher { slot: SlotId { session: SessionId::from_bytes([0xac; 32]), ..slot }, ..voucher() },
    ];
    for mut verifier in verifiers(DEPLOYMENT, &key) {
        assert!(verifier.verify(&SignedVoucher { voucher: voucher(), signature }));
        for voucher in others {
            assert!(!verifier.verify(&SignedVoucher { voucher, signature }), "{voucher:?}");
        }
    }
    let elsewhere = [
        Deployment { chain: 1030, ..DEPLOYMENT },
        Deployment { contract: Address::from_bytes([0x5e; 20]), ..DEPLOYMENT },
    ];
    for mut verifier in elsewhere.into_iter().flat_map(|deployment| verifiers(deployment, &key)) {
        assert!(!verifier.verify(&SignedVoucher { voucher: voucher(), signature }));
    }
}

#[test]
fn row_15_the_signature_of_another_key_is_not_taken() {
    let signature = key(0x33).sign(&voucher(), &DEPLOYMENT);
    for mut verifier in verifiers(DEPLOYMENT, &key(0x22)) {
        assert!(!verifier.verify(&SignedVoucher { voucher: voucher(), signature }));
        // And is not remembered instead.
        let signature = key(0x22).sign(&voucher(), &DEPLOYMENT);
        assert!(verifier.verify(&SignedVoucher { voucher: voucher(), signature }));
    }
}

/// Contracts recover the signer, to whom the parity belongs as much as the rest.
#[test]
fn row_15_a_signature_with_the_other_parity_is_not_taken_though_the_rest_is_right() {
    let key = key(0x22);
    let mut bytes = *key.sign(&voucher(), &DEPLOYMENT).as_bytes();
    bytes[32] ^= 0x80;
    let signed = SignedVoucher { voucher: voucher(), signature: Signature::from_bytes(bytes) };
    for mut verifier in verifiers(DEPLOYMENT, &key) {
        assert!(!verifier.verify(&signed));
    }
    assert_ne!(recover(&signed, &DEPLOYMENT), Some(key.address()));
}

/// The parity leaves no room for almost all of the higher ones.
#[test]
fn row_15_of_the_two_forms_of_a_signature_only_the_lower_is_taken() {
    let half = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
    let mut bytes = *key(0x22).sign(&voucher(), &DEPLOYMENT).as_bytes();
    for parity in [0, 0x80] {
        bytes[32..].copy_from_slice(&hex::decode(half).unwrap());
        bytes[32] |= parity;
        let signed = |bytes| SignedVoucher { voucher: voucher(), signature: Signature::from_bytes(bytes) };
        assert!(recover(&signed(bytes), &DEPLOYMENT).is_some());
        bytes[63] += 1;
        assert_eq!(recover(&signed(bytes), &DEPLOYMENT), None);
        for mut verifier in verifiers(DEPLOYMENT, &key(0x22)) {
            assert!(!verifier.verify(&signed(bytes)));
        }
    }
}

#[test]
fn row_15_halves_of_zero_or_beyond_the_order_of_the_curve_are_nobodys() {
    let key = key(0x22);
    let signature = key.sign(&voucher(), &DEPLOYMENT);
    let (r, s) = signature.as_bytes().split_at(32);
    let order = hex::decode(ORDER).unwrap();
    let (zero, most) = ([0; 32], [0xff; 32]);
    for halves in [[&zero, &zero[..]], [&zero, s], [r, &zero], [&order, s], [&most, s], [&most, &most]] {
        let signature = Signature::from_bytes(halves.concat().try_into().unwrap());
        let signed = SignedVoucher { voucher: voucher(), signature };
        assert_eq!(recover(&signed, &DEPLOYMENT), None, "{signature:?}");
        for mut verifier in verifiers(DEPLOYMENT, &key) {
            assert!(!verifier.verify(&signed), "{signature:?}");
        }
    }
}

#[test]
fn row_40_a_key_is_never_shown() {
    let key = key(0x11);
    assert_eq!(format!("{key:?}"), format!("SessionKey({})", key.address()));
}

#[test]
fn a_key_that_was_sealed_is_the_same_key() {
    let key = key(0x44);
    let unsealed = SessionKey::from_bytes(&key.secret_to_seal()).unwrap();
    assert_eq!(unsealed.sign(&voucher(), &DEPLOYMENT), key.sign(&voucher(), &DEPLOYMENT));
}

#[test]
fn zero_and_what_is_beyond_the_order_of_the_curve_are_no_keys() {
    let order: [u8; 32] = hex::decode(ORDER).unwrap().try_into().unwrap();
    for secret in [[0; 32], order, [0xff; 32]] {
        assert!(SessionKey::from_bytes(&secret).is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The contract recovers; so the key that is known may not take what recovery does not.
    #[test]
    fn row_15_the_known_key_takes_what_recovery_takes_and_nothing_else(
        secret in 1_u8..=254, units: u64, bit in prop::option::of(0..512_usize),
    ) {
        let key = key(secret);
        let voucher = Voucher { cumulative: Amount::from_units(units.into()), ..voucher() };
        let mut bytes = *key.sign(&voucher, &DEPLOYMENT).as_bytes();
        if let Some(bit) = bit {
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let signed = SignedVoucher { voucher, signature: Signature::from_bytes(bytes) };
        let recovered = recover(&signed, &DEPLOYMENT) == Some(key.address());
        prop_assert_eq!(recovered, bit.is_none());
        for mut verifier in verifiers(DEPLOYMENT, &key) {
            prop_assert_eq!(verifier.verify(&signed), recovered);
        }
    }
}

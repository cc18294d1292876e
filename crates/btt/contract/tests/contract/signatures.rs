//! Row 5: whose signature counts, and for what. Row 13: on which chain.

use btt::{Address, Amount, hex};
use btt_contract::{BttPay, Key, address_of, fraud};
use k256::Scalar;
use k256::ecdsa::{self, RecoveryId, VerifyingKey};
use k256::elliptic_curve::PrimeField as _;
use k256::elliptic_curve::scalar::IsHigh as _;
use pay::{Deployment, SessionId, Signature, SignedVoucher, SlotId, Voucher};
use sha3::{Digest as _, Keccak256};

use crate::fixture::{ALICE, BAD_SIG, BOB, NOBODY, NOTHING, OWNER, Opened, STRANGER, terms};

/// The same voucher, signed for another chain or contract.
fn signed_for(
    deployment: Deployment,
    key: &Key,
    SignedVoucher { voucher, .. }: SignedVoucher,
) -> SignedVoucher {
    SignedVoucher { voucher, signature: Signature::from_bytes(key.sign(&voucher.digest(&deployment))) }
}

fn with_signature(bytes: [u8; 64], voucher: SignedVoucher) -> SignedVoucher {
    SignedVoucher { signature: Signature::from_bytes(bytes), ..voucher }
}

fn of_session(session: SessionId, SignedVoucher { voucher, signature }: SignedVoucher) -> SignedVoucher {
    let slot = SlotId { session, ..voucher.slot };
    SignedVoucher { voucher: Voucher { slot, ..voucher }, signature }
}

#[test]
fn row_05_the_contract_hashes_and_accepts_what_the_vector_says() {
    let pay = BttPay::deployed();
    let text = |text: &str| hex::decode(text).unwrap();
    assert_eq!(pay.address, "0x5FbDB2315678afecb367f032d93F642f64180aa3".parse().unwrap());
    assert_eq!(
        pay.domain().as_slice(),
        text("ad259573c5c29a0f28e3302c3d94b6f5f8f89045f4416b0c9edc9b15de438505")
    );
    let voucher = Voucher {
        slot: SlotId { session: SessionId::from_bytes([0xab; 32]), slot: 7 },
        payee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8".parse().unwrap(),
        cumulative: Amount::from_units(123_456_789_012_345_678_901_234),
    };
    let digest = pay.digest(&voucher);
    let expected = text("018da90c3b04fd0b5d7cc9849533da24d1a06036d69eab21ee8eb6eafaef0ebf");
    assert_eq!((digest.as_slice(), voucher.digest(&pay.deployment())), (expected.as_slice(), digest));
    let key = Key::of(0x11);
    assert_eq!(key.address(), "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A".parse().unwrap());
    let signature = "e4e738a6d6e12909d008bd75b3ac9b9ddc9e09a48ee64818786db111a6334de9\
                     4313a9ca2747137dfb90bcc6caecf897e7fa46bad9a3057152af1348636f5c06";
    assert_eq!(key.sign(&digest).as_slice(), text(signature));
}

#[test]
fn row_05_a_voucher_of_another_key_is_refused() {
    let mut opened = Opened::new();
    let forged = opened.pay.voucher(&Key::of(0x22), opened.session, 0, ALICE, 10);
    assert_eq!(opened.redeem(forged), Err(BAD_SIG));
}

#[test]
fn row_05_a_voucher_is_good_as_it_was_signed_only() {
    let mut opened = Opened::new();
    let good = opened.voucher(0, ALICE, 10);
    let (voucher, units) = (good.voucher, Amount::from_units);
    for altered in [
        Voucher { payee: BOB, ..voucher },
        Voucher { cumulative: units(11), ..voucher },
        Voucher { cumulative: units(9), ..voucher },
        Voucher { slot: SlotId { slot: 1, ..voucher.slot }, ..voucher },
    ] {
        assert_eq!(opened.redeem(SignedVoucher { voucher: altered, ..good }), Err(BAD_SIG), "{altered:?}");
    }
    assert_eq!(opened.redeem(good), Ok(()));
}

#[test]
fn row_05_a_voucher_for_another_chain_or_contract_is_refused() {
    let mut opened = Opened::new();
    let good = opened.voucher(0, ALICE, 10);
    let (here, elsewhere) = (opened.pay.address, Address::from_bytes([0xcc; 20]));
    for (chain, contract) in [(199, here), (1, here), (1029, elsewhere)] {
        let other = signed_for(Deployment { chain, contract }, &opened.key, good);
        assert_eq!(opened.redeem(other), Err(BAD_SIG), "chain {chain}, {contract}");
    }
    assert_eq!(signed_for(Deployment { chain: 1029, contract: here }, &opened.key, good), good);
}

#[test]
fn row_05_a_signature_with_a_high_s_is_refused() {
    let mut opened = Opened::new();
    // The compact form has room for few values of s above half the order, the highest of which is this. No key can be made
    // to sign with it; but what was signed with a given s, and by which key, can be computed, and a session with that key
    // be put where the contract keeps its sessions.
    let high = {
        let mut bytes = [0xff; 32];
        bytes[0] = 0x7f;
        Scalar::from_repr(bytes.into()).unwrap()
    };
    assert!(bool::from(high.is_high()));
    let session = SessionId::from_bytes([0xab; 32]);
    let unsigned = of_session(session, opened.voucher(0, ALICE, 10));
    let digest = unsigned.voucher.digest(&opened.pay.deployment());
    // What is signed says nothing of the nonce that it was signed with, and so nothing of this half.
    let r: [u8; 32] = *unsigned.signature.as_bytes().first_chunk().unwrap();
    // The order less s is as good, with the other parity.
    let low: [u8; 32] = (-high).to_repr().into();
    let signature = ecdsa::Signature::from_scalars(r, low).unwrap();
    let signer =
        VerifyingKey::recover_from_prehash(&digest, &signature, RecoveryId::new(true, false)).unwrap();
    put_session(&mut opened.pay, session, address_of(&signer));

    let compact = |s: [u8; 32], parity: u8| {
        let mut signature = [r, s].concat();
        signature[32] |= parity << 7;
        with_signature(signature.try_into().unwrap(), unsigned)
    };
    assert_eq!(opened.redeem(compact(high.to_repr().into(), 0)), Err(BAD_SIG));
    assert_eq!(opened.redeem(compact(low, 1)), Ok(()));
}

#[test]
fn row_05_a_signature_of_nobody_is_refused_even_where_nobody_is_the_key() {
    let mut opened = Opened::new();
    let session = SessionId::from_bytes([0xab; 32]);
    put_session(&mut opened.pay, session, NOBODY);
    let unsigned = with_signature([0; 64], of_session(session, opened.voucher(0, ALICE, 10)));
    assert_eq!(opened.redeem(unsigned), Err(BAD_SIG));
}

/// Writes a session with this key into the contract's storage, with money for it.
fn put_session(pay: &mut BttPay, session: SessionId, key: Address) {
    let word = |high: &[u8], low: &[u8]| -> [u8; 32] {
        [high, &vec![0; 32 - high.len() - low.len()], low].concat().try_into().unwrap()
    };
    // `_sessions` is the first variable, and each of its values three words at the hash of key and variable.
    let place: [u8; 32] = Keccak256::digest([*session.as_bytes(), [0; 32]].concat()).into();
    let expiry_and_slots = [1_u32.to_be_bytes().as_slice(), &u64::MAX.to_be_bytes()].concat();
    let words = [
        word(&expiry_and_slots, OWNER.as_bytes()),
        word(&100_u128.to_be_bytes()[4..], key.as_bytes()),
        word(&[], &100_u128.to_be_bytes()),
    ];
    for (number, word) in (0..).zip(words) {
        pay.chain.store(pay.address, place, number, word);
    }
    pay.chain.give(pay.address, 100);
}

#[test]
fn row_05_a_signature_with_the_other_parity_is_refused() {
    let mut opened = Opened::new();
    let good = opened.voucher(0, ALICE, 10);
    let mut signature = *good.signature.as_bytes();
    signature[32] ^= 0x80;
    assert_eq!(opened.redeem(with_signature(signature, good)), Err(BAD_SIG));
}

#[test]
fn row_05_what_no_key_can_have_signed_is_refused() {
    let mut opened = Opened::new();
    let good = opened.voucher(0, ALICE, 10);
    let mut without_s = *good.signature.as_bytes();
    without_s[32..].fill(0);
    let mut without_r = *good.signature.as_bytes();
    without_r[..32].fill(0);
    for signature in [[0; 64], [0xff; 64], without_s, without_r] {
        assert_eq!(opened.redeem(with_signature(signature, good)), Err(BAD_SIG), "{signature:?}");
    }
}

#[test]
fn row_05_a_session_that_was_never_opened_pays_nothing_however_little_was_signed() {
    let mut opened = Opened::new();
    // Its key is zero, which is also what is recovered from a signature that makes no sense.
    let stranger = Key::of(0x22).address();
    let nowhere = of_session(SessionId::of(OWNER, stranger), opened.voucher(0, ALICE, 10));
    let nowhere = with_signature([0; 64], nowhere);
    assert_eq!(opened.redeem(nowhere), Err(NOTHING));
    let other = SignedVoucher { voucher: Voucher { payee: BOB, ..nowhere.voucher }, ..nowhere };
    assert_eq!(opened.pay.slash(STRANGER, &fraud(OWNER, stranger, &nowhere, &other)), Err(NOTHING));
}

#[test]
fn row_05_a_voucher_for_another_session_is_refused() {
    let mut opened = Opened::new();
    let (second, terms) = (Key::of(0x22), terms(&opened.pay));
    opened.pay.open(OWNER, second.address(), terms).unwrap();
    let session = SessionId::of(OWNER, second.address());
    let stolen = of_session(session, opened.voucher(0, ALICE, 10));
    assert_eq!(opened.redeem(stolen), Err(BAD_SIG));
}

#[test]
fn row_05_a_voucher_for_a_session_of_another_owner_with_the_same_key_is_refused() {
    let mut opened = Opened::new();
    let terms = terms(&opened.pay);
    opened.pay.open(BOB, opened.key.address(), terms).unwrap();
    let session = SessionId::of(BOB, opened.key.address());
    assert_ne!(session, opened.session);
    let stolen = of_session(session, opened.voucher(0, ALICE, 10));
    assert_eq!(opened.redeem(stolen), Err(BAD_SIG));
}

#[test]
fn row_13_on_a_fork_with_a_number_of_its_own_old_vouchers_are_refused_and_new_ones_paid() {
    let mut opened = Opened::new();
    let (before, domain) = (opened.voucher(0, ALICE, 10), opened.pay.domain());
    let mut original = opened.pay.clone();
    opened.pay.chain.fork(1030);
    assert_ne!(opened.pay.domain(), domain);
    assert_eq!(opened.redeem(before), Err(BAD_SIG));
    let there = signed_for(opened.pay.deployment(), &opened.key, before);
    assert_eq!(there.voucher, before.voucher);
    assert_eq!(opened.redeem(there), Ok(()));
    assert_eq!(original.redeem(ALICE, ALICE, &[there]), Err(BAD_SIG));
    assert!(original.redeem(ALICE, ALICE, &[before]).is_ok());
}

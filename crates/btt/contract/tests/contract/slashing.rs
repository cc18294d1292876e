//! Row 8: a slot that is promised twice costs the bond.

use btt::Amount;
use btt_contract::{Event, Key, Terms, Words, fraud};
use pay::{SessionId, Signature, SignedVoucher, Voucher};

use crate::fixture::{
    ALICE, BAD_ARGS, BAD_SIG, BOB, BOND, CAP, NOBODY, NOTHING, OWNER, Opened, SLOTS, STRANGER, terms,
};

#[test]
fn row_08_two_payees_of_one_slot_cost_the_bond_and_half_of_it_is_burnt() {
    let mut opened = Opened::new();
    let (a, b) = (opened.voucher(3, ALICE, 10), opened.voucher(3, BOB, 900));
    let fraud = opened.fraud(&a, &b);
    let receipt = opened.pay.slash(STRANGER, &fraud).unwrap();
    let event = Event::new(
        "Slashed(bytes32,uint32,address,uint128)",
        Words::default().bytes(opened.session.as_bytes()),
        Words::default().number(3_u32).address(STRANGER).number(BOND),
    );
    assert_eq!(receipt.events, [event]);
    // Of 501 units: whoever reports himself gets less than half back.
    assert_eq!((opened.balance(STRANGER), opened.balance(NOBODY)), (250, 251));
    assert_eq!(opened.pay.holds(), 4 * CAP);
    let status = opened.pay.status(opened.session, 3).unwrap();
    assert_eq!((status.terms.bond, status.balance), (0, 4 * CAP));
}

#[test]
fn row_08_a_bond_of_one_unit_is_burnt() {
    let mut opened = Opened::new();
    let (key, terms) = (Key::of(0x22), terms(&opened.pay));
    opened.pay.open(OWNER, key.address(), Terms { bond: 1, ..terms }).unwrap();
    let session = SessionId::of(OWNER, key.address());
    let [a, b] = [ALICE, BOB].map(|payee| opened.pay.voucher(&key, session, 0, payee, 1));
    opened.pay.slash(STRANGER, &fraud(OWNER, key.address(), &a, &b)).unwrap();
    assert_eq!((opened.balance(STRANGER), opened.balance(NOBODY)), (0, 1));
}

#[test]
fn row_08_two_vouchers_of_one_payee_prove_nothing() {
    let mut opened = Opened::new();
    let (a, b) = (opened.voucher(0, ALICE, 10), opened.voucher(0, ALICE, 20));
    assert_eq!(opened.slash(&a, &b), Err(BAD_ARGS));
    assert_eq!(opened.slash(&a, &a), Err(BAD_ARGS));
}

#[test]
fn row_08_a_bond_is_lost_once() {
    let mut opened = Opened::new();
    let (a, b) = (opened.voucher(0, ALICE, 10), opened.voucher(0, BOB, 10));
    opened.slash(&a, &b).unwrap();
    assert_eq!(opened.slash(&b, &a), Err(NOTHING));
    let (c, d) = (opened.voucher(1, ALICE, 10), opened.voucher(1, BOB, 10));
    assert_eq!(opened.slash(&c, &d), Err(NOTHING));
}

#[test]
fn row_08_who_was_promised_a_slot_is_paid_after_the_bond_is_lost_too() {
    let mut opened = Opened::new();
    let (a, b) = (opened.voucher(0, ALICE, 10), opened.voucher(0, BOB, 10));
    opened.slash(&a, &b).unwrap();
    opened.redeem(a).unwrap();
    assert_eq!(opened.balance(ALICE), 10);
}

#[test]
fn row_08_nobody_is_slashed_for_what_the_key_did_not_sign() {
    let mut opened = Opened::new();
    let honest = opened.voucher(0, ALICE, 10);
    let forged = opened.pay.voucher(&Key::of(0x22), opened.session, 0, BOB, 10);
    assert_eq!(opened.slash(&honest, &forged), Err(BAD_SIG));
    assert_eq!(opened.slash(&forged, &honest), Err(BAD_SIG));
    let to_bob = Voucher { payee: BOB, ..honest.voucher };
    for altered in [
        SignedVoucher { voucher: to_bob, ..honest },
        SignedVoucher { voucher: Voucher { cumulative: Amount::from_units(11), ..to_bob }, ..honest },
        SignedVoucher { voucher: to_bob, signature: Signature::from_bytes([0; 64]) },
    ] {
        assert_eq!(opened.slash(&honest, &altered), Err(BAD_SIG), "{altered:?}");
    }
}

#[test]
fn row_08_vouchers_of_two_slots_or_two_sessions_are_no_proof() {
    let mut opened = Opened::new();
    let (slot_0, slot_1) = (opened.voucher(0, ALICE, 10), opened.voucher(1, BOB, 10));
    assert_eq!(opened.slash(&slot_0, &slot_1), Err(BAD_SIG));
    // The same key in two sessions, which the seller of one may have signed to somebody else in the other.
    let terms = terms(&opened.pay);
    opened.pay.open(BOB, opened.key.address(), terms).unwrap();
    let second = SessionId::of(BOB, opened.key.address());
    let of_second = opened.pay.voucher(&opened.key, second, 0, BOB, 10);
    assert_eq!(opened.slash(&slot_0, &of_second), Err(BAD_SIG));
    let of_bob = fraud(BOB, opened.key.address(), &of_second, &slot_0);
    assert_eq!(opened.pay.slash(STRANGER, &of_bob), Err(BAD_SIG));
}

#[test]
fn row_08_a_slot_that_there_is_not_yet_is_promised_once_as_well() {
    let mut opened = Opened::new();
    let (a, b) = (opened.voucher(SLOTS, ALICE, 10), opened.voucher(SLOTS, BOB, 10));
    assert!(opened.slash(&a, &b).is_ok());
}

#[test]
fn row_08_a_bond_can_be_lost_after_the_expiry_until_it_is_withdrawn() {
    let mut opened = Opened::new();
    let (a, b) = (opened.voucher(0, ALICE, 10), opened.voucher(0, BOB, 10));
    opened.expire();
    opened.slash(&a, &b).unwrap();
    assert_eq!(opened.balance(STRANGER), BOND / 2);
    opened.pay.withdraw(OWNER, opened.session).unwrap();
    assert_eq!(opened.balance(OWNER), 4 * CAP);
}

#[test]
fn row_08_after_the_session_is_withdrawn_there_is_no_bond_to_lose() {
    let mut opened = Opened::new();
    let (a, b) = (opened.voucher(0, ALICE, 10), opened.voucher(0, BOB, 10));
    opened.expire();
    opened.pay.withdraw(OWNER, opened.session).unwrap();
    assert_eq!(opened.slash(&a, &b), Err(NOTHING));
}

//! Rows 2 to 4 and 6: what a voucher is worth.

use btt_contract::{Event, Key, Words};
use pay::SessionId;

use crate::fixture::{ALICE, BAD_ARGS, BOB, BOND, CAP, NOBODY, NOTHING, OWNER, Opened, SLOTS, STRANGER};

#[test]
fn row_02_whoever_redeems_only_the_payee_is_paid() {
    let mut opened = Opened::new();
    let voucher = opened.voucher(2, ALICE, 300);
    let receipt = opened.pay.redeem(STRANGER, ALICE, &[voucher]).unwrap();
    let event = Event::new(
        "Redeemed(bytes32,uint32,address,uint96,uint96)",
        Words::default().bytes(opened.session.as_bytes()).number(2_u32).address(ALICE),
        Words::default().number(300_u32).number(300_u32),
    );
    assert_eq!(receipt.events, [event]);
    assert_eq!(receipt.output, Words::default().number(300_u32).into_bytes());
    let status = opened.pay.status(opened.session, 2).unwrap();
    assert_eq!((status.payee, status.paid, status.balance), (Some(ALICE), 300, 4 * CAP - 300));
    assert_eq!((opened.balance(ALICE), opened.balance(STRANGER)), (300, 0));
    assert_eq!(opened.pay.holds(), 4 * CAP - 300 + BOND);
}

#[test]
fn row_03_a_later_voucher_pays_what_it_says_more() {
    let mut opened = Opened::new();
    for (cumulative, received) in [(300, 300), (301, 301), (CAP, CAP)] {
        let voucher = opened.voucher(0, ALICE, cumulative);
        opened.redeem(voucher).unwrap();
        assert_eq!(opened.balance(ALICE), received);
    }
}

#[test]
fn row_03_the_same_voucher_and_an_older_one_pay_nothing() {
    let mut opened = Opened::new();
    let [older, newer] = [299, 300].map(|cumulative| opened.voucher(0, ALICE, cumulative));
    opened.redeem(newer).unwrap();
    assert_eq!(opened.redeem(newer), Err(NOTHING));
    assert_eq!(opened.redeem(older), Err(NOTHING));
    let nothing = opened.voucher(1, ALICE, 0);
    assert_eq!(opened.redeem(nothing), Err(NOTHING));
    assert_eq!(opened.pay.status(opened.session, 1).unwrap().payee, None, "which binds nobody");
}

#[test]
fn row_04_a_slot_pays_its_cap_and_not_a_unit_more() {
    let mut opened = Opened::new();
    let [all, more] = [CAP, CAP + 1].map(|cumulative| opened.voucher(0, ALICE, cumulative));
    assert_eq!(opened.redeem(more), Err(NOTHING));
    opened.redeem(all).unwrap();
    assert_eq!(opened.redeem(more), Err(NOTHING));
    assert_eq!(opened.balance(ALICE), CAP);
}

#[test]
fn row_04_a_slot_that_there_is_not_pays_nothing() {
    let mut opened = Opened::new();
    for slot in [SLOTS, SLOTS + 1, 4096, u32::MAX] {
        let voucher = opened.voucher(slot, ALICE, 1);
        assert_eq!(opened.redeem(voucher), Err(NOTHING), "slot {slot}");
    }
    let last = opened.voucher(SLOTS - 1, ALICE, 1);
    assert_eq!(opened.redeem(last), Ok(()));
}

#[test]
fn row_04_all_slots_can_be_redeemed_whatever_the_others_did() {
    let mut opened = Opened::new();
    for slot in 0..SLOTS {
        let payee = if slot % 2 == 0 { ALICE } else { BOB };
        let voucher = opened.voucher(slot, payee, CAP);
        opened.redeem(voucher).unwrap();
    }
    assert_eq!((opened.balance(ALICE), opened.balance(BOB)), (2 * CAP, 2 * CAP));
    assert_eq!(opened.pay.holds(), BOND);
}

#[test]
fn row_06_a_slot_that_is_bound_pays_nobody_else() {
    let mut opened = Opened::new();
    let [bound, other] = [ALICE, BOB].map(|payee| opened.voucher(0, payee, 300));
    opened.redeem(bound).unwrap();
    assert_eq!(opened.redeem(other), Err(NOTHING));
    let more = opened.voucher(0, BOB, CAP);
    assert_eq!(opened.redeem(more), Err(NOTHING));
    assert_eq!(opened.pay.status(opened.session, 0).unwrap().payee, Some(ALICE));
}

#[test]
fn row_06_a_buyer_that_binds_a_slot_to_itself_first_leaves_a_proof() {
    let mut opened = Opened::new();
    // The seller's, which waits to be mined, and the one that the buyer gets mined before it.
    let (seller, sybil) = (opened.voucher(0, ALICE, 300), opened.voucher(0, BOB, 1));
    opened.redeem(sybil).unwrap();
    assert_eq!(opened.redeem(seller), Err(NOTHING));
    let fraud = opened.fraud(&seller, &sybil);
    opened.pay.slash(ALICE, &fraud).unwrap();
    assert_eq!(opened.balance(ALICE), BOND / 2);
    assert_eq!(opened.pay.status(opened.session, 0).unwrap().terms.bond, 0);
}

#[test]
fn row_06_a_slot_is_never_bound_to_nobody() {
    let mut opened = Opened::new();
    let voucher = opened.voucher(0, NOBODY, 300);
    assert_eq!(opened.redeem(voucher), Err(BAD_ARGS));
}

#[test]
fn row_06_the_slots_of_sessions_have_nothing_to_do_with_each_other() {
    let mut opened = Opened::new();
    let second = Key::of(0x22);
    let terms = crate::fixture::terms(&opened.pay);
    opened.pay.open(OWNER, second.address(), terms).unwrap();
    let session = SessionId::of(OWNER, second.address());
    let of_first = opened.voucher(0, ALICE, CAP);
    opened.redeem(of_first).unwrap();
    let of_second = opened.pay.voucher(&second, session, 0, BOB, CAP);
    opened.redeem(of_second).unwrap();
    assert_eq!(opened.pay.status(session, 0).unwrap().balance, 3 * CAP);
}

//! Row 7: vouchers that are redeemed together.

use btt_contract::Key;
use pay::SessionId;

use crate::fixture::{ALICE, BAD_SIG, BOB, BOND, CAP, NOTHING, OWNER, Opened, SLOTS, STRANGER, terms};

#[test]
fn row_07_a_batch_with_an_item_that_was_redeemed_first_pays_the_others() {
    let mut opened = Opened::new();
    let batch = [0, 1, 2].map(|slot| opened.voucher(slot, ALICE, 100));
    opened.redeem(batch[1]).unwrap();
    let receipt = opened.pay.redeem(STRANGER, ALICE, &batch).unwrap();
    assert_eq!(receipt.events.len(), 2);
    assert_eq!(opened.balance(ALICE), 300);
}

#[test]
fn row_07_a_batch_pays_whatever_can_be_paid() {
    let mut opened = Opened::new();
    let bound = opened.voucher(0, BOB, 1);
    opened.redeem(bound).unwrap();
    let unknown = Key::of(0x33);
    let nowhere = SessionId::of(OWNER, unknown.address());
    let batch = [
        opened.voucher(0, ALICE, 100),
        opened.pay.voucher(&unknown, nowhere, 0, ALICE, 100),
        opened.voucher(SLOTS, ALICE, 100),
        opened.voucher(1, ALICE, CAP + 1),
        opened.voucher(2, ALICE, 7),
    ];
    opened.pay.redeem(STRANGER, ALICE, &batch).unwrap();
    assert_eq!((opened.balance(ALICE), opened.balance(BOB)), (7, 1));
    assert_eq!(opened.pay.redeem(STRANGER, ALICE, &batch[..4]), Err(NOTHING));
}

#[test]
fn row_07_a_batch_mixes_sessions() {
    let mut opened = Opened::new();
    let (second, terms) = (Key::of(0x22), terms(&opened.pay));
    opened.pay.open(BOB, second.address(), terms).unwrap();
    let session = SessionId::of(BOB, second.address());
    let batch = [opened.voucher(0, ALICE, 10), opened.pay.voucher(&second, session, 3, ALICE, 20)];
    opened.pay.redeem(STRANGER, ALICE, &batch).unwrap();
    assert_eq!(opened.balance(ALICE), 30);
    assert_eq!(opened.pay.status(opened.session, 0).unwrap().balance, 4 * CAP - 10);
    assert_eq!(opened.pay.status(session, 3).unwrap().balance, 4 * CAP - 20);
}

#[test]
fn row_07_a_batch_of_nothing_is_refused() {
    let mut opened = Opened::new();
    assert_eq!(opened.pay.redeem(STRANGER, ALICE, &[]), Err(NOTHING));
    let stale = opened.voucher(0, ALICE, 1);
    opened.redeem(stale).unwrap();
    assert_eq!(opened.pay.redeem(STRANGER, ALICE, &[stale, stale]), Err(NOTHING));
}

#[test]
fn row_07_a_voucher_that_is_twice_in_a_batch_is_paid_once() {
    let mut opened = Opened::new();
    let [first, later] = [10, 25].map(|cumulative| opened.voucher(0, ALICE, cumulative));
    opened.pay.redeem(STRANGER, ALICE, &[first, first, later, first, later]).unwrap();
    assert_eq!(opened.balance(ALICE), 25);
    assert_eq!(opened.pay.holds(), 4 * CAP - 25 + BOND);
}

#[test]
fn row_07_a_bad_signature_sinks_its_batch_because_nobody_else_can_make_it_bad() {
    let mut opened = Opened::new();
    let good = opened.voucher(0, ALICE, 10);
    let forged = opened.pay.voucher(&Key::of(0x22), opened.session, 1, ALICE, 10);
    assert_eq!(opened.pay.redeem(STRANGER, ALICE, &[good, forged]), Err(BAD_SIG));
    assert_eq!(opened.balance(ALICE), 0);
    assert_eq!(opened.pay.status(opened.session, 0).unwrap().paid, 0);
}

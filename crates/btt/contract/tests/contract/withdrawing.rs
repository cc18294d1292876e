//! Row 9: what is left goes back.

use btt_contract::{Event, Words};
use pay::SessionId;

use crate::fixture::{
    ALICE, BOND, CAP, DAY, EXISTS, EXPIRED, NOT_EXPIRED, NOTHING, OWNER, Opened, STRANGER, terms,
};

#[test]
fn row_09_nothing_is_withdrawn_before_the_expiry() {
    let mut opened = Opened::new();
    assert_eq!(opened.pay.withdraw(OWNER, opened.session), Err(NOT_EXPIRED));
    opened.pay.chain.advance(DAY - 1);
    assert_eq!(opened.pay.withdraw(OWNER, opened.session), Err(NOT_EXPIRED));
    opened.pay.chain.advance(1);
    assert!(opened.pay.withdraw(OWNER, opened.session).is_ok());
}

#[test]
fn row_09_whoever_withdraws_only_the_owner_gets_what_is_left() {
    let mut opened = Opened::new();
    let voucher = opened.voucher(0, ALICE, 300);
    opened.redeem(voucher).unwrap();
    opened.expire();
    let receipt = opened.pay.withdraw(STRANGER, opened.session).unwrap();
    let left = 4 * CAP - 300 + BOND;
    let event = Event::new(
        "Withdrawn(bytes32,uint256)",
        Words::default().bytes(opened.session.as_bytes()),
        Words::default().number(left),
    );
    assert_eq!(receipt.events, [event]);
    assert_eq!((opened.balance(OWNER), opened.balance(STRANGER)), (left, 0));
    assert_eq!(opened.pay.holds(), 0);
    let status = opened.pay.status(opened.session, 0).unwrap();
    assert_eq!((status.owner, status.terms.slots, status.balance, status.terms.bond), (OWNER, 0, 0, 0));
}

#[test]
fn row_09_nothing_is_withdrawn_twice_or_of_no_session() {
    let mut opened = Opened::new();
    opened.expire();
    opened.pay.withdraw(OWNER, opened.session).unwrap();
    assert_eq!(opened.pay.withdraw(OWNER, opened.session), Err(NOTHING));
    assert_eq!(opened.pay.withdraw(OWNER, SessionId::from_bytes([0xab; 32])), Err(NOTHING));
}

#[test]
fn row_09_a_session_is_never_opened_again() {
    let mut opened = Opened::new();
    let voucher = opened.voucher(0, ALICE, 300);
    opened.expire();
    opened.pay.withdraw(OWNER, opened.session).unwrap();
    let terms = terms(&opened.pay);
    assert_eq!(opened.pay.open(OWNER, opened.key.address(), terms), Err(EXISTS));
    let extended = opened.pay.extend(OWNER, opened.session, terms.expiry, 1, CAP);
    assert_eq!(extended, Err(EXPIRED));
    assert_eq!(opened.redeem(voucher), Err(NOTHING));
}

#[test]
fn row_09_vouchers_are_paid_after_the_expiry_until_the_rest_is_withdrawn() {
    let mut opened = Opened::new();
    let (first, second) = (opened.voucher(0, ALICE, 300), opened.voucher(1, ALICE, 20));
    opened.expire();
    opened.pay.chain.advance(DAY);
    opened.redeem(first).unwrap();
    opened.pay.withdraw(OWNER, opened.session).unwrap();
    assert_eq!(opened.redeem(second), Err(NOTHING));
    assert_eq!((opened.balance(ALICE), opened.balance(OWNER)), (300, 4 * CAP - 300 + BOND));
}

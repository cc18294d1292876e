//! Row 10: a session lasts longer, and pays more.

use btt_contract::{Event, Key, Words};
use pay::SessionId;

use crate::fixture::{
    ALICE, BAD_ARGS, BOB, BOND, CAP, DAY, EXPIRED, NOT_OWNER, NOTHING, OWNER, Opened, SLOTS, STRANGER, terms,
};

#[test]
fn row_10_the_expiry_moves_to_a_later_time_only() {
    let mut opened = Opened::new();
    let (session, expiry) = (opened.session, opened.expiry);
    assert_eq!(opened.pay.extend(OWNER, session, expiry - 1, 0, 0), Err(BAD_ARGS));
    assert_eq!(opened.pay.extend(OWNER, session, expiry - 1, 1, CAP), Err(BAD_ARGS));
    assert_eq!(opened.pay.extend(OWNER, session, 0, 0, 0), Err(BAD_ARGS));
    assert_eq!(opened.pay.extend(OWNER, session, expiry, 0, 0), Err(NOTHING));
    let receipt = opened.pay.extend(OWNER, session, expiry + 1, 0, 0).unwrap();
    let event = Event::new(
        "Extended(bytes32,uint64,uint32)",
        Words::default().bytes(session.as_bytes()),
        Words::default().number(expiry + 1).number(SLOTS),
    );
    assert_eq!(receipt.events, [event]);
    assert_eq!(opened.pay.status(session, 0).unwrap().terms.expiry, expiry + 1);
}

#[test]
fn row_10_the_expiry_is_never_more_than_thirty_days_away() {
    let mut opened = Opened::new();
    let last = opened.pay.chain.now() + 30 * DAY;
    for late in [last + 1, u64::MAX] {
        assert_eq!(opened.pay.extend(OWNER, opened.session, late, 0, 0), Err(BAD_ARGS));
    }
    assert!(opened.pay.extend(OWNER, opened.session, last, 0, 0).is_ok());
}

#[test]
fn row_10_only_the_owner_extends() {
    let mut opened = Opened::new();
    for other in [STRANGER, ALICE, opened.key.address()] {
        let refused = opened.pay.extend(other, opened.session, opened.expiry + DAY, 0, 0);
        assert_eq!(refused, Err(NOT_OWNER));
    }
    assert_eq!(
        opened.pay.extend(OWNER, SessionId::from_bytes([0xab; 32]), opened.expiry, 1, CAP),
        Err(NOT_OWNER)
    );
}

#[test]
fn row_10_an_expired_session_is_not_extended() {
    let mut opened = Opened::new();
    opened.expire();
    assert_eq!(opened.pay.extend(OWNER, opened.session, opened.expiry + DAY, 0, 0), Err(EXPIRED));
}

#[test]
fn row_10_slots_are_added_for_exactly_their_value() {
    let mut opened = Opened::new();
    let (session, expiry) = (opened.session, opened.expiry);
    for value in [0, 2 * CAP - 1, 2 * CAP + 1, CAP] {
        assert_eq!(opened.pay.extend(OWNER, session, expiry, 2, value), Err(BAD_ARGS), "{value}");
    }
    // A later time alone costs nothing, and takes nothing.
    assert_eq!(opened.pay.extend(OWNER, session, expiry + 1, 0, 1), Err(BAD_ARGS));
    let beyond = opened.voucher(SLOTS + 1, ALICE, CAP);
    assert_eq!(opened.redeem(beyond), Err(NOTHING));
    opened.pay.extend(OWNER, session, expiry, 2, 2 * CAP).unwrap();
    let status = opened.pay.status(session, 0).unwrap();
    assert_eq!((status.terms.slots, status.balance, status.terms.bond), (SLOTS + 2, 6 * CAP, BOND));
    opened.redeem(beyond).unwrap();
    assert_eq!(opened.pay.holds(), 5 * CAP + BOND);
}

#[test]
fn row_10_a_session_has_4096_slots_at_most() {
    let mut opened = Opened::new();
    let rest = 4096 - SLOTS;
    let add = |opened: &mut Opened, slots: u32| {
        opened.pay.extend(OWNER, opened.session, opened.expiry, slots, u128::from(slots) * CAP)
    };
    assert_eq!(add(&mut opened, rest + 1), Err(BAD_ARGS));
    assert_eq!(add(&mut opened, u32::MAX), Err(BAD_ARGS));
    assert!(add(&mut opened, rest).is_ok());
    assert_eq!(add(&mut opened, 1), Err(BAD_ARGS));
}

#[test]
fn row_10_what_was_paid_stays_paid() {
    let mut opened = Opened::new();
    let voucher = opened.voucher(0, ALICE, 300);
    opened.redeem(voucher).unwrap();
    opened.pay.extend(OWNER, opened.session, opened.expiry + DAY, 1, CAP).unwrap();
    assert_eq!(opened.redeem(voucher), Err(NOTHING));
    let status = opened.pay.status(opened.session, 0).unwrap();
    assert_eq!((status.payee, status.paid, status.balance), (Some(ALICE), 300, 5 * CAP - 300));
}

#[test]
fn row_10_the_money_of_another_session_is_not_touched() {
    let mut opened = Opened::new();
    let (second, terms) = (Key::of(0x22), terms(&opened.pay));
    opened.pay.open(BOB, second.address(), terms).unwrap();
    let other = SessionId::of(BOB, second.address());
    let before = opened.pay.status(other, 0).unwrap();
    opened.pay.extend(OWNER, opened.session, opened.expiry + DAY, 3, 3 * CAP).unwrap();
    for slot in 0..SLOTS + 3 {
        let all = opened.voucher(slot, ALICE, CAP);
        opened.redeem(all).unwrap();
    }
    let (a, b) = (opened.voucher(0, ALICE, 1), opened.voucher(0, BOB, 1));
    opened.slash(&a, &b).unwrap();
    opened.pay.chain.advance(2 * DAY);
    assert_eq!(opened.pay.withdraw(OWNER, opened.session), Err(NOTHING));
    assert_eq!(opened.pay.status(other, 0).unwrap(), before);
    assert_eq!(opened.pay.holds(), 4 * CAP + BOND);
}

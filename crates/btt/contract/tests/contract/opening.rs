//! Row 1: what a session is opened with.

use btt_contract::{BttPay, Event, Key, Status, Terms, Words};
use pay::SessionId;

use crate::fixture::{
    ALICE, BAD_ARGS, BOB, BOND, CAP, DAY, EXISTS, HOUR, NOBODY, OWNER, Opened, SLOTS, terms,
};

#[test]
fn row_01_a_session_is_opened_with_exactly_its_value() {
    let (mut pay, key) = (BttPay::deployed(), Key::of(0x11).address());
    let terms = terms(&pay);
    let receipt = pay.open(OWNER, key, terms).unwrap();
    let session = SessionId::of(OWNER, key);
    assert_eq!(receipt.output, session.as_bytes());
    assert_eq!(pay.session_id(OWNER, key), *session.as_bytes());
    let event = Event::new(
        "Opened(bytes32,address,address,uint32,uint96,uint64,uint128)",
        Words::default().bytes(session.as_bytes()).address(OWNER),
        Words::default().address(key).number(SLOTS).number(CAP).number(terms.expiry).number(BOND),
    );
    assert_eq!(receipt.events, [event]);
    let deposit = 4 * CAP;
    let opened = Status { owner: OWNER, key, terms, balance: deposit, payee: None, paid: 0 };
    assert_eq!(pay.status(session, 0).unwrap(), opened);
    assert_eq!(pay.holds(), deposit + BOND);
}

#[test]
fn row_01_a_session_is_not_opened_with_a_unit_more_or_less() {
    let (mut pay, key) = (BttPay::deployed(), Key::of(0x11).address());
    let terms = terms(&pay);
    for value in [terms.value() - 1, terms.value() + 1, 0, terms.value() - BOND] {
        assert_eq!(pay.open_with(OWNER, key, terms, value), Err(BAD_ARGS), "{value}");
    }
    assert_eq!(pay.holds(), 0);
}

#[test]
fn row_01_a_session_lasts_from_an_hour_to_thirty_days() {
    let mut pay = BttPay::deployed();
    let now = pay.chain.now();
    let good = [HOUR, 30 * DAY];
    for (byte, after) in (1..).zip(good) {
        let terms = Terms { expiry: now + after, ..terms(&pay) };
        assert!(pay.open(OWNER, Key::of(byte).address(), terms).is_ok(), "{after} s");
    }
    for expiry in [now + HOUR - 1, now + 30 * DAY + 1, now, 0, u64::MAX] {
        let terms = Terms { expiry, ..terms(&pay) };
        assert_eq!(pay.open(OWNER, Key::of(9).address(), terms), Err(BAD_ARGS), "{expiry}");
    }
}

#[test]
fn row_01_a_session_has_a_key_slots_and_something_in_them() {
    let (mut pay, key) = (BttPay::deployed(), Key::of(0x11).address());
    let good = terms(&pay);
    assert_eq!(pay.open(OWNER, NOBODY, good), Err(BAD_ARGS));
    for bad in [
        Terms { slots: 0, ..good },
        Terms { slots: 4097, ..good },
        Terms { slots: u32::MAX, ..good },
        Terms { cap: 0, ..good },
    ] {
        assert_eq!(pay.open(OWNER, key, bad), Err(BAD_ARGS), "{bad:?}");
    }
    // Not even of the argument's type, which the decoder of arguments refuses.
    assert!(pay.open(OWNER, key, Terms { cap: 1 << 96, ..good }).is_err());
}

#[test]
fn row_01_the_largest_session_is_kept_to_the_last_unit() {
    let (mut pay, key) = (BttPay::deployed(), Key::of(0x11).address());
    let terms = Terms { slots: 4096, cap: (1 << 96) - 1, bond: 1 << 100, ..terms(&pay) };
    pay.open(OWNER, key, terms).unwrap();
    let status = pay.status(SessionId::of(OWNER, key), 4095).unwrap();
    assert_eq!((status.balance, status.terms.bond), (4096 * ((1 << 96) - 1), 1 << 100));
    assert_eq!(pay.holds(), terms.value());
}

#[test]
fn row_01_a_session_needs_no_bond() {
    let (mut pay, key) = (BttPay::deployed(), Key::of(0x11).address());
    let terms = Terms { bond: 0, ..terms(&pay) };
    assert!(pay.open(OWNER, key, terms).is_ok());
}

#[test]
fn row_01_an_owner_opens_one_session_with_a_key() {
    let Opened { mut pay, key, .. } = Opened::new();
    let other = Terms { slots: 1, bond: 0, ..terms(&pay) };
    assert_eq!(pay.open(OWNER, key.address(), other), Err(EXISTS));
}

#[test]
fn row_01_nobody_takes_a_key_away_by_using_it_first() {
    let (mut pay, key) = (BttPay::deployed(), Key::of(0x11).address());
    let terms = terms(&pay);
    for owner in [ALICE, BOB, OWNER] {
        pay.open(owner, key, terms).unwrap();
        assert_eq!(pay.status(SessionId::of(owner, key), 0).unwrap().owner, owner);
    }
}

#[test]
fn row_01_coins_are_taken_for_sessions_only() {
    let mut pay = BttPay::deployed();
    pay.chain.give(ALICE, 10);
    assert!(pay.chain.send(ALICE, pay.address, 10, Vec::new()).is_err());
    let withdraw = Words::of("withdraw(bytes32)").bytes(&[0; 32]);
    assert!(pay.chain.send(ALICE, pay.address, 10, withdraw.into_bytes()).is_err());
    assert_eq!((pay.holds(), pay.chain.balance(ALICE)), (0, 10));
}

//! Row 11: payees, owners and reporters that have code of their own.

use btt::Address;
use btt_contract::{BttPay, Chain, Key, Words, artefact, call};

use crate::fixture::{
    ALICE, BOB, BOND, CAP, NOT_EXPIRED, NOTHING, OWNER, Opened, PAY_FAILED, STRANGER, terms,
};

fn created(chain: &mut Chain, name: &str) -> Address {
    chain.create(STRANGER, artefact(name)).unwrap().created.unwrap()
}

/// Has a `Reentrant` call the contract each time that it is paid, once for each of `calls`.
fn prepare(pay: &mut BttPay, reentrant: Address, calls: &[Vec<u8>]) {
    for call in calls {
        let bytes = [call.clone(), vec![0; call.len().next_multiple_of(32) - call.len()]].concat();
        let data = Words::of("prepare(address,bytes)").address(pay.address).number(64_u32);
        let data = [data.number(call.len() as u128).into_bytes(), bytes].concat();
        pay.chain.send(STRANGER, reentrant, 0, data).unwrap();
    }
}

/// How many calls a `Reentrant` made while it was paid, and how many of them were not refused.
fn made_and_succeeded(pay: &BttPay, reentrant: Address) -> [u128; 2] {
    ["made()", "succeeded()"].map(|name| {
        let answer = pay.chain.ask(reentrant, Words::of(name).into_bytes()).unwrap();
        u128::from_be_bytes(answer[16..].try_into().unwrap())
    })
}

/// Has a `Wallet` call the contract.
fn run(pay: &mut BttPay, wallet: Address, value: u128, call: &[u8]) -> Result<(), btt_contract::Refusal> {
    let data = Words::of("run(address,uint256,bytes)").address(pay.address).number(value).number(96_u32);
    let padding = vec![0; call.len().next_multiple_of(32) - call.len()];
    let data = [data.number(call.len() as u128).into_bytes(), call.to_vec(), padding].concat();
    pay.chain.give(STRANGER, value);
    pay.chain.send(STRANGER, wallet, value, data).map(drop)
}

#[test]
fn row_11_a_contract_is_paid_as_anybody() {
    let mut opened = Opened::new();
    let wallet = created(&mut opened.pay.chain, "Wallet");
    let voucher = opened.voucher(0, wallet, 300);
    opened.redeem(voucher).unwrap();
    assert_eq!(opened.balance(wallet), 300);
}

#[test]
fn row_11_a_payee_that_refuses_coins_keeps_nobody_else_from_theirs() {
    let mut opened = Opened::new();
    let refusing = created(&mut opened.pay.chain, "Refusing");
    let (refused, other) = (opened.voucher(0, refusing, 300), opened.voucher(1, ALICE, 20));
    assert_eq!(opened.redeem(refused), Err(PAY_FAILED));
    assert_eq!(opened.pay.status(opened.session, 0).paid, 0);
    opened.redeem(other).unwrap();
    opened.expire();
    opened.pay.withdraw(OWNER, opened.session).unwrap();
    assert_eq!((opened.balance(ALICE), opened.balance(OWNER)), (20, 4 * CAP - 20 + BOND));
}

#[test]
fn row_11_the_contract_itself_cannot_be_paid() {
    let mut opened = Opened::new();
    let voucher = opened.voucher(0, opened.pay.address, 300);
    assert_eq!(opened.redeem(voucher), Err(PAY_FAILED));
}

#[test]
fn row_11_a_payee_that_calls_back_gets_what_was_signed_and_no_more() {
    let mut opened = Opened::new();
    let reentrant = created(&mut opened.pay.chain, "Reentrant");
    let mine = [0, 1].map(|slot| opened.voucher(slot, reentrant, 300));
    let (a, b) = (opened.voucher(2, ALICE, 10), opened.voucher(2, BOB, 10));
    prepare(
        &mut opened.pay,
        reentrant,
        &[
            // Again, and more of the same batch: stale.
            call::redeem(reentrant, &mine[..1]),
            call::redeem(reentrant, &mine),
            // What anybody might have done just then: good.
            call::redeem(ALICE, &[a]),
            call::slash(&a, &b),
            // Too early.
            call::withdraw(opened.session),
        ],
    );
    opened.pay.redeem(STRANGER, reentrant, &mine).unwrap();
    assert_eq!(made_and_succeeded(&opened.pay, reentrant), [5, 2]);
    assert_eq!((opened.balance(reentrant), opened.balance(ALICE)), (600 + BOND / 2, 10));
    let status = opened.pay.status(opened.session, 0);
    assert_eq!((status.balance, status.bond), (4 * CAP - 610, 0));
    assert_eq!(opened.pay.holds(), 4 * CAP - 610);
}

#[test]
fn row_11_a_reporter_that_calls_back_gets_its_half_once() {
    let mut opened = Opened::new();
    let reentrant = created(&mut opened.pay.chain, "Reentrant");
    let (a, b) = (opened.voucher(2, ALICE, 10), opened.voucher(2, BOB, 10));
    let slash = call::slash(&a, &b);
    prepare(&mut opened.pay, reentrant, &[slash.clone(), call::slash(&b, &a)]);
    run(&mut opened.pay, reentrant, 0, &slash).unwrap();
    assert_eq!(made_and_succeeded(&opened.pay, reentrant), [2, 0]);
    assert_eq!(opened.balance(reentrant), BOND / 2);
    assert_eq!(opened.pay.holds(), 4 * CAP);
}

#[test]
fn row_11_an_owner_that_calls_back_gets_what_is_left_once() {
    let mut opened = Opened::new();
    let reentrant = created(&mut opened.pay.chain, "Reentrant");
    let (key, terms) = (Key::of(0x22), terms(&opened.pay));
    run(&mut opened.pay, reentrant, terms.value(), &call::open(key.address(), terms)).unwrap();
    let session = opened.pay.session(reentrant, key.address());
    let (late, a, b) = (
        opened.pay.voucher(&key, session, 0, reentrant, CAP),
        opened.pay.voucher(&key, session, 1, ALICE, 1),
        opened.pay.voucher(&key, session, 1, BOB, 1),
    );
    let calls = [
        call::withdraw(session),
        call::redeem(reentrant, &[late]),
        call::slash(&a, &b),
        call::open(key.address(), terms),
        call::extend(session, terms.expiry, 1),
    ];
    prepare(&mut opened.pay, reentrant, &calls);
    assert_eq!(opened.pay.withdraw(STRANGER, session), Err(NOT_EXPIRED));
    opened.expire();
    opened.pay.withdraw(STRANGER, session).unwrap();
    assert_eq!(made_and_succeeded(&opened.pay, reentrant), [5, 0]);
    assert_eq!(opened.balance(reentrant), terms.value());
    // The other session's money is all there.
    assert_eq!(opened.pay.holds(), 4 * CAP + BOND);
}

#[test]
fn row_11_an_owner_that_refuses_coins_hurts_itself_only() {
    let mut opened = Opened::new();
    let refusing = created(&mut opened.pay.chain, "Refusing");
    let (key, terms) = (Key::of(0x22), terms(&opened.pay));
    run(&mut opened.pay, refusing, terms.value(), &call::open(key.address(), terms)).unwrap();
    let session = opened.pay.session(refusing, key.address());
    let voucher = opened.pay.voucher(&key, session, 0, ALICE, 300);
    opened.expire();
    assert_eq!(opened.pay.withdraw(STRANGER, session), Err(PAY_FAILED));
    opened.redeem(voucher).unwrap();
    opened.pay.withdraw(STRANGER, opened.session).unwrap();
    assert_eq!((opened.balance(ALICE), opened.balance(OWNER)), (300, 4 * CAP + BOND));
    assert_eq!(opened.pay.holds(), 3 * CAP + 700 + BOND);
}

#[test]
fn row_11_a_reporter_that_refuses_coins_leaves_the_proof_to_others() {
    let mut opened = Opened::new();
    let refusing = created(&mut opened.pay.chain, "Refusing");
    let (a, b) = (opened.voucher(2, ALICE, 10), opened.voucher(2, BOB, 10));
    assert_eq!(run(&mut opened.pay, refusing, 0, &call::slash(&a, &b)), Err(PAY_FAILED));
    assert!(opened.pay.slash(STRANGER, &a, &b).is_ok());
    assert_eq!(opened.pay.slash(STRANGER, &a, &b), Err(NOTHING));
}

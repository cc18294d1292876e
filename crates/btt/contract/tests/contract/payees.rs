//! Row 11: payees, owners and reporters that have code of their own.

use btt::Address;
use btt_contract::{BttPay, Chain, Key, Refusal, Words, artefact, fraud, payments};
use pay::abi::Call;
use pay::{SessionId, SignedVoucher, Time};

use crate::fixture::{
    ALICE, BOB, BOND, CAP, NOT_EXPIRED, NOTHING, OWNER, Opened, PAY_FAILED, STRANGER, terms,
};

fn redeem(payee: Address, vouchers: &[SignedVoucher]) -> Vec<u8> {
    Call::Redeem { payee, payments: &payments(vouchers) }.encode()
}

pub(crate) fn created(chain: &mut Chain, name: &str) -> Address {
    chain.create(STRANGER, artefact(name)).unwrap().created.unwrap()
}

/// Has a `Reentrant` call the contract each time that it is paid, once for each of `calls`.
fn prepare(pay: &mut BttPay, reentrant: Address, calls: &[Vec<u8>]) {
    prepare_to_call(&mut pay.chain, reentrant, pay.address, calls);
}

/// The same with any contract.
pub(crate) fn prepare_to_call(chain: &mut Chain, reentrant: Address, to: Address, calls: &[Vec<u8>]) {
    for call in calls {
        let data = Words::of("prepare(address,bytes)").address(to).number(64_u32);
        chain.send(STRANGER, reentrant, 0, with_bytes(data, call)).unwrap();
    }
}

/// How many calls a `Reentrant` made while it was paid, and how many of them were not refused.
pub(crate) fn made_and_succeeded(pay: &BttPay, reentrant: Address) -> [u128; 2] {
    ["made()", "succeeded()"].map(|name| {
        let answer = pay.chain.ask(reentrant, Words::of(name).into_bytes()).unwrap();
        u128::from_be_bytes(answer[16..].try_into().unwrap())
    })
}

/// Has a `Wallet` call the contract.
fn run(pay: &mut BttPay, wallet: Address, value: u128, call: &[u8]) -> Result<(), Refusal> {
    run_to(&mut pay.chain, wallet, pay.address, value, call)
}

/// The same with any contract.
pub(crate) fn run_to(
    chain: &mut Chain,
    wallet: Address,
    to: Address,
    value: u128,
    call: &[u8],
) -> Result<(), Refusal> {
    let data = Words::of("run(address,uint256,bytes)").address(to).number(value).number(96_u32);
    chain.give(STRANGER, value);
    chain.send(STRANGER, wallet, value, with_bytes(data, call)).map(drop)
}

/// Arguments, and behind them bytes, the last word of which is filled up.
fn with_bytes(words: Words, bytes: &[u8]) -> Vec<u8> {
    let mut data = [words.number(bytes.len() as u128).into_bytes(), bytes.to_vec()].concat();
    data.resize(data.len() + bytes.len().next_multiple_of(32) - bytes.len(), 0);
    data
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
    assert_eq!(opened.pay.status(opened.session, 0).unwrap().paid, 0);
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
    let fraud = opened.fraud(&a, &b);
    prepare(
        &mut opened.pay,
        reentrant,
        &[
            // Again, and more of the same batch: stale.
            redeem(reentrant, &mine[..1]),
            redeem(reentrant, &mine),
            // What anybody might have done just then: good.
            redeem(ALICE, &[a]),
            Call::Slash(&fraud).encode(),
            // Too early.
            Call::Withdraw(opened.session).encode(),
        ],
    );
    opened.pay.redeem(STRANGER, reentrant, &mine).unwrap();
    assert_eq!(made_and_succeeded(&opened.pay, reentrant), [5, 2]);
    assert_eq!((opened.balance(reentrant), opened.balance(ALICE)), (600 + BOND / 2, 10));
    let status = opened.pay.status(opened.session, 0).unwrap();
    assert_eq!((status.balance, status.terms.bond), (4 * CAP - 610, 0));
    assert_eq!(opened.pay.holds(), 4 * CAP - 610);
}

#[test]
fn row_11_a_reporter_that_calls_back_gets_its_half_once() {
    let mut opened = Opened::new();
    let reentrant = created(&mut opened.pay.chain, "Reentrant");
    let (a, b) = (opened.voucher(2, ALICE, 10), opened.voucher(2, BOB, 10));
    let slash = Call::Slash(&opened.fraud(&a, &b)).encode();
    let other_way_round = Call::Slash(&opened.fraud(&b, &a)).encode();
    prepare(&mut opened.pay, reentrant, &[slash.clone(), other_way_round]);
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
    run(&mut opened.pay, reentrant, terms.value(), &Call::Open(terms.of(key.address())).encode()).unwrap();
    let session = SessionId::of(reentrant, key.address());
    let (late, a, b) = (
        opened.pay.voucher(&key, session, 0, reentrant, CAP),
        opened.pay.voucher(&key, session, 1, ALICE, 1),
        opened.pay.voucher(&key, session, 1, BOB, 1),
    );
    let calls = [
        Call::Withdraw(session).encode(),
        redeem(reentrant, &[late]),
        Call::Slash(&fraud(reentrant, key.address(), &a, &b)).encode(),
        Call::Open(terms.of(key.address())).encode(),
        Call::Extend { session, expiry: Time::from_secs(terms.expiry), add_slots: 1 }.encode(),
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
    run(&mut opened.pay, refusing, terms.value(), &Call::Open(terms.of(key.address())).encode()).unwrap();
    let session = SessionId::of(refusing, key.address());
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
    let slash = Call::Slash(&opened.fraud(&a, &b)).encode();
    assert_eq!(run(&mut opened.pay, refusing, 0, &slash), Err(PAY_FAILED));
    assert!(opened.slash(&a, &b).is_ok());
    assert_eq!(opened.slash(&a, &b), Err(NOTHING));
}

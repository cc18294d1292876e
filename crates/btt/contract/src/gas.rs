//! What each call of the contract costs.

use std::fmt;

use btt::Address;
use pay::{SessionId, SignedVoucher};
use relay::Share;

use crate::{BttPay, BttSplit, Key, Receipt, Terms, fraud};

/// A call, and the gas that it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// What is done.
    pub call: &'static str,
    /// All that it uses, what every transaction uses included; of a batch, its share for each voucher.
    pub gas: u64,
}

impl fmt::Display for Cost {
    /// A row of a table, with the fee at the highest gas price that BTTC is known to ask for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, gas } = self;
        write!(f, "| {call} | {gas} | {} BTT |", (gas * MILLI_BTT_PER_GAS).div_ceil(1000))
    }
}

/// Above the rows.
pub const HEAD: &str = "| Call | Gas | Fee at most |\n|---|---|---|";

/// 9 million gwei: what the test network asks for, and what the main one was proposed to.
const MILLI_BTT_PER_GAS: u64 = 9;

const BTT: u128 = 1_000_000_000_000_000_000;
const BATCH: u8 = 10;

/// Every call, in the order in which a session sees them.
///
/// # Panics
/// If the contract refuses one.
#[must_use]
pub fn costs() -> Vec<Cost> {
    let mut pay = BttPay::deployed();
    let mut costs = vec![Cost { call: "create the contract", gas: pay.deployment_gas }];
    let mut note =
        |call, receipt: Receipt, share: u64| costs.push(Cost { call, gas: receipt.gas.div_ceil(share) });

    let terms =
        Terms { slots: 16, cap: 20_000 * BTT, expiry: pay.chain.now() + DAYS * 7, bond: 10_000 * BTT };
    // Of as many buyers, each with a session.
    let keys: Vec<_> = (1..=BATCH).map(Key::of).collect();
    let opened: Vec<_> = keys.iter().map(|key| pay.open(BUYER, key.address(), terms).expect(GOOD)).collect();
    let sessions: Vec<_> = keys.iter().map(|key| SessionId::of(BUYER, key.address())).collect();
    note("`open`", opened.into_iter().next().expect("ten of them"), 1);
    let extended = pay.extend(BUYER, sessions[0], terms.expiry + DAYS, 0, 0).expect(GOOD);
    note("`extend`: later", extended, 1);
    let extended = pay.extend(BUYER, sessions[0], terms.expiry + DAYS, 8, 8 * terms.cap).expect(GOOD);
    note("`extend`: 8 slots more", extended, 1);

    // What a payee has been paid before makes a payment cheaper: an account that had nothing is created by the first.
    pay.chain.give(PAYEE, 1);
    let vouchers = |pay: &BttPay, slot, amount| -> Vec<SignedVoucher> {
        let of = |(key, session): (&Key, &SessionId)| pay.voucher(key, *session, slot, PAYEE, amount);
        keys.iter().zip(&sessions).map(of).collect()
    };
    for (slot, amount, one, ten) in [
        (0, 5_000 * BTT, "`redeem`: the first voucher of a slot", "`redeem`: 10 first ones, each"),
        (0, 20_000 * BTT, "`redeem`: a later one", "`redeem`: 10 later ones, each"),
    ] {
        let alone = vouchers(&pay, slot + 1, amount);
        note(one, pay.redeem(SELLER, PAYEE, &alone[..1]).expect(GOOD), 1);
        let batch = vouchers(&pay, slot, amount);
        note(ten, pay.redeem(SELLER, PAYEE, &batch).expect(GOOD), u64::from(BATCH));
    }

    let twice = [PAYEE, SELLER].map(|payee| pay.voucher(&keys[1], sessions[1], 2, payee, BTT));
    let fraud = fraud(BUYER, keys[1].address(), &twice[0], &twice[1]);
    note("`slash`", pay.slash(SELLER, &fraud).expect(GOOD), 1);
    pay.chain.advance(DAYS * 8);
    note("`withdraw`", pay.withdraw(SELLER, sessions[0]).expect(GOOD), 1);
    costs.extend(costs_of_sharing());
    costs
}

/// Those of redeeming for who has no coins. The caller and the owner have had some before.
fn costs_of_sharing() -> Vec<Cost> {
    let mut split = BttSplit::beside(BttPay::deployed());
    let mut costs = vec![Cost { call: "create the contract that shares", gas: split.deployment_gas }];
    let now = split.pay.chain.now();
    let terms = Terms { slots: 16, cap: 20_000 * BTT, expiry: now + DAYS * 7, bond: 0 };
    let keys: Vec<_> = (1..=BATCH).map(Key::of).collect();
    for key in &keys {
        split.pay.open(BUYER, key.address(), terms).expect(GOOD);
    }
    for account in [SELLER, PAYEE] {
        split.pay.chain.give(account, 1);
    }
    let share = Share::new(2000).expect("a fifth");
    let purse = split.split.purse(PAYEE, share);
    let vouchers = |split: &BttSplit, slot, amount| -> Vec<SignedVoucher> {
        let of = |key: &Key| {
            let session = SessionId::of(BUYER, key.address());
            split.pay.voucher(key, session, slot, purse, amount)
        };
        keys.iter().map(of).collect()
    };
    for (call, slot, amount, count) in [
        ("`redeem` by a relay: the first of a purse", 0, BTT, 1),
        ("`redeem` by a relay: the first voucher of a slot", 1, BTT, 1),
        ("`redeem` by a relay: 10 first ones, each", 2, BTT, BATCH),
        ("`redeem` by a relay: a later one", 1, 2 * BTT, 1),
        ("`redeem` by a relay: 10 later ones, each", 2, 2 * BTT, BATCH),
    ] {
        let vouchers = vouchers(&split, slot, amount);
        let receipt = split.redeem(SELLER, PAYEE, share, &vouchers[..usize::from(count)]).expect(GOOD);
        costs.push(Cost { call, gas: receipt.gas.div_ceil(count.into()) });
    }
    let alone = vouchers(&split, 3, BTT);
    split.pay.redeem(SELLER, purse, &alone).expect(GOOD);
    let released = split.release(SELLER, PAYEE, share).expect(GOOD);
    costs.push(Cost { call: "`release`", gas: released.gas });
    costs
}

const DAYS: u64 = 24 * 60 * 60;
const GOOD: &str = "the contract takes what is in order";
const BUYER: Address = Address::from_bytes([0xb0; 20]);
const SELLER: Address = Address::from_bytes([0x5e; 20]);
const PAYEE: Address = Address::from_bytes([0xee; 20]);

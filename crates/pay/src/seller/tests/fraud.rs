//! Sessions that pay two from one slot.

use std::time::Duration;

use super::stage::{FLOOR, KIB, MIB, OTHER, Stage, US, Wallet, bid, config, units};
use crate::message::{Message, Reason};
use crate::seller::Config;
use crate::seller::fraud::Banned;
use crate::{Rate, Signature};

const WALLET: Wallet = Wallet::new(1);

#[test]
fn row_28_a_proof_of_fraud_ends_the_session_is_told_to_all_and_slashes_once() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 2, 1 << 40);
    let (first, second) = (stage.buyer(1, WALLET, 0, FLOOR), stage.buyer(2, WALLET, 1, FLOOR));
    stage.give(first, 32 * KIB);
    stage.say(first, &WALLET.voucher(0, 32 * KIB));
    let (witness, other) = (stage.meet(3), stage.meet(4));
    let fraud = Message::Fraud(Box::new(WALLET.fraud(0)));
    stage.say(witness, &fraud);
    stage.say(other, &fraud);
    assert_eq!(stage.slashed, [WALLET.fraud(0)]);
    assert_eq!(stage.hear(witness), []);
    assert_eq!(stage.hear(other), std::slice::from_ref(&fraud));
    for peer in [first, second] {
        let ended = [
            Message::Reject(Reason::SlotTaken),
            Message::Grant { rate: Rate::FREE, number: 1 },
            fraud.clone(),
        ];
        assert_eq!(stage.hear(peer), ended);
        assert_eq!((stage.lines[&peer].limit, stage.lines[&peer].preference), (None, 0));
        let checks = stage.work.0;
        stage.say(peer, &WALLET.session(0, 0));
        stage.hears(peer, Reason::SlotTaken);
        assert_eq!(stage.work.0, checks, "it is not worth a check");
    }
    assert_eq!(stage.redeemed.concat()[0].voucher.cumulative, units(32 * KIB), "before others redeem");
}

#[test]
fn row_28_a_slot_that_nobody_was_paid_from_is_charged_up_to_a_limit_and_then_served_for_nothing() {
    let mut stage = Stage::with(Config { bind_at: units(32 * KIB), bind_by: units(64 * KIB), ..config() });
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    for paid in 1..=4 {
        stage.wait(Duration::from_secs(1));
        assert_eq!(stage.give(peer, 16 * KIB), 16 * KIB);
        stage.say(peer, &WALLET.voucher(0, paid * 16 * KIB));
    }
    let ended = [Message::Reject(Reason::OverCredit), Message::Grant { rate: Rate::FREE, number: 1 }];
    assert_eq!((stage.hear(peer), stage.lines[&peer].limit), (ended.to_vec(), None));
    stage.say(peer, &bid(FLOOR, 2));
    stage.hears(peer, Reason::OverCredit);
    assert_eq!((stage.give(peer, 1 << 30), stage.account(WALLET.slot(0)).owed), (1 << 30, units(64 * KIB)));
    // The first redeeming binds it.
    let status = stage.on_chain(WALLET.slot(0));
    (status.payee, status.paid) = (Some(US), units(32 * KIB));
    stage.wait(Duration::from_secs(30));
    stage.say(peer, &bid(FLOOR, 3));
    assert_eq!(stage.hear(peer), [Message::Grant { rate: FLOOR, number: 3 }]);
    assert!(stage.give(peer, MIB) > 0);
}

#[test]
fn row_28_both_signatures_have_to_be_genuine() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let buyer = stage.buyer(1, WALLET, 0, FLOOR);
    let witness = stage.meet(2);
    for which in 0..2 {
        let mut fraud = WALLET.fraud(0);
        fraud.claims[which].signature = Signature::from_bytes([8; 64]);
        stage.say(witness, &Message::Fraud(Box::new(fraud)));
        stage.hears(witness, Reason::Signature);
    }
    assert_eq!((stage.slashed.len(), stage.hear(buyer).len()), (0, 0));
    assert_eq!(stage.work.0, 1 + 1 + 2);
}

#[test]
fn row_28_fraud_in_a_session_that_has_no_deposit_is_nobodys_business() {
    let mut stage = Stage::new();
    let (witness, other, unknown) = (stage.meet(1), stage.meet(2), Wallet::new(9));
    stage.say(witness, &Message::Fraud(Box::new(unknown.fraud(0))));
    assert_eq!((stage.slashed.len(), stage.hear(other).len(), stage.work.2), (0, 0, 1));
    stage.wait(Duration::from_secs(60));
    stage.deposit(unknown, 1, 1 << 40);
    stage.say(witness, &Message::Fraud(Box::new(unknown.fraud(0))));
    assert_eq!((stage.slashed.len(), stage.hear(other).len(), stage.work.2), (1, 1, 2));
}

#[test]
fn row_28_a_slot_that_the_chain_says_is_anothers_ends_its_session_without_a_proof() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 2, 1 << 40);
    let (first, second) = (stage.buyer(1, WALLET, 0, FLOOR), stage.buyer(2, WALLET, 1, FLOOR));
    stage.give(second, 32 * KIB);
    stage.say(second, &WALLET.voucher(1, 32 * KIB));
    stage.on_chain(WALLET.slot(0)).payee = Some(OTHER);
    stage.wait(Duration::from_secs(600));
    for peer in [first, second] {
        let ended = [Message::Reject(Reason::SlotTaken), Message::Grant { rate: Rate::FREE, number: 1 }];
        assert_eq!(stage.hear(peer), ended);
    }
    assert!(stage.slashed.is_empty());
    assert!(stage.seller.account(WALLET.slot(0)).is_none() && !stage.disk.contains_key(&WALLET.slot(0)));
    assert_eq!(stage.redeemed.concat()[0].voucher.slot, WALLET.slot(1), "what is still ours");
}

#[test]
fn the_last_so_many_banned_sessions_are_remembered() {
    let mut banned = Banned::default();
    let session = |number: usize| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        crate::SessionId::from_bytes(bytes)
    };
    for number in 0..=Banned::LIMIT {
        banned.insert(session(number));
        banned.insert(session(number));
    }
    let remembered = (0..=Banned::LIMIT).filter(|number| banned.contains(session(*number))).count();
    assert_eq!((remembered, banned.contains(session(0))), (Banned::LIMIT, false));
}

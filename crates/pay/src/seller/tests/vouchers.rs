//! Which vouchers count, and when.

use std::time::Duration;

use super::stage::{FLOOR, KIB, Stage, Wallet, bid, units};
use crate::message::{Message, Payment, Reason};
use crate::{Rate, Signature};

const WALLET: Wallet = Wallet::new(1);

fn stage() -> (Stage, crate::PeerKey) {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 2, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.work = (0, 0, 0);
    (stage, peer)
}

fn paid(stage: &Stage) -> u128 {
    stage.account(WALLET.slot(0)).best.voucher.cumulative.units()
}

#[test]
fn row_24_a_voucher_for_not_more_or_another_slot_or_too_much_is_refused_unchecked() {
    let (mut stage, peer) = stage();
    stage.say(peer, &WALLET.voucher(0, 32 * KIB));
    let cases = [
        (WALLET.voucher(0, 32 * KIB), Reason::NotMore),
        (WALLET.voucher(0, 16 * KIB), Reason::NotMore),
        (WALLET.voucher(1, 64 * KIB), Reason::NoSession),
        (WALLET.voucher(0, (1 << 40) + 1), Reason::Underfunded),
    ];
    for (voucher, reason) in cases {
        stage.say(peer, &voucher);
        stage.hears(peer, reason);
    }
    assert_eq!((stage.work.0, paid(&stage)), (1, 32 << 10));
}

#[test]
fn row_24_a_forged_voucher_ends_the_session_on_its_connection() {
    let (mut stage, peer) = stage();
    stage.give(peer, 20 * KIB);
    let payment = Payment { signature: Signature::from_bytes([3; 64]), ..WALLET.payment(0, 32 * KIB) };
    stage.say(peer, &Message::Voucher(payment));
    assert_eq!(
        stage.hear(peer),
        [Message::Reject(Reason::Signature), Message::Grant { rate: Rate::FREE, number: 1 }]
    );
    assert_eq!((stage.lines[&peer].limit, stage.lines[&peer].preference, paid(&stage)), (None, 0, 0));
    for message in [WALLET.voucher(0, 32 * KIB), WALLET.session(0, 0)] {
        stage.say(peer, &message);
        stage.hears(peer, Reason::Signature);
    }
    assert_eq!(stage.work.0, 1);
    stage.close(peer);
    stage.buyer(2, WALLET, 0, FLOOR);
}

#[test]
fn row_24_dust_is_looked_at_once_a_second_and_the_last_of_it_counts() {
    let (mut stage, peer) = stage();
    for second in 1..=5 {
        for step in 1..=10 {
            stage.say(peer, &WALLET.voucher(0, second * 100 + step));
        }
        stage.wait(Duration::from_secs(1));
        assert_eq!(paid(&stage), u128::from(second * 100 + 10));
    }
    assert_eq!((stage.work.0, stage.hear(peer)), (6, vec![]), "the first at once, and one for each second");
    // What is worth a block does not wait behind dust.
    stage.say(peer, &WALLET.voucher(0, 600));
    stage.say(peer, &WALLET.voucher(0, 600 + 16 * KIB));
    assert_eq!(paid(&stage), 600 + (16 << 10));
}

#[test]
fn row_24_a_flood_is_read_up_to_twenty_messages_in_a_second() {
    let (mut stage, peer) = stage();
    stage.wait(Duration::from_secs(1));
    for step in 1..=1000 {
        stage.say(peer, &WALLET.voucher(0, step * 16 * KIB));
    }
    stage.hears(peer, Reason::TooMany);
    assert_eq!((stage.work.0, paid(&stage)), (20, 20 << 14));
    stage.wait(Duration::from_secs(1));
    stage.say(peer, &WALLET.voucher(0, 1000 * 16 * KIB));
    assert_eq!(paid(&stage), 1000 << 14);
}

#[test]
fn one_voucher_is_checked_at_a_time_and_the_newest_waits() {
    let (mut stage, peer) = stage();
    stage.held.checks = true;
    for step in 1..=5 {
        stage.say(peer, &WALLET.voucher(0, step * 16 * KIB));
    }
    assert_eq!(stage.work.0, 1);
    stage.held.checks = false;
    stage.settle();
    assert_eq!((stage.work.0, paid(&stage)), (2, 5 << 14));
}

#[test]
fn a_voucher_counts_when_it_is_on_disk() {
    let (mut stage, peer) = stage();
    stage.give(peer, 32 * KIB);
    stage.held.writes = true;
    stage.say(peer, &WALLET.voucher(0, 16 * KIB));
    stage.say(peer, &WALLET.voucher(0, 32 * KIB));
    assert_eq!((paid(&stage), stage.writes.len()), (0, 1), "one record is under way at a time");
    stage.say(peer, &WALLET.voucher(0, 16 * KIB));
    stage.hears(peer, Reason::NotMore);
    stage.write_one();
    stage.settle();
    assert_eq!((paid(&stage), stage.writes.len()), (16 << 10, 1));
    stage.write_one();
    stage.settle();
    assert_eq!(paid(&stage), 32 << 10);
    assert_eq!(stage.disk[&WALLET.slot(0)].best.voucher.cumulative, units(32 * KIB));
}

#[test]
fn a_genuine_voucher_counts_though_its_connection_has_lost_the_slot() {
    let (mut stage, peer) = stage();
    stage.give(peer, 32 * KIB);
    stage.held.checks = true;
    stage.say(peer, &WALLET.voucher(0, 32 * KIB));
    let check = stage.checks.pop_front().unwrap();
    stage.held.checks = false;
    stage.buyer(2, WALLET, 0, FLOOR);
    stage.checks.push_back(check);
    stage.settle();
    assert_eq!(paid(&stage), 32 << 10);
}

#[test]
fn what_was_paid_on_a_slot_counts_though_another_takes_its_place_before_it_is_looked_at() {
    let (mut stage, peer) = stage();
    stage.give(peer, 32 * KIB);
    stage.say(peer, &WALLET.voucher(0, 1));
    // Dust, which has to wait.
    stage.say(peer, &WALLET.voucher(0, 2));
    assert_eq!(paid(&stage), 1);
    stage.buyer(2, WALLET, 0, FLOOR);
    assert_eq!(paid(&stage), 2);
}

#[test]
fn a_last_payment_does_not_wait_for_being_small_when_nothing_is_charged_any_more() {
    let (mut stage, peer) = stage();
    stage.give(peer, 60 * KIB);
    stage.say(peer, &WALLET.voucher(0, 20 * KIB));
    stage.say(peer, &bid(Rate::FREE, 2));
    stage.say(peer, &WALLET.voucher(0, 60 * KIB));
    assert_eq!(paid(&stage), 60 << 10);
}

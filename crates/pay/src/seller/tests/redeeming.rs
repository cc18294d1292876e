//! When what was earned is redeemed.

use std::time::Duration;

use super::stage::{FLOOR, KIB, Stage, US, Wallet, config, units};
use crate::PeerKey;
use crate::seller::{Config, Input};

const WALLET: Wallet = Wallet::new(1);
const HOUR: Duration = Duration::from_secs(3600);

fn earn(stage: &mut Stage, peer: PeerKey, slot: u32, bytes: u64) {
    let before = u64::try_from(stage.account(WALLET.slot(slot)).best.voucher.cumulative.units()).unwrap();
    stage.wait(Duration::from_secs(1));
    assert_eq!(stage.give(peer, bytes), bytes);
    stage.say(peer, &WALLET.voucher(slot, before + bytes));
}

fn sums(stage: &mut Stage) -> Vec<Vec<u64>> {
    let batches = std::mem::take(&mut stage.redeemed);
    let sum = |batch: &Vec<crate::SignedVoucher>| {
        batch.iter().map(|voucher| voucher.voucher.cumulative.units().try_into().unwrap()).collect()
    };
    batches.iter().map(sum).collect()
}

#[test]
fn a_slot_is_bound_when_that_is_worth_its_fee_and_then_left_till_the_end() {
    let mut stage = Stage::with(Config { bind_at: units(64 * KIB), ..config() });
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    earn(&mut stage, peer, 0, 32 * KIB);
    assert_eq!(sums(&mut stage), [[0_u64; 0]; 0]);
    earn(&mut stage, peer, 0, 32 * KIB);
    assert_eq!(sums(&mut stage), [[64 * KIB]]);
    earn(&mut stage, peer, 0, 32 * KIB);
    assert_eq!(sums(&mut stage), [[0_u64; 0]; 0], "it is being redeemed");
    let status = stage.on_chain(WALLET.slot(0));
    (status.payee, status.paid) = (Some(US), units(64 * KIB));
    stage.wait(Duration::from_secs(120));
    assert_eq!(stage.account(WALLET.slot(0)).redeemed, units(64 * KIB));
    assert_eq!(stage.disk[&WALLET.slot(0)].redeemed, units(64 * KIB));
    earn(&mut stage, peer, 0, 64 * KIB);
    stage.wait(24 * HOUR);
    assert_eq!(sums(&mut stage), [[0_u64; 0]; 0]);
    stage.wait(5 * 24 * HOUR + 18 * HOUR);
    assert_eq!(sums(&mut stage), [[160 * KIB]]);
}

#[test]
fn what_did_not_come_is_asked_for_again_after_an_hour() {
    let mut stage = Stage::with(Config { bind_at: units(32 * KIB), ..config() });
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    earn(&mut stage, peer, 0, 32 * KIB);
    assert_eq!(sums(&mut stage), [[32 * KIB]]);
    for _ in 0..59 {
        stage.wait(Duration::from_secs(60));
        stage.tell(Input::Redeem);
    }
    assert_eq!(sums(&mut stage), [[0_u64; 0]; 0]);
    stage.wait(Duration::from_secs(60));
    assert_eq!(sums(&mut stage), [[32 * KIB]]);
}

#[test]
fn the_owner_gets_all_there_is_in_batches_of_fifty() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 121, 1 << 40);
    for slot in 0..120 {
        let peer = stage.buyer(slot.into(), WALLET, slot, FLOOR);
        earn(&mut stage, peer, slot, 16 * KIB);
    }
    stage.buyer(121, WALLET, 120, FLOOR);
    stage.tell(Input::Redeem);
    assert_eq!(sums(&mut stage).iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    stage.tell(Input::Redeem);
    assert!(sums(&mut stage).is_empty());
}

#[test]
fn row_24_what_is_not_worth_its_fee_is_redeemed_only_when_the_owner_says_so() {
    let mut stage = Stage::with(Config { bind_at: units(KIB), fee: units(40 * KIB), ..config() });
    stage.deposit(WALLET, 2, 1 << 40);
    for (slot, bytes) in [(0, 32 * KIB), (1, 48 * KIB)] {
        let peer = stage.buyer(slot.into(), WALLET, slot, FLOOR);
        earn(&mut stage, peer, slot, 24 * KIB);
        earn(&mut stage, peer, slot, bytes - 24 * KIB);
    }
    assert_eq!(sums(&mut stage), [[48 * KIB]]);
    stage.on_chain(WALLET.slot(1)).payee = Some(US);
    stage.on_chain(WALLET.slot(1)).paid = units(48 * KIB);
    stage.wait(Duration::from_secs(60));
    // Not when the session ends, either.
    stage.wait(6 * 24 * HOUR + 20 * HOUR);
    assert_eq!(sums(&mut stage), [[0_u64; 0]; 0]);
    stage.tell(Input::Fee(units(31 * KIB)));
    assert_eq!(sums(&mut stage), [[32 * KIB]]);
    let mut stage = Stage::with(Config { fee: units(40 * KIB), ..config() });
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    earn(&mut stage, peer, 0, 32 * KIB);
    stage.tell(Input::Redeem);
    assert_eq!(sums(&mut stage), [[32 * KIB]]);
}

#[test]
fn a_restarted_seller_redeems_what_ends_and_forgets_what_has_ended() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    earn(&mut stage, peer, 0, 32 * KIB);
    stage.now = stage.now + 6 * 24 * HOUR + 20 * HOUR;
    stage.restart(config());
    assert_eq!(sums(&mut stage), [[32 * KIB]]);
    stage.wait(9 * HOUR);
    assert_eq!(
        (stage.disk.len(), stage.seller.accounts().count()),
        (1, 1),
        "a late transaction may yet succeed"
    );
    stage.wait(2 * HOUR);
    assert_eq!((stage.disk.len(), stage.seller.accounts().count()), (0, 0));
    assert_eq!(stage.seller.deadline(), None);
}

#[test]
fn a_restarted_seller_looks_what_was_redeemed_before_it_redeems_again() {
    let config = Config { bind_at: units(32 * KIB), ..config() };
    let mut stage = Stage::with(config);
    stage.deposit(WALLET, 2, 1 << 40);
    for slot in 0..2 {
        let peer = stage.buyer(slot.into(), WALLET, slot, FLOOR);
        earn(&mut stage, peer, slot, 32 * KIB);
    }
    assert_eq!(sums(&mut stage), [[32 * KIB], [32 * KIB]]);
    let status = stage.on_chain(WALLET.slot(0));
    (status.payee, status.paid) = (Some(US), units(32 * KIB));
    stage.held.reads = true;
    stage.restart(config);
    assert!(sums(&mut stage).is_empty());
    stage.held.reads = false;
    stage.settle();
    assert_eq!(sums(&mut stage), [[32 * KIB]]);
    assert_eq!(stage.disk[&WALLET.slot(0)].redeemed, units(32 * KIB));
}

#[test]
fn an_extended_session_is_served_on() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    let later = stage.now + 30 * 24 * HOUR;
    stage.on_chain(WALLET.slot(0)).expiry = later;
    stage.wait(24 * HOUR);
    stage.wait(6 * 24 * HOUR);
    assert_eq!(stage.disk[&WALLET.slot(0)].expiry, later);
    assert_eq!((stage.hear(peer), stage.give(peer, KIB)), (vec![], KIB));
}

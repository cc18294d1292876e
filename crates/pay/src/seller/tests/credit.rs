//! What is given for what is paid.

use std::time::Duration;

use super::stage::{FLOOR, KIB, MIB, Stage, Wallet, bid, config, units};
use crate::message::{Message, Reason};
use crate::seller::Input;
use crate::{Credit, Rate};

const WALLET: Wallet = Wallet::new(1);

fn window(paid: u64) -> u64 {
    Credit::default().window(paid)
}

#[test]
fn row_20_a_buyer_who_pays_for_every_block_is_given_all_that_its_slot_has_money_for() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 4 * MIB);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    assert_eq!(stage.lines[&peer].preference, 1 << 20);
    let mut given = 0;
    while given < 4 * MIB {
        let portion = stage.give(peer, 16 * KIB);
        assert_eq!(portion, 16 * KIB, "after {given} bytes");
        given += portion;
        stage.wait(Duration::from_millis(60));
        stage.say(peer, &WALLET.voucher(0, given));
    }
    stage.wait(Duration::from_secs(1));
    let account = stage.account(WALLET.slot(0));
    assert_eq!((account.owed, account.best.voucher.cumulative), (units(4 * MIB), units(4 * MIB)));
    assert_eq!((account.paid_bytes, account.unpaid_bytes), (4 * MIB, 0));
    let ended = [Message::Reject(Reason::Underfunded), Message::Grant { rate: Rate::FREE, number: 1 }];
    assert_eq!(stage.hear(peer), ended);
    assert_eq!(stage.lines[&peer].limit, None, "who has no more to pay is served as ever");
    assert_eq!(stage.lines[&peer].preference, 0);
}

#[test]
fn row_21_a_buyer_that_stops_paying_gets_at_most_its_credit() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    assert_eq!(stage.give(peer, u64::MAX), window(0));
    stage.say(peer, &WALLET.voucher(0, 32 * KIB));
    assert_eq!(stage.give(peer, u64::MAX), 32 * KIB + 4 * KIB, "what was paid, and an eighth of it");
    let account = stage.account(WALLET.slot(0));
    assert_eq!((account.paid_bytes, account.unpaid_bytes), (32 * KIB, window(32 * KIB)));
}

#[test]
fn row_22_each_payment_raises_what_is_given_before_the_next_up_to_the_limit() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    let mut paid = 0;
    while window(paid) < 4 * MIB {
        assert_eq!(stage.give(peer, u64::MAX), window(paid));
        assert_eq!(stage.seller.step(peer), (window(paid) / 16).max(16 * KIB));
        paid += window(paid);
        stage.wait(Duration::from_millis(60));
        stage.say(peer, &WALLET.voucher(0, paid));
    }
    assert_eq!(stage.give(peer, u64::MAX), 4 * MIB);
}

#[test]
fn row_21_credit_that_was_used_up_stays_so_on_every_further_connection() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let mut peer = stage.buyer(1, WALLET, 0, FLOOR);
    let mut given = stage.give(peer, 40 * KIB);
    for number in 2..6 {
        // Every other time it does not even end the connection before.
        if number % 2 == 0 {
            stage.close(peer);
        }
        peer = stage.buyer(number, WALLET, 0, FLOOR);
        given += stage.give(peer, 16 * KIB);
    }
    assert_eq!(given, window(0));
    assert_eq!(stage.account(WALLET.slot(0)).unpaid_bytes, window(0));
}

#[test]
fn row_21_what_a_former_connection_may_yet_have_been_given_comes_off_the_credit_until_it_is_known() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let slot = WALLET.slot(0);
    let first = stage.buyer(1, WALLET, 0, FLOOR);
    assert_eq!(stage.lines[&first].limit, Some(32 * KIB));
    let second = stage.meet(2);
    stage.held.sends = true;
    stage.say(second, &WALLET.session(0, 0));
    assert_eq!(stage.lines[&first].limit, Some(0), "it is given no more");
    // Before that came to be known, 20 KiB had been.
    stage.lines.get_mut(&first).unwrap().given = 20 * KIB;
    let to_first = |(peer, _): &(_, _)| *peer == first;
    let (rest, ours) = std::mem::take(&mut stage.sends).into_iter().partition(to_first);
    stage.sends = ours;
    stage.held.sends = false;
    stage.settle();
    stage.say(second, &bid(FLOOR, 1));
    assert_eq!(stage.give(second, u64::MAX), window(0) - 32 * KIB);
    stage.sends = rest;
    stage.settle();
    let said = [Message::Reject(Reason::SlotTaken), Message::Grant { rate: Rate::FREE, number: 1 }];
    assert_eq!(stage.hear(first), said);
    assert_eq!(stage.lines[&first].limit, None);
    assert_eq!(stage.give(second, u64::MAX), 12 * KIB);
    assert_eq!(stage.account(slot).unpaid_bytes, window(0));
}

#[test]
fn row_25_a_seller_that_is_killed_again_and_again_gives_no_more_than_its_credit() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let slot = WALLET.slot(0);
    let mut given = 0;
    for number in 1..8 {
        let peer = stage.buyer(number, WALLET, 0, FLOOR);
        given += stage.give(peer, 16 * KIB);
        stage.restart(config());
        let account = stage.account(slot);
        assert!(given <= account.unpaid_bytes);
    }
    assert!(given <= window(0), "{given}");
    assert!(given >= window(0) / 4, "{given}");
}

#[test]
fn row_25_a_killed_seller_loses_no_voucher_that_it_served_on_and_a_quarter_of_the_credit_at_most() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    let mut given = 0;
    while given < 8 * MIB {
        given += stage.give(peer, 64 * KIB);
        stage.wait(Duration::from_millis(60));
        stage.say(peer, &WALLET.voucher(0, given));
    }
    stage.restart(config());
    let account = stage.account(WALLET.slot(0));
    assert_eq!((account.best.voucher.cumulative, account.paid_bytes), (units(given), given));
    assert!((1..=window(given) / 4).contains(&account.unpaid_bytes), "{}", account.unpaid_bytes);
    let peer = stage.meet(2);
    stage.say(peer, &WALLET.session(0, given + 1));
    stage.say(peer, &bid(FLOOR, 1));
    assert_eq!(stage.give(peer, u64::MAX), window(given) - account.unpaid_bytes + 1);
}

#[test]
fn row_25_a_record_that_reckons_with_a_lower_price_covers_no_byte_of_a_higher() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    let cheap = stage.give(peer, 10 * KIB);
    stage.held.writes = true;
    stage.say(peer, &bid(Rate::per_mib(3 << 20), 2));
    assert_eq!(stage.give(peer, u64::MAX), 0);
    stage.write_one();
    stage.settle();
    let dear = stage.give(peer, u64::MAX);
    assert!(dear >= 32 * KIB, "{dear}");
    stage.restart(config());
    let account = stage.account(WALLET.slot(0));
    assert!(account.owed >= units(cheap + 3 * dear) && account.unpaid_bytes >= cheap + dear, "{account:?}");
}

#[test]
fn row_25_a_record_covers_what_a_driver_may_have_given_before_it_heard_of_less() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 100 * KIB);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    assert_eq!(stage.lines[&peer].limit, Some(32 * KIB));
    stage.held.sends = true;
    stage.say(peer, &bid(Rate::per_mib(5 << 20), 2));
    assert_eq!(
        stage.lines[&peer].limit,
        Some(20 * KIB),
        "the slot has the money for no more at such a price"
    );
    stage.restart(config());
    assert_eq!(stage.account(WALLET.slot(0)).unpaid_bytes, 32 * KIB);
}

#[test]
fn whoever_leaves_in_order_leaves_nothing_lost() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 20 * KIB);
    stage.close(peer);
    let kept = stage.disk[&WALLET.slot(0)];
    assert_eq!((kept.unpaid_bytes, kept.owed), (20 * KIB, units(20 * KIB)));
}

#[test]
fn nothing_is_given_on_a_record_that_is_not_on_disk() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.meet(1);
    stage.say(peer, &WALLET.session(0, 0));
    stage.held.writes = true;
    stage.say(peer, &bid(FLOOR, 1));
    assert_eq!(stage.give(peer, u64::MAX), 0);
    stage.write_one();
    stage.settle();
    assert_eq!(stage.give(peer, u64::MAX), 32 * KIB, "what the record says that may be lost");
    stage.say(peer, &WALLET.voucher(0, 32 * KIB));
    assert_eq!(stage.give(peer, u64::MAX), 0);
    stage.held.writes = false;
    stage.settle();
    assert_eq!(stage.give(peer, u64::MAX), window(32 * KIB));
}

#[test]
fn bytes_are_charged_from_the_place_of_the_grant_in_the_stream() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.meet(1);
    assert_eq!(stage.give(peer, 100 * KIB), 100 * KIB, "free");
    stage.say(peer, &WALLET.session(0, 0));
    stage.held.sends = true;
    stage.say(peer, &bid(FLOOR, 1));
    let limit = stage.lines[&peer].limit.unwrap();
    assert_eq!(limit, 132 * KIB, "it is kept short before the grant is on its way");
    stage.give(peer, 10 * KIB);
    stage.held.sends = false;
    stage.settle();
    assert_eq!(stage.give(peer, 5 * KIB), 5 * KIB);
    assert_eq!(stage.account(WALLET.slot(0)).owed, units(5 * KIB));
}

#[test]
fn row_30_whoever_bids_more_pays_more_for_what_comes_behind_the_grant_only_and_is_trusted_no_further() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 10 * KIB);
    let dear = Rate::per_mib(3 << 20);
    stage.say(peer, &bid(dear, 2));
    assert_eq!(stage.lines[&peer].preference, 3 << 20);
    assert_eq!(stage.hear(peer), [Message::Grant { rate: dear, number: 2 }]);
    assert_eq!(stage.give(peer, u64::MAX), window(0) - 10 * KIB);
    assert_eq!(stage.account(WALLET.slot(0)).owed, units(10 * KIB + 3 * 54 * KIB));
}

#[test]
fn row_30_a_raise_of_the_floor_is_told_and_changes_no_grant() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let (buyer, other) = (stage.buyer(1, WALLET, 0, FLOOR), stage.meet(2));
    let floor = Rate::per_mib(2 << 20);
    stage.tell(Input::Floor(floor));
    for peer in [buyer, other] {
        assert_eq!(stage.hear(peer), [Message::Offer { floor }]);
    }
    stage.give(buyer, 10 * KIB);
    assert_eq!(stage.account(WALLET.slot(0)).owed, units(10 * KIB));
    stage.say(buyer, &bid(FLOOR, 2));
    stage.hears(buyer, Reason::Price);
    assert_eq!(stage.lines[&buyer].preference, 1 << 20, "what was granted stays granted");
    stage.say(buyer, &bid(floor, 3));
    assert_eq!(stage.hear(buyer), [Message::Grant { rate: floor, number: 3 }]);
}

#[test]
fn row_31_bids_order_peers_and_a_bid_of_nothing_is_an_end() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.meet(1);
    stage.say(peer, &bid(FLOOR, 1));
    stage.hears(peer, Reason::NoSession);
    stage.say(peer, &WALLET.session(0, 0));
    stage.hear(peer);
    stage.say(peer, &bid(Rate::per_mib((1 << 20) - 1), 2));
    stage.hears(peer, Reason::Price);
    stage.say(peer, &bid(Rate::per_mib(u128::MAX), 3));
    stage.hears(peer, Reason::Price);
    assert_eq!((stage.lines[&peer].preference, stage.lines[&peer].limit), (0, None));
    stage.say(peer, &bid(Rate::per_mib(5 << 20), 4));
    assert_eq!(stage.lines[&peer].preference, 5 << 20);
    stage.say(peer, &bid(Rate::per_mib(9 << 20), 4));
    assert_eq!(stage.lines[&peer].preference, 5 << 20, "its number is not higher");
    stage.say(peer, &bid(FLOOR, 5));
    assert_eq!(stage.lines[&peer].preference, 1 << 20);
    stage.hear(peer);
    stage.held.sends = true;
    stage.say(peer, &bid(Rate::FREE, 6));
    assert_eq!(stage.give(peer, 16 * KIB), 16 * KIB);
    assert_eq!(stage.lines[&peer].preference, 1 << 20, "the end is not on its way yet");
    stage.held.sends = false;
    stage.settle();
    assert_eq!(stage.hear(peer), [Message::Grant { rate: Rate::FREE, number: 6 }]);
    assert_eq!((stage.lines[&peer].preference, stage.lines[&peer].limit), (0, None));
    stage.give(peer, MIB);
    assert_eq!(stage.account(WALLET.slot(0)).owed, units(16 * KIB));
    stage.wait(Duration::from_secs(1));
    stage.say(peer, &WALLET.voucher(0, 16 * KIB));
    assert_eq!(stage.account(WALLET.slot(0)).paid_bytes, 16 * KIB, "who ends may still pay");
}

#[test]
fn row_31_peers_that_pay_nothing_are_given_whatever_they_like() {
    let mut stage = Stage::new();
    let peer = stage.meet(1);
    assert_eq!(stage.give(peer, 50 * MIB), 50 * MIB);
    assert_eq!((stage.lines[&peer].preference, stage.hear(peer)), (0, vec![]));
    assert_eq!(stage.work, (0, 0, 0));
}

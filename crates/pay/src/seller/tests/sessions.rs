//! Which sessions are good, and who is served on them.

use std::time::Duration;

use super::stage::{FLOOR, KIB, OTHER, Stage, US, Wallet, bid, units};
use crate::Rate;
use crate::message::{Message, Reason};

const WALLET: Wallet = Wallet::new(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_forged_session_costs_a_check_and_is_not_looked_at_again() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.meet(1);
    let Message::Session { owner, key, slot, cumulative, .. } = WALLET.session(0, 0) else { unreachable!() };
    let signature = crate::Signature::from_bytes([9; 64]);
    stage.say(peer, &Message::Session { owner, key, slot, cumulative, signature });
    stage.hears(peer, Reason::Signature);
    stage.say(peer, &WALLET.session(0, 0));
    stage.hears(peer, Reason::Signature);
    assert_eq!(stage.work, (1, 0, 0), "nobody asked the chain");
}

#[test]
fn a_peer_that_forges_before_its_session_is_on_disk_is_not_served() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.meet(1);
    stage.held.writes = true;
    stage.say(peer, &WALLET.session(0, 0));
    let Message::Session { owner, key, slot, cumulative, .. } = WALLET.session(0, 1) else { unreachable!() };
    let signature = crate::Signature::from_bytes([9; 64]);
    stage.say(peer, &Message::Session { owner, key, slot, cumulative, signature });
    stage.held.writes = false;
    stage.settle();
    stage.hears(peer, Reason::Signature);
}

#[test]
fn sessions_that_the_chain_does_not_have_or_that_pay_others_are_refused() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 3, 1 << 40);
    stage.on_chain(WALLET.slot(1)).payee = Some(OTHER);
    let status = *stage.on_chain(WALLET.slot(2));
    stage.chain.as_mut().unwrap().insert(WALLET.slot(3), status);
    let cases = [
        (Wallet::new(2).session(0, 0), Reason::NoSession),
        (WALLET.session(1, 0), Reason::SlotTaken),
        (WALLET.session(2, 1 << 40), Reason::Underfunded),
        (WALLET.session(3, 0), Reason::NoSession),
    ];
    for (number, (session, reason)) in (1..).zip(cases) {
        let peer = stage.meet(number);
        stage.say(peer, &session);
        stage.hears(peer, reason);
        stage.say(peer, &bid(FLOOR, 1));
        stage.hears(peer, Reason::NoSession);
        assert_eq!(stage.lines[&peer].limit, None, "it is served as ever");
    }
    assert_eq!(stage.work.1, 0);
}

#[test]
fn row_27_a_reconnected_buyer_goes_on_with_its_slot_and_hears_what_it_forgot() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let slot = WALLET.slot(0);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 40 * KIB);
    stage.say(peer, &WALLET.voucher(0, 32 * KIB));
    stage.close(peer);
    let peer = stage.meet(2);
    stage.say(peer, &WALLET.session(0, 16 * KIB));
    assert_eq!(stage.hear(peer), [Message::Receipt(WALLET.payment(0, 32 * KIB)), Message::Ack { slot }]);
    stage.say(peer, &bid(FLOOR, 1));
    stage.hear(peer);
    stage.say(peer, &WALLET.voucher(0, 40 * KIB));
    let account = stage.account(slot);
    assert_eq!((account.owed, account.paid_bytes, account.unpaid_bytes), (units(40 * KIB), 40 * KIB, 0));
}

#[test]
fn row_27_a_session_that_shows_more_than_we_have_pays_that_much() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 40 * KIB);
    stage.close(peer);
    let peer = stage.meet(2);
    stage.say(peer, &WALLET.session(0, 40 * KIB));
    assert_eq!(stage.hear(peer), [Message::Ack { slot: WALLET.slot(0) }]);
    assert_eq!(stage.account(WALLET.slot(0)).paid_bytes, 40 * KIB);
    assert_eq!(stage.disk[&WALLET.slot(0)].best.voucher.cumulative, units(40 * KIB));
}

/// What a seller has on disk when it begins may have been handed to the chain before it ended.
#[test]
fn row_27_after_a_restart_nobody_passes_for_a_buyer_with_what_may_be_on_the_chain() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 40 * KIB);
    stage.say(peer, &WALLET.voucher(0, 40 * KIB));
    stage.tell(crate::seller::Input::Redeem);
    assert_eq!(stage.redeemed.len(), 1);
    stage.held.reads = true;
    stage.restart(super::stage::config());
    let peer = stage.meet(2);
    stage.say(peer, &WALLET.session(0, 40 * KIB));
    // Nobody has read the chain yet, or what happened is not confirmed.
    stage.held.reads = false;
    stage.settle();
    stage.hears(peer, Reason::NotMore);
    stage.wait(Duration::from_secs(10));
    stage.say(peer, &WALLET.session(0, 40 * KIB + 1));
    assert_eq!(stage.hear(peer), [Message::Ack { slot: WALLET.slot(0) }]);
}

#[test]
fn row_27_the_last_good_session_takes_a_slot_over() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let first = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(first, 10 * KIB);
    let second = stage.buyer(2, WALLET, 0, FLOOR);
    assert_eq!(
        stage.hear(first),
        [Message::Reject(Reason::SlotTaken), Message::Grant { rate: Rate::FREE, number: 1 }]
    );
    assert_eq!((stage.lines[&first].preference, stage.lines[&first].limit), (0, None));
    stage.say(first, &bid(FLOOR, 2));
    stage.hears(first, Reason::NoSession);
    stage.say(first, &WALLET.voucher(0, 10 * KIB));
    stage.hears(first, Reason::NoSession);
    stage.give(first, 10 * KIB);
    assert_eq!(stage.account(WALLET.slot(0)).owed, units(10 * KIB), "its bytes are free again");
    assert_eq!(stage.lines[&second].preference, 1 << 20);
}

#[test]
fn a_buyer_may_go_on_with_another_slot_on_the_same_connection() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 2, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 10 * KIB);
    stage.wait(Duration::from_secs(10));
    stage.say(peer, &WALLET.session(1, 0));
    let slot = WALLET.slot(1);
    assert_eq!(stage.hear(peer), [Message::Grant { rate: Rate::FREE, number: 1 }, Message::Ack { slot }]);
    stage.give(peer, 5 * KIB);
    stage.say(peer, &bid(FLOOR, 2));
    stage.give(peer, 3 * KIB);
    let owed = |stage: &Stage, number| stage.account(WALLET.slot(number)).owed;
    assert_eq!((owed(&stage, 0), owed(&stage, 1)), (units(10 * KIB), units(3 * KIB)));
}

#[test]
fn what_follows_an_ack_is_free_until_the_next_grant() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 10 * KIB);
    stage.say(peer, &WALLET.session(0, 0));
    let slot = WALLET.slot(0);
    assert_eq!(stage.hear(peer), [Message::Grant { rate: Rate::FREE, number: 1 }, Message::Ack { slot }]);
    stage.give(peer, 10 * KIB);
    stage.say(peer, &bid(FLOOR, 2));
    stage.give(peer, 10 * KIB);
    assert_eq!(stage.account(slot).owed, units(20 * KIB));
}

#[test]
fn row_29_a_session_that_ends_too_soon_is_refused_and_one_that_comes_to_its_end_is_served_no_more() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 2, 1 << 40);
    let (soon, now) = (Wallet::new(2), stage.now);
    stage.deposit(soon, 1, 1 << 40);
    stage.on_chain(soon.slot(0)).expiry = now + 6 * HOUR;
    let peer = stage.meet(1);
    stage.say(peer, &soon.session(0, 0));
    stage.hears(peer, Reason::Expiring);

    let peer = stage.buyer(2, WALLET, 0, FLOOR);
    stage.give(peer, 32 * KIB);
    stage.say(peer, &WALLET.voucher(0, 32 * KIB));
    stage.wait(7 * 24 * HOUR - 6 * HOUR - Duration::from_secs(1));
    assert_eq!((stage.hear(peer), stage.redeemed.len()), (vec![], 0));
    assert!(stage.seller.deadline().unwrap() <= stage.now + Duration::from_secs(1));
    stage.wait(Duration::from_secs(1));
    assert_eq!(
        stage.hear(peer),
        [Message::Reject(Reason::Expiring), Message::Grant { rate: Rate::FREE, number: 1 }]
    );
    assert_eq!(stage.lines[&peer].limit, None);
    assert_eq!(stage.redeemed[0][0].voucher.cumulative, units(32 * KIB));
    stage.say(peer, &bid(FLOOR, 2));
    stage.hears(peer, Reason::Expiring);
}

#[test]
fn row_32_a_session_that_a_reorganized_chain_lost_has_no_more_credit() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    stage.give(peer, 20 * KIB);
    let chain = stage.chain.replace(Default::default());
    stage.wait(Duration::from_secs(600));
    assert_eq!(
        stage.hear(peer),
        [Message::Reject(Reason::NoSession), Message::Grant { rate: Rate::FREE, number: 1 }]
    );
    assert_eq!((stage.lines[&peer].limit, stage.lines[&peer].preference), (None, 0));
    stage.say(peer, &bid(FLOOR, 2));
    stage.hears(peer, Reason::NoSession);
    // It is there again, with what it owed.
    stage.chain = chain;
    stage.wait(Duration::from_secs(60));
    stage.say(peer, &WALLET.session(0, 0));
    stage.say(peer, &bid(FLOOR, 3));
    assert_eq!(stage.give(peer, u64::MAX), 44 * KIB);
}

#[test]
fn row_32_a_session_that_is_lost_while_its_record_is_written_is_not_served() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.meet(1);
    stage.held.writes = true;
    stage.say(peer, &WALLET.session(0, 0));
    let status = crate::seller::SlotStatus { owner: OTHER, ..*stage.on_chain(WALLET.slot(0)) };
    let slot = WALLET.slot(0);
    stage.tell(crate::seller::Input::OnChain { slot, status: Some(status), agreed: true });
    stage.held.writes = false;
    stage.settle();
    stage.hears(peer, Reason::NoSession);
}

#[test]
fn row_33_while_no_node_can_be_asked_peers_are_served_free_and_those_served_stay_so() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 2, 1 << 40);
    let served = stage.buyer(1, WALLET, 0, FLOOR);
    let chain = stage.chain.take();
    let peer = stage.meet(2);
    stage.say(peer, &WALLET.session(1, 0));
    stage.hears(peer, Reason::NoSession);
    assert_eq!(stage.give(peer, 1 << 30), 1 << 30);
    stage.wait(Duration::from_secs(600));
    assert_eq!((stage.hear(served), stage.give(served, KIB)), (vec![], KIB));
    stage.chain = chain;
    stage.say(peer, &WALLET.session(1, 0));
    assert_eq!(stage.hear(peer), [Message::Ack { slot: WALLET.slot(1) }]);
}

#[test]
fn a_deposit_that_is_not_confirmed_yet_is_found_when_it_is() {
    let mut stage = Stage::new();
    let peer = stage.meet(1);
    stage.say(peer, &WALLET.session(0, 0));
    stage.hears(peer, Reason::NoSession);
    stage.deposit(WALLET, 1, 1 << 40);
    stage.wait(Duration::from_secs(10));
    stage.say(peer, &WALLET.session(0, 0));
    assert_eq!(stage.hear(peer), [Message::Ack { slot: WALLET.slot(0) }]);
}

#[test]
fn row_33_a_node_that_does_not_answer_keeps_nobody_from_being_served() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    stage.held.reads = true;
    let peer = stage.meet(1);
    stage.say(peer, &WALLET.session(0, 0));
    assert_eq!(stage.give(peer, 1 << 20), 1 << 20);
    stage.say(peer, &bid(FLOOR, 1));
    stage.hears(peer, Reason::NoSession);
    stage.close(peer);
    stage.held.reads = false;
    stage.settle();
    assert!(stage.seller.account(WALLET.slot(0)).is_none(), "who asked is gone");
}

#[test]
fn the_chain_is_asked_once_a_minute_for_a_slot_and_once_in_ten_seconds_for_a_peer() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 3, 1 << 40);
    let peer = stage.meet(1);
    for _ in 0..5 {
        stage.say(peer, &WALLET.session(0, 0));
    }
    assert_eq!((stage.hear(peer).len(), stage.work.2), (5, 1));
    let checks = stage.work.0;
    stage.say(peer, &WALLET.session(1, 0));
    stage.say(peer, &WALLET.session(2, 0));
    stage.say(peer, &WALLET.session(1, 0));
    stage.wait(Duration::from_secs(9));
    assert_eq!((stage.hear(peer), stage.work.0), (vec![], checks), "the last one waits, unchecked");
    stage.wait(Duration::from_secs(1));
    assert_eq!((stage.hear(peer), stage.work.2), (vec![Message::Ack { slot: WALLET.slot(1) }], 2));
    stage.wait(Duration::from_secs(50));
    stage.say(peer, &WALLET.session(0, 0));
    assert_eq!(stage.work.2, 3);
}

#[test]
fn what_was_redeemed_before_our_records_begin_is_not_earned_again() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let status = stage.on_chain(WALLET.slot(0));
    (status.payee, status.paid) = (Some(US), units(100 * KIB));
    let peer = stage.meet(1);
    // Everybody can see that on the chain.
    stage.say(peer, &WALLET.session(0, 100 * KIB));
    stage.hears(peer, Reason::NotMore);
    stage.wait(Duration::from_secs(10));
    stage.say(peer, &WALLET.session(0, 100 * KIB + 1));
    assert_eq!(stage.hear(peer).last(), Some(&Message::Ack { slot: WALLET.slot(0) }));
    stage.say(peer, &bid(FLOOR, 1));
    stage.give(peer, 32 * KIB);
    assert_eq!(stage.account(WALLET.slot(0)).unredeemed(), units(1));
    assert!(stage.account(WALLET.slot(0)).paid_bytes < 32 * KIB);
    stage.say(peer, &WALLET.voucher(0, 132 * KIB + 1));
    assert_eq!(stage.account(WALLET.slot(0)).paid_bytes, 32 * KIB);
}

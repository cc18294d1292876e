use std::time::Duration;

use btt::Amount;
use pay::buyer::{Deposit, Input};
use pay::message::{Claim, Fraud, Message, Reason};
use pay::{PeerKey, Rate, Signature, SlotId};

use crate::world::*;

#[test]
fn row_24_of_a_flood_of_messages_twenty_a_second_are_read() {
    let mut world = World::with_deposit();
    world.meet(1, PER_BYTE);
    let slot = SlotId { session: deposit(1).session, slot: 0 };
    let flood = |world: &mut World| {
        for _ in 0..20 {
            world.hear(1, &Message::Offer { floor: Rate::per_mib(PER_BYTE) }, 0);
        }
    };
    flood(&mut world);
    world.sent(1);
    world.hear(1, &Message::Ack { slot }, 0);
    assert_eq!(world.sent(1), []);
    world.pass(Duration::from_secs(1));
    world.hear(1, &Message::Ack { slot }, 0);
    assert_eq!(bids(&world.sent(1)), [(PER_BYTE, 1)]);
}

#[test]
fn row_24_what_cannot_be_read_and_what_sellers_do_not_say_is_ignored() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    let signature = Signature::from_bytes([0; 64]);
    let (owner, key) = (deposit(1).owner, deposit(1).key);
    let claim = |peer| Claim { payee: payee(peer), cumulative: Amount::from_units(1), signature };
    let messages = [
        Message::Bid { rate: Rate::FREE, number: 7 }.encode(),
        Message::Session { owner, key, slot: 0, cumulative: Amount::default(), signature }.encode(),
        Message::Fraud(Box::new(Fraud { owner, key, slot: slot.slot, claims: [claim(1), claim(2)] }))
            .encode(),
        b"d1:t1:ge".to_vec(),
        vec![b'd'; 2000],
        vec![],
    ];
    for payload in messages {
        world.handle(Input::Message { peer: PeerKey(1), payload: &payload, taken: 0 });
    }
    assert_eq!(world.sent(1), []);
    world.take(1, 16 * KIB);
    assert_eq!(vouchers(&world.sent(1)), [16 << 10]);
}

#[test]
fn a_session_that_nobody_knows_yet_is_shown_again_and_ever_more_seldom() {
    let mut world = World::with_deposit();
    world.meet(1, PER_BYTE);
    for tries in 1..5 {
        assert_eq!(world.sent(1).len(), 1);
        world.hear(1, &Message::Reject(Reason::NoSession), 0);
        world.pass(Duration::from_secs(30 * tries - 1));
        assert_eq!(world.sent(1), []);
        world.pass(Duration::from_secs(1));
    }
    assert_eq!(world.ledger.disk.len(), 1);
}

#[test]
fn a_session_that_is_not_accepted_makes_room_for_others() {
    let mut world = World::with_deposit();
    for peer in 1..=5 {
        world.meet(peer, PER_BYTE);
    }
    assert_eq!(world.sent(5), []);
    world.pass(Duration::from_secs(30));
    assert_eq!(world.sent(5).len(), 1);
}

#[test]
fn whoever_does_not_believe_the_signature_is_not_asked_again() {
    let mut world = World::with_deposit();
    world.meet(1, PER_BYTE);
    world.sent(1);
    world.hear(1, &Message::Reject(Reason::Signature), 0);
    world.pass(Duration::from_secs(100));
    assert_eq!((world.sent(1), world.ledger.disk.len()), (vec![], 1));
}

#[test]
fn row_29_a_session_that_ends_too_soon_is_followed_by_another_one() {
    let mut world = World::new();
    world.budget(8 << 20, PER_BYTE);
    let expiry = world.now + Duration::from_secs(7 * 60 * 60);
    world.deposit(Deposit { slots: 1, expiry, ..deposit(1) });
    let first = world.hire(1, PER_BYTE);
    world.deposit(deposit(2));
    world.take(1, 20 * KIB);
    world.sent(1);
    // Its clock is ahead of ours.
    world.hear(1, &Message::Reject(Reason::Expiring), 20 * KIB);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 1 }, 20 * KIB);
    world.pass(Duration::from_millis(60));
    assert_eq!(world.ledger.signed[&first].cumulative.units(), 20 << 10);
    assert_eq!(world.accept(1, 20 * KIB).session, deposit(2).session);
}

#[test]
fn a_slot_that_its_payee_refuses_is_replaced_once() {
    for reason in [Reason::Underfunded, Reason::Expiring, Reason::SlotTaken] {
        let mut world = World::with_deposit();
        let first = world.hire(1, PER_BYTE);
        world.take(1, 16 * KIB);
        world.take(1, 20 * KIB);
        world.sent(1);
        world.hear(1, &Message::Reject(reason), 20 * KIB);
        world.hear(1, &Message::Grant { rate: Rate::FREE, number: 1 }, 20 * KIB);
        world.pass(Duration::from_millis(60));
        let second = world.accept(1, 20 * KIB);
        assert_eq!((first.slot, second.slot), (0, 1));
        // What it did not get yet it gets from the one that is used up, or else from the other.
        let is_used_up = matches!(reason, Reason::Underfunded | Reason::Expiring);
        assert_eq!(
            world.ledger.signed[&first].cumulative.units(),
            if is_used_up { 20 << 10 } else { 16 << 10 }
        );
        world.pass(Duration::from_secs(1));
        assert_eq!(world.signed(1), 20 << 10);
        world.grant(1, 20 * KIB);
        world.take(1, 36 * KIB);
        world.hear(1, &Message::Reject(reason), 36 * KIB);
        world.sent(1);
        world.pass(Duration::from_secs(100));
        assert_eq!((world.sent(1), world.ledger.disk.len()), (vec![], 2));
    }
}

/// A peer that has got all that may come together on a slot before the chain binds it gives no more for money, refuses what is
/// bid too soon, and agrees to bids of nothing.
fn refuse_all_bids(world: &mut World, taken: u64) {
    for message in world.sent(1) {
        if let Message::Bid { rate, number } = message {
            let answer = Message::Grant { rate, number };
            world.hear(
                1,
                if rate == Rate::FREE { &answer } else { &Message::Reject(Reason::OverCredit) },
                taken,
            );
        }
    }
}

#[test]
fn row_28_a_slot_that_is_not_bound_yet_is_paid_from_again_when_the_peer_has_rested() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    for taken in [100 * KIB, 200 * KIB, 300 * KIB] {
        world.take(1, taken);
        world.sent(1);
        world.hear(1, &Message::Reject(Reason::OverCredit), taken);
        world.hear(1, &Message::Grant { rate: Rate::FREE, number: 1 }, taken);
        world.pass(Duration::from_secs(1));
        assert_eq!(world.signed(1), u128::from(taken), "what came is paid");
        refuse_all_bids(&mut world, taken);
        world.pass(Duration::from_secs(29));
        assert_eq!(world.sent(1), []);
        world.pass(Duration::from_secs(1));
        assert_eq!(world.accept(1, taken), slot);
        world.grant(1, taken);
    }
}

#[test]
fn row_28_whoever_refuses_a_slot_as_not_bound_and_gives_nothing_has_it_and_no_other_and_is_asked_ever_more_seldom()
 {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    world.hear(1, &Message::Reject(Reason::OverCredit), 0);
    refuse_all_bids(&mut world, 0);
    for rest in [30, 60, 90] {
        world.pass(Duration::from_secs(rest - 1));
        assert_eq!(world.sent(1), []);
        world.pass(Duration::from_secs(1));
        assert_eq!(world.accept(1, 0), slot);
        refuse_all_bids(&mut world, 0);
        refuse_all_bids(&mut world, 0);
    }
    assert_eq!((world.signed(1), world.ledger.disk.len()), (0, 1));
}

#[test]
fn a_slot_that_what_is_on_its_way_may_fill_is_refused_as_often_as_that_is_so() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    for slot in 1..=3 {
        let taken = slot * 900 * KIB;
        world.take(1, taken);
        world.pass(Duration::from_secs(1));
        world.sent(1);
        world.hear(1, &Message::Reject(Reason::Underfunded), taken);
        // A peer that then goes on to charge is not waited for.
        world.pass(Duration::from_secs(10));
        assert_eq!(u64::from(world.accept(1, taken).slot), slot);
        world.grant(1, taken);
    }
    assert_eq!(world.signed(1), 3 * (900 << 10));
}

#[test]
fn a_payee_keeps_its_slots_when_there_is_no_other() {
    let mut world = World::new();
    world.budget(8 << 20, PER_BYTE);
    world.deposit(Deposit { slots: 1, ..deposit(1) });
    world.hire(1, PER_BYTE);
    world.hear(1, &Message::Reject(Reason::SlotTaken), 0);
    assert_eq!(bids(&world.sent(1)), [(0, 2)]);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 2 }, 0);
    world.meet(2, PER_BYTE);
    world.pass(Duration::from_secs(100));
    assert_eq!((world.sent(1), world.sent(2)), (vec![], vec![]));
}

#[test]
fn slots_too_small_for_a_block_are_given_to_nobody() {
    let mut world = World::new();
    world.budget(8 << 20, PER_BYTE);
    world.deposit(Deposit { slot_cap: Amount::from_units((16 << 10) - 1), ..deposit(1) });
    world.meet(1, PER_BYTE);
    assert_eq!((world.sent(1), world.ledger.disk.len()), (vec![], 0));
    world.meet(2, PER_BYTE / 2);
    assert_eq!(world.accept(2, 0).slot, 0);
}

#[test]
fn a_peer_that_serves_and_gives_nothing_on_a_used_slot_gets_another() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 16 * KIB);
    world.handle(Input::Closed(PeerKey(1)));
    // What was on its way when the connection broke is more than its credit.
    world.handle(Input::Met { peer: PeerKey(2), terms: terms(1, PER_BYTE), trusted: 0 });
    assert_eq!(world.accept(2, 0).slot, 0);
    world.grant(2, 0);
    world.take(2, 0);
    world.pass(Duration::from_secs(10));
    assert_eq!(world.accept(2, 0).slot, 1);
    // What it granted was for the other.
    world.take(2, 100 * KIB);
    world.grant(2, 100 * KIB);
    world.take(2, 101 * KIB);
    world.pass(Duration::from_secs(100));
    assert_eq!(world.signed(1), 17 << 10);
    assert_eq!(world.ledger.disk.len(), 2, "a new slot has all the credit that there is");
}

#[test]
fn a_peer_that_gives_or_does_not_serve_keeps_its_slot() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 16 * KIB);
    world.handle(Input::Closed(PeerKey(1)));
    world.handle(Input::Met { peer: PeerKey(2), terms: terms(1, PER_BYTE), trusted: 0 });
    world.accept(2, 0);
    world.starve(2, 0);
    world.pass(Duration::from_secs(100));
    world.take(2, 1);
    world.pass(Duration::from_secs(100));
    assert_eq!(world.ledger.disk.len(), 1);
}

#[test]
fn that_a_slot_is_full_may_be_said_when_we_know_it_already() {
    let mut world = World::with_deposit();
    let first = world.hire(1, PER_BYTE);
    world.take(1, 1010 * KIB);
    world.pass(Duration::from_secs(1));
    let sent = world.sent(1);
    assert!(matches!(sent.last(), Some(Message::Session { slot: 1, .. })), "{sent:?}");
    world.hear(1, &Message::Reject(Reason::Underfunded), 1010 * KIB);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 1 }, 1010 * KIB);
    world.hear(1, &Message::Ack { slot: SlotId { slot: 1, ..first } }, 1010 * KIB);
    assert_eq!(bids(&world.sent(1)), [(PER_BYTE, 2)]);
    world.hear(1, &Message::Grant { rate: Rate::per_mib(PER_BYTE), number: 2 }, 1010 * KIB);
    world.take(1, 1030 * KIB);
    assert_eq!(vouchers(&world.sent(1)), [20 << 10]);
}

#[test]
fn a_peer_that_says_its_terms_again_is_the_peer_that_it_was() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.meet(1, PER_BYTE / 2);
    world.take(1, 16 * KIB);
    assert_eq!(vouchers(&world.sent(1)), [16 << 10]);
    // But not if somebody else is to be paid for what it gives.
    world.handle(Input::Met { peer: PeerKey(1), terms: terms(2, PER_BYTE), trusted: 0 });
    world.take(1, 100 * KIB);
    world.pass(Duration::from_secs(100));
    assert_eq!(world.sent(1), [Message::Bid { rate: Rate::FREE, number: 2 }]);
    assert_eq!(world.signed(2), 0);
}

#[test]
fn a_rate_that_changes_all_the_time_is_refused() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    for taken in 1..=17 {
        world.hear(1, &Message::Grant { rate: Rate::per_mib(u128::from(taken)), number: 1 }, taken);
    }
    let no_more = Message::Bid { rate: Rate::FREE, number: 2 };
    assert_eq!(world.sent(1), [Message::Reject(Reason::TooMany), no_more]);
    world.take(1, 100 * KIB);
    world.pass(Duration::from_secs(100));
    assert_eq!(world.signed(1), 0);
}

#[test]
fn a_slot_that_is_used_up_is_left_when_the_peer_charges_no_more_on_it() {
    let mut world = World::with_deposit();
    let first = world.hire(1, PER_BYTE);
    world.take(1, 900 * KIB);
    world.pass(Duration::from_secs(1));
    world.sent(1);
    world.hear(1, &Message::Reject(Reason::Underfunded), 900 * KIB);
    world.take(1, 950 * KIB);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 1 }, 960 * KIB);
    world.take(1, 980 * KIB);
    assert_eq!(world.ledger.signed[&first].cumulative.units(), 960 << 10);
    assert_eq!(world.accept(1, 980 * KIB).slot, 1);
}

#[test]
fn no_slot_is_begun_for_a_deal_that_ends() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 900 * KIB);
    let left = world.buyer.left().units();
    world.budget(left, 0);
    world.take(1, 1020 * KIB);
    world.pass(Duration::from_secs(5));
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 2 }, 1020 * KIB);
    world.pass(Duration::from_secs(30));
    assert_eq!((world.signed(1), world.ledger.disk.len()), (1020 << 10, 1));
    world.budget(left, PER_BYTE);
    assert_eq!(world.accept(1, 1020 * KIB).slot, 1);
}

#[test]
fn whoever_is_refused_does_not_keep_others_of_its_payee_from_being_paid() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.handle(Input::Met { peer: PeerKey(2), terms: terms(1, PER_BYTE), trusted: 0 });
    assert_eq!(world.sent(2), []);
    world.handle(Input::Bad(PeerKey(1)));
    assert_eq!(world.accept(2, 0).slot, 0);
}

#[test]
fn what_came_on_a_slot_is_paid_from_it_however_late_that_is() {
    let mut world = World::with_deposit();
    let first = world.hire(1, PER_BYTE);
    world.take(1, 1010 * KIB);
    world.sent(1);
    // A night passes, and nobody wakes it.
    world.now = world.now + Duration::from_secs(10 * 60 * 60);
    world.is_slow = true;
    world.handle(Input::Taken {
        peer: PeerKey(1),
        taken: 1020 * KIB,
        unverified: 0,
        served: true,
        complete: false,
    });
    assert!(world.buyer.deadline().is_none_or(|deadline| deadline > world.now));
    world.is_slow = false;
    world.work(true);
    assert_eq!(world.ledger.signed[&first].cumulative.units(), 1020 << 10);
    assert_eq!(world.accept(1, 1020 * KIB).slot, 1);
}

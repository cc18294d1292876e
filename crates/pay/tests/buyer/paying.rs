use std::time::Duration;

use btt::Amount;
use pay::buyer::{Assignment, Input};
use pay::message::{Message, Payment};
use pay::{PeerKey, Rate, Signature, Time, Voucher};

use crate::world::*;

#[test]
fn row_20_a_peer_is_paid_as_it_goes_to_the_last_unit() {
    let mut world = World::with_deposit();
    world.meet(1, PER_BYTE);
    let sent = world.sent(1);
    let [Message::Session { slot: 0, cumulative, .. }] = sent[..] else { panic!("{sent:?}") };
    assert!(cumulative.is_zero());
    let slot = pay::SlotId { session: deposit(1).session, slot: 0 };
    world.hear(1, &Message::Ack { slot }, 0);
    assert_eq!(bids(&world.sent(1)), [(PER_BYTE, 1)]);
    // What came before the grant is free.
    world.take(1, 5000);
    world.hear(1, &Message::Grant { rate: Rate::per_mib(PER_BYTE), number: 1 }, 5000);
    world.take(1, 5000 + 16 * KIB - 1);
    assert_eq!(vouchers(&world.sent(1)), [0; 0], "too little for a voucher");
    world.take(1, 5000 + 16 * KIB);
    assert_eq!(vouchers(&world.sent(1)), [16 << 10]);
    world.take(1, 5000 + 500 * KIB);
    world.pass(Duration::from_secs(1));
    assert_eq!(vouchers(&world.sent(1)), [500 << 10]);
    assert_eq!((world.buyer.spent().units(), world.signed(1)), (500 << 10, 500 << 10));
    assert_eq!(world.buyer.left().units(), (8 << 20) - (500 << 10));
    assert_eq!(world.buyer.rates().collect::<Vec<_>>(), [(PeerKey(1), Rate::per_mib(PER_BYTE))]);
}

#[test]
fn what_is_little_is_paid_after_a_second() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 10);
    world.pass(Duration::from_millis(999));
    assert_eq!(vouchers(&world.sent(1)), [0; 0]);
    world.pass(Duration::from_millis(1));
    assert_eq!(vouchers(&world.sent(1)), [10]);
    world.pass(Duration::from_secs(60));
    assert_eq!(vouchers(&world.sent(1)), [0; 0], "nothing is paid twice");
}

#[test]
fn row_24_sellers_get_no_more_vouchers_in_a_second_than_they_read() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    for block in 1..=1000 {
        world.handle(Input::Taken {
            peer: PeerKey(1),
            taken: block * 1024,
            unverified: 0,
            served: true,
            complete: false,
        });
        world.pass(Duration::from_millis(1));
    }
    let count = vouchers(&world.sent(1)).len();
    assert!((10..=17).contains(&count), "{count}");
    world.pass(Duration::from_secs(1));
    assert_eq!(world.signed(1), 1000 << 10);
}

#[test]
fn row_22_vouchers_become_fewer_as_credit_grows() {
    let mut world = World::new();
    world.deposit(pay::buyer::Deposit { slot_cap: Amount::from_btt(1), ..deposit(1) });
    world.budget(1 << 60, 2 * PER_BYTE);
    world.hire(1, PER_BYTE);
    let mut vouchers_of = |from: u64, to: u64, step: usize| {
        for taken in (from..=to).step_by(step) {
            world.take(1, taken);
        }
        vouchers(&world.sent(1)).len()
    };
    // A quarter of the window each: at first two blocks, after 32 MiB it is 1 MiB.
    assert_eq!(vouchers_of(0, 256 << 10, 16 << 10), 8);
    assert_eq!(vouchers_of(40 << 20, 80 << 20, 256 << 10), 41);
}

#[test]
fn row_23_what_is_not_checked_is_paid_up_to_a_bound_and_not_after_it_was_wrong() {
    let mut world = World::with_deposit();
    world.handle(Input::Met { peer: PeerKey(1), terms: terms(1, PER_BYTE), trusted: 100 << 10 });
    world.accept(1, 0);
    world.grant(1, 0);
    let taken = |taken, unverified| Input::Taken {
        peer: PeerKey(1),
        taken,
        unverified,
        served: true,
        complete: false,
    };
    world.handle(taken(300 * KIB, 300 * KIB));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.signed(1), 100 << 10);
    // A piece turned out well.
    world.handle(taken(300 * KIB, 44 * KIB));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.signed(1), 300 << 10);
    // What was payable stays so.
    world.handle(taken(300 * KIB, 300 * KIB));
    // As much again is trusted as turned out right.
    world.handle(taken(900 * KIB, 600 * KIB));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.signed(1), 700 << 10);
    world.sent(1);
    world.handle(Input::Bad(PeerKey(1)));
    assert_eq!(world.dropped, [PeerKey(1)]);
    world.handle(taken(900 * KIB, 0));
    world.pass(Duration::from_secs(60));
    assert_eq!(world.signed(1), 700 << 10);
    assert_eq!(world.sent(1), [Message::Bid { rate: Rate::FREE, number: 2 }]);
}

#[test]
fn row_23_where_blocks_are_checked_nothing_is_paid_before() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.handle(Input::Taken {
        peer: PeerKey(1),
        taken: 500 * KIB,
        unverified: 500 * KIB,
        served: true,
        complete: false,
    });
    world.pass(Duration::from_secs(5));
    assert_eq!(world.signed(1), 0);
}

#[test]
fn row_27_whoever_comes_back_is_paid_from_its_slot_and_gets_what_it_had_to_get() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    world.take(1, 20 * KIB);
    world.take(1, 24 * KIB);
    world.handle(Input::Closed(PeerKey(1)));
    world.hire(2, PER_BYTE);
    // The same payee on another connection.
    world.handle(Input::Met { peer: PeerKey(3), terms: terms(1, PER_BYTE), trusted: 0 });
    let sent = world.sent(3);
    let Some(Message::Session { slot: 0, cumulative, .. }) = sent.first() else { panic!("{sent:?}") };
    assert_eq!(cumulative.units(), (20 << 10) + 1, "a unit more shows that the key is there");
    world.hear(3, &Message::Ack { slot }, 0);
    assert_eq!(vouchers(&world.sent(3)), [24 << 10]);
}

#[test]
fn row_27_a_payee_is_paid_on_one_connection_at_a_time() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    for peer in [2, 3] {
        world.handle(Input::Met { peer: PeerKey(peer), terms: terms(1, PER_BYTE), trusted: 0 });
    }
    assert_eq!((world.sent(2), world.sent(3)), (vec![], vec![]));
    world.handle(Input::Closed(PeerKey(1)));
    assert_eq!(world.sent(2), []);
    assert!(matches!(world.sent(3)[..], [Message::Session { slot: 0, .. }]));
}

/// What a seller says that it has of us.
fn receipt(slot: pay::SlotId, cumulative: u128, genuine: bool) -> Message {
    let voucher = Voucher { slot, payee: payee(1), cumulative: Amount::from_units(cumulative) };
    let signature = if genuine { signature(&voucher) } else { Signature::from_bytes([7; 64]) };
    Message::Receipt(Payment { slot, cumulative: voucher.cumulative, signature })
}

#[test]
fn row_27_what_we_signed_and_do_not_remember_is_adopted() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    world.ledger.allow(300 << 10);
    world.hear(1, &receipt(slot, 300 << 10, true), 0);
    assert_eq!(world.ledger.disk[&slot].cumulative.units(), 300 << 10);
    assert_eq!(world.buyer.spent().units(), 0, "that was spent before");
    world.take(1, 16 * KIB);
    assert_eq!(vouchers(&world.sent(1)), [316 << 10]);
}

#[test]
fn row_27_a_forged_receipt_is_ignored_and_one_is_checked() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    world.hear(1, &receipt(slot, 300 << 10, false), 0);
    assert_eq!(world.checks.len(), 1);
    for cumulative in 1..10 {
        world.hear(1, &receipt(slot, cumulative << 10, false), 0);
    }
    assert_eq!(world.checks.len(), 1);
    world.take(1, 16 * KIB);
    assert_eq!(vouchers(&world.sent(1)), [16 << 10]);
}

#[test]
fn row_27_a_receipt_that_says_nothing_new_or_of_others_costs_no_check() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    world.take(1, 16 * KIB);
    world.hear(1, &receipt(slot, 16 << 10, true), 16 * KIB);
    world.hear(1, &receipt(slot, (1 << 20) + 1, true), 16 * KIB);
    world.hear(1, &receipt(pay::SlotId { slot: 5, ..slot }, 17 << 10, true), 16 * KIB);
    let of_another = world.hire(2, PER_BYTE);
    world.hear(1, &receipt(of_another, 17 << 10, true), 16 * KIB);
    assert_eq!(world.checks, []);
}

#[test]
fn a_slot_that_is_full_is_followed_by_the_next() {
    let mut world = World::with_deposit();
    let first = world.hire(1, PER_BYTE);
    world.take(1, 1000 * KIB);
    world.take(1, 1030 * KIB);
    world.pass(Duration::from_secs(1));
    let sent = world.sent(1);
    assert_eq!(world.ledger.signed[&first].cumulative.units(), 1 << 20, "not more than it has");
    let Some(&Message::Session { slot: 1, cumulative, .. }) = sent.last() else { panic!("{sent:?}") };
    assert!(cumulative.is_zero());
    let second = pay::SlotId { slot: 1, ..first };
    world.hear(1, &Message::Ack { slot: second }, 1030 * KIB);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.ledger.signed[&second].cumulative.units(), 6 << 10);
    assert_eq!(world.signed(1), 1030 << 10);
}

#[test]
fn deposits_are_used_in_their_order_while_they_last() {
    let mut world = World::new();
    world.budget(8 << 20, PER_BYTE);
    let hours = |hours: u64| world_start() + Duration::from_secs(hours * 60 * 60);
    world.deposit(pay::buyer::Deposit { expiry: hours(6), ..deposit(1) });
    world.deposit(pay::buyer::Deposit { slots: 1, expiry: hours(7), ..deposit(2) });
    world.deposit(deposit(3));
    assert_eq!(world.hire(1, PER_BYTE).session, deposit(2).session, "the first ends too soon");
    assert_eq!(world.hire(2, PER_BYTE).session, deposit(3).session, "the second is full");
    // An hour later the second ends too soon, too.
    world.take(1, 16 * KIB);
    world.pass(Duration::from_secs(60 * 60));
    world.hear(1, &Message::Reject(pay::message::Reason::Expiring), 16 * KIB);
    world.take(1, 32 * KIB);
    assert_eq!(world.accept(1, 32 * KIB).session, deposit(3).session);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.signed(1), 32 << 10);
}

fn world_start() -> Time {
    World::new().now
}

#[test]
fn a_log_that_gives_a_slot_to_two_is_not_paid_from() {
    let mut world = World::new();
    let slot = pay::SlotId { session: deposit(1).session, slot: 0 };
    let entry = |peer| Assignment { slot, payee: payee(peer), cumulative: Amount::default() };
    world.handle(Input::Deposit(deposit(1), vec![entry(1), entry(2)]));
    world.budget(8 << 20, PER_BYTE);
    assert_eq!(world.hire(1, PER_BYTE).slot, 1);
    assert_eq!(world.hire(2, PER_BYTE).slot, 2);
}

#[test]
fn what_nobody_asked_for_is_neither_signed_nor_sent() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    world.take(1, 16 * KIB);
    let voucher = Voucher { slot, payee: payee(1), cumulative: Amount::from_units(16 << 10) };
    world.sent(1);
    world.handle(Input::Written(slot));
    world.handle(Input::Written(pay::SlotId { slot: 9, ..slot }));
    world.handle(Input::Signed { voucher, signature: signature(&voucher) });
    let more = Voucher { cumulative: Amount::from_units(99 << 10), ..voucher };
    let claim = pay::SignedVoucher { voucher: more, signature: signature(&more) };
    world.handle(Input::Verified { voucher: claim, genuine: true });
    assert_eq!(world.sent(1), []);
    world.take(1, 64 * KIB);
    assert_eq!(vouchers(&world.sent(1)), [64 << 10]);
}

#[test]
fn a_deposit_that_grows_is_known_better() {
    let mut world = World::new();
    world.budget(8 << 20, PER_BYTE);
    world.deposit(pay::buyer::Deposit { slots: 1, ..deposit(1) });
    world.hire(1, PER_BYTE);
    world.meet(2, PER_BYTE);
    assert_eq!(world.sent(2), []);
    world.deposit(pay::buyer::Deposit { slots: 2, ..deposit(1) });
    assert_eq!(world.accept(2, 0).slot, 1);
}

#[test]
fn row_20_what_came_of_a_peer_of_which_nothing_is_wanted_any_more_is_paid_and_it_comes_back_with_higher_numbers()
 {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 300 * KIB);
    world.handle(Input::Wanted { peer: PeerKey(1), wanted: false });
    world.grant(1, 310 * KIB);
    world.take(1, 310 * KIB);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.signed(1), 310 << 10);
    world.sent(1);
    world.take(1, 900 * KIB);
    world.budget(8 << 20, 2 * PER_BYTE);
    assert_eq!((world.sent(1), world.signed(1)), (vec![], 310 << 10));
    world.handle(Input::Wanted { peer: PeerKey(1), wanted: true });
    world.accept(1, 900 * KIB);
    // Sellers read no bid whose number they have seen.
    assert_eq!(bids(&world.sent(1)), [(PER_BYTE, 3)]);
}

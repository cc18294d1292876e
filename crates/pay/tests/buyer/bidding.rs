use std::time::Duration;

use btt::{Address, Amount};
use pay::buyer::{Deposit, Input};
use pay::message::{Message, Reason, Terms};
use pay::{Deployment, PeerKey, Rate};

use crate::world::*;

const PATIENCE: Duration = Duration::from_secs(12);

/// Whether a peer was sent a session.
fn is_hired(world: &mut World, peer: u64) -> bool {
    world.sent(peer).iter().any(|message| matches!(message, Message::Session { .. }))
}

fn rate_of(world: &World, peer: u64) -> Option<u128> {
    let mut rates = world.buyer.rates();
    rates.find(|(other, _)| *other == PeerKey(peer)).map(|(_, rate)| rate.units_per_mib())
}

#[test]
fn row_31_a_bid_begins_at_the_floor_and_rises_by_a_quarter_while_the_peer_does_not_serve() {
    let mut world = World::with_deposit();
    world.budget(8 << 20, 1600);
    world.meet(1, 1000);
    world.accept(1, 0);
    assert_eq!(bids(&world.sent(1)), [(1000, 1)]);
    world.pass(PATIENCE);
    assert_eq!(bids(&world.sent(1)), [(1250, 2)]);
    world.take(1, 0);
    world.pass(10 * PATIENCE);
    assert_eq!(bids(&world.sent(1)), [], "it serves us");
    world.starve(1, 0);
    world.pass(PATIENCE - Duration::from_millis(1));
    assert_eq!(bids(&world.sent(1)), []);
    world.pass(10 * PATIENCE);
    assert_eq!(bids(&world.sent(1)), [(1563, 3), (1600, 4)]);
}

#[test]
fn row_31_a_peer_that_serves_us_before_we_bid_is_bid_no_more_than_its_floor() {
    let mut world = World::with_deposit();
    world.meet(1, 1000);
    world.take(1, 0);
    world.accept(1, 0);
    world.pass(10 * PATIENCE);
    assert_eq!(bids(&world.sent(1)), [(1000, 1)]);
}

#[test]
fn row_31_a_few_are_paid_at_a_time_and_of_equal_ones_the_cheapest_first() {
    let mut world = World::new();
    for (peer, floor) in [(1, 500), (2, 300), (3, 100), (4, 400), (5, 200), (6, 600)] {
        world.meet(peer, floor);
    }
    world.deposit(deposit(1));
    world.budget(8 << 20, 550);
    let hired: Vec<_> = (1..=6).filter(|peer| is_hired(&mut world, *peer)).collect();
    assert_eq!(hired, [2, 3, 4, 5]);
    world.handle(Input::Closed(PeerKey(3)));
    assert!(is_hired(&mut world, 1));
    world.handle(Input::Closed(PeerKey(4)));
    assert!(!is_hired(&mut world, 6), "it asks too much");
    world.hear(6, &Message::Offer { floor: Rate::per_mib(550) }, 0);
    assert!(is_hired(&mut world, 6));
}

#[test]
fn row_31_whoever_serves_us_at_no_price_makes_room_for_others() {
    let mut world = World::with_deposit();
    world.budget(8 << 20, 110);
    for peer in 1..=4 {
        world.meet(peer, 100);
        world.accept(peer, 0);
        world.take(peer, 0);
    }
    world.starve(1, 0);
    world.pass(PATIENCE);
    assert_eq!(bids(&world.sent(1)), [(100, 1), (110, 2)]);
    world.pass(3 * PATIENCE);
    assert_eq!(bids(&world.sent(1)), [], "nobody else wants its place");
    world.meet(5, 105);
    assert_eq!(bids(&world.sent(1)), [(0, 3)]);
    assert!(is_hired(&mut world, 5), "what ends takes no place");
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 3 }, 0);
    world.meet(6, 110);
    world.handle(Input::Closed(PeerKey(2)));
    assert!(is_hired(&mut world, 6));
    world.handle(Input::Closed(PeerKey(3)));
    assert!(!is_hired(&mut world, 1), "it rests");
    world.pass(3 * PATIENCE);
    assert!(is_hired(&mut world, 1));
}

/// So many bytes came of a peer in ten seconds in which it served us.
fn give(world: &mut World, peer: u64, bytes: u64) {
    world.take(peer, 0);
    world.pass(Duration::from_secs(10));
    world.take(peer, bytes);
    world.starve(peer, bytes);
}

/// Who of five is paid once there is money for four.
fn hired_of_five(world: &mut World) -> Vec<u64> {
    world.deposit(deposit(1));
    world.budget(8 << 20, 550);
    (1..=5).filter(|peer| is_hired(world, *peer)).collect()
}

#[test]
fn row_31_whoever_is_known_to_be_fast_is_paid_before_the_cheapest() {
    let mut world = World::new();
    for (peer, floor) in [(1, 500), (2, 300), (3, 100), (4, 400), (5, 200)] {
        world.meet(peer, floor);
    }
    give(&mut world, 1, 10 << 20);
    assert_eq!(hired_of_five(&mut world), [1, 2, 3, 5]);
}

#[test]
fn row_31_whoever_has_everything_is_tried_before_others() {
    let mut world = World::new();
    for (peer, floor) in [(1, 100), (2, 100), (3, 100), (4, 100), (5, 500)] {
        world.meet(peer, floor);
    }
    let has_all = Input::Taken { peer: PeerKey(5), taken: 0, unverified: 0, served: false, complete: true };
    world.handle(has_all);
    assert_eq!(hired_of_five(&mut world), [1, 2, 3, 5]);
}

#[test]
fn row_31_whoever_is_slowest_makes_room_for_whoever_is_twice_as_fast() {
    let mut world = World::with_deposit();
    world.budget(8 << 20, 110);
    for peer in 1..=4 {
        world.meet(peer, 100);
        world.accept(peer, 0);
        world.take(peer, 0);
    }
    world.pass(Duration::from_secs(10));
    (1..=4).for_each(|peer| world.take(peer, 1 << 20));
    world.meet(5, 100);
    give(&mut world, 5, (2 << 20) - (200 << 10));
    assert!(!is_hired(&mut world, 5), "not quite");
    assert!(!bids(&world.sent(1)).contains(&(0, 2)));
    give(&mut world, 5, 8 << 20);
    assert_eq!(bids(&world.sent(1)).last().map(|(rate, _)| *rate), Some(0));
    assert!(is_hired(&mut world, 5));
}

#[test]
fn row_29_whoever_wants_another_contract_or_too_much_or_nothing_is_a_peer_like_any_other() {
    let mut world = World::with_deposit();
    let ours = terms(1, PER_BYTE);
    let contract = Deployment { contract: Address::from_bytes([1; 20]), ..deployment() };
    let chain = Deployment { chain: 199, ..deployment() };
    let too_much = Rate::per_mib(2 * PER_BYTE + 1);
    let all = [
        Terms { deployment: contract, ..ours },
        Terms { deployment: chain, ..ours },
        Terms { floor: too_much, ..ours },
        Terms { floor: Rate::FREE, ..ours },
    ];
    for (peer, terms) in (1..).zip(all) {
        world.handle(Input::Met { peer: PeerKey(peer), terms, trusted: 0 });
        world.hear(peer, &Message::Grant { rate: Rate::per_mib(1), number: 1 }, 0);
        world.take(peer, 100 * KIB);
        world.pass(PATIENCE);
        assert_eq!(world.sent(peer), []);
    }
    assert_eq!(world.ledger.disk.len(), 0);
}

#[test]
fn row_30_a_floor_that_rises_changes_nothing_that_was_granted() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 100 * KIB);
    world.sent(1);
    world.hear(1, &Message::Offer { floor: Rate::per_mib(3 * PER_BYTE / 2) }, 100 * KIB);
    world.take(1, 200 * KIB);
    world.pass(Duration::from_secs(1));
    assert_eq!((world.signed(1), bids(&world.sent(1))), (200 << 10, vec![]));
    assert_eq!(rate_of(&world, 1), Some(PER_BYTE));
    // Only when it serves us no more do we bid what it wants now.
    world.starve(1, 200 * KIB);
    world.pass(PATIENCE);
    assert_eq!(bids(&world.sent(1)), [(3 * PER_BYTE / 2, 2)]);
}

#[test]
fn row_30_a_floor_that_rises_before_we_bid_is_looked_at_again() {
    let mut world = World::with_deposit();
    world.meet(1, PER_BYTE);
    world.hear(1, &Message::Offer { floor: Rate::per_mib(u128::MAX) }, 0);
    world.accept(1, 0);
    assert_eq!(world.sent(1), []);
    assert_eq!(rate_of(&world, 1), None);
    assert!(!world.buyer.is_used_up(), "what one of them asks is no matter for the others");
}

#[test]
fn row_30_a_grant_above_the_bid_is_refused_and_nothing_is_paid_any_more() {
    let mut world = World::with_deposit();
    world.meet(1, PER_BYTE);
    world.accept(1, 0);
    world.hear(1, &Message::Grant { rate: Rate::per_mib(PER_BYTE + 1), number: 1 }, 0);
    let no_more = Message::Bid { rate: Rate::FREE, number: 2 };
    assert_eq!(world.sent(1)[1..], [Message::Reject(Reason::Price), no_more]);
    world.hear(1, &Message::Grant { rate: Rate::per_mib(PER_BYTE), number: 1 }, 0);
    world.take(1, 100 * KIB);
    world.pass(PATIENCE);
    assert_eq!((world.signed(1), world.sent(1)), (0, vec![]));
    assert_eq!(world.buyer.rates().count(), 0);
}

#[test]
fn row_30_a_grant_of_nothing_is_taken_whatever_it_answers() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 77 }, 10 * KIB);
    world.take(1, 100 * KIB);
    world.pass(Duration::from_secs(1));
    assert_eq!((world.signed(1), rate_of(&world, 1)), (10 << 10, Some(0)));
}

#[test]
fn row_18_each_byte_costs_what_was_granted_where_it_came() {
    let mut world = World::with_deposit();
    world.budget(8 << 20, 4 * PER_BYTE);
    world.meet(1, 3 * PER_BYTE);
    world.accept(1, 0);
    let grant = |units| Message::Grant { rate: Rate::per_mib(units), number: 1 };
    world.hear(1, &grant(3 * PER_BYTE), 100);
    world.take(1, 50);
    world.hear(1, &grant(2 * PER_BYTE), 300);
    world.hear(1, &grant(0), 1000);
    world.hear(1, &grant(PER_BYTE / 2), 2000);
    world.take(1, 2101);
    world.pass(Duration::from_secs(1));
    // Half units are rounded up once.
    assert_eq!(world.signed(1), 3 * 200 + 2 * 700 + 51);
}

#[test]
fn stopping_pays_what_came_until_the_peer_has_stopped() {
    let mut world = World::with_deposit();
    for peer in [1, 2] {
        world.hire(peer, PER_BYTE);
        world.take(peer, 100 * KIB);
        world.sent(peer);
    }
    world.meet(3, PER_BYTE);
    let left = world.buyer.left().units();
    world.budget(left, 0);
    for peer in [1, 2] {
        assert_eq!(bids(&world.sent(peer)), [(0, 2)]);
    }
    // A grant that was on its way is as good as before.
    world.hear(1, &Message::Grant { rate: Rate::per_mib(PER_BYTE), number: 1 }, 100 * KIB);
    world.take(1, 110 * KIB);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 2 }, 120 * KIB);
    world.take(1, 500 * KIB);
    world.pass(PATIENCE);
    assert_eq!(world.signed(1), 120 << 10);
    assert_eq!(world.buyer.rates().count(), 0);
    // What is free comes as ever, and is not paid.
    world.take(1, 900 * KIB);
    world.pass(PATIENCE);
    assert_eq!(world.signed(1), 120 << 10);
}

#[test]
fn a_deal_ends_when_its_last_voucher_is_sent() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 100 * KIB);
    let left = world.buyer.left().units();
    world.budget(left, 0);
    world.is_slow = true;
    world.take(1, 200 * KIB);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 2 }, 200 * KIB);
    world.sent(1);
    world.work(true);
    world.work(true);
    assert_eq!(vouchers(&world.sent(1)), [200 << 10]);
    assert_eq!(world.buyer.rates().count(), 0);
}

#[test]
fn with_nothing_left_not_a_unit_more_is_signed() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 100 * KIB);
    let signed = world.signed(1);
    world.take(1, 110 * KIB);
    world.sent(1);
    world.budget(0, 2 * PER_BYTE);
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 2 }, 110 * KIB);
    world.take(1, 200 * KIB);
    world.pass(PATIENCE);
    assert_eq!((world.signed(1), world.buyer.left().units()), (signed, 0));
    // What it did not get it gets when there is money again.
    world.budget(8 << 20, 2 * PER_BYTE);
    assert_eq!(world.signed(1), signed + 1, "to show a slot again takes a unit ahead");
    world.accept(1, 200 * KIB);
    assert_eq!(world.signed(1), 110 << 10);
}

#[test]
fn a_peer_that_never_stops_gets_no_more_than_it_gives_on_credit() {
    let mut world = World::with_deposit();
    world.hire(1, 1024 * 1024 / 16);
    world.take(1, 1600 * KIB);
    assert_eq!(world.signed(1), 100 << 10);
    let left = world.buyer.left().units();
    world.budget(left, 0);
    for taken in 2..1000 {
        world.take(1, taken * 1024 * KIB);
        world.pass(Duration::from_millis(9));
    }
    world.pass(PATIENCE);
    // 4 MiB is the most credit that counts.
    assert_eq!(world.signed(1), (100 << 10) + (4 << 20) / 16);
    assert_eq!(world.buyer.rates().count(), 0);
    world.budget(left, 2 * PER_BYTE);
    assert!(!is_hired(&mut world, 1), "nor another deal");
}

#[test]
fn a_highest_rate_below_what_was_granted_ends_that_and_begins_anew() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.hire(2, 100);
    world.budget(8 << 20, PER_BYTE - 1);
    assert_eq!((bids(&world.sent(1)), bids(&world.sent(2))), (vec![(0, 2)], vec![]));
    world.hear(1, &Message::Grant { rate: Rate::FREE, number: 2 }, 0);
    assert_eq!(world.sent(1), [], "that is less than it asks");
    world.budget(8 << 20, PER_BYTE);
    world.accept(1, 0);
    assert_eq!(bids(&world.sent(1)), [(PER_BYTE, 3)]);
}

/// Gives as sellers do, a block after the other while less than its credit is unpaid, until it is told to stop.
fn serve(world: &mut World, peer: u64, blocks: u64) -> u64 {
    let (mut given, mut stop) = (0, None);
    for _ in 0..blocks {
        let unpaid = u128::from(given) - world.signed(peer);
        let window = terms(peer, 1)
            .credit
            .window(given - u64::try_from(unpaid).expect("no more is unpaid than was given"));
        if unpaid + (16 << 10) > u128::from(window) {
            world.pass(Duration::from_secs(1));
            continue;
        }
        given += 16 * KIB;
        // What was said before the block came is heard after it.
        if let Some(number) = stop {
            world.hear(peer, &Message::Grant { rate: Rate::FREE, number }, given);
            world.take(peer, given);
            world.pass(PATIENCE);
            return given;
        }
        stop = bids(&world.sent(peer)).last().filter(|(rate, _)| *rate == 0).map(|(_, number)| *number);
        world.take(peer, given);
    }
    given
}

#[test]
fn a_budget_that_ends_leaves_nobody_unpaid() {
    for budget in [200_000_u128, 1 << 20, 5 << 20] {
        let mut world = World::new();
        world.deposit(Deposit { slot_cap: Amount::from_btt(1), ..deposit(1) });
        world.budget(budget, PER_BYTE);
        world.hire(1, PER_BYTE);
        let given = serve(&mut world, 1, 1000);
        assert!(world.buyer.is_used_up());
        assert_eq!(world.signed(1), u128::from(given));
        let left = world.buyer.left().units();
        assert!(left <= (64 << 10) + budget / 8, "{left} of {budget} were not spent");
    }
}

#[test]
fn a_budget_that_is_less_than_anybodys_credit_is_not_begun() {
    let mut world = World::with_deposit();
    world.budget((64 << 10) - 1, PER_BYTE);
    world.meet(1, PER_BYTE);
    assert_eq!(world.sent(1), []);
    world.budget(64 << 10, PER_BYTE);
    assert!(is_hired(&mut world, 1));
    world.meet(2, PER_BYTE);
    assert_eq!(world.sent(2), [], "one may be paid, but not two");
}

#[test]
fn whoever_trusts_us_more_by_now_needs_more_to_begin_with() {
    let mut world = World::with_deposit();
    world.hire(1, PER_BYTE);
    world.take(1, 800 * KIB);
    world.handle(Input::Closed(PeerKey(1)));
    world.hire(2, PER_BYTE);
    // After 800 KiB its credit is 164 KiB.
    world.budget((64 + 163) << 10, PER_BYTE);
    world.handle(Input::Met { peer: PeerKey(3), terms: terms(1, PER_BYTE), trusted: 0 });
    assert!(!is_hired(&mut world, 3) && !world.buyer.is_used_up());
    // And a unit to show its slot again.
    world.budget(((64 + 164) << 10) + 1, PER_BYTE);
    assert!(is_hired(&mut world, 3) && !world.buyer.is_used_up());
}

#[test]
fn a_bid_rises_no_higher_than_what_is_left_is_enough_for() {
    let mut world = World::with_deposit();
    world.budget(66 << 10, 2 * PER_BYTE);
    world.meet(1, PER_BYTE);
    world.accept(1, 0);
    world.pass(10 * PATIENCE);
    assert_eq!(bids(&world.sent(1)), [(PER_BYTE, 1)]);
}

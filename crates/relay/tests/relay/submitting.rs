//! Rows 45 and 46: when a transaction is made, and what becomes of it.

use btt::Amount;
use relay::Step;

use crate::world::{CAP, OTHER, SELLER, World};

/// A relay with one voucher that is worth 200 million, and transactions cost about 20.
fn with_one() -> World {
    let mut world = World::new(10);
    let offer = world.offer(1, 0, SELLER, CAP);
    world.hand_in(SELLER, offer).unwrap();
    world
}

#[test]
fn row_45_a_dear_gas_is_waited_for() {
    let mut world = with_one();
    world.chain.pool.price = 1_500;
    world.step(0);
    world.step(0);
    assert!(!world.chain.pool.has_waiting(), "the fee could be more than is earned");
    // The relay asks no node in between, and again when it has rested.
    world.chain.pool.price = 100;
    world.now += 31;
    world.step(0);
    world.step(0);
    assert!(world.chain.pool.has_waiting());
}

#[test]
fn row_45_an_account_that_has_too_little_sends_nothing() {
    let mut world = with_one();
    world.chain.balance = 1_000;
    world.step(0);
    world.step(0);
    assert!(!world.chain.pool.has_waiting());
}

#[test]
fn row_45_small_vouchers_are_redeemed_together_when_they_are_worth_it_and_those_below_their_own_gas_never() {
    let mut world = World::new(10);
    // Each earns 15 million, and a transaction of one costs 13 and what an owner may use, and a fifth more.
    let hand_in = |world: &mut World, slot, cumulative| {
        let offer = world.offer(1, slot, SELLER, cumulative);
        world.hand_in(SELLER, offer).unwrap();
        world.step(0);
        world.now += 31;
    };
    hand_in(&mut world, 0, 75_000_000);
    assert!(!world.chain.pool.has_waiting());
    // A voucher that adds less than its own gas makes nothing better.
    hand_in(&mut world, 1, 9_000_000);
    assert!(!world.chain.pool.has_waiting());
    hand_in(&mut world, 2, 75_000_000);
    world.settle();
    assert_eq!(world.chain.earned, 30_000_000);
    assert_eq!(world.chain.slots.len(), 2);
}

#[test]
fn row_45_what_transactions_that_failed_may_cost_has_an_end() {
    let mut world = World::new(100);
    let mut failed = 0;
    for round in 0..72 {
        let offer = world.offer(1 + round / 8, (round % 8).into(), SELLER, CAP);
        world.hand_in(SELLER, offer).unwrap();
        world.step(0);
        world.step(0);
        // Somebody is faster each time.
        failed += u64::from(world.chain.pool.has_waiting());
        world.overtake(SELLER, &offer);
        world.settle();
    }
    assert!(failed > 10 && world.chain.carried_out == failed, "{failed}");
    assert_eq!(world.chain.earned, 0);
    assert!(world.chain.spent <= 100_000_000, "{}", world.chain.spent);
}

#[test]
fn row_46_a_relay_that_ends_at_any_step_sends_one_transaction_for_a_voucher() {
    for dies in 1..=3 {
        for at in 0..8 {
            let mut world = with_one();
            for step in 0..20 {
                world.step(if step == at { dies } else { 0 });
                if step % 3 == 2 {
                    world.chain.mine();
                }
            }
            world.settle();
            assert_eq!(world.chain.carried_out, 1, "it died {dies} at step {at}");
            assert_eq!(world.chain.earned, CAP / 5);
            assert!(world.relay.is_empty());
            let (earned, spent) = world.relay.earned_and_spent();
            assert_eq!((earned.units(), spent.units()), (world.chain.earned, world.chain.spent));
        }
    }
}

#[test]
fn row_46_a_transaction_that_a_node_drops_is_sent_again() {
    let mut world = with_one();
    for _ in 0..5 {
        world.step(0);
        world.chain.pool.drop_waiting();
    }
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.earned), (1, CAP / 5));
}

#[test]
fn row_46_a_transaction_that_waits_offers_more_while_that_is_worth_it() {
    let mut world = with_one();
    world.step(0);
    world.step(0);
    // A tenth more is what nodes want at least.
    for (price, sent) in [(109, 1), (110, 2), (120, 2), (300, 3), (5_000, 3)] {
        world.chain.pool.price = price;
        world.chain.mine();
        world.step(0);
        let Step::Watch { signed, .. } = world.relay.next(world.now(), Amount::from_units(price)) else {
            panic!("it waits at {price}")
        };
        assert_eq!(signed.len(), sent, "at {price}");
    }
    world.step(0);
    world.chain.pool.price = 300;
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.earned), (1, CAP / 5));
    assert_eq!(world.relay.earned_and_spent().1.units(), world.chain.spent, "the price that was paid counts");
}

#[test]
fn row_46_a_number_that_another_transaction_has_is_given_up_when_that_is_sure() {
    let mut world = with_one();
    world.step(0);
    world.step(0);
    world.chain.pool.drop_waiting();
    // The operator sends something else from the account.
    world.chain.pool.nonce += 1;
    for _ in 0..2 {
        world.step(0);
        assert!(matches!(world.relay.next(world.now(), Amount::from_units(100)), Step::Watch { .. }));
        world.chain.pool.head += 1;
    }
    world.settle();
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.earned), (1, CAP / 5), "with the next number");
}

#[test]
fn row_46_a_failed_transaction_is_paid_for_and_its_vouchers_are_given_up() {
    let mut world = with_one();
    world.step(0);
    world.step(0);
    let offer = world.offer(1, 0, SELLER, CAP);
    world.overtake(OTHER, &offer);
    world.settle();
    assert_eq!(world.chain.carried_out, 1);
    assert!(world.relay.is_empty());
    assert_eq!(world.relay.earned_and_spent().1.units(), world.chain.spent);
}

#[test]
fn row_46_a_better_voucher_that_comes_meanwhile_is_kept() {
    let mut world = World::new(10);
    let [first, second] = [CAP / 2, CAP].map(|cumulative| world.offer(1, 0, SELLER, cumulative));
    world.hand_in(SELLER, first).unwrap();
    world.step(0);
    world.step(0);
    world.hand_in(SELLER, second).unwrap();
    world.settle();
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.earned), (2, CAP / 5));
    assert!(world.relay.is_empty());
}

//! Rows 50 and 51: what is sent, and what that costs.

use btt::Amount;
use pay::SessionId;
use pay::seller::SlotStatus;
use sponsor::{Refusal, Step};

use crate::world::{DEPOSIT, LASTS, OPEN_GAS, Session, WITHDRAW_GAS, World, key};

const BUDGET: u128 = 10 * DEPOSIT;

/// A sponsor that has admitted one viewer.
fn with_one() -> World {
    let mut world = World::new(BUDGET);
    world.ask("viewer-1", key(1)).unwrap();
    world
}

#[test]
fn row_51_a_sponsor_that_ends_at_any_step_opens_one_session() {
    for dies in 1..=3 {
        for at in 0..8 {
            let mut world = with_one();
            for step in 0..20 {
                world.step(if step == at { dies } else { 0 });
                if step % 3 == 2 {
                    world.mine();
                }
            }
            world.settle();
            let fee = u128::from(OPEN_GAS);
            assert_eq!((world.chain.carried_out, world.chain.opened), (1, 1), "it died {dies} at step {at}");
            assert_eq!((world.out(), world.sponsor.used().units()), (DEPOSIT + fee, DEPOSIT + fee));
        }
    }
}

#[test]
fn row_51_a_transaction_that_a_node_drops_is_sent_again() {
    let mut world = with_one();
    for _ in 0..5 {
        world.step(0);
        world.chain.pool.drop_waiting();
    }
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.opened), (1, 1));
}

#[test]
fn row_51_a_transaction_that_waits_offers_more_while_the_budget_has_room() {
    let mut world = World::new(DEPOSIT + 20 * u128::from(OPEN_GAS));
    world.ask("viewer-1", key(1)).unwrap();
    world.step(0);
    world.step(0);
    for (price, sent) in [(2, 2), (5, 3), (100, 3)] {
        world.chain.pool.price = price;
        world.mine();
        world.step(0);
        let Step::Watch { signed } = world.sponsor.next(world.now()) else { panic!("it waits at {price}") };
        assert_eq!(signed.len(), sent, "at {price}");
        assert!(world.sponsor.used().units() <= world.budget);
    }
    world.chain.pool.price = 5;
    world.settle();
    assert_eq!(world.chain.opened, 1);
    assert_eq!(world.out(), DEPOSIT + 5 * u128::from(OPEN_GAS));
    assert_eq!(world.sponsor.used().units(), world.out(), "the price that was paid counts");
}

#[test]
fn row_51_a_number_that_another_transaction_has_is_given_up_when_that_is_sure() {
    let mut world = with_one();
    world.step(0);
    world.step(0);
    world.chain.pool.drop_waiting();
    // The operator sends something else from the account.
    world.chain.pool.nonce += 1;
    for _ in 0..2 {
        world.step(0);
        assert!(matches!(world.sponsor.next(world.now()), Step::Watch { .. }));
        world.chain.pool.head += 1;
    }
    world.settle();
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.opened), (1, 1), "with the next number");
}

#[test]
fn row_51_what_the_chain_refused_is_paid_for_once_and_not_tried_again() {
    let mut world = with_one();
    world.step(0);
    world.step(0);
    // It is in a block too late to be a session.
    world.now += LASTS - 3600;
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.opened), (1, 0));
    assert_eq!(world.sponsor.used().units(), u128::from(OPEN_GAS));
    assert_eq!(world.ask("viewer-1", key(1)), Err(Refusal::Failed));
    world.settle();
    assert_eq!(world.chain.carried_out, 1);
}

#[test]
fn row_51_what_is_not_opened_in_time_is_given_up() {
    let mut world = with_one();
    world.now += LASTS - 12 * 3600;
    world.settle();
    assert_eq!((world.chain.carried_out, world.sponsor.used().units()), (0, 0));
    assert!(!world.chain.pool.has_waiting());
}

#[test]
fn row_50_what_a_session_has_left_comes_back_and_may_be_spent_again() {
    let mut world = with_one();
    world.settle();
    world.spend(key(1), 3_000_000);
    world.now += LASTS;
    world.settle();
    let fees = u128::from(OPEN_GAS + WITHDRAW_GAS);
    assert_eq!((world.out(), world.sponsor.used().units()), (3_000_000 + fees, 3_000_000 + fees));
    assert_eq!((world.chain.carried_out, world.chain.opened), (2, 1));
    assert_eq!(world.sponsor.next(world.now()), Step::Wait);
}

#[test]
fn row_50_what_somebody_else_gave_back_counts_as_spent() {
    let mut world = with_one();
    world.settle();
    world.now += LASTS;
    world.withdraw(key(1));
    world.settle();
    assert_eq!(world.sponsor.used().units(), DEPOSIT + u128::from(OPEN_GAS));
    assert_eq!(world.chain.carried_out, 1);
}

/// A node said that it was opened, and another, or the same, that it never was.
#[test]
fn row_50_what_is_in_doubt_counts_as_gone() {
    let mut world = with_one();
    world.settle();
    world.now += LASTS;
    let Step::Look { key, session } = world.sponsor.next(world.now()) else { panic!("it has ended") };
    assert_eq!(session, SessionId::of(world.sponsor.owner(), key));
    assert_eq!(world.sponsor.looked(key, &SlotStatus::ABSENT, Amount::default()), (true, None));
    assert_eq!(world.sponsor.used().units(), DEPOSIT + u128::from(OPEN_GAS));
    assert_eq!(world.sponsor.used().units(), world.out());
}

/// A node that knows nothing of a transaction's receipt has it taken for lost, though it has opened the session.
#[test]
fn row_50_what_was_taken_for_lost_is_looked_at_and_fetched_back() {
    let mut world = with_one();
    world.step(0);
    world.step(0);
    world.mine();
    world.chain.pool.lose_receipts();
    world.settle();
    assert_eq!((world.chain.opened, world.out()), (1, DEPOSIT + u128::from(OPEN_GAS)));
    assert!(!matches!(world.sponsor.next(world.now()), Step::Watch { .. }), "it is taken for lost");
    for seconds in [LASTS - 12 * 60 * 60, 12 * 60 * 60] {
        world.now += seconds;
        assert!(world.sponsor.used().units() >= world.out(), "it is counted all along");
        world.restart();
        world.settle();
    }
    assert_eq!(world.out(), u128::from(OPEN_GAS + WITHDRAW_GAS), "the deposit is back");
}

/// Too many to be through before the first of them is tried again.
#[test]
fn row_51_what_cannot_be_opened_keeps_nobody_waiting() {
    let mut world = World::with_viewers(40 * DEPOSIT, 40);
    world.ask("viewer-1", key(1)).unwrap();
    world.settle();
    world.now += LASTS - 60 * 60;
    let bad = |n: u8| key(0x80 + n);
    for n in 0..20 {
        world.ask(&format!("bad-{n}"), bad(n)).unwrap();
        let session = Session { rest: 0, expiry: u64::MAX, is_over: false };
        world.chain.sessions.insert(bad(n), session);
    }
    // A chain is looked at every two seconds.
    let steps = |world: &mut World, steps: u64| {
        for _ in 0..steps {
            world.step(0);
            world.mine();
            world.now += 2;
        }
    };
    steps(&mut world, 20);
    world.ask("viewer-2", key(2)).unwrap();
    steps(&mut world, 10);
    assert_eq!(world.chain.opened, 2, "a new viewer does not wait for them");
    world.now += 60 * 60;
    steps(&mut world, 10);
    assert_eq!(world.chain.sessions[&key(1)].rest, 0, "what has ended is fetched back");
}

#[test]
fn row_50_less_than_twice_its_fee_is_left_where_it_is() {
    let mut world = with_one();
    world.settle();
    world.spend(key(1), DEPOSIT - 2 * u128::from(WITHDRAW_GAS));
    world.now += LASTS;
    world.settle();
    assert_eq!(world.chain.carried_out, 1);
    // Gas is estimated a tenth higher than it is used; nothing is forgotten meanwhile.
    assert_eq!(world.sponsor.used().units(), DEPOSIT + u128::from(OPEN_GAS));
}

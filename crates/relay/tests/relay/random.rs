//! Row 45, whatever happens.

use proptest::prelude::*;

use crate::world::{CAP, OTHER, SELLER, World};

#[derive(Clone, Debug)]
enum Event {
    HandIn { session: u8, slot: u32, cumulative: u128 },
    Price(u128),
    Mine,
    Step { dies: usize },
    Drop,
    Pass(u64),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (1..4_u8, 0..8_u32, 1..=CAP)
            .prop_map(|(session, slot, cumulative)| Event::HandIn { session, slot, cumulative }),
        2 => (1..3_000_u128).prop_map(Event::Price),
        5 => Just(Event::Mine),
        8 => (0..12_usize).prop_map(|dies| Event::Step { dies }),
        1 => Just(Event::Drop),
        1 => (1..100_u64).prop_map(Event::Pass),
        1 => Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// While nobody overtakes it, no transaction costs more than it earns, at whatever prices and whenever the relay ends.
    #[test]
    fn row_45_no_transaction_costs_more_than_it_earns(events in prop::collection::vec(event(), 1..120)) {
        let mut world = World::new(12);
        for event in events {
            let before = (world.chain.earned, world.chain.spent);
            match event {
                Event::HandIn { session, slot, cumulative } => {
                    // A slot belongs to one: whose it is follows from its number.
                    let owner = if slot % 2 == 1 { OTHER } else { SELLER };
                    let offer = world.offer(session, slot, owner, cumulative);
                    let _ = world.hand_in(owner, offer);
                }
                Event::Price(price) => world.chain.pool.price = price,
                Event::Mine => world.chain.mine(),
                Event::Step { dies } => world.step(dies),
                Event::Drop => world.chain.pool.drop_waiting(),
                Event::Pass(seconds) => world.now += seconds,
                Event::Restart => world.restart(),
            }
            let (earned, spent) = (world.chain.earned - before.0, world.chain.spent - before.1);
            prop_assert!(earned * 5 >= spent * 6, "{earned} was earned for {spent}");
        }
        let paid: u128 = world.chain.slots.values().map(|(_, paid)| paid).sum();
        // Rounded down once for each transaction.
        prop_assert!(world.chain.earned <= paid / 5 && paid / 5 - world.chain.earned <= u128::from(world.chain.carried_out));
    }
}

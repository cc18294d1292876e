//! Rows 49 to 51, whatever happens.

use std::collections::BTreeMap;

use btt::Address;
use proptest::prelude::*;

use crate::world::{DEPOSIT, LASTS, World, key};

#[derive(Clone, Debug)]
enum Event {
    Ask { viewer: u8, key: u8 },
    Price(u128),
    Mine,
    Step { dies: usize },
    Drop,
    Pass(u64),
    Restart,
    Spend { key: u8, amount: u128 },
    Withdraw { key: u8 },
    Other,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        // Each viewer has keys of its own, so that it is known whose a session is.
        4 => (1..8_u8, 0..4_u8).prop_map(|(viewer, key)| Event::Ask { viewer, key: viewer + 16 * key }),
        2 => (1..60_u128).prop_map(Event::Price),
        6 => Just(Event::Mine),
        10 => (0..12_usize).prop_map(|dies| Event::Step { dies }),
        1 => Just(Event::Drop),
        2 => (1..LASTS / 2).prop_map(Event::Pass),
        1 => Just(Event::Restart),
        1 => (1..64_u8, 0..=DEPOSIT).prop_map(|(key, amount)| Event::Spend { key, amount }),
        1 => (1..64_u8).prop_map(|key| Event::Withdraw { key }),
        1 => Just(Event::Other),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn row_50_the_budget_is_never_exceeded_and_nobody_has_two_sessions(events in prop::collection::vec(event(), 1..160)) {
        let mut world = World::new(4 * DEPOSIT);
        for event in events {
            match event {
                Event::Ask { viewer, key: byte } => {
                    let _ = world.ask(&format!("viewer-{viewer}"), key(byte));
                }
                Event::Price(price) => world.chain.pool.price = price,
                Event::Mine => world.mine(),
                Event::Step { dies } => world.step(dies),
                Event::Drop => world.chain.pool.drop_waiting(),
                Event::Pass(seconds) => world.now += seconds,
                Event::Restart => world.restart(),
                Event::Spend { key: byte, amount } => world.spend(key(byte), amount),
                Event::Withdraw { key: byte } => world.withdraw(key(byte)),
                // The operator sends something else, which the sponsor's transaction must not suffer from.
                Event::Other => world.chain.pool.nonce += 1,
            }
            prop_assert!(world.out() <= world.budget, "{} of {} has left", world.out(), world.budget);
            prop_assert!(world.out() <= world.sponsor.used().units(), "it counts less than what is gone");
            let mut running: BTreeMap<u8, Address> = BTreeMap::new();
            for (session, _) in world.chain.sessions.iter().filter(|(_, known)| known.expiry > world.now) {
                let viewer = session.as_bytes()[0] % 16;
                prop_assert_eq!(running.insert(viewer, *session), None, "two sessions of one viewer");
            }
        }
    }
}

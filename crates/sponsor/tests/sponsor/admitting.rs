//! Row 49: who gets a session.

use btt::{Address, Amount};
use pay::{Deployment, Time};
use sponsor::{Config, Refusal, Saved, Sponsor, Ticket, Viewer};

use crate::world::{CAP, DEPOSIT, LASTS, SLOTS, Session, World, key, ticket};

const BUDGET: u128 = 10 * DEPOSIT;

#[test]
fn row_49_a_viewer_has_one_session_whatever_is_asked_again() {
    let mut world = World::new(BUDGET);
    let first = world.ask("viewer-1", key(0x11)).unwrap();
    assert_eq!((first.owner, first.slots, first.slot_cap.units()), (world.sponsor.owner(), SLOTS, CAP));
    assert_eq!((first.expiry, first.transaction.as_ref()), (world.now + LASTS, None));
    world.now += 100;
    assert_eq!(world.ask("viewer-1", key(0x11)), Ok(first.clone()));
    assert_eq!(world.ask("viewer-1", key(0x21)), Err(Refusal::Other));
    world.restart();
    world.settle();
    assert_eq!(world.ask("viewer-1", key(0x21)), Err(Refusal::Other));
    let again = world.ask("viewer-1", key(0x11)).unwrap();
    assert!(again.transaction.is_some() && again.expiry == first.expiry);
    assert_eq!((world.chain.opened, world.chain.sessions.len()), (1, 1));
}

#[test]
fn row_49_a_key_is_good_for_one_viewer() {
    let mut world = World::new(BUDGET);
    world.ask("viewer-1", key(0x11)).unwrap();
    assert_eq!(world.ask("viewer-2", key(0x11)), Err(Refusal::Key));
    assert_eq!(world.ask("viewer-2", Address::from_bytes([0; 20])), Err(Refusal::Key));
}

#[test]
fn row_49_so_many_viewers_are_noted_and_no_more() {
    let mut world = World::new(BUDGET);
    for byte in 1..=5 {
        world.ask(&format!("viewer-{byte}"), key(byte)).unwrap();
    }
    assert_eq!(world.ask("viewer-6", key(6)), Err(Refusal::Full));
}

#[test]
fn row_49_whoever_had_one_gets_another_when_it_has_ended() {
    let mut world = World::new(BUDGET);
    world.ask("viewer-1", key(0x11)).unwrap();
    world.settle();
    world.now += LASTS - 1;
    assert_eq!(world.ask("viewer-1", key(0x21)), Err(Refusal::Other));
    world.now += 1;
    assert_eq!(world.ask("viewer-1", key(0x11)), Err(Refusal::Key), "that key has had its session");
    world.ask("viewer-1", key(0x21)).unwrap();
    world.settle();
    assert_eq!(world.chain.opened, 2);
}

#[test]
fn row_49_without_money_or_a_chain_nobody_is_admitted() {
    let mut world = World::new(2 * DEPOSIT + 1_000_000);
    world.chain.balance = DEPOSIT;
    world.see();
    assert_eq!(world.ask("viewer-1", key(1)), Err(Refusal::Empty), "nothing is left for the fee");
    world.chain.balance = world.funds;
    world.see();
    world.ask("viewer-1", key(1)).unwrap();
    world.ask("viewer-2", key(2)).unwrap();
    assert_eq!(world.ask("viewer-3", key(3)), Err(Refusal::Budget));
    world.chain.pool.price = 1 << 100;
    world.see();
    assert_eq!(world.ask("viewer-3", key(3)), Err(Refusal::Budget));
    let mut deaf = World::new(BUDGET);
    let saved = deaf.sponsor.save();
    deaf.sponsor =
        Sponsor::new(deaf.sponsor.config().clone(), sending::Key::from_bytes(&[0x77; 32]).unwrap(), saved)
            .unwrap();
    assert_eq!(deaf.ask("viewer-1", key(1)), Err(Refusal::Deaf));
}

/// Whoever asks again may not have heard the first answer, and the ticket may have ended meanwhile: to refuse then would have a
/// purse forget a key for which a session is opened.
#[test]
fn row_49_a_ticket_begins_nothing_after_its_time_and_is_answered_again_for_what_it_began() {
    let mut world = World::new(BUDGET);
    let ticket = Ticket { until: Time::from_secs(world.now + 60), ..ticket("viewer-1") };
    let first = world.sponsor.admit(world.now(), &ticket, key(0x11)).unwrap();
    world.now += 60;
    assert_eq!(world.sponsor.admit(world.now(), &ticket, key(0x11)), Ok(first));
    assert_eq!(world.sponsor.admit(world.now(), &ticket, key(0x21)), Err(Refusal::Other));
    let late = Ticket { viewer: Viewer::new("viewer-2").unwrap(), ..ticket };
    assert_eq!(world.sponsor.admit(world.now(), &late, key(0x12)), Err(Refusal::Late));
}

#[test]
fn row_49_what_was_saved_is_of_one_account_and_contract() {
    let mut world = World::new(BUDGET);
    world.ask("viewer-1", key(0x11)).unwrap();
    let (config, saved) = (world.sponsor.config().clone(), world.disk.clone());
    let key = |byte| sending::Key::from_bytes(&[byte; 32]).unwrap();
    let contract = Address::from_bytes([0xc1; 20]);
    let other = Config { deployment: Deployment { contract, ..config.deployment }, ..config };
    assert!(Sponsor::new(other.clone(), key(0x77), saved.clone()).is_none());
    assert!(Sponsor::new(config.clone(), key(0x78), saved.clone()).is_none());
    assert!(Sponsor::new(config, key(0x77), saved).is_some());
    assert!(Sponsor::new(other, key(0x78), Saved::default()).is_some(), "nothing was saved");
}

#[test]
fn row_49_a_configuration_that_makes_no_sense_is_refused_by_name() {
    let good = World::new(BUDGET).sponsor.config().clone();
    let refused = |change: &dyn Fn(&mut Config)| {
        let mut config = good.clone();
        change(&mut config);
        config.check().unwrap_err()
    };
    assert!(refused(&|config| config.slots = 0).contains("slots"));
    assert!(refused(&|config| config.slots = 65).contains("slots"));
    assert!(refused(&|config| config.slot_cap = Amount::default()).contains("slot_cap"));
    assert!(refused(&|config| config.slot_cap = Amount::from_units(1 << 96)).contains("slot_cap"));
    assert!(refused(&|config| config.lasts = 3600).contains("days"));
    assert!(refused(&|config| config.lasts = 30 * 24 * 3600).contains("days"));
    assert!(refused(&|config| config.budget = Amount::from_units(DEPOSIT)).contains("budget"));
    assert!(refused(&|config| config.max_viewers = 0).contains("max_viewers"));
    assert!(refused(&|config| config.confirmations = 0).contains("confirmations"));
}

#[test]
fn row_49_who_was_refused_by_the_chain_may_ask_again_after_a_while() {
    let mut world = World::new(BUDGET);
    world.ask("viewer-1", key(0x11)).unwrap();
    world.step(0);
    // Not by a viewer's doing: the account's session with this key is there already.
    let session = Session { rest: 0, expiry: world.now + LASTS, is_over: false };
    world.chain.sessions.insert(key(0x11), session);
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.opened), (1, 0));
    assert_eq!(world.ask("viewer-1", key(0x11)), Err(Refusal::Failed));
    assert_eq!(world.ask("viewer-1", key(0x21)), Err(Refusal::Other));
    world.now += 60 * 60;
    world.settle();
    world.ask("viewer-1", key(0x21)).unwrap();
    world.settle();
    assert_eq!((world.chain.carried_out, world.chain.opened), (2, 1));
}

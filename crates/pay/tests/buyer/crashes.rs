use std::time::Duration;

use pay::buyer::Input;
use pay::message::Message;
use pay::{PeerKey, SlotId};

use crate::world::*;

/// Three payees for two slots, met again whenever the program ends: each gives 40 KiB and accepts what is said to it.
/// `first` is the first connection's number.
fn play(world: &mut World, first: u64) {
    for (connection, who) in (first..).zip([1, 2, 3]) {
        if world.is_dead() {
            return;
        }
        world.handle(Input::Met { peer: PeerKey(connection), terms: terms(who, PER_BYTE), trusted: 0 });
        for step in 1..=4 {
            for message in world.sent(connection) {
                let taken = (step - 1) * 10 * KIB;
                match message {
                    Message::Session { slot, .. } => {
                        let slot = SlotId { session: deposit(1).session, slot };
                        world.hear(connection, &Message::Ack { slot }, taken);
                    }
                    Message::Bid { rate, number } => {
                        world.hear(connection, &Message::Grant { rate, number }, taken);
                    }
                    _ => {}
                }
            }
            if world.is_dead() {
                return;
            }
            world.take(connection, step * 10 * KIB);
        }
    }
    world.pass(Duration::from_secs(1));
}

/// The ledger itself sees to the rest: one payee for each slot, nothing taken back, nothing signed that was not written.
#[test]
fn row_25_a_program_that_ends_at_any_step_neither_pays_two_from_a_slot_nor_takes_anything_back() {
    let two_slots = pay::buyer::Deposit { slots: 2, ..deposit(1) };
    let mut steps = 0;
    for death in [Death::Before, Death::After] {
        for life in 1.. {
            let mut world = World::new();
            world.restart(two_slots, 8 << 20, PER_BYTE);
            world.life = Some((life, death));
            play(&mut world, 1);
            let has_ended = world.is_dead();
            // It is met by the others first.
            for (first, life) in [(11, Some((life / 2 + 1, death))), (21, None)] {
                let left = world.buyer.left().units();
                world.restart(two_slots, left, PER_BYTE);
                world.life = life;
                play(&mut world, first);
            }
            assert!(world.signed(1) >= 30 << 10, "who has a slot is paid in the end");
            assert_eq!(world.signed(3), 0, "there is no slot for a third");
            if !has_ended {
                steps += life;
                break;
            }
        }
    }
    assert!(steps > 20, "{steps}");
}

#[test]
fn row_25_what_was_written_and_not_sent_counts_as_signed() {
    let mut world = World::with_deposit();
    let slot = world.hire(1, PER_BYTE);
    // Written, and gone.
    world.life = Some((1, Death::After));
    world.take(1, 16 * KIB);
    assert_eq!(world.ledger.disk[&slot].cumulative.units(), 16 << 10);
    assert!(world.ledger.signed[&slot].cumulative.is_zero());
    let left = world.buyer.left().units();
    world.restart(deposit(1), left, PER_BYTE);
    world.handle(Input::Met { peer: PeerKey(2), terms: terms(1, PER_BYTE), trusted: 0 });
    let sent = world.sent(2);
    let [Message::Session { cumulative, .. }] = sent[..] else { panic!("{sent:?}") };
    assert_eq!(cumulative.units(), (16 << 10) + 1, "a unit more shows that the key is there");
}

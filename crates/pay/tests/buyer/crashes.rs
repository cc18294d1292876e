use std::time::Duration;

use btt::Amount;
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

/// A log belongs to the first word of a deposit. If it comes later all the same, it stops what contradicts it.
#[test]
fn row_25_a_log_that_comes_after_a_signature_was_asked_for_stops_it() {
    let other = payee(7);
    for (step, (whose, cumulative)) in
        (0..6).flat_map(|step| [(other, 0), (payee(1), 1 << 19)].map(|log| (step, log)))
    {
        let mut world = World::with_deposit();
        let slot = world.hire(1, PER_BYTE);
        world.take(1, 16 * KIB);
        world.sent(1);
        // Written or signed next, and asked for or not yet.
        let inputs = [Input::Wake, Input::Written(slot)];
        world.is_slow = true;
        world.now = world.now + Duration::from_secs(2);
        world.buyer.handle(
            world.now,
            Input::Taken { peer: PeerKey(1), taken: 48 * KIB, unverified: 0, served: true, complete: false },
        );
        if step % 2 == 1 {
            world.pump();
        }
        for input in inputs.into_iter().take(step / 2) {
            world.handle(input);
        }
        let entry = pay::buyer::Assignment { slot, payee: whose, cumulative: Amount::from_units(cumulative) };
        world.buyer.handle(world.now, Input::Deposit(deposit(1), vec![entry]));
        let late = pay::Voucher { slot, payee: payee(1), cumulative: Amount::from_units(48 << 10) };
        while let Some(output) = world.buyer.poll() {
            match output {
                pay::buyer::Output::Sign(voucher) => assert_ne!(voucher, late),
                pay::buyer::Output::Write(written) if written.slot == slot => {
                    assert_eq!((written.payee, whose), (payee(1), payee(1)));
                    assert!(written.cumulative.units() >= cumulative);
                }
                _ => {}
            }
        }
        // What was asked for before is answered, and of no use.
        for input in [Input::Written(slot), Input::Signed { voucher: late, signature: signature(&late) }] {
            world.buyer.handle(world.now, input);
        }
        let outputs: Vec<_> = std::iter::from_fn(|| world.buyer.poll()).collect();
        let is_sent = outputs.iter().any(|output| match output {
            pay::buyer::Output::Send { payload, .. } => {
                matches!(Message::parse(payload), Ok(Some(Message::Voucher(payment))) if payment.slot == slot)
            }
            pay::buyer::Output::Sign(voucher) => *voucher == late,
            _ => false,
        });
        assert!(!is_sent, "{outputs:?}");
    }
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

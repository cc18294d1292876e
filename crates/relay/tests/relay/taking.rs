//! Row 44: which vouchers are kept.

use btt::Amount;
use pay::{Signature, Time};
use relay::{Offer, Refusal, Step};

use crate::world::{CAP, EXPIRY, OTHER, SELLER, SLOTS, World};

#[test]
fn row_44_a_signature_is_checked_before_a_chain_is_asked() {
    let world = World::new(10);
    let good = world.offer(1, 0, SELLER, CAP);
    assert_eq!(world.relay.check(SELLER, &good), Ok(()));
    let other_key = world.offer(2, 0, SELLER, CAP).key;
    for bad in [
        Offer { cumulative: Amount::from_units(CAP - 1), ..good },
        Offer { cumulative: Amount::from_units(1 << 96), ..good },
        Offer { slot: 1, ..good },
        Offer { buyer: OTHER, ..good },
        Offer { key: other_key, ..good },
        Offer { signature: Signature::from_bytes([0; 64]), ..good },
    ] {
        assert_eq!(world.relay.check(SELLER, &bad), Err(Refusal::Signature), "{bad:?}");
    }
    assert_eq!(world.relay.check(OTHER, &good), Err(Refusal::Signature), "it is for another purse");
}

#[test]
fn row_44_a_voucher_that_the_chain_would_not_pay_is_not_kept() {
    let mut world = World::new(10);
    let good = world.offer(1, 0, SELLER, CAP);
    let now = world.now();
    assert_eq!(world.relay.admit(now, SELLER, good, None), Err(Refusal::NoSession));
    let status = world.status(&good);
    let mut ended = status;
    ended.slots = 0;
    let mut bound = status;
    bound.payee = Some(OTHER);
    let mut paid = status;
    (paid.payee, paid.paid) = (Some(world.relay.purse(SELLER)), Amount::from_units(CAP));
    for (status, refusal) in [(ended, Refusal::NoSession), (bound, Refusal::Bound), (paid, Refusal::Paid)] {
        assert_eq!(world.relay.admit(now, SELLER, good, Some(&status)), Err(refusal));
    }
    let no_slot = world.offer(1, SLOTS, SELLER, CAP);
    assert_eq!(world.relay.admit(now, SELLER, no_slot, Some(&status)), Err(Refusal::NoSlot));
    let too_much = world.offer(1, 0, SELLER, CAP + 1);
    assert_eq!(world.relay.admit(now, SELLER, too_much, Some(&status)), Err(Refusal::Cap));
    let late = Time::from_secs(EXPIRY - 60);
    assert_eq!(world.relay.admit(late, SELLER, good, Some(&status)), Err(Refusal::Ending));
    assert!(world.relay.is_empty());
    assert_eq!(world.relay.admit(now, SELLER, good, Some(&status)), Ok(()));
}

#[test]
fn row_44_the_best_voucher_of_a_slot_is_kept() {
    let mut world = World::new(10);
    let [old, new] = [100, 200].map(|cumulative| world.offer(1, 0, SELLER, cumulative));
    world.hand_in(SELLER, old).unwrap();
    world.hand_in(SELLER, new).unwrap();
    assert_eq!(world.relay.len(), 1);
    for known in [old, new] {
        assert_eq!(world.hand_in(SELLER, known), Err(Refusal::Known));
    }
    // Whoever has a voucher of the same slot for a purse of its own does not take the place of this one.
    let other = world.offer(1, 0, OTHER, 300);
    world.hand_in(OTHER, other).unwrap();
    assert_eq!(world.relay.len(), 2);
}

#[test]
fn row_44_a_full_queue_keeps_what_is_worth_most() {
    let mut world = World::new(3);
    for (slot, cumulative) in [(0, 30), (1, 10), (2, 20)] {
        let offer = world.offer(1, slot, SELLER, cumulative);
        world.hand_in(SELLER, offer).unwrap();
    }
    let [as_little, more] = [10, 11].map(|cumulative| world.offer(1, 3, SELLER, cumulative));
    assert_eq!(world.hand_in(SELLER, as_little), Err(Refusal::Full));
    world.hand_in(SELLER, more).unwrap();
    assert_eq!(world.relay.len(), 3);
    let gone = world.offer(1, 1, SELLER, 10);
    assert_eq!(world.relay.check(SELLER, &gone), Ok(()), "it made room");
}

#[test]
fn row_44_what_is_not_worth_it_until_its_session_ends_is_given_up() {
    let mut world = World::new(10);
    let offer = world.offer(1, 0, SELLER, 100);
    world.hand_in(SELLER, offer).unwrap();
    world.step(0);
    assert_eq!((world.relay.len(), world.chain.pool.has_waiting()), (1, false));
    world.now = EXPIRY - 60;
    assert_eq!(world.relay.next(world.now(), Amount::from_units(1)), Step::Wait);
    assert!(world.relay.is_empty());
}

#[test]
fn row_44_what_was_saved_comes_back() {
    let mut world = World::new(10);
    let offer = world.offer(1, 0, SELLER, CAP);
    world.hand_in(SELLER, offer).unwrap();
    world.restart();
    assert_eq!(world.hand_in(SELLER, offer), Err(Refusal::Known));
    world.step(0);
    world.restart();
    assert!(matches!(world.relay.next(world.now(), Amount::from_units(100)), Step::Watch { .. }));
}

//! All are honest, and nothing is lost but connections.

use std::time::Duration;

use pay::Rate;
use pay::keys::SessionKey;
use pay::message::Message;

use crate::world::{UNIT_PER_BYTE, World, terms};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn row_20_what_is_paid_on_the_chain_is_what_was_given_to_the_last_unit() {
    let mut world = World::new(8, 1 << 30, 3);
    for seller in 0..3 {
        world.connect(seller);
    }
    world.settle(SECOND);
    world.carry(64 << 20);
    world.settle(5 * SECOND);
    world.redeem_all();
    for (number, link) in (1..).zip(&world.links) {
        let paid = world.chain.paid_to(terms(number).payee);
        assert_eq!(paid, link.gave.cost());
        assert_eq!(paid, link.took.cost());
        assert!(paid > 63 << 20, "all but what came before the grant is paid");
    }
    assert_eq!(world.chain.transactions, 3, "all slots of a payee are redeemed at once");
}

#[test]
fn row_20_the_same_holds_with_a_key_that_signs() {
    let mut world = World::with_key(SessionKey::from_bytes(&[0x11; 32]).unwrap(), 8, 1 << 30, 2);
    for seller in 0..2 {
        world.connect(seller);
    }
    world.settle(SECOND);
    world.carry(2 << 20);
    world.settle(5 * SECOND);
    world.redeem_all();
    for (number, link) in (1..).zip(&world.links) {
        assert_eq!(world.chain.paid_to(terms(number).payee), link.gave.cost());
    }
}

#[test]
fn row_22_credit_begins_small_grows_with_what_is_paid_and_needs_a_voucher_for_each_mib_then() {
    let mut world = World::new(1, 1 << 40, 1);
    let key = world.connect(0);
    world.settle(SECOND);
    let unpaid = |world: &World| {
        let paid = world.signer.signed_to(terms(1).payee);
        u64::try_from(world.links[0].gave.cost() - paid).unwrap()
    };
    // Nobody pays yet.
    while world.give(key, 16 << 10) || world.write_seller(0) {}
    assert_eq!(unpaid(&world), 64 << 10);
    world.settle(5 * SECOND);
    assert_eq!(unpaid(&world), 0);
    world.carry(64 << 20);
    world.settle(5 * SECOND);
    // As little as may be paid for at once is a quarter of what is trusted.
    let before = world.signer.signatures;
    world.carry(64 << 20);
    let more = world.signer.signatures - before;
    assert!(more <= 64, "{more} signatures for 64 MiB");
    world.settle(5 * SECOND);
    while world.give(key, 16 << 10) || world.write_seller(0) {}
    assert_eq!(unpaid(&world), 4 << 20);
}

#[test]
fn row_27_whoever_comes_back_goes_on_with_its_slot() {
    let mut world = World::new(8, 1 << 30, 1);
    for _ in 0..4 {
        let key = world.connect(0);
        world.settle(SECOND);
        world.carry(4 << 20);
        world.settle(5 * SECOND);
        world.disconnect(key);
    }
    assert_eq!(world.buyer.disk.len(), 1);
    let cost: u128 = world.ended.iter().map(|link| link.gave.cost()).sum();
    assert_eq!(world.signer.signed_to(terms(1).payee), cost);
    assert_eq!(world.sellers[0].state.accounts().count(), 1);
}

#[test]
fn row_27_a_seller_that_ended_goes_on_with_what_is_on_its_disk() {
    let mut world = World::new(8, 1 << 30, 1);
    world.connect(0);
    world.settle(SECOND);
    world.carry(4 << 20);
    world.settle(5 * SECOND);
    let before = world.signer.signed_to(terms(1).payee);
    world.crash_seller(0, 0);
    world.connect(0);
    world.settle(SECOND);
    world.carry(4 << 20);
    world.settle(5 * SECOND);
    assert_eq!(world.buyer.disk.len(), 1);
    let after = world.signer.signed_to(terms(1).payee);
    assert!(after - before > 3 << 20, "{after} after {before}");
    world.redeem_all();
    assert_eq!(world.chain.paid_to(terms(1).payee), after);
}

#[test]
fn row_30_a_price_that_rises_is_not_charged_before_it_is_bid() {
    let mut world = World::new(8, 1 << 40, 1);
    let key = world.connect(0);
    world.set_budget(1 << 40, UNIT_PER_BYTE);
    world.settle(SECOND);
    world.carry(8 << 20);
    let twice = Rate::per_mib(2 * UNIT_PER_BYTE.units_per_mib());
    world.tell_seller(0, pay::seller::Input::Floor(twice));
    world.settle(SECOND);
    let mut world_bytes = world.link_of(key).given;
    world.carry(8 << 20);
    world.settle(5 * SECOND);
    world_bytes = world.link_of(key).given - world_bytes;
    assert_eq!(world_bytes, 8 << 20);
    let link = &world.links[0];
    assert!(link.took.cost() <= u128::from(link.given), "no byte costs more than was bid");
    assert!(world.signer.signed_to(terms(1).payee) <= u128::from(link.given));
}

#[test]
fn row_30_a_seller_that_raises_its_price_by_itself_is_not_paid_for_what_follows() {
    let mut world = World::new(8, 1 << 40, 0);
    let key = world.connect_as_seller(terms(1), 0);
    let slot = world.accept(key);
    world.give_as_seller(key, 1 << 20);
    world.settle(5 * SECOND);
    assert_eq!(world.signer.signed_of(slot), 1 << 20);
    world.say(key, &Message::Grant { rate: Rate::per_mib(1 << 21), number: 1 });
    world.give_as_seller(key, 1 << 20);
    world.settle(20 * SECOND);
    assert_eq!(world.signer.signed_of(slot), 1 << 20);
    let said = world.said(key);
    assert!(said.contains(&Message::Reject(pay::message::Reason::Price)), "{said:?}");
}

//! Sellers that the test plays.

use std::time::Duration;

use btt::{Address, Amount};
use pay::message::{Message, Payment, Terms};
use pay::{Deployment, Rate, Signature, Voucher, buyer};

use crate::world::{DEPLOYMENT, KEY, World, terms};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn row_23_whoever_gives_junk_is_paid_for_what_is_trusted_unchecked_and_no_more() {
    for trusted in [0, 256 << 10, 4 << 20] {
        let mut world = World::new(8, 1 << 40, 0);
        let key = world.connect_as_seller(terms(1), trusted);
        let slot = world.accept(key);
        for _ in 0..32 {
            world.give_as_seller(key, 256 << 10);
            world.settle_unchecked(2 * SECOND);
        }
        let paid = world.signer.signed_of(slot);
        assert_eq!(paid, trusted.into(), "one piece may be paid, no block where each can be checked");
        world.tell_buyer(buyer::Input::Bad(key));
        assert_eq!(world.buyer.dropped, [key]);
        world.settle(60 * SECOND);
        assert_eq!(world.signer.signed_of(slot), paid);
        assert!(world.buyer.state.rates().next().is_none());
    }
}

/// Bytes that are paid though they did not turn out right: a piece at first, and as many again as did, up to 4 MiB; none where each
/// block is checked.
fn trust(right: u64, piece: u64) -> u64 {
    if piece == 0 { 0 } else { (piece + right).min(piece.max(4 << 20)) }
}

/// What it gave of pieces that failed, alone or with others, never turns out right, whatever else does.
#[test]
fn row_23_whoever_mixes_junk_with_what_is_right_is_paid_for_what_is_right_and_what_is_trusted() {
    for trusted in [0, 64 << 10, 256 << 10] {
        let mut world = World::new(8, 1 << 40, 0);
        let key = world.connect_as_seller(terms(1), trusted);
        let slot = world.accept(key);
        let mut right = 0;
        for part in 0..32 {
            world.give_as_seller(key, 48 << 10);
            world.settle_unchecked(2 * SECOND);
            // Three of four pieces pass.
            if part % 4 != 3 {
                world.verify(key, 48 << 10);
                right += 48 << 10;
            }
            world.settle_unchecked(2 * SECOND);
            let paid = world.signer.signed_of(slot);
            assert!(paid <= u128::from(right + trust(right, trusted)), "{paid} for {right}");
        }
        // And not for less.
        assert_eq!(
            world.signer.signed_of(slot),
            u128::from((32 * (48 << 10)).min(right + trust(right, trusted)))
        );
    }
}

/// A seller that is not paid before it gives more, and a buyer that does not pay before more turns out right.
#[test]
fn row_23_whoever_is_kept_waiting_for_its_money_serves_for_nothing_after_a_while_and_makes_room() {
    let mut world = World::new(8, 1 << 40, 0);
    let key = world.connect_as_seller(terms(1), 64 << 10);
    let slot = world.accept(key);
    world.give_as_seller(key, 128 << 10);
    world.settle_unchecked(9 * SECOND);
    assert!(!world.said(key).contains(&Message::Bid { rate: Rate::FREE, number: 2 }));
    world.settle_unchecked(2 * SECOND);
    assert!(world.said(key).contains(&Message::Bid { rate: Rate::FREE, number: 2 }));
    assert_eq!(world.signer.signed_of(slot), 64 << 10);
    world.say(key, &Message::Grant { rate: Rate::FREE, number: 2 });
    world.settle_unchecked(11 * SECOND);
    assert!(world.buyer.state.rates().next().is_none(), "another one may be paid");
}

#[test]
fn row_27_a_receipt_that_is_forged_changes_nothing() {
    let mut world = World::new(8, 1 << 40, 0);
    let key = world.connect_as_seller(terms(1), 0);
    let slot = world.accept(key);
    let receipt = |signature| Payment { slot, cumulative: Amount::from_units(1 << 30), signature };
    world.say(key, &Message::Receipt(receipt(Signature::from_bytes([9; 64]))));
    world.settle(SECOND);
    world.give_as_seller(key, 1 << 20);
    world.settle(5 * SECOND);
    assert_eq!(world.signer.signed_of(slot), 1 << 20);
    assert_eq!(world.buyer.disk[&slot].cumulative.units(), 1 << 20);
}

#[test]
fn row_27_a_receipt_brings_back_what_the_buyer_has_no_record_of() {
    let mut world = World::new(8, 1 << 40, 1);
    world.connect(0);
    world.settle(SECOND);
    world.carry(1 << 20);
    world.settle(5 * SECOND);
    let slot = *world.buyer.disk.keys().next().unwrap();
    let signed = world.signer.signed_of(slot);
    assert!(signed > 0);
    // What was stored last is gone.
    world.buyer.disk.get_mut(&slot).unwrap().cumulative = Amount::from_units(5);
    world.signer.forget(slot, Amount::from_units(5));
    world.crash_buyer(0);
    world.connect(0);
    world.settle(SECOND);
    world.carry(1 << 20);
    world.settle(5 * SECOND);
    let cost: u128 = world.links.iter().chain(&world.ended).map(|link| link.took.cost()).sum();
    // A unit of it showed that the key is there, before the receipt came.
    assert!(world.signer.signed_of(slot).abs_diff(cost) <= 1);
}

#[test]
fn row_29_whoever_wants_to_be_paid_elsewhere_is_a_peer_like_any_other() {
    let mut world = World::new(8, 1 << 40, 0);
    let elsewhere = [
        Deployment { chain: 199, ..DEPLOYMENT },
        Deployment { contract: Address::from_bytes([1; 20]), ..DEPLOYMENT },
    ];
    for deployment in elsewhere {
        let key = world.connect_as_seller(Terms { deployment, ..terms(1) }, 0);
        world.settle(SECOND);
        world.give_as_seller(key, 1 << 20);
        world.settle(5 * SECOND);
        assert_eq!(world.said(key), []);
        assert!(world.buyer.disk.is_empty());
    }
}

#[test]
fn row_27_a_voucher_of_another_payee_is_no_receipt() {
    let mut world = World::new(8, 1 << 40, 0);
    let (one, other) = (world.connect_as_seller(terms(1), 0), world.connect_as_seller(terms(2), 0));
    let (slot, others) = (world.accept(one), world.accept(other));
    world.give_as_seller(other, 1 << 20);
    world.settle(5 * SECOND);
    let voucher = Voucher { slot: others, payee: terms(2).payee, cumulative: Amount::from_units(1 << 20) };
    let signature = world.signer.sign_anything(KEY, &voucher);
    let cumulative = voucher.cumulative;
    for claimed in [slot, others] {
        world.say(one, &Message::Receipt(Payment { slot: claimed, cumulative, signature }));
        world.settle(5 * SECOND);
        assert_eq!(world.buyer.disk[&slot].cumulative, Amount::default());
    }
}

//! Buyers that the test plays.

use std::time::Duration;

use btt::{Address, Amount};
use pay::buyer::Deposit;
use pay::message::{Claim, Fraud, Message, Payment, Reason};
use pay::{Credit, PeerKey, SessionId, SlotId, Time, Voucher, seller};

use crate::world::{CHEAT, CHEAT_KEY, KEY, OWNER, SellerNode, UNIT_PER_BYTE, World, terms};

const SECOND: Duration = Duration::from_secs(1);

const SLOT: u32 = 2;

fn slot() -> SlotId {
    SlotId { session: SessionId::of(CHEAT, CHEAT_KEY), slot: SLOT }
}

fn voucher(world: &mut World, payee: Address, units: u128) -> Payment {
    let cumulative = Amount::from_units(units);
    let voucher = Voucher { slot: slot(), payee, cumulative };
    Payment { slot: slot(), cumulative, signature: world.signer.sign_anything(CHEAT_KEY, &voucher) }
}

/// Connects to a seller and shows it a slot.
fn begin(world: &mut World, seller: usize) -> PeerKey {
    let payee = world.sellers[seller].config.terms.payee;
    let key = world.connect_as_buyer(seller);
    let Payment { cumulative, signature, .. } = voucher(world, payee, 0);
    world.ask(key, &Message::Session { owner: CHEAT, key: CHEAT_KEY, slot: SLOT, cumulative, signature });
    world.settle(SECOND);
    world.ask(key, &Message::Bid { rate: UNIT_PER_BYTE, number: 1 });
    world.settle(SECOND);
    key
}

/// Takes all that it is given on credit without another word: how much that is. What costs nothing has no end.
fn take_all(world: &mut World, key: PeerKey) -> u64 {
    let before = world.link_of(key).given;
    for _ in 0..1000 {
        while world.link_of(key).limit.is_some() && world.give(key, 16 << 10) {}
        if !world.round() {
            break;
        }
    }
    world.link_of(key).given - before
}

#[test]
fn row_21_a_buyer_that_stops_paying_gets_at_most_its_credit() {
    let credit = Credit::default();
    for paid in [0, 1 << 20, 100 << 20] {
        let mut world = World::new(8, 1 << 40, 1);
        let key = begin(&mut world, 0);
        let mut taken = 0;
        while taken < paid {
            taken += take_all(&mut world, key);
            let payment = voucher(&mut world, terms(1).payee, taken.into());
            world.ask(key, &Message::Voucher(payment));
            world.settle(2 * SECOND);
        }
        assert_eq!(take_all(&mut world, key), credit.window(taken));
        // Nor does it get more on another connection, or by bidding more often.
        world.disconnect(key);
        let key = begin(&mut world, 0);
        world.ask(key, &Message::Bid { rate: UNIT_PER_BYTE, number: 2 });
        world.settle(SECOND);
        assert_eq!(take_all(&mut world, key), 0);
    }
}

#[test]
fn row_24_amounts_that_do_not_rise_are_refused_unseen_and_dust_is_seen_once_a_second() {
    let mut world = World::new(8, 1 << 40, 1);
    let key = begin(&mut world, 0);
    take_all(&mut world, key);
    let payment = voucher(&mut world, terms(1).payee, 40 << 10);
    world.ask(key, &Message::Voucher(payment));
    world.settle(2 * SECOND);
    let before = world.sellers[0].checked;
    for units in [40 << 10, 39 << 10, 0] {
        let payment = voucher(&mut world, terms(1).payee, units);
        world.ask(key, &Message::Voucher(payment));
        world.settle(SECOND);
    }
    assert_eq!(world.sellers[0].checked, before);
    let refused =
        world.heard(key).into_iter().filter(|said| *said == Message::Reject(Reason::NotMore)).count();
    assert_eq!(refused, 3);
    // A unit more with each message, as many as there may be, for ten seconds.
    for n in 1..=200_u32 {
        let payment = voucher(&mut world, terms(1).payee, u128::from((40 << 10) + n));
        world.ask(key, &Message::Voucher(payment));
        while world.round() {}
        world.pass(Duration::from_millis(50));
    }
    let dust = world.sellers[0].checked - before;
    assert!((1..=11).contains(&dust), "{dust} signatures were looked at");
}

#[test]
fn row_24_whoever_floods_is_not_heard() {
    let mut world = World::new(8, 1 << 40, 1);
    let key = begin(&mut world, 0);
    let before = world.sellers[0].checked;
    for n in 1..=1000_u32 {
        let payment = voucher(&mut world, terms(1).payee, u128::from(n) << 14);
        world.ask(key, &Message::Voucher(payment));
    }
    while world.round() {}
    let seen = world.sellers[0].checked - before;
    assert!(seen <= 20, "{seen} signatures of a thousand were looked at");
}

#[test]
fn row_28_whoever_signs_a_slot_to_two_is_told_of_served_no_more_and_loses_its_bond() {
    let mut world = World::new(8, 1 << 40, 2);
    let keys = [begin(&mut world, 0), begin(&mut world, 1)];
    let mut claims = Vec::new();
    for (seller, key) in keys.into_iter().enumerate() {
        let payee = world.sellers[seller].config.terms.payee;
        let taken = take_all(&mut world, key);
        assert!(taken > 0);
        let payment = voucher(&mut world, payee, taken.into());
        let Payment { cumulative, signature, .. } = payment;
        claims.push(Claim { payee, cumulative, signature });
        world.ask(key, &Message::Voucher(payment));
        world.settle(2 * SECOND);
    }
    // Somebody has seen both, and another peer is connected.
    let (witness, other) = (world.connect_as_buyer(0), world.connect_as_buyer(0));
    let claims = claims.try_into().unwrap();
    let fraud = Message::Fraud(Box::new(Fraud { owner: CHEAT, key: CHEAT_KEY, slot: SLOT, claims }));
    world.ask(witness, &fraud);
    world.settle(5 * SECOND);
    assert_eq!(world.sellers[0].slashed.len(), 1);
    assert!(world.heard(other).contains(&fraud), "who is told tells others");
    assert!(!world.heard(witness).contains(&fraud));
    // What it had is redeemed at once, and it gets nothing on credit any more, on no slot of its session.
    world.chain.mine(world.now, &world.signer);
    assert!(world.chain.paid_to(terms(1).payee) > 0);
    assert!(world.heard(keys[0]).contains(&Message::Reject(Reason::SlotTaken)));
    let key = begin(&mut world, 0);
    assert!(!world.heard(key).iter().any(|said| matches!(said, Message::Ack { .. } | Message::Grant { .. })));
    // Once is enough.
    world.ask(other, &fraud);
    world.settle(5 * SECOND);
    assert_eq!(world.sellers[0].slashed.len(), 1);
}

#[test]
fn row_28_two_vouchers_that_nobody_signed_are_no_fraud() {
    let mut world = World::new(8, 1 << 40, 1);
    let key = begin(&mut world, 0);
    let Payment { cumulative, signature, .. } = voucher(&mut world, terms(1).payee, 1);
    let claims = [terms(1).payee, terms(2).payee].map(|payee| Claim { payee, cumulative, signature });
    let witness = world.connect_as_buyer(0);
    world.ask(witness, &Message::Fraud(Box::new(Fraud { owner: CHEAT, key: CHEAT_KEY, slot: SLOT, claims })));
    world.settle(5 * SECOND);
    assert!(world.sellers[0].slashed.is_empty());
    assert!(take_all(&mut world, key) > 0);
}

#[test]
fn row_28_whoever_lost_the_race_for_a_slot_loses_what_was_not_redeemed_and_serves_it_no_more() {
    let mut world = World::new(8, 1 << 60, 2);
    let keys = [begin(&mut world, 0), begin(&mut world, 1)];
    for (seller, key) in keys.into_iter().enumerate() {
        let payee = world.sellers[seller].config.terms.payee;
        let taken = take_all(&mut world, key);
        let payment = voucher(&mut world, payee, taken.into());
        world.ask(key, &Message::Voucher(payment));
        world.settle(2 * SECOND);
    }
    world.redeem_all();
    assert!(world.chain.paid_to(terms(1).payee) > 0);
    assert_eq!(world.chain.paid_to(terms(2).payee), 0);
    world.settle(30 * 60 * SECOND);
    assert!(world.heard(keys[1]).contains(&Message::Reject(Reason::SlotTaken)));
    assert_eq!(world.sellers[1].state.account(slot()), None);
    assert!(world.sellers[0].state.account(slot()).is_some());
}

/// A seller that has a slot bound early.
fn wary(number: u8) -> SellerNode {
    let [bind_at, bind_by] = [Amount::from_units(1 << 20), Amount::from_units(2 << 20)];
    SellerNode::new(seller::Config { bind_at, bind_by, ..seller::Config::new(terms(number)) })
}

/// Takes and pays for as long as that is charged and it is given anything: how much that is.
fn buy_all(world: &mut World, key: PeerKey) -> u64 {
    let seller = world.link_of(key).seller.expect("the other end is a seller");
    let payee = world.sellers[seller].config.terms.payee;
    let mut paid = 0;
    while world.link_of(key).limit.is_some() {
        let taken = take_all(world, key);
        if taken == 0 {
            break;
        }
        paid += taken;
        let payment = voucher(world, payee, paid.into());
        world.ask(key, &Message::Voucher(payment));
        world.settle(2 * SECOND);
    }
    paid
}

#[test]
fn row_28_whoever_signs_a_slot_to_two_gets_of_each_what_may_be_unbound_and_no_more() {
    let mut world = World::new(8, 1 << 40, 2);
    world.sellers = vec![wary(1), wary(2)];
    let keys = [begin(&mut world, 0), begin(&mut world, 1)];
    for key in keys {
        // It pays for all of it, but nothing comes of that before there is a block: it is served as who pays nothing.
        assert_eq!(buy_all(&mut world, key), 2 << 20);
        assert!(world.heard(key).contains(&Message::Reject(Reason::OverCredit)));
        assert_eq!(world.link_of(key).limit, None);
    }
    // Each had asked for its part when it was worth the fee. One of them is first.
    world.chain.mine(world.now, &world.signer);
    world.chain.confirm();
    world.settle(60 * SECOND);
    let [paid, lost] = [1, 2].map(|number| world.chain.paid_to(terms(number).payee));
    assert!(paid >= 1 << 20 && lost == 0, "{paid} and {lost}");
    let [first, second] = keys.map(|key| world.heard(key).contains(&Message::Reject(Reason::SlotTaken)));
    assert!(!first && second);
    world.ask(keys[0], &Message::Bid { rate: UNIT_PER_BYTE, number: 2 });
    world.settle(SECOND);
    assert!(take_all(&mut world, keys[0]) > 0, "whose the slot is gives on credit again");
}

#[test]
fn row_33_a_node_that_lies_about_a_deposit_costs_what_may_be_unbound_and_no_more() {
    let mut world = World::new(8, 1 << 40, 1);
    world.sellers = vec![wary(1)];
    let deposit =
        Deposit { session: SessionId::of(CHEAT, CHEAT), owner: CHEAT, key: CHEAT, ..world.buyer.deposit };
    world.chain.pretend(deposit);
    world.chain.is_agreed = false;
    let key = world.connect_as_buyer(0);
    let slot = SlotId { session: deposit.session, slot: 0 };
    let pay = |world: &mut World, units: u64| {
        let cumulative = Amount::from_units(units.into());
        let voucher = Voucher { slot, payee: terms(1).payee, cumulative };
        (cumulative, world.signer.sign_anything(CHEAT, &voucher))
    };
    let (cumulative, signature) = pay(&mut world, 0);
    world.ask(key, &Message::Session { owner: CHEAT, key: CHEAT, slot: 0, cumulative, signature });
    world.settle(SECOND);
    world.ask(key, &Message::Bid { rate: UNIT_PER_BYTE, number: 1 });
    world.settle(SECOND);
    let mut given = 0;
    while world.link_of(key).limit.is_some() {
        given += take_all(&mut world, key);
        let (cumulative, signature) = pay(&mut world, given);
        world.ask(key, &Message::Voucher(Payment { slot, cumulative, signature }));
        world.settle(2 * SECOND);
        world.chain.mine(world.now, &world.signer);
        world.chain.confirm();
    }
    assert_eq!(given, 2 << 20);
    assert_eq!(world.chain.paid_to(terms(1).payee), 0);
}

/// What was redeemed is on the chain, with its signature, for everybody to see.
#[test]
fn row_27_nobody_passes_for_a_buyer_with_what_is_on_the_chain() {
    let mut world = World::new(8, 1 << 40, 1);
    let key = world.connect(0);
    world.settle(SECOND);
    world.carry(4 << 20);
    world.settle(5 * SECOND);
    world.tell_seller(0, seller::Input::Redeem);
    let slot = *world.buyer.disk.keys().next().unwrap();
    let cumulative = world.buyer.disk[&slot].cumulative;
    let published = Voucher { slot, payee: terms(1).payee, cumulative };
    let signature = world.signer.sign_anything(KEY, &published);
    // Before it is in a block, behind that, and once its owner is gone.
    for step in 0..3 {
        match step {
            0 => {}
            1 => {
                world.chain.mine(world.now, &world.signer);
                world.chain.confirm();
                world.settle(60 * SECOND);
            }
            _ => world.disconnect(key),
        }
        let thief = world.connect_as_buyer(0);
        world
            .ask(thief, &Message::Session { owner: OWNER, key: KEY, slot: slot.slot, cumulative, signature });
        world.settle(20 * SECOND);
        assert_eq!(world.heard(thief), [Message::Reject(Reason::NotMore)]);
    }
    // Who has the key goes on.
    world.connect(0);
    world.settle(SECOND);
    world.carry(4 << 20);
    world.settle(5 * SECOND);
    assert_eq!(world.buyer.disk.len(), 1);
    assert!(world.buyer.disk[&slot].cumulative.units() > cumulative.units() + (3 << 20));
}

#[test]
fn row_29_a_session_that_ends_soon_or_is_not_there_is_refused_and_its_buyer_served_for_nothing() {
    let mut world = World::new(8, 1 << 40, 1);
    world.now = Time::from_secs(world.buyer.deposit.expiry.as_secs() - 6 * 3600);
    let key = begin(&mut world, 0);
    assert!(world.heard(key).contains(&Message::Reject(Reason::Expiring)));
    assert_eq!(world.link_of(key).limit, None);

    let mut world = World::new(8, 1 << 40, 1);
    let key = world.connect_as_buyer(0);
    let nobodys = SlotId { session: SessionId::of(CHEAT, CHEAT), slot: 0 };
    let voucher = Voucher { slot: nobodys, payee: terms(1).payee, cumulative: Amount::default() };
    let signature = world.signer.sign_anything(CHEAT, &voucher);
    let cumulative = Amount::default();
    world.ask(key, &Message::Session { owner: CHEAT, key: CHEAT, slot: 0, cumulative, signature });
    world.settle(SECOND);
    assert!(world.heard(key).contains(&Message::Reject(Reason::NoSession)));
    assert_eq!(world.link_of(key).limit, None);
}

#[test]
fn row_33_while_no_node_can_be_asked_everybody_is_served_for_nothing() {
    let mut world = World::new(8, 1 << 40, 1);
    world.chain.is_down = true;
    let key = world.connect(0);
    world.settle(5 * SECOND);
    assert_eq!(world.link_of(key).limit, None);
    world.carry(1 << 20);
    assert_eq!(world.links[0].took.cost(), 0);
    // And is paid once one can.
    world.chain.is_down = false;
    world.settle(120 * SECOND);
    world.carry(1 << 20);
    world.settle(5 * SECOND);
    assert!(world.signer.signed_to(terms(1).payee) > 1 << 19);
}

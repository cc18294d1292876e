//! Everything has a limit.

use std::time::Duration;

use super::stage::{FLOOR, KIB, MIB, Stage, Wallet, bid, config, units};
use crate::message::{Message, Reason};
use crate::seller::reads::Reads;
use crate::seller::status::Said;
use crate::seller::{ACCOUNTS, Account, Input, PEERS, SENDING, Seller};
use crate::{PeerKey, SlotId, Time};

const WALLET: Wallet = Wallet::new(1);

#[test]
fn peers_beyond_the_limit_are_served_as_those_that_do_not_pay() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    for number in 0..PEERS as u64 {
        stage.meet(number);
    }
    let late = stage.meet(PEERS as u64);
    stage.say(late, &WALLET.session(0, 0));
    assert_eq!((stage.hear(late), stage.work.0, stage.give(late, MIB)), (vec![], 0, MIB));
    stage.close(PeerKey(0));
    let next = stage.meet(PEERS as u64 + 1);
    stage.say(next, &WALLET.session(0, 0));
    assert_eq!(stage.hear(next).len(), 1);
}

/// Numbers of so many slots.
fn slots(count: usize) -> std::ops::Range<u32> {
    0..count.try_into().unwrap()
}

/// A stage whose seller has as many accounts as it may, the first `earning` of them with something to be redeemed.
fn full(earning: u32) -> Stage {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    stage.buyer(0, WALLET, 0, FLOOR);
    let pattern = stage.account(WALLET.slot(0));
    let accounts = slots(ACCOUNTS).map(|slot| {
        let mut account = pattern;
        account.best.voucher.slot = SlotId { session: Wallet::new(2).slot(0).session, slot };
        account.best.voucher.cumulative = units(u64::from(slot < earning));
        account
    });
    stage.disk = accounts.map(|account| (account.slot(), account)).collect();
    stage.restart(config());
    stage
}

#[test]
fn an_account_that_nothing_is_due_from_makes_room() {
    let mut stage = full(slots(ACCOUNTS).end - 1);
    stage.buyer(1, WALLET, 0, FLOOR);
    assert_eq!((stage.seller.accounts().count(), stage.disk.len()), (ACCOUNTS, ACCOUNTS));
    let last = SlotId { slot: slots(ACCOUNTS).end - 1, session: Wallet::new(2).slot(0).session };
    assert!(!stage.disk.contains_key(&last));
}

#[test]
fn where_every_account_has_earned_something_nobody_else_can_pay() {
    let mut stage = full(slots(ACCOUNTS).end);
    let peer = stage.meet(1);
    stage.say(peer, &WALLET.session(0, 0));
    stage.hears(peer, Reason::TooMany);
    assert_eq!((stage.seller.accounts().count(), stage.disk.len()), (ACCOUNTS, ACCOUNTS));
}

/// One account is of use to nobody who buys it for less than it costs to redeem.
#[test]
fn row_24_dust_makes_room_the_least_of_it_first_and_what_is_worth_its_fee_does_not() {
    let mut stage = full(slots(ACCOUNTS).end);
    let numbers: Vec<_> = stage.disk.keys().copied().collect();
    for (number, id) in numbers.iter().enumerate() {
        let worth = match number {
            7 => 2,
            9 => 3,
            _ => 4 + u64::try_from(number).unwrap(),
        };
        stage.disk.get_mut(id).unwrap().best.voucher.cumulative = units(worth);
    }
    stage.restart(config());
    stage.deposit(WALLET, 3, 1 << 40);
    stage.tell(Input::Fee(units(3)));
    for (slot, gone) in [(0, numbers[7]), (1, numbers[9])] {
        stage.buyer(u64::from(slot), WALLET, slot, FLOOR);
        assert_eq!((stage.seller.accounts().count(), stage.disk.len()), (ACCOUNTS, ACCOUNTS));
        assert!(!stage.disk.contains_key(&gone));
    }
    let peer = stage.meet(3);
    stage.say(peer, &WALLET.session(2, 0));
    stage.hears(peer, Reason::TooMany);
}

#[test]
fn the_chain_is_asked_so_many_things_at_a_time() {
    let mut stage = Stage::new();
    stage.held.reads = true;
    stage.deposit(WALLET, 100, 1 << 40);
    for slot in 0..100 {
        let peer = stage.meet(slot.into());
        stage.say(peer, &WALLET.session(slot, 0));
    }
    assert_eq!(stage.reads.len(), Reads::PENDING);
    let served = |stage: &mut Stage| (0..100).filter(|peer| !stage.hear(PeerKey(*peer)).is_empty()).count();
    assert_eq!(served(&mut stage), 0);
    stage.held.reads = false;
    stage.settle();
    assert_eq!(served(&mut stage), Reads::PENDING);
    // The others get their turn.
    for _ in 0..6 {
        stage.wait(Duration::from_secs(10));
    }
    assert_eq!(served(&mut stage), 100 - Reads::PENDING);
}

#[test]
fn peers_that_left_are_not_kept_waiting_for_the_chain() {
    let mut stage = Stage::new();
    stage.held.reads = true;
    stage.deposit(WALLET, 1, 1 << 40);
    for number in 0..100 {
        let peer = stage.meet(number);
        stage.say(peer, &WALLET.session(0, 0));
        stage.close(peer);
    }
    assert_eq!(stage.reads.len(), 1);
    assert!(stage.seller.reads.answer(stage.now, WALLET.slot(0), None).is_empty());
}

#[test]
fn so_many_answers_of_the_chain_are_remembered() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let said = Some(Said { status: *stage.on_chain(WALLET.slot(0)), agreed: true });
    let (mut reads, now) = (Reads::default(), Time::from_secs(1));
    let slots: Vec<_> = slots(Reads::REMEMBERED + 1).map(|slot| WALLET.slot(slot)).collect();
    for slot in &slots {
        reads.answer(now, *slot, said);
    }
    let remembered = slots.iter().filter(|slot| reads.cached(now, **slot).is_some()).count();
    assert_eq!((remembered, reads.cached(now, slots[0])), (Reads::REMEMBERED, None));
}

#[test]
fn a_peer_that_takes_nothing_is_not_listened_to() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    stage.held.sends = true;
    let peer = stage.meet(1);
    for number in 0..500 {
        stage.wait(Duration::from_secs(1));
        stage.say(peer, &bid(FLOOR, number));
        stage.tell(Input::Floor(FLOOR));
    }
    assert_eq!(stage.sends.len(), SENDING);
    stage.held.sends = false;
    stage.settle();
    stage.hear(peer);
    stage.say(peer, &WALLET.session(0, 0));
    assert_eq!(stage.hear(peer), [Message::Ack { slot: WALLET.slot(0) }]);
}

#[test]
fn a_payment_costs_one_check_and_one_record_and_now_and_then_another_record() {
    let mut stage = Stage::new();
    stage.deposit(WALLET, 1, 1 << 40);
    let peer = stage.buyer(1, WALLET, 0, FLOOR);
    let mut given = 0;
    // Up to full credit, then a GiB at a quarter of the credit for each voucher.
    while given < 32 * MIB {
        given += stage.give(peer, 32 * KIB);
        stage.wait(Duration::from_millis(60));
        stage.say(peer, &WALLET.voucher(0, given));
    }
    stage.work = (0, 0, 0);
    for _ in 0..1024 {
        given += stage.give(peer, MIB);
        stage.wait(Duration::from_millis(60));
        stage.say(peer, &WALLET.voucher(0, given));
    }
    assert_eq!(given, 32 * MIB + 1024 * MIB);
    assert_eq!((stage.work.0, stage.work.2), (1024, 0));
    assert!((1024..=2048).contains(&stage.work.1), "{}", stage.work.1);
}

#[test]
fn a_message_costs_the_same_however_many_peers_and_accounts_there_are() {
    let cost = |mut stage: Stage, peers: u64| {
        for number in 2..peers {
            stage.meet(number);
        }
        let peer = stage.buyer(1, WALLET, 0, FLOOR);
        stage.give(peer, 32 * KIB);
        let voucher = WALLET.voucher(0, 32 * KIB).encode();
        stage.wait(Duration::from_secs(1));
        let before = stage.work;
        let now = stage.now;
        let spent = allocation_counter::measure(|| {
            stage.seller.handle(now, Input::Message { peer, payload: &voucher });
        });
        stage.settle();
        (spent.count_total, stage.work.0 - before.0, stage.work.1 - before.1)
    };
    let mut alone = Stage::new();
    alone.deposit(WALLET, 1, 1 << 40);
    let (alone, crowded) = (cost(alone, 2), cost(full(slots(ACCOUNTS).end - 1), PEERS as u64 - 1));
    assert!(alone.0 <= 8 && crowded.0 <= 8, "{alone:?} {crowded:?}");
    assert_eq!((alone.1, alone.2), (crowded.1, crowded.2));
}

#[test]
fn bytes_that_cannot_be_read_are_not_answered() {
    let mut stage = Stage::new();
    let peer = stage.meet(1);
    for payload in [&b""[..], b"d1:t1:qe", b"d1:t1:be", b"\xff", &[b'd'; 2000]] {
        stage.tell(Input::Message { peer, payload });
    }
    stage.tell(Input::Message { peer: PeerKey(77), payload: b"d1:t1:be" });
    assert_eq!((stage.hear(peer), stage.lines[&peer].limit), (vec![], None));
}

#[test]
fn an_account_is_small() {
    assert!(size_of::<Account>() * ACCOUNTS < 2 << 20);
    assert!(size_of::<Seller>() < 1024);
}

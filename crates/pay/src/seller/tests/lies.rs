//! Whatever one node says, of a slot no more is lost than may come together on it while nobody else says that it is ours.

use std::time::Duration;

use btt::Amount;
use proptest::prelude::*;

use super::stage::{FLOOR, KIB, OTHER, Stage, US, Wallet, bid, config, units};
use crate::seller::{Config, Input, SlotStatus};
use crate::{Credit, PeerKey, Time};

const WALLET: Wallet = Wallet::new(1);
const HOUR: Duration = Duration::from_secs(3600);
const BIND_BY: u64 = 300 * KIB;
const SLOT_CAP: u64 = 2048 * KIB;

/// A slot as it is on the chain, whatever anybody says, and what was given on it.
struct World {
    stage: Stage,
    exists: bool,
    truth: SlotStatus,
    /// Bytes that were to be paid, a unit each.
    served: u64,
    /// How often an account was made for the slot, and whether there is one.
    accounts: u64,
    is_known: bool,
    peer: Option<PeerKey>,
    next: u64,
    /// What stands in the next voucher beyond what was given.
    more: u64,
}

impl World {
    fn new(exists: bool) -> Self {
        let mut stage = Stage::with(settings());
        stage.held.reads = true;
        let truth = SlotStatus {
            owner: WALLET.owner,
            key: WALLET.key,
            expiry: stage.now + 48 * HOUR,
            slots: 1,
            slot_cap: units(SLOT_CAP),
            payee: None,
            paid: Amount::default(),
        };
        Self { stage, exists, truth, served: 0, accounts: 0, is_known: false, peer: None, next: 0, more: 0 }
    }

    /// What happens: a small number for what, another for how.
    fn step(&mut self, what: u8, how: u16) {
        match (what, self.peer) {
            (0, _) | (_, None) => self.begin(),
            (1..=4, Some(peer)) => self.buy(peer, u64::from(how) << 4),
            (5, _) => self.stage.wait(Duration::from_secs(u64::from(how) % 3600)),
            (6, _) => self.say(how),
            (7, _) if how.is_multiple_of(4) => self.stage.tell(Input::Redeem),
            (7, _) if how % 4 == 1 => self.truth.expiry = self.truth.expiry + HOUR,
            (7, _) if how % 16 == 2 && self.truth.payee.is_none() => self.truth.payee = Some(OTHER),
            (7, _) if how % 16 == 3 => {
                self.stage.restart(settings());
                self.peer = None;
            }
            _ => self.stage.wait(Duration::from_secs(60)),
        }
        self.see();
        while let Some(slot) = self.stage.reads.pop_front() {
            assert_eq!(slot, WALLET.slot(0));
            self.say(how);
        }
    }

    /// Somebody who has the key comes.
    fn begin(&mut self) {
        let peer = self.stage.meet(self.next);
        self.next += 1;
        self.peer = Some(peer);
        self.more += 1;
        self.stage.say(peer, &WALLET.session(0, self.served + self.more));
    }

    /// It takes what it is given on credit, and pays for that.
    fn buy(&mut self, peer: PeerKey, bytes: u64) {
        let limited = |stage: &Stage| stage.lines[&peer].limit.is_some();
        if !limited(&self.stage) {
            self.stage.say(peer, &bid(FLOOR, u32::try_from(self.next).unwrap()));
            self.next += 1;
        }
        if limited(&self.stage) {
            // What is given once it is charged no more is free.
            let end = self.served + bytes;
            while self.served < end && limited(&self.stage) {
                match self.stage.give(peer, (end - self.served).min(16 * KIB)) {
                    0 => break,
                    given => self.served += given,
                }
            }
            self.see();
            self.stage.wait(Duration::from_secs(1));
            self.stage.say(peer, &WALLET.voucher(0, self.served + self.more));
        }
    }

    /// The seller hears of the slot: the truth, of which some is agreed, or what one node made of it.
    fn say(&mut self, how: u16) {
        let truth = if self.exists { self.truth } else { SlotStatus::ABSENT };
        let (said, agreed) = match how % 16 {
            0 | 1 => (Some(truth), true),
            2 => (Some(truth), false),
            kind => (self.lie(kind, how / 16), false),
        };
        self.stage.tell(Input::OnChain { slot: WALLET.slot(0), status: said, agreed });
        self.see();
    }

    /// Of every kind: on a session that there is, or is not.
    fn lie(&self, kind: u16, how: u16) -> Option<SlotStatus> {
        let truth = self.truth;
        let some = units(u64::from(how) << 9);
        Some(match kind {
            3 => return None,
            4 => SlotStatus::ABSENT,
            5 => SlotStatus { payee: Some(US), ..truth },
            6 => SlotStatus { payee: Some(US), paid: some, ..truth },
            7 => SlotStatus { payee: Some(US), paid: units(SLOT_CAP), ..truth },
            8 => SlotStatus { payee: Some(OTHER), ..truth },
            9 => SlotStatus { payee: None, paid: Amount::default(), ..truth },
            10 => SlotStatus { expiry: truth.expiry + HOUR * u32::from(how), ..truth },
            11 => SlotStatus { expiry: Time::from_secs(truth.expiry.as_secs() / 2), ..truth },
            12 => SlotStatus { slot_cap: units(u64::MAX), slots: u32::MAX, ..truth },
            13 => SlotStatus { owner: OTHER, ..truth },
            14 => SlotStatus { slot_cap: some, ..truth },
            _ => SlotStatus { payee: Some(US), paid: some, expiry: truth.expiry + 900 * HOUR, ..truth },
        })
    }

    /// What the seller hands to the chain is carried out, if it can be. Whoever may end a session does so at once.
    fn see(&mut self) {
        let is_there = self.exists && self.stage.now < self.truth.expiry;
        for voucher in std::mem::take(&mut self.stage.redeemed).into_iter().flatten() {
            let cumulative = voucher.voucher.cumulative;
            let is_ours = self.truth.payee.is_none_or(|payee| payee == US);
            if is_there && is_ours && cumulative <= self.truth.slot_cap {
                self.truth.payee = Some(US);
                self.truth.paid = self.truth.paid.max(cumulative);
            }
        }
        let is_known = self.stage.seller.account(WALLET.slot(0)).is_some();
        self.accounts += u64::from(is_known && !self.is_known);
        self.is_known = is_known;
    }

    /// Once all has ended.
    fn check(mut self) -> u64 {
        for _ in 0..24 * 50 {
            self.step(5, 3599);
        }
        let is_ours = self.truth.payee == Some(US);
        let paid = if is_ours { u64::try_from(self.truth.paid.units()).unwrap() } else { 0 };
        let lost = self.served.saturating_sub(paid);
        let may_be = self.accounts * BIND_BY + Credit::default().window(paid);
        assert!(lost <= may_be, "{lost} of {} is lost, {} accounts", self.served, self.accounts);
        self.served
    }
}

fn settings() -> Config {
    Config { bind_at: units(BIND_BY / 2), bind_by: units(BIND_BY), ..config() }
}

fn play(exists: bool, steps: &[(u8, u16)]) -> u64 {
    let mut world = World::new(exists);
    for (what, how) in steps {
        world.step(*what, *how);
    }
    world.check()
}

fn steps() -> impl Strategy<Value = Vec<(u8, u16)>> {
    prop::collection::vec((0..8_u8, any::<u16>()), 0..300)
}

proptest! {
    #[test]
    fn row_33_whatever_one_node_says_no_more_is_lost_than_may_be_unbound(exists: bool, steps in steps()) {
        play(exists, &steps);
    }
}

#[test]
fn on_what_is_agreed_much_more_is_given() {
    // Somebody comes, and buys, and what is read is the truth.
    let rounds = |how: u16| {
        let buy = std::iter::repeat_n([(1, 4096 + how), (6, how)], 60).flatten();
        [(0, how), (6, how)].into_iter().chain(buy).collect::<Vec<_>>()
    };
    let given = [0, 2].map(|how| play(true, &rounds(how)));
    assert!(given[0] > 3 * BIND_BY, "{given:?}");
    // Where one node says all that there is an end to it, however much is paid.
    assert!((BIND_BY / 2..=BIND_BY).contains(&given[1]), "{given:?}");
}

#[test]
fn row_33_a_slot_that_one_node_says_is_anothers_is_fetched_and_kept_and_one_that_is_ours_stays_so() {
    let mut world = World::new(true);
    world.begin();
    world.say(0);
    let peer = world.peer.unwrap();
    world.buy(peer, 64 * KIB);
    let slot = WALLET.slot(0);
    let kept = world.stage.account(slot);
    assert!(world.stage.redeemed.is_empty());
    // Twice, and once is enough.
    for _ in 0..2 {
        world.stage.tell(Input::OnChain { slot, status: world.lie(8, 0), agreed: false });
    }
    assert_eq!((world.stage.account(slot).best, world.stage.redeemed.len()), (kept.best, 1));
    assert_eq!(world.stage.lines[&peer].limit, None, "it is served as who does not pay");
    world.see();
    assert_eq!((world.truth.payee, world.truth.paid), (Some(US), kept.best.voucher.cumulative));
    // The truth, agreed; then that again, and that the account is paid and its session lasts longer.
    world.say(0);
    let bound = world.stage.account(slot);
    assert!(bound.bound);
    for kind in [3, 4, 8, 9, 10, 12, 15] {
        world.stage.tell(Input::OnChain { slot, status: world.lie(kind, 999), agreed: false });
        assert_eq!(world.stage.account(slot), bound);
    }
}

/// It would take the place of the one that can be, and everything after it would be given for that.
#[test]
fn row_33_no_voucher_counts_that_is_for_more_than_a_slot_may_have() {
    let mut world = World::new(true);
    world.begin();
    world.say(0);
    let peer = world.peer.unwrap();
    world.buy(peer, 64 * KIB);
    let best = |world: &World| world.stage.account(WALLET.slot(0)).best.voucher.cumulative;
    let before = best(&world);
    assert!(before > units(60 * KIB), "{before:?}");
    for cumulative in [BIND_BY + 1, SLOT_CAP + 1] {
        world.stage.say(peer, &WALLET.voucher(0, cumulative));
        // A node that says that there is as much in the slot.
        world.stage.wait(Duration::from_secs(61));
        let other = world.stage.meet(100 + cumulative);
        world.stage.say(other, &WALLET.session(0, cumulative));
        world.say(12);
        assert_eq!(best(&world), before);
    }
}

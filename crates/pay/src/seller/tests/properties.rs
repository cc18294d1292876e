//! Whatever happens, in whatever order: the bounds hold against a plain model of what is on the wire.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;

use super::stage::{FLOOR, KIB, OTHER, Stage, US, Wallet, bid, config, units};
use crate::message::{Message, Payment};
use crate::seller::{Config, Input, Output};
use crate::{Credit, PeerKey, Rate, Signature, SlotId, Time};

const WALLET: Wallet = Wallet::new(1);
const SLOTS: u32 = 2;
const SLOT_CAP: u64 = 600 * KIB;

/// One thing that happens, to one of a few peers.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: What,
    peer: usize,
    slot: u32,
    number: u64,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Meet,
    Close,
    Session,
    Bid,
    Voucher,
    Forge,
    Fraud,
    Give,
    /// The driver does what it was told first.
    Obey,
    /// All that is under way comes to its end.
    Settle,
    /// A message goes into a peer's channel.
    Send,
    /// The seller hears of the next thing that the driver did for a peer.
    Report,
    Check,
    Write,
    Read,
    Wait,
    Floor,
    Redeem,
    Vanish,
    Bind,
    Restart,
}

/// What a driver did for a peer, for the seller to hear.
#[derive(Clone, Copy, Debug)]
enum Report {
    Sent(u64),
    Given(u64),
}

/// What is on the wire of a connection.
#[derive(Debug, Default)]
struct Wire {
    /// Not in the channel yet.
    sends: VecDeque<Message>,
    reports: VecDeque<Report>,
    given: u64,
    limit: Option<u64>,
    slot: Option<SlotId>,
    rate: Rate,
}

/// All bytes that were ever charged for, by slot, and their price.
#[derive(Clone, Copy, Debug, Default)]
struct Served {
    bytes: u64,
    cost: u128,
    /// The highest amount of a genuine voucher that was sent to the seller.
    paid: u128,
    dearest: Rate,
}

struct World {
    stage: Stage,
    wires: BTreeMap<PeerKey, Wire>,
    served: BTreeMap<SlotId, Served>,
    next_peer: u64,
    bids: u32,
    raises: bool,
}

impl World {
    fn new(raises: bool) -> Self {
        let mut stage = Stage::with(Config { bind_at: units(100 * KIB), ..config() });
        stage.deposit(WALLET, SLOTS, SLOT_CAP);
        Self { stage, wires: BTreeMap::new(), served: BTreeMap::new(), next_peer: 0, bids: 0, raises }
    }

    fn step(&mut self, step: Step) {
        let count = self.wires.len();
        let peer = (count > 0).then(|| *self.wires.keys().nth(step.peer % count).unwrap());
        match (step.what, peer) {
            (What::Meet, _) if count < 3 => {
                let peer = PeerKey(self.next_peer);
                self.next_peer += 1;
                self.wires.insert(peer, Wire::default());
                self.tell(Input::Met(peer));
            }
            (What::Wait, _) => {
                self.stage.now = self.stage.now + Duration::from_millis(step.number);
                self.tell(Input::Wake);
            }
            (What::Obey, _) => (0..=step.number % 16).for_each(|_| self.obey()),
            (What::Settle, _) => self.settle(),
            (What::Check, _) => {
                if let Some((check, genuine)) = self.stage.checks.pop_front() {
                    self.tell(Input::Verified { check, genuine });
                }
            }
            (What::Write, _) => self.count(|stage| stage.write_one()),
            (What::Read, _) => self.count(|stage| stage.read_one()),
            (What::Redeem, _) => self.tell(Input::Redeem),
            (What::Floor, _) if self.raises => {
                self.tell(Input::Floor(Rate::per_mib(u128::from(step.number) << 16)))
            }
            (What::Vanish, _) => {
                let owner = if step.number.is_multiple_of(2) { OTHER } else { WALLET.owner };
                self.stage.on_chain(WALLET.slot(step.slot)).owner = owner;
            }
            (What::Bind, _) => {
                // For ever.
                let payee = if step.number.is_multiple_of(8) { OTHER } else { US };
                self.stage.on_chain(WALLET.slot(step.slot)).payee.get_or_insert(payee);
            }
            (What::Restart, _) => {
                self.wires.clear();
                self.stage.restart(Config { bind_at: units(100 * KIB), ..config() });
            }
            (What::Send | What::Report, Some(peer)) => {
                (0..=step.number % 4).for_each(|_| self.step_of(step.what, peer, step))
            }
            (what, Some(peer)) => self.step_of(what, peer, step),
            (_, None) => {}
        }
    }

    fn step_of(&mut self, what: What, peer: PeerKey, Step { slot, number, .. }: Step) {
        let wire = self.wires.get_mut(&peer).unwrap();
        // Mostly nobody bids and pays for what was not begun.
        let (id, slot) = match (what, wire.slot) {
            (What::Voucher | What::Bid, None) if number % 16 > 0 => return,
            (What::Voucher, Some(id)) => (id, id.slot),
            _ => (WALLET.slot(slot), slot),
        };
        let served = self.served.entry(id).or_default();
        match what {
            What::Close => {
                while self.wires.get(&peer).is_some_and(|wire| !wire.reports.is_empty()) {
                    self.report(peer);
                }
                self.wires.remove(&peer);
                self.tell(Input::Closed(peer));
            }
            What::Session => {
                let cumulative = if number % 2 == 0 { 0 } else { u64::try_from(served.paid).unwrap() };
                self.say(peer, &WALLET.session(slot, cumulative));
            }
            What::Bid => {
                self.bids += 1;
                let rate = match number % 4 {
                    0 => Rate::FREE,
                    1 if self.raises => Rate::per_mib(1 << (20 + number % 16)),
                    _ => FLOOR,
                };
                self.say(peer, &bid(rate, self.bids));
            }
            What::Voucher => {
                let due = u64::try_from(served.cost.saturating_sub(served.paid)).unwrap_or(u64::MAX);
                let more = if number % 2 == 0 { due } else { number };
                let cumulative = u64::try_from(served.paid).unwrap().saturating_add(more).min(SLOT_CAP);
                served.paid = u128::from(cumulative);
                self.say(peer, &WALLET.voucher(slot, cumulative));
            }
            What::Forge => {
                let payment =
                    Payment { signature: Signature::from_bytes([1; 64]), ..WALLET.payment(slot, number) };
                self.say(peer, &Message::Voucher(payment));
            }
            What::Fraud if number % 4 > 0 => {}
            What::Fraud => self.say(peer, &Message::Fraud(Box::new(WALLET.fraud(slot)))),
            What::Give => {
                let allowed = wire.limit.map_or(u64::MAX, |limit| limit.saturating_sub(wire.given));
                // Mostly as much as it may.
                let bytes =
                    if wire.limit.is_some() && number % 4 > 0 { allowed } else { number.min(allowed) };
                wire.given += bytes;
                wire.reports.push_back(Report::Given(wire.given));
                if let Some(slot) = wire.slot.filter(|_| wire.rate > Rate::FREE) {
                    let served = self.served.entry(slot).or_default();
                    served.bytes += bytes;
                    // Rounded down here and up there.
                    served.cost += (wire.rate.units_per_mib() * u128::from(bytes)) >> 20;
                    served.dearest = served.dearest.max(wire.rate);
                }
            }
            What::Send => {
                let Some(message) = wire.sends.pop_front() else {
                    return;
                };
                match message {
                    Message::Grant { rate, .. } => wire.rate = rate,
                    Message::Ack { slot } => wire.slot = Some(slot),
                    _ => {}
                }
                wire.reports.push_back(Report::Sent(wire.given));
            }
            What::Report => self.report(peer),
            _ => {}
        }
    }

    fn settle(&mut self) {
        for _ in 0..6 {
            while !self.stage.seller.outputs.is_empty() {
                self.obey();
            }
            let step = |what, peer| Step { what, peer, slot: 0, number: 3 };
            let peers =
                (0..self.wires.len()).flat_map(|peer| [step(What::Send, peer), step(What::Report, peer)]);
            let world = [What::Check, What::Write, What::Read].map(|what| step(what, 0));
            peers.chain(world).for_each(|step| self.step(step));
        }
    }

    fn report(&mut self, peer: PeerKey) {
        match self.wires.get_mut(&peer).and_then(|wire| wire.reports.pop_front()) {
            Some(Report::Sent(given)) => self.tell(Input::Sent { peer, given }),
            Some(Report::Given(given)) => self.tell(Input::Given { peer, given }),
            None => {}
        }
    }

    fn say(&mut self, peer: PeerKey, message: &Message) {
        self.tell(Input::Message { peer, payload: &message.encode() });
    }

    fn tell(&mut self, input: Input<'_>) {
        self.count(|stage| stage.seller.handle(stage.now, input));
    }

    /// One input has so many outputs at most: some for the peer and the slot that it is of, unless it is of all.
    fn count(&mut self, input: impl FnOnce(&mut Stage)) {
        let before = self.stage.seller.outputs.len();
        input(&mut self.stage);
        let outputs = self.stage.seller.outputs.len() - before;
        assert!(outputs <= 8 + 4 * self.wires.len() + 2 * SLOTS as usize, "{:?}", self.stage.seller.outputs);
    }

    /// The driver does the first thing that it was told and has not done yet.
    fn obey(&mut self) {
        match self.stage.seller.poll() {
            Some(Output::Allow { peer, given }) => {
                if let Some(wire) = self.wires.get_mut(&peer) {
                    wire.limit = given;
                }
            }
            Some(Output::Send { peer, payload }) => {
                if let Some(wire) = self.wires.get_mut(&peer) {
                    wire.sends.push_back(Message::parse(&payload).unwrap().unwrap());
                }
            }
            Some(output) => self.stage.obey(output),
            None => {}
        }
    }

    fn check(&self) {
        let credit = Credit::default();
        for account in self.stage.seller.accounts() {
            assert!(account.unpaid_bytes <= credit.window(account.paid_bytes), "{account:?}");
        }
        for (slot, served) in &self.served {
            let Some(record) = self.stage.disk.get(slot) else {
                // There is none yet, or no more.
                assert!(
                    served.bytes == 0 || self.stage.seller.account(*slot).is_none(),
                    "{slot:?} {served:?}"
                );
                continue;
            };
            // Whenever the seller ends, it goes on with no less than the truth.
            assert!(served.bytes <= record.paid_bytes + record.unpaid_bytes, "{served:?} {record:?}");
            assert!(served.cost <= record.owed.units(), "{served:?} {record:?}");
            let paid = record.best.voucher.cumulative;
            let trusted = served.dearest.cost(credit.window(served.bytes)).unwrap();
            assert!(served.cost <= paid.units() + trusted.units(), "{served:?} {record:?}");
            if !self.raises {
                // A unit is a byte.
                let paid = served.bytes.min(paid.units().try_into().unwrap());
                assert!(served.bytes - paid <= credit.window(paid), "{served:?} {record:?}");
            }
        }
    }
}

/// What happens how often, in so many parts of all.
const OFTEN: [(What, u64); 21] = [
    (What::Meet, 20),
    (What::Session, 20),
    (What::Settle, 60),
    (What::Bid, 20),
    (What::Voucher, 20),
    (What::Give, 80),
    (What::Report, 80),
    (What::Wait, 10),
    (What::Obey, 150),
    (What::Send, 100),
    (What::Check, 70),
    (What::Write, 70),
    (What::Read, 50),
    (What::Close, 4),
    (What::Forge, 1),
    (What::Fraud, 1),
    (What::Floor, 2),
    (What::Redeem, 2),
    (What::Vanish, 1),
    (What::Bind, 1),
    (What::Restart, 5),
];

impl Step {
    /// The step that a random number stands for: small ones stand for simple steps.
    fn new(mut random: u64) -> Self {
        let all: u64 = OFTEN.iter().map(|(_, parts)| parts).sum();
        let mut what = random % all;
        let happens = OFTEN.iter().find(|(_, parts)| {
            let found = what < *parts;
            what = what.saturating_sub(*parts);
            found
        });
        random /= all;
        let mut part = |of: u64| {
            let part = random % of;
            random /= of;
            part
        };
        let (peer, slot) = (part(4).try_into().unwrap(), part(SLOTS.into()).try_into().unwrap());
        let most = [200 * KIB, 20_000][usize::try_from(part(2)).unwrap()];
        let number = part(most);
        Self { what: happens.unwrap().0, peer, slot, number }
    }
}

fn steps() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(any::<u64>(), 0..1200)
}

/// All steps, and how many bytes were charged for.
fn play(steps: &[u64], raises: bool) -> u64 {
    let mut world = World::new(raises);
    for step in steps {
        world.step(Step::new(*step));
        world.check();
    }
    world.served.values().map(|served| served.bytes).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn row_21_bytes_that_are_not_paid_are_within_the_credit_whatever_happens(steps in steps()) {
        play(&steps, false);
    }

    #[test]
    fn row_21_and_row_30_what_is_not_paid_is_within_the_price_of_the_credit_whatever_is_bid(steps in steps()) {
        play(&steps, true);
    }
}

proptest! {
    #[test]
    fn nothing_that_a_driver_says_makes_a_seller_panic_or_wake_for_ever(
        inputs in prop::collection::vec((0..14_u8, 0..3_u64, any::<u64>(), any::<u32>()), 0..300),
    ) {
        let mut stage = Stage::new();
        stage.deposit(WALLET, SLOTS, SLOT_CAP);
        for (what, peer, number, small) in inputs {
            let (peer, slot, genuine) = (PeerKey(peer), small % SLOTS, small % 5 > 0);
            let given = number >> (small % 64);
            let message = match what {
                0 => WALLET.session(slot, given % SLOT_CAP),
                1 => bid(Rate::per_mib(u128::from(number) << (small % 80)), small),
                2 => WALLET.voucher(slot, given),
                _ => Message::Fraud(Box::new(WALLET.fraud(slot))),
            };
            let payload = message.encode();
            let status = Some(*stage.on_chain(WALLET.slot(slot))).filter(|_| genuine);
            let input = match what {
                0..=2 => Input::Message { peer, payload: &payload },
                3 if small % 16 == 0 => Input::Message { peer, payload: &payload },
                3 | 4 => Input::Met(peer),
                5 => Input::Sent { peer, given },
                6 => Input::Given { peer, given },
                7 if small % 8 == 0 => Input::Closed(peer),
                7 | 8 => Input::Verified { check: u64::from(small % 32), genuine },
                9 => Input::OnChain { slot: WALLET.slot(slot), status, agreed: small % 3 > 0 },
                10 => Input::Written(WALLET.slot(slot)),
                11 if small % 4 == 0 => Input::Fee(units(given)),
                11 => Input::Redeem,
                12 => Input::Floor(Rate::per_mib(number.into())),
                _ => {
                    // Clocks are set back, too.
                    stage.now = Time::from_millis(number % 2_000_000_000);
                    Input::Wake
                }
            };
            stage.seller.handle(stage.now, input);
            prop_assert!(stage.seller.deadline().is_none_or(|deadline| deadline > stage.now));
        }
    }
}

#[test]
fn schedules_charge_for_many_bytes() {
    let mut random = 1_u64;
    let mut next = || {
        // Any generator does: this is SplitMix64.
        random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut steps = || (0..1200).map(|_| next()).collect::<Vec<_>>();
    let charged: Vec<_> = (0..100).map(|_| play(&steps(), false)).collect();
    let many = charged.iter().filter(|bytes| **bytes > 64 * KIB).count();
    assert!(many > 30, "{charged:?}");
}

use std::collections::BTreeMap;
use std::time::Duration;

use btt::Amount;
use pay::buyer::{Deposit, Input};
use pay::message::{Message, Payment, Reason, Terms};
use pay::{Credit, PeerKey, Rate, SessionId, Signature, SlotId};
use proptest::prelude::*;

use crate::world::*;

const PEERS: u64 = 6;

/// What may happen. Peers and rates are few, so that what happens has to do with what happened.
#[derive(Clone, Debug)]
enum Event {
    Meet {
        peer: u64,
        who: u64,
        floor: u128,
        credit: Credit,
        trusted: u64,
    },
    Close(u64),
    Bad(u64),
    Deposit {
        number: u8,
        slots: u32,
        cap: u128,
        hours: u64,
    },
    Budget {
        left: u128,
        highest: u128,
    },
    Taken {
        peer: u64,
        more: u64,
        unverified: u64,
        served: bool,
    },
    /// The peer answers what was said to it as it should.
    Answer(u64),
    /// All goes well for a while.
    Trade {
        peer: u64,
        more: u64,
    },
    /// The peer says something else.
    Say {
        peer: u64,
        more: u64,
        what: What,
    },
    Pass(u64),
    /// Disk or key are done with something.
    Work(usize),
    /// The program ends and begins anew, when disk and key have done so much of what they had to.
    Crash {
        work: usize,
    },
}

#[derive(Clone, Debug)]
enum What {
    Message(Message),
    /// A grant of something else than was bid.
    Grant {
        rate: u128,
        back: u32,
    },
    /// A voucher comes back.
    Receipt {
        more: u128,
    },
    Bytes(Vec<u8>),
}

/// What is known of a connection without looking into the buyer.
#[derive(Default)]
struct Known {
    who: u64,
    trusted: u64,
    taken: u64,
    payable: u64,
    bids: Vec<(u32, Rate)>,
    /// The rates that it may charge, since so many bytes.
    rates: Vec<(u64, Rate)>,
    session: Option<SlotId>,
}

struct Run {
    world: World,
    known: BTreeMap<u64, Known>,
    deposits: BTreeMap<u8, Deposit>,
    /// What was to be had for bytes of connections that are no more, by whom they were.
    past: BTreeMap<u64, u128>,
    /// How many connections each peer had: none has the key of another.
    before: BTreeMap<u64, u64>,
}

impl Known {
    /// What the bytes cost that are payable, each epoch rounded up by itself.
    fn cost(&self) -> u128 {
        let ends = self.rates.iter().skip(1).map(|(since, _)| *since).chain([u64::MAX]);
        let epochs = self.rates.iter().zip(ends).map(|(&(since, rate), end)| {
            let bytes = end.min(self.payable).saturating_sub(since);
            (rate.units_per_mib() * u128::from(bytes)).div_ceil(1 << 20)
        });
        epochs.sum()
    }
}

impl Run {
    fn new() -> Self {
        let mut world = World::new();
        world.is_slow = true;
        Self {
            world,
            known: BTreeMap::new(),
            deposits: BTreeMap::new(),
            past: BTreeMap::new(),
            before: BTreeMap::new(),
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Meet { peer, who, floor, credit, trusted } => {
                let peer = self.key(peer);
                if self.known.contains_key(&peer) {
                    return;
                }
                self.known.insert(peer, Known { who, trusted, ..Known::default() });
                let terms = Terms { credit, ..terms(who, floor) };
                self.world.handle(Input::Met { peer: PeerKey(peer), terms, trusted });
            }
            Event::Close(peer) => {
                let key = self.key(peer);
                self.world.handle(Input::Closed(PeerKey(key)));
                self.forget(key);
                *self.before.entry(peer).or_default() += 1;
            }
            Event::Bad(peer) => self.world.handle(Input::Bad(PeerKey(self.key(peer)))),
            Event::Deposit { number, slots, cap, hours } => {
                let expiry = self.world.now + Duration::from_secs(hours * 60 * 60);
                let slot_cap = Amount::from_units(cap);
                let new = Deposit { slots, slot_cap, expiry, ..deposit(number) };
                let deposit = self.deposits.entry(number).or_insert(new);
                (deposit.slots, deposit.expiry) = (deposit.slots.max(slots), deposit.expiry.max(expiry));
                let deposit = *deposit;
                self.world.deposit(deposit);
            }
            Event::Budget { left, highest } => self.world.budget(left, highest),
            Event::Taken { peer, more, unverified, served } => {
                let peer = self.key(peer);
                let taken = self.flow(peer, more);
                if let Some(known) = self.known.get_mut(&peer) {
                    // A piece at first, and as much again as turned out right; nothing where each block is checked.
                    let right = if known.trusted == 0 { 0 } else { taken.saturating_sub(unverified) };
                    let trusted = (known.trusted + right).min(known.trusted.max(4 << 20));
                    let payable = taken - taken.min(unverified.saturating_sub(trusted));
                    known.payable = known.payable.max(payable);
                }
                self.world.handle(Input::Taken {
                    peer: PeerKey(peer),
                    taken,
                    unverified,
                    served,
                    complete: peer.is_multiple_of(2),
                });
            }
            Event::Answer(peer) => self.answer(self.key(peer)),
            Event::Trade { peer, more } => {
                for _ in 0..3 {
                    self.happen(Event::Work(4));
                    self.happen(Event::Answer(peer));
                }
                self.happen(Event::Taken { peer, more, unverified: 0, served: true });
                self.happen(Event::Pass(100));
                self.happen(Event::Work(2));
            }
            Event::Say { peer, more, what } => self.say(self.key(peer), more, what),
            Event::Pass(millis) => self.world.pass(Duration::from_millis(millis)),
            Event::Work(much) => (0..much).for_each(|_| self.world.work(true)),
            Event::Crash { work } => {
                (0..work).for_each(|_| self.world.work(false));
                for peer in self.known.keys().copied().collect::<Vec<_>>() {
                    self.forget(peer);
                }
                (0..PEERS).for_each(|peer| *self.before.entry(peer).or_default() += 1);
                self.world.restart(deposit(1), 0, 0);
                for deposit in self.deposits.values().copied().collect::<Vec<_>>() {
                    self.world.deposit(deposit);
                }
            }
        }
        self.listen();
    }

    fn key(&self, peer: u64) -> u64 {
        self.before.get(&peer).copied().unwrap_or(0) * PEERS + peer
    }

    fn flow(&mut self, peer: u64, more: u64) -> u64 {
        let Some(known) = self.known.get_mut(&peer) else { return 0 };
        known.taken += more;
        known.taken
    }

    fn forget(&mut self, peer: u64) {
        if let Some(known) = self.known.remove(&peer) {
            *self.past.entry(known.who).or_default() += known.cost();
        }
    }

    fn listen(&mut self) {
        for (peer, known) in &mut self.known {
            for message in self.world.sent(*peer) {
                match message {
                    Message::Bid { rate, number } => known.bids.push((number, rate)),
                    Message::Session { owner, key, slot, .. } => {
                        known.session = Some(SlotId { session: SessionId::of(owner, key), slot });
                    }
                    _ => {}
                }
            }
        }
    }

    fn answer(&mut self, peer: u64) {
        let Some(known) = self.known.get_mut(&peer) else { return };
        let taken = known.taken;
        if let Some(slot) = known.session.take() {
            self.world.hear(peer, &Message::Ack { slot }, taken);
        } else if let Some(&(number, rate)) = known.bids.last() {
            known.rates.push((taken, rate));
            self.world.hear(peer, &Message::Grant { rate, number }, taken);
        }
    }

    fn say(&mut self, peer: u64, more: u64, what: What) {
        let taken = self.flow(peer, more);
        let Some(known) = self.known.get_mut(&peer) else { return };
        let payload = match what {
            What::Message(message) => message.encode(),
            What::Grant { rate, back } => {
                let number = known.bids.last().map_or(0, |(number, _)| *number).saturating_sub(back);
                let rate = Rate::per_mib(rate);
                if known.bids.iter().any(|(bid, most)| *bid == number && rate <= *most) {
                    known.rates.push((taken, rate));
                }
                Message::Grant { rate, number }.encode()
            }
            What::Receipt { more } => {
                let theirs =
                    self.world.ledger.signed.values().find(|voucher| voucher.payee == payee(known.who));
                let Some(voucher) = theirs else { return };
                let signature = if more == 0 { signature(voucher) } else { Signature::from_bytes([9; 64]) };
                let cumulative = Amount::from_units(voucher.cumulative.units() + more);
                Message::Receipt(Payment { slot: voucher.slot, cumulative, signature }).encode()
            }
            What::Bytes(bytes) => bytes,
        };
        self.world.handle(Input::Message { peer: PeerKey(peer), payload: &payload, taken });
    }

    /// Nobody was paid more than their bytes cost at the rates that were bid.
    fn check(&self) {
        let mut owed = self.past.clone();
        for known in self.known.values() {
            *owed.entry(known.who).or_default() += known.cost();
        }
        for who in 0..4 {
            let (signed, owed) = (self.world.signed(who), owed.get(&who).copied().unwrap_or(0));
            let ahead = self.world.ledger.units.get(&payee(who)).copied().unwrap_or(0);
            assert!(signed <= owed + ahead, "{who} has {signed} for what costs {owed}");
        }
        assert!(self.world.buyer.rates().count() <= 8, "four that are paid, and four that end");
    }
}

fn rates() -> impl Strategy<Value = u128> {
    prop_oneof![
        6 => (1..=8_u128).prop_map(|eighths| eighths * PER_BYTE / 8),
        1 => Just(0),
        1 => 1..=3_u128,
        1 => Just(u128::MAX),
    ]
}

fn whats() -> impl Strategy<Value = What> {
    let reasons = prop::sample::select(vec![
        Reason::Signature,
        Reason::NoSession,
        Reason::Expiring,
        Reason::SlotTaken,
        Reason::Underfunded,
        Reason::Price,
        Reason::NotMore,
        Reason::TooMany,
        Reason::OverCredit,
    ]);
    prop_oneof![
        3 => (rates(), 0..3_u32).prop_map(|(rate, back)| What::Grant { rate, back }),
        2 => rates().prop_map(|rate| What::Message(Message::Offer { floor: Rate::per_mib(rate) })),
        2 => reasons.prop_map(|reason| What::Message(Message::Reject(reason))),
        1 => (0..3_u128).prop_map(|more| What::Receipt { more }),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(What::Bytes),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    let peers = 0..PEERS;
    let amounts = || prop_oneof![0..=1_u128 << 18, (1..=64_u128).prop_map(|kib| kib << 14), Just(1 << 100)];
    let bytes = || prop_oneof![0..=100_u64, 0..=1_u64 << 16, 0..=1_u64 << 21];
    let credits = prop_oneof![
        4 => Just(Credit::default()),
        1 => (any::<u64>(), any::<u64>()).prop_map(|(first, most)| Credit { first, most }),
    ];
    prop_oneof![
        8 => (peers.clone(), 0..4_u64, rates(), credits, bytes()).prop_map(|(peer, who, floor, credit, trusted)| {
            Event::Meet { peer, who, floor, credit, trusted }
        }),
        1 => peers.clone().prop_map(Event::Close),
        1 => peers.clone().prop_map(Event::Bad),
        2 => (1..4_u8, 0..5_u32, amounts(), 0..20_u64).prop_map(|(number, slots, cap, hours)| {
            Event::Deposit { number, slots, cap, hours }
        }),
        1 => (amounts(), rates()).prop_map(|(left, highest)| Event::Budget { left, highest }),
        1 => rates().prop_map(|highest| Event::Budget { left: 4 << 20, highest }),
        12 => (peers.clone(), bytes(), prop_oneof![Just(0), bytes()], any::<bool>()).prop_map(
            |(peer, more, unverified, served)| Event::Taken { peer, more, unverified, served }
        ),
        6 => peers.clone().prop_map(Event::Answer),
        10 => (peers.clone(), bytes()).prop_map(|(peer, more)| Event::Trade { peer, more }),
        4 => (peers, 0..=1_u64 << 15, whats()).prop_map(|(peer, more, what)| Event::Say { peer, more, what }),
        4 => prop_oneof![0..=100_u64, 0..=2000_u64, 0..=60_000_u64, Just(5 * 3_600_000)].prop_map(Event::Pass),
        12 => (1..6_usize).prop_map(Event::Work),
        1 => (0..4_usize).prop_map(|work| Event::Crash { work }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The world sees to what may be written and signed.
    #[test]
    fn whatever_happens_a_slot_has_one_payee_and_nobody_gets_more_than_was_agreed_and_allowed(
        events in prop::collection::vec(events(), 1..100),
    ) {
        let mut run = Run::new();
        for event in [
            Event::Deposit { number: 1, slots: 4, cap: 1 << 20, hours: 20 },
            Event::Budget { left: 4 << 20, highest: PER_BYTE },
        ] {
            run.happen(event);
        }
        for event in events {
            run.happen(event);
            run.check();
        }
    }
}

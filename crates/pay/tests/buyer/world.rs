use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use btt::{Address, Amount};
use pay::buyer::{Assignment, Budget, Buyer, Config, Deposit, Input, Output};
use pay::message::{Message, Terms};
use pay::{Credit, Deployment, PeerKey, Rate, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};

/// A rate at which a byte costs a unit, so that amounts are bytes.
pub(crate) const PER_BYTE: u128 = 1 << 20;

pub(crate) const KIB: u64 = 1 << 10;

/// The buyer and what is around it: a disk, the key of its sessions, the wires to its peers.
pub(crate) struct World {
    pub(crate) buyer: Buyer,
    pub(crate) now: Time,
    pub(crate) ledger: Ledger,
    /// What went to peers since it was last asked for.
    sent: Vec<(PeerKey, Message)>,
    /// Whom it has kept apart, or not any more.
    apart: BTreeMap<PeerKey, bool>,
    /// Whom the buyer dropped.
    pub(crate) dropped: Vec<PeerKey>,
    /// Vouchers that were to be verified.
    pub(crate) checks: Vec<SignedVoucher>,
    /// Whether disk and key take their time.
    pub(crate) is_slow: bool,
    /// What they have to do yet.
    todo: VecDeque<Output>,
    /// How many more outputs are carried out before the program ends, and how far the last one gets.
    pub(crate) life: Option<(usize, Death)>,
}

/// What happened to slots and money, over all lives of the program.
#[derive(Default)]
pub(crate) struct Ledger {
    /// What is on disk.
    pub(crate) disk: BTreeMap<SlotId, Assignment>,
    /// The last voucher that was signed of each slot.
    pub(crate) signed: BTreeMap<SlotId, Voucher>,
    /// What is on disk or will be.
    asked: BTreeMap<SlotId, Assignment>,
    /// What may be spent yet.
    allowed: Amount,
    /// How often a payee was to get a single unit, as it is paid ahead when a slot is shown again.
    pub(crate) units: BTreeMap<Address, u128>,
}

/// What becomes of the output with which a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// It is not carried out.
    Before,
    /// It is, but nobody is told.
    After,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            buyer: Buyer::new(Config::new(deployment())),
            now: Time::from_secs(1_000_000),
            ledger: Ledger::default(),
            sent: Vec::new(),
            apart: BTreeMap::new(),
            dropped: Vec::new(),
            checks: Vec::new(),
            is_slow: false,
            todo: VecDeque::new(),
            life: None,
        }
    }

    /// With a deposit of eight slots of 1 MiB, and a budget of 8 MiB, both at a rate of [`PER_BYTE`].
    pub(crate) fn with_deposit() -> Self {
        let mut world = Self::new();
        world.deposit(deposit(1));
        world.budget(8 << 20, 2 * PER_BYTE);
        world
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) {
        self.buyer.handle(self.now, input);
        self.pump();
    }

    pub(crate) fn deposit(&mut self, deposit: Deposit) {
        let log = self
            .ledger
            .disk
            .values()
            .filter(|entry| entry.slot.session == deposit.session)
            .copied()
            .collect();
        self.handle(Input::Deposit(deposit, log));
    }

    pub(crate) fn budget(&mut self, left: u128, highest: u128) {
        let budget = Budget { left: Amount::from_units(left), highest: Rate::per_mib(highest) };
        self.ledger.allowed = budget.left;
        self.handle(Input::Budget(budget));
    }

    pub(crate) fn meet(&mut self, peer: u64, floor: u128) {
        self.handle(Input::Met { peer: PeerKey(peer), terms: terms(peer, floor), trusted: 0 });
    }

    pub(crate) fn hear(&mut self, peer: u64, message: &Message, taken: u64) {
        self.handle(Input::Message { peer: PeerKey(peer), payload: &message.encode(), taken });
    }

    /// So much came by now, and it is time for a voucher again.
    pub(crate) fn take(&mut self, peer: u64, taken: u64) {
        self.pass(Duration::from_millis(60));
        self.handle(Input::Taken {
            peer: PeerKey(peer),
            taken,
            unverified: 0,
            served: true,
            complete: false,
        });
    }

    pub(crate) fn starve(&mut self, peer: u64, taken: u64) {
        self.handle(Input::Taken {
            peer: PeerKey(peer),
            taken,
            unverified: 0,
            served: false,
            complete: false,
        });
    }

    /// Time passes, and the buyer is woken whenever it wants to be.
    pub(crate) fn pass(&mut self, time: Duration) {
        let (end, mut again) = (self.now + time, 0);
        while let Some(deadline) = self.buyer.deadline().filter(|deadline| *deadline <= end) {
            again = if deadline > self.now { 0 } else { again + 1 };
            assert!(again < 4, "what it wants to be woken for is not done when it is");
            self.now = self.now.max(deadline);
            self.handle(Input::Wake);
        }
        self.now = end;
        self.handle(Input::Wake);
    }

    /// What was sent to a peer since this was last asked.
    pub(crate) fn sent(&mut self, peer: u64) -> Vec<Message> {
        let theirs = self.sent.extract_if(.., |(to, _)| *to == PeerKey(peer));
        theirs.map(|(_, message)| message).collect()
    }

    /// Meets a peer that accepts the session at once and grants what is bid.
    pub(crate) fn hire(&mut self, peer: u64, floor: u128) -> SlotId {
        self.meet(peer, floor);
        let slot = self.accept(peer, 0);
        self.grant(peer, 0);
        slot
    }

    /// A peer accepts the session that it was sent.
    pub(crate) fn accept(&mut self, peer: u64, taken: u64) -> SlotId {
        let sent = self.sent(peer);
        let Some(&Message::Session { owner, key, slot, .. }) = sent.last() else {
            panic!("no session: {sent:?}")
        };
        let slot = SlotId { session: SessionId::of(owner, key), slot };
        self.hear(peer, &Message::Ack { slot }, taken);
        slot
    }

    /// A peer grants what it was bid last.
    pub(crate) fn grant(&mut self, peer: u64, taken: u64) {
        let sent = self.sent(peer);
        let Some(&(rate, number)) = bids(&sent).last() else { panic!("no bid: {sent:?}") };
        self.hear(peer, &Message::Grant { rate: Rate::per_mib(rate), number }, taken);
    }

    /// What was signed over to a peer's payee in all.
    pub(crate) fn signed(&self, peer: u64) -> u128 {
        let theirs = self.ledger.signed.values().filter(|voucher| voucher.payee == payee(peer));
        theirs.map(|voucher| voucher.cumulative.units()).sum()
    }

    /// The program ends and begins anew, with what is on disk.
    pub(crate) fn restart(&mut self, deposit: Deposit, left: u128, highest: u128) {
        self.buyer = Buyer::new(Config::new(deployment()));
        self.life = None;
        self.sent.clear();
        self.todo.clear();
        self.ledger.asked = self.ledger.disk.clone();
        self.deposit(deposit);
        self.budget(left, highest);
    }

    /// Carries out what the buyer wants, as long as the program lives.
    pub(crate) fn pump(&mut self) {
        while self.life.is_none_or(|(left, _)| left > 0) {
            let Some(output) = self.buyer.poll() else { return };
            let mut dies = None;
            if let Some((left, death)) = &mut self.life {
                *left -= 1;
                dies = (*left == 0).then_some(*death);
            }
            if dies == Some(Death::Before) {
                return;
            }
            if let Output::Write(assignment) = output {
                self.ledger.ask(assignment);
            }
            let is_slow = self.is_slow
                && !matches!(output, Output::Send { .. } | Output::KeepApart { .. } | Output::Drop(_));
            if is_slow {
                self.todo.push_back(output);
                continue;
            }
            let answer = self.carry_out(output);
            if let Some(answer) = answer.filter(|_| dies.is_none()) {
                self.buyer.handle(self.now, answer);
            }
        }
    }

    /// Disk or key do what they were asked first, and say so if they are `heard`.
    pub(crate) fn work(&mut self, heard: bool) {
        let Some(output) = self.todo.pop_front() else { return };
        let answer = self.carry_out(output);
        if let Some(answer) = answer.filter(|_| heard) {
            self.handle(answer);
        }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.life.is_some_and(|(left, _)| left == 0)
    }

    fn carry_out(&mut self, output: Output) -> Option<Input<'static>> {
        match output {
            Output::Send { peer, payload } => {
                let message = Message::parse(&payload).ok().flatten().expect("it can be read");
                self.sent.push((peer, message));
                None
            }
            Output::Write(assignment) => {
                self.ledger.disk.insert(assignment.slot, assignment);
                Some(Input::Written(assignment.slot))
            }
            Output::Sign(voucher) => {
                self.ledger.sign(voucher);
                Some(Input::Signed { voucher, signature: signature(&voucher) })
            }
            Output::Verify { voucher, .. } => {
                self.checks.push(voucher);
                let genuine = voucher.signature == signature(&voucher.voucher);
                Some(Input::Verified { voucher, genuine })
            }
            Output::KeepApart { peer, apart } => {
                assert_ne!(self.apart.insert(peer, apart), Some(apart), "it is no news");
                None
            }
            Output::Drop(peer) => {
                self.dropped.push(peer);
                None
            }
        }
    }
}

impl Ledger {
    fn ask(&mut self, assignment: Assignment) {
        let before = self.asked.insert(assignment.slot, assignment);
        let spent = before.map_or(0, |before| {
            assert_eq!(before.payee, assignment.payee, "a slot has one payee for ever");
            assert!(assignment.cumulative >= before.cumulative, "nothing is taken back");
            assignment.cumulative.units() - before.cumulative.units()
        });
        assert!(
            before.is_some() || assignment.cumulative.is_zero(),
            "a slot is assigned before it is paid from"
        );
        if spent == 1 {
            *self.units.entry(assignment.payee).or_default() += 1;
        }
        let left = self.allowed.units().checked_sub(spent).expect("no more is spent than may be");
        self.allowed = Amount::from_units(left);
    }

    /// A voucher that was signed before the records began, and is adopted for nothing.
    pub(crate) fn allow(&mut self, amount: u128) {
        self.allowed = Amount::from_units(self.allowed.units() + amount);
    }

    fn sign(&mut self, voucher: Voucher) {
        let stored = self.disk.get(&voucher.slot).expect("what is signed was written before");
        assert_eq!(stored.payee, voucher.payee, "what is signed was written before");
        assert_eq!(stored.cumulative, voucher.cumulative, "what is signed was written before");
        if let Some(before) = self.signed.insert(voucher.slot, voucher) {
            assert_eq!(before.payee, voucher.payee, "a slot has one payee for ever");
            assert!(voucher.cumulative >= before.cumulative, "nothing is taken back");
        }
    }
}

pub(crate) fn deployment() -> Deployment {
    Deployment { chain: 31337, contract: Address::from_bytes([0xcc; 20]) }
}

/// Eight slots of 1 MiB at [`PER_BYTE`], for a week.
pub(crate) fn deposit(number: u8) -> Deposit {
    let (owner, key) = (Address::from_bytes([0xaa; 20]), Address::from_bytes([number; 20]));
    Deposit {
        session: SessionId::of(owner, key),
        owner,
        key,
        slots: 8,
        slot_cap: Amount::from_units(1 << 20),
        expiry: Time::from_secs(1_000_000) + Duration::from_secs(7 * 24 * 60 * 60),
    }
}

pub(crate) fn payee(peer: u64) -> Address {
    let mut bytes = [0xee; 20];
    bytes[..8].copy_from_slice(&peer.to_be_bytes());
    Address::from_bytes(bytes)
}

pub(crate) fn terms(peer: u64, floor: u128) -> Terms {
    let floor = Rate::per_mib(floor);
    Terms { deployment: deployment(), payee: payee(peer), floor, credit: Credit::default() }
}

/// What stands for a signature by the session's key.
pub(crate) fn signature(voucher: &Voucher) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&voucher.digest(&deployment()));
    Signature::from_bytes(bytes)
}

/// The amounts of the vouchers among some messages.
pub(crate) fn vouchers(messages: &[Message]) -> Vec<u128> {
    let amounts = messages.iter().filter_map(|message| match message {
        Message::Voucher(payment) => Some(payment.cumulative.units()),
        _ => None,
    });
    amounts.collect()
}

/// The rates and numbers of the bids among some messages.
pub(crate) fn bids(messages: &[Message]) -> Vec<(u128, u32)> {
    let bids = messages.iter().filter_map(|message| match message {
        Message::Bid { rate, number } => Some((rate.units_per_mib(), *number)),
        _ => None,
    });
    bids.collect()
}

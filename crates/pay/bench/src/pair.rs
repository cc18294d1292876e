//! One buyer, one seller, and a line between them.

use std::collections::VecDeque;
use std::time::Duration;

use btt::Amount;
use pay::buyer::{self, Budget, Buyer, Deposit};
use pay::keys::{SessionKey, Verifier};
use pay::message::{Message, Terms};
use pay::seller::{self, Seller, SlotStatus};
use pay::{Credit, PeerKey, Rate, SessionId, Signature, SignedVoucher, Time, Voucher};

use crate::{Counts, DEPLOYMENT, OWNER, PAYEE};

const PEER: PeerKey = PeerKey(1);
/// Of 16 KiB, as every client asks for them.
const BLOCK: u64 = 16 << 10;
const PIECE: u64 = 1 << 20;
/// One way.
const LATENCY: Duration = Duration::from_millis(25);
/// As the engine tells how far a peer is.
const NOTICE_EVERY: Duration = Duration::from_secs(1);
/// A length, a type and the number of the extension go before each message.
const HEADER: u32 = 6;
/// What a slot holds: more than any transfer here costs.
const SLOT_CAP: Amount = Amount::from_btt(10_000_000);

#[derive(Debug)]
pub(crate) struct Pair {
    now: Time,
    key: SessionKey,
    /// Signatures are made and checked, and not only counted.
    real: bool,
    buyer: Buyer,
    seller: Seller,
    verifier: Verifier,
    deposit: Deposit,
    to_buyer: VecDeque<(Time, Item)>,
    to_seller: VecDeque<(Time, Vec<u8>)>,
    allowed: Option<u64>,
    given: u64,
    given_told: (u64, Time),
    taken: u64,
    taken_told: (u64, Time),
    counts: Counts,
}

/// What goes to the buyer.
#[derive(Debug)]
enum Item {
    Block,
    Message(Vec<u8>),
}

impl Pair {
    pub(crate) fn new(key: SessionKey, real: bool) -> Self {
        let now = Time::from_secs(1_795_000_000);
        let rate = Rate::per_mib(Amount::from_btt(20).units());
        let terms = Terms { deployment: DEPLOYMENT, payee: PAYEE, floor: rate, credit: Credit::default() };
        let expiry = now + Duration::from_secs(7 * 24 * 3600);
        let session = SessionId::of(OWNER, key.address());
        let deposit =
            Deposit { session, owner: OWNER, key: key.address(), slots: 8, slot_cap: SLOT_CAP, expiry };
        let mut config = seller::Config::new(terms);
        // The chain is not part of this, and so nothing stops for it.
        config.bind_by = SLOT_CAP;
        let mut pair = Self {
            now,
            real,
            buyer: Buyer::new(buyer::Config::new(DEPLOYMENT)),
            seller: Seller::new(now, config, Vec::new()),
            verifier: Verifier::new(DEPLOYMENT, key.address()),
            key,
            deposit,
            to_buyer: VecDeque::new(),
            to_seller: VecDeque::new(),
            allowed: None,
            given: 0,
            given_told: (0, now),
            taken: 0,
            taken_told: (0, now),
            counts: Counts::default(),
        };
        pair.buyer.handle(now, buyer::Input::Deposit(deposit, Vec::new()));
        pair.buyer.handle(now, buyer::Input::Budget(Budget { left: SLOT_CAP, highest: rate }));
        pair.seller.handle(now, seller::Input::Met(PEER));
        pair.buyer.handle(now, buyer::Input::Met { peer: PEER, terms, trusted: PIECE });
        pair.settle();
        pair
    }

    /// Gives blocks for so many seconds, as fast as the line carries them and the seller allows.
    pub(crate) fn run(&mut self, seconds: u32, bytes_per_second: u32) {
        let each = Duration::from_nanos(BLOCK * 1_000_000_000 / u64::from(bytes_per_second));
        let end = self.now + Duration::from_secs(seconds.into());
        while self.now < end {
            self.now = self.now + each;
            self.deliver();
            if self.allowed.is_none_or(|allowed| self.given + BLOCK <= allowed) {
                self.given += BLOCK;
                self.to_buyer.push_back((self.now + LATENCY, Item::Block));
            }
            let is_used_up = self.allowed.is_some_and(|allowed| self.given + BLOCK > allowed);
            if self.is_due(self.given, self.given_told) || is_used_up && self.given > self.given_told.0 {
                self.given_told = (self.given, self.now);
                self.seller.handle(self.now, seller::Input::Given { peer: PEER, given: self.given });
            }
            let has_come = |deadline: Option<Time>| deadline.is_some_and(|at| at <= self.now);
            if has_come(self.seller.deadline()) {
                self.seller.handle(self.now, seller::Input::Wake);
            }
            if has_come(self.buyer.deadline()) {
                self.buyer.handle(self.now, buyer::Input::Wake);
            }
            self.settle();
        }
    }

    pub(crate) const fn counts(&self) -> Counts {
        Counts { blocks: (self.taken / BLOCK) as u32, ..self.counts }
    }

    /// Whether a machine is to hear how far the peer is.
    fn is_due(&self, bytes: u64, (told, at): (u64, Time)) -> bool {
        bytes >= told + self.seller.step(PEER) || (bytes > told && self.now.since(at) >= NOTICE_EVERY)
    }

    fn deliver(&mut self) {
        while let Some((_, item)) = self.to_buyer.pop_front_if(|(at, _)| *at <= self.now) {
            match item {
                Item::Block => self.taken += BLOCK,
                Item::Message(payload) => {
                    let message = buyer::Input::Message { peer: PEER, payload: &payload, taken: self.taken };
                    self.buyer.handle(self.now, message);
                }
            }
            if self.is_due(self.taken, self.taken_told) {
                self.taken_told = (self.taken, self.now);
                let (taken, unverified) = (self.taken, self.taken % PIECE);
                let input =
                    buyer::Input::Taken { peer: PEER, taken, unverified, served: true, complete: false };
                self.buyer.handle(self.now, input);
            }
        }
        while let Some((_, payload)) = self.to_seller.pop_front_if(|(at, _)| *at <= self.now) {
            self.seller.handle(self.now, seller::Input::Message { peer: PEER, payload: &payload });
        }
    }

    fn settle(&mut self) {
        loop {
            if let Some(output) = self.seller.poll() {
                self.settle_sale(output);
            } else if let Some(output) = self.buyer.poll() {
                self.settle_purchase(output);
            } else {
                return;
            }
        }
    }

    fn settle_sale(&mut self, output: seller::Output) {
        use seller::{Input, Output};
        let answer = match output {
            Output::Send { payload, .. } => {
                self.counts.wire += HEADER + payload.len() as u32;
                self.to_buyer.push_back((self.now + LATENCY, Item::Message(payload)));
                Input::Sent { peer: PEER, given: self.given }
            }
            Output::Allow { given, .. } => {
                self.allowed = given;
                return;
            }
            Output::Verify { check, voucher, .. } => {
                self.counts.verified += 1;
                Input::Verified { check, genuine: !self.real || self.verifier.verify(&voucher) }
            }
            Output::Read(slot) => {
                let Deposit { owner, key, slots, slot_cap, expiry, .. } = self.deposit;
                let paid = Amount::default();
                let status = SlotStatus { owner, key, expiry, slots, slot_cap, payee: None, paid };
                Input::OnChain { slot, status: Some(status), agreed: true }
            }
            Output::Write(account) => Input::Written(account.slot()),
            _ => return,
        };
        self.seller.handle(self.now, answer);
    }

    fn settle_purchase(&mut self, output: buyer::Output) {
        use buyer::{Input, Output};
        let answer = match output {
            Output::Send { payload, .. } => {
                self.counts.wire += HEADER + payload.len() as u32;
                self.counts.vouchers +=
                    u32::from(matches!(Message::parse(&payload), Ok(Some(Message::Voucher(_)))));
                self.to_seller.push_back((self.now + LATENCY, payload));
                return;
            }
            Output::Write(assignment) => Input::Written(assignment.slot),
            Output::Sign(voucher) => {
                self.counts.signed += 1;
                Input::Signed { voucher, signature: self.sign(&voucher) }
            }
            Output::Verify { voucher, .. } => Input::Verified { genuine: self.is_signed(&voucher), voucher },
            Output::KeepApart { .. } | Output::Drop(_) => return,
        };
        self.buyer.handle(self.now, answer);
    }

    fn sign(&self, voucher: &Voucher) -> Signature {
        if self.real { self.key.sign(voucher, &DEPLOYMENT) } else { Signature::from_bytes([1; 64]) }
    }

    fn is_signed(&mut self, voucher: &SignedVoucher) -> bool {
        !self.real || self.verifier.verify(voucher)
    }
}

//! A seller and all that it needs of the world: peers on paper, a disk, a chain, and somebody who checks signatures.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use btt::{Address, Amount};

use crate::message::{Claim, Fraud, Message, Payment, Reason, Terms};
use crate::seller::{Account, Config, Input, Output, Seller, SlotStatus};
use crate::{Credit, Deployment, PeerKey, Rate, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};

pub(super) const KIB: u64 = 1 << 10;
pub(super) const MIB: u64 = 1 << 20;
/// A unit for each byte, so that amounts read as bytes.
pub(super) const FLOOR: Rate = Rate::per_mib(1 << 20);
pub(super) const US: Address = Address::from_bytes([0x05; 20]);
pub(super) const OTHER: Address = Address::from_bytes([0x06; 20]);

/// A buyer's session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wallet {
    pub owner: Address,
    pub key: Address,
}

impl Wallet {
    pub(super) const fn new(number: u8) -> Self {
        Self { owner: Address::from_bytes([number; 20]), key: Address::from_bytes([number ^ 0x80; 20]) }
    }

    pub(super) fn slot(self, slot: u32) -> SlotId {
        SlotId { session: SessionId::of(self.owner, self.key), slot }
    }

    pub(super) fn session(self, slot: u32, cumulative: u64) -> Message {
        let signature = signature(self.key, self.slot(slot), US, cumulative.into());
        Message::Session { owner: self.owner, key: self.key, slot, cumulative: units(cumulative), signature }
    }

    pub(super) fn payment(self, slot: u32, cumulative: u64) -> Payment {
        let slot = self.slot(slot);
        let signature = signature(self.key, slot, US, cumulative.into());
        Payment { slot, cumulative: units(cumulative), signature }
    }

    pub(super) fn voucher(self, slot: u32, cumulative: u64) -> Message {
        Message::Voucher(self.payment(slot, cumulative))
    }

    /// Pays us and somebody else from one slot.
    pub(super) fn fraud(self, slot: u32) -> Fraud {
        let claim = |payee, cumulative: u64| {
            let signature = signature(self.key, self.slot(slot), payee, cumulative.into());
            Claim { payee, cumulative: units(cumulative), signature }
        };
        Fraud { owner: self.owner, key: self.key, slot, claims: [claim(US, 7), claim(OTHER, 9)] }
    }
}

/// Stands for a signature: what is signed, in the clear.
fn signature(key: Address, slot: SlotId, payee: Address, cumulative: u128) -> Signature {
    let mut bytes = [0; 64];
    bytes[..20].copy_from_slice(key.as_bytes());
    bytes[20..28].copy_from_slice(&slot.session.as_bytes()[..8]);
    bytes[28..32].copy_from_slice(&slot.slot.to_be_bytes());
    bytes[32..48].copy_from_slice(&payee.as_bytes()[..16]);
    bytes[48..].copy_from_slice(&cumulative.to_be_bytes());
    Signature::from_bytes(bytes)
}

pub(super) fn is_genuine(key: Address, voucher: &SignedVoucher) -> bool {
    let Voucher { slot, payee, cumulative } = voucher.voucher;
    voucher.signature == signature(key, slot, payee, cumulative.units())
}

pub(super) const fn units(units: u64) -> Amount {
    Amount::from_units(units as u128)
}

pub(super) const fn bid(rate: Rate, number: u32) -> Message {
    Message::Bid { rate, number }
}

pub(super) fn terms() -> Terms {
    let deployment = Deployment { chain: 1029, contract: Address::from_bytes([0xc0; 20]) };
    Terms { deployment, payee: US, floor: FLOOR, credit: Credit::default() }
}

pub(in crate::seller) fn config() -> Config {
    Config { bind_at: units(u64::MAX), ..Config::new(terms()) }
}

/// One end of a connection.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub given: u64,
    pub limit: Option<u64>,
    pub preference: u64,
    pub heard: Vec<Message>,
}

/// Which answers the world keeps back until it is told.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub checks: bool,
    pub writes: bool,
    pub reads: bool,
    pub sends: bool,
}

#[derive(Debug)]
pub(super) struct Stage {
    pub seller: Seller,
    pub now: Time,
    pub lines: BTreeMap<PeerKey, Line>,
    pub disk: BTreeMap<SlotId, Account>,
    /// `None`: no node can be asked.
    pub chain: Option<BTreeMap<SlotId, SlotStatus>>,
    /// Whether what nodes say is agreed.
    pub agreed: bool,
    pub held: Held,
    pub redeemed: Vec<Vec<SignedVoucher>>,
    pub slashed: Vec<Fraud>,
    pub checks: VecDeque<(u64, bool)>,
    pub writes: VecDeque<Account>,
    pub reads: VecDeque<SlotId>,
    pub sends: VecDeque<(PeerKey, Message)>,
    /// How many checks, writes and reads there were.
    pub work: (usize, usize, usize),
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with(config())
    }

    pub(super) fn with(config: Config) -> Self {
        let now = Time::from_secs(1_000_000);
        Self {
            seller: Seller::new(now, config, Vec::new()),
            now,
            lines: BTreeMap::new(),
            disk: BTreeMap::new(),
            chain: Some(BTreeMap::new()),
            agreed: true,
            held: Held::default(),
            redeemed: Vec::new(),
            slashed: Vec::new(),
            checks: VecDeque::new(),
            writes: VecDeque::new(),
            reads: VecDeque::new(),
            sends: VecDeque::new(),
            work: (0, 0, 0),
        }
    }

    /// A deposit of slots with so much in each, for a week.
    pub(super) fn deposit(&mut self, wallet: Wallet, slots: u32, slot_cap: u64) {
        let expiry = self.now + Duration::from_secs(7 * 24 * 3600);
        let Wallet { owner, key } = wallet;
        let (slot_cap, paid) = (units(slot_cap), Amount::default());
        let status = SlotStatus { owner, key, expiry, slots, slot_cap, payee: None, paid };
        for slot in 0..slots {
            self.chain.as_mut().unwrap().insert(wallet.slot(slot), status);
        }
    }

    pub(super) fn on_chain(&mut self, slot: SlotId) -> &mut SlotStatus {
        self.chain.as_mut().unwrap().get_mut(&slot).unwrap()
    }

    pub(super) fn meet(&mut self, peer: u64) -> PeerKey {
        let peer = PeerKey(peer);
        self.lines.insert(peer, Line::default());
        self.tell(Input::Met(peer));
        peer
    }

    pub(super) fn close(&mut self, peer: PeerKey) {
        self.sends.retain(|(to, _)| *to != peer);
        self.lines.remove(&peer);
        self.tell(Input::Closed(peer));
    }

    pub(super) fn say(&mut self, peer: PeerKey, message: &Message) {
        self.tell(Input::Message { peer, payload: &message.encode() });
    }

    pub(super) fn tell(&mut self, input: Input<'_>) {
        self.seller.handle(self.now, input);
        self.settle();
    }

    pub(super) fn wait(&mut self, span: Duration) {
        self.now = self.now + span;
        self.tell(Input::Wake);
    }

    /// A peer that serves on a session at a rate.
    pub(super) fn buyer(&mut self, peer: u64, wallet: Wallet, slot: u32, rate: Rate) -> PeerKey {
        let peer = self.meet(peer);
        self.say(peer, &wallet.session(slot, 0));
        assert_eq!(self.hear(peer).last(), Some(&Message::Ack { slot: wallet.slot(slot) }));
        self.say(peer, &bid(rate, 1));
        assert_eq!(self.hear(peer), [Message::Grant { rate, number: 1 }]);
        peer
    }

    /// Gives a peer up to so many bytes, as many as it is allowed: how many that were.
    pub(super) fn give(&mut self, peer: PeerKey, bytes: u64) -> u64 {
        let mut all = 0;
        loop {
            let line = self.lines.get_mut(&peer).unwrap();
            let allowed = line.limit.map_or(u64::MAX, |limit| limit.saturating_sub(line.given));
            let portion = allowed.min(bytes - all).min(16 * KIB);
            if portion == 0 {
                return all;
            }
            line.given += portion;
            all += portion;
            let given = line.given;
            self.tell(Input::Given { peer, given });
        }
    }

    /// What a peer was told since it was asked last.
    pub(super) fn hear(&mut self, peer: PeerKey) -> Vec<Message> {
        std::mem::take(&mut self.lines.get_mut(&peer).unwrap().heard)
    }

    pub(super) fn hears(&mut self, peer: PeerKey, reason: Reason) {
        assert_eq!(self.hear(peer), [Message::Reject(reason)]);
    }

    pub(super) fn account(&self, slot: SlotId) -> Account {
        *self.seller.account(slot).unwrap()
    }

    /// The seller ends without notice, and begins again with what is on disk.
    pub(super) fn restart(&mut self, config: Config) {
        self.seller = Seller::new(self.now, config, self.disk.values().copied().collect());
        self.lines.clear();
        self.checks.clear();
        self.writes.clear();
        self.reads.clear();
        self.sends.clear();
        self.settle();
    }

    /// Does what the seller wants, and answers what is not held back, until there is nothing more.
    pub(super) fn settle(&mut self) {
        loop {
            while let Some(output) = self.seller.poll() {
                self.obey(output);
            }
            if !self.answer() {
                return;
            }
        }
    }

    pub(super) fn obey(&mut self, output: Output) {
        match output {
            Output::Send { peer, payload } => {
                let message = Message::parse(&payload).unwrap().unwrap();
                self.sends.push_back((peer, message));
            }
            Output::Allow { peer, given } => self.line(peer, |line| line.limit = given),
            Output::Prefer { peer, preference } => self.line(peer, |line| line.preference = preference),
            Output::Verify { check, key, voucher } => {
                self.work.0 += 1;
                self.checks.push_back((check, is_genuine(key, &voucher)));
            }
            Output::Read(slot) => {
                self.work.2 += 1;
                self.reads.push_back(slot);
            }
            Output::Write(account) => {
                self.work.1 += 1;
                self.writes.push_back(account);
            }
            Output::Forget(slot) => {
                self.disk.remove(&slot);
            }
            Output::Redeem(vouchers) => self.redeemed.push(vouchers),
            Output::Slash(fraud) => self.slashed.push(*fraud),
        }
    }

    fn line(&mut self, peer: PeerKey, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.lines.get_mut(&peer) {
            change(line);
        }
    }

    fn answer(&mut self) -> bool {
        if !self.held.sends && !self.sends.is_empty() {
            self.send_one();
        } else if !self.held.checks
            && let Some((check, genuine)) = self.checks.pop_front()
        {
            self.seller.handle(self.now, Input::Verified { check, genuine });
        } else if !self.held.writes && !self.writes.is_empty() {
            self.write_one();
        } else if !self.held.reads && !self.reads.is_empty() {
            self.read_one();
        } else {
            return false;
        }
        true
    }

    pub(super) fn send_one(&mut self) {
        if let Some((peer, message)) = self.sends.pop_front()
            && let Some(line) = self.lines.get_mut(&peer)
        {
            line.heard.push(message);
            let given = line.given;
            self.seller.handle(self.now, Input::Sent { peer, given });
        }
    }

    pub(super) fn write_one(&mut self) {
        if let Some(account) = self.writes.pop_front() {
            self.disk.insert(account.slot(), account);
            self.seller.handle(self.now, Input::Written(account.slot()));
        }
    }

    pub(super) fn read_one(&mut self) {
        if let Some(slot) = self.reads.pop_front() {
            let status =
                self.chain.as_ref().map(|chain| chain.get(&slot).copied().unwrap_or(SlotStatus::ABSENT));
            let agreed = self.agreed;
            self.seller.handle(self.now, Input::OnChain { slot, status, agreed });
        }
    }
}

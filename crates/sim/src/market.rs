//! Payments by the byte among simulated peers: a chain that they all see, and what each has to do with money.

mod chain;
mod referee;

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU64;

use btt::{Address, Amount};
use pay::buyer::{self, Budget, Buyer, Deposit};
use pay::message::{Message, Payment, Terms};
use pay::seller::{self, Seller};
use pay::{Credit, Deployment, PeerKey, Rate, SessionId, Signature, SlotId, Time, Voucher};
use serde::{Deserialize, Serialize};
use swarm::extension::{PaymentNotice, PeerTrade};

pub(crate) use self::chain::Chain;
use self::referee::{Referee, Tab};

/// What a peer has to do with money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// What it charges at least for a GiB, in BTT, if it wants to be paid.
    #[serde(default)]
    pub sells: Option<NonZeroU64>,
    /// What it pays at most for a GiB, in BTT, if it pays.
    #[serde(default)]
    pub buys: Option<NonZeroU64>,
    /// How it cheats those who sell to it, if it does.
    #[serde(default)]
    pub cheats: Option<Cheat>,
}

impl Money {
    /// Whether it pays nothing, and does not pretend to.
    #[must_use]
    pub fn is_free(self) -> bool {
        self.buys.is_none() && self.cheats.is_none()
    }

    /// Whether it pays so many BTT for a GiB at most, and does what it says.
    #[must_use]
    pub fn pays_up_to(self, price: u64) -> bool {
        self.buys.map(NonZeroU64::get) == Some(price) && self.cheats.is_none()
    }
}

/// How a buyer cheats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cheat {
    /// It takes on credit what it gets, and sends no voucher after the first.
    PaysNothing,
    /// It pays everybody from one slot.
    PaysTwice,
    /// It signs its vouchers with another key.
    Forges,
    /// It sends each voucher twenty times.
    Floods,
    /// Its deposit is not there: a node of the chain says that it is.
    HasNothing,
}

/// What a peer has of the market: it may buy and sell over one connection.
#[derive(Debug)]
pub(crate) struct Till {
    money: Money,
    terms: Option<Terms>,
    /// Vouchers are for this address, and its session is signed for by this key.
    address: Address,
    key: Address,
    seller: Option<Seller>,
    buyer: Option<Buyer>,
    /// Whose message each is that was not sent yet, oldest first.
    sending: BTreeMap<PeerKey, VecDeque<Side>>,
    /// Bytes of a piece, which are paid before they are checked.
    piece: u64,
    /// Whom peers want to be paid, and the slots that those were promised who are all paid from one.
    payees: BTreeMap<PeerKey, Address>,
    slots: BTreeMap<PeerKey, SlotId>,
    referee: Referee,
}

/// A machine of a till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Sells,
    Buys,
}

/// What a till asks of the engine.
#[derive(Debug)]
pub(crate) enum Wish {
    Send { peer: PeerKey, payload: Vec<u8> },
    Allow { peer: PeerKey, given: Option<u64> },
    Prefer { peer: PeerKey, preference: u64 },
    KeepApart { peer: PeerKey, apart: bool },
}

impl Till {
    pub(crate) fn new(number: usize, money: Money, piece_length: u32, chain: &mut Chain) -> Self {
        let address = |kind: u8| {
            let mut bytes = [kind; 20];
            bytes[12..].copy_from_slice(&(number as u64).to_be_bytes());
            Address::from_bytes(bytes)
        };
        let (address, key) = (address(1), address(2));
        let terms = money.sells.map(|price| Terms {
            deployment: DEPLOYMENT,
            payee: address,
            floor: per_gib(price.get()),
            credit: Credit::default(),
        });
        let seller = terms.map(|terms| {
            let (bind_at, bind_by) = (Amount::from_btt(BIND_BY / 2), Amount::from_btt(BIND_BY));
            let config = seller::Config { bind_at, bind_by, ..seller::Config::new(terms) };
            Seller::new(Time::default(), config, Vec::new())
        });
        let mut buyer =
            money.buys.map(|_| Buyer::new(buyer::Config { deployment: DEPLOYMENT, most_peers: 4 }));
        if let (Some(buyer), Some(highest)) = (&mut buyer, money.buys) {
            let session = SessionId::of(address, key);
            let slot_cap = Amount::from_btt(20_000);
            let expiry = Time::from_secs(7 * 24 * 3600);
            let deposit = Deposit { session, owner: address, key, slots: SLOTS, slot_cap, expiry };
            chain.open(deposit, money.cheats == Some(Cheat::HasNothing));
            buyer.handle(Time::default(), buyer::Input::Deposit(deposit, Vec::new()));
            let budget = Budget { left: Amount::from_btt(1_000_000), highest: per_gib(highest.get()) };
            buyer.handle(Time::default(), buyer::Input::Budget(budget));
        }
        Self {
            money,
            terms,
            address,
            key,
            seller,
            buyer,
            sending: BTreeMap::new(),
            piece: piece_length.into(),
            payees: BTreeMap::new(),
            slots: BTreeMap::new(),
            referee: Referee::default(),
        }
    }

    /// What its handshakes say.
    pub(crate) fn terms(&self) -> Option<Vec<u8>> {
        self.terms.map(|terms| terms.encode())
    }
}

/// A price for a GiB in BTT, rounded up to the unit.
fn per_gib(btt: u64) -> Rate {
    Rate::per_mib(Amount::from_btt(btt).units().div_ceil(1024))
}

const DEPLOYMENT: Deployment = Deployment { chain: 31337, contract: Address::from_bytes([3; 20]) };
/// Slots of a deposit: as many as the page opens.
const SLOTS: u32 = 8;
/// BTT that may come together on a slot that is not bound: less than the content costs, so that it matters.
pub(crate) const BIND_BY: u64 = 100;

impl Till {
    /// Takes in what payments tell, and says what they want of the engine.
    pub(crate) fn hear(&mut self, now: swarm::Time, chain: &mut Chain, notice: PaymentNotice) -> Vec<Wish> {
        let now = Time::from_millis(now.as_millis());
        match notice {
            PaymentNotice::Met { peer, terms } => {
                let peer = key_of(peer);
                self.sell(now, seller::Input::Met(peer));
                let terms = terms.and_then(|terms| Terms::parse(&terms).ok()?);
                if let Some(terms) = terms {
                    self.payees.insert(peer, terms.payee);
                    self.buy(now, buyer::Input::Met { peer, terms, trusted: self.piece });
                }
            }
            PaymentNotice::Said { peer, payload, trade } => {
                let peer = key_of(peer);
                self.take(now, peer, trade);
                self.note_voucher(chain, &payload);
                self.sell(now, seller::Input::Message { peer, payload: &payload });
                let payload = self.translate(peer, payload);
                self.buy(now, buyer::Input::Message { peer, payload: &payload, taken: trade.taken });
            }
            PaymentNotice::Sent { peer, trade } => {
                let (peer, given) = (key_of(peer), trade.given);
                let side = self.sending.get_mut(&peer).and_then(VecDeque::pop_front);
                if side == Some(Side::Sells) {
                    self.referee.sent_as_seller(peer, given);
                    self.sell(now, seller::Input::Sent { peer, given });
                }
            }
            PaymentNotice::Traded { peer, trade } => self.take(now, key_of(peer), trade),
            PaymentNotice::Bad { peer } => self.buy(now, buyer::Input::Bad(key_of(peer))),
            PaymentNotice::Gone { peer, trade } => {
                let peer = key_of(peer);
                self.take(now, peer, trade);
                self.referee.parts(peer);
                self.sell(now, seller::Input::Closed(peer));
                self.buy(now, buyer::Input::Closed(peer));
                self.sending.remove(&peer);
                self.payees.remove(&peer);
                self.slots.remove(&peer);
            }
        }
        self.settle(now, chain)
    }

    /// Does what is due.
    pub(crate) fn wake(&mut self, now: swarm::Time, chain: &mut Chain) -> Vec<Wish> {
        let now = Time::from_millis(now.as_millis());
        self.sell(now, seller::Input::Wake);
        self.buy(now, buyer::Input::Wake);
        self.settle(now, chain)
    }

    /// When something is due.
    pub(crate) fn deadline(&self) -> Option<swarm::Time> {
        let seller = self.seller.as_ref().and_then(Seller::deadline);
        let buyer = self.buyer.as_ref().and_then(Buyer::deadline);
        let due = [seller, buyer].into_iter().flatten().min()?;
        let millis = due.since(Time::default()).as_nanos().div_ceil(1_000_000);
        Some(swarm::Time::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
    }

    /// Hands in all vouchers.
    pub(crate) fn redeem(&self, chain: &mut Chain) {
        let vouchers: Vec<_> =
            self.seller.iter().flat_map(Seller::accounts).map(|account| account.best).collect();
        chain.redeem(&vouchers);
    }

    /// What it earned and paid, once everybody has [redeemed](Self::redeem).
    pub(crate) fn balance(&self, chain: &Chain) -> Balance {
        let accounts = || self.seller.iter().flat_map(Seller::accounts);
        let tabs = &self.referee.tabs;
        let lost = tabs.iter().map(|(slot, tab)| tab.beyond_credit(chain.paid_to(*slot, self.address)));
        Balance {
            redeemed: tabs.keys().map(|slot| chain.paid_to(*slot, self.address).units()).sum(),
            unpaid_bytes: accounts().map(|account| account.unpaid_bytes).sum(),
            paid_bytes: accounts().map(|account| account.paid_bytes).sum(),
            spent: self.buyer.as_ref().map_or(0, |buyer| buyer.spent().units()),
            taken_from_deposit: chain.paid_from(SessionId::of(self.address, self.key)).units(),
            unpaid: tabs.values().map(Tab::unpaid).max().unwrap_or(0),
            lost: lost.max().unwrap_or(0),
            overpaid: self.referee.overpaid,
        }
    }

    fn take(&mut self, now: Time, peer: PeerKey, trade: PeerTrade) {
        let PeerTrade { given, taken, unchecked, serves, complete } = trade;
        self.referee.gives(peer, given);
        self.referee.takes(peer, taken - unchecked);
        self.sell(now, seller::Input::Given { peer, given });
        let taken = buyer::Input::Taken { peer, taken, unverified: unchecked, served: serves, complete };
        self.buy(now, taken);
    }

    /// Takes note of a voucher that somebody sent, if it is good.
    fn note_voucher(&mut self, chain: &Chain, payload: &[u8]) {
        let (slot, cumulative, signature) = match Message::parse(payload) {
            Ok(Some(Message::Voucher(Payment { slot, cumulative, signature }))) => {
                (slot, cumulative, signature)
            }
            Ok(Some(Message::Session { owner, key, slot, cumulative, signature })) => {
                (SlotId { session: SessionId::of(owner, key), slot }, cumulative, signature)
            }
            _ => return,
        };
        let voucher = Voucher { slot, payee: self.address, cumulative };
        if chain.key_of(slot).is_some_and(|key| sign(key, &voucher) == signature) {
            self.referee.is_paid(slot, cumulative);
        }
    }

    fn sell(&mut self, now: Time, input: seller::Input<'_>) {
        if let Some(seller) = &mut self.seller {
            seller.handle(now, input);
        }
    }

    fn buy(&mut self, now: Time, input: buyer::Input<'_>) {
        if let Some(buyer) = &mut self.buyer {
            buyer.handle(now, input);
        }
    }

    /// Does what both machines want, until they want nothing more.
    fn settle(&mut self, now: Time, chain: &mut Chain) -> Vec<Wish> {
        let mut wishes = Vec::new();
        loop {
            if let Some(output) = self.seller.as_mut().and_then(Seller::poll) {
                self.settle_sale(now, chain, output, &mut wishes);
            } else if let Some(output) = self.buyer.as_mut().and_then(Buyer::poll) {
                self.settle_purchase(now, output, &mut wishes);
            } else {
                return wishes;
            }
        }
    }

    fn settle_sale(&mut self, now: Time, chain: &mut Chain, output: seller::Output, wishes: &mut Vec<Wish>) {
        use seller::{Input, Output};
        match output {
            Output::Send { peer, payload } => {
                self.sending.entry(peer).or_default().push_back(Side::Sells);
                self.referee.sends_as_seller(peer, &payload);
                wishes.push(Wish::Send { peer, payload });
            }
            Output::Allow { peer, given } => wishes.push(Wish::Allow { peer, given }),
            Output::Prefer { peer, preference } => wishes.push(Wish::Prefer { peer, preference }),
            Output::Verify { check, key, voucher } => {
                let genuine = sign(key, &voucher.voucher) == voucher.signature;
                self.sell(now, Input::Verified { check, genuine });
            }
            Output::Read(slot) => {
                let (status, agreed) = chain.status(slot);
                self.sell(now, Input::OnChain { slot, status: Some(status), agreed });
            }
            Output::Write(account) => self.sell(now, Input::Written(account.slot())),
            Output::Redeem(vouchers) => chain.redeem(&vouchers),
            Output::Forget(_) | Output::Slash(_) => {}
        }
    }

    fn settle_purchase(&mut self, now: Time, output: buyer::Output, wishes: &mut Vec<Wish>) {
        use buyer::{Input, Output};
        match output {
            Output::Send { peer, payload } => {
                let session = SessionId::of(self.address, self.key);
                self.referee.sends_as_buyer(peer, session, &payload, self.piece);
                for payload in self.send(peer, payload) {
                    self.sending.entry(peer).or_default().push_back(Side::Buys);
                    wishes.push(Wish::Send { peer, payload });
                }
            }
            Output::Write(assignment) => self.buy(now, Input::Written(assignment.slot)),
            Output::Sign(voucher) => {
                let signature = sign(self.key, &voucher);
                self.buy(now, Input::Signed { voucher, signature });
            }
            Output::Verify { key, voucher } => {
                let genuine = sign(key, &voucher.voucher) == voucher.signature;
                self.buy(now, Input::Verified { voucher, genuine });
            }
            Output::KeepApart { peer, apart } => wishes.push(Wish::KeepApart { peer, apart }),
            Output::Drop(_) => {}
        }
    }

    /// What a buyer sends instead of what it should: that, unless it cheats.
    fn send(&mut self, peer: PeerKey, payload: Vec<u8>) -> Vec<Vec<u8>> {
        let (Some(cheat), Ok(Some(message))) = (self.money.cheats, Message::parse(&payload)) else {
            return vec![payload];
        };
        let payee = self.payees.get(&peer).copied().unwrap_or(self.address);
        let only = SlotId { session: SessionId::of(self.address, self.key), slot: 0 };
        match (cheat, message) {
            (Cheat::PaysNothing, Message::Voucher(_)) => Vec::new(),
            (Cheat::PaysTwice, Message::Session { owner, key, slot, cumulative, .. }) => {
                self.slots.insert(peer, SlotId { slot, ..only });
                let signature = sign(self.key, &Voucher { slot: only, payee, cumulative });
                vec![Message::Session { owner, key, slot: 0, cumulative, signature }.encode()]
            }
            (Cheat::PaysTwice, Message::Voucher(Payment { cumulative, .. })) => {
                let signature = sign(self.key, &Voucher { slot: only, payee, cumulative });
                vec![Message::Voucher(Payment { slot: only, cumulative, signature }).encode()]
            }
            (Cheat::Forges, Message::Voucher(payment)) => {
                let signature = sign(self.address, &payment.voucher(payee));
                vec![Message::Voucher(Payment { signature, ..payment }).encode()]
            }
            (Cheat::Floods, Message::Voucher(_)) => vec![payload; 20],
            _ => vec![payload],
        }
    }

    /// What a buyer that pays everybody from one slot takes for an answer to what it should have said.
    fn translate(&self, peer: PeerKey, payload: Vec<u8>) -> Vec<u8> {
        match (self.slots.get(&peer), Message::parse(&payload)) {
            (Some(slot), Ok(Some(Message::Ack { .. }))) => Message::Ack { slot: *slot }.encode(),
            _ => payload,
        }
    }
}

/// What came of the money of a peer, in the smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What the chain paid it for the vouchers that it has.
    pub redeemed: u128,
    /// What it gave vouchers for.
    pub spent: u128,
    /// What the chain paid others for them.
    pub taken_from_deposit: u128,
    /// Bytes that it was paid for.
    pub paid_bytes: u64,
    /// Bytes that it gave on credit and was not paid for.
    pub unpaid_bytes: u64,
    /// The most that it gave on any slot beyond what it has vouchers for and what it trusts: nothing.
    pub unpaid: u128,
    /// The most that it gave on any slot beyond what the chain paid and what it trusts: what may be on a slot that is not bound.
    pub lost: u128,
    /// The most that it paid any seller beyond what turned out right and what it trusts: nothing.
    pub overpaid: u128,
}

/// A signature that anybody can make, and nobody here does but whose key it is.
fn sign(key: Address, voucher: &Voucher) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&voucher.digest(&DEPLOYMENT));
    bytes[32..52].copy_from_slice(key.as_bytes());
    Signature::from_bytes(bytes)
}

fn key_of(peer: swarm::PeerKey) -> PeerKey {
    PeerKey(peer.get().into())
}

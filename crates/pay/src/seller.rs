//! Who serves and is paid.
//!
//! 1. A buyer names its session with a voucher. The signature is checked first, then the chain is asked, then there is an
//!    account on disk, and only then the session is good.
//! 2. A bid at or above the floor is granted as it is. From the place of the grant in the stream bytes are charged to the
//!    account, and the peer is given so many at most as the account has credit for.
//! 3. Vouchers count when they are checked and on disk. Each makes room for more bytes.
//! 4. On disk an account is as it will be when all is given that is allowed until the next record. So the credit is never
//!    passed, by reconnecting nor by a crash; and what a crash forgets is in the seller's favour, a quarter of the credit at
//!    most: the buyer has that much less from then on, or goes on with another slot.
//! 5. What was earned is redeemed when so much came together that binding the slot is worth its fee, before the session
//!    ends if that is worth its fee, and when the owner wants it.
//! 6. A node may lie. While no two agree that a slot is bound to us, no more comes together on it than may be lost; and once
//!    they do, the word of one counts for nothing.
//!
//! Whoever does not pay, cannot be checked or was found out is served as a peer that never spoke of payments.

mod account;
mod chain;
mod checks;
mod fraud;
mod peer;
mod reads;
mod records;
mod redeeming;
mod serving;
mod session;
mod slots;
mod status;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use btt::{Address, Amount};

pub use account::Account;
pub use status::SlotStatus;

use crate::allowance::Admission;
use crate::message::{Fraud, Message, Reason, Terms};
use crate::{PeerKey, Rate, SignedVoucher, SlotId, Time};
use fraud::Banned;
use peer::{Mark, Peer};
use reads::Reads;
use slots::{Slot, Slots};
use status::Said;

/// What a seller is told.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A connected peer speaks the extension.
    Met(PeerKey),
    /// A peer sent a message.
    Message {
        /// Who.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: &'a [u8],
    },
    /// The oldest [`Output::Send`] to a peer that was not confirmed yet is on its way, behind the first `given` bytes of
    /// blocks.
    Sent {
        /// To whom.
        peer: PeerKey,
        /// Bytes of blocks that it was given before.
        given: u64,
    },
    /// A peer was given so many bytes of blocks on this connection so far. The last before [`Input::Closed`] says all of
    /// them.
    Given {
        /// Who.
        peer: PeerKey,
        /// All bytes so far.
        given: u64,
    },
    /// A connection has ended.
    Closed(PeerKey),
    /// What came of an [`Output::Verify`].
    Verified {
        /// Its number.
        check: u64,
        /// Whether the signature is by the key.
        genuine: bool,
    },
    /// What came of an [`Output::Read`], each of which has its answer; or news that nobody asked for. `None` if no node
    /// could be asked, or none that makes sense.
    OnChain {
        /// What was asked for.
        slot: SlotId,
        /// What the chain says; [`SlotStatus::ABSENT`] of a session that there is not.
        status: Option<SlotStatus>,
        /// Whether two nodes say so that have nothing to do with each other, or one that is the owner's own. On the word of
        /// any other no more than [`Config::bind_by`] is risked.
        agreed: bool,
    },
    /// The oldest [`Output::Write`] of this slot that was not confirmed yet is on disk.
    Written(SlotId),
    /// The owner wants what was earned, whether it is worth its fee or not.
    Redeem,
    /// To redeem one voucher more costs so much ([`Config::fee`]).
    Fee(Amount),
    /// The least that is charged is this from now on. What was granted stays granted.
    Floor(Rate),
    /// Nothing happened, but [`Seller::deadline`] has come.
    Wake,
}

/// What a seller wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A message to a peer. Confirmed by [`Input::Sent`], in order.
    Send {
        /// To whom.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: Vec<u8>,
    },
    /// A peer may be given bytes of blocks until they are `given` in all, and no more; `None`: as many as it likes.
    Allow {
        /// Who.
        peer: PeerKey,
        /// All bytes of this connection.
        given: Option<u64>,
    },
    /// What serving a peer is worth, 0 for who does not pay.
    Prefer {
        /// Who.
        peer: PeerKey,
        /// The bid, as [`Rate::preference`].
        preference: u64,
    },
    /// Is this signature by this key?
    Verify {
        /// Which question it is.
        check: u64,
        /// By whom it should be.
        key: Address,
        /// What was signed, it is said.
        voucher: SignedVoucher,
    },
    /// What does the chain say of a slot? To be asked of the state [`CONFIRMATIONS`](btt::CONFIRMATIONS) blocks ago, and of two
    /// nodes, of the same block, where the deployment names two.
    Read(SlotId),
    /// What is to be on disk in place of what was of this slot. Nothing is served on it before.
    Write(Account),
    /// Nothing of this slot needs to be on disk any more.
    Forget(SlotId),
    /// These vouchers are worth their fee now, or never again.
    Redeem(Vec<SignedVoucher>),
    /// A session pays two from one slot: nobody serves it any more, and its bond is there to be taken. Said once.
    Slash(Box<Fraud>),
}

/// How a seller works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// What buyers are told.
    pub terms: Terms,
    /// What is worth the fee of a slot's first redeeming, after which nobody else can be paid from it.
    pub bind_at: Amount,
    /// What may come together on a slot at most before it is [agreed](Input::OnChain::agreed) that the chain has bound it to
    /// us. Until then the buyer may have signed it over to somebody else, too, or there is no such session but in what a node
    /// says.
    pub bind_by: Amount,
    /// What it costs to redeem one voucher more, as far as is known. What is not worth as much is redeemed only when the owner
    /// says so, and given up when somebody else needs the room.
    pub fee: Amount,
    /// How long before a session ends all of it is redeemed, and nobody is served on it any more.
    pub margin: Duration,
}

impl Config {
    /// 5,000 BTT are worth binding a slot, as much again comes meanwhile, and 6 hours suffice to redeem. No fee is known.
    #[must_use]
    pub const fn new(terms: Terms) -> Self {
        let [bind_at, bind_by] = [Amount::from_btt(5_000), Amount::from_btt(10_000)];
        let fee = Amount::from_units(0);
        Self { terms, bind_at, bind_by, fee, margin: Duration::from_secs(6 * 3600) }
    }
}

/// Peers at most. Those beyond are served as peers that do not pay.
pub const PEERS: usize = 512;

/// Accounts at most. Beyond, those are forgotten that nothing is to be redeemed from but what is not worth its
/// [fee](Config::fee), the least first, and if there are none, nobody else can pay. Who comes back with a forgotten slot has what every new one has: the least credit.
pub const ACCOUNTS: usize = 4096;

/// Messages that a peer was sent and that are not on their way. Beyond, what it says is ignored.
const SENDING: usize = 64;

/// The least that is asked for at once by anybody.
const BLOCK: u64 = 16 << 10;

/// A window of credit has so many steps of bytes that are told.
const STEPS: u64 = 16;

/// How long a voucher that was to be redeemed has for it before it is said again.
const REDEEM_AGAIN: Duration = Duration::from_secs(3600);

/// How long after that the chain is asked whether it was.
const READ_REDEEMED: Duration = Duration::from_secs(30);

/// How often the chain is asked for slots that are served.
const READ_AGAIN: Duration = Duration::from_secs(600);

/// The state of whoever serves and is paid. See the [module](self) for how it works.
///
/// # How to drive it
///
/// 1. Tell it what happened with [`handle`](Self::handle), and the time. How far a peer is it has to hear each
///    [`step`](Self::step) bytes.
/// 2. Do all that [`poll`](Self::poll) says, in that order: what a peer is allowed is said before the message that it
///    is charged from.
/// 3. At [`deadline`](Self::deadline), [wake](Input::Wake) it.
#[derive(Debug)]
pub struct Seller {
    config: Config,
    peers: BTreeMap<PeerKey, Peer>,
    slots: Slots,
    reads: Reads,
    banned: Banned,
    /// Whose question each [`Output::Verify`] is.
    checks: BTreeMap<u64, PeerKey>,
    next_check: u64,
    /// Peers with something to be checked that has to wait.
    waiting: BTreeSet<(Time, PeerKey)>,
    /// Vouchers to be redeemed, until what happened is dealt with.
    ripe: Vec<SignedVoucher>,
    outputs: VecDeque<Output>,
}

impl Seller {
    /// A seller without peers, and what it has on disk.
    #[must_use]
    pub fn new(now: Time, config: Config, accounts: Vec<Account>) -> Self {
        let mut seller = Self {
            config,
            peers: BTreeMap::new(),
            slots: Slots::default(),
            reads: Reads::default(),
            banned: Banned::default(),
            checks: BTreeMap::new(),
            next_check: 0,
            waiting: BTreeSet::new(),
            ripe: Vec::new(),
            outputs: VecDeque::new(),
        };
        for account in accounts {
            // What finds no room stays on disk for another time.
            let _full = seller.insert(Slot::restored(account, now));
        }
        seller.tend(now);
        seller
    }

    /// Something happened. Takes time in the logarithm of what there is, but for what concerns everybody: a change of the
    /// floor or of the fee, a redeeming of all, and a fraud.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        self.tend(now);
        match input {
            Input::Met(peer) => self.met(peer),
            Input::Message { peer, payload } => self.message(now, peer, payload),
            Input::Sent { peer, given } => self.sent(now, peer, given),
            Input::Given { peer, given } => self.given(now, peer, given),
            Input::Closed(peer) => self.closed(now, peer),
            Input::Verified { check, genuine } => self.verified(now, check, genuine),
            Input::OnChain { slot, status, agreed } => {
                self.on_chain(now, slot, status.map(|status| Said { status, agreed }));
            }
            Input::Written(slot) => self.written(now, slot),
            Input::Redeem => self.redeem_all(now),
            Input::Fee(fee) => self.set_fee(now, fee),
            Input::Floor(floor) => self.set_floor(floor),
            Input::Wake => {}
        }
        self.redeem_in_batches();
    }

    /// What it wants next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to wake it if nothing else happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        let waiting = self.waiting.first().map(|(time, _)| *time);
        [waiting, self.slots.deadline()].into_iter().flatten().min()
    }

    /// Bytes that a peer may be given between two [`Input::Given`] without being kept waiting: it is allowed no more than
    /// what is on disk says, and that is written ahead. It grows with what the peer has paid.
    #[must_use]
    pub fn step(&self, peer: PeerKey) -> u64 {
        let slot = self.peers.get(&peer).and_then(|peer| self.slots.get(peer.link?.slot));
        let paid = slot.map_or(0, |slot| slot.account.paid_bytes);
        (self.config.terms.credit.window(paid) / STEPS).max(BLOCK)
    }

    /// What a peer's bytes cost, or will when what was sent to it is on its way; [`Rate::FREE`] of who does not pay.
    #[must_use]
    pub fn rate(&self, peer: PeerKey) -> Rate {
        self.peers.get(&peer).map_or(Rate::FREE, Peer::highest)
    }

    /// What it has of a slot, apart from vouchers that are not on disk yet.
    #[must_use]
    pub fn account(&self, slot: SlotId) -> Option<&Account> {
        self.slots.get(slot).map(|slot| &slot.account)
    }

    /// All that it has, in the order of their slots.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.slots.iter().map(|(_, slot)| &slot.account)
    }

    /// Does what has come due.
    fn tend(&mut self, now: Time) {
        while let Some((_, peer)) = self.waiting.first().copied().filter(|(time, _)| *time <= now) {
            self.waiting.pop_first();
            self.ask(now, peer);
        }
        self.tend_slots(now);
    }

    fn met(&mut self, peer: PeerKey) {
        if self.peers.len() < PEERS {
            self.peers.entry(peer).or_default();
        }
    }

    fn message(&mut self, now: Time, key: PeerKey, payload: &[u8]) {
        let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.marks.len() < SENDING) else {
            return;
        };
        match peer.allowance.admit(now) {
            Admission::Read => {}
            Admission::Refuse => return self.reject(key, Reason::TooMany),
            Admission::Ignore => return,
        }
        // Who sends what cannot be read, or what is new to us, is not helped by an answer.
        let Ok(Some(message)) = Message::parse(payload) else {
            return;
        };
        match message {
            Message::Bid { rate, number } => self.bid(now, key, rate, number),
            Message::Session { owner, key: signer, slot, cumulative, signature } => {
                let payee = self.config.terms.payee;
                self.claim(now, key, session::Claim::new(owner, signer, slot, cumulative, signature, payee));
            }
            Message::Voucher(payment) => self.voucher(now, key, payment),
            Message::Fraud(fraud) => self.fraud(now, key, fraud),
            // What sellers say; and a refusal of what we did leaves us nothing to do.
            Message::Offer { .. } | Message::Grant { .. } | Message::Ack { .. } | Message::Receipt(_) => {}
            Message::Reject(_) => {}
        }
    }

    fn closed(&mut self, now: Time, key: PeerKey) {
        let Some(peer) = self.peers.remove(&key) else {
            return;
        };
        if let Some((check, _)) = peer.checks.asked {
            self.checks.remove(&check);
        }
        if let Some(time) = peer.checks.waits_until {
            self.waiting.remove(&(time, key));
        }
        let asked = [peer.claim.map(|claim| claim.slot()), peer.fraud.as_deref().map(fraud::slot)];
        for slot in asked.into_iter().flatten() {
            self.reads.leave(slot, key);
        }
        let linked = peer.link.map(|link| link.slot);
        if let Some(slot) = linked.and_then(|slot| self.slots.get_mut(slot)) {
            slot.reserved =
                slot.reserved.saturating_sub(peer.link.and_then(|link| link.leaving).unwrap_or(0));
        }
        if let Some(slot) = peer.held.and_then(|slot| self.slots.get_mut(slot)) {
            slot.holder = None;
        }
        for slot in [linked, peer.held].into_iter().flatten() {
            self.touch(now, slot);
        }
    }

    fn set_floor(&mut self, floor: Rate) {
        self.config.terms.floor = floor;
        self.tell_all(&Message::Offer { floor }, None);
    }

    /// A message to everybody who is not behind with what was sent before.
    fn tell_all(&mut self, message: &Message, but: Option<PeerKey>) {
        let payload = message.encode();
        for (&key, peer) in &mut self.peers {
            if Some(key) != but && peer.marks.len() < SENDING {
                peer.marks.push_back(Mark::Nothing);
                self.outputs.push_back(Output::Send { peer: key, payload: payload.clone() });
            }
        }
    }

    fn reject(&mut self, peer: PeerKey, reason: Reason) {
        self.send(peer, &Message::Reject(reason), Mark::Nothing);
    }

    fn send(&mut self, key: PeerKey, message: &Message, mark: Mark) {
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.marks.push_back(mark);
            self.outputs.push_back(Output::Send { peer: key, payload: message.encode() });
        }
    }
}

#[cfg(test)]
mod tests;

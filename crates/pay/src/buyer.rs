//! Who pays to be served first.
//!
//! 1. A few peers at a time are paid, the fastest first, as far as that is known, and of equal ones the cheapest. With each
//!    there is a *deal*: a slot that is its payee's, a bid that begins at the peer's floor and rises while it does not serve us,
//!    and a bill of what came since a grant.
//! 2. Whatever is signed was written before, and what was written counts as signed: a program that ends at any step
//!    neither pays two from one slot nor takes anything back.
//! 3. Money is spent when it is to be written. What is left then has to be enough for all that the peers may give on
//!    credit, or nobody is asked for more: a budget that ends leaves nobody unpaid.
//! 4. Whoever asks for more than was bid, gives what is wrong or does not end when we end is not paid any more.
//!
//! # What a buyer can lose
//!
//! - To a peer that gives what is wrong, alone or with others: the price of `U` bytes on its connection. Nothing is paid but
//!   bytes that turned out right and `U` others: so many as [`Input::Met`] says, and as many again as turned out right, up to 4 MiB.
//! - To one that goes on to charge when we have bid no more: the price of the credit that it gives, of 4 MiB at most.
//! - To one that makes us begin a slot and gives nothing: the slot. The money in it comes back when the session ends.
//! - A peer is on its own with what it gives beyond its credit, or was given up before it was checked.

mod bidding;
mod bids;
mod bill;
mod connections;
mod deal;
mod deposits;
mod hearing;
mod paying;
mod sparing;
mod speed;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use btt::{Address, Amount};

use crate::message::{Message, Terms};
use crate::{Deployment, PeerKey, Rate, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};
use connections::Connections;
use deal::Deal;
use deposits::Deposits;

/// How a buyer pays.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Which contract. Peers that want to be paid by another are peers like any other.
    pub deployment: Deployment,
    /// How many peers are paid at a time. What each earns has to be worth the fee of redeeming it.
    pub most_peers: usize,
}

/// Pays peers to be served first, out of deposits and within a budget.
#[derive(Debug)]
pub struct Buyer {
    config: Config,
    connections: Connections,
    /// With those that are paid.
    deals: BTreeMap<PeerKey, Deal>,
    deposits: Deposits,
    budget: Budget,
    /// All that was spent.
    spent: Amount,
    /// What is left is too little to go on.
    is_used_up: bool,
    outputs: VecDeque<Output>,
}

/// What a buyer is told.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A connected peer wants to be paid for what it gives.
    Met {
        /// Who.
        peer: PeerKey,
        /// What its handshake said.
        terms: Terms,
        /// How many of its bytes are paid for at first that did not turn out right, not yet or not at all: a piece, since no
        /// piece could come of a peer that waits for its money; none from whoever checks blocks one by one, who never trusts more.
        trusted: u64,
    },
    /// A peer sent a message, after it gave `taken` bytes.
    Message {
        /// Who.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: &'a [u8],
        /// Bytes of blocks that were asked of it and came before the message.
        taken: u64,
    },
    /// How far a peer is.
    Taken {
        /// Who.
        peer: PeerKey,
        /// Bytes of blocks that were asked of it and came, on this connection so far.
        taken: u64,
        /// How many of these are not in pieces that turned out right: not yet, or not at all.
        unverified: u64,
        /// Whether it serves us.
        served: bool,
        /// Whether it says that it has everything.
        complete: bool,
    },
    /// Whether anything is wanted of a peer, as it is of each that was just met. With whom nothing is wanted of the deal ends:
    /// what came is paid, and no more.
    Wanted {
        /// Who.
        peer: PeerKey,
        /// Whether anything is.
        wanted: bool,
    },
    /// What a peer alone gave was wrong.
    Bad(PeerKey),
    /// A connection has ended.
    Closed(PeerKey),
    /// A deposit is there to pay from, with what was signed of it before. What comes of a log later stops what contradicts
    /// it.
    Deposit(Deposit, Vec<Assignment>),
    /// From which deposits nobody is to be paid anew, from now on; whether they are there or not.
    Spare(BTreeSet<SessionId>),
    /// What may be spent, from now on.
    Budget(Budget),
    /// An [`Output::Write`] is on disk.
    Written(SlotId),
    /// What came of an [`Output::Sign`].
    Signed {
        /// What was signed.
        voucher: Voucher,
        /// By the session's key.
        signature: Signature,
    },
    /// What came of an [`Output::Verify`].
    Verified {
        /// What was asked.
        voucher: SignedVoucher,
        /// Whether the signature is by the key.
        genuine: bool,
    },
    /// The time given by [`Buyer::deadline`] has come.
    Wake,
}

/// What a buyer wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A message to a peer.
    Send {
        /// To whom.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: Vec<u8>,
    },
    /// To be on disk before anything of it is signed.
    Write(Assignment),
    /// To be signed by the session's key.
    Sign(Voucher),
    /// Did our own key sign this?
    Verify {
        /// Our key.
        key: Address,
        /// What a seller says that we signed.
        voucher: SignedVoucher,
    },
    /// To have a peer work on pieces of its own where it can, or on any again: while it is paid, it should soon be known whether
    /// what it gave is right.
    KeepApart {
        /// Whom.
        peer: PeerKey,
        /// Whether to.
        apart: bool,
    },
    /// A peer cheats, and is not worth a connection.
    Drop(PeerKey),
}

/// A session as its buyer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Its name.
    pub session: SessionId,
    /// Whose deposit it is.
    pub owner: Address,
    /// Whose signature vouchers bear.
    pub key: Address,
    /// How many slots there are.
    pub slots: u32,
    /// What is in each.
    pub slot_cap: Amount,
    /// When it ends.
    pub expiry: Time,
}

/// What may be spent. With a highest rate of [`Rate::FREE`] nobody is asked for more, and what came already is paid; with
/// nothing left, not even that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// All that may be signed over from now on, beyond what was to be written before.
    pub left: Amount,
    /// The highest rate.
    pub highest: Rate,
}

/// To whom a slot belongs and how much of it is theirs: what is written before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Which slot.
    pub slot: SlotId,
    /// Whose it is, for ever.
    pub payee: Address,
    /// The highest amount that may have been signed.
    pub cumulative: Amount,
}

impl Config {
    /// Four peers at a time.
    #[must_use]
    pub const fn new(deployment: Deployment) -> Self {
        Self { deployment, most_peers: 4 }
    }
}

impl Buyer {
    /// One that has no deposit and may spend nothing.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            connections: Connections::default(),
            deals: BTreeMap::new(),
            deposits: Deposits::default(),
            budget: Budget::default(),
            spent: Amount::default(),
            is_used_up: false,
            outputs: VecDeque::new(),
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        match input {
            Input::Met { peer, terms, trusted } if terms.deployment == self.config.deployment => {
                self.meet(now, peer, terms, trusted);
            }
            Input::Met { .. } | Input::Wake => {}
            Input::Message { peer, payload, taken } => self.hear(now, peer, payload, taken),
            Input::Taken { peer, taken, unverified, served, complete } => {
                self.connections.take(now, peer, taken, served, complete);
                self.take(now, peer, unverified);
            }
            Input::Wanted { peer, wanted } => {
                self.connections.want(peer, wanted);
                if !wanted {
                    self.end(now, peer, false);
                }
            }
            Input::Bad(peer) => {
                if self.connections.get(peer).is_some() {
                    self.refuse(now, peer);
                    self.outputs.push_back(Output::Drop(peer));
                }
            }
            Input::Closed(peer) => {
                self.leave(peer);
                self.connections.remove(peer);
            }
            Input::Deposit(deposit, log) => {
                self.deposits.add(deposit, log);
                let deposits = &self.deposits;
                self.outputs.retain_mut(|output| deposits.is_wanted(output));
                self.connections.recall_all();
            }
            Input::Spare(sessions) => self.spare(now, sessions),
            Input::Budget(budget) => self.set_budget(now, budget),
            Input::Written(slot) => self.written(slot),
            Input::Signed { voucher, signature } => self.signed(now, voucher, signature),
            Input::Verified { voucher, genuine } => {
                if let Some(slot) = self.deposits.slot_mut(voucher.voucher.slot) {
                    slot.verified(&voucher, genuine);
                }
            }
        }
        self.attend(now);
    }

    /// What it wants, oldest first.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to [wake](Input::Wake) it, if nothing else happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        let deals = self.deals.iter().flat_map(|(peer, deal)| [deal.deadline(), self.bid_at(*peer, deal)]);
        deals.flatten().chain(self.connections.deadline()).min()
    }

    /// All that it spent since it began.
    #[must_use]
    pub const fn spent(&self) -> Amount {
        self.spent
    }

    /// What it may spend yet.
    #[must_use]
    pub const fn left(&self) -> Amount {
        self.budget.left
    }

    /// Whether so little is left that nobody is paid for more before the next [budget](Input::Budget).
    #[must_use]
    pub const fn is_used_up(&self) -> bool {
        self.is_used_up
    }

    /// Whom it has dealings with, and the rate that each granted; [`Rate::FREE`] before it has.
    pub fn rates(&self) -> impl Iterator<Item = (PeerKey, Rate)> {
        self.deals.iter().map(|(peer, deal)| (*peer, deal.bill.rate()))
    }

    /// A peer wants to be paid, or says anew how.
    fn meet(&mut self, now: Time, peer: PeerKey, terms: Terms, trusted: u64) {
        match self.connections.get(peer).map(|connection| connection.terms) {
            None => self.connections.add(peer, terms, trusted),
            Some(before) if before.payee == terms.payee => self.connections.set_floor(peer, terms.floor),
            // What came is for whom it was when it came.
            Some(_) => self.refuse(now, peer),
        }
    }

    /// Does all that it is time for, and begins to pay whom there is room for.
    fn attend(&mut self, now: Time) {
        self.connections.wake(now);
        self.end_if_used_up(now);
        // Whoever cannot be paid stands aside before anybody makes room.
        self.begin_all(now);
        let peers: Vec<_> = self.deals.keys().copied().collect();
        for peer in peers {
            self.end_if_over(now, peer);
            self.try_slot(now, peer);
            self.bid(now, peer);
            self.pay(now, peer);
        }
        self.begin_all(now);
        self.make_room(now);
        self.begin_all(now);
    }

    /// Begins to pay whom there is room for.
    fn begin_all(&mut self, now: Time) {
        while let Some(peer) = self.connections.first().filter(|_| self.may_ask()) {
            if self.begin(now, peer).is_none() {
                break;
            }
        }
    }

    /// Ends the deal with whoever is slowest if somebody waits who is thought to be twice as fast. Not while anybody is tried who
    /// is not known: whoever says that it has everything may give nothing.
    fn make_room(&mut self, now: Time) {
        if self.has_room() {
            return;
        }
        let going = self.deals.iter().filter(|(_, deal)| !deal.is_ending());
        let speed = |peer: PeerKey| (self.connections.get(peer).and_then(|peer| peer.speed.known()), peer);
        if let Some((Some(speed), peer)) = going.map(|(peer, _)| speed(*peer)).min()
            && self.connections.has_better(peer, speed)
        {
            self.end(now, peer, false);
        }
    }

    /// Whether one more may be paid. Deals that end take no room, but there are never more than twice as many as are paid.
    fn has_room(&self) -> bool {
        let most = self.config.most_peers;
        let going = self.deals.values().filter(|deal| !deal.is_ending()).count();
        going < most && self.deals.len() < 2 * most
    }

    fn send(&mut self, peer: PeerKey, message: &Message) {
        self.outputs.push_back(Output::Send { peer, payload: message.encode() });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Credit;
    use crate::message::Reason;

    const NOW: Time = Time::from_secs(1_000_000);

    fn terms(peer: u64) -> Terms {
        let mut payee = [0; 20];
        payee[..8].copy_from_slice(&peer.to_be_bytes());
        let (payee, floor) = (Address::from_bytes(payee), Rate::per_mib((1 << 20) + u128::from(peer)));
        Terms { deployment: deployment(), payee, floor, credit: Credit::default() }
    }

    fn deployment() -> Deployment {
        Deployment { chain: 1, contract: Address::from_bytes([1; 20]) }
    }

    /// So many peers, of whom four are paid.
    fn buyer(peers: u64) -> Buyer {
        let mut buyer = Buyer::new(Config::new(deployment()));
        let (owner, key) = (Address::from_bytes([2; 20]), Address::from_bytes([3; 20]));
        let session = SessionId::of(owner, key);
        let expiry = NOW + Duration::from_secs(7 * 24 * 60 * 60);
        let slot_cap = Amount::from_btt(1);
        buyer
            .handle(NOW, Input::Deposit(Deposit { session, owner, key, slots: 9, slot_cap, expiry }, vec![]));
        let budget = Budget { left: Amount::from_btt(100), highest: Rate::per_mib((1 << 20) + 400) };
        buyer.handle(NOW, Input::Budget(budget));
        for peer in 0..peers {
            buyer.handle(NOW, Input::Met { peer: PeerKey(peer), terms: terms(peer), trusted: 0 });
        }
        buyer
    }

    /// How often an input looks at the tables of peers, on the average of all sorts of inputs.
    fn looks(peers: u64) -> u32 {
        let before = connections::LOOKS.get();
        let mut buyer = buyer(peers);
        let written = std::iter::from_fn(|| buyer.poll()).filter_map(|output| match output {
            Output::Write(assignment) => Some(assignment.slot),
            _ => None,
        });
        let slots: Vec<_> = written.collect();
        let mut inputs = u32::try_from(peers).unwrap();
        let mut handle = |now, input: Input<'_>| {
            buyer.handle(now, input);
            inputs += 1;
        };
        for slot in slots {
            handle(NOW, Input::Written(slot));
        }
        let messages = [
            Message::Offer { floor: Rate::per_mib(3 << 20) },
            Message::Grant { rate: Rate::per_mib(7), number: 1 },
            Message::Reject(Reason::NoSession),
        ];
        for (second, message) in (1..).zip(&messages) {
            for peer in 0..peers {
                let peer = PeerKey(peer);
                let now = NOW + Duration::from_secs(second);
                handle(now, Input::Message { peer, payload: &message.encode(), taken: 9 });
                handle(now, Input::Taken { peer, taken: 10, unverified: 1, served: false, complete: false });
            }
        }
        handle(NOW + Duration::from_secs(100), Input::Wake);
        for peer in 0..peers {
            handle(NOW, Input::Closed(PeerKey(peer)));
        }
        (connections::LOOKS.get() - before) / inputs
    }

    /// One input may find many peers that cannot be paid as things are, but each of them once.
    #[test]
    fn inputs_look_at_no_more_peers_where_there_are_more() {
        let (few, many) = (looks(16), looks(Connections::MOST as u64));
        assert!(many <= few && few < 50, "{few} and {many}");
    }
}

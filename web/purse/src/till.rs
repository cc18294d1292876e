//! Both machines of payments, fed with what the engine tells: who sells and who buys over one connection. Pure, but for the
//! keys: what it wants of storage, of the chain and of peers is said by [`Till::poll`].
//!
//! What the machines are owed:
//!
//! - A message that is on its way is confirmed to the machine whose it was, in order: the engine tells of all alike.
//! - What was traded in all is told before it is said that a peer is gone.
//! - The buyer hears of a peer when something is wanted of it first, and then whether anything is.

mod peers;
mod told;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use btt::Amount;
use metainfo::InfoHash;
use pay::buyer::{self, Assignment, Budget, Buyer, Deposit};
use pay::message::{Fraud, Terms};
use pay::seller::{self, Account, Seller, SlotStatus};
use pay::{Credit, Deployment, PeerKey, Rate, SessionId, SlotId, Time};
use protocol::purse::{PeerNews, PeerOrder, Trade};

use self::peers::{Bought, Peer, Side};
use crate::keyring::Keyring;
use crate::wanted::Wanted;

/// Peers at most. Others are peers like any other.
const MOST_PEERS: usize = 1024;

/// Who sells and who buys.
#[derive(Debug)]
pub struct Till {
    deployment: Deployment,
    /// What signs and checks.
    pub keyring: Keyring,
    buyer: Buyer,
    seller: Option<Selling>,
    /// How many sellers there were before.
    sellers: u32,
    peers: BTreeMap<PeerKey, Peer>,
    wanted: Wanted,
    wishes: VecDeque<Wish>,
}

/// Who sells.
#[derive(Debug)]
struct Selling {
    machine: Seller,
    terms: Terms,
    /// Whether peers that come are asked for money.
    is_open: bool,
}

/// What both want of the world.
#[derive(Debug, PartialEq)]
pub enum Wish {
    /// What a torrent is to do with a peer.
    Order {
        /// The torrent.
        torrent: InfoHash,
        /// Which of its peers.
        peer: u32,
        /// What to do.
        order: PeerOrder,
    },
    /// To be on disk, and [said so](Till::assignment_written).
    WriteAssignment(Assignment),
    /// To be on disk, and [said so](Till::account_written).
    WriteAccount {
        /// What.
        account: Account,
        /// Whose, as it is to be said again.
        seller: u32,
    },
    /// Needs not to be on disk any more.
    ForgetAccount(SlotId),
    /// What the chain [says](Till::on_chain) of a slot.
    Read(SlotId),
    /// Somebody's deposit was found to pay two from one slot, by this proof. Nobody of us serves it any more.
    Cheated(Box<Fraud>),
}

impl Till {
    /// One that sells nothing and buys nothing.
    #[must_use]
    pub fn new(deployment: Deployment) -> Self {
        Self {
            deployment,
            keyring: Keyring::new(deployment),
            buyer: Buyer::new(buyer::Config::new(deployment)),
            seller: None,
            sellers: 0,
            peers: BTreeMap::new(),
            wanted: Wanted::default(),
            wishes: VecDeque::new(),
        }
    }

    /// What it wants next.
    pub fn poll(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    /// When to [wake](Self::wake) it if nothing else happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        let seller = self.seller.as_ref().and_then(|seller| seller.machine.deadline());
        [seller, self.buyer.deadline()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Time) {
        self.sell(now, seller::Input::Wake);
        self.buy(now, buyer::Input::Wake);
        self.settle(now);
    }

    /// Something happened with a peer. Of one that was not met nothing is heard.
    pub fn hear(&mut self, now: Time, torrent: InfoHash, peer: u32, news: PeerNews) {
        let key = PeerKey(peer.into());
        match news {
            PeerNews::Met { terms, piece_length } => {
                let is_full = self.peers.len() >= MOST_PEERS;
                if is_full && !self.peers.contains_key(&key) {
                    return;
                }
                let terms = terms.and_then(|terms| Terms::parse(&terms).ok()?);
                self.met(now, key, torrent, terms, piece_length);
            }
            PeerNews::Said { payload, trade } => {
                self.take(now, key, trade);
                self.sell_to(now, key, seller::Input::Message { peer: key, payload: &payload });
                let message = buyer::Input::Message { peer: key, payload: &payload, taken: trade.taken };
                self.buy_of(now, key, message);
            }
            PeerNews::Sent(trade) => {
                let side = self.peers.get_mut(&key).and_then(|peer| peer.sending.pop_front());
                if side == Some(Side::Sells(self.sellers)) {
                    self.sell_to(now, key, seller::Input::Sent { peer: key, given: trade.given });
                }
            }
            PeerNews::Traded(trade) => self.take(now, key, trade),
            PeerNews::Bad => self.buy_of(now, key, buyer::Input::Bad(key)),
            PeerNews::Gone(trade) => {
                self.take(now, key, trade);
                self.part(now, key);
            }
        }
        self.settle(now);
    }

    /// Peers are spoken with no more: nothing will be heard of any of them.
    pub fn leave_all(&mut self, now: Time) {
        while let Some(key) = self.peers.keys().next().copied() {
            self.part(now, key);
        }
        self.settle(now);
    }

    /// Of which torrents something is wanted.
    pub fn set_wanted(&mut self, now: Time, wanted: Wanted) {
        if std::mem::replace(&mut self.wanted, wanted) != self.wanted {
            self.want(now);
            self.settle(now);
        }
    }

    /// What may be spent.
    pub fn set_budget(&mut self, now: Time, budget: Budget) {
        self.buy(now, buyer::Input::Budget(budget));
        self.settle(now);
    }

    /// From which deposits nobody is to be paid anew.
    pub fn spare(&mut self, now: Time, sessions: BTreeSet<SessionId>) {
        self.buy(now, buyer::Input::Spare(sessions));
        self.settle(now);
    }

    /// A deposit to pay from, and what was signed of it.
    pub fn add_deposit(&mut self, now: Time, deposit: Deposit, log: Vec<Assignment>) {
        self.buy(now, buyer::Input::Deposit(deposit, log));
        self.settle(now);
    }

    /// How to be paid from now on, with what was earned before by the same payee.
    pub fn sell_by(&mut self, now: Time, terms: Terms, accounts: Vec<Account>) {
        match &mut self.seller {
            Some(seller) if seller.terms.payee == terms.payee => {
                let is_new = seller.terms.floor != terms.floor;
                seller.terms = terms;
                if is_new {
                    seller.machine.handle(now, seller::Input::Floor(terms.floor));
                }
            }
            _ => {
                self.leave_seller();
                let machine = Seller::new(now, seller::Config::new(terms), accounts);
                self.seller = Some(Selling { machine, terms, is_open: false });
            }
        }
        self.settle(now);
    }

    /// Whether peers that come are asked for money. Those that pay already go on.
    pub fn set_open(&mut self, now: Time, is_open: bool) {
        let Some(seller) = &mut self.seller else { return };
        seller.is_open = is_open;
        for (key, peer) in self.peers.iter_mut().filter(|(_, peer)| is_open && !peer.sold) {
            peer.sold = true;
            seller.machine.handle(now, seller::Input::Met(*key));
        }
        self.settle(now);
    }

    /// What was earned is being handed to the chain.
    pub fn redeem(&mut self, now: Time) {
        self.sell(now, seller::Input::Redeem);
        self.settle(now);
    }

    /// An assignment is on disk.
    pub fn assignment_written(&mut self, now: Time, slot: SlotId) {
        self.buy(now, buyer::Input::Written(slot));
        self.settle(now);
    }

    /// An account is on disk.
    pub fn account_written(&mut self, now: Time, slot: SlotId, seller: u32) {
        if seller == self.sellers {
            self.sell(now, seller::Input::Written(slot));
            self.settle(now);
        }
    }

    /// What the chain says of a slot; `None` if nobody can be asked. It is `agreed` if several nodes say so.
    pub fn on_chain(&mut self, now: Time, slot: SlotId, status: Option<SlotStatus>, agreed: bool) {
        self.sell(now, seller::Input::OnChain { slot, status, agreed });
        self.settle(now);
    }

    /// To redeem one voucher costs so much.
    pub fn set_fee(&mut self, now: Time, fee: Amount) {
        self.sell(now, seller::Input::Fee(fee));
        self.settle(now);
    }

    /// How peers are told to pay us, if they are.
    #[must_use]
    pub fn terms(&self) -> Option<Terms> {
        self.seller.as_ref().filter(|seller| seller.is_open).map(|seller| seller.terms)
    }

    /// Who buys.
    #[must_use]
    pub const fn buyer(&self) -> &Buyer {
        &self.buyer
    }

    /// Whether anybody is paid or pays.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.buyer.rates().next().is_some() || self.peers.values().any(|peer| peer.pays > Rate::FREE)
    }

    fn met(&mut self, now: Time, key: PeerKey, torrent: InfoHash, terms: Option<Terms>, piece_length: u32) {
        let terms = terms.filter(|terms| terms.deployment == self.deployment);
        let peer = self.peers.entry(key).or_insert_with(|| Peer::new(torrent));
        let is_new_price = peer.terms != terms;
        peer.terms = terms;
        peer.piece_length = piece_length.max(peer.piece_length);
        if let Some(seller) = self.seller.as_mut().filter(|seller| seller.is_open && !peer.sold) {
            peer.sold = true;
            seller.machine.handle(now, seller::Input::Met(key));
        }
        if let Some(terms) = peer.terms.filter(|_| is_new_price && peer.bought != Bought::Unmet) {
            let trusted = peer.piece_length.into();
            self.buyer.handle(now, buyer::Input::Met { peer: key, terms, trusted });
        }
        self.want(now);
    }

    fn take(&mut self, now: Time, key: PeerKey, trade: Trade) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.trade = trade;
        peer.pace.note(now, trade.taken);
        let Trade { given, taken, unchecked, serves, complete } = trade;
        self.sell_to(now, key, seller::Input::Given { peer: key, given });
        let taken = buyer::Input::Taken { peer: key, taken, unverified: unchecked, served: serves, complete };
        self.buy_of(now, key, taken);
    }

    fn part(&mut self, now: Time, key: PeerKey) {
        self.sell_to(now, key, seller::Input::Closed(key));
        self.buy_of(now, key, buyer::Input::Closed(key));
        self.peers.remove(&key);
    }

    /// Tells the buyer of whom something is wanted.
    fn want(&mut self, now: Time) {
        for (&key, peer) in &mut self.peers {
            // Of pieces whose length is not known nothing can be paid before it is checked, so none would ever be whole.
            let terms = peer.terms.filter(|_| peer.piece_length > 0 && self.wanted.of(&peer.torrent));
            match (terms, peer.bought) {
                (Some(terms), Bought::Unmet) => {
                    let trusted = peer.piece_length.into();
                    self.buyer.handle(now, buyer::Input::Met { peer: key, terms, trusted });
                    let Trade { taken, unchecked: unverified, serves: served, complete, .. } = peer.trade;
                    let taken = buyer::Input::Taken { peer: key, taken, unverified, served, complete };
                    self.buyer.handle(now, taken);
                    peer.bought = Bought::Wanted;
                }
                (Some(_), Bought::Unwanted) => {
                    self.buyer.handle(now, buyer::Input::Wanted { peer: key, wanted: true });
                    peer.bought = Bought::Wanted;
                }
                (None, Bought::Wanted) => {
                    self.buyer.handle(now, buyer::Input::Wanted { peer: key, wanted: false });
                    peer.bought = Bought::Unwanted;
                }
                (Some(_), Bought::Wanted) | (None, Bought::Unmet | Bought::Unwanted) => {}
            }
        }
    }

    /// There is another payee from now on: peers know of none for a moment.
    fn leave_seller(&mut self) {
        if self.seller.take().is_none() {
            return;
        }
        self.sellers += 1;
        for (key, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.sold) {
            (peer.sold, peer.pays) = (false, Rate::FREE);
            for order in [PeerOrder::Allow(None), PeerOrder::Prefer(0)] {
                self.wishes.push_back(Wish::Order { torrent: peer.torrent, peer: number(*key), order });
            }
        }
    }

    fn sell(&mut self, now: Time, input: seller::Input<'_>) {
        if let Some(seller) = &mut self.seller {
            seller.machine.handle(now, input);
        }
    }

    fn sell_to(&mut self, now: Time, key: PeerKey, input: seller::Input<'_>) {
        if self.peers.get(&key).is_some_and(|peer| peer.sold) {
            self.sell(now, input);
        }
    }

    fn buy(&mut self, now: Time, input: buyer::Input<'_>) {
        self.buyer.handle(now, input);
    }

    fn buy_of(&mut self, now: Time, key: PeerKey, input: buyer::Input<'_>) {
        if self.peers.get(&key).is_some_and(|peer| peer.bought != Bought::Unmet) {
            self.buy(now, input);
        }
    }

    /// Turns what both machines want into wishes, until they want nothing more.
    fn settle(&mut self, now: Time) {
        loop {
            if let Some(output) = self.seller.as_mut().and_then(|seller| seller.machine.poll()) {
                self.settle_sale(now, output);
            } else if let Some(output) = self.buyer.poll() {
                self.settle_purchase(now, output);
            } else {
                return;
            }
        }
    }

    fn settle_sale(&mut self, now: Time, output: seller::Output) {
        use seller::{Input, Output};
        match output {
            Output::Send { peer, payload } => self.send(peer, Side::Sells(self.sellers), payload),
            Output::Allow { peer, given } => self.order(peer, PeerOrder::Allow(given)),
            Output::Prefer { peer, preference } => {
                let rate = self.seller.as_ref().map_or(Rate::FREE, |seller| seller.machine.rate(peer));
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.pays = rate;
                }
                self.order(peer, PeerOrder::Prefer(preference));
            }
            Output::Verify { check, key, voucher } => {
                let genuine = self.keyring.verify(key, &voucher);
                self.sell(now, Input::Verified { check, genuine });
            }
            Output::Read(slot) => self.wishes.push_back(Wish::Read(slot)),
            Output::Write(account) => {
                self.wishes.push_back(Wish::WriteAccount { account, seller: self.sellers });
            }
            Output::Forget(slot) => self.wishes.push_back(Wish::ForgetAccount(slot)),
            // A wallet has to send it, and wallets are asked when somebody clicks.
            Output::Redeem(_) => {}
            Output::Slash(fraud) => self.wishes.push_back(Wish::Cheated(fraud)),
        }
    }

    fn settle_purchase(&mut self, now: Time, output: buyer::Output) {
        use buyer::{Input, Output};
        match output {
            Output::Send { peer, payload } => self.send(peer, Side::Buys, payload),
            Output::Write(assignment) => self.wishes.push_back(Wish::WriteAssignment(assignment)),
            Output::Sign(voucher) => {
                // Deposits whose key is not here are never paid from.
                if let Some(signature) = self.keyring.sign(&voucher) {
                    self.buy(now, Input::Signed { voucher, signature });
                }
            }
            Output::Verify { key, voucher } => {
                let genuine = self.keyring.verify(key, &voucher);
                self.buy(now, Input::Verified { voucher, genuine });
            }
            Output::KeepApart { peer, apart } => self.order(peer, PeerOrder::KeepApart(apart)),
            Output::Drop(peer) => self.order(peer, PeerOrder::Drop),
        }
    }

    fn send(&mut self, key: PeerKey, side: Side, payload: Vec<u8>) {
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.sending.push_back(side);
            self.order(key, PeerOrder::Send(payload));
        }
    }

    fn order(&mut self, key: PeerKey, order: PeerOrder) {
        if let Some(Peer { torrent, .. }) = self.peers.get(&key) {
            self.wishes.push_back(Wish::Order { torrent: *torrent, peer: number(key), order });
        }
    }
}

/// How we want to be paid, as peers are told.
#[must_use]
pub fn terms(deployment: Deployment, payee: btt::Address, floor: Rate) -> Terms {
    Terms { deployment, payee, floor, credit: Credit::default() }
}

/// A peer's number, which its key is made of.
fn number(key: PeerKey) -> u32 {
    u32::try_from(key.0).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

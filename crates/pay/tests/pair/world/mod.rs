//! A buyer and sellers, with the world between them in a test's hands: streams, disks, signatures and the chain go on when
//! they are told to, and nothing else does. Whatever happens, it looks whether the rules hold.

mod chain;
mod link;
mod signer;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use btt::{Address, Amount};
use pay::buyer::{self, Assignment, Budget, Buyer, Deposit};
use pay::keys::SessionKey;
use pay::message::{Message, Terms};
use pay::seller::{self, Account, Seller};
use pay::{Credit, Deployment, PeerKey, Rate, SessionId, SignedVoucher, SlotId, Time, Voucher};

pub(crate) use chain::Chain;
pub(crate) use link::{Item, Link};
pub(crate) use signer::Signer;

/// A unit for a byte, so that amounts can be read as bytes.
pub(crate) const UNIT_PER_BYTE: Rate = Rate::per_mib(1 << 20);

pub(crate) const OWNER: Address = Address::from_bytes([0xaa; 20]);
pub(crate) const KEY: Address = Address::from_bytes([0xbb; 20]);
/// Who keeps to no rules.
pub(crate) const CHEAT: Address = Address::from_bytes([0xdd; 20]);
pub(crate) const CHEAT_KEY: Address = Address::from_bytes([0xee; 20]);
pub(crate) const DEPLOYMENT: Deployment =
    Deployment { chain: 1029, contract: Address::from_bytes([0xcc; 20]) };

/// What an honest seller is paid for before it is checked.
const PIECE: u64 = 4 << 20;

const START: Time = Time::from_secs(1_795_000_000);

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) buyer: BuyerNode,
    pub(crate) sellers: Vec<SellerNode>,
    pub(crate) links: Vec<Link>,
    /// Those that have ended.
    pub(crate) ended: Vec<Link>,
    pub(crate) chain: Chain,
    pub(crate) signer: Signer,
    /// Whether prices change, so that bytes cannot be reckoned from amounts.
    pub(crate) has_prices: bool,
    next_key: u64,
}

/// The buyer and what it waits for.
#[derive(Debug)]
pub(crate) struct BuyerNode {
    pub(crate) state: Buyer,
    pub(crate) deposit: Deposit,
    pub(crate) disk: BTreeMap<SlotId, Assignment>,
    /// All that it may ever spend.
    pub(crate) budget: Amount,
    highest: Rate,
    writes: VecDeque<Assignment>,
    signing: VecDeque<Voucher>,
    checks: VecDeque<(Address, SignedVoucher)>,
    /// Whom it dropped.
    pub(crate) dropped: Vec<PeerKey>,
}

/// A seller and what it waits for.
#[derive(Debug)]
pub(crate) struct SellerNode {
    pub(crate) state: Seller,
    pub(crate) config: seller::Config,
    pub(crate) disk: BTreeMap<SlotId, Account>,
    writes: VecDeque<(SlotId, Option<Account>)>,
    checks: VecDeque<(u64, Address, SignedVoucher)>,
    reads: VecDeque<SlotId>,
    /// What it had checked so far.
    pub(crate) checked: usize,
    /// What it asked the chain so far.
    pub(crate) asked: usize,
    pub(crate) slashed: Vec<pay::message::Fraud>,
}

impl World {
    /// A buyer with a deposit of so many slots, and sellers, who do not know each other.
    pub(crate) fn new(slots: u32, slot_cap: u128, sellers: usize) -> Self {
        Self::with(KEY, Signer::default(), slots, slot_cap, sellers)
    }

    /// The same, with a key that signs.
    pub(crate) fn with_key(key: SessionKey, slots: u32, slot_cap: u128, sellers: usize) -> Self {
        Self::with(key.address(), Signer::with(key), slots, slot_cap, sellers)
    }

    fn with(key: Address, signer: Signer, slots: u32, slot_cap: u128, sellers: usize) -> Self {
        let deposit = Deposit {
            session: SessionId::of(OWNER, key),
            owner: OWNER,
            key,
            slots,
            slot_cap: Amount::from_units(slot_cap),
            expiry: START + Duration::from_secs(7 * 24 * 3600),
        };
        let budget = Amount::from_units(slot_cap * u128::from(slots));
        let mut chain = Chain::default();
        chain.open(deposit);
        let session = SessionId::of(CHEAT, CHEAT_KEY);
        chain.open(Deposit { session, owner: CHEAT, key: CHEAT_KEY, ..deposit });
        chain.confirm();
        let mut world = Self {
            now: START,
            buyer: BuyerNode::new(deposit, budget),
            sellers: (1..).take(sellers).map(|n| SellerNode::new(seller::Config::new(terms(n)))).collect(),
            links: Vec::new(),
            ended: Vec::new(),
            chain,
            signer,
            has_prices: false,
            next_key: 1,
        };
        world.begin_buying();
        world
    }

    /// Connects the buyer with a seller.
    pub(crate) fn connect(&mut self, seller: usize) -> PeerKey {
        let terms = self.sellers[seller].config.terms;
        let key = self.link(true, Some(seller));
        self.tell_seller(seller, seller::Input::Met(key));
        let terms = Terms::parse(&terms.encode()).expect("terms are sound").expect("of our version");
        self.tell_buyer(buyer::Input::Met { peer: key, terms, trusted: PIECE });
        key
    }

    /// A connection of the buyer to somebody whom the test plays.
    pub(crate) fn connect_as_seller(&mut self, terms: Terms, trusted: u64) -> PeerKey {
        let key = self.link(true, None);
        self.tell_buyer(buyer::Input::Met { peer: key, terms, trusted });
        key
    }

    /// A connection of a seller to somebody whom the test plays.
    pub(crate) fn connect_as_buyer(&mut self, seller: usize) -> PeerKey {
        let key = self.link(false, Some(seller));
        self.tell_seller(seller, seller::Input::Met(key));
        key
    }

    pub(crate) fn disconnect(&mut self, key: PeerKey) {
        let Some(at) = self.links.iter().position(|link| link.key == key) else { return };
        let link = self.links.remove(at);
        let (has_buyer, seller) = (link.has_buyer, link.seller);
        self.ended.push(link);
        if has_buyer {
            self.tell_buyer(buyer::Input::Closed(key));
        }
        if let Some(seller) = seller {
            self.tell_seller(seller, seller::Input::Closed(key));
        }
    }

    pub(crate) fn link_of(&mut self, key: PeerKey) -> &mut Link {
        self.links.iter_mut().find(|link| link.key == key).expect("it is connected")
    }

    /// The buyer ends without a word, and begins anew with what is on its disk: all that it was told of, and so many records
    /// more.
    pub(crate) fn crash_buyer(&mut self, written: usize) {
        for assignment in self.buyer.writes.drain(..).take(written) {
            self.buyer.disk.insert(assignment.slot, assignment);
        }
        let keys: Vec<_> = self.links.iter().filter(|link| link.has_buyer).map(|link| link.key).collect();
        let BuyerNode { deposit, budget, highest, .. } = self.buyer;
        let disk = std::mem::take(&mut self.buyer.disk);
        self.buyer = BuyerNode { disk, highest, ..BuyerNode::new(deposit, budget) };
        self.begin_buying();
        for key in keys {
            self.disconnect(key);
        }
    }

    /// A seller ends without a word, and begins anew with what is on its disk: all that it was told of, and so many records
    /// more.
    pub(crate) fn crash_seller(&mut self, seller: usize, written: usize) {
        for _ in 0..written {
            self.sellers[seller].write();
        }
        let keys: Vec<_> =
            self.links.iter().filter(|link| link.seller == Some(seller)).map(|link| link.key).collect();
        let node = &mut self.sellers[seller];
        let disk = std::mem::take(&mut node.disk);
        let state = Seller::new(self.now, node.config, disk.values().copied().collect());
        *node = SellerNode {
            state,
            disk,
            slashed: std::mem::take(&mut node.slashed),
            ..SellerNode::new(node.config)
        };
        for key in keys {
            self.disconnect(key);
        }
        self.hear_seller(seller);
    }

    /// A message comes to a seller.
    pub(crate) fn up(&mut self, key: PeerKey) -> bool {
        let link = self.link_of(key);
        let Some(seller) = link.seller else { return false };
        let Some(payload) = link.up.pop_front() else { return false };
        self.tell_seller(seller, seller::Input::Message { peer: key, payload: &payload });
        true
    }

    /// A message of a seller's goes into the stream.
    pub(crate) fn flush(&mut self, key: PeerKey) -> bool {
        let link = self.link_of(key);
        let Some(payload) = link.outbox.pop_front() else { return false };
        let item = Item::Message(payload);
        link.gave.see(&item);
        link.down.push_back(item);
        let (given, seller) = (link.given, link.seller.expect("others have no outbox"));
        self.tell_seller(seller, seller::Input::Sent { peer: key, given });
        true
    }

    /// A seller gives bytes, as many of these as it may.
    pub(crate) fn give(&mut self, key: PeerKey, bytes: u64) -> bool {
        let link = self.link_of(key);
        let bytes = bytes.min(link.allowed());
        let Some(seller) = link.seller.filter(|_| bytes > 0) else { return false };
        link.given += bytes;
        link.gave.see(&Item::Bytes(bytes));
        link.down.push_back(Item::Bytes(bytes));
        let given = link.given;
        self.tell_seller(seller, seller::Input::Given { peer: key, given });
        true
    }

    /// The next thing comes to the buyer, or to whom the test plays.
    pub(crate) fn down(&mut self, key: PeerKey) -> Option<Item> {
        let link = self.link_of(key);
        let item = link.down.pop_front()?;
        link.took.see(&item);
        match &item {
            Item::Bytes(bytes) => {
                link.taken += bytes;
                link.unverified += bytes;
                self.tell_how_far(key);
            }
            Item::Message(payload) => {
                let taken = link.taken;
                if link.has_buyer {
                    self.tell_buyer(buyer::Input::Message { peer: key, payload, taken });
                } else {
                    link.heard.push(payload.clone());
                }
            }
        }
        Some(item)
    }

    /// Bytes of a connection turn out to be right.
    pub(crate) fn verify(&mut self, key: PeerKey, bytes: u64) -> bool {
        let link = self.link_of(key);
        let bytes = bytes.min(link.unverified);
        link.unverified -= bytes;
        if bytes > 0 {
            self.tell_how_far(key);
        }
        bytes > 0
    }

    /// The oldest record of the buyer's is on disk.
    pub(crate) fn write_buyer(&mut self) -> bool {
        let Some(assignment) = self.buyer.writes.pop_front() else { return false };
        self.buyer.disk.insert(assignment.slot, assignment);
        self.tell_buyer(buyer::Input::Written(assignment.slot));
        true
    }

    /// The oldest record of a seller's is on disk.
    pub(crate) fn write_seller(&mut self, seller: usize) -> bool {
        let Some((slot, account)) = self.sellers[seller].write() else { return false };
        if account.is_none() {
            return true;
        }
        self.tell_seller(seller, seller::Input::Written(slot));
        true
    }

    /// The key signs the oldest that it is to sign.
    pub(crate) fn sign(&mut self) -> bool {
        let Some(voucher) = self.buyer.signing.pop_front() else { return false };
        let signature = self.signer.sign(self.buyer.deposit.key, &voucher, &self.buyer.disk);
        self.tell_buyer(buyer::Input::Signed { voucher, signature });
        true
    }

    /// The oldest signature of each that asked is looked at.
    pub(crate) fn check_signatures(&mut self, seller: usize) -> bool {
        let mut any = false;
        if let Some((key, voucher)) = self.buyer.checks.pop_front() {
            let genuine = self.signer.verify(key, &voucher);
            self.tell_buyer(buyer::Input::Verified { voucher, genuine });
            any = true;
        }
        if let Some((check, key, voucher)) =
            self.sellers.get_mut(seller).and_then(|node| node.checks.pop_front())
        {
            let genuine = self.signer.verify(key, &voucher);
            self.tell_seller(seller, seller::Input::Verified { check, genuine });
            any = true;
        }
        any
    }

    /// A node answers a seller.
    pub(crate) fn read(&mut self, seller: usize) -> bool {
        let Some(slot) = self.sellers[seller].reads.pop_front() else { return false };
        let status = self.chain.status(slot);
        self.tell_seller(seller, seller::Input::OnChain { slot, status, agreed: self.chain.is_agreed });
        true
    }

    /// Time passes, and whoever waits for it is woken.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        if self.buyer.state.deadline().is_some_and(|deadline| deadline <= self.now) {
            self.tell_buyer(buyer::Input::Wake);
        }
        for seller in 0..self.sellers.len() {
            if self.sellers[seller].state.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.tell_seller(seller, seller::Input::Wake);
            }
        }
    }

    /// What the buyer may spend changes, to so much more than is on its disk or on its way there.
    pub(crate) fn set_budget(&mut self, left: u128, highest: Rate) {
        self.buyer.highest = highest;
        let spent = self.buyer.to_be_written();
        self.buyer.budget = Amount::from_units(spent + left);
        self.tell_buyer(buyer::Input::Budget(Budget { left: Amount::from_units(left), highest }));
    }

    /// Everything that is under way goes on for one step, but for bytes. Whether there was anything.
    pub(crate) fn round(&mut self) -> bool {
        let mut any = self.round_unchecked();
        for key in self.keys() {
            any |= self.verify(key, u64::MAX);
        }
        any
    }

    fn round_unchecked(&mut self) -> bool {
        let mut any = false;
        for key in self.keys() {
            any |= self.flush(key);
            any |= self.up(key);
            any |= self.down(key).is_some();
        }
        any |= self.write_buyer();
        any |= self.sign();
        for seller in 0..self.sellers.len() {
            any |= self.write_seller(seller);
            any |= self.check_signatures(seller);
            any |= self.read(seller);
        }
        any
    }

    /// Goes on until nothing is under way, and then to the next thing that somebody waits for, for so long.
    pub(crate) fn settle(&mut self, time: Duration) {
        self.go_on(time, Self::round);
    }

    /// The same, while nothing that comes is checked.
    pub(crate) fn settle_unchecked(&mut self, time: Duration) {
        self.go_on(time, Self::round_unchecked);
    }

    fn go_on(&mut self, time: Duration, round: fn(&mut Self) -> bool) {
        let end = self.now + time;
        for _ in 0..10_000 {
            while round(self) {
                self.now = self.now + Duration::from_millis(20);
            }
            let waits = self.sellers.iter().filter_map(|node| node.state.deadline());
            let next = waits.chain(self.buyer.state.deadline()).min().filter(|next| *next <= end);
            let Some(next) = next else {
                self.now = self.now.max(end);
                return;
            };
            self.pass(next.since(self.now));
        }
        panic!("somebody wants to be woken again and again");
    }

    /// Each connection carries so many bytes more, as fast as they are allowed, 20 ms for each round.
    pub(crate) fn carry(&mut self, bytes: u64) {
        let wanted: Vec<_> = self.links.iter().map(|link| (link.key, link.given + bytes)).collect();
        for _ in 0..100_000 {
            let mut missing = 0;
            for &(key, wanted) in &wanted {
                if let Some(link) = self.links.iter().find(|link| link.key == key) {
                    let left = wanted - link.given;
                    missing += left;
                    self.give(key, left.min(64 << 10));
                }
            }
            if missing == 0 {
                return;
            }
            self.round();
            self.pass(Duration::from_millis(20));
        }
        panic!("nothing moves any more");
    }

    /// As seller: says something.
    pub(crate) fn say(&mut self, key: PeerKey, message: &Message) {
        let item = Item::Message(message.encode());
        let link = self.link_of(key);
        link.gave.see(&item);
        link.down.push_back(item);
    }

    /// As seller: accepts a session and what is bid on it. Which slot it is.
    pub(crate) fn accept(&mut self, key: PeerKey) -> SlotId {
        self.settle(Duration::from_secs(1));
        let said = self.said(key);
        let [Message::Session { owner, key: signer, slot, .. }] = said[..] else {
            panic!("{said:?} is no session")
        };
        let slot = SlotId { session: SessionId::of(owner, signer), slot };
        self.say(key, &Message::Ack { slot });
        self.settle(Duration::from_secs(1));
        let said = self.said(key);
        let [Message::Bid { rate, number }] = said[..] else { panic!("{said:?} is no bid") };
        self.say(key, &Message::Grant { rate, number });
        self.settle(Duration::from_secs(1));
        slot
    }

    /// As seller: gives bytes.
    pub(crate) fn give_as_seller(&mut self, key: PeerKey, bytes: u64) {
        let link = self.link_of(key);
        link.given += bytes;
        link.gave.see(&Item::Bytes(bytes));
        link.down.push_back(Item::Bytes(bytes));
    }

    /// As seller: all that it was told since it was last asked.
    pub(crate) fn said(&mut self, key: PeerKey) -> Vec<Message> {
        let said = self.link_of(key).up.drain(..);
        said.map(|payload| Message::parse(&payload).expect("it is sound").expect("it is known")).collect()
    }

    /// As buyer: says something.
    pub(crate) fn ask(&mut self, key: PeerKey, message: &Message) {
        self.link_of(key).up.push_back(message.encode());
    }

    /// As buyer: all that it was told so far.
    pub(crate) fn heard(&mut self, key: PeerKey) -> Vec<Message> {
        let heard = self.link_of(key).heard.iter();
        heard.map(|payload| Message::parse(payload).expect("it is sound").expect("it is known")).collect()
    }

    pub(crate) fn keys(&self) -> Vec<PeerKey> {
        self.links.iter().map(|link| link.key).collect()
    }

    /// Redeems all that there is, in blocks that are confirmed.
    pub(crate) fn redeem_all(&mut self) {
        for seller in 0..self.sellers.len() {
            self.tell_seller(seller, seller::Input::Redeem);
        }
        self.chain.mine(self.now, &self.signer);
        self.chain.confirm();
    }

    pub(crate) fn tell_buyer(&mut self, input: buyer::Input<'_>) {
        self.buyer.state.handle(self.now, input);
        while let Some(output) = self.buyer.state.poll() {
            match output {
                buyer::Output::Send { peer, payload } => {
                    link_of(&mut self.links, peer).for_each(|link| link.up.push_back(payload.clone()));
                }
                buyer::Output::Write(assignment) => self.buyer.writes.push_back(assignment),
                buyer::Output::Sign(voucher) => self.buyer.signing.push_back(voucher),
                buyer::Output::Verify { key, voucher } => self.buyer.checks.push_back((key, voucher)),
                buyer::Output::KeepApart { .. } => {}
                buyer::Output::Drop(peer) => self.buyer.dropped.push(peer),
            }
        }
        self.check();
    }

    pub(crate) fn tell_seller(&mut self, seller: usize, input: seller::Input<'_>) {
        self.sellers[seller].state.handle(self.now, input);
        self.hear_seller(seller);
        self.check();
    }

    fn hear_seller(&mut self, seller: usize) {
        let node = &mut self.sellers[seller];
        while let Some(output) = node.state.poll() {
            match output {
                seller::Output::Send { peer, payload } => {
                    link_of(&mut self.links, peer).for_each(|link| link.outbox.push_back(payload.clone()));
                }
                seller::Output::Allow { peer, given } => {
                    link_of(&mut self.links, peer).for_each(|link| link.limit = given);
                }
                seller::Output::Prefer { .. } => {}
                seller::Output::Verify { check, key, voucher } => {
                    node.checks.push_back((check, key, voucher));
                    node.checked += 1;
                }
                seller::Output::Read(slot) => {
                    node.reads.push_back(slot);
                    node.asked += 1;
                }
                seller::Output::Write(account) => node.writes.push_back((account.slot(), Some(account))),
                seller::Output::Forget(slot) => node.writes.push_back((slot, None)),
                seller::Output::Redeem(vouchers) => self.chain.submit(vouchers),
                seller::Output::Slash(fraud) => node.slashed.push(*fraud),
            }
        }
    }

    fn tell_how_far(&mut self, key: PeerKey) {
        let link = self.link_of(key);
        let (taken, unverified) = (link.taken, link.unverified);
        if link.has_buyer {
            self.tell_buyer(buyer::Input::Taken {
                peer: key,
                taken,
                unverified,
                served: true,
                complete: false,
            });
        }
    }

    fn begin_buying(&mut self) {
        let log: Vec<_> = self.buyer.disk.values().copied().collect();
        let left = self.buyer.budget.units() - self.buyer.to_be_written();
        self.tell_buyer(buyer::Input::Deposit(self.buyer.deposit, log));
        let budget = Budget { left: Amount::from_units(left), highest: self.buyer.highest };
        self.tell_buyer(buyer::Input::Budget(budget));
    }

    fn link(&mut self, has_buyer: bool, seller: Option<usize>) -> PeerKey {
        let key = PeerKey(self.next_key);
        self.next_key += 1;
        self.links.push(Link {
            key,
            has_buyer,
            seller,
            up: VecDeque::new(),
            outbox: VecDeque::new(),
            down: VecDeque::new(),
            limit: None,
            given: 0,
            taken: 0,
            unverified: 0,
            heard: Vec::new(),
            bids: 0,
            gave: Default::default(),
            took: Default::default(),
        });
        key
    }

    /// The rules that hold whatever happens.
    fn check(&self) {
        assert!(self.signer.signed() <= self.buyer.budget.units(), "more is signed than may be spent");
        for (index, node) in self.sellers.iter().enumerate() {
            let payee = node.config.terms.payee;
            let links = || self.links.iter().chain(&self.ended).filter(|link| link.seller == Some(index));
            // Nobody pays for more than came.
            let came: u128 = links().filter(|link| link.has_buyer).map(|link| link.took.cost()).sum();
            let signed = self.signer.signed_to(payee);
            // But for a unit each time that a slot is shown again.
            let again = links().count() as u128 * 4;
            assert!(signed <= came + again, "{signed} is signed for what costs {came}");
            if self.has_prices {
                continue;
            }
            // No slot is given more than it is trusted. (A unit is a byte.)
            let mut given: BTreeMap<SlotId, u64> = BTreeMap::new();
            for (slot, bytes) in links().flat_map(|link| &link.gave.charged) {
                *given.entry(*slot).or_default() += bytes;
            }
            for (slot, given) in given {
                // Who loses a slot to another payee forgets it.
                let Some(account) = node.state.account(slot) else { continue };
                let paid = account.best.voucher.cumulative.units().try_into().expect("deposits are small");
                let trusted = paid + node.config.terms.credit.window(paid);
                assert!(given <= trusted, "{given} bytes were given for {paid}");
            }
        }
    }
}

impl BuyerNode {
    fn new(deposit: Deposit, budget: Amount) -> Self {
        let config = buyer::Config { deployment: DEPLOYMENT, most_peers: 4 };
        Self {
            state: Buyer::new(config),
            deposit,
            disk: BTreeMap::new(),
            budget,
            highest: Rate::per_mib(1 << 40),
            writes: VecDeque::new(),
            signing: VecDeque::new(),
            checks: VecDeque::new(),
            dropped: Vec::new(),
        }
    }

    /// All that is on disk, or on its way there.
    fn to_be_written(&self) -> u128 {
        let mut disk = self.disk.clone();
        disk.extend(self.writes.iter().map(|assignment| (assignment.slot, *assignment)));
        disk.values().map(|assignment| assignment.cumulative.units()).sum()
    }
}

impl SellerNode {
    /// The oldest of what is to be written is on disk.
    fn write(&mut self) -> Option<(SlotId, Option<Account>)> {
        let (slot, account) = self.writes.pop_front()?;
        let Some(account) = account else {
            self.disk.remove(&slot);
            return Some((slot, None));
        };
        if let Some(before) = self.disk.insert(slot, account) {
            let (before, after) = (before.best.voucher.cumulative, account.best.voucher.cumulative);
            assert!(before <= after, "a better voucher was on disk");
        }
        Some((slot, Some(account)))
    }

    /// One that has just begun, and works so.
    pub(crate) fn new(config: seller::Config) -> Self {
        Self {
            state: Seller::new(START, config, Vec::new()),
            config,
            disk: BTreeMap::new(),
            writes: VecDeque::new(),
            checks: VecDeque::new(),
            reads: VecDeque::new(),
            checked: 0,
            asked: 0,
            slashed: Vec::new(),
        }
    }
}

/// The connection with this key, unless it has ended.
fn link_of(links: &mut [Link], key: PeerKey) -> impl Iterator<Item = &mut Link> {
    links.iter_mut().filter(move |link| link.key == key)
}

/// Of the seller with this number.
pub(crate) fn terms(number: u8) -> Terms {
    let payee = Address::from_bytes([number; 20]);
    Terms { deployment: DEPLOYMENT, payee, floor: UNIT_PER_BYTE, credit: Credit::default() }
}

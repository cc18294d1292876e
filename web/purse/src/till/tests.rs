//! Two tills that buy of each other over one connection, each with real keys, a disk and a chain.

mod fraud;

use std::time::Duration;

use btt::{Address, Amount};
use pay::keys::SessionKey;
use pay::message::Message;
use pay::{Estimate, Offer, SessionId};
use protocol::{DataSource, State, TorrentView};

use super::told::GUESS;
use super::*;

const DEPLOYMENT: Deployment = Deployment { chain: 31337, contract: Address::from_bytes([3; 20]) };
const TORRENT: InfoHash = InfoHash::from_bytes([5; 20]);
const PEER: u32 = 7;
const KIB: u64 = 1 << 10;
/// A unit for a byte.
const PER_BYTE: Rate = Rate::per_mib(1 << 20);

fn view(state: State) -> TorrentView {
    TorrentView {
        info_hash: TORRENT,
        name: String::new(),
        size: Some(1000),
        file_count: 1,
        state,
        progress: 0.25,
        peers: 1,
        seeds: 0,
        waiting: 0,
        finished: 0,
        left_early: 0,
        web_seeds: 0,
        down_rate: 0,
        up_rate: 0,
        downloaded: 0,
        uploaded: 0,
        seconds_left: None,
        source: DataSource::Browser,
        problem: None,
        added_at: 0.0,
        seal: None,
        magnet: String::new(),
    }
}

fn wanted(state: State) -> Wanted {
    Wanted::new(&[view(state)], None)
}

/// A till and what is around it.
struct User {
    till: Till,
    trade: Trade,
    allowed: Option<u64>,
    said: Vec<Message>,
    accounts: BTreeMap<SlotId, Account>,
    slots: BTreeMap<SlotId, Assignment>,
    /// Writes that are not on disk yet, where the disk is slow.
    writing: Option<Vec<Wish>>,
    orders: Vec<PeerOrder>,
    proofs: Vec<Fraud>,
}

impl User {
    fn new(number: u8) -> Self {
        let mut till = Till::new(DEPLOYMENT);
        let key = SessionKey::from_bytes(&[number; 32]).unwrap();
        let deposit = deposit(number);
        till.keyring.add(deposit.session, key);
        till.add_deposit(NOW, deposit, Vec::new());
        till.set_wanted(NOW, wanted(State::Downloading));
        Self {
            till,
            trade: Trade { serves: true, ..Trade::default() },
            allowed: None,
            said: Vec::new(),
            accounts: BTreeMap::new(),
            slots: BTreeMap::new(),
            writing: None,
            orders: Vec::new(),
            proofs: Vec::new(),
        }
    }

    fn sells(&mut self, number: u8) {
        let payee = Address::from_bytes([number; 20]);
        self.till.sell_by(NOW, terms(DEPLOYMENT, payee, PER_BYTE), Vec::new());
        self.till.set_open(NOW, true);
    }

    fn buys(&mut self, left: u128) {
        self.till.set_budget(NOW, Budget { left: Amount::from_units(left), highest: PER_BYTE });
    }

    fn earned(&self) -> u128 {
        self.accounts.values().map(|account| account.best.voucher.cumulative.units()).sum()
    }
}

const NOW: Time = Time::from_secs(1_000_000);

fn deposit(number: u8) -> Deposit {
    let (owner, key) =
        (Address::from_bytes([9; 20]), SessionKey::from_bytes(&[number; 32]).unwrap().address());
    let session = SessionId::of(owner, key);
    let expiry = NOW + Duration::from_secs(7 * 24 * 3600);
    Deposit { session, owner, key, slots: 4, slot_cap: Amount::from_btt(1), expiry }
}

/// Two of them, and the wire between.
struct Pair {
    users: [User; 2],
    now: Time,
}

impl Pair {
    fn new() -> Self {
        Self { users: [User::new(1), User::new(2)], now: NOW }
    }

    fn meet(&mut self, piece_length: u32) {
        let terms = [1, 0].map(|other: usize| self.users[other].till.terms().map(|terms| terms.encode()));
        for (user, terms) in self.users.iter_mut().zip(terms) {
            user.till.hear(self.now, TORRENT, PEER, PeerNews::Met { terms, piece_length });
        }
        self.pump();
    }

    fn pump(&mut self) {
        let wish = |users: &mut [User; 2]| (0..2).find_map(|at| Some((at, users[at].till.poll()?)));
        while let Some((at, wish)) = wish(&mut self.users) {
            self.fulfil(at, wish);
        }
    }

    fn fulfil(&mut self, at: usize, wish: Wish) {
        let now = self.now;
        let user = &mut self.users[at];
        match wish {
            Wish::Order { order: PeerOrder::Send(payload), .. } => {
                user.said.push(Message::parse(&payload).unwrap().unwrap());
                user.till.hear(now, TORRENT, PEER, PeerNews::Sent(user.trade));
                let other = &mut self.users[1 - at];
                other.till.hear(now, TORRENT, PEER, PeerNews::Said { payload, trade: other.trade });
            }
            Wish::Order { torrent, peer, order } => {
                assert_eq!((torrent, peer), (TORRENT, PEER));
                if let PeerOrder::Allow(given) = order {
                    user.allowed = given;
                }
                user.orders.push(order);
            }
            Wish::WriteAssignment(_) | Wish::WriteAccount { .. } if user.writing.is_some() => {
                user.writing.get_or_insert_default().push(wish);
            }
            Wish::WriteAssignment(assignment) => {
                user.slots.insert(assignment.slot, assignment);
                user.till.assignment_written(now, assignment.slot);
            }
            Wish::WriteAccount { account, seller } => {
                user.accounts.insert(account.slot(), account);
                user.till.account_written(now, account.slot(), seller);
            }
            Wish::ForgetAccount(slot) => _ = user.accounts.remove(&slot),
            Wish::Read(slot) => {
                let deposits = [1, 2].map(deposit);
                let found = deposits.iter().find(|deposit| deposit.session == slot.session).unwrap();
                let Deposit { owner, key, expiry, slots, slot_cap, .. } = *found;
                let (payee, paid) = (None, Amount::default());
                let status = SlotStatus { owner, key, expiry, slots, slot_cap, payee, paid };
                user.till.on_chain(now, slot, Some(status), true);
            }
            Wish::Cheated(fraud) => user.proofs.push(*fraud),
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) =
            self.users.iter().filter_map(|user| user.till.deadline()).min().filter(|next| *next <= end)
        {
            self.now = self.now.max(next);
            for user in &mut self.users {
                user.till.wake(self.now);
            }
            self.pump();
        }
        self.now = end;
    }

    /// One gives the other bytes, as far as it may, and both hear of it.
    fn give(&mut self, from: usize, bytes: u64) -> u64 {
        let giver = &mut self.users[from];
        let most = giver.allowed.map_or(u64::MAX, |allowed| allowed.saturating_sub(giver.trade.given));
        let bytes = bytes.min(most);
        giver.trade.given += bytes;
        self.users[1 - from].trade.taken += bytes;
        for user in &mut self.users {
            user.till.hear(self.now, TORRENT, PEER, PeerNews::Traded(user.trade));
        }
        self.pump();
        bytes
    }

    fn give_all(&mut self, from: usize, mut bytes: u64) {
        for _ in 0..10_000 {
            bytes -= self.give(from, bytes.min(16 * KIB));
            self.pass(Duration::from_millis(100));
            if bytes == 0 {
                return self.pass(Duration::from_secs(2));
            }
        }
        panic!("{bytes} bytes are never given");
    }
}

/// The messages of both machines go through one stream and are confirmed alike: a grant that was confirmed to the wrong one
/// would be charged from the wrong byte, or never.
#[test]
fn row_20_two_that_pay_each_other_over_one_connection_pay_to_the_last_unit() {
    let mut pair = Pair::new();
    for (number, user) in (11..).zip(&mut pair.users) {
        user.sells(number);
        user.buys(1 << 40);
    }
    pair.meet(1 << 20);
    pair.pass(Duration::from_secs(1));
    let before = [0, 1].map(|at: usize| pair.users[at].trade.given);
    assert_eq!(before, [0, 0]);
    for round in 1..20 {
        pair.give_all(0, round * 10 * KIB + 1);
        pair.give_all(1, round * 7 * KIB + 5);
    }
    for at in [0, 1] {
        let (seller, buyer) = (&pair.users[at], &pair.users[1 - at]);
        assert_eq!(u128::from(seller.trade.given), seller.earned());
        assert_eq!(seller.earned(), buyer.till.buyer().spent().units());
        let money = seller.till.money();
        assert_eq!(money.len(), 1);
        assert_eq!(money[0].pays, money[0].paid);
        assert_eq!(money[0].pays, crate::prices::shown(PER_BYTE));
        assert_eq!(seller.proofs, [], "nobody cheats");
    }
}

#[test]
fn row_25_nothing_is_signed_before_it_is_on_disk() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.users[1].buys(1 << 40);
    pair.users[1].writing = Some(Vec::new());
    pair.meet(1 << 20);
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.users[1].said, [], "its slot is not on disk");
    let written = pair.users[1].writing.take().unwrap();
    assert!(matches!(written[..], [Wish::WriteAssignment(_)]));
    for wish in written {
        pair.fulfil(1, wish);
    }
    pair.pump();
    assert!(matches!(pair.users[1].said[..], [Message::Session { .. }, Message::Bid { .. }]));

    // Nor is anything given on credit that is not.
    pair.users[0].writing = Some(Vec::new());
    let given = pair.give(0, 10 << 20);
    assert!(given <= 64 * KIB, "{given}");
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.give(0, 10 << 20), 0);
}

#[test]
fn row_20_whoever_lacks_nothing_more_pays_what_came_and_no_more() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.users[1].buys(1 << 40);
    pair.meet(1 << 20);
    pair.give_all(0, 100 * KIB);
    pair.give(0, 16 * KIB);
    pair.users[1].till.set_wanted(pair.now, wanted(State::Seeding));
    pair.pump();
    pair.pass(Duration::from_secs(20));
    assert_eq!(pair.users[0].earned(), 116 << 10);
    assert!(!pair.users[1].till.is_busy() && !pair.users[0].till.is_busy());
    assert_eq!(pair.give(0, 1 << 20), 1 << 20, "it is served as anybody");
    pair.pass(Duration::from_secs(20));
    assert_eq!(pair.users[0].earned(), 116 << 10);
    // And goes on when it lacks something.
    pair.users[1].till.set_wanted(pair.now, wanted(State::Downloading));
    pair.pump();
    pair.pass(Duration::from_secs(1));
    pair.give_all(0, 50 * KIB);
    // A unit more, as is shown when a slot is named again, pays ahead.
    assert_eq!(pair.users[0].earned(), 166 << 10);
}

#[test]
fn row_31_peers_of_other_torrents_are_not_paid() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.users[1].buys(1 << 40);
    let other = InfoHash::from_bytes([6; 20]);
    pair.users[1].till.set_wanted(NOW, Wanted::new(&[view(State::Downloading)], Some(other)));
    pair.meet(1 << 20);
    assert_eq!(pair.users[1].said, []);
    pair.users[1].till.set_wanted(NOW, Wanted::new(&[view(State::Downloading)], Some(TORRENT)));
    pair.pump();
    assert!(pair.users[1].till.is_busy());
}

#[test]
fn row_23_a_peer_is_paid_once_it_is_known_how_long_a_piece_is() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.users[1].buys(1 << 40);
    pair.meet(0);
    assert_eq!(pair.users[1].said, []);
    pair.meet(1 << 20);
    assert!(matches!(pair.users[1].said[..], [Message::Session { .. }, ..]));
}

#[test]
fn row_29_whoever_wants_to_be_paid_by_another_contract_is_a_peer_like_any_other() {
    let mut pair = Pair::new();
    let deployment = Deployment { chain: 1, ..DEPLOYMENT };
    let payee = Address::from_bytes([11; 20]);
    pair.users[0].till.sell_by(NOW, terms(deployment, payee, PER_BYTE), Vec::new());
    pair.users[0].till.set_open(NOW, true);
    pair.users[1].buys(1 << 40);
    pair.meet(1 << 20);
    assert_eq!(pair.users[1].said, []);
    assert_eq!(pair.users[1].till.offers(NOW, TORRENT), []);
    pair.users[1].till.hear(NOW, TORRENT, 8, PeerNews::Met { terms: Some(b"de".to_vec()), piece_length: 9 });
    pair.users[1].till.hear(
        NOW,
        TORRENT,
        9,
        PeerNews::Met { terms: Some(vec![b'd'; 2000]), piece_length: 9 },
    );
    pair.pump();
    assert_eq!(pair.users[1].said, []);
}

#[test]
fn another_payee_begins_anew_and_holds_nobody_to_what_was_before() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.users[1].buys(1 << 40);
    pair.meet(1 << 20);
    pair.give_all(0, 100 * KIB);
    assert!(pair.users[0].allowed.is_some());
    pair.users[0].writing = Some(Vec::new());
    pair.give(0, 16 * KIB);
    pair.pass(Duration::from_secs(2));
    pair.users[0].sells(12);
    pair.pump();
    assert_eq!(pair.users[0].allowed, None);
    assert!(pair.users[0].orders.ends_with(&[PeerOrder::Allow(None), PeerOrder::Prefer(0)]));
    // What the one before had written is nothing to this one.
    for wish in pair.users[0].writing.take().unwrap() {
        pair.fulfil(0, wish);
    }
    pair.pump();
    pair.meet(1 << 20);
    assert_eq!(pair.give(0, 1 << 20), 1 << 20);
}

#[test]
fn whoever_is_left_hears_nothing_until_it_is_met_again() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.users[1].buys(1 << 40);
    pair.meet(1 << 20);
    pair.users[1].till.leave_all(pair.now);
    assert!(!pair.users[1].till.is_busy());
    let said = pair.users[1].said.len();
    let trade = Trade::default();
    let payload = Message::Offer { floor: Rate::per_mib(1) }.encode();
    pair.users[1].till.hear(pair.now, TORRENT, PEER, PeerNews::Said { payload, trade });
    pair.users[1].till.hear(pair.now, TORRENT, PEER, PeerNews::Gone(trade));
    pair.pass(Duration::from_secs(60));
    assert_eq!(pair.users[1].said.len(), said);
}

#[test]
fn offers_are_of_sellers_and_as_fast_as_those_who_give() {
    let mut pair = Pair::new();
    pair.users[0].sells(11);
    pair.meet(1 << 20);
    let till = &mut pair.users[1].till;
    assert_eq!(till.offers(NOW, TORRENT), [Offer { floor: PER_BYTE, speed: GUESS }]);
    // Another one gives.
    till.hear(NOW, TORRENT, 8, PeerNews::Met { terms: None, piece_length: 1 });
    for second in 0..4 {
        let trade = Trade { taken: 5000 * second, ..Trade::default() };
        till.hear(NOW + Duration::from_secs(second), TORRENT, 8, PeerNews::Traded(trade));
    }
    let now = NOW + Duration::from_secs(3);
    assert_eq!(till.offers(now, TORRENT), [Offer { floor: PER_BYTE, speed: 5000 }]);
    assert_eq!(till.offers(now, InfoHash::from_bytes([1; 20])), []);
    let budget = Budget { left: Amount::from_btt(1), highest: PER_BYTE };
    let estimate = Estimate::new(100_000, 5000, &till.offers(now, TORRENT), budget, 4);
    assert_eq!((estimate.with, estimate.peers), (Some(Duration::from_secs(10)), 1));
}

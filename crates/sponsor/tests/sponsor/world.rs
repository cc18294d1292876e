//! A chain that a test tells what happens, and a sponsor that is driven as a program drives it.

use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::seller::SlotStatus;
use pay::{Deployment, SessionId, Time};
use sending::{Key, Log, Receipt, Sight, Signed};
use sha3::{Digest as _, Keccak256};
use sponsor::{Answer, Config, Quote, Refusal, Saved, Sponsor, Step, Ticket, Viewer};

pub(crate) const SLOTS: u32 = 8;
pub(crate) const CAP: u128 = 1_000_000;
/// What is locked up for each viewer.
pub(crate) const DEPOSIT: u128 = CAP * SLOTS as u128;
pub(crate) const LASTS: u64 = 7 * 24 * 60 * 60;
pub(crate) const OPEN_GAS: u64 = 95_000;
pub(crate) const WITHDRAW_GAS: u64 = 28_000;

/// A transaction that was made.
#[derive(Clone, Copy, Debug)]
struct Made {
    price: u128,
    nonce: u64,
    key: Address,
    opens: bool,
    expiry: u64,
    deposit: u128,
}

/// A session on the chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) rest: u128,
    pub(crate) expiry: u64,
    pub(crate) is_over: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) sessions: BTreeMap<Address, Session>,
    pub(crate) head: u64,
    pub(crate) nonce: u64,
    pub(crate) price: u128,
    pub(crate) balance: u128,
    waiting: Vec<([u8; 32], Made)>,
    receipts: BTreeMap<[u8; 32], Receipt>,
    /// Transactions of the sponsor that are in blocks, and those of them that opened a session.
    pub(crate) carried_out: u64,
    pub(crate) opened: u64,
}

/// A sponsor, its chain, and what is on its disk.
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) sponsor: Sponsor,
    pub(crate) disk: Saved,
    pub(crate) now: u64,
    pub(crate) budget: u128,
    /// What the account had at first.
    pub(crate) funds: u128,
    made: BTreeMap<[u8; 32], Made>,
}

fn account() -> Key {
    Key::from_bytes(&[0x77; 32]).unwrap()
}

fn config(budget: u128, max_viewers: usize) -> Config {
    Config {
        deployment: Deployment { chain: 1029, contract: Address::from_bytes([0xc0; 20]) },
        slots: SLOTS,
        slot_cap: Amount::from_units(CAP),
        lasts: LASTS,
        budget: Amount::from_units(budget),
        max_viewers,
        confirmations: 3,
    }
}

pub(crate) fn key(byte: u8) -> Address {
    Address::from_bytes([byte; 20])
}

pub(crate) fn ticket(viewer: &str) -> Ticket {
    let torrent = "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36".parse().unwrap();
    Ticket { viewer: Viewer::new(viewer).unwrap(), torrent, until: Time::from_secs(u64::MAX) }
}

impl World {
    /// With a budget, of which the account has more than that.
    pub(crate) fn new(budget: u128) -> Self {
        Self::with_viewers(budget, 5)
    }

    /// The same, and so many viewers at most.
    pub(crate) fn with_viewers(budget: u128, max_viewers: usize) -> Self {
        let funds = 2 * budget;
        let chain = Chain { head: 100, price: 1, balance: funds, ..Chain::default() };
        let config = config(budget, max_viewers);
        config.check().unwrap();
        let sponsor = Sponsor::new(config, account(), Saved::default()).unwrap();
        let mut world = Self {
            chain,
            sponsor,
            disk: Saved::default(),
            now: 1_000_000,
            budget,
            funds,
            made: BTreeMap::new(),
        };
        world.see();
        world
    }

    /// Ends the sponsor without warning, and starts another from what is on disk.
    pub(crate) fn restart(&mut self) {
        let config = self.sponsor.config().clone();
        self.sponsor = Sponsor::new(config, account(), self.disk.clone()).unwrap();
        self.see();
    }

    pub(crate) fn see(&mut self) {
        let [price, balance] = [self.chain.price, self.chain.balance].map(Amount::from_units);
        self.sponsor.see(price, balance);
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_secs(self.now)
    }

    /// What has left the account and did not come back.
    pub(crate) fn out(&self) -> u128 {
        self.funds - self.chain.balance
    }

    pub(crate) fn ask(&mut self, viewer: &str, key: Address) -> Result<Answer, Refusal> {
        let answer = self.sponsor.admit(self.now(), &ticket(viewer), key)?;
        self.disk = self.sponsor.save();
        Ok(answer)
    }

    /// Asks the sponsor what it needs, and gives it that. `dies` after so many of: made, saved, sent.
    pub(crate) fn step(&mut self, dies: usize) {
        self.see();
        let now = self.now();
        match self.sponsor.next(now) {
            Step::Wait => return,
            Step::Open { key, value, .. } => {
                if self.chain.sessions.contains_key(&key) {
                    return self.sponsor.rest(now, key);
                }
                let quote = self.quote(OPEN_GAS);
                if self.sponsor.quoted(now, key, quote) {
                    let expiry = self.sponsor.admit(now, &self.viewer_of(key), key).unwrap().expiry;
                    self.note(Made { opens: true, expiry, deposit: value.units(), ..self.made(key) });
                }
            }
            Step::Look { key, session } => {
                let (status, rest) = self.status(key, session);
                let (changed, call) = self.sponsor.looked(key, &status, rest);
                assert!(!(changed && call.is_some()));
                if call.is_some() && self.sponsor.quoted_back(now, key, rest, self.quote(WITHDRAW_GAS)) {
                    self.note(self.made(key));
                }
            }
            Step::Watch { signed } => {
                self.send(signed.last().unwrap());
                if dies == 2 {
                    return self.restart();
                }
                let receipt = signed.iter().find_map(|signed| self.chain.receipts.get(&signed.hash)).cloned();
                let price = Amount::from_units(self.chain.price);
                let sight = Sight { head: self.chain.head, nonce: self.chain.nonce, price, receipt };
                self.sponsor.watched(now, &sight);
                self.note_raise(&signed);
                if dies == 3 {
                    return self.restart();
                }
            }
        }
        if dies == 1 {
            return self.restart();
        }
        self.disk = self.sponsor.save();
    }

    /// Any ticket of the viewer that has this key.
    fn viewer_of(&self, of: Address) -> Ticket {
        let byte = of.as_bytes()[0];
        ticket(&format!("viewer-{}", byte % 16))
    }

    fn quote(&self, gas: u64) -> Quote {
        let [price, balance] = [self.chain.price, self.chain.balance].map(Amount::from_units);
        Quote { gas, price, nonce: self.chain.nonce, balance }
    }

    fn made(&self, key: Address) -> Made {
        let Chain { price, nonce, .. } = self.chain;
        Made { price, nonce, key, opens: false, expiry: 0, deposit: 0 }
    }

    /// Notes what the transaction that is under way does, at each price.
    fn note(&mut self, made: Made) {
        let Step::Watch { signed } = self.sponsor.next(self.now()) else { panic!("it is under way") };
        for signed in signed {
            self.made.entry(signed.hash).or_insert(made);
        }
    }

    fn note_raise(&mut self, before: &[Signed]) {
        let made = self.made[&before[0].hash];
        if let Step::Watch { signed } = self.sponsor.next(self.now())
            && signed.len() > before.len()
        {
            self.note(Made { price: self.chain.price, ..made });
        }
    }

    fn send(&mut self, signed: &Signed) {
        let made = self.made[&signed.hash];
        let is_known = self.chain.receipts.contains_key(&signed.hash);
        if is_known || made.nonce < self.chain.nonce {
            return;
        }
        // A node keeps one of a number, the dearer.
        let waiting = &mut self.chain.waiting;
        waiting.retain(|(_, sent)| sent.nonce != made.nonce || sent.price > made.price);
        if waiting.iter().all(|(_, sent)| sent.nonce != made.nonce) {
            waiting.push((signed.hash, made));
        }
    }

    fn status(&self, key: Address, session: SessionId) -> (SlotStatus, Amount) {
        assert_eq!(session, SessionId::of(self.sponsor.owner(), key));
        let Some(known) = self.chain.sessions.get(&key) else {
            return (SlotStatus::ABSENT, Amount::default());
        };
        let status = SlotStatus {
            owner: self.sponsor.owner(),
            key,
            expiry: Time::from_secs(known.expiry),
            slots: if known.is_over { 0 } else { SLOTS },
            slot_cap: Amount::from_units(CAP),
            payee: None,
            paid: Amount::default(),
        };
        (status, Amount::from_units(known.rest))
    }

    /// Makes a block, of the sponsor's transaction if it pays what a gas costs.
    pub(crate) fn mine(&mut self) {
        let (owner, now) = (self.sponsor.owner(), self.now);
        let chain = &mut self.chain;
        chain.head += 1;
        let place = chain.waiting.iter().position(|(_, made)| made.price >= chain.price);
        let Some((hash, made)) = place.map(|place| chain.waiting.remove(place)) else { return };
        let gas = if made.opens { OPEN_GAS } else { WITHDRAW_GAS };
        let fee = made.price * u128::from(gas);
        if made.nonce != chain.nonce || chain.balance < fee + made.deposit {
            return;
        }
        chain.nonce += 1;
        chain.carried_out += 1;
        chain.balance -= fee;
        let mut logs = Vec::new();
        let session = chain.sessions.get_mut(&made.key);
        let succeeded = match session {
            None if made.opens && made.expiry > now + 3600 => {
                chain.balance -= made.deposit;
                chain.opened += 1;
                let session = Session { rest: made.deposit, expiry: made.expiry, is_over: false };
                chain.sessions.insert(made.key, session);
                true
            }
            Some(session) if !made.opens && session.rest > 0 && now >= session.expiry => {
                chain.balance += session.rest;
                logs.push(withdrawn(owner, made.key, session.rest));
                (session.rest, session.is_over) = (0, true);
                true
            }
            _ => false,
        };
        chain.receipts.insert(hash, Receipt { hash, block: chain.head, succeeded, gas, logs });
    }

    /// Has a viewer spend so much of its session, or all.
    pub(crate) fn spend(&mut self, key: Address, amount: u128) {
        if let Some(session) = self.chain.sessions.get_mut(&key) {
            session.rest -= amount.min(session.rest);
        }
    }

    /// Has somebody else end a session.
    pub(crate) fn withdraw(&mut self, key: Address) {
        let Some(session) = self.chain.sessions.get_mut(&key).filter(|session| session.expiry <= self.now)
        else {
            return;
        };
        self.chain.balance += session.rest;
        (session.rest, session.is_over) = (0, true);
    }

    /// Makes blocks and has the sponsor look at each.
    pub(crate) fn settle(&mut self) {
        for _ in 0..8 {
            self.step(0);
            self.mine();
        }
    }
}

/// What the contract tells of what it gave back.
fn withdrawn(owner: Address, key: Address, amount: u128) -> Log {
    let kind = Keccak256::digest(b"Withdrawn(bytes32,uint256)").into();
    let session = *SessionId::of(owner, key).as_bytes();
    let data = [[0; 16], amount.to_be_bytes()].concat();
    Log { address: Address::from_bytes([0xc0; 20]), topics: vec![kind, session], data }
}

impl Chain {
    /// Forgets what waits.
    pub(crate) fn drop_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Nodes know nothing of what blocks did any more.
    pub(crate) fn lose_receipts(&mut self) {
        self.receipts.clear();
    }

    /// Whether anything waits.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}

//! A chain that a test tells what happens, and a sponsor that is driven as a program drives it.

use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::seller::SlotStatus;
use pay::{Deployment, SessionId, Time};
use sending::pool::{Made, Pool};
use sending::{Key, Log};
use sha3::{Digest as _, Keccak256};
use sponsor::{Answer, Config, Quote, Refusal, Saved, Sponsor, Step, Ticket, Viewer};

pub(crate) const SLOTS: u32 = 8;
pub(crate) const CAP: u128 = 1_000_000;
/// What is locked up for each viewer.
pub(crate) const DEPOSIT: u128 = CAP * SLOTS as u128;
pub(crate) const LASTS: u64 = 7 * 24 * 60 * 60;
pub(crate) const OPEN_GAS: u64 = 95_000;
pub(crate) const WITHDRAW_GAS: u64 = 28_000;

/// What a transaction does with a session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    Open { key: Address, expiry: u64, deposit: u128 },
    Withdraw { key: Address },
}

/// A session on the chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) rest: u128,
    pub(crate) expiry: u64,
    pub(crate) is_over: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) pool: Pool<Call>,
    pub(crate) sessions: BTreeMap<Address, Session>,
    pub(crate) balance: u128,
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
        let (pool, sessions) = (Pool::new(100, 1), BTreeMap::new());
        let chain = Chain { pool, sessions, balance: funds, carried_out: 0, opened: 0 };
        let config = config(budget, max_viewers);
        config.check().unwrap();
        let sponsor = Sponsor::new(config, account(), Saved::default()).unwrap();
        let mut world = Self { chain, sponsor, disk: Saved::default(), now: 1_000_000, budget, funds };
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
        let [price, balance] = [self.chain.pool.price, self.chain.balance].map(Amount::from_units);
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
                    self.make(Call::Open { key, expiry, deposit: value.units() });
                }
            }
            Step::Look { key, session } => {
                let (status, rest) = self.status(key, session);
                let (changed, call) = self.sponsor.looked(key, &status, rest);
                assert!(!(changed && call.is_some()));
                if call.is_some() && self.sponsor.quoted_back(now, key, rest, self.quote(WITHDRAW_GAS)) {
                    self.make(Call::Withdraw { key });
                }
            }
            Step::Watch { signed } => {
                self.chain.pool.send(signed.last().unwrap());
                if dies == 2 {
                    return self.restart();
                }
                self.sponsor.watched(now, &self.chain.pool.sight(&signed));
                if let Step::Watch { signed } = self.sponsor.next(now) {
                    self.chain.pool.raise(&signed);
                }
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
        let [price, balance] = [self.chain.pool.price, self.chain.balance].map(Amount::from_units);
        Quote { gas, price, nonce: self.chain.pool.nonce, balance }
    }

    /// The transaction that is under way does this.
    fn make(&mut self, call: Call) {
        let Step::Watch { signed } = self.sponsor.next(self.now()) else { panic!("it is under way") };
        self.chain.pool.make(&signed[0], call);
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
        let balance = chain.balance;
        let can =
            |made: &Made<Call>| balance >= made.price * u128::from(made.call.gas()) + made.call.deposit();
        let Some((hash, Made { price, call, .. })) = chain.pool.mine(can) else { return };
        chain.carried_out += 1;
        chain.balance -= price * u128::from(call.gas());
        let mut logs = Vec::new();
        let succeeded = match call {
            Call::Open { key, expiry, deposit } => {
                let opens = expiry > now + 3600 && !chain.sessions.contains_key(&key);
                if opens {
                    chain.balance -= deposit;
                    chain.opened += 1;
                    chain.sessions.insert(key, Session { rest: deposit, expiry, is_over: false });
                }
                opens
            }
            Call::Withdraw { key } => {
                let session = chain.sessions.get_mut(&key);
                let session = session.filter(|session| session.rest > 0 && now >= session.expiry);
                session.is_some_and(|session| {
                    chain.balance += session.rest;
                    logs.push(withdrawn(owner, key, session.rest));
                    (session.rest, session.is_over) = (0, true);
                    true
                })
            }
        };
        chain.pool.carried_out(hash, succeeded, call.gas(), logs);
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

impl Call {
    const fn gas(self) -> u64 {
        match self {
            Self::Open { .. } => OPEN_GAS,
            Self::Withdraw { .. } => WITHDRAW_GAS,
        }
    }

    const fn deposit(self) -> u128 {
        match self {
            Self::Open { deposit, .. } => deposit,
            Self::Withdraw { .. } => 0,
        }
    }
}

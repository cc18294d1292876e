use std::collections::BTreeMap;

use btt::{Address, Amount, hex};
use pay::seller::SlotStatus;
use pay::{Deployment, SessionId, Time};
use sending::{Account, Key, Log, Sending, Sight, Signed, Transaction, Watched};
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};

use crate::grant::{Answer, Grant, Standing};
use crate::{Config, Refusal, Ticket};

/// A sponsor: whose sessions there are, and the transaction that is under way. See the [crate].
#[derive(Debug)]
pub struct Sponsor {
    config: Config,
    account: Account,
    grants: Vec<Grant>,
    pending: Option<Pending>,
    /// What has left the account for good: what viewers have spent, and gas.
    gone: Amount,
    /// What a gas costs, and what the account has.
    funds: Option<(Amount, Amount)>,
    /// Until when sessions are not looked at, by their keys, since the chain would not carry out what they need.
    resting: BTreeMap<Address, Time>,
}

/// All that has to be on disk: whoever is restored from it goes on where this was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// Which account it is of, and which contract on which chain: nothing if nothing was saved yet.
    of: Option<(Address, u64, Address)>,
    grants: Vec<Grant>,
    pending: Option<Pending>,
    gone: Amount,
}

/// A transaction that may have been sent. As long as it is here no other is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    /// Of which session: its key.
    key: Address,
    purpose: Purpose,
    gas: u64,
    sending: Sending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    Open,
    Withdraw,
}

/// What the sponsor needs next of its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Wait,
    /// What it would take to open a session, for [`Sponsor::quoted`]; or that it would be refused, for [`Sponsor::rest`].
    Open {
        /// The session's key.
        key: Address,
        /// What the transaction sends.
        value: Amount,
        /// What the contract is called with.
        data: Vec<u8>,
    },
    /// What the contract says of a session that has ended, for [`Sponsor::looked`].
    Look {
        /// The session's key.
        key: Address,
        /// The session.
        session: SessionId,
    },
    /// That a transaction is sent again, and what became of it: [`Sponsor::watched`].
    Watch {
        /// The transaction at each price at which it may have been sent. The last is to be sent.
        signed: Vec<Signed>,
    },
}

/// What a node says that a transaction would take, if it were sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What it would use.
    pub gas: u64,
    /// What a gas costs.
    pub price: Amount,
    /// How many transactions the account has sent, so far as they are in blocks.
    pub nonce: u64,
    /// What the account has.
    pub balance: Amount,
}

/// How long a session rests for which a node would do nothing, in seconds,
const REST: u64 = 30;

/// and one of which too little is left to fetch it back: there may be many.
const REST_OF_LITTLE: u64 = 60 * 60;

/// What opening a session uses at most, about: only so that nobody is admitted in vain.
const OPEN_GAS: u64 = 120_000;

impl Sponsor {
    /// A sponsor with what was saved of it, the default if there is nothing; `None` if that was saved of another account or
    /// contract: what it deposited there would be taken for nothing here.
    #[must_use]
    pub fn new(config: Config, key: Key, saved: Saved) -> Option<Self> {
        let Saved { of, grants, pending, gone } = saved;
        let account = Account { key, chain: config.deployment.chain, confirmations: config.confirmations };
        let sponsor = Self { config, account, grants, pending, gone, funds: None, resting: BTreeMap::new() };
        of.is_none_or(|of| of == sponsor.identity()).then_some(sponsor)
    }

    /// What it has saved is of no use to any other.
    fn identity(&self) -> (Address, u64, Address) {
        let Deployment { chain, contract } = self.config.deployment;
        (self.owner(), chain, contract)
    }

    /// What has to be on disk, before anything is sent and before anybody is told of a session.
    #[must_use]
    pub fn save(&self) -> Saved {
        let (of, grants, pending) = (Some(self.identity()), self.grants.clone(), self.pending.clone());
        Saved { of, grants, pending, gone: self.gone }
    }

    /// What it was set up with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The account that pays.
    #[must_use]
    pub fn owner(&self) -> Address {
        self.account.address()
    }

    /// What may have left the account and is not known to have come back: never more than the budget.
    #[must_use]
    pub fn used(&self) -> Amount {
        let locked = self.grants.iter().map(Grant::locked);
        let fee = self.pending.as_ref().map(|pending| pending.sending.highest_fee());
        sum(locked.chain([self.gone]).chain(fee))
    }

    /// What a gas costs now, and what the account has.
    pub const fn see(&mut self, price: Amount, balance: Amount) {
        self.funds = Some((price, balance));
    }

    /// Has a session opened for a viewer with a good ticket, or says what was answered before. The answer is given when it is on
    /// disk.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&mut self, now: Time, ticket: &Ticket, key: Address) -> Result<Answer, Refusal> {
        let theirs = self.grants.iter().find(|grant| grant.viewer == ticket.viewer && !grant.has_ended(now));
        if let Some(grant) = theirs {
            return match grant.standing {
                _ if grant.key != key => Err(Refusal::Other),
                Standing::Failed => Err(Refusal::Failed),
                Standing::Waiting | Standing::Sent | Standing::Opened(_) => Ok(self.answer(grant)),
            };
        }
        // Who has been answered and has not heard it asks again with the same ticket, whenever that is.
        if now >= ticket.until {
            return Err(Refusal::Late);
        }
        let is_taken = self.grants.iter().any(|grant| grant.key == key);
        if is_taken || key == Address::from_bytes([0; 20]) {
            return Err(Refusal::Key);
        }
        if self.grants.len() >= self.config.max_viewers {
            return Err(Refusal::Full);
        }
        let Config { slots, slot_cap, lasts, .. } = self.config;
        let grant = Grant {
            viewer: ticket.viewer.clone(),
            key,
            slots,
            slot_cap,
            expiry: now.as_secs().saturating_add(lasts),
            standing: Standing::Waiting,
        };
        self.afford(now, &grant)?;
        let answer = self.answer(&grant);
        self.grants.push(grant);
        Ok(answer)
    }

    /// What is needed next: never anything new while a transaction is under way.
    pub fn next(&mut self, now: Time) -> Step {
        if let Some(pending) = &self.pending {
            return Step::Watch { signed: pending.sending.signed() };
        }
        self.grants.retain(|grant| !grant.is_over(now));
        self.resting.retain(|key, _| self.grants.iter().any(|grant| grant.key == *key));
        // What rested longest is next, and before it what never did: nothing that cannot be done keeps others waiting.
        let due = self.grants.iter().filter_map(|grant| {
            let (has_ended, until) = (grant.has_ended(now), self.resting.get(&grant.key));
            let is_due = (has_ended || grant.is_waiting(now)) && until.is_none_or(|until| *until <= now);
            is_due.then_some((until, !has_ended, grant))
        });
        match due.min_by_key(|(until, waits, _)| (*until, *waits)) {
            Some((_, true, grant)) => {
                Step::Open { key: grant.key, value: grant.deposit(), data: grant.opening() }
            }
            Some((_, false, grant)) => Step::Look { key: grant.key, session: grant.session(self.owner()) },
            None => Step::Wait,
        }
    }

    /// Lets a session rest, since the chain would not do what it needs now.
    pub fn rest(&mut self, now: Time, key: Address) {
        self.rest_for(REST, now, key);
    }

    fn rest_for(&mut self, seconds: u64, now: Time, key: Address) {
        self.resting.insert(key, Time::from_secs(now.as_secs().saturating_add(seconds)));
    }

    /// Makes the transaction that opens a session, if there is money for it. It is sent when it was saved: [`Step::Watch`].
    pub fn quoted(&mut self, now: Time, key: Address, quote: Quote) -> bool {
        let Some(grant) = self.grant(key).filter(|grant| grant.is_waiting(now)) else { return false };
        let (value, data) = (grant.deposit(), grant.opening());
        let is_possible = self.fee(&quote).is_some_and(|fee| {
            let needed = sum([value, fee]);
            needed <= quote.balance && self.has_room_for(fee)
        });
        let is_made = self.make(now, key, Purpose::Open, value, data, quote, is_possible);
        if let Some(grant) = self.grant_mut(key).filter(|_| is_made) {
            grant.standing = Standing::Sent;
        }
        is_made
    }

    /// Takes over what the chain says of a session that has ended, and what the contract still has of it, and says whether
    /// that has to be saved. The data of a transaction that fetches that back, if there is one to be quoted.
    pub fn looked(&mut self, key: Address, status: &SlotStatus, rest: Amount) -> (bool, Option<Vec<u8>>) {
        let Some(grant) = self.grant(key) else { return (false, None) };
        let locked = grant.locked();
        if *status == SlotStatus::ABSENT {
            // That it was opened, the chain has said before: it is in doubt which of both is so.
            let is_in_doubt = matches!(grant.standing, Standing::Opened(_));
            self.forget(key, if is_in_doubt { locked } else { Amount::default() });
        } else if rest.is_zero() {
            // Somebody else may have ended it, and nobody knows how much came back by that.
            self.forget(key, locked);
        } else {
            return (false, Some(grant.withdrawal(self.owner())));
        }
        (true, None)
    }

    /// Makes the transaction that fetches so much back, if that is worth it.
    pub fn quoted_back(&mut self, now: Time, key: Address, rest: Amount, quote: Quote) -> bool {
        let Some(grant) = self.grant(key).filter(|grant| grant.has_ended(now)) else { return false };
        let data = grant.withdrawal(self.owner());
        let is_possible = self.fee(&quote).is_some_and(|fee| {
            // A fee that is as high as what it fetches is not worth anybody's while.
            let is_worth = fee.checked_mul(2).is_some_and(|twice| twice <= rest);
            is_worth && fee <= quote.balance && sum([self.used(), fee]) <= self.config.budget
        });
        self.make(now, key, Purpose::Withdraw, Amount::default(), data, quote, is_possible)
    }

    /// Deals with what became of the transaction that is under way, and says whether that has to be saved.
    pub fn watched(&mut self, now: Time, sight: &Sight) -> bool {
        let Some(mut pending) = self.pending.take() else { return false };
        // Without the fee of what is under way, in place of which the dearer one comes.
        let is_worth = |price: Amount| {
            let fee = price.checked_mul(pending.gas);
            fee.is_some_and(|fee| match pending.purpose {
                Purpose::Open => self.has_room_for(fee),
                Purpose::Withdraw => sum([self.used(), fee]) <= self.config.budget,
            })
        };
        let watched = pending.sending.watch(&self.account, sight, is_worth);
        let Watched::Settled { receipt, spent } = watched else {
            match watched {
                // So much for its gas, if a node was wrong in that.
                Watched::Lost => self.gone = sum([self.gone, pending.sending.highest_fee()]),
                _ => self.pending = Some(pending),
            }
            return watched != Watched::Nothing;
        };
        self.gone = sum([self.gone, spent]);
        let (key, succeeded) = (pending.key, receipt.succeeded);
        match pending.purpose {
            Purpose::Open => {
                if let Some(grant) = self.grant_mut(key) {
                    match succeeded {
                        true => grant.standing = Standing::Opened(hex::prefixed(&receipt.hash)),
                        false => grant.fail(now),
                    }
                }
            }
            Purpose::Withdraw if succeeded => {
                let locked = self.grant(key).map_or(Amount::default(), Grant::locked);
                let back = self.came_back(&receipt.logs, key).min(locked);
                self.forget(key, Amount::from_units(locked.units() - back.units()));
            }
            Purpose::Withdraw => self.rest(now, key),
        }
        true
    }

    /// Whether there is money for one more session.
    fn afford(&self, now: Time, grant: &Grant) -> Result<(), Refusal> {
        let (price, balance) = self.funds.ok_or(Refusal::Deaf)?;
        let fee = price.checked_mul(OPEN_GAS).ok_or(Refusal::Budget)?;
        let waiting = || self.grants.iter().filter(|grant| grant.is_waiting(now)).chain([grant]);
        let fees = sum(waiting().map(|_| fee));
        // As much again as its fee, for what follows.
        if sum([self.used(), grant.deposit(), fees, fee]) > self.config.budget {
            return Err(Refusal::Budget);
        }
        let needed = sum(waiting().map(Grant::deposit).chain([fees]));
        if needed > balance { Err(Refusal::Empty) } else { Ok(()) }
    }

    /// Whether the budget has room for the fee of opening a session whose deposit is counted already, and for as much again:
    /// fetching back what is left of it takes a third of that.
    fn has_room_for(&self, fee: Amount) -> bool {
        sum([self.used(), fee, fee]) <= self.config.budget
    }

    fn fee(&self, quote: &Quote) -> Option<Amount> {
        quote.price.checked_mul(gas_limit(quote.gas))
    }

    #[expect(clippy::too_many_arguments, reason = "they are the fields of a transaction")]
    fn make(
        &mut self,
        now: Time,
        key: Address,
        purpose: Purpose,
        value: Amount,
        data: Vec<u8>,
        quote: Quote,
        is_possible: bool,
    ) -> bool {
        if self.pending.is_some() || !is_possible {
            self.rest_for(if purpose == Purpose::Open { REST } else { REST_OF_LITTLE }, now, key);
            return false;
        }
        let Quote { gas, price, nonce, balance: _ } = quote;
        let (gas, to) = (gas_limit(gas), self.config.deployment.contract);
        let sending = Sending::new(&self.account, Transaction { nonce, price, gas, to, value, data });
        self.pending = Some(Pending { key, purpose, gas, sending });
        true
    }

    fn grant(&self, key: Address) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.key == key)
    }

    fn grant_mut(&mut self, key: Address) -> Option<&mut Grant> {
        self.grants.iter_mut().find(|grant| grant.key == key)
    }

    fn answer(&self, grant: &Grant) -> Answer {
        let &Grant { slots, slot_cap, expiry, .. } = grant;
        let pending = self.pending.as_ref().filter(|pending| pending.key == grant.key);
        let newest = || pending.and_then(|pending| pending.sending.signed().pop());
        let transaction = match &grant.standing {
            Standing::Opened(hash) => Some(hash.clone()),
            Standing::Waiting | Standing::Sent | Standing::Failed => {
                newest().map(|signed| hex::prefixed(&signed.hash))
            }
        };
        Answer { owner: self.owner(), slots, slot_cap, expiry, transaction }
    }

    /// A session is over, and so much of it is gone.
    fn forget(&mut self, key: Address, gone: Amount) {
        self.gone = sum([self.gone, gone]);
        self.grants.retain(|grant| grant.key != key);
    }

    /// What the contract gave back of a session, by what it told of that.
    fn came_back(&self, logs: &[Log], key: Address) -> Amount {
        let session = SessionId::of(self.owner(), key);
        let withdrawn: [u8; 32] = Keccak256::digest(b"Withdrawn(bytes32,uint256)").into();
        let amount = |log: &Log| {
            let is_ours = log.address == self.config.deployment.contract
                && log.topics == [withdrawn, *session.as_bytes()];
            let (zeros, units) = log.data.split_at_checked(16)?;
            let units = units.try_into().ok().filter(|_| is_ours && zeros.iter().all(|byte| *byte == 0));
            units.map(u128::from_be_bytes)
        };
        Amount::from_units(logs.iter().find_map(amount).unwrap_or(0))
    }
}

/// The gas that a transaction may use, if it is estimated to use so much: what it uses may change with the block that it comes
/// into.
const fn gas_limit(gas: u64) -> u64 {
    gas.saturating_add(gas / 10)
}

/// What is no amount is more than anybody has.
fn sum(amounts: impl IntoIterator<Item = Amount>) -> Amount {
    let units = amounts.into_iter().fold(0_u128, |sum, amount| sum.saturating_add(amount.units()));
    Amount::from_units(units)
}

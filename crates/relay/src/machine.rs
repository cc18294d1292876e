use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::seller::SlotStatus;
use pay::{Deployment, SlotId, Time};
use sending::{Account, Key, Sending, Sight, Signed, Transaction, Watched};
use serde::{Deserialize, Serialize};

use crate::offer::{Entry, Offer, Refusal};
use crate::pending::{Pending, paid};
use crate::queue::Queue;
use crate::worth::{BATCH, Ledger, Terms, least_fee, least_gas_of_one};
use crate::{Share, Split};

/// What a relay is set up with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which contract on which chain pays.
    pub deployment: Deployment,
    /// The contract that shares.
    pub split: Split,
    /// What the relay keeps of what it redeems.
    pub share: Share,
    /// When a transaction is worth its fee, and what may be lost.
    pub terms: Terms,
    /// Vouchers at most.
    pub max_vouchers: usize,
    /// Blocks that a transaction is in, its own included, until it is certain.
    pub confirmations: u64,
}

/// The relay: its vouchers, the transaction that is under way, and what it has earned. See the [crate].
#[derive(Debug)]
pub struct Relay {
    config: Config,
    account: Account,
    queue: Queue,
    pending: Option<Pending>,
    ledger: Ledger,
    /// Owners whose vouchers are not looked at for a while, since they were not worth it.
    resting: BTreeMap<Address, Time>,
}

/// All that has to be on disk: whoever is restored from it goes on where this was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    vouchers: Vec<Entry>,
    pending: Option<Pending>,
    ledger: Ledger,
}

/// What the relay needs next of its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: no voucher is worth its fee.
    Wait,
    /// What these slots would pay: their status each, for [`Relay::refresh`], and then a [`Quote`].
    Quote {
        /// Whose purse it is.
        owner: Address,
        /// The slots.
        slots: Vec<SlotId>,
    },
    /// That a transaction is sent again, and what became of it: [`Relay::watched`].
    Watch {
        /// The transaction at each price at which it may have been sent. The last is to be sent.
        signed: Vec<Signed>,
    },
}

/// What a node says that a transaction would do, if it were sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What the relay would get: the answer to the call.
    pub earned: Amount,
    /// What it would use.
    pub gas: u64,
    /// What a gas costs.
    pub price: Amount,
    /// How many transactions the account has sent, so far as they are in blocks.
    pub nonce: u64,
    /// What the account has.
    pub balance: Amount,
}

/// How long an owner's vouchers rest that were not worth it, in seconds.
const REST: u64 = 30;

impl Relay {
    /// A relay with what was saved of it; the default if there is nothing.
    #[must_use]
    pub fn new(config: Config, key: Key, saved: Saved) -> Self {
        let Saved { vouchers, pending, ledger } = saved;
        let queue = Queue::new(config.max_vouchers, vouchers);
        let account = Account { key, chain: config.deployment.chain, confirmations: config.confirmations };
        Self { config, account, queue, pending, ledger, resting: BTreeMap::new() }
    }

    /// What has to be on disk, before anything is sent and before anybody is told that a voucher was taken.
    #[must_use]
    pub fn save(&self) -> Saved {
        Saved {
            vouchers: self.queue.entries().copied().collect(),
            pending: self.pending.clone(),
            ledger: self.ledger,
        }
    }

    /// What it was set up with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The account that pays for gas, and gets the share.
    #[must_use]
    pub fn account(&self) -> Address {
        self.account.address()
    }

    /// The purse of an owner.
    #[must_use]
    pub fn purse(&self, owner: Address) -> Address {
        self.config.split.purse(owner, self.config.share)
    }

    /// How many vouchers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the account got for what is in blocks for good, and what that cost.
    #[must_use]
    pub fn earned_and_spent(&self) -> (Amount, Amount) {
        (self.ledger.earned, self.ledger.spent)
    }

    /// Checks a voucher for an owner's purse as far as that needs no chain.
    ///
    /// # Errors
    /// [`Refusal::Known`] and [`Refusal::Signature`].
    pub fn check(&self, owner: Address, offer: &Offer) -> Result<(), Refusal> {
        if self.queue.has((owner, offer.slot()), offer.cumulative) {
            return Err(Refusal::Known);
        }
        let is_signed = offer.is_signed(self.purse(owner), self.config.deployment);
        if is_signed { Ok(()) } else { Err(Refusal::Signature) }
    }

    /// Takes a voucher, if its slot would pay it by what the chain says of it.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn admit(
        &mut self,
        now: Time,
        owner: Address,
        offer: Offer,
        status: Option<&SlotStatus>,
    ) -> Result<(), Refusal> {
        self.check(owner, &offer)?;
        let status = status.ok_or(Refusal::NoSession)?;
        offer.payable(self.purse(owner), status, now)?;
        self.queue.insert(Entry { owner, offer, expiry: status.expiry.as_secs(), paid: status.paid })?;
        // It may be what the others were waiting for.
        self.resting.remove(&owner);
        Ok(())
    }

    /// What is needed next, if a gas costs this: never anything new while a transaction is under way.
    pub fn next(&mut self, now: Time, price: Amount) -> Step {
        self.queue.expire(now);
        if let Some(pending) = &self.pending {
            return Step::Watch { signed: pending.sending.signed() };
        }
        self.resting.retain(|_, until| *until > now);
        let best = self.batches(price).into_iter().max_by_key(|(_, earned, _)| *earned);
        best.map_or(Step::Wait, |(owner, _, slots)| Step::Quote { owner, slots })
    }

    /// Notes what the chain says of a slot of an owner's, which may have been paid meanwhile.
    pub fn refresh(&mut self, now: Time, owner: Address, slot: SlotId, status: Option<&SlotStatus>) {
        let purse = self.purse(owner);
        self.queue.refresh((owner, slot), purse, status, now);
    }

    /// The data of the call that redeems these slots, as far as they are still worth something; `None` if none is.
    #[must_use]
    pub fn call(&self, owner: Address, slots: &[SlotId]) -> Option<Vec<u8>> {
        let payments: Vec<_> = self.queue.of(owner, slots).map(|entry| entry.offer.payment()).collect();
        let call = || self.config.split.redeem(owner, self.config.share, &payments);
        (!payments.is_empty()).then(call)
    }

    /// Lets an owner's vouchers rest, since the chain would not pay them now.
    pub fn rest(&mut self, now: Time, owner: Address) {
        self.resting.insert(owner, Time::from_secs(now.as_secs().saturating_add(REST)));
    }

    /// Makes the transaction that redeems these slots, if it is worth its fee. It is sent when it was saved: [`Step::Watch`].
    pub fn quoted(&mut self, now: Time, owner: Address, slots: &[SlotId], quote: Quote) -> bool {
        let Some(data) = self.call(owner, slots).filter(|_| self.pending.is_none()) else { return false };
        let Quote { earned, gas, price, nonce, balance } = quote;
        let terms = &self.config.terms;
        let fee = terms.worth(&self.ledger, earned, gas, price).filter(|fee| *fee <= balance);
        if fee.is_none() {
            self.rest(now, owner);
            return false;
        }
        let vouchers = self.queue.of(owner, slots).map(|entry| entry.offer).collect();
        let (to, value) = (self.config.split.address, Amount::default());
        let transaction = Transaction { nonce, price, gas: Terms::gas_limit(gas), to, value, data };
        let sending = Sending::new(&self.account, transaction);
        self.pending = Some(Pending { owner, vouchers, earned, gas, sending });
        true
    }

    /// Deals with what became of the transaction that is under way, and says whether that has to be saved.
    pub fn watched(&mut self, sight: &Sight) -> bool {
        let Some(pending) = &mut self.pending else { return false };
        let (terms, ledger, earned, gas) = (&self.config.terms, &self.ledger, pending.earned, pending.gas);
        let is_worth = |price| terms.worth(ledger, earned, gas, price).is_some();
        match pending.sending.watch(&self.account, sight, is_worth) {
            Watched::Nothing => return false,
            Watched::Changed => return true,
            Watched::Lost => {}
            Watched::Settled { receipt, spent } => {
                let (split, share) = (&self.config.split, self.config.share);
                let purse = split.purse(pending.owner, share);
                let paid = match receipt.succeeded {
                    true => paid(&receipt.logs, self.config.deployment.contract, purse),
                    false => Amount::default(),
                };
                self.ledger.add(share.of(paid), spent);
                for offer in &pending.vouchers {
                    self.queue.settle((pending.owner, offer.slot()), offer.cumulative, receipt.succeeded);
                }
            }
        }
        self.pending = None;
        true
    }

    /// What might be redeemed together, and what it would earn.
    fn batches(&self, price: Amount) -> Vec<(Address, Amount, Vec<SlotId>)> {
        let mut of_owners: BTreeMap<Address, Vec<(Amount, SlotId)>> = BTreeMap::new();
        for entry in self.queue.entries().filter(|entry| !self.resting.contains_key(&entry.owner)) {
            let earned = self.config.share.of(entry.unpaid());
            // What does not even pay for itself is left until it does.
            if earned >= least_gas_of_one(price) {
                of_owners.entry(entry.owner).or_default().push((earned, entry.offer.slot()));
            }
        }
        let batch = |(owner, mut slots): (Address, Vec<(Amount, SlotId)>)| {
            slots.sort_unstable_by_key(|(earned, _)| std::cmp::Reverse(*earned));
            slots.truncate(BATCH);
            let earned = slots.iter().fold(0_u128, |sum, (earned, _)| sum.saturating_add(earned.units()));
            let earned = Amount::from_units(earned);
            let is_possible = earned > least_fee(slots.len(), price);
            is_possible.then(|| (owner, earned, slots.into_iter().map(|(_, slot)| slot).collect()))
        };
        of_owners.into_iter().filter_map(batch).collect()
    }
}

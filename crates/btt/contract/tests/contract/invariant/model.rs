//! What the contract is meant to do, in plain words: no storage layout, no signatures, no chain.

use btt_contract::{Refusal, Terms};

use crate::fixture::{BAD_ARGS, BAD_SIG, DAY, EXISTS, EXPIRED, HOUR, NOT_EXPIRED, NOT_OWNER, NOTHING};

/// Everything there is, people by their place.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) now: u64,
    pub(super) sessions: Vec<Session>,
    /// What everybody has.
    pub(super) wealth: [u128; 4],
    pub(super) burnt: u128,
    /// What the contract has been given without being asked.
    pub(super) forced: u128,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) owner: usize,
    pub(super) key: u8,
    pub(super) expiry: u64,
    pub(super) cap: u128,
    pub(super) slots: Vec<Slot>,
    /// All that was deposited for slots.
    pub(super) deposit: u128,
    pub(super) balance: u128,
    pub(super) bond: u128,
    withdrawn: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) payee: Option<usize>,
    pub(super) paid: u128,
}

/// A voucher; `good` if the session's key signed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) session: usize,
    pub(super) slot: u32,
    pub(super) payee: usize,
    pub(super) cumulative: u128,
    pub(super) good: bool,
}

impl Model {
    pub(super) fn new(now: u64) -> Self {
        Self { now, sessions: Vec::new(), wealth: [0; 4], burnt: 0, forced: 0 }
    }

    /// What all sessions together can claim.
    pub(super) fn owed(&self) -> u128 {
        self.sessions.iter().map(|session| session.balance + session.bond).sum()
    }

    /// The owner is given `value` first, and keeps it if the session is not opened.
    pub(super) fn open(&mut self, owner: usize, key: u8, terms: Terms, value: u128) -> Result<(), Refusal> {
        self.wealth[owner] += value;
        let Terms { slots, cap, expiry, bond } = terms;
        let lasts = self.now + HOUR <= expiry && expiry <= self.now + 30 * DAY;
        if slots == 0 || cap == 0 || !lasts || value != terms.value() {
            return Err(BAD_ARGS);
        }
        if self.sessions.iter().any(|session| (session.owner, session.key) == (owner, key)) {
            return Err(EXISTS);
        }
        self.wealth[owner] -= value;
        let slots = vec![Slot::default(); slots.try_into().unwrap()];
        let balance = value - bond;
        let session =
            Session { owner, key, expiry, cap, slots, deposit: balance, balance, bond, withdrawn: false };
        self.sessions.push(session);
        Ok(())
    }

    /// The caller is given `value` first.
    pub(super) fn extend(
        &mut self,
        caller: usize,
        session: usize,
        expiry: u64,
        slots: u32,
        value: u128,
    ) -> Result<(), Refusal> {
        self.wealth[caller] += value;
        let session = &mut self.sessions[session];
        if session.owner != caller {
            return Err(NOT_OWNER);
        }
        if self.now >= session.expiry {
            return Err(EXPIRED);
        }
        let is_earlier = expiry < session.expiry;
        if is_earlier || expiry > self.now + 30 * DAY || value != u128::from(slots) * session.cap {
            return Err(BAD_ARGS);
        }
        if expiry == session.expiry && slots == 0 {
            return Err(NOTHING);
        }
        self.wealth[caller] -= value;
        session.expiry = expiry;
        session.slots.extend(vec![Slot::default(); slots.try_into().unwrap()]);
        session.deposit += value;
        session.balance += value;
        Ok(())
    }

    pub(super) fn redeem(&mut self, payee: usize, items: &[Item]) -> Result<(), Refusal> {
        // On a copy of the sessions, for a batch is paid as a whole or not at all.
        let mut sessions: Vec<_> = self.sessions.iter().map(|session| (session.slots.clone(), 0)).collect();
        for item in items {
            let session = &self.sessions[item.session];
            let (slots, spent) = &mut sessions[item.session];
            let slot = slots.get_mut(usize::try_from(item.slot).unwrap());
            let Some(slot) = slot.filter(|_| !session.withdrawn && item.cumulative <= session.cap) else {
                continue;
            };
            if item.cumulative <= slot.paid || slot.payee.is_some_and(|bound| bound != payee) {
                continue;
            }
            if !item.good || item.payee != payee {
                return Err(BAD_SIG);
            }
            *spent += item.cumulative - slot.paid;
            *slot = Slot { payee: Some(payee), paid: item.cumulative };
        }
        let total: u128 = sessions.iter().map(|(_, spent)| spent).sum();
        if total == 0 {
            return Err(NOTHING);
        }
        for (session, (slots, spent)) in self.sessions.iter_mut().zip(sessions) {
            session.slots = slots;
            session.balance -= spent;
        }
        self.wealth[payee] += total;
        Ok(())
    }

    /// The second voucher is shown as one for the session and slot of the first.
    pub(super) fn slash(&mut self, caller: usize, a: Item, b: Item) -> Result<(), Refusal> {
        if a.payee == b.payee {
            return Err(BAD_ARGS);
        }
        let bond = &mut self.sessions[a.session].bond;
        if *bond == 0 {
            return Err(NOTHING);
        }
        if !a.good || !b.good || (a.session, a.slot) != (b.session, b.slot) {
            return Err(BAD_SIG);
        }
        let reward = *bond / 2;
        self.burnt += *bond - reward;
        self.wealth[caller] += reward;
        *bond = 0;
        Ok(())
    }

    pub(super) fn withdraw(&mut self, session: usize) -> Result<(), Refusal> {
        let session = &mut self.sessions[session];
        if self.now < session.expiry {
            return Err(NOT_EXPIRED);
        }
        let amount = session.balance + session.bond;
        if amount == 0 {
            return Err(NOTHING);
        }
        (session.balance, session.bond, session.withdrawn) = (0, 0, true);
        self.wealth[session.owner] += amount;
        Ok(())
    }
}

//! Questions to the chain: a few at a time, each once.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use btt::Amount;
use pay::seller::Account;
use pay::{SlotId, Time};
use wasm_bindgen_futures::spawn_local;

use super::Driver;
use crate::book::Outcome;
use crate::browser::now;
use crate::chain::{AsOf, Said};
use crate::{gas, store};

/// Questions at a time.
const AT_ONCE: usize = 4;

/// How often nodes that cannot be asked are tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// For so long a gas price is the price.
const PRICE_HOLDS: Duration = Duration::from_secs(60);

/// What is asked, and whether there is anybody to ask.
#[derive(Debug, Default)]
pub(super) struct Reading {
    waiting: VecDeque<SlotId>,
    asked: BTreeSet<SlotId>,
    /// Since when nobody can be asked.
    deaf: Option<Time>,
    /// Whether somebody was asked at all.
    has_begun: bool,
    price: Option<Amount>,
    priced: Option<Time>,
}

impl Reading {
    /// A slot is to be read.
    pub(super) fn want(&mut self, slot: SlotId) {
        if !self.waiting.contains(&slot) && !self.asked.contains(&slot) {
            self.waiting.push_back(slot);
        }
    }

    /// Whether nobody can be asked.
    pub(super) const fn is_deaf(&self) -> bool {
        self.deaf.is_some()
    }

    /// What a unit of gas costs, as far as that is known.
    pub(super) const fn price(&self) -> Option<Amount> {
        self.price
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.deaf.map(|since| since + TRY_AGAIN)
    }

    fn is_deaf_since(&mut self, now: Time, is_deaf: bool) {
        self.deaf = is_deaf.then_some(now);
    }
}

impl Driver {
    /// Asks what is to be asked.
    pub(super) fn read(&mut self, now: Time) {
        let due = [self.book.due(now), self.proofs.due(now), self.awaited.due(now)];
        for slot in due.into_iter().flatten() {
            self.reading.want(slot);
        }
        let is_due = self.reading.deadline().is_some_and(|deadline| deadline <= now);
        if is_due || !std::mem::replace(&mut self.reading.has_begun, true) {
            self.reading.is_deaf_since(now, is_due);
            let chain = std::rc::Rc::clone(&self.setup.chain);
            self.ask(async move { chain.is_there().await }, |driver, now, is_there| {
                driver.reading.is_deaf_since(now, !is_there);
            });
        }
        self.read_price(now);
        while self.reading.asked.len() < AT_ONCE {
            let Some(slot) = self.reading.waiting.pop_front() else { return };
            self.reading.asked.insert(slot);
            let chain = std::rc::Rc::clone(&self.setup.chain);
            self.ask(async move { chain.said(slot, AsOf::Settled).await }, move |driver, now, said| {
                driver.reading.asked.remove(&slot);
                driver.reading.is_deaf_since(now, said.is_none());
                driver.on_chain(now, slot, said);
            });
        }
    }

    /// Asks what gas costs if there is something to redeem, unless that was just said.
    fn read_price(&mut self, now: Time) {
        let holds = self.reading.priced.is_some_and(|priced| now.since(priced) < PRICE_HOLDS);
        if holds || self.ledger.accounts().all(|account| account.unredeemed().is_zero()) {
            return;
        }
        self.reading.priced = Some(now);
        let chain = std::rc::Rc::clone(&self.setup.chain);
        self.ask(async move { chain.gas_price().await }, |driver, now, price| {
            driver.reading.price = price;
            if let Some(fee) = price.and_then(|price| gas::fee(price, 1, 0)) {
                driver.till.set_fee(now, fee);
            }
        });
    }

    /// Asks, and goes on with the answer.
    pub(super) fn ask<T: 'static>(
        &self,
        question: impl Future<Output = T> + 'static,
        then: impl FnOnce(&mut Self, Time, T) + 'static,
    ) {
        let (shell, life) = (self.setup.shell.clone(), self.setup.life);
        spawn_local(async move {
            let answer = question.await;
            if let Some(shell) = shell.upgrade() {
                shell.borrow_mut().act(life, |driver| {
                    let now = now();
                    then(driver, now, answer);
                    driver.news.changed(now);
                });
            }
        });
    }

    fn on_chain(&mut self, now: Time, slot: SlotId, said: Option<Said>) {
        let agreed = self.setup.chain.is_agreed();
        self.till.on_chain(now, slot, said.map(|said| said.status), agreed);
        let Some(said) = said else { return };
        let paid_more = |account: &Account| account.redeemed < said.status.paid;
        let mut is_news = self.ledger.account(slot).is_some_and(paid_more);
        self.settle_other(now, slot, &said);
        if self.proofs.said(slot.session, &said) {
            is_news = true;
            self.write(&[store::forget_proof(slot.session)], |_, _| {});
        }
        let outcome = self.book.said(now, slot.session, &said);
        if is_news || outcome != Outcome::Same {
            for other in self.awaited.changed(slot) {
                self.reading.want(other);
            }
        }
        match outcome {
            Outcome::Same => {}
            Outcome::Open(deposit) => {
                self.openings.settled(slot.session);
                if let Some(record) = self.book.get(slot.session) {
                    self.write(&[store::put_deposit(&record.clone())], |_, _| {});
                }
                if let Some(deposit) = deposit {
                    self.spare(now);
                    self.till.add_deposit(now, deposit, self.book.log(deposit.session));
                }
            }
            Outcome::Over => self.forget(now, slot.session),
        }
    }

    /// Takes over what the chain says of an account of another payee than the one who earns now.
    fn settle_other(&mut self, now: Time, slot: SlotId, said: &Said) {
        let payee = self.ledger.settings().earn.map(|terms| terms.payee);
        let other = self.ledger.account(slot).filter(|account| Some(account.best.voucher.payee) != payee);
        let Some(mut account) = other.copied() else { return };
        let is_theirs = said.status.payee == Some(account.best.voucher.payee);
        if is_theirs && said.status.paid > account.redeemed {
            account.redeemed = said.status.paid;
            self.ledger.earn(now, account);
            self.write(&[store::put_account(&account)], |_, _| {});
        }
    }
}

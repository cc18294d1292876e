//! Payments as they go: what the engine and pages say, what the till wants of the disk, the chain and the engine.

mod commands;
mod news;
mod reading;
mod sponsored;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::time::Duration;

use btt::Amount;
use metainfo::InfoHash;
use pay::keys::SessionKey;
use pay::seller::Account;
use pay::{Deployment, SessionId, SlotId, Time};
use protocol::TorrentView;
use protocol::purse::{EarnTerms, FromPurse, PeerNews};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessagePort;

use self::news::News;
use self::reading::Reading;
use crate::awaited::Awaited;
use crate::book::Book;
use crate::browser::{Alarm, complain, now, words};
use crate::chain::Chain;
use crate::idb::Change;
use crate::ledger::Ledger;
use crate::openings::Openings;
use crate::prices;
use crate::proofs::Proofs;
use crate::run::{Shell, say};
use crate::store::{self, Remembered, Store};
use crate::till::{self, Till, Wish};
use crate::vault::Vault;
use crate::wanted::Wanted;

/// For so long after a page looked peers are spoken with, so that it can be said what paying them would change.
const LOOKING: Duration = Duration::from_secs(300);

/// Its timer is set for so long at least.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// And at most: a clock that the user sets must not keep anybody waiting for longer.
const MOST_WAIT: Duration = Duration::from_secs(60);

/// For so long after the user ended it, what came is paid, and vouchers are taken.
const LINGER: Duration = Duration::from_secs(15);

/// What a driver is made of.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) shell: Weak<RefCell<Shell>>,
    /// Which driver of this worker it is: what another one asked for is nothing to it.
    pub(crate) life: u32,
    pub(crate) port: MessagePort,
    pub(crate) deployment: Deployment,
    pub(crate) chain: Rc<Chain>,
    pub(crate) store: Rc<Store>,
}

/// Payments.
#[derive(Debug)]
pub(crate) struct Driver {
    setup: Setup,
    vault: Vault,
    till: Till,
    ledger: Ledger,
    book: Book,
    proofs: Proofs,
    torrents: Vec<TorrentView>,
    /// What peers were told of us last, if they were told anything.
    said: Option<Option<Vec<u8>>>,
    /// Until when peers are spoken with, whatever the user wants.
    speaks_until: Time,
    reading: Reading,
    news: News,
    /// What was noted down for questions of pages.
    openings: Openings,
    /// The slots of what a page was last told to have redeemed; empty once that is carried out.
    redeems: Vec<SlotId>,
    /// What pages had carried out, and the chain is not known to say yet.
    awaited: Awaited,
    /// How many are being noted down.
    sealing: usize,
    /// Whether the storage failed.
    is_broken: bool,
    alarm: Alarm<Time>,
}

impl Driver {
    /// Goes on with what was remembered, and the keys of those deposits that can be paid from.
    pub(crate) fn new(setup: Setup, remembered: Remembered, keys: Vec<(SessionId, SessionKey)>) -> Self {
        let now = now();
        let Remembered { vault, deposits, slots, accounts, settings, proofs, .. } = remembered;
        let usable: BTreeSet<_> = keys.iter().map(|(session, _)| *session).collect();
        let book = Book::new(deposits, slots, &usable);
        let mut till = Till::new(setup.deployment);
        for (session, key) in keys {
            till.keyring.add(session, key);
        }
        let from = settings.pay.as_ref().and_then(|terms| terms.from);
        till.spare(now, book.spared(from.map(SessionId::from_bytes)));
        for deposit in book.open() {
            till.add_deposit(now, deposit, book.log(deposit.session));
        }
        let ledger = Ledger::new(settings, accounts);
        let (shell, life) = (setup.shell.clone(), setup.life);
        let alarm = Alarm::new(move || {
            if let Some(shell) = shell.upgrade() {
                shell.borrow_mut().act(life, |driver| driver.wake());
            }
        });
        let mut driver = Self {
            setup,
            vault,
            till,
            ledger,
            book,
            proofs: Proofs::new(proofs),
            torrents: Vec::new(),
            said: None,
            speaks_until: Time::default(),
            reading: Reading::default(),
            news: News::default(),
            openings: Openings::default(),
            redeems: Vec::new(),
            awaited: Awaited::default(),
            sealing: 0,
            is_broken: false,
            alarm,
        };
        if let Some(terms) = driver.ledger.settings().earn {
            driver.sell_by(now, terms);
        }
        driver.till.set_open(now, driver.ledger.earns().is_some());
        driver.till.set_budget(now, driver.ledger.budget());
        // Pages may have heard of a fault that is over.
        driver.news.look();
        driver
    }

    /// Which driver it is.
    pub(crate) const fn life(&self) -> u32 {
        self.setup.life
    }

    /// Whether the storage failed, and there are no payments any more.
    pub(crate) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// The torrents, for the next driver.
    pub(crate) fn take_torrents(&mut self) -> Vec<TorrentView> {
        std::mem::take(&mut self.torrents)
    }

    /// How the torrents are.
    pub(crate) fn see_torrents(&mut self, now: Time, torrents: Vec<TorrentView>) {
        self.torrents = torrents;
        self.set_wanted(now);
    }

    /// Something happened with a peer.
    pub(crate) fn hear(&mut self, now: Time, torrent: InfoHash, peer: u32, news: PeerNews) {
        if self.said.is_some() {
            self.till.hear(now, torrent, peer, news);
            self.news.changed(now);
        }
    }

    /// Does what follows from what happened.
    pub(crate) fn finish(&mut self, now: Time) {
        self.do_wishes(now);
        self.speak(now);
        self.read(now);
        self.publish(now);
        if self.is_broken {
            return self.silence(now);
        }
        let speaks_until = self.said.is_some().then_some(self.speaks_until).filter(|until| *until > now);
        let deadlines = [
            self.till.deadline(),
            self.book.deadline(),
            self.proofs.deadline(),
            self.awaited.deadline(),
            self.news.deadline(),
            self.reading.deadline(),
            speaks_until,
        ];
        if let Some(deadline) = deadlines.into_iter().flatten().min() {
            self.alarm.set(deadline, deadline.since(now).clamp(LEAST_WAIT, MOST_WAIT));
        }
    }

    fn wake(&mut self) {
        self.till.wake(now());
    }

    fn set_wanted(&mut self, now: Time) {
        let only = self.ledger.settings().pay.as_ref().map(|terms| terms.only);
        if let Some(only) = only {
            self.till.set_wanted(now, Wanted::new(&self.torrents, only));
        }
    }

    /// Sells by these terms, with what their payee has earned.
    fn sell_by(&mut self, now: Time, terms: EarnTerms) {
        let theirs = self.ledger.accounts().filter(|account| account.best.voucher.payee == terms.payee);
        let accounts: Vec<Account> = theirs.copied().collect();
        let terms = till::terms(self.setup.deployment, terms.payee, prices::at_least(terms.floor));
        self.till.sell_by(now, terms, accounts);
    }

    /// What the till wants.
    fn do_wishes(&mut self, now: Time) {
        while let Some(wish) = self.till.poll() {
            match wish {
                Wish::Order { torrent, peer, order } => {
                    say(&self.setup.port, &FromPurse::Order { torrent, peer, order });
                }
                Wish::WriteAssignment(assignment) => {
                    self.book.assign(assignment);
                    self.ledger.spend(self.till.buyer().spent());
                    let settings = store::put_settings(self.ledger.settings());
                    let slot = assignment.slot;
                    self.write(&[store::put_assignment(&assignment), settings], move |driver, now| {
                        driver.till.assignment_written(now, slot);
                    });
                }
                Wish::WriteAccount { account, seller } => {
                    self.ledger.earn(now, account);
                    let settings = store::put_settings(self.ledger.settings());
                    let slot = account.slot();
                    self.write(&[store::put_account(&account), settings], move |driver, now| {
                        driver.till.account_written(now, slot, seller);
                    });
                }
                Wish::ForgetAccount(slot) => {
                    self.ledger.forget(slot);
                    self.write(&[store::forget_account(slot)], |_, _| {});
                }
                Wish::Read(slot) => self.reading.want(slot),
                Wish::Cheated(fraud) => {
                    complain("A deposit was promised to two payees: nobody here serves it any more");
                    let mut changes = vec![store::put_proof(&fraud)];
                    changes.extend(self.proofs.add(*fraud).map(store::forget_proof));
                    self.write(&changes, |_, _| {});
                }
            }
            self.news.changed(now);
        }
    }

    /// Writes, and goes on when that is on disk. If it never is, nothing goes on.
    fn write(&mut self, changes: &[Change], then: impl FnOnce(&mut Self, Time) + 'static) {
        if self.is_broken {
            return;
        }
        match self.setup.store.write(changes) {
            Ok(written) => {
                let (shell, life) = (self.setup.shell.clone(), self.setup.life);
                spawn_local(async move {
                    let written = written.await;
                    let Some(shell) = shell.upgrade() else { return };
                    shell.borrow_mut().act(life, |driver| match written {
                        Ok(()) => then(driver, now()),
                        Err(error) => driver.fail(&error),
                    });
                });
            }
            Err(error) => self.fail(&error),
        }
    }

    fn write_settings(&mut self) {
        self.write(&[store::put_settings(self.ledger.settings())], |_, _| {});
    }

    fn fail(&mut self, error: &JsValue) {
        complain(&format!("Nothing of payments can be stored any more: {}", words(error)));
        self.is_broken = true;
    }

    /// Has the engine speak of payments, or not.
    fn speak(&mut self, now: Time) {
        let settings = self.ledger.settings();
        let wants = settings.earns || settings.pay.is_some() || now < self.speaks_until;
        if !wants && !self.till.is_busy() {
            return self.silence(now);
        }
        let terms = self.till.terms().map(|terms| terms.encode());
        if self.said.as_ref() != Some(&terms) {
            say(&self.setup.port, &FromPurse::Begin { terms: terms.clone() });
            self.said = Some(terms);
        }
    }

    fn silence(&mut self, now: Time) {
        if self.said.take().is_some() {
            say(&self.setup.port, &FromPurse::End);
            self.till.leave_all(now);
        }
    }

    /// Peers are spoken with for so long at least.
    fn speak_for(&mut self, now: Time, span: Duration) {
        self.speaks_until = self.speaks_until.max(now + span);
    }

    /// What may be spent yet when nobody is to be paid for more.
    fn left_to_pay(&self) -> Amount {
        self.till.buyer().left()
    }
}

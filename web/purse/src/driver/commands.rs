//! What pages want.

use btt::{Address, Amount, Transaction};
use pay::abi::{Call, Opening};
use pay::buyer::Budget;
use pay::keys::SessionKey;
use pay::{Rate, SessionId, SlotId, Time};
use protocol::purse::{
    CallFault, CallWish, EarnTerms, PayTerms, PurseCommand, PurseNews, Sponsor, SponsorFault,
};

use super::{Driver, LINGER, LOOKING};
use crate::browser::{complain, random, words};
use crate::chain::AsOf;
use crate::records::DepositRecord;
use crate::{redeeming, store};
use pay::seller::SlotStatus;

/// Keys that are being made at a time.
const MOST_SEALING: usize = 4;

impl Driver {
    /// Does what a page wants.
    pub(crate) fn obey(&mut self, now: Time, command: PurseCommand) {
        match command {
            PurseCommand::Look => {
                self.speak_for(now, LOOKING);
                self.news.look();
            }
            PurseCommand::Earn(terms) => self.earn(now, terms),
            PurseCommand::Pay(terms) => self.pay(now, terms),
            PurseCommand::Stop => self.stop(now),
            PurseCommand::Quote { id, torrent, budget, highest } => {
                self.speak_for(now, LOOKING);
                let quote = self.quote(now, torrent, budget, highest);
                self.tell(&PurseNews::Quote { id, quote });
            }
            PurseCommand::Call { id, wish } => self.call(now, id, wish),
            PurseCommand::Dropped { id } => self.dropped(id),
            PurseCommand::Done { session } => self.done(now, session),
            PurseCommand::Sponsor { id, torrent, url, ticket } => {
                self.sponsor(now, id, torrent, &url, &ticket);
            }
        }
        self.news.changed(now);
    }

    fn earn(&mut self, now: Time, terms: Option<EarnTerms>) {
        self.ledger.set_earning(terms);
        self.write_settings();
        match terms {
            Some(terms) => self.sell_by(now, terms),
            None => self.speak_for(now, LINGER),
        }
        self.till.set_open(now, terms.is_some());
    }

    pub(super) fn pay(&mut self, now: Time, terms: PayTerms) {
        self.ledger.set_paying(Some(terms), self.till.buyer().spent());
        self.write_settings();
        // First of whom and from what, then how much: nobody is bid for meanwhile who is not to be.
        self.spare(now);
        self.set_wanted(now);
        self.till.set_budget(now, self.ledger.budget());
    }

    /// What came is paid, out of what was left.
    fn stop(&mut self, now: Time) {
        let left = self.left_to_pay();
        self.ledger.set_paying(None, Amount::default());
        self.write_settings();
        self.till.set_budget(now, Budget { left, highest: Rate::FREE });
        self.speak_for(now, LINGER);
    }

    fn call(&mut self, now: Time, id: u32, wish: CallWish) {
        self.openings.asked(id);
        let call = match wish {
            CallWish::Open { .. } => match self.open(now, id, &wish, None) {
                // It is answered when the key is stored.
                Ok(()) => return,
                Err(fault) => Err(fault),
            },
            CallWish::Extend { session, owner, longer, add_slots } => {
                self.extend(now, SessionId::from_bytes(session), owner, longer, add_slots)
            }
            CallWish::Withdraw { session } => self.withdraw(now, SessionId::from_bytes(session)),
            CallWish::Redeem => self.redeem(now),
            CallWish::Slash { session } => self.slash(SessionId::from_bytes(session)),
        };
        self.tell(&PurseNews::Call { id, call });
    }

    /// Makes a key for a deposit and notes both down: for the user's wallet, or for a sponsor that is asked with a ticket then.
    pub(super) fn open(
        &mut self,
        now: Time,
        id: u32,
        wish: &CallWish,
        by: Option<(Sponsor, String)>,
    ) -> Result<(), CallFault> {
        if self.sealing >= MOST_SEALING {
            return Err(CallFault::TooMany);
        }
        let secret = random().map_err(|error| {
            complain(&format!("There is no key: {}", words(&error)));
            CallFault::NotStored
        })?;
        let key = SessionKey::from_bytes(&secret).ok_or(CallFault::NotStored)?;
        let (owner, opening) = self.book.opening(now, wish, key.address())?;
        self.sealing += 1;
        let vault = self.vault.clone();
        let sealed = async move {
            let sealed = vault.seal(&key).await;
            (key, sealed)
        };
        self.ask(sealed, move |driver, now, (key, sealed)| {
            driver.sealing -= 1;
            match sealed {
                Ok(sealed) => {
                    let Opening { key: address, slots, slot_cap, expiry, bond } = opening;
                    let (expiry, made) = (expiry.as_secs(), now.as_secs());
                    let (sponsor, ticket) = by.unzip();
                    let record = DepositRecord {
                        owner,
                        key: address,
                        sealed,
                        slots,
                        slot_cap,
                        bond,
                        expiry,
                        made,
                        is_open: false,
                        sponsor,
                    };
                    driver.note_down(id, opening, record, key, ticket);
                }
                Err(error) => {
                    complain(&format!("A key cannot be encrypted: {}", words(&error)));
                    driver.not_stored(id, by.is_some());
                }
            }
        });
        Ok(())
    }

    /// Writes a deposit and its key, and only then has a wallet or a sponsor asked for it.
    fn note_down(
        &mut self,
        id: u32,
        opening: Opening,
        record: DepositRecord,
        key: SessionKey,
        ticket: Option<String>,
    ) {
        let (change, is_sponsored) = (store::put_deposit(&record), ticket.is_some());
        self.write(&[change], move |driver, _| {
            let session = store::session_of(&record);
            driver.till.keyring.add(session, key);
            driver.book.add(record);
            if let Some(ticket) = ticket {
                return driver.ask_sponsor(id, session, ticket);
            }
            driver.openings.noted(id, session);
            let value = opening.value().unwrap_or_default();
            let call = driver.wallet_call(&Call::Open(opening), value);
            driver.tell(&PurseNews::Call { id, call: Ok(call) });
        });
        if self.is_broken {
            self.not_stored(id, is_sponsored);
        }
    }

    fn not_stored(&self, id: u32, is_sponsored: bool) {
        self.tell(&match is_sponsored {
            true => PurseNews::Sponsored { id, agreed: Err(SponsorFault::NotStored) },
            false => PurseNews::Call { id, call: Err(CallFault::NotStored) },
        });
    }

    fn extend(
        &self,
        now: Time,
        session: SessionId,
        owner: Address,
        longer: u64,
        add_slots: u32,
    ) -> Result<Transaction, CallFault> {
        let (expiry, value) = self.book.extension(now, session, owner, longer, add_slots)?;
        Ok(self.wallet_call(&Call::Extend { session, expiry, add_slots }, value))
    }

    fn withdraw(&self, now: Time, session: SessionId) -> Result<Transaction, CallFault> {
        let record = self.book.get(session).ok_or(CallFault::Nothing)?;
        if !record.is_open || now.as_secs() < record.expiry {
            return Err(CallFault::Nothing);
        }
        Ok(self.wallet_call(&Call::Withdraw(session), Amount::default()))
    }

    fn redeem(&mut self, now: Time) -> Result<Transaction, CallFault> {
        let (payee, payments) = redeeming::next(self.ledger.accounts()).ok_or(CallFault::Nothing)?;
        self.till.redeem(now);
        self.redeems = payments.iter().map(|payment| payment.slot).collect();
        Ok(self.wallet_call(&Call::Redeem { payee, payments: &payments }, Amount::default()))
    }

    fn slash(&self, session: SessionId) -> Result<Transaction, CallFault> {
        let fraud = self.proofs.get(session).ok_or(CallFault::Nothing)?;
        Ok(self.wallet_call(&Call::Slash(fraud), Amount::default()))
    }

    fn wallet_call(&self, call: &Call<'_>, value: Amount) -> Transaction {
        Transaction { to: self.setup.deployment.contract, data: call.encode(), value }
    }

    /// A wallet refused.
    fn dropped(&mut self, id: u32) {
        if let Some(session) = self.openings.refused(id) {
            self.forget_if_absent(session);
        }
    }

    /// A deposit that the chain does not have is forgotten.
    pub(super) fn forget_if_absent(&self, session: SessionId) {
        let chain = std::rc::Rc::clone(&self.setup.chain);
        let slot = SlotId { session, slot: 0 };
        self.ask(async move { chain.said(slot, AsOf::Latest).await }, move |driver, now, said| {
            let is_absent = said.is_some_and(|said| said.status == SlotStatus::ABSENT);
            if is_absent && driver.book.get(session).is_some_and(|record| !record.is_open) {
                driver.forget(now, session);
            }
        });
    }

    /// The chain has carried out a transaction: of a deposit or a proof, or else the one that redeems.
    fn done(&mut self, now: Time, session: Option<[u8; 32]>) {
        let slots = match session {
            Some(session) => vec![SlotId { session: SessionId::from_bytes(session), slot: 0 }],
            None => std::mem::take(&mut self.redeems),
        };
        self.awaited.add(now, slots);
    }

    /// A deposit is no more.
    pub(super) fn forget(&mut self, now: Time, session: SessionId) {
        if self.pays_from() == Some(session) {
            self.stop(now);
        }
        self.openings.settled(session);
        let slots = self.book.remove(session);
        self.till.keyring.remove(session);
        self.write(&store::forget_deposit(session, slots.into_iter()), |_, _| {});
    }
}

//! What was earned and spent, by what is on disk or on its way there.

use std::collections::BTreeMap;

use btt::Amount;
use pay::buyer::Budget;
use pay::seller::Account;
use pay::{Rate, SlotId, Time};
use protocol::purse::{EarnTerms, PayTerms};

use crate::prices;
use crate::records::Settings;

/// Accounts, and what the user set.
#[derive(Debug, Default)]
pub struct Ledger {
    settings: Settings,
    accounts: BTreeMap<SlotId, Account>,
    /// What was spent by the present terms before the buyer counted, and what the buyer had counted by then.
    before: (Amount, Amount),
}

const DAY: u64 = 24 * 60 * 60;

impl Ledger {
    /// That of what was remembered, for a buyer that has spent nothing yet.
    #[must_use]
    pub fn new(settings: Settings, accounts: Vec<Account>) -> Self {
        let before = (settings.spent, Amount::default());
        let accounts = accounts.into_iter().map(|account| (account.slot(), account)).collect();
        Self { settings, accounts, before }
    }

    /// To be written with whatever changes it.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All accounts, of whatever payee.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// One of them.
    #[must_use]
    pub fn account(&self, slot: SlotId) -> Option<&Account> {
        self.accounts.get(&slot)
    }

    /// How the user wants to be paid, if they do.
    #[must_use]
    pub fn earns(&self) -> Option<EarnTerms> {
        self.settings.earn.filter(|_| self.settings.earns)
    }

    /// The user wants to be paid so, or no more.
    pub const fn set_earning(&mut self, terms: Option<EarnTerms>) {
        self.settings.earns = terms.is_some();
        if terms.is_some() {
            self.settings.earn = terms;
        }
    }

    /// The user pays so from now on, when the buyer has spent so much; or no more.
    pub fn set_paying(&mut self, terms: Option<PayTerms>, spent: Amount) {
        if terms.is_some() {
            self.settings.spent = Amount::default();
            self.before = (Amount::default(), spent);
        }
        self.settings.pay = terms;
    }

    /// What may be spent, by the terms that there are.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let highest = self.settings.pay.as_ref().map_or(Rate::FREE, |terms| prices::at_most(terms.highest));
        Budget { left: self.left(), highest }
    }

    /// What is left of the budget.
    #[must_use]
    pub fn left(&self) -> Amount {
        let budget = self.settings.pay.as_ref().map(|terms| terms.budget).unwrap_or_default();
        minus(budget, self.settings.spent)
    }

    /// The buyer has spent so much by now.
    pub fn spend(&mut self, spent: Amount) {
        let (before, mark) = self.before;
        // What is no amount is more than anybody has.
        self.settings.spent = before.checked_add(minus(spent, mark)).unwrap_or(Amount::from_units(u128::MAX));
    }

    /// An account is to be written.
    pub fn earn(&mut self, now: Time, account: Account) {
        // Of one that there was not, what the chain has paid was noted elsewhere or not at all.
        let before = self.accounts.insert(account.slot(), account);
        let before = before.map_or(account.redeemed, |before| before.best.voucher.cumulative);
        let more = minus(account.best.voucher.cumulative, before);
        if !more.is_zero() {
            let earned = self.today(now).checked_add(more).unwrap_or(Amount::from_units(u128::MAX));
            (self.settings.day, self.settings.earned) = (now.as_secs() / DAY, earned);
        }
    }

    /// An account is not to be on disk any more.
    pub fn forget(&mut self, slot: SlotId) {
        self.accounts.remove(&slot);
    }

    /// What was earned since midnight, UTC.
    #[must_use]
    pub fn today(&self, now: Time) -> Amount {
        if self.settings.day == now.as_secs() / DAY { self.settings.earned } else { Amount::default() }
    }
}

const fn minus(amount: Amount, other: Amount) -> Amount {
    Amount::from_units(amount.units().saturating_sub(other.units()))
}

#[cfg(test)]
mod tests {
    use btt::Address;
    use pay::{SessionId, Signature, SignedVoucher, Voucher};

    use super::*;

    fn account(earned: u128, redeemed: u128) -> Account {
        let address = Address::from_bytes([1; 20]);
        let slot = SlotId { session: SessionId::from_bytes([1; 32]), slot: 0 };
        let voucher = Voucher { slot, payee: address, cumulative: Amount::from_units(earned) };
        Account {
            best: SignedVoucher { voucher, signature: Signature::from_bytes([0; 64]) },
            owner: address,
            key: address,
            expiry: Time::from_secs(1),
            slot_cap: Amount::from_btt(1),
            owed: Amount::default(),
            paid_bytes: 0,
            unpaid_bytes: 0,
            redeemed: Amount::from_units(redeemed),
            bound: false,
        }
    }

    fn terms(budget: u128) -> PayTerms {
        PayTerms { budget: Amount::from_units(budget), highest: Amount::from_btt(1), only: None, from: None }
    }

    #[test]
    fn row_25_what_was_spent_counts_after_a_reload_and_begins_anew_with_new_terms() {
        let mut ledger = Ledger::default();
        ledger.set_paying(Some(terms(100)), Amount::from_units(7));
        ledger.spend(Amount::from_units(37));
        assert_eq!((ledger.settings().spent.units(), ledger.left().units()), (30, 70));
        let mut ledger = Ledger::new(ledger.settings().clone(), vec![]);
        assert_eq!(ledger.budget().left.units(), 70);
        ledger.spend(Amount::from_units(5));
        assert_eq!(ledger.left().units(), 65);
        ledger.set_paying(Some(terms(100)), Amount::from_units(5));
        ledger.spend(Amount::from_units(6));
        assert_eq!(ledger.left().units(), 99);
        ledger.set_paying(None, Amount::from_units(6));
        assert_eq!((ledger.left().units(), ledger.settings().spent.units()), (0, 1));
    }

    #[test]
    fn row_25_what_was_earned_counts_once_and_until_midnight() {
        let mut ledger = Ledger::default();
        let at = Time::from_secs;
        ledger.earn(at(DAY), account(50, 20));
        assert_eq!(ledger.today(at(DAY + 1)).units(), 30);
        ledger.earn(at(2 * DAY - 1), account(70, 60));
        ledger.earn(at(2 * DAY - 1), account(70, 70));
        assert_eq!(ledger.today(at(2 * DAY - 1)).units(), 50);
        assert_eq!(ledger.today(at(2 * DAY)), Amount::default());
        let ledger = Ledger::new(ledger.settings().clone(), vec![account(70, 70)]);
        assert_eq!(ledger.today(at(2 * DAY - 1)).units(), 50);
    }

    #[test]
    fn whoever_earns_no_more_can_go_on_as_before() {
        let mut ledger = Ledger::default();
        let terms = EarnTerms { payee: Address::from_bytes([1; 20]), floor: Amount::from_btt(1) };
        ledger.set_earning(Some(terms));
        ledger.set_earning(None);
        assert_eq!((ledger.earns(), ledger.settings().earn), (None, Some(terms)));
    }
}

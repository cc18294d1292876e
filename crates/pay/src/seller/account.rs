use btt::{Address, Amount};

use super::status::Said;
use super::{BLOCK, Config, SlotStatus};
use crate::message::Reason;
use crate::{Rate, SessionId, SignedVoucher, SlotId, Time};

/// What a seller has of one slot, and keeps on disk.
///
/// A byte that was charged is either paid or unpaid, and those that are unpaid are never more than the credit's window of
/// those that are paid, whatever connections the slot is used on and however often the seller ends: on disk an account is
/// as it will be when all has been given that is allowed before the next record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The best voucher.
    pub best: SignedVoucher,
    /// Whose deposit it is.
    pub owner: Address,
    /// Whose signature vouchers bear.
    pub key: Address,
    /// When the session ends.
    pub expiry: Time,
    /// What is in the slot.
    pub slot_cap: Amount,
    /// What all bytes so far cost, whether they were paid or not.
    pub owed: Amount,
    /// How many bytes were paid.
    pub paid_bytes: u64,
    /// How many bytes were not. A payment of a part of the debt pays that part of them.
    pub unpaid_bytes: u64,
    /// What is redeemed on the chain.
    pub redeemed: Amount,
    /// Whether it is [agreed](super::Input::OnChain::agreed) that the chain has bound the slot to us. Then all of the above
    /// that the chain says is.
    pub bound: bool,
}

impl Account {
    /// Which session.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.slot().session
    }

    /// Which slot.
    #[must_use]
    pub const fn slot(&self) -> SlotId {
        self.best.voucher.slot
    }

    /// What can be redeemed yet.
    #[must_use]
    pub const fn unredeemed(&self) -> Amount {
        minus(self.best.voucher.cumulative, self.redeemed)
    }

    /// Takes over what the chain says, of a slot that may be `payee`'s: of what is agreed all, if it can follow on what was,
    /// and of one node's word what costs no more than may be lost on the slot. No such word counts on a bound one.
    pub(super) fn hear(&mut self, said: &Said, payee: Address) {
        let SlotStatus { expiry, slot_cap, paid, .. } = said.status;
        match (self.bound, said.agreed) {
            (true, true) => {
                (self.redeemed, self.expiry) = (self.redeemed.max(paid), self.expiry.max(expiry));
            }
            (true, false) => {}
            (false, true) => {
                (self.redeemed, self.expiry, self.slot_cap) = (paid, expiry, slot_cap);
                self.bound = said.status.payee == Some(payee);
            }
            (false, false) => {
                // Nobody gets what we have no voucher for.
                let paid = paid.min(self.best.voucher.cumulative);
                (self.redeemed, self.expiry) = (self.redeemed.max(paid), self.expiry.max(expiry));
            }
        }
    }

    /// So many bytes more were given, and cost so much. What was paid before it was owed pays for them first.
    pub(super) fn charge(&mut self, bytes: u64, cost: Amount) {
        let paid = self.best.voucher.cumulative;
        let owed = self.owed.checked_add(cost).unwrap_or(Amount::from_units(u128::MAX));
        let covered = if owed <= paid { bytes } else { share(bytes, minus(paid, self.owed), cost) };
        self.owed = owed;
        self.paid_bytes = self.paid_bytes.saturating_add(covered);
        self.unpaid_bytes = self.unpaid_bytes.saturating_add(bytes - covered);
    }

    /// A voucher for more than before counts from now on.
    pub(super) fn pay(&mut self, voucher: SignedVoucher) {
        let paid = self.best.voucher.cumulative;
        let (more, debt) = (minus(voucher.voucher.cumulative, paid), minus(self.owed, paid));
        let bytes = if more >= debt { self.unpaid_bytes } else { share(self.unpaid_bytes, more, debt) };
        self.best = voucher;
        self.unpaid_bytes -= bytes;
        self.paid_bytes = self.paid_bytes.saturating_add(bytes);
    }

    /// How many bytes more may be given at a rate before anything more is paid.
    pub(super) fn credit(&self, config: &Config, rate: Rate) -> u64 {
        let trusted = config.terms.credit.window(self.paid_bytes).saturating_sub(self.unpaid_bytes);
        let prepaid = minus(self.best.voucher.cumulative, self.owed);
        let prepaid = rate.bytes_for(prepaid).unwrap_or(0);
        trusted.saturating_add(prepaid).min(self.room(self.most(config), rate))
    }

    /// Why not even a block more is given at a rate, whatever is paid, if it is not.
    pub(super) fn is_full(&self, config: &Config, rate: Rate) -> Option<Reason> {
        let is_full = |most| self.room(most, rate) < BLOCK;
        let full = is_full(self.slot_cap).then_some(Reason::Underfunded);
        full.or(is_full(self.most(config)).then_some(Reason::OverCredit))
    }

    /// What may be owed at most: while the slot is not bound to us, not all that is in it. A voucher for more may be one that
    /// cannot be redeemed, and would take the place of one that can.
    pub(super) fn most(&self, config: &Config) -> Amount {
        if self.bound { self.slot_cap } else { self.slot_cap.min(config.bind_by) }
    }

    /// For how many bytes more there is money, of so much in all.
    fn room(&self, most: Amount, rate: Rate) -> u64 {
        rate.bytes_for(minus(most, self.owed)).unwrap_or(u64::MAX)
    }
}

/// The difference, nothing if it is below.
pub(super) const fn minus(amount: Amount, other: Amount) -> Amount {
    Amount::from_units(amount.units().saturating_sub(other.units()))
}

/// The part of some bytes that `part` is of `whole`, rounded down. `part` is not more than `whole`.
fn share(bytes: u64, part: Amount, whole: Amount) -> u64 {
    let (part, whole, all) = (part.units(), whole.units(), u128::from(bytes));
    if part == 0 || bytes == 0 {
        return 0;
    }
    let share = match all.checked_mul(part) {
        Some(product) => product / whole,
        // Then `whole` is far above the bytes, and the price of one of them loses little by being rounded up.
        None => part / whole.div_ceil(all),
    };
    share.min(all).try_into().unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seller::tests::stage::config;
    use crate::{Credit, Signature, Voucher};

    fn account(slot_cap: u128) -> Account {
        let slot = SlotId { session: SessionId::from_bytes([1; 32]), slot: 0 };
        let address = Address::from_bytes([2; 20]);
        Account {
            best: voucher(slot, 0),
            owner: address,
            key: address,
            expiry: Time::from_secs(1),
            slot_cap: Amount::from_units(slot_cap),
            owed: Amount::default(),
            paid_bytes: 0,
            unpaid_bytes: 0,
            redeemed: Amount::default(),
            bound: false,
        }
    }

    fn voucher(slot: SlotId, cumulative: u128) -> SignedVoucher {
        let (payee, cumulative) = (Address::from_bytes([3; 20]), Amount::from_units(cumulative));
        SignedVoucher {
            voucher: Voucher { slot, payee, cumulative },
            signature: Signature::from_bytes([0; 64]),
        }
    }

    #[test]
    fn row_22_a_raised_price_brings_no_more_bytes_on_credit() {
        let (credit, mut account) = (Credit::default(), account(1 << 96));
        let cheap = Rate::per_mib(1 << 20);
        account.charge(credit.first, cheap.cost(credit.first).unwrap());
        assert_eq!(account.credit(&config(), cheap), 0);
        assert_eq!(
            account.credit(&config(), Rate::per_mib(1 << 60)),
            0,
            "bytes are trusted, at whatever price"
        );
    }

    #[test]
    fn bytes_whose_cost_was_rounded_into_that_of_others_are_not_paid() {
        let (credit, mut account) = (Credit::default(), account(1 << 96));
        // A unit for a MiB: the first byte costs all of it.
        account.charge(1, Amount::from_units(1));
        account.charge(1000, Amount::from_units(0));
        assert_eq!((account.paid_bytes, account.unpaid_bytes), (0, 1001));
        account.pay(voucher(account.slot(), 1));
        assert_eq!((account.paid_bytes, account.unpaid_bytes), (1001, 0));
        assert_eq!(account.credit(&config(), Rate::per_mib(1)), credit.window(1001));
    }

    #[test]
    fn what_is_paid_ahead_pays_for_bytes_to_come() {
        let mut account = account(1000);
        account.pay(voucher(account.slot(), 300));
        let rate = Rate::per_mib(1 << 20);
        assert_eq!(account.credit(&config(), rate), 1000, "the slot has no more");
        account.charge(400, rate.cost(400).unwrap());
        assert_eq!((account.paid_bytes, account.unpaid_bytes), (300, 100));
        assert_eq!(account.credit(&config(), rate), 600);
    }

    proptest! {
        #[test]
        fn every_byte_is_paid_or_unpaid_and_whoever_owes_nothing_has_paid_all(
            steps in prop::collection::vec((0..=1_u64 << 24, 0..=1_u128 << 96, 0..=1_u128 << 96, any::<bool>()), 1..40),
        ) {
            let mut account = account(1 << 96);
            let (mut given, mut paid) = (0, 0);
            for (bytes, cost, more, all) in steps {
                account.charge(bytes, Amount::from_units(cost));
                given += bytes;
                paid = if all { account.owed.units().max(paid) } else { paid + more };
                let before = account;
                account.pay(voucher(account.slot(), paid));
                prop_assert_eq!(account.paid_bytes + account.unpaid_bytes, given);
                prop_assert!(account.paid_bytes >= before.paid_bytes);
                prop_assert!(paid < account.owed.units() || account.unpaid_bytes == 0);
            }
        }
    }
}

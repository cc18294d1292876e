//! The chain: what everybody can read.

use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::buyer::Deposit;
use pay::seller::SlotStatus;
use pay::{SessionId, SignedVoucher, SlotId};

use super::sign;

/// Deposits and what was paid from them.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    deposits: BTreeMap<SessionId, Deposit>,
    /// Deposits that are not there, though a node says that they are.
    lies: BTreeMap<SessionId, Deposit>,
    /// To whom slots are bound, and what was paid from each.
    slots: BTreeMap<SlotId, (Address, Amount)>,
}

impl Chain {
    /// Somebody locks up a deposit, or has a node say so.
    pub(super) fn open(&mut self, deposit: Deposit, is_lie: bool) {
        let deposits = if is_lie { &mut self.lies } else { &mut self.deposits };
        deposits.insert(deposit.session, deposit);
    }

    /// What is said of a slot, and whether all nodes say that.
    pub(super) fn status(&self, slot: SlotId) -> (SlotStatus, bool) {
        let told = |deposit: &Deposit| {
            let bound = self.slots.get(&slot);
            SlotStatus {
                owner: deposit.owner,
                key: deposit.key,
                expiry: deposit.expiry,
                slots: deposit.slots,
                slot_cap: deposit.slot_cap,
                payee: bound.map(|(payee, _)| *payee),
                paid: bound.map_or(Amount::default(), |(_, paid)| *paid),
            }
        };
        let lie = self.lies.get(&slot.session).map(|deposit| (told(deposit), false));
        let truth = self.deposits.get(&slot.session).map(|deposit| (told(deposit), true));
        lie.or(truth).unwrap_or((SlotStatus::ABSENT, true))
    }

    /// Whose signature vouchers for a slot bear.
    pub(super) fn key_of(&self, slot: SlotId) -> Option<Address> {
        let deposit = self.deposits.get(&slot.session).or_else(|| self.lies.get(&slot.session));
        deposit.map(|deposit| deposit.key)
    }

    /// Pays what vouchers say beyond what was paid, as the contract does: a slot is the first one's that redeems it.
    pub(super) fn redeem(&mut self, vouchers: &[SignedVoucher]) {
        for SignedVoucher { voucher, signature } in vouchers {
            let Some(deposit) = self.deposits.get(&voucher.slot.session) else { continue };
            let (payee, paid) = self.slots.entry(voucher.slot).or_insert((voucher.payee, Amount::default()));
            let is_due = *payee == voucher.payee && voucher.cumulative <= deposit.slot_cap;
            if is_due && *signature == sign(deposit.key, voucher) {
                *paid = voucher.cumulative.max(*paid);
            }
        }
    }

    /// What a payee got from a slot.
    pub(super) fn paid_to(&self, slot: SlotId, payee: Address) -> Amount {
        let paid = self.slots.get(&slot).filter(|(bound, _)| *bound == payee);
        paid.map_or(Amount::default(), |(_, paid)| *paid)
    }

    /// What all got from a session.
    pub(super) fn paid_from(&self, session: SessionId) -> Amount {
        let paid = self.slots.iter().filter(|(slot, _)| slot.session == session).map(|(_, (_, paid))| *paid);
        paid.fold(Amount::default(), |sum, paid| sum.checked_add(paid).unwrap_or(sum))
    }
}

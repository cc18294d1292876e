use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::buyer::Deposit;
use pay::seller::SlotStatus;
use pay::{SessionId, SignedVoucher, SlotId, Time};

use super::signer::Signer;

/// The contract, on a chain whose blocks come when they are called for.
#[derive(Debug)]
pub(crate) struct Chain {
    sessions: BTreeMap<SessionId, Deposit>,
    slots: BTreeMap<SlotId, (Address, Amount)>,
    /// As it was a while ago: this is what nodes are asked for.
    confirmed: (BTreeMap<SessionId, Deposit>, BTreeMap<SlotId, (Address, Amount)>),
    /// Sessions that there are in what nodes say, and nowhere else.
    pretended: BTreeMap<SessionId, Deposit>,
    /// Vouchers that somebody submitted.
    submitted: Vec<Vec<SignedVoucher>>,
    /// Whether two nodes say the same.
    pub(crate) is_agreed: bool,
    /// Whether no node can be asked.
    pub(crate) is_down: bool,
    /// Transactions that paid something.
    pub(crate) transactions: usize,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            sessions: BTreeMap::new(),
            slots: BTreeMap::new(),
            confirmed: Default::default(),
            pretended: BTreeMap::new(),
            submitted: Vec::new(),
            is_agreed: true,
            is_down: false,
            transactions: 0,
        }
    }
}

impl Chain {
    pub(crate) fn open(&mut self, deposit: Deposit) {
        self.sessions.insert(deposit.session, deposit);
    }

    /// From now on nodes speak of a session that there is not.
    pub(crate) fn pretend(&mut self, deposit: Deposit) {
        self.pretended.insert(deposit.session, deposit);
    }

    pub(crate) fn submit(&mut self, vouchers: Vec<SignedVoucher>) {
        self.submitted.push(vouchers);
    }

    /// What was submitted is carried out, as the contract does it.
    pub(crate) fn mine(&mut self, now: Time, signer: &Signer) {
        for vouchers in std::mem::take(&mut self.submitted) {
            let paid: Vec<_> = vouchers.iter().map(|signed| self.redeem(now, signer, signed)).collect();
            self.transactions += usize::from(paid.contains(&true));
        }
    }

    /// What happened cannot be undone any more.
    pub(crate) fn confirm(&mut self) {
        self.confirmed = (self.sessions.clone(), self.slots.clone());
    }

    /// What a node says; `None` if none can be asked. Of a session that is not there the contract says zeros.
    pub(crate) fn status(&self, slot: SlotId) -> Option<SlotStatus> {
        let (sessions, slots) = &self.confirmed;
        let paid = slots.get(&slot);
        let status = match sessions.get(&slot.session).or(self.pretended.get(&slot.session)) {
            Some(deposit) => SlotStatus {
                owner: deposit.owner,
                key: deposit.key,
                expiry: deposit.expiry,
                slots: deposit.slots,
                slot_cap: deposit.slot_cap,
                payee: paid.map(|(payee, _)| *payee),
                paid: paid.map(|(_, paid)| *paid).unwrap_or_default(),
            },
            None => SlotStatus::ABSENT,
        };
        (!self.is_down).then_some(status)
    }

    /// All that a payee got.
    pub(crate) fn paid_to(&self, payee: Address) -> u128 {
        let theirs = self.slots.values().filter(|(whose, _)| *whose == payee);
        theirs.map(|(_, amount)| amount.units()).sum()
    }

    fn redeem(&mut self, now: Time, signer: &Signer, signed: &SignedVoucher) -> bool {
        let voucher = &signed.voucher;
        let Some(session) = self.sessions.get(&voucher.slot.session) else { return false };
        assert!(signer.verify(session.key, signed), "a bad signature sinks the whole batch");
        let (payee, paid) =
            self.slots.get(&voucher.slot).copied().unwrap_or((voucher.payee, Amount::default()));
        let is_good = now < session.expiry
            && voucher.slot.slot < session.slots
            && voucher.cumulative <= session.slot_cap
            && payee == voucher.payee
            && voucher.cumulative > paid;
        if is_good {
            self.slots.insert(voucher.slot, (payee, voucher.cumulative));
        }
        is_good
    }
}

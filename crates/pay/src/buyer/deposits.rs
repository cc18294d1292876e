use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use btt::{Address, Amount};

use super::{Assignment, Deposit, Output};
use crate::{SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};

/// All slots that we may pay from: whose each is, and how far its log is.
#[derive(Debug, Default)]
pub(super) struct Deposits {
    /// In the order in which they came.
    deposits: Vec<Open>,
    /// Those that belong to somebody, for ever.
    slots: BTreeMap<SlotId, Slot>,
    accounts: BTreeMap<Address, Account>,
    /// Those of which no slot is begun.
    spared: BTreeSet<SessionId>,
}

#[derive(Debug)]
struct Open {
    deposit: Deposit,
    /// The first slot that is nobody's; the deposit may have fewer.
    next: u32,
}

/// What we have with a payee, over torrents, connections and slots.
#[derive(Debug, Default)]
struct Account {
    /// Those that are theirs, in the order in which they got them.
    slots: Vec<SlotId>,
    /// What they did not get yet for bytes of connections before.
    debt: Amount,
}

/// One payee's part of a deposit.
#[derive(Debug)]
pub(super) struct Slot {
    /// Whose it is, and the highest amount that was ever to be written.
    assignment: Assignment,
    /// The most that may be signed.
    cap: Amount,
    /// Whether it is on disk whose it is.
    stored: bool,
    step: Step,
    /// Nothing more is paid from it.
    closed: bool,
    /// How many bytes were paid, as far as we remember.
    pub(super) paid_bytes: u64,
    /// A voucher of which its payee says that we signed it, while that is being checked.
    claim: Option<SignedVoucher>,
    /// The amount of one that we did sign and have no record of.
    adopt: Option<Amount>,
}

/// What a slot waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Idle,
    /// To be written, and signed if somebody is paid by it.
    Write {
        pays: bool,
    },
    /// This amount to be signed.
    Sign(Amount),
}

impl Deposits {
    /// How many deposits are paid from; more are left alone.
    pub(super) const MOST: usize = 16;

    /// As many slots as the contract lets a session have.
    pub(super) const MOST_SLOTS: u32 = 4096;

    /// Sellers accept no voucher so shortly before a session ends.
    pub(super) const MARGIN: Duration = Duration::from_secs(6 * 60 * 60);

    /// Pays from this deposit, too, or knows it better if it is known: it ends later or has more slots.
    pub(super) fn add(&mut self, deposit: Deposit, log: Vec<Assignment>) {
        let slot_cap = deposit.slot_cap.min(Amount::from_units(Voucher::LIMIT.units() - 1));
        let deposit = Deposit { slots: deposit.slots.min(Self::MOST_SLOTS), slot_cap, ..deposit };
        let is_full = self.deposits.len() == Self::MOST;
        match self.deposits.iter_mut().find(|open| open.deposit.session == deposit.session) {
            Some(Open { deposit: known, .. }) => {
                known.expiry = known.expiry.max(deposit.expiry);
                known.slots = known.slots.max(deposit.slots);
            }
            None if is_full => return,
            None => self.deposits.push(Open { deposit, next: 0 }),
        }
        let ours = |id: SlotId| id.session == deposit.session && id.slot < Self::MOST_SLOTS;
        for assignment in log.into_iter().filter(|assignment| ours(assignment.slot)) {
            self.restore(assignment);
        }
        if let Some(place) = self.deposits.iter().position(|open| open.deposit.session == deposit.session) {
            self.pass_taken(place);
        }
    }

    /// Begins no slot of these, and goes on with none that it had begun.
    pub(super) fn spare(&mut self, sessions: BTreeSet<SessionId>) {
        self.spared = sessions;
    }

    pub(super) fn is_spared(&self, session: SessionId) -> bool {
        self.spared.contains(&session)
    }

    pub(super) fn get(&self, session: SessionId) -> Option<&Deposit> {
        self.deposits.iter().map(|open| &open.deposit).find(|deposit| deposit.session == session)
    }

    pub(super) fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(&id)
    }

    pub(super) fn slot_mut(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.slots.get_mut(&id)
    }

    /// A slot from which this payee can be paid `least`, which is not nothing, or more: the first one of theirs that will do,
    /// else one that was nobody's and is theirs from now on.
    pub(super) fn slot_for(&mut self, now: Time, payee: Address, least: Amount) -> Option<SlotId> {
        if let Some(slot) = self.slot_of(now, payee, least) {
            return Some(slot);
        }
        let (place, slot) = self.free_slot(now, least)?;
        let assignment = Assignment { slot, payee, cumulative: Amount::default() };
        self.slots.insert(slot, Slot::new(assignment, self.deposits[place].deposit.slot_cap, false));
        self.pass_taken(place);
        self.accounts.entry(payee).or_default().slots.push(slot);
        Some(slot)
    }

    /// Whether there is a [slot for](Self::slot_for) this payee.
    pub(super) fn has_slot_for(&self, now: Time, payee: Address, least: Amount) -> bool {
        self.slot_of(now, payee, least).is_some() || self.free_slot(now, least).is_some()
    }

    /// The first slot that is nobody's and from which `least` or more can be paid, and the place of its deposit.
    fn free_slot(&self, now: Time, least: Amount) -> Option<(usize, SlotId)> {
        self.deposits.iter().enumerate().find_map(|(place, Open { deposit, next })| {
            if !is_open(now, deposit) || deposit.slot_cap < least || self.is_spared(deposit.session) {
                return None;
            }
            let slot = SlotId { session: deposit.session, slot: *next };
            (*next < deposit.slots).then_some((place, slot))
        })
    }

    /// Finds the first free slot of a deposit again, after some of its slots became somebody's.
    fn pass_taken(&mut self, place: usize) {
        let Open { deposit, next } = &mut self.deposits[place];
        while self.slots.contains_key(&SlotId { session: deposit.session, slot: *next }) {
            *next += 1;
        }
    }

    /// The first of a payee's slots from which it can be paid `least` or more.
    pub(super) fn slot_of(&self, now: Time, payee: Address, least: Amount) -> Option<SlotId> {
        let mut theirs = self.accounts.get(&payee)?.slots.iter().copied();
        theirs.find(|slot| !self.is_spared(slot.session) && self.is_usable(now, *slot, least))
    }

    /// Whether `least` or more may be paid from a slot, to whomever it belongs.
    pub(super) fn is_usable(&self, now: Time, id: SlotId, least: Amount) -> bool {
        let deposit = self.get(id.session).filter(|deposit| is_open(now, deposit) && id.slot < deposit.slots);
        let slot = self.slots.get(&id).filter(|slot| !slot.closed && slot.room() >= least);
        deposit.is_some() && slot.is_some()
    }

    /// What a payee did not get yet for bytes of connections before.
    pub(super) fn debt(&self, payee: Address) -> Amount {
        self.accounts.get(&payee).map_or(Amount::default(), |account| account.debt)
    }

    /// Where that is kept, for payees that have a slot.
    pub(super) fn debt_mut(&mut self, payee: Address) -> Option<&mut Amount> {
        self.accounts.get_mut(&payee).map(|account| &mut account.debt)
    }

    /// Whether an output is still what its slot waits for. No less is written than what is known by now.
    pub(super) fn is_wanted(&self, output: &mut Output) -> bool {
        match output {
            Output::Write(assignment) => {
                let slot = self.slot(assignment.slot);
                let slot = slot.filter(|slot| matches!(slot.step, Step::Write { .. }));
                slot.is_some_and(|slot| {
                    *assignment = slot.assignment;
                    true
                })
            }
            Output::Sign(voucher) => {
                self.slot(voucher.slot).is_some_and(|slot| slot.step == Step::Sign(voucher.cumulative))
            }
            Output::Send { .. } | Output::Verify { .. } | Output::KeepApart { .. } | Output::Drop(_) => true,
        }
    }

    fn restore(&mut self, assignment: Assignment) {
        let Some(cap) = self.get(assignment.slot.session).map(|deposit| deposit.slot_cap) else { return };
        let Some(slot) = self.slots.get_mut(&assignment.slot) else {
            self.slots.insert(assignment.slot, Slot::new(assignment, cap, true));
            self.accounts.entry(assignment.payee).or_default().slots.push(assignment.slot);
            return;
        };
        if slot.assignment.payee != assignment.payee {
            // Whoever wrote that, it is nobody's to be paid from: one more signature may be a proof of fraud.
            slot.closed = true;
            slot.step = Step::Idle;
        } else if slot.assignment.cumulative < assignment.cumulative {
            slot.assignment.cumulative = assignment.cumulative;
            // Less than that is not signed any more.
            slot.step = match slot.step {
                Step::Write { .. } => Step::Write { pays: false },
                Step::Idle | Step::Sign(_) => Step::Idle,
            };
        }
    }
}

impl Slot {
    fn new(assignment: Assignment, cap: Amount, stored: bool) -> Self {
        Self {
            assignment,
            cap,
            stored,
            step: Step::Idle,
            closed: false,
            paid_bytes: 0,
            claim: None,
            adopt: None,
        }
    }

    /// How much more can be paid from it.
    pub(super) fn room(&self) -> Amount {
        Amount::from_units(self.cap.units().saturating_sub(self.assignment.cumulative.units()))
    }

    /// Whether nothing of it is being written or signed.
    pub(super) fn is_idle(&self) -> bool {
        self.step == Step::Idle
    }

    /// Whether something was paid from it.
    pub(super) const fn is_used(&self) -> bool {
        !self.assignment.cumulative.is_zero()
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Nothing more is paid from it.
    pub(super) const fn close(&mut self) {
        self.closed = true;
    }

    /// What says how much was paid before: to be written if it is not, else to be signed.
    pub(super) fn introduce(&mut self) -> Result<Assignment, Voucher> {
        if self.stored { Err(self.sign()) } else { Ok(self.write(true)) }
    }

    /// Its payee earned so much more, which is at most the [room](Self::room). To be written before it is signed.
    pub(super) fn pay(&mut self, amount: Amount) -> Assignment {
        let cumulative = self.assignment.cumulative.checked_add(amount);
        self.assignment.cumulative = cumulative.filter(|sum| *sum <= self.cap).expect("it has room");
        self.write(true)
    }

    /// An amount that we signed and have no record of, to be written.
    pub(super) fn adopt(&mut self) -> Option<Assignment> {
        let amount = self.adopt.take().filter(|amount| *amount > self.assignment.cumulative)?;
        self.assignment.cumulative = amount;
        Some(self.write(false))
    }

    /// It is on disk. Whether somebody was to be paid by it; `None` if it was not to be written.
    pub(super) fn written(&mut self) -> Option<bool> {
        let Step::Write { pays } = self.step else { return None };
        self.stored = true;
        self.step = Step::Idle;
        Some(pays)
    }

    /// What is on disk is to be signed.
    pub(super) fn sign(&mut self) -> Voucher {
        let Assignment { slot, payee, cumulative } = self.assignment;
        self.step = Step::Sign(cumulative);
        Voucher { slot, payee, cumulative }
    }

    /// It is signed. Whether that was to be signed.
    pub(super) fn signed(&mut self, voucher: &Voucher) -> bool {
        let Assignment { slot, payee, .. } = self.assignment;
        let Step::Sign(cumulative) = self.step else { return false };
        let asked = *voucher == Voucher { slot, payee, cumulative };
        if asked {
            self.step = Step::Idle;
        }
        asked
    }

    /// Its payee says that we signed more than we know of: what is to be checked, unless something is or it is no more.
    pub(super) fn claim(&mut self, cumulative: Amount, signature: Signature) -> Option<SignedVoucher> {
        let Assignment { slot, payee, cumulative: known } = self.assignment;
        if self.claim.is_some() || cumulative <= known || cumulative > self.cap {
            return None;
        }
        self.claim = Some(SignedVoucher { voucher: Voucher { slot, payee, cumulative }, signature });
        self.claim
    }

    /// It was checked.
    pub(super) fn verified(&mut self, voucher: &SignedVoucher, genuine: bool) {
        if self.claim.take_if(|claim| claim == voucher).is_some() && genuine {
            self.adopt = Some(voucher.voucher.cumulative);
        }
    }

    fn write(&mut self, pays: bool) -> Assignment {
        self.step = Step::Write { pays };
        self.assignment
    }
}

fn is_open(now: Time, deposit: &Deposit) -> bool {
    now + Deposits::MARGIN < deposit.expiry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionId;

    const NOW: Time = Time::from_secs(1_000_000);

    fn deposit(number: u8, slots: u32) -> Deposit {
        let address = Address::from_bytes([number; 20]);
        let session = SessionId::of(address, address);
        let expiry = NOW + Duration::from_secs(7 * 24 * 60 * 60);
        Deposit { session, owner: address, key: address, slots, slot_cap: Amount::from_btt(1), expiry }
    }

    fn payee(number: u32) -> Address {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Address::from_bytes(bytes)
    }

    const UNIT: Amount = Amount::from_units(1);

    #[test]
    fn there_are_so_many_deposits_and_no_more() {
        let mut deposits = Deposits::default();
        for number in 0..=u8::try_from(Deposits::MOST).unwrap() {
            deposits.add(deposit(number, 1), vec![]);
        }
        assert_eq!(deposits.deposits.len(), Deposits::MOST);
        let log = vec![Assignment {
            slot: SlotId { session: deposit(16, 1).session, slot: 0 },
            payee: payee(1),
            cumulative: UNIT,
        }];
        deposits.add(deposit(16, 1), log);
        assert_eq!((deposits.deposits.len(), deposits.slots.len()), (Deposits::MOST, 0));
    }

    #[test]
    fn a_deposit_has_so_many_slots_and_no_more() {
        let mut deposits = Deposits::default();
        deposits.add(deposit(1, u32::MAX), vec![]);
        let given =
            (0..=Deposits::MOST_SLOTS).filter_map(|number| deposits.slot_for(NOW, payee(number), UNIT));
        assert_eq!(given.count(), Deposits::MOST_SLOTS as usize);
        let session = deposit(1, 1).session;
        let entry = |slot| Assignment { slot: SlotId { session, slot }, payee: payee(1), cumulative: UNIT };
        deposits.add(deposit(1, u32::MAX), vec![entry(Deposits::MOST_SLOTS), entry(u32::MAX)]);
        assert_eq!(deposits.slots.len(), Deposits::MOST_SLOTS as usize);
    }

    #[test]
    fn row_25_slots_of_the_log_are_given_to_nobody_else_wherever_they_are() {
        let mut deposits = Deposits::default();
        let session = deposit(1, 1).session;
        let entry = |slot, number| Assignment {
            slot: SlotId { session, slot },
            payee: payee(number),
            cumulative: UNIT,
        };
        deposits.add(deposit(1, 5), vec![entry(3, 3), entry(0, 7), entry(9, 9)]);
        let mut slot_of = |number| deposits.slot_for(NOW, payee(number), UNIT).map(|id| id.slot);
        assert_eq!(
            [1, 3, 2, 1, 7, 9, 4].map(&mut slot_of),
            [Some(1), Some(3), Some(2), Some(1), Some(0), Some(4), None]
        );
    }

    #[test]
    fn row_25_a_deposit_with_a_full_log_has_a_free_slot_once_it_is_extended() {
        let mut deposits = Deposits::default();
        let session = deposit(1, 1).session;
        let log = |count| {
            let entry = |slot| Assignment {
                slot: SlotId { session, slot },
                payee: payee(slot),
                cumulative: Amount::from_btt(1),
            };
            (0..count).rev().map(entry).collect()
        };
        let mut add = |slots| {
            deposits.add(deposit(1, slots), log(slots.min(3)));
            (deposits.has_slot_for(NOW, payee(9), UNIT), deposits.deposits[0].next)
        };
        assert_eq!([add(3), add(3), add(4)], [(false, 3), (false, 3), (true, 3)]);
        assert_eq!(deposits.slot_for(NOW, payee(9), UNIT), Some(SlotId { session, slot: 3 }));
        assert_eq!((deposits.has_slot_for(NOW, payee(8), UNIT), deposits.deposits[0].next), (false, 4));
    }

    #[test]
    fn a_voucher_says_less_than_2_to_the_96_whatever_the_slot_has() {
        let mut deposits = Deposits::default();
        deposits.add(Deposit { slot_cap: Amount::from_units(u128::MAX), ..deposit(1, 1) }, vec![]);
        let slot = deposits.slot_for(NOW, payee(1), UNIT).unwrap();
        assert_eq!(deposits.slot(slot).unwrap().room().units(), (1 << 96) - 1);
    }
}

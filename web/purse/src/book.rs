//! Our deposits, from before the wallet is asked for them until their rest was given back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use btt::{Address, Amount};
use metainfo::InfoHash;
use pay::abi::Opening;
use pay::buyer::{Assignment, Deposit};
use pay::seller::SlotStatus;
use pay::{SessionId, SlotId, Time, Voucher};
use protocol::purse::{CallFault, CallWish, DepositState, DepositView};

use crate::chain::Said;
use crate::records::DepositRecord;
use crate::store::session_of;

/// Deposits at most, as many as a buyer pays from.
const MOST: usize = 16;

/// The contract's limits.
const MOST_SLOTS: u32 = 4096;
const LEAST_TIME: u64 = 60 * 60;
const MOST_TIME: u64 = 30 * A_DAY;
const A_DAY: u64 = 24 * 60 * 60;

/// Sellers accept no voucher so shortly before a session ends.
const MARGIN: Duration = Duration::from_secs(6 * 60 * 60);

/// All deposits.
#[derive(Debug, Default)]
pub struct Book {
    deposits: BTreeMap<SessionId, Entry>,
    /// Those slots that are somebody's.
    slots: BTreeMap<SlotId, Assignment>,
}

#[derive(Debug)]
struct Entry {
    record: DepositRecord,
    /// Whether its key is here, and it is known whose its slots are.
    is_usable: bool,
    /// When the chain is to be asked of it.
    read_at: Time,
}

/// What the chain's word changes.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Nothing.
    Same,
    /// It can be paid from; the record is to be written. `None` if it cannot, whatever the chain says.
    Open(Option<Deposit>),
    /// It is over: to be forgotten.
    Over,
}

impl Book {
    /// Those that were remembered.
    pub fn new(
        deposits: BTreeMap<SessionId, DepositRecord>,
        slots: Vec<Assignment>,
        usable: &BTreeSet<SessionId>,
    ) -> Self {
        let entry = |(session, record)| {
            let is_usable = usable.contains(&session);
            (session, Entry::new(record, is_usable))
        };
        let slots = slots.into_iter().map(|assignment| (assignment.slot, assignment)).collect();
        Self { deposits: deposits.into_iter().map(entry).collect(), slots }
    }

    /// Checks what a deposit is to be.
    ///
    /// # Errors
    /// [`CallFault::BadNumbers`] if the contract takes no such numbers, [`CallFault::TooMany`], [`CallFault::Nothing`] if it
    /// is not to be opened.
    pub fn opening(&self, now: Time, wish: &CallWish, key: Address) -> Result<(Address, Opening), CallFault> {
        let CallWish::Open { owner, slots, slot_cap, bond, lasts } = *wish else {
            return Err(CallFault::Nothing);
        };
        if self.deposits.len() >= MOST {
            return Err(CallFault::TooMany);
        }
        let expiry = Time::from_secs(now.as_secs().saturating_add(lasts));
        let opening = Opening { key, slots, slot_cap, expiry, bond };
        let is_good = (1..=MOST_SLOTS).contains(&slots)
            && !slot_cap.is_zero()
            && slot_cap < Voucher::LIMIT
            // The block that opens it is later than now, by no more than a minute if all goes well.
            && (LEAST_TIME + 60..=MOST_TIME).contains(&lasts)
            && owner != Address::from_bytes([0; 20])
            && opening.value().is_some();
        is_good.then_some((owner, opening)).ok_or(CallFault::BadNumbers)
    }

    /// Checks how a deposit is to be extended: when it ends then, and what that takes.
    ///
    /// # Errors
    /// [`CallFault::Nothing`] if it is not there to be extended, [`CallFault::NotOwner`], [`CallFault::BadNumbers`] if the
    /// contract takes no such numbers, or lets it last longer by less than a day.
    pub fn extension(
        &self,
        now: Time,
        session: SessionId,
        owner: Address,
        longer: u64,
        add_slots: u32,
    ) -> Result<(Time, Amount), CallFault> {
        // A sponsor's is its own to extend.
        let is_open = |record: &&DepositRecord| {
            record.is_open && now.as_secs() < record.expiry && record.sponsor.is_none()
        };
        let record = self.get(session).filter(is_open).ok_or(CallFault::Nothing)?;
        if record.owner != owner {
            return Err(CallFault::NotOwner);
        }
        // The user's clock may be ahead of the chain's.
        let latest = now.as_secs().saturating_add(MOST_TIME - LEAST_TIME);
        let expiry = record.expiry.saturating_add(longer).min(latest).max(record.expiry);
        let fits = record.slots.checked_add(add_slots).is_some_and(|slots| slots <= MOST_SLOTS);
        // A fee is not to be paid for seconds.
        let is_longer = expiry - record.expiry >= A_DAY;
        let is_more = if longer > 0 { is_longer } else { add_slots > 0 };
        let value = record.slot_cap.checked_mul(add_slots.into()).filter(|_| fits && is_more);
        Ok((Time::from_secs(expiry), value.ok_or(CallFault::BadNumbers)?))
    }

    /// A deposit was noted down, with its key.
    pub fn add(&mut self, record: DepositRecord) {
        let entry = Entry::new(record, true);
        self.deposits.insert(session_of(&entry.record), entry);
    }

    /// A slot is somebody's, and so much of it.
    pub fn assign(&mut self, assignment: Assignment) {
        self.slots.insert(assignment.slot, assignment);
    }

    /// What is noted of a deposit.
    #[must_use]
    pub fn get(&self, session: SessionId) -> Option<&DepositRecord> {
        self.deposits.get(&session).map(|entry| &entry.record)
    }

    /// Forgets a deposit: the slots that it had.
    pub fn remove(&mut self, session: SessionId) -> Vec<SlotId> {
        self.deposits.remove(&session);
        let slots: Vec<_> = self.log(session).iter().map(|assignment| assignment.slot).collect();
        for slot in &slots {
            self.slots.remove(slot);
        }
        slots
    }

    /// Whose the slots of a deposit are.
    #[must_use]
    pub fn log(&self, session: SessionId) -> Vec<Assignment> {
        let slot = |slot| SlotId { session, slot };
        self.slots.range(slot(0)..=slot(u32::MAX)).map(|(_, assignment)| *assignment).collect()
    }

    /// Those that can be paid from.
    pub fn open(&self) -> impl Iterator<Item = Deposit> {
        self.deposits.iter().filter(|(_, entry)| entry.is_usable && entry.record.is_open).map(
            |(session, entry)| {
                let DepositRecord { owner, key, slots, slot_cap, expiry, .. } = entry.record;
                let expiry = Time::from_secs(expiry);
                Deposit { session: *session, owner, key, slots, slot_cap, expiry }
            },
        )
    }

    /// When the chain is to be asked of any.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        self.deposits.values().map(|entry| entry.read_at).min()
    }

    /// Which the chain is to be asked of now. They are asked of again later.
    pub fn due(&mut self, now: Time) -> Vec<SlotId> {
        let due = self.deposits.iter_mut().filter(|(_, entry)| entry.read_at <= now);
        let slots = due.map(|(session, entry)| {
            entry.read_at = now + entry.pace(now);
            SlotId { session: *session, slot: 0 }
        });
        slots.collect()
    }

    /// Takes over what the chain says of a deposit.
    pub fn said(&mut self, now: Time, session: SessionId, said: &Said) -> Outcome {
        let Some(entry) = self.deposits.get_mut(&session) else { return Outcome::Same };
        if said.status == SlotStatus::ABSENT {
            // The contract opens none that has ended, whatever a wallet still has in hand. Clocks may be wrong by a little.
            let is_over = now.as_secs() >= entry.record.expiry.saturating_add(A_DAY);
            return if is_over && !entry.record.is_open { Outcome::Over } else { Outcome::Same };
        }
        let SlotStatus { expiry, slots, slot_cap, .. } = said.status;
        if said.is_empty && now >= expiry {
            return Outcome::Over;
        }
        let record = &mut entry.record;
        let is_known = record.is_open && record.slots >= slots && record.expiry >= expiry.as_secs();
        if is_known {
            return Outcome::Same;
        }
        let (slots, expiry_secs) = (record.slots.max(slots), record.expiry.max(expiry.as_secs()));
        if !record.is_open {
            // What the wallet sent may not be what it was asked for.
            (record.slots, record.slot_cap, record.expiry) = (said.status.slots, slot_cap, expiry.as_secs());
        } else {
            (record.slots, record.expiry) = (slots, expiry_secs);
        }
        record.is_open = true;
        let deposit = self.open().find(|deposit| deposit.session == session);
        Outcome::Open(deposit)
    }

    /// Deposits as the user sees them, the newest first.
    #[must_use]
    pub fn views(&self, now: Time) -> Vec<DepositView> {
        let mut entries: Vec<_> = self.deposits.iter().collect();
        entries.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.record.made));
        entries.into_iter().map(|(session, entry)| self.view(now, *session, entry)).collect()
    }

    /// The deposit of a sponsor for a torrent that has not ended.
    #[must_use]
    pub fn sponsored(&self, now: Time, url: &str, torrent: InfoHash) -> Option<SessionId> {
        let is_it = |entry: &Entry| {
            let sponsor = entry.record.sponsor.as_ref();
            let is_theirs = sponsor.is_some_and(|sponsor| sponsor.url == url && sponsor.torrent == torrent);
            is_theirs && entry.is_usable && now.as_secs() < entry.record.expiry
        };
        self.deposits.iter().find(|(_, entry)| is_it(entry)).map(|(session, _)| *session)
    }

    /// Those from which nobody is to be paid, where all is paid from one that is sponsored, or from the user's own.
    #[must_use]
    pub fn spared(&self, from: Option<SessionId>) -> BTreeSet<SessionId> {
        let entries = self.deposits.iter().filter(|(session, entry)| !entry.pays(**session, from));
        entries.map(|(session, _)| *session).collect()
    }

    /// What of a deposit nobody has a voucher for.
    #[must_use]
    pub fn left(&self, now: Time, session: SessionId) -> Amount {
        let entry = self.deposits.get(&session);
        entry.map_or(Amount::default(), |entry| self.view(now, session, entry).left)
    }

    fn view(&self, now: Time, session: SessionId, entry: &Entry) -> DepositView {
        let DepositRecord { owner, slots, slot_cap, bond, expiry, is_open, .. } = entry.record;
        let sponsor = entry.record.sponsor.clone();
        let locked = slot_cap.checked_mul(slots.into()).and_then(|sum| sum.checked_add(bond));
        let amount = locked.unwrap_or(Amount::from_units(u128::MAX));
        let spent = self.log(session).iter().map(|assignment| assignment.cumulative.units()).sum();
        let state = match is_open {
            false => DepositState::Opening,
            true if now.as_secs() < expiry => DepositState::Open,
            true => DepositState::Ended,
        };
        let left = Amount::from_units(amount.units().saturating_sub(spent));
        DepositView { session: *session.as_bytes(), owner, amount, slot_cap, left, expiry, state, sponsor }
    }

    /// What is in slots that are nobody's, of deposits that can be paid from: of one that is sponsored, or of the user's own.
    #[must_use]
    pub fn free(&self, now: Time, from: Option<SessionId>) -> Amount {
        let is_meant = |deposit: &Deposit| self.pays(deposit.session, from);
        let open = self.open().filter(is_meant);
        let free = open.filter(|deposit| now + MARGIN < deposit.expiry).map(|deposit| {
            let taken = u64::try_from(self.log(deposit.session).len()).unwrap_or(u64::MAX);
            deposit.slot_cap.checked_mul(u64::from(deposit.slots).saturating_sub(taken)).unwrap_or_default()
        });
        free.fold(Amount::default(), |sum, free| sum.checked_add(free).unwrap_or(sum))
    }

    /// Whether any can be paid from; and if none, whether one is about to be: of one that is sponsored, or of the user's own.
    #[must_use]
    pub fn standing(&self, now: Time, from: Option<SessionId>) -> Standing {
        let is_open = |deposit: Deposit| self.pays(deposit.session, from) && now + MARGIN < deposit.expiry;
        let mut meant = self.deposits.iter().filter(|(session, entry)| entry.pays(**session, from));
        if self.open().any(is_open) {
            Standing::Open
        } else if meant.any(|(_, entry)| entry.record.is_open) {
            Standing::Expired
        } else {
            Standing::Opening
        }
    }

    fn pays(&self, session: SessionId, from: Option<SessionId>) -> bool {
        self.deposits.get(&session).is_some_and(|entry| entry.pays(session, from))
    }
}

/// How deposits stand as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One can be paid from.
    Open,
    /// All have ended, or end too soon.
    Expired,
    /// The chain has none.
    Opening,
}

impl Entry {
    const fn new(record: DepositRecord, is_usable: bool) -> Self {
        Self { record, is_usable, read_at: Time::from_secs(0) }
    }

    /// Whether it is paid from, where all is paid from one that is sponsored, or from the user's own.
    fn pays(&self, session: SessionId, from: Option<SessionId>) -> bool {
        from.map_or(self.record.sponsor.is_none(), |from| from == session)
    }

    /// How often the chain is asked.
    fn pace(&self, now: Time) -> Duration {
        let DepositRecord { made, is_open, expiry, .. } = self.record;
        let secs = match is_open {
            // Somebody waits for it.
            false if now.as_secs() < made + 600 => 3,
            false => 60,
            true if now.as_secs() < expiry => 600,
            true => 20,
        };
        Duration::from_secs(secs)
    }
}

#[cfg(test)]
mod tests;

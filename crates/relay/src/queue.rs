use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::seller::SlotStatus;
use pay::{SlotId, Time};

use crate::offer::{Entry, Refusal};

/// The best voucher of each slot and purse, so many at most: of more, those that pay least are given up.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    max: usize,
    entries: BTreeMap<(Address, SlotId), Entry>,
}

impl Queue {
    pub(crate) fn new(max: usize, entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries = entries.into_iter().map(|entry| (entry.place(), entry)).take(max).collect();
        Self { max, entries }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the voucher of this place says as much.
    pub(crate) fn has(&self, place: (Address, SlotId), cumulative: Amount) -> bool {
        self.entries.get(&place).is_some_and(|entry| entry.offer.cumulative >= cumulative)
    }

    /// Takes a voucher, instead of the one that it is newer than, or of the one that pays least.
    pub(crate) fn insert(&mut self, entry: Entry) -> Result<(), Refusal> {
        if self.has(entry.place(), entry.offer.cumulative) {
            return Err(Refusal::Known);
        }
        if self.entries.len() >= self.max && !self.entries.contains_key(&entry.place()) {
            let least = self.entries.values().min_by_key(|entry| entry.unpaid()).copied();
            match least {
                Some(least) if least.unpaid() < entry.unpaid() => drop(self.entries.remove(&least.place())),
                _ => return Err(Refusal::Full),
            }
        }
        self.entries.insert(entry.place(), entry);
        Ok(())
    }

    /// Gives up what is not paid in time any more, and says whether there was such.
    pub(crate) fn expire(&mut self, now: Time) -> bool {
        let before = self.entries.len();
        self.entries.retain(|_, entry| !entry.is_ending(now));
        self.entries.len() < before
    }

    /// Notes what a chain says of a slot, and gives the voucher up if it is worth nothing any more.
    pub(crate) fn refresh(
        &mut self,
        place: (Address, SlotId),
        purse: Address,
        status: Option<&SlotStatus>,
        now: Time,
    ) {
        let Some(entry) = self.entries.get_mut(&place) else { return };
        match status.filter(|status| entry.offer.payable(purse, status, now).is_ok()) {
            Some(status) => {
                entry.paid = status.paid;
                entry.expiry = status.expiry.as_secs();
            }
            None => drop(self.entries.remove(&place)),
        }
    }

    /// Gives up the voucher of a place, unless there is a better one by now.
    pub(crate) fn settle(&mut self, place: (Address, SlotId), cumulative: Amount, was_paid: bool) {
        let Some(entry) = self.entries.get_mut(&place) else { return };
        if entry.offer.cumulative <= cumulative {
            self.entries.remove(&place);
        } else if was_paid {
            entry.paid = entry.paid.max(cumulative);
        }
    }

    /// The vouchers of these slots of a purse.
    pub(crate) fn of<'a>(&'a self, owner: Address, slots: &'a [SlotId]) -> impl Iterator<Item = &'a Entry> {
        slots.iter().filter_map(move |slot| self.entries.get(&(owner, *slot)))
    }
}

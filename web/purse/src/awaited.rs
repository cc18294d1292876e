//! What transactions changed that pages had carried out, until the chain says so of blocks that nobody takes back.

use std::time::Duration;

use pay::{SlotId, Time};

/// How often the chain is asked, which has a block in two seconds.
const PACE: Duration = Duration::from_secs(3);

/// For so long at most: it takes twelve blocks, and others may have done the same before.
const PATIENCE: Duration = Duration::from_secs(2 * 60);

/// Transactions at a time. A tab has one.
const MOST: usize = 8;

/// All that somebody waits for, the oldest first.
#[derive(Debug, Default)]
pub struct Awaited(Vec<Entry>);

/// One transaction.
#[derive(Debug)]
struct Entry {
    /// The slot by which it is seen.
    seen_by: SlotId,
    /// The others that it concerns: they change in the same block.
    others: Vec<SlotId>,
    /// When the chain is to be asked.
    read_at: Time,
    until: Time,
}

impl Awaited {
    /// A transaction was carried out that concerns these slots.
    pub fn add(&mut self, now: Time, slots: impl IntoIterator<Item = SlotId>) {
        let mut slots = slots.into_iter();
        let Some(seen_by) = slots.next() else { return };
        self.0.retain(|entry| entry.seen_by != seen_by);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(Entry { seen_by, others: slots.collect(), read_at: now, until: now + PATIENCE });
    }

    /// When the chain is to be asked of any.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        self.0.iter().map(|entry| entry.read_at).min()
    }

    /// Which the chain is to be asked of now.
    pub fn due(&mut self, now: Time) -> Vec<SlotId> {
        self.0.retain(|entry| now < entry.until);
        let due = self.0.iter_mut().filter(|entry| entry.read_at <= now);
        let slots = due.map(|entry| {
            entry.read_at = now + PACE;
            entry.seen_by
        });
        slots.collect()
    }

    /// The chain says something else of a slot than before: of which others it is to be asked, too.
    pub fn changed(&mut self, slot: SlotId) -> Vec<SlotId> {
        let place = self.0.iter().position(|entry| entry.seen_by == slot);
        place.map_or_else(Vec::new, |place| self.0.remove(place).others)
    }
}

#[cfg(test)]
mod tests {
    use pay::SessionId;

    use super::*;

    const NOW: Time = Time::from_secs(1_000);

    const fn slot(slot: u32) -> SlotId {
        SlotId { session: SessionId::from_bytes([1; 32]), slot }
    }

    #[test]
    fn one_slot_is_looked_at_until_it_changed_and_then_the_others() {
        let mut awaited = Awaited::default();
        awaited.add(NOW, [slot(1), slot(2), slot(3)]);
        assert_eq!((awaited.due(NOW), awaited.due(NOW)), (vec![slot(1)], vec![]));
        assert_eq!(awaited.changed(slot(2)), []);
        assert_eq!(awaited.deadline(), Some(NOW + PACE));
        assert_eq!(awaited.due(NOW + PACE), [slot(1)]);
        assert_eq!(awaited.changed(slot(1)), [slot(2), slot(3)]);
        assert_eq!((awaited.changed(slot(1)), awaited.deadline()), (vec![], None));
    }

    #[test]
    fn what_does_not_change_is_given_up_and_no_more_are_awaited_than_so_many() {
        let mut awaited = Awaited::default();
        awaited.add(NOW, []);
        assert_eq!(awaited.deadline(), None, "it concerns nothing");
        for number in 0..100 {
            awaited.add(NOW, [slot(number)]);
        }
        awaited.add(NOW, [slot(99)]);
        assert_eq!(awaited.due(NOW), (92..100).map(slot).collect::<Vec<_>>());
        assert_eq!((awaited.due(NOW + PATIENCE), awaited.deadline()), (vec![], None));
    }
}

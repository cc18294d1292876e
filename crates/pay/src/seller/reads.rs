use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::SlotStatus;
use super::status::Said;
use crate::{PeerKey, SlotId, Time};

/// What the chain was asked, and what it said of late.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Who waits for the answer.
    pending: BTreeMap<SlotId, BTreeSet<PeerKey>>,
    said: BTreeMap<SlotId, (Time, Said)>,
    /// What was said, oldest first.
    ages: VecDeque<(Time, SlotId)>,
}

/// What becomes of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Ask,
    /// It is asked already.
    Asked,
    /// Too much is asked already.
    Busy,
}

impl Reads {
    /// Questions at a time.
    pub(super) const PENDING: usize = 16;

    /// Answers that are remembered.
    pub(super) const REMEMBERED: usize = 256;

    /// For so long an answer holds.
    const HOLDS: Duration = Duration::from_secs(60);

    pub(super) fn cached(&self, now: Time, slot: SlotId) -> Option<Said> {
        let (time, said) = self.said.get(&slot)?;
        (now.since(*time) < Self::HOLDS).then_some(*said)
    }

    /// Somebody, or nobody in particular, wants to know of a slot.
    pub(super) fn want(&mut self, slot: SlotId, peer: Option<PeerKey>) -> Read {
        let pending = self.pending.len();
        if let Some(waiting) = self.pending.get_mut(&slot) {
            waiting.extend(peer);
            return Read::Asked;
        }
        if pending >= Self::PENDING {
            return Read::Busy;
        }
        self.pending.insert(slot, peer.into_iter().collect());
        Read::Ask
    }

    /// Somebody wants to know no more.
    pub(super) fn leave(&mut self, slot: SlotId, peer: PeerKey) {
        if let Some(waiting) = self.pending.get_mut(&slot) {
            waiting.remove(&peer);
        }
    }

    /// The answer has come: who waited for it.
    pub(super) fn answer(&mut self, now: Time, slot: SlotId, said: Option<Said>) -> BTreeSet<PeerKey> {
        // What is not there may be soon, and what was there is not any more.
        if said.is_some_and(|said| said.status == SlotStatus::ABSENT) {
            self.said.remove(&slot);
        } else if let Some(said) = said {
            self.said.insert(slot, (now, said));
            self.ages.push_back((now, slot));
            if self.ages.len() > Self::REMEMBERED {
                self.forget_oldest();
            }
        }
        self.pending.remove(&slot).unwrap_or_default()
    }

    fn forget_oldest(&mut self) {
        if let Some((time, slot)) = self.ages.pop_front()
            && self.said.get(&slot).is_some_and(|(said, _)| *said == time)
        {
            self.said.remove(&slot);
        }
    }
}

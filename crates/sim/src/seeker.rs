//! How a peer looks for others: what it last heard from the tracker, and when it asks again. It follows the
//! engine worker's session.

use std::collections::BTreeSet;
use std::time::Duration;

use swarm::Time;
use tracker::OfferId;

/// A peer's dealings with the tracker.
#[derive(Debug, Default)]
pub(crate) struct Seeker {
    /// Offers that nobody has answered.
    pub(crate) offers: BTreeSet<OfferId>,
    /// When to announce next.
    pub(crate) due: Option<Time>,
    /// Seeds and others in the swarm, by the tracker's count.
    counts: Option<(u32, u32)>,
    hurried: u32,
}

impl Seeker {
    /// How many offers to make.
    pub(crate) fn offers_wanted(&self, connected: usize, seeding: bool) -> usize {
        let others = match self.counts {
            None => FIRST_OFFERS,
            Some((_, incomplete)) if seeding => incomplete as usize,
            Some((complete, incomplete)) => (complete + incomplete).saturating_sub(1) as usize,
        };
        others.saturating_sub(connected).min(ENOUGH.saturating_sub(connected)).min(MAX_OFFERS)
    }

    /// The tracker answered. When to announce next, with so many peers connected.
    pub(crate) fn counted(
        &mut self,
        now: Time,
        (complete, incomplete): (u32, u32),
        connected: usize,
        interval: Duration,
    ) -> Time {
        self.counts = Some((complete, incomplete));
        let others = (complete + incomplete).saturating_sub(1) as usize;
        let wait = if others > connected {
            self.hurried += 1;
            if self.hurried == 1 && others > FIRST_OFFERS {
                Duration::ZERO
            } else {
                HURRY * 2_u32.saturating_pow(self.hurried.min(8) - 1)
            }
        } else if connected == 0 {
            ALONE
        } else {
            interval
        };
        now + wait.min(interval)
    }

    /// A peer is gone: when to look for another.
    pub(crate) fn lost(&mut self, now: Time) -> Time {
        self.hurried = 0;
        let soon = now + HURRY / 5;
        self.due.map_or(soon, |due| due.min(soon))
    }
}

/// Offers in the first announce, when nobody knows how many peers there are.
const FIRST_OFFERS: usize = 2;
/// Offers in an announce.
const MAX_OFFERS: usize = 5;
/// Connections at which a peer stops looking for more.
const ENOUGH: usize = 50;
/// First wait while there are peers that were not met.
const HURRY: Duration = Duration::from_secs(10);
/// Longest wait while nobody is connected.
const ALONE: Duration = Duration::from_secs(30);

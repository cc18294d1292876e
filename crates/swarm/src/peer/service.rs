//! Whether a peer is served.

use crate::{Standing, Time};

/// What we let a peer have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    am_choking: bool,
    /// When that last changed.
    since: Time,
    /// It is not choked, and what it waits for costs more than its credit: its place is lent to another.
    is_paused: bool,
    /// It was served at some time.
    is_known: bool,
    /// What the driver or an extension thinks of it.
    pub(crate) standing: Standing,
}

impl Service {
    /// Nobody is served at first.
    pub(crate) fn new(now: Time) -> Self {
        Self {
            am_choking: true,
            since: now,
            is_paused: false,
            is_known: false,
            standing: Standing::default(),
        }
    }

    /// Serves the peer from now on, or does not. Whether that is news.
    pub(crate) fn set_choking(&mut self, now: Time, choking: bool) -> bool {
        let changes = self.am_choking != choking;
        if changes {
            *self = Self { am_choking: choking, since: now, is_paused: false, is_known: true, ..*self };
        }
        changes
    }

    /// Lends the place of a peer that is served to another, or takes it back. Whether that is news.
    pub(crate) fn set_paused(&mut self, paused: bool) -> bool {
        let changes = !self.am_choking && self.is_paused != paused;
        self.is_paused = paused && !self.am_choking;
        changes
    }

    /// Whether it has a place, which is not lent.
    pub(crate) const fn has_place(&self) -> bool {
        !self.am_choking && !self.is_paused
    }

    pub(crate) const fn am_choking(&self) -> bool {
        self.am_choking
    }

    /// Since when it is served, or is not.
    pub(crate) const fn since(&self) -> Time {
        self.since
    }

    /// Whether it is or was served.
    pub(crate) const fn was_served(&self) -> bool {
        self.is_known
    }
}

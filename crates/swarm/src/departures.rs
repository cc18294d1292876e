//! Who left lately, and why: people ask when somebody is gone.

use std::collections::VecDeque;
use std::time::Duration;

use journal::Reason;

use crate::{PeerKey, Time};

/// A peer that is not connected any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The connection that it had.
    pub key: PeerKey,
    /// Its client, as in [`PeerSnapshot`](crate::PeerSnapshot).
    pub client: Option<String>,
    /// Why we closed the connection; `None` if the other side did, or it broke.
    pub reason: Option<Reason>,
    /// Until when it counts as lately.
    pub until: Time,
}

/// The last few, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Departures(VecDeque<Departure>);

impl Departures {
    /// A peer left just now.
    pub(crate) fn add(&mut self, now: Time, key: PeerKey, client: Option<String>, reason: Option<Reason>) {
        self.0.truncate(MAX_DEPARTURES - 1);
        self.0.push_front(Departure { key, client, reason, until: now + DEPARTURE_LIFE });
    }

    /// Those that left lately.
    pub(crate) fn lately(&self, now: Time) -> impl Iterator<Item = &Departure> {
        self.0.iter().filter(move |departure| departure.until > now)
    }
}

/// Departures that are remembered.
pub const MAX_DEPARTURES: usize = 5;
/// How long.
pub const DEPARTURE_LIFE: Duration = Duration::from_secs(180);

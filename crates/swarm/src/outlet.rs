//! Whose turn it is to be sent something.

use std::collections::VecDeque;
use std::num::NonZeroU64;

use crate::limiter::Gate;
use crate::{PeerKey, Time};

/// The line of peers that something can be sent to, and the limit that they wait for.
#[derive(Debug, Default)]
pub(crate) struct Outlet {
    pub(crate) gate: Gate,
    /// Each at most once.
    line: VecDeque<PeerKey>,
}

impl Outlet {
    /// Puts a peer that is not in the line at its end.
    pub(crate) fn line_up(&mut self, peer: PeerKey) {
        self.line.push_back(peer);
    }

    /// The first in the line, if the limit allows to send something.
    pub(crate) fn next(&mut self, now: Time) -> Option<PeerKey> {
        if self.line.is_empty() || self.gate.open(now) == 0 {
            return None;
        }
        self.line.pop_front()
    }

    /// Bytes each second that may be sent, if there is a limit.
    pub(crate) fn rate(&self) -> Option<NonZeroU64> {
        self.gate.rate()
    }

    /// When the limit may allow the first in the line something, if anybody waits.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.gate.deadline().filter(|_| !self.line.is_empty())
    }
}

//! What is known of tips: which claims are genuine, refused, or still to be checked. The engine passes them on and knows
//! nothing of money.

use std::time::Duration;

use wire::TipClaim;

use crate::set::Set;
use crate::{PeerKey, Time};

/// Genuine tips that are kept, and told to each newcomer.
pub(crate) const MAX_GENUINE: usize = 500;

/// Claims that wait to be checked.
const MAX_WAITING: usize = 200;

/// Refused claims that are remembered, so as not to check them again.
const MAX_REFUSED: usize = 1000;

/// Claims that a peer may make.
const MAX_CLAIMS: u32 = 500;

/// Claims of a peer that may turn out wrong; then it is not listened to any more.
const MAX_WRONG: u32 = 20;

/// A peer may send one message each second, and so many at once.
const PACE: Duration = Duration::from_secs(1);
const BURST: u32 = 20;

/// The tips of a torrent.
#[derive(Debug, Default)]
pub(crate) struct Tips {
    /// In the order in which they were found genuine.
    genuine: Vec<TipClaim>,
    refused: Set<TipClaim>,
    /// Who said so first.
    waiting: Vec<(TipClaim, PeerKey)>,
}

/// What one peer said of tips, and was told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gossip {
    pub(crate) told: bool,
    claims: u32,
    wrong: u32,
    /// When the messages that it sent would have been due at an even pace.
    due: Time,
}

impl Gossip {
    /// A message came; whether to read it.
    pub(crate) fn admit(&mut self, now: Time) -> bool {
        let due = self.due.max(now);
        if self.wrong >= MAX_WRONG || self.claims >= MAX_CLAIMS || due.since(now) > PACE * BURST {
            return false;
        }
        self.due = due + PACE;
        true
    }

    /// One of its claims was wrong.
    pub(crate) const fn wronged(&mut self) {
        self.wrong = self.wrong.saturating_add(1);
    }
}

impl Tips {
    /// The genuine ones.
    pub(crate) fn genuine(&self) -> &[TipClaim] {
        &self.genuine
    }

    /// Takes claims of a peer; those that are to be checked.
    pub(crate) fn claim(
        &mut self,
        key: PeerKey,
        gossip: &mut Gossip,
        claims: Vec<TipClaim>,
    ) -> Vec<TipClaim> {
        let mut new = Vec::new();
        for claim in claims {
            if gossip.claims >= MAX_CLAIMS || self.waiting.len() >= MAX_WAITING {
                break;
            }
            gossip.claims += 1;
            let known = self.genuine.contains(&claim) || self.refused.contains(&claim);
            if !known && !self.waiting.iter().any(|(other, _)| *other == claim) {
                self.waiting.push((claim, key));
                new.push(claim);
            }
        }
        new
    }

    /// Takes what was found genuine; what of it is new.
    pub(crate) fn confirm(&mut self, claims: &[TipClaim]) -> Vec<TipClaim> {
        let mut new = Vec::new();
        for claim in claims {
            self.waiting.retain(|(other, _)| other != claim);
            if !self.genuine.contains(claim) && self.genuine.len() < MAX_GENUINE {
                self.genuine.push(*claim);
                new.push(*claim);
            }
        }
        new
    }

    /// A claim was found wrong; who made it.
    pub(crate) fn refuse(&mut self, claim: TipClaim) -> Option<PeerKey> {
        let place = self.waiting.iter().position(|(other, _)| *other == claim)?;
        if self.refused.as_slice().len() >= MAX_REFUSED {
            self.refused.clear();
        }
        self.refused.insert(claim);
        Some(self.waiting.remove(place).1)
    }
}

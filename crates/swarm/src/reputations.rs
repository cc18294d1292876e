//! What peers are remembered for after they have gone.

use wire::PeerId;

use crate::set::Set;

/// Who sent corrupt data or may have, and who wants nothing, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Reputations {
    banned: Set<PeerId>,
    suspects: Set<PeerId>,
    seeds: Set<PeerId>,
}

impl Reputations {
    /// A peer sent corrupt data.
    pub(crate) fn ban(&mut self, id: PeerId) {
        self.banned.remember(id, MAX_SHUNNED);
    }

    pub(crate) fn is_banned(&self, id: PeerId) -> bool {
        self.banned.contains(&id)
    }

    /// Everyone who is banned.
    pub(crate) const fn banned(&self) -> &Set<PeerId> {
        &self.banned
    }

    /// A peer is one of several of whom one sent corrupt data: it has to prove itself, alone.
    pub(crate) fn suspect(&mut self, id: PeerId) {
        self.suspects.remember(id, MAX_SHUNNED);
    }

    /// A suspect has proved itself.
    pub(crate) fn clear(&mut self, id: PeerId) {
        self.suspects.remove(&id);
    }

    pub(crate) fn is_suspect(&self, id: PeerId) -> bool {
        self.suspects.contains(&id)
    }

    /// A peer wanted nothing when we wanted nothing either.
    pub(crate) fn seeds(&mut self, id: PeerId) {
        self.seeds.remember(id, MAX_SEEDS);
    }

    pub(crate) fn is_seed(&self, id: PeerId) -> bool {
        self.seeds.contains(&id)
    }
}

/// Peers that are remembered for corrupt data, and as many of which one sent some.
const MAX_SHUNNED: usize = 1_000;
/// Seeds that are remembered, so that no connection is made just to be closed.
const MAX_SEEDS: usize = 1_000;

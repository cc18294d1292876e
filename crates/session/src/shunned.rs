//! Peers that are not met again.

use std::collections::VecDeque;

use metainfo::InfoHash;
use wire::PeerId;

/// How many are remembered. To make room for others, a peer has to misbehave on as many connections.
pub const MAX_SHUNNED: usize = 256;

/// Those that misbehaved, by what they went by: a tracker's name for a peer of a swarm.
///
/// What a peer says of itself is no name: a stranger could take that of another, misbehave and have the other shunned.
/// Of two who announce under one id, a tracker keeps one, so an id stands for whoever misbehaved, *there*. At a tracker
/// that lets ids be taken, the thief has already come between us and whom it robbed; by other trackers, and by
/// neighbours, the two still meet. For the same reason, what neighbours call a peer counts for nothing.
#[derive(Debug, Default)]
pub(crate) struct Shunned(VecDeque<Name>);

/// Whom a tracker means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) peer_id: PeerId,
    pub(crate) swarm: InfoHash,
    pub(crate) tracker: String,
}

impl Shunned {
    /// Remembers a peer; if there are too many, forgets the one that was remembered first.
    pub(crate) fn insert(&mut self, name: Name) {
        if !self.0.contains(&name) {
            self.0.truncate(MAX_SHUNNED - 1);
            self.0.push_front(name);
        }
    }

    /// Whether the peer that this tracker calls so misbehaved.
    pub(crate) fn contains(&self, peer_id: PeerId, swarm: InfoHash, tracker: &str) -> bool {
        self.0.iter().any(|name| name.peer_id == peer_id && name.swarm == swarm && name.tracker == tracker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_remembered_than_there_may_be_and_the_latest_are() {
        let mut shunned = Shunned::default();
        let id = |number: u32| {
            let mut id = [0; 20];
            id[..4].copy_from_slice(&number.to_be_bytes());
            PeerId::from_bytes(id)
        };
        let (swarm, most) = (InfoHash::from_bytes([1; 20]), MAX_SHUNNED as u32);
        for number in 0..3 * most {
            let name = Name { peer_id: id(number), swarm, tracker: "ws://tracker".to_owned() };
            shunned.insert(name.clone());
            shunned.insert(name);
        }
        let known: Vec<u32> =
            (0..3 * most).filter(|number| shunned.contains(id(*number), swarm, "ws://tracker")).collect();
        assert_eq!(known, (2 * most..3 * most).collect::<Vec<_>>());
        assert!(!shunned.contains(id(3 * most - 1), swarm, "ws://another"));
    }
}

//! What keeps a torrent from working although nothing stopped it.

use std::time::Duration;

use metainfo::InfoHash;
use swarm::{Snapshot, Time};

use super::Session;
use crate::torrent::State;
use crate::trackers::TrackerState;
use crate::{Storage, UserFiles};

/// What keeps a torrent from working although nothing stopped it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// Somebody else deleted pieces that were here. They are being downloaded again.
    Evicted,
    /// None of its trackers can be reached, and there is nobody else to get it from.
    NoTracker,
    /// It has looked for a while for somebody to get it from, and this keeps a web seed from being one.
    NoWebSeed(webseed::Error),
    /// It has looked for a while for somebody to get it from.
    NoPeers,
}

impl<S: Storage, U: UserFiles, L> Session<S, U, L> {
    /// What keeps a torrent from working, if that is nothing that [stopped](crate::Torrent::problem) it. `snapshot` is the
    /// one that the torrent [gives](crate::Torrent::snapshot) now.
    pub fn hindrance(&self, now: Time, torrent: InfoHash, snapshot: Option<&Snapshot>) -> Option<Hindrance> {
        let entry = self.torrents.get(&torrent)?;
        let state = entry.torrent.state(snapshot.map(|snapshot| snapshot.phase));
        if !matches!(state, State::Metadata | State::Downloading) {
            return None;
        }
        if entry.torrent.evicted() {
            return Some(Hindrance::Evicted);
        }
        let mut web_seeds = snapshot.iter().flat_map(|snapshot| &snapshot.web_seeds);
        if entry.peers > 0 || web_seeds.any(|web_seed| web_seed.down_rate > 0) {
            return None;
        }
        let is_lost = |(_, state): (_, TrackerState<'_>)| {
            matches!(
                state,
                TrackerState::Failed { .. } | TrackerState::Refusing { .. } | TrackerState::Unsupported
            )
        };
        if self.trackers(torrent).all(is_lost) {
            return Some(Hindrance::NoTracker);
        }
        let is_lonely = entry.alone_since.is_some_and(|since| now.since(since) >= LONELY);
        is_lonely.then(|| match entry.torrent.web_seed_fault() {
            Some(fault) => Hindrance::NoWebSeed(fault.clone()),
            None => Hindrance::NoPeers,
        })
    }
}

/// How long a torrent looks for peers before it is said that there are none.
const LONELY: Duration = Duration::from_secs(10);

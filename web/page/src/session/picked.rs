//! Torrents of the list that the user picked, to do something with all of them.

use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::{DataSource, Problem, State, TorrentView};

/// Torrents that the user picked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    torrents: LiteMap<InfoHash, ()>,
    /// The one that was picked or left last, from which a range goes.
    last: Option<InfoHash>,
}

impl Picked {
    /// Whether this torrent is among them.
    #[must_use]
    pub fn contains(&self, torrent: InfoHash) -> bool {
        self.torrents.contains_key(&torrent)
    }

    /// Those that are, in the order of the list.
    pub fn of<'a>(&'a self, list: &'a [TorrentView]) -> impl Iterator<Item = &'a TorrentView> {
        list.iter().filter(|torrent| self.contains(torrent.info_hash))
    }

    /// Picks a torrent, or leaves it; as a `range`, all from the last one to it become what it becomes.
    pub(super) fn turn(&mut self, torrent: InfoHash, range: bool, list: &[TorrentView]) {
        let place = |wanted: InfoHash| list.iter().position(|listed| listed.info_hash == wanted);
        let Some(to) = place(torrent) else { return };
        let from = self.last.filter(|_| range).and_then(place).unwrap_or(to);
        let pick = !self.contains(torrent);
        for TorrentView { info_hash, .. } in &list[from.min(to)..=from.max(to)] {
            if pick {
                self.torrents.insert(*info_hash, ());
            } else {
                self.torrents.remove(info_hash);
            }
        }
        self.last = Some(torrent);
    }

    /// Picks all, or leaves all if all are.
    pub(super) fn turn_all(&mut self, list: &[TorrentView]) {
        let all = self.torrents.len() == list.len();
        *self = Self::default();
        for torrent in list.iter().filter(|_| !all) {
            // Collecting them would bring a sort of its own.
            self.torrents.insert(torrent.info_hash, ());
        }
    }

    /// Leaves what is not in the list any more.
    pub(super) fn keep_listed(&mut self, list: &[TorrentView]) {
        self.torrents.retain(|picked, _| list.iter().any(|torrent| torrent.info_hash == *picked));
    }
}

/// Whether pausing it with others stops anything.
#[must_use]
pub const fn can_pause(torrent: &TorrentView) -> bool {
    !matches!(torrent.state, State::Paused | State::Error)
}

/// Whether it goes on if it is resumed with others. A share that misses its files, or has others by now, would become a
/// download: whoever wants that says so of the one.
#[must_use]
pub fn can_resume(torrent: &TorrentView) -> bool {
    matches!(torrent.state, State::Paused | State::Error)
        && torrent.source != DataSource::FilesMissing
        && !matches!(torrent.problem, Some(Problem::FileChanged { .. }))
}

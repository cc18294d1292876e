//! Of which torrents something is wanted for money.

use std::collections::BTreeSet;

use metainfo::InfoHash;
use protocol::{State, TorrentView};

/// Which torrents lack something, and for which of them is paid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Those that lack something.
    torrents: BTreeSet<InfoHash>,
    only: Option<InfoHash>,
}

impl Wanted {
    /// Of these, for `only` one, or for all.
    #[must_use]
    pub fn new(torrents: &[TorrentView], only: Option<InfoHash>) -> Self {
        let lacking = torrents.iter().filter(|view| view.state == State::Downloading);
        Self { torrents: lacking.map(|view| view.info_hash).collect(), only }
    }

    /// Whether anything is wanted of a torrent's peers.
    #[must_use]
    pub fn of(&self, torrent: &InfoHash) -> bool {
        self.only.as_ref().is_none_or(|only| only == torrent) && self.torrents.contains(torrent)
    }
}

/// How many bytes a torrent lacks, about: the engine tells which part of them is here.
pub(crate) fn missing(view: &TorrentView) -> u64 {
    // Some part in 10^6 is as exact as the number is, and a whole number from here on.
    let here = (f64::from(view.progress).clamp(0.0, 1.0) * 1e6).floor() as u128;
    let size = u128::from(view.size.unwrap_or(0));
    u64::try_from(size * (1_000_000 - here) / 1_000_000).unwrap_or(u64::MAX)
}

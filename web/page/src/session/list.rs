//! The torrents of this browser.

use std::collections::VecDeque;
use std::rc::Rc;

use journal::Report;
use litemap::LiteMap;
use metainfo::{InfoHash, Magnet};
use protocol::{State, TorrentView};

/// Speeds are remembered for so many seconds.
pub const HISTORY_SECONDS: usize = 120;
/// Entries that are remembered of what happens in a torrent.
const JOURNAL: usize = 50_000;

/// What is known of the torrents of this browser.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The torrents, newest first.
    pub torrents: Rc<Vec<TorrentView>>,
    /// The speeds of each, second by second.
    pub history: LiteMap<InfoHash, History>,
    /// What happened in each since somebody wanted to know.
    pub journals: LiteMap<InfoHash, Rc<Report<String>>>,
    /// Those whose files the user must choose again after a reload.
    pub without_handles: LiteMap<InfoHash, ()>,
    /// What the browser deleted since the last visit.
    pub evicted: Rc<Vec<Magnet>>,
    /// What everyone has since the page was hidden.
    pub news: Option<InfoHash>,
}

/// Speeds in bytes per second, oldest first, one of each per second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Received.
    pub down: VecDeque<u64>,
    /// Sent.
    pub up: VecDeque<u64>,
}

impl List {
    /// The torrent `info_hash`, if it is in the list.
    #[must_use]
    pub fn torrent(&self, info_hash: InfoHash) -> Option<&TorrentView> {
        self.torrents.iter().find(|torrent| torrent.info_hash == info_hash)
    }

    /// These are the torrents now, and whether nobody sees the page.
    pub(super) fn update(&mut self, torrents: Vec<TorrentView>, hidden: bool) {
        let listed = |info_hash| torrents.iter().find(|torrent| torrent.info_hash == info_hash);
        self.journals.retain(|known, _| listed(*known).is_some());
        self.history.retain(|known, _| listed(*known).is_some());
        let is_news = |torrent: &&TorrentView| {
            everyone_has(torrent) && self.torrent(torrent.info_hash).is_some_and(|known| !everyone_has(known))
        };
        let new = torrents.iter().find(is_news).filter(|_| hidden).map(|torrent| torrent.info_hash);
        self.news = new.or(self.news.filter(|news| listed(*news).is_some_and(everyone_has)));
        self.torrents = Rc::new(torrents);
    }

    /// Adds to what is known of what happened in a torrent.
    pub(super) fn note(&mut self, info_hash: InfoHash, report: Report<String>) {
        if self.torrent(info_hash).is_some() {
            Rc::make_mut(self.journals.entry(info_hash).or_default()).extend(report, JOURNAL);
        }
    }

    /// A second passed.
    pub(super) fn remember_speeds(&mut self) {
        for torrent in self.torrents.iter() {
            let idle = torrent.down_rate == 0 && torrent.up_rate == 0;
            if idle && !self.history.contains_key(&torrent.info_hash) {
                continue;
            }
            let history = self.history.entry(torrent.info_hash).or_default();
            for (speeds, now) in [(&mut history.down, torrent.down_rate), (&mut history.up, torrent.up_rate)]
            {
                speeds.push_back(now);
                while speeds.len() > HISTORY_SECONDS {
                    speeds.pop_front();
                }
            }
        }
    }
}

/// Whether everyone who came for a torrent has it, so that whoever shares it may leave. Not so while nobody came.
#[must_use]
pub fn everyone_has(torrent: &TorrentView) -> bool {
    nobody_waits(torrent) && torrent.left_early == 0
}

/// Whether somebody came for a torrent and got it, and nobody who is connected waits for more of it.
#[must_use]
pub fn nobody_waits(torrent: &TorrentView) -> bool {
    torrent.state == State::Seeding && torrent.finished > 0 && torrent.waiting == 0
}

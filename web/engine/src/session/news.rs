//! What the page hears of the torrents: events within a moment, numbers once a second, and only what changed.
//!
//! Drawing the page costs more than moving a megabyte, so numbers that only grow wait for their turn.

use std::time::Duration;

use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::tabs::PageId;
use protocol::{DataSource, Event, State, TipClaim, TorrentView};
use session::Policy;
use swarm::Time;
use wasm_bindgen_futures::spawn_local;

use super::Driver;
use super::links::Peer;
use super::meeting::tracker_views;
use super::pages::{reply, tell};
use crate::browser::now;
use crate::error::problem;
use crate::torrent::{Surroundings, detail, view};

/// Between two lists while bytes flow.
const PACE: Duration = Duration::from_secs(1);

/// Between two lists when something happened that a person waits for.
const MOMENT: Duration = Duration::from_millis(100);

/// Between two looks at torrents that wait for something.
const IDLE_PACE: Duration = Duration::from_secs(1);

/// Between two looks at the browser's storage.
const STORAGE_PACE: Duration = Duration::from_secs(5);

/// Entries that torrents keep for whoever looks at what happens.
const JOURNAL: usize = 4_096;

/// What was told, and when to tell more.
#[derive(Debug, Default)]
pub(super) struct News {
    /// When to tell what changed.
    due: Option<Time>,
    told: Vec<TorrentView>,
    told_at: Time,
    next_look: Option<Time>,
    storage_at: Time,
    /// The torrents whose details pages want.
    pub(super) watched: LiteMap<PageId, Watched>,
}

/// What a page watches.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) info_hash: InfoHash,
    /// The page was told of the tips that somebody claims to have given, and hears of new ones as they come. It is not
    /// while the torrent's folder is being opened.
    pub(super) knows_tips: bool,
}

impl News {
    /// Some number may be different now.
    pub(super) fn changed(&mut self) {
        self.tell_after(PACE);
    }

    /// Something happened that a person waits for.
    pub(super) fn happened(&mut self) {
        self.tell_after(MOMENT);
    }

    /// When the page is to hear more.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.due.or(self.next_look)
    }

    fn tell_after(&mut self, pace: Duration) {
        let at = self.told_at + pace;
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }
}

impl Driver {
    /// Sets the timer for the news.
    pub(super) fn arm_news(&self, now: Time) {
        if let Some(at) = self.news.deadline() {
            self.alarm.set(at, at.since(now));
        }
    }

    /// Tells the page what changed, if it is time to.
    pub(super) fn publish(&mut self, now: Time) {
        if self.news.deadline().is_none_or(|at| at > now) {
            return;
        }
        let views = self.views(now);
        self.news.told_at = now;
        self.news.due = None;
        if views.iter().any(|view| view.down_rate + view.up_rate > 0) {
            self.news.changed();
        }
        let waiting = |view: &TorrentView| {
            matches!(view.state, State::Metadata | State::Checking | State::Downloading)
                || matches!(view.source, DataSource::Copying { .. })
        };
        let look = views.iter().any(waiting).then(|| now + IDLE_PACE);
        self.news.next_look = look.or_else(|| self.next_oblivion(now));
        if self.news.told != views {
            self.tell_purse_of_torrents(&views);
            tell(&Event::Torrents(views.clone()));
            self.news.told = views;
        }
        self.tell_detail(now);
        self.tell_journal();
        if self.news.storage_at <= now {
            self.news.storage_at = now + STORAGE_PACE;
            self.tell_storage();
        }
    }

    /// When somebody who left a torrent that a page watches is not shown there any more.
    fn next_oblivion(&self, now: Time) -> Option<Time> {
        let watched =
            self.news.watched.values().filter_map(|watched| self.session.torrent(watched.info_hash));
        watched.flat_map(|torrent| torrent.departures(now)).map(|departure| departure.until).min()
    }

    /// Has what happens noted in every torrent, those to come included. Whoever asks anew hears anew who is there.
    pub(super) fn record(&mut self) {
        self.tell_journal();
        self.session.keep_journal(now(), JOURNAL);
    }

    /// Tells the pages what happened, while somebody wants to know.
    fn tell_journal(&mut self) {
        for (info_hash, report) in self.session.take_journals() {
            if report != Default::default() {
                let entries = report.entries.iter().map(ToString::to_string).collect();
                tell(&Event::Journal { info_hash, dropped: report.dropped, entries });
            }
        }
    }

    /// Tells the page how full storage is.
    pub(super) fn tell_storage(&self) {
        let Some(shelf) = self.shelf.clone() else { return };
        spawn_local(async move {
            if let Some(storage) = shelf.estimate().await {
                tell(&Event::Storage(storage));
            }
        });
    }

    /// Tells each page everything about the torrent that it watches.
    pub(super) fn tell_detail(&mut self, now: Time) {
        let mut watched = std::mem::take(&mut self.news.watched);
        for (page, Watched { info_hash, knows_tips }) in &mut watched {
            let Some(detail) = self.detail(now, *info_hash) else { continue };
            reply(*page, &detail);
            if let (false, Some(torrent)) =
                (std::mem::replace(knows_tips, true), self.session.torrent(*info_hash))
            {
                reply(*page, &Event::TipClaims { info_hash: *info_hash, claims: torrent.tip_claims() });
            }
        }
        self.news.watched = watched;
    }

    /// Everything about a torrent.
    pub(super) fn detail(&self, now: Time, info_hash: InfoHash) -> Option<Event> {
        let torrent = self.session.torrent(info_hash)?;
        let trackers = tracker_views(&self.session, now, torrent.info_hash());
        let introduced = |key| self.peers.get(&key).is_some_and(Peer::introduced);
        Some(Event::Detail(Box::new(detail(torrent, now, trackers, introduced))))
    }

    /// Tells the pages that watch a torrent, but for the one that knows, what is new of tips for it.
    pub(super) fn tell_of_tips(&self, info_hash: InfoHash, claims: &[TipClaim], knows: Option<PageId>) {
        if claims.is_empty() {
            return;
        }
        for (page, watched) in &self.news.watched {
            if watched.info_hash == info_hash && watched.knows_tips && Some(*page) != knows {
                reply(*page, &Event::TipClaims { info_hash, claims: claims.to_vec() });
            }
        }
    }

    /// Every torrent, newest first.
    pub(super) fn views(&self, now: Time) -> Vec<TorrentView> {
        let mut views: Vec<TorrentView> = Vec::new();
        for view in self.session.torrents().filter_map(|(info_hash, _)| self.view(now, info_hash)) {
            let newer = views.partition_point(|other| other.added_at >= view.added_at);
            views.insert(newer, view);
        }
        let faulty = self.session.faulty().map(|(info_hash, error)| TorrentView {
            info_hash,
            name: String::new(),
            size: None,
            file_count: 0,
            state: State::Error,
            progress: 0.0,
            peers: 0,
            seeds: 0,
            waiting: 0,
            finished: 0,
            left_early: 0,
            web_seeds: 0,
            down_rate: 0,
            up_rate: 0,
            downloaded: 0,
            uploaded: 0,
            seconds_left: None,
            source: DataSource::Browser,
            problem: Some(problem(error.clone(), 0)),
            added_at: 0.0,
            seal: None,
            magnet: metainfo::Magnet::new(info_hash).to_string(),
        });
        views.extend(faulty);
        views
    }

    /// One torrent.
    pub(super) fn view(&self, now: Time, info_hash: InfoHash) -> Option<TorrentView> {
        let torrent = self.session.torrent(info_hash)?;
        let snapshot = torrent.snapshot(now);
        let around = Surroundings {
            link_trackers: self.trackers.as_deref().unwrap_or_default(),
            no_webrtc: self.no_webrtc,
            no_relay: self.no_relay.filter(|_| torrent.policy() == Policy::Relay),
            hindrance: self.session.hindrance(now, info_hash, snapshot.as_ref()),
        };
        Some(view(torrent, snapshot.as_ref(), around))
    }
}

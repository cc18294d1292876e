//! What there is to know of a torrent, for its driver and for people.

use metainfo::{FileSpan, Info, InfoHash, Magnet, Metainfo};
use swarm::{Departure, Phase, Snapshot, Time};
use wire::Bitfield;

use super::Torrent;
use super::sealed::Contents;
use crate::{Error, Record, Storage, UserFiles};

/// What a torrent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Getting its description from peers.
    Metadata,
    /// Comparing bytes that are already here with its hashes.
    Checking,
    /// Some wanted bytes are missing.
    Downloading,
    /// Every wanted byte is here.
    Seeding,
    /// Stopped by the user.
    Paused,
    /// Stopped by a [`Problem`].
    Stopped,
}

/// Where a torrent's bytes are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DataSource {
    /// In storage.
    Stored,
    /// In the user's own files.
    Files,
    /// In the user's own files, while a copy goes into storage.
    Copying {
        /// Share copied, 0 to 1.
        progress: f32,
    },
    /// In the user's own files, which are not at hand in this visit.
    FilesMissing,
}

/// What stopped a torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Its storage, or the user's files.
    Storage {
        /// What is wrong.
        error: Error,
        /// Bytes that are still to be stored.
        needed: u64,
    },
    /// What peers say of it is genuine, and still no torrent that works.
    Unusable(metainfo::Error),
    /// The site does not serve it; why, in the words of its tracker.
    Denied(String),
    /// The key that the user gave does not open it. The key is forgotten.
    Sealed(seal::Error),
}

impl Problem {
    /// Whether the user's own files are at fault.
    pub(super) const fn is_of_files(&self) -> bool {
        matches!(self, Self::Storage { error, .. } if error.is_of_files())
    }
}

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// The name under which it is listed.
    pub const fn info_hash(&self) -> InfoHash {
        self.info_hash
    }

    /// Its files and pieces, once known.
    pub fn info(&self) -> Option<&Info> {
        self.metainfo.as_ref().map(|metainfo| &metainfo.info)
    }

    /// The torrent file, once the metadata is known.
    pub const fn metainfo(&self) -> Option<&Metainfo> {
        self.metainfo.as_ref()
    }

    /// What is remembered of it, but for what was traded since it was last written.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Where it is stored.
    pub const fn storage(&self) -> &S {
        &self.storage
    }

    /// The user's own files, if it is served from them.
    pub const fn files(&self) -> Option<&U> {
        self.files.as_ref()
    }

    /// The same, to be read.
    pub const fn files_mut(&mut self) -> Option<&mut U> {
        self.files.as_mut()
    }

    /// What its engine tells; `None` while pieces are checked.
    pub fn snapshot(&self, now: Time) -> Option<Snapshot> {
        Some(self.engine.as_ref()?.snapshot(now))
    }

    /// Peers that left lately, as [`swarm::Torrent::departures`] has them.
    pub fn departures(&self, now: Time) -> impl Iterator<Item = &Departure> {
        self.engine.iter().flat_map(move |engine| engine.departures(now))
    }

    /// What stopped it, if anything did.
    pub const fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Somebody else deleted pieces that were here, and they are not here again yet.
    pub const fn evicted(&self) -> bool {
        self.evicted
    }

    /// Its name, as far as anything told it.
    pub fn name(&self) -> &str {
        let linked = || self.magnet.as_ref().and_then(|magnet| magnet.name.as_deref());
        let plain = || self.info().map(Info::name);
        self.unsealed().map(Contents::name).or_else(plain).or_else(linked).unwrap_or_default()
    }

    /// Whether peers may come from its own trackers only (BEP 27).
    pub fn private(&self) -> bool {
        self.info().is_some_and(Info::private)
    }

    /// The trackers that it brought along. To those of a private torrent nobody who passes on its link can add.
    pub fn trackers(&self) -> Vec<&str> {
        let own = self.metainfo.iter().flat_map(|metainfo| metainfo.announce.iter().flatten());
        let linked = self.magnet.iter().filter(|_| !self.private()).flat_map(|magnet| &magnet.trackers);
        distinct(own.chain(linked))
    }

    /// The servers that its torrent file and its link say have its files.
    pub fn web_seeds(&self) -> Vec<&str> {
        let own = self.metainfo.iter().flat_map(|metainfo| &metainfo.url_list);
        let linked = self.magnet.iter().flat_map(|magnet| &magnet.web_seeds);
        distinct(own.chain(linked))
    }

    /// The link by which it is passed on, with everything that helps whoever follows it: `trackers` are those of every
    /// torrent that is not private. With the key of a sealed share it says no name, since that is hidden.
    pub fn link(&self, trackers: &[String]) -> Magnet {
        let linked = self.magnet.clone().map(Magnet::passed_on);
        let is_sealed = linked.as_ref().is_some_and(|magnet| magnet.key.is_some());
        let mut magnet = Magnet {
            hashes: self.hashes(),
            name: Some(self.name().to_owned()).filter(|name| !name.is_empty() && !is_sealed),
            trackers: self.trackers().into_iter().map(str::to_owned).collect(),
            web_seeds: self.web_seeds().into_iter().map(str::to_owned).collect(),
            ..linked.unwrap_or_else(|| Magnet::new(self.hashes()))
        };
        // While the metadata is unknown, it may be private.
        if self.info().is_some_and(|info| !info.private()) {
            for url in trackers {
                if !magnet.trackers.contains(url) {
                    magnet.trackers.push(url.clone());
                }
            }
        }
        magnet
    }

    /// What it is doing, while its engine is in this `phase`.
    pub fn state(&self, phase: Option<Phase>) -> State {
        if self.problem.is_some() {
            State::Stopped
        } else if self.check.is_some() {
            State::Checking
        } else if !self.active() {
            State::Paused
        } else {
            match phase {
                Some(Phase::Downloading) => State::Downloading,
                Some(Phase::Complete) => State::Seeding,
                Some(Phase::Paused) => State::Paused,
                Some(Phase::Metadata) | None => State::Metadata,
            }
        }
    }

    /// Where its bytes are.
    pub fn source(&self) -> DataSource {
        match (&self.files, &self.stored) {
            (None, _) if self.files_missing() => DataSource::FilesMissing,
            (Some(_), Some(stored)) if self.record.keep_copy && !stored.is_full() => {
                DataSource::Copying { progress: stored.count_ones() as f32 / stored.len() as f32 }
            }
            (Some(_), Some(stored)) if !stored.is_full() => DataSource::Files,
            _ => DataSource::Stored,
        }
    }

    /// The pieces that can be served.
    pub fn have(&self) -> Option<Bitfield> {
        match (&self.files, &self.stored) {
            (Some(_), Some(stored)) => Some(Bitfield::full(stored.len())),
            (None, stored) => stored.clone(),
            (Some(_), None) => None,
        }
    }

    /// Whether all of it is in storage.
    pub fn complete(&self) -> bool {
        self.stored.as_ref().is_some_and(Bitfield::is_full)
    }

    /// Share of the wanted bytes that is here, while `left` are not; while checking, share checked. 0 to 1.
    pub fn progress(&self, left: u64) -> f32 {
        if let Some(check) = &self.check {
            return check.progress();
        }
        let (Some(info), Some(selection)) = (self.info(), self.selection()) else { return 0.0 };
        let geometry = info.geometry();
        let total: u64 = selection.iter().map(|piece| u64::from(geometry.content_of(piece))).sum();
        if total == 0 { 1.0 } else { total.saturating_sub(left) as f32 / total as f32 }
    }

    /// Bytes that are still to be stored; `None` until the metadata tells how many there are.
    pub fn left(&self) -> Option<u64> {
        self.info().map(|_| self.engine.as_ref().map_or(0, swarm::Torrent::left))
    }

    /// Bytes received and sent since this visit began.
    pub fn traded(&self) -> (u64, u64) {
        self.engine.as_ref().map_or((0, 0), |engine| (engine.downloaded(), engine.uploaded()))
    }

    /// Bytes received and sent over its whole life here.
    pub fn traded_ever(&self) -> (u64, u64) {
        let (downloaded, uploaded) = self.uncounted();
        (self.record.downloaded + downloaded, self.record.uploaded + uploaded)
    }

    /// Whether every byte of `span` is in pieces that are in `have`.
    pub fn covers(&self, have: &Bitfield, span: FileSpan) -> bool {
        self.info().is_some_and(|info| info.geometry().pieces_of(span).all(|piece| have.get(piece)))
    }
}

fn distinct<'a>(urls: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for url in urls {
        if !distinct.contains(&url.as_str()) {
            distinct.push(url);
        }
    }
    distinct
}

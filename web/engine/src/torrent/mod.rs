//! One torrent: its folder, the user's files behind it, and the engine that trades its pieces.

mod check;
mod copy;
mod drive;
mod save;
mod streams;
mod tips;
mod view;
mod web_seeds;

use std::time::Duration;

use metainfo::{Info, InfoHash, InfoHashes, Magnet, Metainfo, PieceIndex};
use protocol::{DataSource, Problem};
use session::{Limits, Listing, Record};
use swarm::{Config, Input, Priority, Selection, Source, Time};
use wire::Bitfield;

pub(crate) use self::check::{Check, CheckJob};
use self::copy::Copying;
use self::drive::Drive;
pub(crate) use self::drive::Effect;
pub(crate) use self::save::{Progress, SaveJob};
use self::streams::Streams;
pub(crate) use self::streams::{Stream, StreamKey};
pub(crate) use self::view::Surroundings;
use crate::browser::{random, wall_clock};
use crate::files::{Reader, UserFiles};
use crate::store::{Folder, Found};
use crate::{Error, browser};

/// Between two looks whether a full storage has room again.
const ROOM_INTERVAL: Duration = Duration::from_secs(10);

/// One torrent that the user added or shares.
#[derive(Debug)]
pub(crate) struct Torrent {
    info_hash: InfoHash,
    config: Config,
    folder: Folder,
    record: Record,
    metainfo: Option<Metainfo>,
    magnet: Option<Magnet>,
    /// Pieces in the folder's data file.
    stored: Option<Bitfield>,
    /// The user's own files, if it is served from them.
    reader: Option<Reader>,
    copying: Copying,
    check: Option<Check>,
    drive: Drive,
    streams: Streams,
    /// What stopped it, until the user lets it go on.
    problem: Option<Problem>,
    /// When to see whether storage has room again.
    retry_at: Option<Time>,
    /// Somebody else deleted pieces that were here, and they are not here again yet.
    evicted: bool,
    /// When something came up that the record does not say yet.
    unsaved_since: Option<Time>,
}

/// What is known of a torrent when it is added.
#[derive(Debug)]
pub(crate) enum Origin {
    /// It was here at the last visit.
    Restored,
    /// The user gave a link, and may want no more than the description of what it names.
    Magnet { magnet: Magnet, metadata_only: bool },
    /// The user gave a torrent file.
    TorrentFile(Metainfo),
    /// A server that the link names has the torrent file.
    LookedUp(Metainfo),
    /// The user shares files.
    Files { metainfo: Metainfo, files: UserFiles, keep_copy: bool },
}

impl Torrent {
    /// The torrent whose folder was just opened.
    pub(crate) fn new(
        now: Time,
        config: Config,
        info_hash: InfoHash,
        folder: Folder,
        found: Found,
        origin: Origin,
    ) -> Self {
        let record = found.record.unwrap_or_else(|| Record { added_at: wall_clock(), ..Record::default() });
        let mut torrent = Self {
            info_hash,
            config,
            folder,
            metainfo: found.metainfo,
            magnet: record.magnet.as_deref().and_then(|link| Magnet::parse(link).ok()),
            record,
            stored: found.stored,
            reader: None,
            copying: Copying::default(),
            check: None,
            drive: Drive::default(),
            streams: Streams::default(),
            problem: None,
            retry_at: None,
            evicted: found.evicted,
            unsaved_since: None,
        };
        torrent.adopt(now, origin);
        torrent.start(now, torrent.doubtful());
        torrent.save(now);
        torrent
    }

    /// Everything was done that opening it takes.
    pub(crate) fn opened(&mut self) {
        self.folder.opened();
    }

    /// Its files and pieces, once known.
    pub(crate) fn info(&self) -> Option<&Info> {
        self.metainfo.as_ref().map(|metainfo| &metainfo.info)
    }

    /// Its names among peers, as far as they are known.
    pub(crate) fn hashes(&self) -> InfoHashes {
        let linked = || self.magnet.as_ref().map(|magnet| magnet.hashes);
        self.info().map(Info::hashes).or_else(linked).unwrap_or(InfoHashes::One(self.info_hash))
    }

    /// The torrent file, once the metadata is known.
    pub(crate) const fn metainfo(&self) -> Option<&Metainfo> {
        self.metainfo.as_ref()
    }

    /// Whether it has traffic, or would with peers.
    pub(crate) fn active(&self) -> bool {
        !self.record.paused
            && self.record.listing == Listing::Listed
            && self.problem.is_none()
            && self.check.is_none()
            && !self.files_missing()
    }

    /// The trackers that it brought along. To those of a private torrent nobody who passes on its link can add.
    pub(crate) fn trackers(&self) -> Vec<&str> {
        let own = self.metainfo.iter().flat_map(|metainfo| metainfo.announce.iter().flatten());
        let linked = self.magnet.iter().filter(|_| !self.private()).flat_map(|magnet| &magnet.trackers);
        let mut urls: Vec<&str> = Vec::new();
        for url in own.chain(linked) {
            if !urls.contains(&url.as_str()) {
                urls.push(url);
            }
        }
        urls
    }

    /// The servers that its torrent file and its link say have its files.
    pub(crate) fn web_seeds(&self) -> Vec<&str> {
        let own = self.metainfo.iter().flat_map(|metainfo| &metainfo.url_list);
        let linked = self.magnet.iter().flat_map(|magnet| &magnet.web_seeds);
        let mut urls: Vec<&str> = Vec::new();
        for url in own.chain(linked) {
            if !urls.contains(&url.as_str()) {
                urls.push(url);
            }
        }
        urls
    }

    /// Whether peers may come from its own trackers only.
    pub(crate) fn private(&self) -> bool {
        self.info().is_some_and(Info::private)
    }

    /// Where its bytes are.
    pub(crate) fn source(&self) -> DataSource {
        match (&self.reader, &self.stored) {
            (None, _) if self.files_missing() => DataSource::FilesMissing,
            (Some(_), Some(stored)) if self.record.keep_copy && !stored.is_full() => {
                DataSource::Copying { progress: stored.count_ones() as f32 / stored.len() as f32 }
            }
            (Some(_), Some(stored)) if !stored.is_full() => DataSource::Files,
            _ => DataSource::Browser,
        }
    }

    /// Stops all traffic, on the user's wish.
    pub(crate) fn pause(&mut self, now: Time) {
        self.record.paused = true;
        self.drive.handle(now, Input::Pause);
        self.save(now);
    }

    /// Goes on after a pause or a problem. Without the user's files it goes on with what was copied of them,
    /// as a download.
    pub(crate) fn resume(&mut self, now: Time) {
        self.record.paused = false;
        if matches!(self.problem.take(), Some(Problem::FileChanged { .. })) {
            self.reader = None;
        }
        if self.retry_at.is_some() {
            self.look_for_room(now);
            return;
        }
        if self.reader.is_none() && !self.record.files.is_empty() {
            self.record.files.clear();
            self.record.keep_copy = false;
            self.start(now, Vec::new());
        } else {
            self.drive.handle(now, Input::Resume);
        }
        self.save(now);
    }

    /// Takes it off the list, with its data or without.
    pub(crate) fn remove(&mut self, now: Time, delete_data: bool) {
        self.record.listing = if delete_data { Listing::Deleted } else { Listing::Forgotten };
        self.drive.handle(now, Input::Pause);
        self.end_streams();
        self.save(now);
        if delete_data {
            // The other record, too. Should storage fail, the folder goes all the same.
            self.save(now);
            let _ = self.folder.clear();
        }
    }

    /// Takes what a further link, torrent file or share adds to what is known.
    pub(crate) fn add_again(&mut self, now: Time, origin: Origin) {
        let unknown = self.metainfo.is_none();
        let files = matches!(origin, Origin::Files { .. });
        let before = self.record.metadata_only;
        self.adopt(now, origin);
        if self.record.metadata_only != before
            && let Some(selection) = self.selection()
        {
            self.drive.handle(now, Input::Select(selection));
        }
        if files || (unknown && self.metainfo.is_some()) {
            self.problem = None;
            self.start(now, self.doubtful());
        }
        self.add_web_seeds(now);
        self.save(now);
    }

    /// Nothing that is known is replaced.
    fn adopt(&mut self, now: Time, origin: Origin) {
        let listing = &mut self.record.listing;
        let asked = !matches!(origin, Origin::Restored | Origin::LookedUp(_));
        let back = asked && std::mem::take(listing) != Listing::Listed;
        if back {
            self.record.paused = false;
        }
        match origin {
            Origin::Restored => {}
            Origin::Magnet { magnet, metadata_only } => {
                let unknown = self.magnet.is_none() && self.metainfo.is_none();
                if metadata_only && !unknown && !back {
                    return;
                }
                self.record.magnet = Some(magnet.to_string());
                self.magnet = Some(magnet);
                self.want(metadata_only);
            }
            Origin::TorrentFile(metainfo) => {
                self.learn(now, metainfo);
                self.want(false);
            }
            Origin::LookedUp(metainfo) => {
                let unknown = self.metainfo.is_none();
                self.learn(now, metainfo);
                if unknown {
                    self.skip_what_is_not_linked();
                }
            }
            Origin::Files { metainfo, files, keep_copy } => {
                self.learn(now, metainfo);
                self.want(false);
                self.record.paused = false;
                if !self.complete() {
                    self.record.files = files.stamps();
                    self.record.keep_copy = keep_copy;
                    self.serve_from(files);
                }
            }
        }
    }

    /// The user wants its files, as the link chooses them, or its description alone. A choice of files that the user
    /// made stays.
    fn want(&mut self, metadata_only: bool) {
        if std::mem::replace(&mut self.record.metadata_only, metadata_only) != metadata_only {
            self.record.priorities.clear();
            self.skip_what_is_not_linked();
        }
    }

    /// Downloads the file at this position before or after others, or not at all.
    pub(crate) fn select(&mut self, now: Time, file: u32, priority: Priority) {
        self.record.metadata_only = false;
        self.record.priorities.retain(|(other, _)| *other != file);
        if priority != Priority::Normal {
            let place = self.record.priorities.partition_point(|(other, _)| *other < file);
            self.record.priorities.insert(place, (file, priority));
        }
        if let Some(selection) = self.selection() {
            self.drive.handle(now, Input::Select(selection));
        }
        self.save(now);
    }

    /// Trades no more than this from now on.
    pub(crate) fn limit(&mut self, now: Time, limits: Limits) {
        self.record.limits = limits;
        self.apply_limits(now);
        self.save(now);
    }

    /// Looks again at what the session may trade, and shares the way the user wants all torrents to be shared.
    pub(crate) fn prefer(&mut self, now: Time, super_seed: bool) {
        self.config.super_seed = super_seed;
        self.drive.handle(now, Input::SuperSeed(super_seed));
    }

    fn apply_limits(&mut self, now: Time) {
        let Limits { up, down } = self.record.limits;
        self.drive.handle(now, Input::Limit { up, down });
    }

    /// Serves from these files of the user's from now on, once they are known to be the right ones.
    ///
    /// # Errors
    /// If the files are not those of this torrent.
    pub(crate) fn attach(&mut self, now: Time, files: Vec<web_sys::File>) -> Result<(), Error> {
        let info = self.info().ok_or(Error::Broken)?;
        let files = UserFiles::of(info, files)?;
        if self.complete() {
            return Ok(());
        }
        let pieces = info.geometry().pieces();
        let stamps = files.stamps();
        let doubtful = if stamps == self.record.files { Vec::new() } else { pieces.collect() };
        self.record.files = stamps;
        self.record.paused = false;
        self.problem = None;
        self.serve_from(files);
        self.start(now, doubtful);
        self.save(now);
        Ok(())
    }

    /// Whether to copy the user's files into the browser's storage.
    pub(crate) fn keep_copy(&mut self, now: Time, keep: bool) {
        if self.reader.is_none() {
            return;
        }
        self.record.keep_copy = keep;
        if let (false, Some(stored)) = (keep, &mut self.stored) {
            *stored = Bitfield::new(stored.len());
        }
        self.copying.wake(now);
        self.save(now);
        if !keep
            && self.problem.is_none()
            && let Err(error) = self.folder.clear()
        {
            self.fail(now, error);
        }
    }

    /// What the engine does next by itself.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let save = self.unsaved_since.map(|since| since + drive::SAVE_INTERVAL);
        [save, self.retry_at, self.drive.deadline(), self.copy_deadline()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub(crate) fn wake(&mut self, now: Time) {
        if self.drive.deadline().is_some_and(|at| at <= now) {
            self.drive.handle(now, Input::Wake);
        }
        if self.copy_deadline().is_some_and(|at| at <= now) {
            self.copy_step(now);
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.look_for_room(now);
        }
        if self.unsaved_since.is_some_and(|since| since + drive::SAVE_INTERVAL <= now) {
            self.save(now);
        }
    }

    /// Takes what the session has to do for it.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.drive.effects)
    }

    fn files_missing(&self) -> bool {
        self.reader.is_none() && !self.record.files.is_empty() && !self.complete()
    }

    /// Whether all of it is in the browser's storage.
    fn complete(&self) -> bool {
        self.stored.as_ref().is_some_and(Bitfield::is_full)
    }

    fn serve_from(&mut self, files: UserFiles) {
        match Reader::new(files) {
            Ok(reader) => self.reader = Some(reader),
            Err(error) => self.problem = Some(error.problem(0)),
        }
    }

    /// Keeps the metadata. What is marked as stored without it is hashed before it is believed.
    fn learn(&mut self, now: Time, metainfo: Metainfo) {
        if self.metainfo.is_some() {
            return;
        }
        self.stored = Some(Bitfield::new(metainfo.info.geometry().piece_count()));
        let kept = self.folder.save_torrent(&metainfo);
        let length = metainfo.info.geometry().total_length();
        self.metainfo = Some(metainfo);
        if let Err(error) = kept {
            self.stop_for(now, error, length);
        }
    }

    /// Starts the engine anew, once the doubtful pieces are hashed.
    fn start(&mut self, now: Time, doubtful: Vec<PieceIndex>) {
        self.tally();
        self.drive.stop();
        self.streams.renew();
        if !doubtful.is_empty() {
            self.check = Some(Check::new(doubtful));
            return;
        }
        let source = match (self.info(), self.have()) {
            (Some(info), Some(have)) => Source::Info(info.clone(), have),
            _ => Source::Magnet(self.hashes()),
        };
        self.drive.start(now, source, self.config.clone(), u64::from_le_bytes(random()));
        if let Some(metainfo) = self.metainfo.as_ref().filter(|metainfo| !metainfo.piece_layers.is_empty()) {
            self.drive.handle(now, Input::PieceLayers(metainfo.piece_layers.clone()));
        }
        self.apply_limits(now);
        self.expect_player(now);
        self.recall_tips(now);
        if let Some(selection) = self.selection() {
            self.drive.handle(now, Input::Select(selection));
        }
        self.add_web_seeds(now);
        if !self.active() {
            self.drive.handle(now, Input::Pause);
        }
        self.copying.wake(now);
    }

    /// Pieces that may be here, although nothing says that they are safe.
    fn doubtful(&self) -> Vec<PieceIndex> {
        let (Some(info), Some(stored), None) = (self.info(), &self.stored, &self.reader) else {
            return Vec::new();
        };
        let marked = self.folder.marked(info).unwrap_or_else(|_unreadable| Bitfield::new(0));
        marked.iter_ones().filter(|piece| !stored.get(*piece)).collect()
    }

    /// The pieces that can be served.
    fn have(&self) -> Option<Bitfield> {
        match (&self.reader, &self.stored) {
            (Some(_), Some(stored)) => Some(Bitfield::full(stored.len())),
            (None, stored) => stored.clone(),
            (Some(_), None) => None,
        }
    }

    /// How much the file at this position is wanted.
    fn priority(&self, file: u32) -> Priority {
        let place = self.record.priorities.binary_search_by_key(&file, |(other, _)| *other);
        place.map_or(Priority::Normal, |place| self.record.priorities[place].1)
    }

    /// The pieces of the files to download.
    fn selection(&self) -> Option<Selection> {
        Some(Selection::of_files(self.info()?, |file| self.priority(file as u32)))
    }

    /// Skips the files that the link leaves out (BEP 53), or all if none are wanted.
    fn skip_what_is_not_linked(&mut self) {
        let (Some(info), Some(magnet)) = (self.info(), &self.magnet) else { return };
        let none = self.record.metadata_only;
        let skipped = (0..).zip(magnet.selection(info.files().len())).filter(|(_, chosen)| none || !chosen);
        self.record.priorities = skipped.map(|(file, _)| (file, Priority::Skip)).collect();
    }

    /// Writes the record now.
    pub(crate) fn save(&mut self, now: Time) {
        self.unsaved_since = None;
        self.tally();
        match self.folder.save(&mut self.record, self.stored.as_ref()) {
            Ok(()) => {}
            // With everything here, only the totals are behind.
            Err(error) if error.is_full() && self.complete() => self.unsaved(),
            Err(error) => self.fail(now, error),
        }
    }

    /// Counts in the record what was traded since the last time.
    fn tally(&mut self) {
        let (downloaded, uploaded) = self.drive.take_totals();
        self.record.downloaded += downloaded;
        self.record.uploaded += uploaded;
    }

    /// Stops because of `error`. Everything that is stored stays.
    fn fail(&mut self, now: Time, error: Error) {
        let needed = self.drive.left();
        self.stop_for(now, error, needed);
    }

    /// Stops because of `error`, while so many bytes are still to be stored.
    fn stop_for(&mut self, now: Time, error: Error, needed: u64) {
        self.retry_at = error.is_full().then_some(now + ROOM_INTERVAL);
        self.problem = Some(error.problem(needed));
        self.drive.handle(now, Input::Pause);
    }

    /// Goes on if storage has room for everything that is missing.
    fn look_for_room(&mut self, now: Time) {
        self.retry_at = None;
        match self.make_room() {
            Ok(()) => {
                self.problem = None;
                self.save(now);
                if self.active() {
                    self.drive.handle(now, Input::Resume);
                }
            }
            Err(error) => self.fail(now, error),
        }
    }

    /// Claims the room for what is missing. Quotas count a file's length, disks what is written of it: so both
    /// are tried.
    fn make_room(&self) -> Result<(), Error> {
        let (Some(metainfo), Some(stored), Some(selection)) =
            (&self.metainfo, &self.stored, self.selection())
        else {
            return Ok(());
        };
        self.folder.save_torrent(metainfo)?;
        let geometry = metainfo.info.geometry();
        let missing = || selection.iter().filter(|piece| !stored.get(*piece));
        let (Some(first), Some(last)) = (missing().next(), missing().last()) else { return Ok(()) };
        self.folder.reserve(geometry.offset_of(last) + u64::from(geometry.length_of(last)))?;
        self.folder.write(geometry.offset_of(first), &vec![0; geometry.length_of(first) as usize])
    }

    /// Notes that the record is behind.
    fn unsaved(&mut self) {
        self.unsaved_since.get_or_insert_with(browser::now);
    }
}

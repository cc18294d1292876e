//! The life of one torrent, from a link, a torrent file, a share or what an earlier visit left, to its removal.
//!
//! What happens to it is told by methods; what it wants done comes out of [`poll`](Torrent::poll). What takes long on
//! some drivers (hashing, writing, reading for others) is an [`Output`] with a method that does it, and one that takes
//! the result: a driver that has threads does the first elsewhere, and others both at once. What must not be overtaken
//! (records, marks, giving up data) goes to [`Storage`] directly.

mod check;
mod copy;
mod exposure;
mod facts;
mod origin;
mod output;
mod payments;
mod pieces;
mod saving;
mod sealed;
mod selection;
mod streams;
mod tips;
mod web_seeds;

use std::collections::VecDeque;

use metainfo::{Info, InfoHash, InfoHashes, Magnet, Metainfo, PieceIndex};
use swarm::{Config, Input, PeerKey, Phase, Source, Step, Time};
use wire::{Bitfield, PeerId};

use self::check::Check;
use self::copy::Copying;
pub use self::facts::{DataSource, Problem, State};
pub use self::origin::Origin;
pub use self::output::{Break, Output};
pub use self::sealed::Seal;
use self::sealed::Sealed;
use self::streams::Streams;
pub use self::streams::{MAX_CHUNK, StreamKey, StreamRequest};
use self::web_seeds::WebSeeds;
pub use self::web_seeds::{Fetched, WebSeed};
use crate::{Found, Limits, Listing, Record, Storage, UserFiles};

/// One torrent that the user added or shares: stored in `S`, or served from the user's own files `U`.
#[derive(Debug)]
pub struct Torrent<S, U> {
    info_hash: InfoHash,
    config: Config,
    /// What all torrents together may trade.
    session_limits: Limits,
    /// All torrents go through relays alone.
    relay_all: bool,
    /// That of the next engine.
    seed: u64,
    storage: S,
    record: Record,
    metainfo: Option<Metainfo>,
    magnet: Option<Magnet>,
    /// Pieces in storage.
    stored: Option<Bitfield>,
    /// What is known of its seal, if it has one.
    sealed: Option<Sealed>,
    /// The user's own files, if it is served from them.
    files: Option<U>,
    /// Pieces of a sealed share that were seen to be what was shared in this visit.
    vouched: Bitfield,
    copying: Copying,
    check: Option<Check>,
    /// `None` while pieces are checked.
    engine: Option<swarm::Torrent>,
    /// Bytes received and sent by this engine that the record has counted.
    counted: (u64, u64),
    /// When a block was last sent.
    served: Option<Time>,
    web_seeds: WebSeeds,
    streams: Streams,
    outputs: VecDeque<Output>,
    /// What stopped it, until the user lets it go on.
    problem: Option<Problem>,
    /// When to see whether storage has room again.
    retry_at: Option<Time>,
    /// Somebody else deleted pieces that were here, and they are not here again yet.
    evicted: bool,
    /// What handshakes say of payments, while they are on: one bencoded value, of who wants to be paid.
    payments: Option<Option<Vec<u8>>>,
    /// When something came up that the record does not say yet.
    unsaved_since: Option<Time>,
}

/// What a torrent is set up with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What its engines are set up with.
    pub config: Config,
    /// What all torrents together may trade.
    pub limits: Limits,
    /// Something that nobody can guess.
    pub seed: u64,
    /// Milliseconds since 1970, for a torrent that is new.
    pub added_at: f64,
    /// Web seeds can be fetched from only by `https:`, as from a page that came so itself.
    pub secure: bool,
    /// All torrents go through relays alone.
    pub relay_all: bool,
}

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// The torrent whose storage was just opened, and what was `found` there.
    pub fn new(
        now: Time,
        setup: Setup,
        info_hash: InfoHash,
        storage: S,
        found: Found,
        origin: Origin<U>,
    ) -> Self {
        let Setup { config, limits, seed, added_at, secure, relay_all } = setup;
        let record = found.record.unwrap_or_else(|| Record { added_at, ..Record::default() });
        let mut torrent = Self {
            info_hash,
            config,
            session_limits: limits,
            relay_all,
            seed,
            storage,
            metainfo: found.metainfo,
            magnet: record.magnet.as_deref().and_then(|link| Magnet::parse(link).ok()),
            record,
            stored: found.stored,
            sealed: None,
            files: None,
            vouched: Bitfield::new(0),
            copying: Copying::default(),
            check: None,
            engine: None,
            counted: (0, 0),
            served: None,
            web_seeds: WebSeeds::new(secure),
            streams: Streams::default(),
            outputs: VecDeque::new(),
            problem: None,
            retry_at: None,
            evicted: found.evicted,
            payments: None,
            unsaved_since: None,
        };
        torrent.look_inside();
        torrent.adopt(now, origin);
        torrent.start(now, torrent.doubtful());
        torrent.save(now);
        torrent
    }

    /// Everything was done that opening it takes.
    pub fn opened(&mut self) {
        self.storage.opened();
    }

    /// Takes note of what happened to a peer or an introduction. What else an engine can be told is for the torrent
    /// alone to say.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        if let Some(engine) = &mut self.engine {
            engine.handle(now, input, &mut self.storage);
        }
    }

    /// The next thing to do, in the order to do them in.
    pub fn poll(&mut self, now: Time) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            if let Some(output) = self.engine.as_mut().and_then(swarm::Torrent::poll) {
                if let Some(output) = self.carry_out(now, output) {
                    return Some(output);
                }
            } else if !self.feed_streams(now) {
                return None;
            }
        }
    }

    /// When it has to [wake](Self::wake).
    pub fn deadline(&self) -> Option<Time> {
        let engine = self.engine.as_ref().and_then(swarm::Torrent::deadline);
        [self.save_deadline(), self.retry_at, engine, self.copy_deadline()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Time) {
        if self.engine.as_ref().and_then(swarm::Torrent::deadline).is_some_and(|at| at <= now) {
            self.handle(now, Input::Wake);
        }
        if self.copy_deadline().is_some_and(|at| at <= now) {
            self.copy_next(now);
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.look_for_room(now);
        }
        if self.save_deadline().is_some_and(|at| at <= now) {
            self.save(now);
        }
    }

    /// Stops all traffic, on the user's wish.
    pub fn pause(&mut self, now: Time) {
        self.record.paused = true;
        self.handle(now, Input::Pause);
        self.save(now);
    }

    /// Goes on after a pause or a problem. Without the user's files it goes on with what was copied of them,
    /// as a download.
    pub fn resume(&mut self, now: Time) {
        self.record.paused = false;
        let problem = self.problem.take();
        if problem.is_some_and(|problem| problem.is_of_files()) {
            self.files = None;
        }
        if self.retry_at.is_some() {
            self.look_for_room(now);
            return;
        }
        if self.files.is_none() && !self.record.files.is_empty() {
            self.record.files.clear();
            self.record.keep_copy = false;
            self.start(now, Vec::new());
        } else {
            self.handle(now, Input::Resume);
        }
        self.save(now);
    }

    /// Ends for this visit: peers are left, and what is to be remembered is written.
    pub(crate) fn close(&mut self, now: Time) {
        self.handle(now, Input::Pause);
        self.save(now);
    }

    /// Takes it off the list, with its data or without.
    pub fn remove(&mut self, now: Time, delete_data: bool) {
        self.record.listing = if delete_data { Listing::Deleted } else { Listing::Forgotten };
        self.handle(now, Input::Pause);
        self.end_streams();
        self.save(now);
        if delete_data {
            // The other record, too. Should storage fail, the folder goes all the same.
            self.save(now);
            let _ = self.storage.clear();
        }
    }

    /// Trades no more than this from now on.
    pub fn limit(&mut self, now: Time, limits: Limits) {
        self.record.limits = limits;
        self.apply_limits(now);
        self.save(now);
    }

    /// Trades no more than this together with all other torrents, and shares the way the user wants all torrents to be
    /// shared.
    pub fn prefer(&mut self, now: Time, limits: Limits, super_seed: bool) {
        self.session_limits = limits;
        self.apply_limits(now);
        self.config.super_seed = super_seed;
        self.handle(now, Input::SuperSeed(super_seed));
    }

    /// Has what happens noted from now on, in this engine and those to come, as [`swarm::Torrent::record`] does.
    pub fn keep_journal(&mut self, entries: usize) {
        self.config.journal = entries;
        if let Some(engine) = &mut self.engine {
            engine.record(entries);
        }
    }

    /// Notes what happened around the torrent, as [`swarm::Torrent::note_at`] does.
    pub fn note_at(&mut self, now: Time, peer: Option<PeerKey>, event: journal::Event) {
        if let Some(engine) = &mut self.engine {
            engine.note_at(now, peer, event);
        }
    }

    /// Takes what was noted, if anything is.
    pub fn take_journal(&mut self) -> Option<journal::Report> {
        self.engine.as_mut().and_then(swarm::Torrent::take_journal)
    }

    /// Whether it has traffic, or would with peers.
    pub fn active(&self) -> bool {
        !self.record.paused
            && self.record.listing == Listing::Listed
            && self.problem.is_none()
            && self.check.is_none()
            && !self.files_missing()
    }

    /// Whether it still lacks something that it wants.
    pub fn downloading(&self) -> bool {
        let phase = self.engine.as_ref().map(swarm::Torrent::phase);
        self.active() && matches!(phase, Some(Phase::Metadata | Phase::Downloading))
    }

    /// Whether a connection to this peer may be of use.
    pub fn welcomes(&self, peer: PeerId) -> bool {
        self.engine.as_ref().is_some_and(|engine| engine.welcomes(peer))
    }

    /// Its names among peers, as far as they are known.
    pub fn hashes(&self) -> InfoHashes {
        let linked = || self.magnet.as_ref().map(|magnet| magnet.hashes);
        self.info().map(Info::hashes).or_else(linked).unwrap_or(InfoHashes::One(self.info_hash))
    }

    /// Starts the engine anew, once the doubtful pieces are hashed.
    fn start(&mut self, now: Time, doubtful: Vec<PieceIndex>) {
        self.tally();
        self.stop(now);
        self.streams.renew();
        // What a check still tells is about bytes that may be others now.
        self.check = None;
        if !doubtful.is_empty() {
            self.check(doubtful);
            return;
        }
        let source = match (self.info(), self.have()) {
            (Some(info), Some(have)) => Source::Info(info.clone(), have),
            _ => Source::Magnet(self.hashes()),
        };
        if let Source::Info(info, _) = &source {
            self.storage.shape(info.geometry());
        }
        self.engine = Some(swarm::Torrent::new(now, source, self.config.clone(), self.seed));
        self.seed = self.seed.wrapping_add(SEED_STEP);
        if let Some(metainfo) = self.metainfo.as_ref().filter(|metainfo| !metainfo.piece_layers.is_empty()) {
            self.handle(now, Input::PieceLayers(metainfo.piece_layers.clone()));
        }
        self.apply_limits(now);
        self.expect_player(now);
        self.recall_tips(now);
        self.begin_payments(now);
        if let Some(selection) = self.selection() {
            self.handle(now, Input::Select(selection));
        }
        self.add_web_seeds(now);
        if !self.active() {
            self.handle(now, Input::Pause);
        }
        self.copying.wake(now);
    }

    /// Ends the engine and every connection.
    fn stop(&mut self, now: Time) {
        if let Some(mut engine) = self.engine.take() {
            engine.handle(now, Input::Pause, &mut self.storage);
            while let Some(output) = engine.poll() {
                let is_an_end = matches!(
                    output,
                    swarm::Output::Close { .. }
                        | swarm::Output::Abort { .. }
                        | swarm::Output::Introduce { step: Step::Cancel, .. }
                );
                self.outputs.extend(is_an_end.then_some(Output::Engine(output)));
            }
        }
        self.storage.discard_all();
        self.web_seeds.clear();
        self.counted = (0, 0);
    }

    fn apply_limits(&mut self, now: Time) {
        let Limits { up, down } = self.own_limits();
        self.handle(now, Input::Limit { up, down });
        let Limits { up, down } = self.session_limits;
        self.handle(now, Input::SessionLimit { up, down });
    }
}

/// From the seed of one engine to that of the next: odd, so that none comes again.
const SEED_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::Torrent;

    /// Issue 12, 3: whoever has storage that can move to another thread can move torrents there.
    #[test]
    fn a_torrent_can_move_to_another_thread() {
        const fn is_send<T: Send>() {}
        const fn of_any<S: Send, U: Send>() {
            is_send::<Torrent<S, U>>();
        }
        const { of_any::<u8, u8>() }
    }
}

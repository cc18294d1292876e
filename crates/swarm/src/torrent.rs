//! One torrent and its peers: the run loop, and what all of its parts share.

mod asking;
mod clock;
mod connections;
mod content;
mod context;
mod download;
mod extensions;
mod fetch;
mod greeting;
mod hashes;
mod leaves;
mod messages;
mod metadata;
mod record;
mod storage;
mod superseed;
mod upload;
mod web_seeds;

use std::collections::VecDeque;
use std::mem;

use journal::{Event, Journal, Reason};
use metainfo::{Info, InfoHashes, PieceIndex};
use wire::Bitfield;

use self::asking::{Asking, Change};
use self::content::Content;
pub use self::context::{Context, PeerFacts};
use self::extensions::Wish;
use crate::departures::{Departure, Departures};
use crate::extension::{self, Extension, Metadata};
use crate::outlet::Outlet;
use crate::peers::Peers;
use crate::pieces::Pieces;
use crate::reputations::Reputations;
use crate::serving::Serving;
use crate::timers::{Timer, Timers};
use crate::totals::Totals;
use crate::visits::Visits;
use crate::web_seed::WebSeed;
use crate::{
    Blocks, CloseReason, Config, Direction, Input, Output, PeerKey, Phase, Snapshot, Source, Time,
    TurnRequest,
};

/// One torrent: everything that happens to it comes in through [`handle`](Self::handle), everything that
/// it wants done comes out of [`poll`](Self::poll).
#[derive(Debug)]
pub struct Torrent {
    hashes: InfoHashes,
    config: Config,
    /// What there is besides its name, once the metadata are known.
    content: Option<Content>,
    /// The metadata are known, and no use.
    unusable: bool,
    peers: Peers,
    serving: Serving,
    reputations: Reputations,
    /// When a peer last had to make room for another.
    replaced: Option<Time>,
    /// Peers were told that we want nothing.
    upload_only: bool,
    web_seeds: Vec<WebSeed>,
    /// In the order of the ids that peers know them by, from 1.
    extensions: Vec<Box<dyn Extension>>,
    /// What extensions asked for and is still to be done.
    wishes: VecDeque<Wish>,
    totals: Totals,
    visits: Visits,
    departures: Departures,
    outlet: Outlet,
    asking: Asking,
    outputs: VecDeque<Output>,
    paused: bool,
    /// The time of the latest input.
    now: Time,
    timers: Timers,
    /// What decides wherever chance would.
    seed: u64,
    /// What is stored before the metadata are known.
    nothing: Bitfield,
    /// What happened, while a driver wants to know.
    journal: Option<Box<Journal>>,
}

impl Torrent {
    /// A torrent without peers. The same inputs and the same `seed` give the same outputs.
    #[must_use]
    pub fn new(now: Time, source: Source, config: Config, seed: u64) -> Self {
        let extensions = extension::of_every_torrent(&source, &config, seed);
        let (hashes, content) = match source {
            Source::Info(info, have) => (info.hashes(), Some(Content::new(info, have, &config, seed))),
            Source::Magnet(hashes) => (hashes, None),
        };
        let upload_only = content.as_ref().is_some_and(|content| content.pieces.is_complete());
        let mut timers = Timers::default();
        timers.set(Timer::Peers, now);
        timers.set(Timer::Rechoke, now + config.rechoke_interval);
        let mut torrent = Self {
            hashes,
            content,
            unusable: false,
            peers: Peers::default(),
            serving: Serving::new(&config, seed),
            reputations: Reputations::default(),
            replaced: None,
            upload_only,
            web_seeds: Vec::new(),
            extensions,
            wishes: VecDeque::new(),
            totals: Totals::default(),
            visits: Visits::default(),
            departures: Departures::default(),
            outlet: Outlet::default(),
            asking: Asking::new(now),
            outputs: VecDeque::new(),
            paused: false,
            now,
            timers,
            seed,
            nothing: Bitfield::new(0),
            journal: None,
            config,
        };
        torrent.record(torrent.config.journal);
        torrent
    }

    /// Takes note of something that happened at `now`.
    ///
    /// An input that makes no sense, such as bytes from a peer that is not connected, changes nothing.
    pub fn handle(&mut self, now: Time, input: Input<'_>, blocks: &mut impl Blocks) {
        self.now = self.now.max(now);
        if self.timers.clear(Timer::Begin) {
            self.asking.after(Change::Prepared);
        }
        match input {
            Input::Connected { peer } => self.connected(peer, false, blocks),
            Input::ConnectedV2 { peer } => self.connected(peer, true, blocks),
            Input::Received { peer, bytes } => self.received(peer, bytes, blocks),
            Input::Writable { peer, room } => self.writable(peer, room),
            Input::Closed { peer } => {
                self.forget(peer, None, blocks);
            }
            Input::WebSeed { web_seed, event } => self.web_seed_event(web_seed, event, blocks),
            Input::Hashed { piece, ok } => self.hashed(piece, ok, blocks),
            Input::Leaves { piece, leaves } => self.leaves_hashed(piece, leaves, blocks),
            Input::Stored { piece } => self.stored(piece, blocks),
            Input::StoreFailed { piece } => self.store_failed(piece, blocks),
            Input::Lost { piece } => self.lost(piece),
            Input::Select(selection) => self.select(selection, blocks),
            Input::Deadline { span, due } => self.due(span, due, blocks),
            Input::Limit { up, down } => {
                self.outlet.gate.limit(up);
                self.asking.gate.limit(down);
            }
            Input::SessionLimit { up, down } => {
                self.outlet.gate.limit_session(up);
                self.asking.gate.limit_session(down);
            }
            Input::Turn { direction: Direction::Up, at } => self.outlet.gate.grant(at),
            Input::Turn { direction: Direction::Down, at } => self.asking.gate.grant(at),
            Input::PieceLayers(layers) => self.know_layers(layers),
            Input::SuperSeed(allow) => self.allow_super_seeding(allow),
            Input::MakeRoom => {
                self.make_room(blocks);
            }
            Input::Introduction { .. }
            | Input::TipsChecked { .. }
            | Input::ForgetTips(_)
            | Input::Payments(_)
            | Input::Extension { .. } => self.extension_input(&input),
            Input::Standing { peer, standing } => self.stands(peer, standing),
            Input::Pause => self.pause(blocks),
            Input::Resume => {
                self.paused = false;
                self.note(None, Event::Resumed);
            }
            Input::Wake => {}
        }
        self.tick(blocks);
        self.ask_for_hashes();
        if self.timers.get(Timer::Begin).is_none() && !self.lacks_hashes() {
            let looks = self.asking.looks(self.now);
            self.ask_for_blocks(blocks);
            if looks && !self.web_seeds.is_empty() {
                self.ask_web_seeds(blocks);
            }
        }
        self.ask_for_turns();
        self.peers.settle(self.now);
    }

    /// The next thing to do, in the order to do them in. Messages for peers come last, all that one was told since the
    /// last time together.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front().or_else(|| {
            let (peer, bytes) = self.peers.pop_said()?;
            Some(Output::Send { peer, bytes })
        })
    }

    /// Peers that left lately, newest first: at most [`MAX_DEPARTURES`](crate::MAX_DEPARTURES), and none longer than
    /// [`DEPARTURE_LIFE`](crate::DEPARTURE_LIFE) ago. One that is still connected in another way, or was ended by our pause,
    /// is none of them.
    pub fn departures(&self, now: Time) -> impl Iterator<Item = &Departure> {
        self.departures.lately(now)
    }

    /// The state for people to look at.
    #[must_use]
    pub fn snapshot(&self, now: Time) -> Snapshot {
        let active = self.pieces().into_iter().flat_map(|pieces| pieces.active()).map(|(piece, active)| {
            let (received, of) = active.progress();
            (piece, received, of)
        });
        Snapshot {
            phase: self.phase(),
            downloaded: self.downloaded(),
            uploaded: self.uploaded(),
            wasted: self.wasted(),
            left: self.left(),
            down_rate: self.totals.down.per_second(now),
            up_rate: self.totals.up.per_second(now),
            availability: self.pieces().map_or(0.0, Pieces::distributed_copies),
            metadata_progress: match self.extension::<Metadata>() {
                Some(metadata) if !self.unusable => metadata.progress(),
                _ => 0.0,
            },
            active: active.collect(),
            peers: self.peers.values().map(|peer| peer.snapshot(now)).collect(),
            web_seeds: self.web_seeds.iter().map(|web_seed| web_seed.snapshot(now)).collect(),
            visits: self.visits,
        }
    }

    /// What it is about.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match &self.content {
            _ if self.paused => Phase::Paused,
            Some(content) if content.pieces.is_complete() => Phase::Complete,
            Some(_) => Phase::Downloading,
            None => Phase::Metadata,
        }
    }

    /// Bytes received in this session that are stored or on their way there.
    #[must_use]
    pub const fn downloaded(&self) -> u64 {
        self.totals.downloaded
    }

    /// Bytes of blocks given to peers in this session.
    #[must_use]
    pub const fn uploaded(&self) -> u64 {
        self.totals.uploaded
    }

    /// Bytes received in this session for nothing: corrupt, duplicate, unasked for or dropped.
    #[must_use]
    pub const fn wasted(&self) -> u64 {
        self.totals.wasted
    }

    /// Bytes of wanted pieces that are not stored; zero while the metadata is unknown.
    #[must_use]
    pub const fn left(&self) -> u64 {
        match &self.content {
            Some(content) => content.pieces.left(),
            None => 0,
        }
    }

    /// The torrent's names among peers, as far as they are known.
    #[must_use]
    pub const fn hashes(&self) -> InfoHashes {
        self.hashes
    }

    /// The metadata, once known.
    #[must_use]
    pub const fn info(&self) -> Option<&Info> {
        match &self.content {
            Some(content) => Some(&content.info),
            None => None,
        }
    }

    /// The pieces that are stored; of no length while the metadata is unknown.
    #[must_use]
    pub const fn have(&self) -> &Bitfield {
        match &self.content {
            Some(content) => content.pieces.have(),
            None => &self.nothing,
        }
    }

    fn pieces(&self) -> Option<&Pieces> {
        self.content.as_ref().map(|content| &content.pieces)
    }

    fn pause(&mut self, blocks: &mut impl Blocks) {
        self.paused = true;
        self.note(None, Event::Paused);
        while let Some((&peer, _)) = self.peers.first() {
            self.close(peer, CloseReason::Paused, blocks);
        }
        self.tell_extensions(&mut |extension, cx| extension.paused(cx));
        self.abort_all(blocks);
        let active: Vec<PieceIndex> =
            self.pieces().iter().flat_map(|pieces| pieces.active()).map(|(piece, _)| piece).collect();
        for piece in active {
            self.drop_piece(piece, blocks);
        }
    }

    /// Asks the session for what its limits make us wait for.
    fn ask_for_turns(&mut self) {
        for (direction, gate) in
            [(Direction::Up, &mut self.outlet.gate), (Direction::Down, &mut self.asking.gate)]
        {
            let request = gate.ask().map(|flowed| Output::Turn(TurnRequest { direction, flowed }));
            self.outputs.extend(request);
        }
    }

    /// Ends a connection from our side.
    fn close(&mut self, peer: PeerKey, reason: CloseReason, blocks: &mut impl Blocks) {
        if self.forget(peer, Some((&reason).into()), blocks) {
            self.outputs.push_back(Output::Close { peer, reason });
        }
    }

    /// Undoes everything that a connection left behind that ended for this reason, if from our side. Whether there was
    /// one.
    fn forget(&mut self, key: PeerKey, reason: Option<Reason>, blocks: &mut impl Blocks) -> bool {
        self.release(key, 0, blocks);
        let Some(peer) = self.peers.remove(&key) else { return false };
        let (down, up) = (peer.trade.downloaded(), peer.trade.uploaded());
        if down + up > 0 {
            self.note(Some(key), Event::Traded { down, up });
        }
        self.note(Some(key), reason.map_or(Event::Left, Event::Closed));
        // One that is connected twice is still here. And nobody leaves us behind who lack something ourselves.
        let is_here = peer.hello.is_some_and(|hello| self.peer_named(hello.id).is_some());
        if !is_here && self.wants_nothing() {
            self.visits.break_off(&peer);
        }
        if !is_here && !matches!(reason, Some(Reason::Paused | Reason::SelfConnection | Reason::Duplicate)) {
            self.departures.add(self.now, key, peer.client(), reason);
        }
        if peer.service.has_place() {
            self.serving.end();
        }
        self.hide(peer.view.as_ref().map_or(&[], |view| &view.shown));
        if let Some(content) = &mut self.content {
            content.gone(key, &peer.has);
        }
        for (_, other) in self.peers.iter_mut().filter(|(_, other)| other.twin == Some(key)) {
            other.twin = None;
        }
        self.tell_extensions(&mut |extension, cx| extension.closed(cx, key));
        self.fill_slots();
        true
    }

    /// Hands the driver what `peer` was told since the last time, before what comes next.
    fn flush(&mut self, peer: PeerKey) {
        let Some(peer) = self.peers.get_mut(&peer) else { return };
        if !peer.outbox.is_empty() {
            peer.spoke = self.now;
            self.outputs.push_back(Output::Send { peer: peer.key, bytes: mem::take(&mut peer.outbox) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Torrent;

    /// Issue 12, 3: nothing is shared behind a torrent's back, so a driver may run each on a thread of its own.
    #[test]
    fn a_torrent_can_move_to_another_thread() {
        const fn is_send<T: Send>() {}
        const { is_send::<Torrent>() }
    }
}

//! A program that keeps all torrents of a user: a session, and a driver that opens and deletes folders when it is told to,
//! and does everything else at once.

use std::collections::BTreeMap;
use std::time::Duration;

use metainfo::{InfoHash, Metainfo, PieceIndex};
use session::rendezvous::{SocketAct, SocketEvent, Task};
use session::{
    Error, Folder, Hindrance, Output, Session, Storage as _, StreamKey, StreamRequest, Suspect,
    TorrentOutput, UserFiles as _,
};
use swarm::{Blocks, Config, Input, PeerKey, Source, Time};
use tracker::{Announce, Request};
use wire::{Bitfield, PeerId, encode_piece_header};

use crate::disk::{Disk, OpenFile};
use crate::visit::OwnFiles;

pub(crate) const TRACKER: &str = "wss://tracker";

pub(crate) struct Program {
    pub(crate) now: Time,
    pub(crate) session: Session<Folder<OpenFile>, OwnFiles, ()>,
    pub(crate) disks: BTreeMap<InfoHash, Disk>,
    /// Folders that are to be opened, and those that are to be deleted.
    pub(crate) opening: Vec<(InfoHash, Suspect)>,
    pub(crate) deleting: Vec<InfoHash>,
    /// What was said to each peer that is connected.
    pub(crate) sent: BTreeMap<PeerKey, Vec<u8>>,
    others: BTreeMap<PeerKey, swarm::Torrent>,
    /// Bytes of blocks that were sent.
    pub(crate) uploaded: u64,
    pub(crate) announces: Vec<Announce>,
    /// Trackers that were connected to.
    pub(crate) dialled: Vec<String>,
    pub(crate) streamed: Vec<(StreamKey, usize)>,
    pub(crate) statuses: Vec<(StreamKey, u16)>,
    pub(crate) checked: usize,
}

impl Program {
    /// On these disks, of earlier visits.
    pub(crate) fn new(disks: BTreeMap<InfoHash, Disk>) -> Self {
        let config = Config { super_seed: false, ..Config::new(PeerId::from_bytes([1; 20])) };
        let mut session = Session::new(config, [3; 20], true);
        session.announce_at(vec![TRACKER.to_owned()]);
        session.obey(TRACKER.to_owned());
        let mut program = Self {
            now: Time::ZERO,
            session,
            disks,
            opening: Vec::new(),
            deleting: Vec::new(),
            sent: BTreeMap::new(),
            others: BTreeMap::new(),
            uploaded: 0,
            announces: Vec::new(),
            dialled: Vec::new(),
            streamed: Vec::new(),
            statuses: Vec::new(),
            checked: 0,
        };
        program.session.restore(program.disks.keys().copied().collect::<Vec<_>>());
        program.settle();
        program
    }

    /// With nothing stored.
    pub(crate) fn empty() -> Self {
        Self::new(BTreeMap::new())
    }

    /// Does what the session asks for.
    pub(crate) fn settle(&mut self) {
        while let Some(output) = self.session.poll(self.now) {
            match output {
                Output::Torrent { torrent, asked } => self.carry_out(torrent, asked),
                Output::Meet(task) => self.meet(task),
                Output::Connected { peer, .. } => {
                    self.sent.entry(peer).or_default();
                    self.session.writable(self.now, peer, ROOM);
                }
                Output::Open { torrent, suspect } => self.opening.push((torrent, suspect)),
                Output::Delete { torrent } => self.deleting.push(torrent),
                Output::Listed { torrent } => self.session.torrent_mut(torrent).unwrap().opened(),
            }
        }
    }

    /// The folders that are to be opened are.
    pub(crate) fn open(&mut self) {
        for (torrent, suspect) in std::mem::take(&mut self.opening) {
            let disk = self.disks.entry(torrent).or_default();
            let opened = Folder::open(disk.files(), torrent, suspect);
            self.session.opened(self.now, torrent, opened, 5.0);
            self.settle();
        }
    }

    /// No folder that is to be opened can be.
    pub(crate) fn fail_to_open(&mut self, error: &Error) {
        for (torrent, _) in std::mem::take(&mut self.opening) {
            self.session.opened(self.now, torrent, Err(error.clone()), 5.0);
            self.settle();
        }
    }

    /// The folders that are to be deleted are.
    pub(crate) fn delete(&mut self) {
        for torrent in std::mem::take(&mut self.deleting) {
            self.disks.remove(&torrent);
            self.session.deleted(self.now, torrent);
            self.settle();
        }
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.settle();
            let others = self.others.values().filter_map(swarm::Torrent::deadline);
            let Some(next) = others.chain(self.session.deadline()).min().filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(next);
            self.session.wake(self.now);
            for peer in self.others.keys().copied().collect::<Vec<_>>() {
                self.tell_other(peer, Input::Wake);
            }
        }
        self.now = end;
    }

    /// Somebody who lacks everything opens a connection and names this torrent.
    pub(crate) fn is_met_by(&mut self, number: u8, metainfo: &Metainfo) -> PeerKey {
        let none = Bitfield::new(metainfo.info.geometry().piece_count());
        let config = Config { super_seed: false, ..Config::new(PeerId::from_bytes([number; 20])) };
        let other = swarm::Torrent::new(self.now, Source::Info(metainfo.info.clone(), none), config, 9);
        let peer = self.session.arrive(self.now, ()).unwrap();
        self.others.insert(peer, other);
        self.tell_other(peer, Input::Connected { peer });
        self.tell_other(peer, Input::Writable { peer, room: ROOM });
        peer
    }

    /// Whether a connection by which it was met is there.
    pub(crate) fn is_connected_to(&self, peer: PeerKey) -> bool {
        self.others.contains_key(&peer)
    }

    pub(crate) fn hindrance(&self, torrent: InfoHash) -> Option<Hindrance> {
        let snapshot = self.session.torrent(torrent)?.snapshot(self.now);
        self.session.hindrance(self.now, torrent, snapshot.as_ref())
    }

    /// Somebody asks for the start of a file.
    pub(crate) fn read(&mut self, torrent: InfoHash, key: u32, path: &str) {
        let path = vec![path.to_owned()];
        let request = StreamRequest { path, method: "GET".to_owned(), range: None, if_range: None };
        self.session.open_stream(self.now, torrent, StreamKey(key), request);
        self.settle();
        self.session.stream_takes(self.now, StreamKey(key), 1);
        self.settle();
    }

    pub(crate) fn is_listed(&self, torrent: InfoHash) -> bool {
        self.session.torrents().any(|(listed, _)| listed == torrent)
    }

    fn meet(&mut self, task: Task) {
        match task {
            Task::Socket { url, act: SocketAct::Open } => {
                self.session.socket(self.now, &url, SocketEvent::Opened);
                self.dialled.push(url);
            }
            Task::Socket { act: SocketAct::Send(text), .. } => {
                if let Request::Announce(announce) = Request::parse(&text).unwrap() {
                    self.announces.push(announce);
                }
            }
            Task::Offer { peer, .. } => self.session.offered(self.now, peer, "sdp".to_owned()),
            Task::Drop { peer } => {
                self.sent.remove(&peer);
                self.others.remove(&peer);
            }
            Task::Socket { act: SocketAct::Close, .. } | Task::Accept { .. } | Task::Complete { .. } => {}
        }
    }

    fn carry_out(&mut self, torrent: InfoHash, asked: TorrentOutput) {
        let now = self.now;
        if let TorrentOutput::Begin { stream, head } = asked {
            return self.statuses.push((stream, head.status));
        }
        let Some(life) = self.session.torrent_mut(torrent) else { return };
        match asked {
            TorrentOutput::Engine(swarm::Output::Send { peer, bytes }) => self.say(peer, &bytes),
            TorrentOutput::Engine(swarm::Output::Upload { peer, block }) => {
                self.uploaded += u64::from(block.length);
                let mut bytes = encode_piece_header(block).to_vec();
                bytes.resize(bytes.len() + block.length as usize, 0);
                self.say(peer, &bytes);
                self.session.writable(now, peer, ROOM);
            }
            TorrentOutput::Check(pieces) => {
                self.checked += pieces.len();
                for piece in pieces {
                    life.checked(now, piece, true);
                }
                life.check_ended(now, Ok(()));
            }
            TorrentOutput::Stream { stream, span, stored } => {
                let mut bytes = vec![0; span.length as usize];
                let read = match life.files_mut() {
                    Some(files) if !stored => files.read(span.offset, &mut bytes),
                    _ => life.storage().read(span.offset, &mut bytes),
                };
                self.streamed.push((stream, bytes.len()));
                life.streamed(now, stream, read);
            }
            _ => {}
        }
    }

    fn say(&mut self, peer: PeerKey, bytes: &[u8]) {
        self.sent.entry(peer).or_default().extend(bytes);
        self.tell_other(peer, Input::Received { peer, bytes });
    }

    fn tell_other(&mut self, peer: PeerKey, input: Input<'_>) {
        let Some(other) = self.others.get_mut(&peer) else { return };
        other.handle(self.now, input, &mut Nowhere);
        while let Some(output) = other.poll() {
            match output {
                swarm::Output::Send { bytes, .. } => self.session.received(self.now, peer, &bytes),
                swarm::Output::Hash { piece } => {
                    other.handle(self.now, Input::Hashed { piece, ok: true }, &mut Nowhere);
                }
                swarm::Output::Store { piece } => {
                    other.handle(self.now, Input::Stored { piece }, &mut Nowhere);
                }
                _ => {}
            }
        }
    }
}

/// Whoever is met keeps nothing.
struct Nowhere;

impl Blocks for Nowhere {
    fn put(&mut self, _piece: PieceIndex, _offset: u32, _data: &[u8]) {}
    fn discard(&mut self, _piece: PieceIndex) {}
}

/// Bytes that a connection takes.
const ROOM: u32 = 256 * 1024;

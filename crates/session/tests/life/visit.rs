//! One visit: a torrent with a driver that does everything at once, and a seed that it may meet.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use metainfo::{Check, FileSpan, InfoBuilder, Magnet, Metainfo, PieceIndex, Version};
use session::{
    Error, FileStamp, Folder, Found, Limits, Listing, Origin, Setup, Storage as _, StreamKey, Suspect,
    Torrent, TorrentOutput as Output, UserFiles,
};
use sha1::{Digest as _, Sha1};
use swarm::extension::{PaymentNotice, PaymentOrder};
use swarm::{Blocks, Config, Input, PeerKey, SessionLimits, Source, Time};
use wire::{Bitfield, PeerId, encode_piece_header};

use crate::disk::{Disk, OpenFile};

pub(crate) const PIECE: u32 = 16 * 1024;

/// A folder of two files: six pieces, then four and a bit.
pub(crate) fn metainfo() -> Metainfo {
    static METAINFO: LazyLock<Metainfo> = LazyLock::new(describe);
    METAINFO.clone()
}

pub(crate) fn content() -> &'static [u8] {
    static CONTENT: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..10 * PIECE + 5).map(|at| (at * 31 + (at >> 9)) as u8).collect());
    &CONTENT
}

fn describe() -> Metainfo {
    let content = content();
    let hashes: Vec<[u8; 20]> =
        content.chunks(PIECE as usize).map(|piece| Sha1::digest(piece).into()).collect();
    let builder = InfoBuilder::new("Two").piece_length(PIECE).version(Version::One);
    let (first, second) = (6 * u64::from(PIECE), 4 * u64::from(PIECE) + 5);
    let builder = builder.file(vec!["film.mp4".to_owned()], first).file(vec!["notes".to_owned()], second);
    let (info, piece_layers) = builder.finish(&hashes, &[]).unwrap();
    Metainfo { piece_layers, ..Metainfo::new(info) }
}

pub(crate) fn magnet() -> Magnet {
    Magnet::new(metainfo().info.hashes())
}

/// The user's own files, which others may change.
#[derive(Clone, Debug)]
pub(crate) struct OwnFiles(pub(crate) Rc<RefCell<Vec<u8>>>);

impl OwnFiles {
    pub(crate) fn new() -> Self {
        Self(Rc::new(RefCell::new(content().to_vec())))
    }

    /// Somebody deletes them.
    pub(crate) fn delete(&self) {
        self.0.borrow_mut().clear();
    }
}

impl UserFiles for OwnFiles {
    fn stamps(&self) -> Vec<FileStamp> {
        vec![FileStamp { length: self.0.borrow().len() as u64, modified: 1.0 }]
    }

    fn read(&mut self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let bytes = self.0.borrow();
        let run = bytes.get(at as usize..at as usize + buffer.len());
        buffer.copy_from_slice(run.ok_or_else(|| self.changed(FileSpan { offset: at, length: 1 }))?);
        Ok(())
    }

    fn changed(&self, _span: FileSpan) -> Error {
        Error::FileChanged { path: "film.mp4".to_owned() }
    }
}

/// What peers have of a torrent.
#[derive(Clone)]
pub(crate) struct Swarm {
    pub(crate) metainfo: Metainfo,
    pub(crate) content: Vec<u8>,
}

/// A torrent and what became of what it asked for.
pub(crate) struct Visit {
    swarm: Swarm,
    pub(crate) now: Time,
    pub(crate) torrent: Torrent<Folder<OpenFile>, OwnFiles>,
    /// What it may trade together with other torrents, if it was told so.
    pub(crate) limits: SessionLimits,
    seed: Option<Seed>,
    /// Seeds that it met so far.
    met: u8,
    /// Pieces that were hashed because they arrived, or because nothing says that they are safe.
    pub(crate) arrived: Vec<PieceIndex>,
    pub(crate) checked: Vec<PieceIndex>,
    /// When each piece was stored.
    pub(crate) stored: Vec<(PieceIndex, Time)>,
    pub(crate) copied: usize,
    pub(crate) completed: bool,
    /// What readers got, and how it ended.
    pub(crate) streamed: Vec<u8>,
    pub(crate) status: Option<u16>,
    pub(crate) ended: Vec<(StreamKey, Option<session::Break>)>,
    pub(crate) fetches: Vec<(FileSpan, bool)>,
    /// What payments told.
    pub(crate) payments: Vec<PaymentNotice>,
    pub(crate) reads: usize,
}

/// Somebody who has everything.
struct Seed {
    torrent: swarm::Torrent,
    key: PeerKey,
}

/// It needs no memory: it has everything.
struct NoSlots;

impl Blocks for NoSlots {
    fn put(&mut self, _piece: PieceIndex, _offset: u32, _data: &[u8]) {}
    fn discard(&mut self, _piece: PieceIndex) {}
}

/// Opens the folder on this disk.
pub(crate) fn open(disk: &Disk) -> (Folder<OpenFile>, Found) {
    Folder::open(disk.files(), metainfo().info.info_hash(), Suspect::Leave).unwrap()
}

impl Visit {
    /// Opens what is on the disk and adds `origin` to it.
    pub(crate) fn new(disk: &Disk, origin: Origin<OwnFiles>) -> Self {
        Self::in_swarm(disk, Swarm { metainfo: metainfo(), content: content().to_vec() }, origin)
    }

    /// The same of another torrent.
    pub(crate) fn in_swarm(disk: &Disk, swarm: Swarm, origin: Origin<OwnFiles>) -> Self {
        let info_hash = swarm.metainfo.info.info_hash();
        let (folder, found) = Folder::open(disk.files(), info_hash, Suspect::Leave).unwrap();
        let setup = Setup {
            config: Config { super_seed: false, ..Config::new(PeerId::from_bytes([1; 20])) },
            limits: Limits::default(),
            seed: 7,
            added_at: 5.0,
            secure: true,
            relay_all: false,
        };
        let mut torrent = Torrent::new(Time::ZERO, setup, info_hash, folder, found, origin);
        torrent.opened();
        let mut visit = Self {
            swarm,
            now: Time::ZERO,
            torrent,
            limits: SessionLimits::default(),
            seed: None,
            met: 0,
            arrived: Vec::new(),
            checked: Vec::new(),
            stored: Vec::new(),
            copied: 0,
            completed: false,
            streamed: Vec::new(),
            status: None,
            ended: Vec::new(),
            fetches: Vec::new(),
            payments: Vec::new(),
            reads: 0,
        };
        visit.drain();
        visit
    }

    /// The torrent of an earlier visit, as it was left.
    pub(crate) fn again(disk: &Disk) -> Self {
        Self::new(disk, Origin::Restored)
    }

    /// Meets somebody who has everything, and leaves whoever was met before.
    pub(crate) fn meet_seed(&mut self) {
        let info = self.swarm.metainfo.info.clone();
        let have = Bitfield::full(info.geometry().piece_count());
        if let Some(seed) = self.seed.take() {
            self.torrent.handle(self.now, Input::Closed { peer: seed.key });
        }
        self.met += 1;
        let config = Config { super_seed: false, ..Config::new(PeerId::from_bytes([1 + self.met; 20])) };
        let mut torrent = swarm::Torrent::new(self.now, Source::Info(info, have), config, 9);
        let key = PeerKey::new(self.met.into());
        for input in [Input::Connected { peer: key }, Input::Writable { peer: key, room: ROOM }] {
            torrent.handle(self.now, input.clone(), &mut NoSlots);
            self.torrent.handle(self.now, input);
        }
        self.seed = Some(Seed { torrent, key });
        self.drain();
    }

    /// Meets somebody who has everything and wants to be paid.
    pub(crate) fn meet_payee(&mut self, terms: &[u8]) {
        self.meet_seed();
        if let Some(seed) = &mut self.seed {
            let begin = Input::Payments(PaymentOrder::Begin { terms: Some(terms) });
            seed.torrent.handle(self.now, begin, &mut NoSlots);
        }
        self.drain();
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.drain();
            let seed = self.seed.as_ref().and_then(|seed| seed.torrent.deadline());
            let next = [self.torrent.deadline(), seed].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            self.torrent.wake(self.now);
            if let Some(seed) = &mut self.seed {
                seed.torrent.handle(self.now, Input::Wake, &mut NoSlots);
            }
        }
        self.now = end;
    }

    /// Does everything that is to be done, and whatever follows from that.
    pub(crate) fn drain(&mut self) {
        for _ in 0..100_000 {
            if let Some(output) = self.torrent.poll(self.now) {
                self.carry_out(output);
            } else if !self.drain_seed() {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Whether every piece in storage is claimed and right.
    pub(crate) fn has_everything(&self) -> bool {
        let mut bytes = vec![0; content().len()];
        self.torrent.complete() && self.torrent.storage().read(0, &mut bytes).is_ok() && bytes == content()
    }

    fn carry_out(&mut self, output: Output) {
        let now = self.now;
        match output {
            Output::Engine(output) => self.carry_out_for_engine(output),
            Output::Copy { piece } => {
                let copied = self.torrent.copy(piece);
                self.copied += usize::from(copied.is_ok());
                self.torrent.copied(now, piece, copied);
            }
            Output::Check(pieces) => self.check(pieces),
            Output::Begin { head, .. } => self.status = Some(head.status),
            Output::Stream { stream, span, stored } => {
                self.reads += 1;
                let mut bytes = vec![0; span.length as usize];
                let read = match self.torrent.files_mut() {
                    Some(files) if !stored => files.read(span.offset, &mut bytes),
                    _ => self.torrent.storage().read(span.offset, &mut bytes),
                };
                if read.is_ok() {
                    self.streamed.extend(bytes);
                }
                self.torrent.streamed(now, stream, read);
            }
            Output::End { stream, broken } => self.ended.push((stream, broken)),
            Output::Fetch { span, .. } => self.fetches.push((span, true)),
            Output::Metadata => {}
        }
    }

    fn carry_out_for_engine(&mut self, output: swarm::Output) {
        let now = self.now;
        match output {
            swarm::Output::Send { bytes, .. } => self.tell_seed(&bytes),
            swarm::Output::Upload { block, .. } => {
                let mut bytes = encode_piece_header(block).to_vec();
                let start = bytes.len();
                bytes.resize(start + block.length as usize, 0);
                if self.torrent.upload(now, block, &mut bytes[start..]) {
                    self.reads += 1;
                }
            }
            swarm::Output::Close { .. } => self.seed = None,
            swarm::Output::Payments(notice) => self.payments.push(notice),
            swarm::Output::Hash { piece } => {
                self.arrived.push(piece);
                let check = self.torrent.verify(piece);
                self.torrent.hashed(now, piece, check);
            }
            swarm::Output::Store { piece } => {
                let written = self.torrent.write(piece);
                self.stored.extend(written.is_ok().then_some((piece, now)));
                self.torrent.stored(now, piece, written);
            }
            swarm::Output::Leaves { piece } => {
                let leaves = self.torrent.hash_leaves(now, piece);
                self.torrent.handle(now, Input::Leaves { piece, leaves: &leaves });
            }
            swarm::Output::Abort { .. } => {
                if let Some((_, fetching)) = self.fetches.last_mut() {
                    *fetching = false;
                }
            }
            swarm::Output::Turn(request) => {
                let turn = self.limits.grant(now, request);
                self.torrent.handle(now, turn);
            }
            swarm::Output::Completed => self.completed = true,
            _ => {}
        }
    }

    fn check(&mut self, pieces: Vec<PieceIndex>) {
        let Metainfo { info, piece_layers, .. } = self.swarm.metainfo.clone();
        for piece in pieces {
            self.checked.push(piece);
            let mut bytes = vec![0; info.geometry().length_of(piece) as usize];
            let at = info.geometry().offset_of(piece);
            let read = match self.torrent.files_mut() {
                Some(files) => files.read(at, &mut bytes),
                None => self.torrent.storage().read(at, &mut bytes),
            };
            match read {
                Err(Error::NotFound) => self.torrent.checked(self.now, piece, false),
                Err(error) => return self.torrent.check_ended(self.now, Err(error)),
                Ok(()) => {
                    if let Some(cipher) = self.torrent.cipher() {
                        cipher.apply(at, &mut bytes);
                    }
                    let ok = piece_layers.check(&info, piece, &bytes) == Check::Right;
                    self.torrent.checked(self.now, piece, ok);
                }
            }
        }
        self.torrent.check_ended(self.now, Ok(()));
    }

    fn tell_seed(&mut self, bytes: &[u8]) {
        if let Some(Seed { torrent, key }) = &mut self.seed {
            torrent.handle(self.now, Input::Received { peer: *key, bytes }, &mut NoSlots);
        }
    }

    fn drain_seed(&mut self) -> bool {
        let Some(Seed { torrent, key }) = &mut self.seed else { return false };
        let Some(output) = torrent.poll() else { return false };
        let bytes = match output {
            swarm::Output::Send { bytes, .. } => bytes,
            swarm::Output::Upload { block, .. } => {
                torrent.handle(self.now, Input::Writable { peer: *key, room: ROOM }, &mut NoSlots);
                let at = block.piece.as_usize() * PIECE as usize + block.begin as usize;
                let mut bytes = encode_piece_header(block).to_vec();
                bytes.extend(&self.swarm.content[at..at + block.length as usize]);
                bytes
            }
            swarm::Output::Close { .. } => {
                self.torrent.handle(self.now, Input::Closed { peer: *key });
                self.seed = None;
                return true;
            }
            _ => return true,
        };
        self.torrent.handle(self.now, Input::Received { peer: *key, bytes: &bytes });
        true
    }
}

/// The pieces that a record on this disk claims, or marks do.
pub(crate) fn claimed(disk: &Disk) -> BTreeSet<u32> {
    let (folder, found) = open(disk);
    let mut claimed: BTreeSet<u32> =
        folder.marked(&metainfo().info).unwrap().iter_ones().map(PieceIndex::get).collect();
    claimed.extend(found.stored.iter().flat_map(Bitfield::iter_ones).map(PieceIndex::get));
    claimed
}

/// How the record on this disk lists the torrent.
pub(crate) fn listing(disk: &Disk) -> Listing {
    open(disk).1.listing()
}

/// Bytes that a channel takes.
const ROOM: u32 = 256 * 1024;

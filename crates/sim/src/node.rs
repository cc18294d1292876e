//! One peer: a session and what its driver keeps.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use metainfo::{Block, FileSpan, Info, InfoHashes, Magnet, Metainfo, PieceLayers};
use session::{Error, FileStamp, Origin, UserFiles, WaterMarks};
use signaling::ConnId;
use swarm::{Config, PeerKey, Time};
use wire::PeerId;

use crate::ledger::Ledger;
use crate::line::{Downlink, Finish, Uplink};
use crate::market::{Chain, Money, Till};
use crate::player::Player;
use crate::report::Tally;
use crate::scenario::{Churn, Conduct, Group, Kill, Line, Scenario};
use crate::slots::{Shelf, Slots};
use crate::world::TRACKER;

/// The session of a peer; its links need nothing.
pub(crate) type Session = session::Session<Shelf, NoFiles, ()>;

/// The only torrent of a session.
pub(crate) type Torrent = session::Torrent<Shelf, NoFiles>;

/// A peer of the swarm.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: PeerId,
    pub(crate) conduct: Conduct,
    pub(crate) line: Line,
    pub(crate) churn: Option<Churn>,
    pub(crate) lingers: Option<Duration>,
    pub(crate) kill: Option<Kill>,
    super_seed: bool,
    pub(crate) player: Option<Player>,
    pub(crate) rng: Rng,

    /// The names of its only torrent.
    pub(crate) hashes: InfoHashes,
    pub(crate) session: Session,
    pub(crate) slots: Rc<RefCell<Slots>>,
    pub(crate) present: bool,
    /// Counts its arrivals: what was scheduled for an earlier stay is void.
    pub(crate) stay: u32,
    pub(crate) wake: Option<Time>,

    pub(crate) up: Uplink,
    pub(crate) down: Downlink,
    pub(crate) connections: BTreeMap<PeerKey, Connection>,

    /// Its connection to the tracker, while there is one.
    pub(crate) conn: Option<ConnId>,
    /// Connections that are being made, and the ends to which they lead, once known.
    pub(crate) setups: BTreeMap<PeerKey, End>,
    pub(crate) tally: Tally,
    pub(crate) money: Option<Money>,
    pub(crate) till: Option<Till>,
    /// What earlier sessions noted, if they are to.
    noted: Option<journal::Report>,
}

/// Nobody here shares files of their own.
#[derive(Debug)]
pub(crate) enum NoFiles {}

impl UserFiles for NoFiles {
    fn stamps(&self) -> Vec<FileStamp> {
        match *self {}
    }

    fn read(&mut self, _at: u64, _buffer: &mut [u8]) -> Result<(), Error> {
        match *self {}
    }

    fn changed(&self, _span: FileSpan) -> Error {
        match *self {}
    }
}

/// A node, and its key for a connection.
pub(crate) type End = (usize, PeerKey);

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The node at the other end, and its key for this connection.
    pub(crate) other: usize,
    pub(crate) other_key: PeerKey,
    /// The other end is gone without a word: what is sent there never leaves.
    pub(crate) is_dead: bool,
    /// What the channel holds for sending, and how many bytes that is.
    pub(crate) outgoing: VecDeque<Parcel>,
    pub(crate) buffered: u32,
    /// It waits for its turn on our line, or for room on the other's.
    pub(crate) in_line: bool,
    /// That of what it sent last, or sends next.
    pub(crate) finish: Finish,
    marks: WaterMarks,
    /// When the last parcel sent is past the middle of the network: a channel keeps order.
    pub(crate) arrives: Time,
    pub(crate) ledger: Ledger,
}

/// Something on its way from peer to peer.
#[derive(Debug)]
pub(crate) enum Parcel {
    Messages(Box<[u8]>),
    Block { block: Block, corrupt: bool },
}

impl Node {
    pub(crate) fn new(
        number: usize,
        group: &Group,
        scenario: &Scenario,
        (info, layers): &(Info, PieceLayers),
        chain: &mut Chain,
        seed: u64,
    ) -> Self {
        let id = name(number, seed);
        let Group { conduct, line, money, .. } = *group;
        let config = config(id, conduct, scenario.super_seed);
        let mut slots = Slots::new(info.geometry().clone(), config.max_active);
        if !conduct.downloads() {
            slots.fill(Metainfo { piece_layers: layers.clone(), ..Metainfo::new(info.clone()) });
        }
        let mut session = Session::new(config, secret(seed), true);
        session.announce_at(vec![TRACKER.to_owned()]);
        Self {
            id,
            conduct,
            line,
            churn: group.churn,
            lingers: group.lingers_s.map(|seconds| Duration::from_secs(seconds.into())),
            kill: group.killed,
            super_seed: scenario.super_seed,
            player: Player::of(group),
            rng: Rng::with_seed(seed),
            hashes: info.hashes(),
            session,
            slots: Rc::new(RefCell::new(slots)),
            present: false,
            stay: 0,
            wake: None,
            up: Uplink::default(),
            down: Downlink::new(line),
            connections: BTreeMap::new(),
            conn: None,
            setups: BTreeMap::new(),
            tally: Tally::default(),
            money,
            till: money
                .filter(|_| scenario.market)
                .map(|money| Till::new(number, money, scenario.piece_length, chain)),
            noted: None,
        }
    }

    /// Opens the link, or what an earlier visit stored.
    pub(crate) fn begin(&mut self, now: Time) {
        let torrent = self.hashes.id();
        if self.stay > 1 {
            self.session.restore([torrent]);
        } else {
            let origin = Origin::Magnet { magnet: Magnet::new(self.hashes), metadata_only: false };
            self.session.add(now, torrent, origin);
        }
        if let Some(player) = &mut self.player {
            player.begin(now);
        }
    }

    /// The program ends, after a word to others or without. The next one has what is stored.
    pub(crate) fn end(&mut self, now: Time) {
        self.count(now);
        let seed = self.rng.u64(..);
        self.session = self.session.successor(config(self.id, self.conduct, self.super_seed), secret(seed));
        self.session.announce_at(vec![TRACKER.to_owned()]);
        if self.noted.is_some() {
            self.session.keep_journal(now, MAX_ENTRIES);
        }
        self.wake = None;
    }

    /// Counts what the session traded until its end, and takes what it noted.
    pub(crate) fn count(&mut self, now: Time) {
        for (_, torrent) in self.session.torrents() {
            self.tally.add(torrent, now);
        }
        if let Some(noted) = &mut self.noted {
            for (_, report) in self.session.take_journals() {
                noted.extend(report, MAX_ENTRIES);
            }
        }
    }

    /// Notes what happens from now on.
    pub(crate) fn record(&mut self, now: Time) {
        self.noted.get_or_insert_default();
        self.session.keep_journal(now, MAX_ENTRIES);
    }

    /// Takes what was noted until it was last [counted](Self::count).
    pub(crate) fn take_journal(&mut self) -> journal::Report {
        self.noted.take().unwrap_or_default()
    }

    /// Whether it has everything.
    pub(crate) fn is_complete(&self) -> bool {
        self.slots.borrow().stored.is_full()
    }

    /// Becomes somebody else.
    pub(crate) fn rename(&mut self, number: usize) {
        self.id = name(number, self.rng.u64(..));
    }
}

impl Connection {
    pub(crate) fn new(now: Time, (other, other_key): End, max_asked: usize) -> Self {
        Self {
            other,
            other_key,
            is_dead: false,
            outgoing: VecDeque::new(),
            buffered: 0,
            in_line: false,
            finish: 0,
            marks: WaterMarks::default(),
            arrives: now,
            ledger: Ledger::new(max_asked),
        }
    }

    /// Takes a parcel for sending.
    pub(crate) fn put(&mut self, now: Time, parcel: Parcel) {
        self.buffered += parcel.length();
        if matches!(parcel, Parcel::Block { .. }) && self.buffered > self.marks.low() {
            self.marks.filled(now, self.buffered);
        }
        self.outgoing.push_back(parcel);
    }

    /// Room that the engine should hear of after something was sent: how many bytes.
    pub(crate) fn room(&mut self, now: Time) -> Option<u32> {
        if self.buffered > self.marks.low() {
            return None;
        }
        self.marks.drained(now, self.buffered);
        Some(self.marks.room(self.buffered))
    }

    /// Bytes that it takes while nothing waits.
    pub(crate) const fn most(&self) -> u32 {
        self.marks.high()
    }
}

impl Parcel {
    /// Bytes on the wire.
    pub(crate) const fn length(&self) -> u32 {
        match self {
            Self::Messages(bytes) => bytes.len() as u32,
            Self::Block { block, .. } => HEADER + block.length,
        }
    }
}

fn name(number: usize, seed: u64) -> PeerId {
    let mut id = [0; 20];
    id[..8].copy_from_slice(&seed.to_be_bytes());
    id[12..].copy_from_slice(&(number as u64).to_be_bytes());
    PeerId::from_bytes(id)
}

fn secret(seed: u64) -> [u8; 20] {
    let mut secret = [0; 20];
    secret[..8].copy_from_slice(&seed.to_be_bytes());
    secret
}

fn config(id: PeerId, conduct: Conduct, super_seed: bool) -> Config {
    let config = Config::new(id);
    let upload_slots = if conduct == Conduct::FreeRider { 0 } else { config.upload_slots };
    Config { upload_slots, super_seed, ..config }
}

/// Bytes before a block in its message.
pub(crate) const HEADER: u32 = 13;
/// Entries that are kept of a peer whose journal is wanted.
const MAX_ENTRIES: usize = 400_000;

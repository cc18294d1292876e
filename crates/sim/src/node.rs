//! One peer: an engine and what its driver keeps.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use fastrand::Rng;
use metainfo::{Block, Info, PieceLayers};
use session::rendezvous::Rendezvous;
use signaling::ConnId;
use swarm::{Config, Input, PeerKey, Source, Time, Torrent};
use wire::{Bitfield, PeerId};

use crate::ledger::Ledger;
use crate::line::{Downlink, Uplink};
use crate::player::Player;
use crate::report::Tally;
use crate::scenario::{Churn, Conduct, Group, Kill, Line, Scenario};
use crate::slots::Slots;

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

    pub(crate) torrent: Torrent,
    /// The piece hashes of version 2, as far as it knows them.
    pub(crate) layers: PieceLayers,
    pub(crate) slots: Slots,
    pub(crate) present: bool,
    /// Counts its arrivals: what was scheduled for an earlier stay is void.
    pub(crate) stay: u32,
    pub(crate) wake: Option<Time>,

    pub(crate) up: Uplink,
    pub(crate) down: Downlink,
    pub(crate) connections: BTreeMap<PeerKey, Connection>,

    /// How it meets others.
    pub(crate) rendezvous: Rendezvous<()>,
    /// When that has something to do.
    pub(crate) alarm: Option<Time>,
    /// Its connection to the tracker, while there is one.
    pub(crate) conn: Option<ConnId>,
    /// Connections that are being made, and the ends to which they lead, once known.
    pub(crate) setups: BTreeMap<PeerKey, End>,
    pub(crate) tally: Tally,
    /// What engines before this one noted, if they are to.
    noted: Option<journal::Report>,
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
    /// Bytes that the engine may still upload without being told that there is room again.
    pub(crate) credit: u32,
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
        seed: u64,
    ) -> Self {
        let id = name(number, seed);
        let Group { conduct, line, .. } = *group;
        let count = info.geometry().piece_count();
        let stored = if conduct.downloads() { Bitfield::new(count) } else { Bitfield::full(count) };
        let config = config(id, conduct, scenario.super_seed);
        let slots = Slots::new(info.geometry().clone(), stored, config.max_active);
        let source = if conduct.downloads() {
            Source::Magnet(info.hashes())
        } else {
            Source::Info(info.clone(), slots.stored.clone())
        };
        let mut node = Self {
            id,
            conduct,
            line,
            churn: group.churn,
            lingers: group.lingers_s.map(|seconds| Duration::from_secs(seconds.into())),
            kill: group.killed,
            super_seed: scenario.super_seed,
            player: Player::of(group),
            rng: Rng::with_seed(seed),
            torrent: Torrent::new(Time::ZERO, source, config, seed),
            layers: if conduct.downloads() { PieceLayers::default() } else { layers.clone() },
            slots,
            present: false,
            stay: 0,
            wake: None,
            up: Uplink::default(),
            down: Downlink::new(line),
            connections: BTreeMap::new(),
            rendezvous: Rendezvous::new(id, secret(seed)),
            alarm: None,
            conn: None,
            setups: BTreeMap::new(),
            tally: Tally::default(),
            noted: None,
        };
        node.tell_layers(Time::ZERO);
        node
    }

    /// Starts the engine anew with what is stored, as a page does when it is opened again.
    pub(crate) fn restart(&mut self, now: Time) {
        let source = match self.torrent.info() {
            Some(info) => Source::Info(info.clone(), self.slots.stored.clone()),
            None => Source::Magnet(self.torrent.hashes()),
        };
        let config = config(self.id, self.conduct, self.super_seed);
        self.tally.add(&self.torrent);
        self.slots = Slots::new(self.slots.geometry().clone(), self.slots.stored.clone(), config.max_active);
        let noted = self.noted.is_some().then(|| self.take_journal());
        self.torrent = Torrent::new(now, source, config, self.rng.u64(..));
        if noted.is_some() {
            self.noted = noted;
            self.record(now);
        }
        self.tell_layers(now);
        self.wake = None;
        if let Some(player) = &mut self.player {
            player.begin(now);
        }
    }

    /// Notes what happens from now on.
    pub(crate) fn record(&mut self, now: Time) {
        self.noted.get_or_insert_default();
        self.torrent.record(MAX_ENTRIES);
        self.rendezvous.record(now, true);
    }

    /// Takes what was noted, by this engine and those before it.
    pub(crate) fn take_journal(&mut self) -> journal::Report {
        let mut noted = self.noted.take().unwrap_or_default();
        if let Some(report) = self.torrent.take_journal() {
            noted.extend(report, MAX_ENTRIES);
        }
        noted
    }

    fn tell_layers(&mut self, now: Time) {
        if !self.layers.is_empty() {
            self.torrent.handle(now, Input::PieceLayers(self.layers.clone()), &mut self.slots);
        }
    }

    /// Whether it has everything.
    pub(crate) const fn is_complete(&self) -> bool {
        self.slots.stored.is_full()
    }

    /// Becomes somebody else, who knows nothing of what went before.
    pub(crate) fn rename(&mut self, number: usize) {
        let seed = self.rng.u64(..);
        self.id = name(number, seed);
        self.rendezvous = self.rendezvous.successor(self.id, secret(seed));
    }
}

impl Connection {
    pub(crate) const fn new(now: Time, (other, other_key): End, max_asked: usize) -> Self {
        Self {
            other,
            other_key,
            is_dead: false,
            outgoing: VecDeque::new(),
            buffered: 0,
            in_line: false,
            credit: HIGH_WATER,
            arrives: now,
            ledger: Ledger::new(max_asked),
        }
    }

    /// Room that the engine should hear of: how many bytes, if enough were sent since it last did.
    pub(crate) const fn room(&mut self) -> Option<u32> {
        if self.buffered > LOW_WATER || self.credit >= HIGH_WATER - LOW_WATER {
            return None;
        }
        self.credit = HIGH_WATER - self.buffered;
        Some(self.credit)
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

/// Bytes that a channel holds at most, and the most at which it asks for more, as in the engine worker.
pub(crate) const HIGH_WATER: u32 = 256 * 1024;
const LOW_WATER: u32 = 128 * 1024;
/// Bytes before a block in its message.
pub(crate) const HEADER: u32 = 13;
/// Entries that are kept of a peer whose journal is wanted.
const MAX_ENTRIES: usize = 400_000;

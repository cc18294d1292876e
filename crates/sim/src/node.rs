//! One peer: an engine and what its driver keeps.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use fastrand::Rng;
use metainfo::{Block, Info, PieceLayers};
use signaling::ConnId;
use swarm::{Config, Input, PeerKey, Source, Time, Torrent};
use wire::{Bitfield, PeerId};

use crate::ledger::Ledger;
use crate::line::{Downlink, Uplink};
use crate::player::Player;
use crate::report::Tally;
use crate::scenario::{Churn, Conduct, Group, Kill, Line, Scenario};
use crate::seeker::Seeker;
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
    last_key: u32,
    /// Peers that misbehaved: it does not connect to them again.
    pub(crate) shunned: BTreeSet<usize>,

    /// Its connection to the tracker, while there is one.
    pub(crate) conn: Option<ConnId>,
    pub(crate) seeker: Seeker,
    pub(crate) tally: Tally,
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The node at the other end, its name, and its key for this connection.
    pub(crate) other: usize,
    pub(crate) other_id: PeerId,
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
            last_key: 0,
            shunned: BTreeSet::new(),
            conn: None,
            seeker: Seeker::default(),
            tally: Tally::default(),
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
        self.torrent = Torrent::new(now, source, config, self.rng.u64(..));
        self.tell_layers(now);
        self.wake = None;
        if let Some(player) = &mut self.player {
            player.begin(now);
        }
    }

    fn tell_layers(&mut self, now: Time) {
        if !self.layers.is_empty() {
            self.torrent.handle(now, Input::PieceLayers(self.layers.clone()), &mut self.slots);
        }
    }

    /// A key for a new connection.
    pub(crate) const fn mint(&mut self) -> PeerKey {
        self.last_key += 1;
        PeerKey::new(self.last_key)
    }

    /// Whether it has everything.
    pub(crate) const fn is_complete(&self) -> bool {
        self.slots.stored.is_full()
    }

    /// Whether it is connected to the peer of this name.
    pub(crate) fn knows(&self, other: PeerId) -> bool {
        self.connections.values().any(|connection| connection.other_id == other)
    }

    /// Takes another name.
    pub(crate) fn rename(&mut self, number: usize) {
        self.id = name(number, self.rng.u64(..));
    }
}

impl Connection {
    pub(crate) const fn new(
        now: Time,
        (other, other_id, other_key): (usize, PeerId, PeerKey),
        max_asked: usize,
    ) -> Self {
        Self {
            other,
            other_id,
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

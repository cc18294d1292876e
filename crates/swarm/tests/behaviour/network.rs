//! Engines joined by links with a delay and a rate.

use std::collections::BTreeMap;
use std::time::Duration;

use metainfo::{Info, InfoHashes, PieceIndex, PieceLayers};
use swarm::{
    CloseReason, Config, Input, IntroductionKey, Output, PeerKey, Progress, SessionLimits, Snapshot, Source,
    Step, Time, Torrent,
};
use wire::{Bitfield, PeerId, encode_piece_header};

use crate::disk::Disk;

/// Some engines and what is on its way between them.
pub(crate) struct Network {
    pub(crate) now: Time,
    pub(crate) nodes: Vec<Node>,
    /// Of those nodes that are told of it, as if they were torrents of one session.
    pub(crate) limits: SessionLimits,
    /// What will happen, in order of time and of its cause.
    events: BTreeMap<(Time, u64), Event>,
    caused: u64,
    delay: Duration,
    /// Bytes each second in each direction of most links.
    rate: u64,
    /// Engines that there were so far.
    born: u32,
    /// Bytes on all links so far.
    pub(crate) sent: u64,
}

/// An engine and its driver.
pub(crate) struct Node {
    pub(crate) torrent: Torrent,
    pub(crate) disk: Disk,
    pub(crate) closed: Vec<CloseReason>,
    pub(crate) completed: u32,
    /// Peers that it was asked to make an offer for.
    pub(crate) asked_for: Vec<PeerId>,
    links: BTreeMap<PeerKey, Link>,
    next_key: u32,
    wake: Option<Time>,
}

struct Link {
    node: usize,
    key: PeerKey,
    /// Bytes each second in each direction.
    rate: u64,
    free: Time,
    in_flight: u32,
}

enum Event {
    Arrive { node: usize, key: PeerKey, bytes: Vec<u8> },
    Drain { node: usize, key: PeerKey, bytes: u32 },
    Close { node: usize, key: PeerKey },
    Introduce { node: usize, introduction: IntroductionKey, step: Step },
    Wake { node: usize, at: Time },
}

impl Network {
    pub(crate) fn new() -> Self {
        let events = BTreeMap::new();
        let delay = Duration::from_millis(20);
        let (nodes, limits) = (Vec::new(), SessionLimits::default());
        Self { now: Time::ZERO, nodes, limits, events, caused: 0, delay, rate: 2_000_000, born: 0, sent: 0 }
    }

    /// A network on which a transfer takes as long as a twentieth of its bytes does on another: for tests in which
    /// time matters and content does not.
    pub(crate) fn slow() -> Self {
        Self { rate: 100_000, ..Self::new() }
    }

    /// An engine that has the pieces in `have`.
    pub(crate) fn add(&mut self, info: &Info, content: &[u8], have: &Bitfield) -> usize {
        let disk = Disk::with(info, content, have);
        self.add_node(Source::Info(info.clone(), have.clone()), disk)
    }

    pub(crate) fn seed(&mut self, info: &Info, content: &[u8]) -> usize {
        self.add(info, content, &Bitfield::full(info.geometry().piece_count()))
    }

    pub(crate) fn leech(&mut self, info: &Info) -> usize {
        self.add(info, &[], &Bitfield::new(info.geometry().piece_count()))
    }

    /// An engine that has everything, piece hashes of version 2 included.
    pub(crate) fn seed_v2(&mut self, info: &Info, content: &[u8], layers: &PieceLayers) -> usize {
        let node = self.seed(info, content);
        self.input(node, Input::PieceLayers(layers.clone()));
        node
    }

    pub(crate) fn magnet(&mut self, info: &Info) -> usize {
        self.magnet_of(info.hashes())
    }

    pub(crate) fn magnet_of(&mut self, hashes: InfoHashes) -> usize {
        self.add_node(Source::Magnet(hashes), Disk::default())
    }

    fn add_node(&mut self, source: Source, disk: Disk) -> usize {
        let number = self.nodes.len();
        let mut id = [self.born as u8; 20];
        for (byte, high) in id.iter_mut().zip((self.born >> 8).to_be_bytes()) {
            *byte ^= high;
        }
        let config = Config::new(PeerId::from_bytes(id));
        self.nodes.push(Node {
            torrent: Torrent::new(self.now, source, config, self.born.into()),
            disk,
            closed: Vec::new(),
            completed: 0,
            asked_for: Vec::new(),
            links: BTreeMap::new(),
            next_key: 0,
            wake: None,
        });
        self.born += 1;
        number
    }

    /// Forgets the node that was added last, and is connected with nobody.
    pub(crate) fn forget_last(&mut self) {
        self.nodes.pop();
        let left = self.nodes.len();
        self.events.retain(|_, event| event.node() < left);
    }

    /// A key for a connection of this node with somebody who is no node.
    pub(crate) fn stranger(&mut self, node: usize) -> PeerKey {
        let node = &mut self.nodes[node];
        node.next_key += 1;
        PeerKey::new(node.next_key)
    }

    /// How many others a node is connected with.
    pub(crate) fn degree(&self, node: usize) -> usize {
        self.nodes[node].links.len()
    }

    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        self.connect_at(a, b, self.rate);
    }

    /// Connects two nodes by a link that carries `rate` bytes each second in each direction.
    pub(crate) fn connect_at(&mut self, a: usize, b: usize, rate: u64) {
        self.connect_by(a, b, rate, |peer| Input::Connected { peer });
    }

    /// Connects two engines that found each other by the hash of version 2.
    pub(crate) fn connect_v2(&mut self, a: usize, b: usize) {
        self.connect_by(a, b, self.rate, |peer| Input::ConnectedV2 { peer });
    }

    fn connect_by(&mut self, a: usize, b: usize, rate: u64, connected: fn(PeerKey) -> Input<'static>) {
        let key = |node: &mut Node| {
            node.next_key += 1;
            PeerKey::new(node.next_key)
        };
        let (key_a, key_b) = (key(&mut self.nodes[a]), key(&mut self.nodes[b]));
        for (node, own, other, other_key) in [(a, key_a, b, key_b), (b, key_b, a, key_a)] {
            let link = Link { node: other, key: other_key, rate, free: self.now, in_flight: 0 };
            self.nodes[node].links.insert(own, link);
        }
        for (node, peer) in [(a, key_a), (b, key_b)] {
            self.input(node, connected(peer));
            self.input(node, Input::Writable { peer, room: WINDOW });
        }
    }

    /// Cuts every connection of a node, as a closed tab does.
    pub(crate) fn leave(&mut self, node: usize) {
        for key in self.nodes[node].links.keys().copied().collect::<Vec<_>>() {
            self.cut(node, key);
            self.input(node, Input::Closed { peer: key });
        }
    }

    pub(crate) fn snapshot(&self, node: usize) -> Snapshot {
        self.nodes[node].torrent.snapshot(self.now)
    }

    /// Lets `time` pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= end) {
            self.now = entry.key().0;
            match entry.remove() {
                Event::Arrive { node, key, bytes } => {
                    self.input(node, Input::Received { peer: key, bytes: &bytes });
                }
                Event::Drain { node, key, bytes } => {
                    let Some(link) = self.nodes[node].links.get_mut(&key) else { continue };
                    link.in_flight -= bytes;
                    let room = WINDOW.saturating_sub(link.in_flight);
                    self.input(node, Input::Writable { peer: key, room });
                }
                Event::Close { node, key } => {
                    self.nodes[node].links.remove(&key);
                    self.input(node, Input::Closed { peer: key });
                }
                Event::Introduce { node, introduction, step } => self.introduce(node, introduction, step),
                Event::Wake { node, at } => {
                    if self.nodes[node].wake == Some(at) {
                        self.nodes[node].wake = None;
                        self.input(node, Input::Wake);
                    }
                }
            }
        }
        self.now = end;
    }

    pub(crate) fn input(&mut self, node: usize, input: Input<'_>) {
        let Node { torrent, disk, .. } = &mut self.nodes[node];
        torrent.handle(self.now, input, disk);
        while let Some(output) = self.nodes[node].torrent.poll() {
            self.output(node, output);
        }
        let node_wakes = self.nodes[node].wake;
        let due = self.nodes[node].torrent.deadline();
        if let Some(due) = due.filter(|due| node_wakes.is_none_or(|wake| *due < wake)) {
            let at = due.max(self.now);
            self.nodes[node].wake = Some(at);
            self.schedule(at, Event::Wake { node, at });
        }
    }

    fn output(&mut self, node: usize, output: Output) {
        let Node { torrent, disk, closed, completed, .. } = &mut self.nodes[node];
        match output {
            Output::Send { peer, bytes } => self.send(node, peer, bytes),
            Output::Upload { peer, block } => {
                let piece = disk.read(block.piece);
                let mut bytes = encode_piece_header(block).to_vec();
                bytes.extend_from_slice(&piece[block.begin as usize..][..block.length as usize]);
                self.send(node, peer, bytes);
            }
            Output::Close { peer, reason } => {
                closed.push(reason);
                self.cut(node, peer);
            }
            Output::Hash { piece } => {
                let ok = disk.hash(torrent.info().expect("there are pieces"), piece);
                torrent.handle(self.now, Input::Hashed { piece, ok }, disk);
            }
            Output::Leaves { piece } => {
                let leaves = disk.leaves(torrent.info().expect("there are pieces"), piece);
                torrent.handle(self.now, Input::Leaves { piece, leaves: &leaves }, disk);
            }
            Output::Store { piece } => {
                disk.store(piece);
                torrent.handle(self.now, Input::Stored { piece }, disk);
            }
            Output::PieceLayers(layers) => disk.layers = layers,
            Output::Metadata(_)
            | Output::Unusable(_)
            | Output::Fetch { .. }
            | Output::Abort { .. }
            | Output::Tips(_)
            | Output::Extension { .. }
            | Output::Payments(_) => {}
            Output::Introduce { introduction, step } => {
                // A browser takes its time to describe a connection.
                let event = Event::Introduce { node, introduction, step };
                self.schedule(self.now + Duration::from_millis(100), event);
            }
            Output::Turn(request) => {
                let turn = self.limits.grant(self.now, request);
                torrent.handle(self.now, turn, disk);
            }
            Output::Completed => *completed += 1,
        }
    }

    /// Descriptions that say who made them are enough to connect.
    fn introduce(&mut self, node: usize, introduction: IntroductionKey, step: Step) {
        match step {
            Step::Offer { peer_id } => {
                self.nodes[node].asked_for.push(peer_id);
                let progress = Progress::Offer(&format!("from {node}"));
                self.input(node, Input::Introduction { introduction, progress });
            }
            Step::Answer { .. } => {
                let progress = Progress::Answer(&format!("from {node}"));
                self.input(node, Input::Introduction { introduction, progress });
            }
            Step::Complete { answer } => {
                let other = answer.trim_start_matches("from ").parse().expect("an answer of ours");
                self.connect(node, other);
            }
            Step::Cancel => {}
        }
    }

    /// Bytes leave at the link's rate and arrive after its delay, in two parts cut at an odd place.
    fn send(&mut self, node: usize, key: PeerKey, mut bytes: Vec<u8>) {
        let Some(link) = self.nodes[node].links.get_mut(&key) else { return };
        let length = bytes.len() as u32;
        self.sent += u64::from(length);
        let left = link.free.max(self.now) + Duration::from_micros(u64::from(length) * 1_000_000 / link.rate);
        link.free = left;
        link.in_flight += length;
        let (to, to_key, arrival) = (link.node, link.key, left + self.delay);
        let rest = bytes.split_off(bytes.len() * 2 / 3);
        self.schedule(left, Event::Drain { node, key, bytes: length });
        for bytes in [bytes, rest] {
            self.schedule(arrival, Event::Arrive { node: to, key: to_key, bytes });
        }
    }

    fn cut(&mut self, node: usize, key: PeerKey) {
        let Some(link) = self.nodes[node].links.remove(&key) else { return };
        let event = Event::Close { node: link.node, key: link.key };
        self.schedule(link.free.max(self.now) + self.delay, event);
    }

    fn schedule(&mut self, at: Time, event: Event) {
        self.caused += 1;
        self.events.insert((at, self.caused), event);
    }
}

impl Event {
    /// The node to which it happens.
    const fn node(&self) -> usize {
        match *self {
            Self::Arrive { node, .. }
            | Self::Drain { node, .. }
            | Self::Close { node, .. }
            | Self::Introduce { node, .. }
            | Self::Wake { node, .. } => node,
        }
    }
}

impl Node {
    /// Every piece that the torrent has.
    pub(crate) fn is_complete(&self) -> bool {
        self.torrent.info().is_some() && self.torrent.have().is_full()
    }

    pub(crate) fn has(&self, piece: u32) -> bool {
        self.torrent.have().get(PieceIndex::new(piece))
    }
}

/// Bytes that a channel takes at once.
const WINDOW: u32 = 256 * 1024;

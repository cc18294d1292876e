//! The run: events in order, and what each causes.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use fastrand::Rng;
use metainfo::{Block, Info, InfoBuilder};
use signaling::{ConnId, Index};
use swarm::{CloseReason, Input, Output, PeerKey, Time};
use tracker::{Announce, Answer, Event as AnnounceEvent, Offer, OfferId, Request, Response};
use wire::{PeerId, encode_piece_header};

use crate::link::Link;
use crate::node::{Connection, Node};
use crate::payload;
use crate::{Conduct, Line, Outcome, Report, Scenario};

/// Plays a scenario until every peer that downloads is complete, or to its limit.
///
/// # Panics
///
/// If the scenario has no pieces.
#[must_use]
pub fn simulate(scenario: &Scenario) -> Report {
    let mut world = World::new(scenario);
    world.run(Time::ZERO + scenario.limit);
    world.report()
}

struct World {
    now: Time,
    rng: Rng,
    line: Line,
    nodes: Vec<Node>,
    names: BTreeMap<PeerId, usize>,
    tracker: Index,
    /// What will happen, by time and then by order of cause.
    events: BTreeMap<(Time, u64), Event>,
    caused: u64,
    trace: DefaultHasher,
}

enum Event {
    Join {
        node: usize,
    },
    Leave {
        node: usize,
    },
    Announce {
        node: usize,
    },
    /// A message reaches the tracker.
    Ask {
        node: usize,
        request: Request,
    },
    /// A message of the tracker reaches a peer.
    Tell {
        node: usize,
        response: Response,
    },
    /// Two peers have a channel.
    Meet {
        nodes: [usize; 2],
    },
    Arrive {
        node: usize,
        key: PeerKey,
        parcel: Parcel,
    },
    Drain {
        node: usize,
        key: PeerKey,
        bytes: u32,
    },
    HangUp {
        node: usize,
        key: PeerKey,
    },
    Wake {
        node: usize,
    },
}

/// Something on its way from peer to peer.
enum Parcel {
    Messages(Vec<u8>),
    Block { block: Block, corrupt: bool },
}

impl World {
    fn new(scenario: &Scenario) -> Self {
        let info = metadata(scenario);
        let mut rng = Rng::with_seed(scenario.seed);
        let peers = scenario.peers.iter().enumerate();
        let nodes: Vec<Node> =
            peers.map(|(number, peer)| Node::new(number, peer.conduct, &info, rng.u64(..))).collect();
        let mut world = Self {
            now: Time::ZERO,
            line: scenario.line,
            names: nodes.iter().enumerate().map(|(number, node)| (node.id, number)).collect(),
            nodes,
            tracker: Index::new(signaling::Config::default(), rng.u64(..)),
            rng,
            events: BTreeMap::new(),
            caused: 0,
            trace: DefaultHasher::new(),
        };
        for (node, peer) in scenario.peers.iter().enumerate() {
            world.schedule(peer.joins, Event::Join { node });
            if let Some((leaves, returns)) = peer.away {
                world.schedule(leaves, Event::Leave { node });
                world.schedule(returns, Event::Join { node });
            }
        }
        world
    }

    fn run(&mut self, limit: Time) {
        while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= limit) {
            self.now = entry.key().0;
            let event = entry.remove();
            self.happen(event);
            if self.nodes.iter().all(Node::is_complete) {
                break;
            }
        }
    }

    fn report(self) -> Report {
        let now = self.now;
        let outcome = |node: Node| Outcome {
            conduct: node.conduct,
            completed: node.completed,
            banned: node.banned,
            received: node.received,
            snapshot: node.torrent.snapshot(now),
        };
        Report {
            trace: self.trace.finish(),
            ended: now,
            peers: self.nodes.into_iter().map(outcome).collect(),
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Join { node } => {
                self.nodes[node].present = true;
                self.announce(node, Some(AnnounceEvent::Started));
            }
            Event::Leave { node } => self.leave(node),
            Event::Announce { node } => self.announce(node, None),
            Event::Ask { node, request } => self.ask(node, request),
            Event::Tell { node, response } => self.tell(node, response),
            Event::Meet { nodes } => self.meet(nodes),
            Event::Arrive { node, key, parcel } => self.arrive(node, key, &parcel),
            Event::Drain { node, key, bytes } => {
                let Some(connection) = self.nodes[node].connections.get_mut(&key) else { return };
                connection.link.drain(bytes);
                let room = connection.link.room();
                self.input(node, Input::Writable { peer: key, room });
            }
            Event::HangUp { node, key } => {
                self.nodes[node].connections.remove(&key);
                self.input(node, Input::Closed { peer: key });
            }
            Event::Wake { node } => {
                self.nodes[node].wake = None;
                self.input(node, Input::Wake);
            }
        }
    }

    fn announce(&mut self, node: usize, event: Option<AnnounceEvent>) {
        let lonely = self.nodes[node].connections.len() < ENOUGH && event != Some(AnnounceEvent::Stopped);
        let offers: Vec<Offer> = (0..if lonely { OFFERS } else { 0 }).map(|_| self.offer()).collect();
        let Node { id, torrent, .. } = &self.nodes[node];
        let announce = Announce {
            info_hash: torrent.info_hash(),
            peer_id: *id,
            event,
            left: Some(torrent.info().map_or(1, |_| torrent.snapshot(self.now).left)),
            uploaded: 0,
            downloaded: 0,
            numwant: Some(offers.len() as u32),
            offers: offers.clone(),
        };
        self.nodes[node].offers = offers.iter().map(|offer| offer.offer_id).collect();
        let request = Request::Announce(announce);
        self.schedule(self.now + TO_TRACKER, Event::Ask { node, request });
    }

    fn offer(&mut self) -> Offer {
        let mut id = [0; 20];
        self.rng.fill(&mut id);
        Offer { offer_id: OfferId::from_bytes(id), sdp: "offer".to_owned() }
    }

    fn ask(&mut self, node: usize, request: Request) {
        let now = Duration::from_millis(self.now.as_millis());
        let mut responses = Vec::new();
        self.tracker.handle(now, ConnId::new(node as u64), request, &mut responses);
        for (conn, response) in responses {
            if let Some(node) = (0..self.nodes.len()).find(|node| ConnId::new(*node as u64) == conn) {
                self.schedule(self.now + TO_TRACKER, Event::Tell { node, response });
            }
        }
    }

    fn tell(&mut self, node: usize, response: Response) {
        if !self.nodes[node].present {
            return;
        }
        match response {
            Response::Announce { interval, .. } => {
                let next = self.now + Duration::from_secs(interval.into());
                self.schedule(next, Event::Announce { node });
            }
            Response::Offer { info_hash, peer_id, offer_id, .. } => {
                let sdp = "answer".to_owned();
                let own = self.nodes[node].id;
                let answer = Answer { info_hash, peer_id: own, to_peer_id: peer_id, offer_id, sdp };
                self.schedule(self.now + TO_TRACKER, Event::Ask { node, request: Request::Answer(answer) });
            }
            Response::Answer { peer_id, offer_id, .. } => {
                if self.nodes[node].offers.remove(&offer_id) {
                    let nodes = [node, self.names[&peer_id]];
                    self.schedule(self.now + self.line.delay * 4, Event::Meet { nodes });
                }
            }
            Response::Scrape { .. } | Response::Failure { .. } => {}
        }
    }

    fn meet(&mut self, nodes: [usize; 2]) {
        if !nodes.iter().all(|node| self.nodes[*node].present) {
            return;
        }
        let keys = nodes.map(|node| self.nodes[node].mint());
        for (own, other) in [(0, 1), (1, 0)] {
            let link = Link::new(self.now, self.line);
            let connection = Connection { other: nodes[other], other_key: keys[other], link };
            self.nodes[nodes[own]].connections.insert(keys[own], connection);
        }
        for (node, peer) in nodes.into_iter().zip(keys) {
            self.input(node, Input::Connected { peer });
            if let Some(connection) = self.nodes[node].connections.get(&peer) {
                let room = connection.link.room();
                self.input(node, Input::Writable { peer, room });
            }
        }
    }

    fn leave(&mut self, node: usize) {
        self.nodes[node].present = false;
        self.announce(node, Some(AnnounceEvent::Stopped));
        while let Some((&key, _)) = self.nodes[node].connections.first_key_value() {
            self.hang_up(node, key);
            self.input(node, Input::Closed { peer: key });
        }
    }

    fn arrive(&mut self, node: usize, key: PeerKey, parcel: &Parcel) {
        if !self.nodes[node].connections.contains_key(&key) {
            return;
        }
        match parcel {
            Parcel::Messages(bytes) => self.input(node, Input::Received { peer: key, bytes }),
            Parcel::Block { block, corrupt } => {
                let bytes = payload::bytes(*block, *corrupt);
                self.nodes[node].received += bytes.len() as u64;
                let (start, rest) = bytes.split_at(bytes.len() / 3);
                for part in [&encode_piece_header(*block)[..], start, rest] {
                    self.input(node, Input::Received { peer: key, bytes: part });
                }
            }
        }
    }

    fn input(&mut self, number: usize, input: Input<'_>) {
        let node = &mut self.nodes[number];
        node.torrent.handle(self.now, input, &mut node.slots);
        while let Some(output) = self.nodes[number].torrent.poll() {
            self.output(number, output);
        }
        let node = &mut self.nodes[number];
        if let Some(due) = node.torrent.deadline().filter(|due| node.wake.is_none_or(|wake| *due < wake)) {
            node.wake = Some(due);
            self.schedule(due.max(self.now), Event::Wake { node: number });
        }
    }

    fn output(&mut self, number: usize, output: Output) {
        (self.now, number).hash(&mut self.trace);
        let node = &mut self.nodes[number];
        match output {
            Output::Send { peer, bytes } => {
                (peer, &bytes).hash(&mut self.trace);
                let length = bytes.len() as u32;
                self.send(number, peer, length, Parcel::Messages(bytes));
            }
            Output::Upload { peer, block } => {
                (peer, block).hash(&mut self.trace);
                let corrupt = node.conduct == Conduct::Liar && self.rng.bool();
                let length = encode_piece_header(block).len() as u32 + block.length;
                self.send(number, peer, length, Parcel::Block { block, corrupt });
            }
            Output::Close { peer, reason } => {
                (peer, reason.to_string()).hash(&mut self.trace);
                if let (CloseReason::CorruptData, Some(connection)) = (&reason, node.connections.get(&peer)) {
                    node.banned.push(connection.other);
                }
                self.hang_up(number, peer);
            }
            Output::Hash { piece } => {
                let ok = node.slots.hash(piece);
                (piece, ok).hash(&mut self.trace);
                node.torrent.handle(self.now, Input::Hashed { piece, ok }, &mut node.slots);
            }
            Output::Store { piece } => {
                node.torrent.handle(self.now, Input::Stored { piece }, &mut node.slots);
            }
            Output::Completed => node.completed = Some(self.now),
            Output::Metadata(_) | Output::Unusable(_) => {}
        }
    }

    fn send(&mut self, node: usize, key: PeerKey, bytes: u32, parcel: Parcel) {
        let Some(connection) = self.nodes[node].connections.get_mut(&key) else { return };
        let (leaves, arrives) = connection.link.send(self.now, bytes, &mut self.rng);
        let (other, other_key) = (connection.other, connection.other_key);
        self.schedule(leaves, Event::Drain { node, key, bytes });
        self.schedule(arrives, Event::Arrive { node: other, key: other_key, parcel });
    }

    fn hang_up(&mut self, node: usize, key: PeerKey) {
        let Some(connection) = self.nodes[node].connections.remove(&key) else { return };
        let event = Event::HangUp { node: connection.other, key: connection.other_key };
        self.schedule(connection.link.hang_up(self.now), event);
    }

    fn schedule(&mut self, at: Time, event: Event) {
        self.caused += 1;
        self.events.insert((at, self.caused), event);
    }
}

/// Metadata whose hashes are never looked at.
fn metadata(scenario: &Scenario) -> Info {
    let length = u64::from(scenario.pieces) * u64::from(scenario.piece_length);
    InfoBuilder::single("content", length)
        .piece_length(scenario.piece_length)
        .finish(&vec![[0; 20]; scenario.pieces as usize])
        .expect("a scenario has pieces")
}

/// Offers in an announce.
const OFFERS: usize = 5;
/// Connections at which a peer stops looking for more.
const ENOUGH: usize = 20;
/// How long a message to or from the tracker takes.
const TO_TRACKER: Duration = Duration::from_millis(40);

//! Engines: what they are told, and what they ask for.

use std::time::Duration;

use metainfo::Block;
use session::rendezvous;
use swarm::{CloseReason, Input, Output, PeerKey};
use wire::{Message, encode_piece_header};

use super::{Event, World};
use crate::Conduct;
use crate::ledger::{exaggerate, flood, forge};
use crate::node::{HEADER, Parcel};

impl World {
    /// Tells an engine something, and does what it says to that.
    pub(super) fn input(&mut self, number: usize, input: Input<'_>) {
        let node = &mut self.nodes[number];
        node.torrent.handle(self.now, input, &mut node.slots);
        self.drain(number);
    }

    /// What a peer sent reaches the engine.
    pub(super) fn receive(&mut self, number: usize, key: PeerKey, parcel: &Parcel) {
        match parcel {
            Parcel::Messages(bytes) => {
                let node = &mut self.nodes[number];
                if let Some(connection) = node.connections.get_mut(&key) {
                    connection.ledger.hears(bytes);
                }
                if node.rendezvous.torrent(key).is_some() {
                    self.input(number, Input::Received { peer: key, bytes });
                } else {
                    self.meet(number, rendezvous::Input::Received { peer: key, bytes });
                }
            }
            Parcel::Block { block, corrupt } => self.receive_block(number, key, *block, *corrupt),
        }
    }

    fn receive_block(&mut self, number: usize, key: PeerKey, block: Block, corrupt: bool) {
        let now = self.now;
        let node = &mut self.nodes[number];
        node.tally.received += u64::from(block.length);
        node.tally.first_block.get_or_insert(now);
        let expected = node.connections.get_mut(&key).map(|connection| connection.ledger.receives(block));
        // The content is not there: all blocks are zeros but for a mark on those that are corrupt.
        let mut bytes = std::mem::take(&mut self.scratch);
        let start = HEADER as usize;
        bytes[..start].copy_from_slice(&encode_piece_header(block));
        bytes[start] = u8::from(corrupt);
        let message = &bytes[..start + block.length as usize];
        let cut = match node.rng.u32(..RARELY) {
            0 => node.rng.u32(..message.len() as u32) as usize,
            _ => 0,
        };
        let (before, after) = message.split_at(cut);
        node.torrent.handle(now, Input::Received { peer: key, bytes: before }, &mut node.slots);
        self.input(number, Input::Received { peer: key, bytes: after });
        self.scratch = bytes;
        if let Some(Err(what)) = expected {
            self.fault(number, what);
        }
    }

    fn drain(&mut self, number: usize) {
        while let Some(output) = self.nodes[number].torrent.poll() {
            self.trace.word(self.now.since(swarm::Time::ZERO).as_micros() as u64);
            self.trace.word(number as u64);
            self.output(number, output);
        }
        while let Some(what) = self.nodes[number].slots.faults.pop() {
            self.fault(number, what);
        }
        let node = &mut self.nodes[number];
        if let Some(due) = node.torrent.deadline().filter(|due| node.wake.is_none_or(|wake| *due < wake)) {
            let at = due.max(self.now);
            node.wake = Some(at);
            self.schedule(at, Event::Wake { node: number, at });
        }
    }

    fn output(&mut self, number: usize, output: Output) {
        match output {
            Output::Send { peer, bytes } => self.say(number, peer, bytes),
            Output::Upload { peer, block } => self.upload(number, peer, block),
            Output::Close { peer, reason } => self.close(number, peer, reason),
            Output::Hash { piece } => {
                self.trace.word(piece.get().into());
                self.nodes[number].slots.hash(piece);
                let stay = self.nodes[number].stay;
                self.schedule(self.now + HASHING, Event::Hashed { node: number, stay, piece });
            }
            Output::Store { piece } => {
                self.trace.word(piece.get().into());
                self.nodes[number].slots.store(piece);
                let stay = self.nodes[number].stay;
                self.schedule(self.now + STORING, Event::Stored { node: number, stay, piece });
            }
            Output::Introduce { introduction, step } => {
                let torrent = self.nodes[number].torrent.hashes().id();
                self.meet(number, rendezvous::Input::Introduce { torrent, introduction, step });
            }
            Output::Metadata(_) => {
                let node = &mut self.nodes[number];
                if let Some(player) = &mut node.player {
                    player.begin(self.now);
                    let event = Event::Play { node: number, stay: node.stay };
                    self.schedule(self.now, event);
                }
            }
            Output::Leaves { piece } => {
                let leaves = self.nodes[number].slots.leaves(piece);
                let node = &mut self.nodes[number];
                node.torrent.handle(self.now, Input::Leaves { piece, leaves: &leaves }, &mut node.slots);
            }
            Output::PieceLayers(layers) => self.nodes[number].layers = layers,
            // There are no web seeds here.
            Output::Fetch { .. } | Output::Abort { .. } => {}
            Output::Completed => {
                let torrent = self.nodes[number].torrent.hashes().id();
                self.meet(number, rendezvous::Input::Completed { torrent });
            }
            Output::Unusable(_) | Output::Turn(_) | Output::Tips(_) | Output::Extension { .. } => {}
        }
    }

    /// Lets the player of a node go on, and says what it needs.
    pub(super) fn play(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let Some(player) = node.player.as_mut().filter(|_| node.torrent.info().is_some()) else { return };
        let (due, needs) = player.play(self.now, node.slots.geometry(), &node.slots.stored);
        node.tally.stalled = Some(player.stalled);
        node.tally.began = player.began;
        let stay = node.stay;
        if let Some(due) = due {
            self.schedule(due, Event::Play { node: number, stay });
        }
        for (span, due) in needs {
            self.input(number, Input::Deadline { span, due });
        }
    }

    fn say(&mut self, number: usize, key: PeerKey, mut bytes: Vec<u8>) {
        self.trace.word(key.get().into());
        self.trace.bytes(&bytes);
        let node = &mut self.nodes[number];
        match node.conduct {
            Conduct::Forger => forge(&mut bytes),
            Conduct::Exaggerator => bytes = exaggerate(&bytes, number as u32),
            Conduct::Flooder => flood(&mut bytes, node.torrent.info()),
            _ => {}
        }
        let said = node.connections.get_mut(&key).map(|connection| connection.ledger.says(&bytes));
        if let Some(Err(what)) = said {
            self.fault(number, what);
        }
        self.send(number, key, Parcel::Messages(bytes.into()));
    }

    fn upload(&mut self, number: usize, key: PeerKey, block: Block) {
        for word in [key.get(), block.piece.get(), block.begin, block.length] {
            self.trace.word(word.into());
        }
        let node = &mut self.nodes[number];
        if !node.slots.stored.get(block.piece) {
            self.faults.push(crate::Fault {
                at: self.now,
                peer: number,
                what: "sends what it does not have",
            });
        }
        if let Some(connection) = node.connections.get_mut(&key) {
            connection.credit = connection.credit.saturating_sub(HEADER + block.length);
            if let Err(what) = connection.ledger.serves(block) {
                self.faults.push(crate::Fault { at: self.now, peer: number, what });
            }
        }
        let corrupt = match node.conduct {
            Conduct::Staller => return,
            Conduct::Boaster => {
                let mut bytes = Vec::new();
                Message::Reject(block).encode(&mut bytes);
                return self.send(number, key, Parcel::Messages(bytes.into()));
            }
            Conduct::Corrupter => node.rng.bool(),
            Conduct::Seed
            | Conduct::Leech
            | Conduct::FreeRider
            | Conduct::Forger
            | Conduct::Exaggerator
            | Conduct::Flooder => false,
        };
        node.tally.lies += u64::from(corrupt);
        self.send(number, key, Parcel::Block { block, corrupt });
    }

    fn close(&mut self, number: usize, key: PeerKey, reason: CloseReason) {
        self.trace.word(key.get().into());
        self.trace.bytes(reason.to_string().as_bytes());
        let node = &mut self.nodes[number];
        if let Some(connection) = node.connections.get(&key)
            && matches!(reason, CloseReason::CorruptData)
        {
            node.tally.banned.push(connection.other);
        }
        self.meet(number, rendezvous::Input::Closed { peer: key, reason: Some(reason) });
    }
}

/// One block in so many arrives in two parts.
const RARELY: u32 = 16;
/// How long hashing and writing a piece take.
const HASHING: Duration = Duration::from_millis(3);
const STORING: Duration = Duration::from_millis(8);

//! Sessions: what they are told, and what they ask for.

use std::time::Duration;

use metainfo::{Block, PieceIndex};
use session::{Output, TorrentOutput};
use swarm::{CloseReason, Input, PeerKey, Time};
use wire::{Message, encode_piece_header};

use super::{Event, World};
use crate::Conduct;
use crate::ledger::{exaggerate, flood, forge};
use crate::market::Till;
use crate::node::{HEADER, Parcel, Session, Torrent};
use crate::slots::Slots;

impl World {
    /// Tells a session something, and does what it says to that.
    pub(super) fn tell(&mut self, number: usize, act: impl FnOnce(&mut Session, Time)) {
        act(&mut self.nodes[number].session, self.now);
        self.settle(number);
    }

    /// Tells a torrent something, and does what its session says to that.
    pub(super) fn tell_torrent(&mut self, number: usize, act: impl FnOnce(&mut Torrent, Time)) {
        let node = &mut self.nodes[number];
        if let Some(torrent) = node.session.torrent_mut(node.hashes.id()) {
            act(torrent, self.now);
            self.settle(number);
        }
    }

    /// What a peer sent reaches the session.
    pub(super) fn receive(&mut self, number: usize, key: PeerKey, parcel: &Parcel) {
        match parcel {
            Parcel::Messages(bytes) => {
                let node = &mut self.nodes[number];
                if let Some(connection) = node.connections.get_mut(&key) {
                    connection.ledger.hears(bytes);
                }
                self.tell(number, |session, now| session.received(now, key, bytes));
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
        if cut > 0 {
            node.session.received(now, key, before);
        }
        self.tell(number, |session, now| session.received(now, key, after));
        self.scratch = bytes;
        if let Some(Err(what)) = expected {
            self.fault(number, what);
        }
    }

    /// Does what a session asks for, until it asks for nothing more.
    pub(super) fn settle(&mut self, number: usize) {
        while let Some(output) = self.nodes[number].session.poll(self.now) {
            self.trace.word(self.now.since(Time::ZERO).as_micros() as u64);
            self.trace.word(number as u64);
            self.carry_out(number, output);
        }
        let faults = std::mem::take(&mut self.nodes[number].slots.borrow_mut().faults);
        for what in faults {
            self.fault(number, what);
        }
        let node = &mut self.nodes[number];
        let due = [node.session.deadline(), node.till.as_ref().and_then(Till::deadline)];
        if let Some(due) =
            due.into_iter().flatten().min().filter(|due| node.wake.is_none_or(|wake| *due < wake))
        {
            let at = due.max(self.now);
            node.wake = Some(at);
            self.schedule(at, Event::Wake { node: number, at });
        }
    }

    fn carry_out(&mut self, number: usize, output: Output<()>) {
        let node = &mut self.nodes[number];
        match output {
            Output::Torrent { asked, .. } => self.carry_out_for_torrent(number, asked),
            Output::Meet(task) => self.meet(number, task),
            Output::Connected { peer, .. } => {
                if let Some(connection) = node.connections.get(&peer) {
                    node.session.writable(self.now, peer, connection.most());
                }
            }
            Output::Open { torrent, .. } => {
                node.session.opened(self.now, torrent, Ok(Slots::open(&node.slots)), 0.0);
            }
            Output::Delete { torrent } => {
                self.fault(number, "deletes a torrent that nobody removed");
                self.nodes[number].session.deleted(self.now, torrent);
            }
            Output::Listed { torrent } => {
                if let Some(torrent) = node.session.torrent_mut(torrent) {
                    torrent.opened();
                }
                self.begin_payments(number);
            }
        }
    }

    fn carry_out_for_torrent(&mut self, number: usize, asked: TorrentOutput) {
        let stay = self.nodes[number].stay;
        match asked {
            TorrentOutput::Engine(output) => self.carry_out_for_engine(number, output),
            TorrentOutput::Metadata => {
                if let Some(player) = &mut self.nodes[number].player {
                    player.begin(self.now);
                    self.schedule(self.now, Event::Play { node: number, stay });
                }
            }
            TorrentOutput::Check(pieces) => {
                let at = self.now + HASHING * pieces.len() as u32;
                self.schedule(at, Event::Checked { node: number, stay, pieces });
            }
            // There are no web seeds here, and nobody has files of their own or reads some.
            TorrentOutput::Copy { .. }
            | TorrentOutput::Fetch { .. }
            | TorrentOutput::Begin { .. }
            | TorrentOutput::Stream { .. }
            | TorrentOutput::End { .. } => {}
        }
    }

    fn carry_out_for_engine(&mut self, number: usize, output: swarm::Output) {
        use swarm::Output as Asked;
        let node = &mut self.nodes[number];
        match output {
            Asked::Send { peer, bytes } => self.say(number, peer, bytes),
            Asked::Upload { peer, block } => self.upload(number, peer, block),
            Asked::Payments(notice) => self.told_of_payments(number, notice),
            Asked::Close { peer, reason } => self.close(number, peer, &reason),
            Asked::Hash { piece } => {
                self.trace.word(piece.get().into());
                node.slots.borrow_mut().hash(piece);
                let stay = node.stay;
                self.schedule(self.now + HASHING, Event::Hashed { node: number, stay, piece });
            }
            Asked::Store { piece } => {
                self.trace.word(piece.get().into());
                node.slots.borrow_mut().store(piece);
                let stay = node.stay;
                self.schedule(self.now + STORING, Event::Stored { node: number, stay, piece });
            }
            Asked::Leaves { piece } => {
                let leaves = node.slots.borrow_mut().leaves(piece);
                if let Some(torrent) = node.session.torrent_mut(node.hashes.id()) {
                    torrent.handle(self.now, Input::Leaves { piece, leaves: &leaves });
                }
            }
            _ => {}
        }
    }

    /// What an earlier visit left without a record was hashed, and is right.
    pub(super) fn checked(&mut self, number: usize, pieces: &[PieceIndex]) {
        self.tell_torrent(number, |torrent, now| {
            for piece in pieces {
                torrent.checked(now, *piece, true);
            }
            torrent.check_ended(now, Ok(()));
        });
        if let Some(player) = &mut self.nodes[number].player {
            player.begin(self.now);
        }
        self.play(number);
    }

    /// Lets the player of a node go on, and says what it needs.
    pub(super) fn play(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let slots = node.slots.borrow();
        let Some(player) = node.player.as_mut().filter(|_| slots.info().is_some()) else { return };
        let (due, needs) = player.play(self.now, slots.geometry(), &slots.stored);
        drop(slots);
        node.tally.stalled = Some(player.stalled);
        node.tally.began = player.began;
        let stay = node.stay;
        if let Some(due) = due {
            self.schedule(due, Event::Play { node: number, stay });
        }
        for (span, due) in needs {
            self.tell_torrent(number, |torrent, now| torrent.handle(now, Input::Deadline { span, due }));
        }
    }

    fn say(&mut self, number: usize, key: PeerKey, mut bytes: Vec<u8>) {
        self.trace.word(key.get().into());
        self.trace.bytes(&bytes);
        let node = &mut self.nodes[number];
        match node.conduct {
            Conduct::Forger => forge(&mut bytes),
            Conduct::Exaggerator => bytes = exaggerate(&bytes, number as u32),
            Conduct::Flooder => flood(&mut bytes, node.slots.borrow().info()),
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
        if !node.slots.borrow().stored.get(block.piece) {
            self.faults.push(crate::Fault {
                at: self.now,
                peer: number,
                what: "sends what it does not have",
            });
        }
        if let Some(connection) = node.connections.get_mut(&key)
            && let Err(what) = connection.ledger.serves(block)
        {
            self.faults.push(crate::Fault { at: self.now, peer: number, what });
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

    /// A session hangs up; the connection is dropped next.
    fn close(&mut self, number: usize, key: PeerKey, reason: &CloseReason) {
        self.trace.word(key.get().into());
        self.trace.bytes(reason.to_string().as_bytes());
        let node = &mut self.nodes[number];
        if let Some(connection) = node.connections.get(&key)
            && matches!(reason, CloseReason::CorruptData)
        {
            node.tally.banned.push(connection.other);
        }
    }
}

/// One block in so many arrives in two parts.
const RARELY: u32 = 16;
/// How long hashing and writing a piece take.
const HASHING: Duration = Duration::from_millis(3);
const STORING: Duration = Duration::from_millis(8);

use std::collections::VecDeque;
use std::time::Duration;

use metainfo::merkle::Hash;
use metainfo::{BLOCK_LENGTH, Block, FileSpan, InfoBuilder, PieceIndex, Version};
use swarm::{Blocks, Config, Input, Output, PeerKey, Priority, Selection, Source, Time, Torrent};
use wire::{Bitfield, Decoder, Event, Handshake, Limits, Message, PeerId, Reserved, encode_piece_header};

/// Whatever happens in whatever order, the engine asks only those who would answer, for what it lacks, once and
/// not too much; counts every byte that comes; and completes once a peer has everything. Each operation is two
/// bytes of `data`.
pub(super) fn picker(data: &[u8]) {
    let mut swarm = Swarm::new();
    for operation in data.chunks_exact(2) {
        swarm.operate(operation[0], operation[1]);
        swarm.check();
    }
    swarm.end();
}

struct Swarm {
    torrent: Torrent,
    now: Time,
    peers: Vec<Peer>,
    joined: u32,
    slots: Slots,
    hashes: VecDeque<PieceIndex>,
    stores: VecDeque<PieceIndex>,
    /// Bytes of blocks that were sent to the engine.
    sent: u64,
}

/// A peer that keeps the protocol.
struct Peer {
    key: PeerKey,
    decoder: Decoder,
    fast: bool,
    choking: bool,
    has: Bitfield,
    owes: VecDeque<Block>,
    cancelled: Vec<Block>,
    /// What is left of the message with a block that it has begun to send.
    sending: VecDeque<u8>,
}

/// Notes that no byte is put where it must not be.
struct Slots {
    sealed: Vec<PieceIndex>,
}

impl Blocks for Slots {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        assert!(!self.sealed.contains(&piece), "piece {piece} is whole");
        assert!(offset + data.len() as u32 <= PIECE);
    }

    fn discard(&mut self, piece: PieceIndex) {
        self.sealed.retain(|other| *other != piece);
    }
}

impl Swarm {
    fn new() -> Self {
        let builder = InfoBuilder::single("content", u64::from(PIECES * PIECE)).piece_length(PIECE);
        let builder = builder.version(Version::One);
        let (info, _) = builder.finish(&[[0; 20]; PIECES as usize], &[]).expect("the torrent is sound");
        let source = Source::Info(info, Bitfield::new(PIECES));
        let config =
            Config { max_active: u64::from(4 * PIECE), ..Config::new(PeerId::from_bytes([255; 20])) };
        Self {
            torrent: Torrent::new(Time::ZERO, source, config, 1),
            now: Time::ZERO,
            peers: Vec::new(),
            joined: 0,
            slots: Slots { sealed: Vec::new() },
            hashes: VecDeque::new(),
            stores: VecDeque::new(),
            sent: 0,
        }
    }

    /// The low half of `operation` says what happens, the high half to whom.
    fn operate(&mut self, operation: u8, argument: u8) {
        let piece = PieceIndex::new(u32::from(argument) % PIECES);
        let peer = usize::from(operation >> 4) % self.peers.len().max(1);
        match operation & 15 {
            0 => self.join(argument),
            8 => self.select(|piece| u32::from(argument) >> piece),
            9 => {
                let span = FileSpan { offset: u64::from(argument % 32) * 8_192, length: 20_000 };
                let due =
                    (argument < 200).then(|| self.now + Duration::from_millis(u64::from(argument) * 20));
                self.input(Input::Deadline { span, due });
            }
            10 => self.wait(u64::from(argument) * 40),
            11 => {
                if let Some(piece) = self.hashes.pop_front() {
                    self.input(Input::Hashed { piece, ok: !argument.is_multiple_of(5) });
                }
            }
            12 => {
                if let Some(piece) = self.stores.pop_front() {
                    let stored = !argument.is_multiple_of(5);
                    self.slots.sealed.retain(|other| *other != piece);
                    self.input(if stored { Input::Stored { piece } } else { Input::StoreFailed { piece } });
                }
            }
            13 => self.input(Input::Lost { piece }),
            14 if argument < 40 => {
                self.input(Input::Pause);
                self.input(Input::Resume);
            }
            _ if self.peers.is_empty() => {}
            1 => {
                let Peer { key, .. } = self.peers.remove(peer);
                self.input(Input::Closed { peer: key });
            }
            2 => {
                self.peers[peer].choking = false;
                self.say(peer, Message::Unchoke);
            }
            3 => self.choke(peer),
            4 => {
                self.peers[peer].has.set(piece);
                self.say(peer, Message::Have(piece));
            }
            7 => {
                let owed = self.peers[peer].owes.pop_back();
                if let Some(block) = owed.filter(|_| self.peers[peer].fast) {
                    self.say(peer, Message::Reject(block));
                }
            }
            14 => self.late(peer),
            _ => self.send(peer, usize::from(argument) * 200),
        }
    }

    fn join(&mut self, argument: u8) {
        self.joined += 1;
        let key = PeerKey::new(self.joined);
        let fast = argument & 1 == 1;
        let mut has = Bitfield::new(PIECES);
        for piece in (0..PIECES).filter(|piece| argument & 2 == 2 || argument >> piece & 4 == 4) {
            has.set(PieceIndex::new(piece));
        }
        self.peers.push(Peer {
            key,
            decoder: Decoder::new(Limits::default()),
            fast,
            choking: true,
            has: has.clone(),
            owes: VecDeque::new(),
            cancelled: Vec::new(),
            sending: VecDeque::new(),
        });
        let mut id = [0; 20];
        id[..4].copy_from_slice(&self.joined.to_be_bytes());
        let handshake = Handshake {
            reserved: if fast { Reserved::ours() } else { Reserved::from_bytes([0; 8]) },
            info_hash: self.torrent.hashes().id(),
            peer_id: PeerId::from_bytes(id),
        };
        let mut bytes = handshake.encode().to_vec();
        Message::Bitfield(has.as_bytes()).encode(&mut bytes);
        self.input(Input::Connected { peer: key });
        self.input(Input::Received { peer: key, bytes: &bytes });
    }

    fn select(&mut self, bits: impl Fn(u32) -> u32) {
        let Some(info) = self.torrent.info().cloned() else { return };
        let mut wanted = Bitfield::new(PIECES);
        for piece in (0..PIECES).filter(|piece| bits(*piece) & 1 == 0) {
            wanted.set(PieceIndex::new(piece));
        }
        let high = Selection::of_files(&info, |_| Priority::High);
        let some = !wanted.is_full();
        self.input(Input::Select(if some { Selection::only(&wanted) } else { high }));
    }

    fn choke(&mut self, peer: usize) {
        if self.peers[peer].choking {
            return;
        }
        self.flush(peer);
        let Some(at) = self.peers.get_mut(peer) else { return };
        at.choking = true;
        let owed = std::mem::take(&mut at.owes);
        at.cancelled.clear();
        let mut bytes = Vec::new();
        Message::Choke.encode(&mut bytes);
        for block in owed.iter().filter(|_| at.fast) {
            Message::Reject(*block).encode(&mut bytes);
        }
        let key = at.key;
        self.input(Input::Received { peer: key, bytes: &bytes });
    }

    /// Sends a block although its request was cancelled, as its answer may have been on the way.
    fn late(&mut self, peer: usize) {
        if let Some(block) = self.peers[peer].cancelled.pop() {
            self.flush(peer);
            if let Some(peer) = self.peers.get_mut(peer) {
                peer.begin(block);
            }
        }
    }

    /// Sends some bytes of what a peer owes.
    fn send(&mut self, peer: usize, count: usize) {
        let at = &mut self.peers[peer];
        if at.sending.is_empty() {
            let Some(block) = at.owes.pop_front() else { return };
            at.begin(block);
        }
        let header = (at.sending.len()).saturating_sub(BLOCK_LENGTH as usize);
        let bytes: Vec<u8> = at.sending.drain(..count.min(at.sending.len())).collect();
        self.sent += bytes.len().saturating_sub(header) as u64;
        let key = at.key;
        self.input(Input::Received { peer: key, bytes: &bytes });
    }

    fn flush(&mut self, peer: usize) {
        if !self.peers[peer].sending.is_empty() {
            self.send(peer, usize::MAX);
        }
    }

    fn say(&mut self, peer: usize, message: Message<'_>) {
        let key = self.peers[peer].key;
        self.flush(peer);
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.input(Input::Received { peer: key, bytes: &bytes });
    }

    fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(due) = self.torrent.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.input(Input::Wake);
        }
        self.now = end;
    }

    fn input(&mut self, input: Input<'_>) {
        self.torrent.handle(self.now, input, &mut self.slots);
        while let Some(output) = self.torrent.poll() {
            match output {
                Output::Send { peer, bytes } => self.hear(peer, &bytes),
                Output::Close { peer, .. } => self.peers.retain(|other| other.key != peer),
                Output::Hash { piece } => {
                    assert!(!self.hashes.contains(&piece) && !self.stores.contains(&piece));
                    self.slots.sealed.push(piece);
                    self.hashes.push_back(piece);
                }
                Output::Leaves { piece } => {
                    // All blocks are alike, so that none accuses anybody.
                    let leaves = [Hash::ZERO; (PIECE / BLOCK_LENGTH) as usize];
                    self.torrent.handle(self.now, Input::Leaves { piece, leaves: &leaves }, &mut self.slots);
                }
                Output::Store { piece } => self.stores.push_back(piece),
                _ => {}
            }
        }
    }

    fn hear(&mut self, peer: PeerKey, mut bytes: &[u8]) {
        let peer = self.peers.iter_mut().find(|other| other.key == peer).expect("it is still connected");
        while let Some(event) = peer.decoder.next(&mut bytes).expect("the engine speaks the protocol") {
            match event {
                Event::Message(Message::Request(block)) => {
                    assert!(!peer.choking, "{block:?} is asked of a peer that chokes us");
                    assert!(peer.has.get(block.piece), "{block:?} is asked of a peer that lacks it");
                    assert!(!self.torrent.have().get(block.piece), "{block:?} is here");
                    assert!(!peer.owes.contains(&block), "{block:?} is asked for twice");
                    peer.owes.push_back(block);
                    assert!(peer.owes.len() <= 250);
                }
                Event::Message(Message::Cancel(block)) => {
                    // It may be on the way already.
                    if let Some(place) = peer.owes.iter().position(|other| *other == block) {
                        peer.owes.remove(place);
                        peer.cancelled.push(block);
                    }
                }
                _ => {}
            }
        }
    }

    fn check(&self) {
        let snapshot = self.torrent.snapshot(self.now);
        assert_eq!(snapshot.downloaded + snapshot.wasted, self.sent, "every byte is counted once");
        let have = self.torrent.have();
        assert!(snapshot.active.iter().all(|(piece, ..)| !have.get(*piece)));
        assert!(self.hashes.iter().chain(&self.stores).all(|piece| !have.get(*piece)));
        let held = snapshot.active.len() + self.hashes.len() + self.stores.len();
        assert!(held <= 4, "{held} pieces are in memory");
    }

    /// One peer that has everything makes it complete.
    fn end(&mut self) {
        self.input(Input::Select(Selection::all(PIECES)));
        self.join(3);
        let key = PeerKey::new(self.joined);
        let place = |swarm: &Self| swarm.peers.iter().position(|peer| peer.key == key);
        for round in 0..400 {
            while let Some(piece) = self.hashes.pop_front() {
                self.input(Input::Hashed { piece, ok: true });
            }
            while let Some(piece) = self.stores.pop_front() {
                self.slots.sealed.retain(|other| *other != piece);
                self.input(Input::Stored { piece });
            }
            if self.torrent.have().is_full() {
                return;
            }
            self.wait(1_000);
            let Some(last) = place(self) else { break };
            if round == 0 {
                self.peers[last].choking = false;
                self.say(last, Message::Unchoke);
            } else if self.peers[last].owes.is_empty() {
                self.say(last, Message::KeepAlive);
            } else {
                self.send(last, usize::MAX);
            }
        }
        panic!("a peer that has everything does not make it complete: {:?}", self.torrent.snapshot(self.now));
    }
}

impl Peer {
    fn begin(&mut self, block: Block) {
        self.sending.extend(encode_piece_header(block));
        self.sending.resize(self.sending.len() + block.length as usize, 0);
    }
}

const PIECES: u32 = 8;
const PIECE: u32 = 2 * BLOCK_LENGTH;

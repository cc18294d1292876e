use std::time::Duration;

use metainfo::merkle::{self, Hash, pairs_hashed};
use metainfo::{BLOCK_LENGTH, Block, Check, Info, InfoBuilder, InfoHash, PieceIndex, PieceLayers, Version};
use swarm::{Blocks, CloseReason, Config, Input, Output, PeerKey, Source, Time, Torrent, entries_walked};
use wire::{
    Bitfield, Decoder, Event, ExchangeMessage, ExtendedHandshake, Handshake, HashRange, Limits, Message,
    MetadataMessage, Neighbour, Party, PeerId, Refusal, Reserved, Signal, TipClaim, encode_dont_have,
    encode_piece_header,
};

/// Whatever several strangers send in whatever order, beside one honest peer: what it costs is bounded by the bytes that
/// they sent, and the honest peer is never blamed. The first byte of `data` says what is shared and what the engine
/// knows of it, and each two others are something that a stranger does.
pub(super) fn strangers(data: &[u8]) {
    let Some((kind, operations)) = data.split_first() else { return };
    let mut swarm = Swarm::new(*kind);
    for operation in operations.chunks_exact(2) {
        swarm.operate(operation[0], operation[1]);
    }
    swarm.check();
    for _ in 0..600 {
        swarm.wait(500);
    }
    assert!(
        swarm.torrent.have().is_full(),
        "the honest peer was not enough: {:?}",
        swarm.torrent.snapshot(swarm.now)
    );
}

/// What the strangers cost so far.
#[derive(Debug, Default)]
struct Cost {
    /// Things that they did or that happened, bytes aside.
    events: u64,
    /// Bytes that they sent.
    received: u64,
    /// Bytes that they were sent, blocks aside.
    queued: u64,
    hashed: u64,
    walked: u64,
    allocated: u64,
}

struct Swarm {
    content: Content,
    torrent: Torrent,
    disk: Disk,
    now: Time,
    cost: Cost,
    strangers: Vec<Stranger>,
    joined: u32,
    /// An engine that has everything, at the other end of the connection `HONEST`.
    honest: (Torrent, Disk),
    /// What is on its way between the two, and to whom.
    mail: Vec<(bool, Vec<u8>)>,
}

struct Stranger {
    key: PeerKey,
    decoder: Decoder,
    requests: Vec<Block>,
    hash_requests: Vec<HashRange>,
    metadata_requests: Vec<u32>,
}

/// A torrent whose content is zeros.
#[derive(Clone)]
struct Content {
    info: Info,
    layers: PieceLayers,
}

impl Content {
    fn new(version: Version) -> Self {
        let builder = InfoBuilder::new("content").version(version).piece_length(PIECE);
        let files = [("a", 3 * PIECE), ("b", 1), ("c", 5 * PIECE - 100), ("d", 3 * PIECE), ("e", 20 * PIECE)];
        let builder = files
            .into_iter()
            .fold(builder, |builder, (name, length)| builder.file(vec![name.to_owned()], u64::from(length)));
        let builder = builder.payment_options(vec![("btt".to_owned(), "eip155:1029:0x0".to_owned())]);
        let geometry = builder.geometry().expect("the files are sound");
        let zeros = vec![0; PIECE as usize];
        let (mut hashes, mut leaves) = (Vec::new(), Vec::new());
        for piece in geometry.pieces() {
            if version != Version::Two {
                hashes.push(*InfoHash::of(&zeros[..geometry.length_of(piece) as usize]).as_bytes());
            }
            if version != Version::One {
                leaves.extend(merkle::leaves(&zeros[..geometry.content_of(piece) as usize]));
            }
        }
        let (info, layers) = builder.finish(&hashes, &leaves).expect("every hash is there");
        Self { info, layers }
    }
}

/// Memory for every piece, there from the start: what the engine allocates is counted.
struct Disk {
    memory: Vec<u8>,
    layers: PieceLayers,
}

impl Blocks for Disk {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        self.memory[(piece.get() * PIECE + offset) as usize..][..data.len()].copy_from_slice(data);
    }

    fn discard(&mut self, _piece: PieceIndex) {}
}

impl Disk {
    fn new(info: &Info, layers: PieceLayers) -> Self {
        Self { memory: vec![0; (info.geometry().piece_count() * PIECE) as usize], layers }
    }

    fn piece(&self, piece: PieceIndex, length: u32) -> &[u8] {
        &self.memory[(piece.get() * PIECE) as usize..][..length as usize]
    }

    fn is_right(&self, info: &Info, piece: PieceIndex) -> bool {
        let bytes = self.piece(piece, info.geometry().length_of(piece));
        self.layers.check(info, piece, bytes) == Check::Right
    }

    fn leaves(&self, info: &Info, piece: PieceIndex) -> Vec<Hash> {
        merkle::leaves(self.piece(piece, info.geometry().content_of(piece)))
    }
}

impl Swarm {
    fn new(kind: u8) -> Self {
        let content = Content::new([Version::One, Version::Two, Version::Hybrid][usize::from(kind) % 3]);
        let pieces = content.info.geometry().piece_count();
        let source = |have| Source::Info(content.info.clone(), have);
        // It has much of it, nothing, or not even the metadata.
        let source_here = match kind / 3 % 4 {
            0 => source(Bitfield::full(pieces)),
            1 => source(Bitfield::new(pieces)),
            2 => source({
                let mut half = Bitfield::new(pieces);
                for piece in (0..pieces).step_by(2) {
                    half.set(PieceIndex::new(piece));
                }
                half
            }),
            _ => Source::Magnet(content.info.hashes()),
        };
        let config = |name| Config::new(PeerId::from_bytes([name; 20]));
        let honest = Torrent::new(Time::ZERO, source(Bitfield::full(pieces)), config(1), 2);
        let mut swarm = Self {
            torrent: Torrent::new(Time::ZERO, source_here, config(200), 1),
            disk: Disk::new(&content.info, PieceLayers::default()),
            now: Time::ZERO,
            cost: Cost::default(),
            strangers: Vec::new(),
            joined: 0,
            honest: (honest, Disk::new(&content.info, content.layers.clone())),
            mail: Vec::new(),
            content,
        };
        let layers = swarm.content.layers.clone();
        if (kind / 12).is_multiple_of(2) && kind / 3 % 4 != 3 {
            swarm.disk.layers = layers.clone();
            swarm.input(Input::PieceLayers(layers.clone()));
        }
        swarm.honest_input(Input::PieceLayers(layers));
        let connected = |peer| match swarm.content.info.hashes().v1() {
            Some(_) => Input::Connected { peer },
            None => Input::ConnectedV2 { peer },
        };
        let connected = connected(HONEST);
        swarm.input(connected);
        swarm.input(Input::Writable { peer: HONEST, room: 1 << 30 });
        swarm.honest_input(Input::Connected { peer: HONEST });
        swarm.honest_input(Input::Writable { peer: HONEST, room: 1 << 30 });
        swarm.cost = Cost::default();
        swarm
    }

    /// The low half of `operation` says what happens, the high half who does it.
    fn operate(&mut self, operation: u8, argument: u8) {
        let who = usize::from(operation >> 4) % self.strangers.len().max(1);
        match operation & 15 {
            0 => self.join(argument),
            1 => self.wait(u64::from(argument) * 50),
            _ if self.strangers.is_empty() => self.join(argument),
            2 if argument < 128 => {
                let Stranger { key, .. } = self.strangers.remove(who);
                self.input(Input::Closed { peer: key });
            }
            2 => {
                let peer = self.strangers[who].key;
                self.input(Input::Writable { peer, room: u32::from(argument) * 1_000 });
            }
            3 => {
                let flags = [
                    Message::Choke,
                    Message::Unchoke,
                    Message::Interested,
                    Message::NotInterested,
                    Message::KeepAlive,
                ];
                self.say(who, flags[usize::from(argument) % flags.len()]);
            }
            4 => self.say(who, Message::Have(self.piece(argument))),
            5 => self.say(who, Message::Extended { id: 2, payload: &encode_dont_have(self.piece(argument)) }),
            6 => self.announce(who, argument),
            7 => self.extend(who, argument),
            8 => {
                let block = Block { piece: self.piece(argument), begin: 0, length: BLOCK_LENGTH };
                self.say(who, if argument < 200 { Message::Request(block) } else { Message::Cancel(block) });
            }
            9 => self.answer(who, argument),
            10 => {
                let range = self.range(argument);
                self.say(who, Message::HashRequest(range));
            }
            11 => self.answer_hashes(who, argument),
            12 => self.metadata(who, argument),
            13 => self.exchange(who, argument),
            14 => {
                let claims: Vec<_> =
                    (0..argument % 60).map(|n| TipClaim { chain: 1029, transaction: [n; 32] }).collect();
                self.say(who, Message::Extended { id: 4, payload: &TipClaim::encode_all(&claims) });
            }
            _ => self.send(who, &[argument; 5][..usize::from(argument) % 6]),
        }
    }

    /// Any piece, or one behind the last.
    fn piece(&self, argument: u8) -> PieceIndex {
        let count = self.content.info.geometry().piece_count();
        PieceIndex::new(if argument == 255 { count } else { u32::from(argument) % count })
    }

    fn join(&mut self, argument: u8) {
        if self.strangers.len() == MAX_STRANGERS {
            return;
        }
        self.joined += 1;
        let key = PeerKey::new(100 + self.joined);
        self.strangers.push(Stranger {
            key,
            decoder: Decoder::new(Limits::default()),
            requests: Vec::new(),
            hash_requests: Vec::new(),
            metadata_requests: Vec::new(),
        });
        let mut id = [201; 20];
        id[..4].copy_from_slice(&(self.joined + 10_000).to_be_bytes());
        let hashes = self.content.info.hashes();
        let info_hash = match hashes.v2() {
            Some(v2) if argument & 1 == 1 => v2.truncated(),
            _ => hashes.id(),
        };
        let reserved = match argument >> 1 & 3 {
            0 => Reserved::from_bytes([0; 8]),
            1 => Reserved::ours(),
            _ => Reserved::ours().upgradable(),
        };
        let handshake = Handshake { reserved, info_hash, peer_id: PeerId::from_bytes(id) };
        self.input(Input::Connected { peer: key });
        self.input(Input::Writable { peer: key, room: 100_000 });
        self.cost.received += Handshake::LENGTH as u64;
        self.input(Input::Received { peer: key, bytes: &handshake.encode() });
    }

    fn announce(&mut self, who: usize, argument: u8) {
        let count = self.content.info.geometry().piece_count();
        let mut some = Bitfield::new(count);
        for piece in (0..count).filter(|piece| piece % 7 != u32::from(argument) % 7) {
            some.set(PieceIndex::new(piece));
        }
        match argument % 3 {
            0 => self.say(who, Message::HaveAll),
            1 => self.say(who, Message::HaveNone),
            _ => self.say(who, Message::Bitfield(some.as_bytes())),
        }
    }

    fn extend(&mut self, who: usize, argument: u8) {
        let names = ["ut_metadata", "lt_donthave", "sc_pex", "btt_tip"];
        let extensions = (0_u8..).zip(names).filter(|(n, _)| argument >> n & 1 == 1);
        let raw = self.content.info.raw().len() as u32;
        let handshake = ExtendedHandshake {
            extensions: extensions.map(|(n, name)| (name.to_owned(), n + 5)).collect(),
            metadata_size: [None, Some(raw), Some(raw + u32::from(argument)), Some(10 << 20)]
                [usize::from(argument >> 4 & 3)],
            reqq: (argument >> 6 & 1 == 1).then_some(u32::from(argument)),
            client: None,
            upload_only: argument >> 7 == 1,
            super_seed: argument >> 3 & 1 == 1,
            ..ExtendedHandshake::default()
        };
        self.say(who, Message::Extended { id: 0, payload: &handshake.encode() });
    }

    /// Sends a block that was asked for, as it should be or not, or a part of it; or one that was not.
    fn answer(&mut self, who: usize, argument: u8) {
        let asked = self.strangers[who].requests.pop();
        let unasked = Block { piece: self.piece(argument), begin: 0, length: u32::from(argument) };
        let Some(block) = asked.filter(|_| argument < 250) else {
            let mut bytes = encode_piece_header(unasked).to_vec();
            bytes.resize(13 + unasked.length as usize, argument);
            return self.send(who, &bytes);
        };
        match argument % 4 {
            0 => self.say(who, Message::Reject(block)),
            kind => {
                let mut bytes = encode_piece_header(block).to_vec();
                bytes.resize(13 + block.length as usize, u8::from(kind == 1));
                self.send(who, &bytes);
            }
        }
    }

    /// Some hashes that there may be.
    fn range(&self, argument: u8) -> HashRange {
        let trees: Vec<_> = self.content.info.files().iter().filter_map(|file| file.tree).collect();
        let root = trees.get(usize::from(argument) % 6).map_or(Hash::ZERO, |tree| *tree.root());
        let (level, height) = (u32::from(argument >> 3 & 1), 6);
        let length = [1, 2, 4, 512][usize::from(argument >> 4 & 3)];
        let index = u32::from(argument >> 6) * length;
        HashRange { root, level, index, length, proof_layers: u32::from(argument) % height }
    }

    fn answer_hashes(&mut self, who: usize, argument: u8) {
        let asked = self.strangers[who].hash_requests.pop();
        let range = asked.filter(|_| argument < 200).unwrap_or_else(|| self.range(argument));
        if argument.is_multiple_of(2) {
            return self.say(who, Message::HashReject(range));
        }
        let hashes = vec![argument; 32 * range.hashes() as usize];
        self.say(who, Message::Hashes { range, hashes: &hashes });
    }

    fn metadata(&mut self, who: usize, argument: u8) {
        let raw = self.content.info.raw().to_vec();
        let piece = self.strangers[who].metadata_requests.pop().unwrap_or(u32::from(argument) % 3);
        let data = match argument % 4 {
            0 => MetadataMessage::Request { piece: u32::from(argument) % 3 },
            1 => MetadataMessage::Reject { piece },
            2 => MetadataMessage::Data { piece, total_size: raw.len() as u32, data: &raw },
            _ => MetadataMessage::Data {
                piece,
                total_size: raw.len() as u32,
                data: &vec![argument; raw.len()],
            },
        };
        self.say(who, Message::Extended { id: 1, payload: &data.encode() });
    }

    fn exchange(&mut self, who: usize, argument: u8) {
        let name = |n: u32| {
            let mut id = [201; 20];
            id[..4].copy_from_slice(&(n + 10_000).to_be_bytes());
            PeerId::from_bytes(id)
        };
        let other =
            if argument & 8 == 8 { PeerId::from_bytes([1; 20]) } else { name(u32::from(argument & 7)) };
        let party = if argument & 16 == 16 { Party::To(other) } else { Party::From(other) };
        let message = match argument >> 6 {
            0 => {
                let added = (0..u32::from(argument & 63))
                    .map(|n| Neighbour { peer_id: name(n + 100), seed: n % 2 == 0 });
                ExchangeMessage::Neighbours { added: added.collect(), dropped: Vec::new() }
            }
            1 => ExchangeMessage::Signal { party, id: u32::from(argument), signal: Signal::Offer("offer") },
            2 => ExchangeMessage::Signal { party, id: u32::from(argument), signal: Signal::Answer("answer") },
            _ => ExchangeMessage::Signal {
                party,
                id: u32::from(argument),
                signal: Signal::Refusal(Refusal::Busy),
            },
        };
        self.say(who, Message::Extended { id: 3, payload: &message.encode() });
    }

    fn say(&mut self, who: usize, message: Message<'_>) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.send(who, &bytes);
    }

    fn send(&mut self, who: usize, bytes: &[u8]) {
        self.cost.received += bytes.len() as u64;
        self.input(Input::Received { peer: self.strangers[who].key, bytes });
        self.check();
    }

    fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(due) = self.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.input(Input::Wake);
            self.honest_input(Input::Wake);
        }
        self.now = end;
        self.deliver();
    }

    fn due(&self) -> Option<Time> {
        self.torrent.deadline().into_iter().chain(self.honest.0.deadline()).min()
    }

    /// Hands the engine an input and does what it says. What the engine does for it is what is counted.
    fn input(&mut self, input: Input<'_>) {
        self.cost.events += 1;
        let before = (pairs_hashed(), entries_walked());
        let mut outputs = Vec::with_capacity(64);
        let allocated = allocation_counter::measure(|| {
            self.torrent.handle(self.now, input, &mut self.disk);
            while let Some(output) = self.torrent.poll() {
                outputs.push(output);
            }
        });
        self.cost.hashed += pairs_hashed() - before.0;
        self.cost.walked += entries_walked() - before.1;
        self.cost.allocated += allocated.bytes_total;
        for output in outputs {
            self.output(output);
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Send { peer: HONEST, bytes } => self.mail.push((true, bytes)),
            Output::Send { peer, bytes } => self.hear(peer, &bytes),
            Output::Upload { peer: HONEST, block } => self.mail.push((true, block_of_zeros(block))),
            Output::Close { peer: HONEST, reason } => {
                assert!(matches!(reason, CloseReason::BothComplete), "the honest peer was closed: {reason}");
                self.honest_input(Input::Closed { peer: HONEST });
            }
            Output::Close { peer, .. } => self.strangers.retain(|stranger| stranger.key != peer),
            Output::Hash { piece } => {
                let ok = self.disk.is_right(&self.content.info, piece);
                self.input(Input::Hashed { piece, ok });
            }
            Output::Leaves { piece } => {
                let leaves = self.disk.leaves(&self.content.info, piece);
                self.input(Input::Leaves { piece, leaves: &leaves });
            }
            Output::Store { piece } => self.input(Input::Stored { piece }),
            Output::PieceLayers(layers) => self.disk.layers = layers,
            Output::Tips(refused) => self.input(Input::TipsChecked { genuine: Vec::new(), refused }),
            _ => {}
        }
    }

    fn hear(&mut self, peer: PeerKey, mut bytes: &[u8]) {
        self.cost.queued += bytes.len() as u64;
        let Some(stranger) = self.strangers.iter_mut().find(|stranger| stranger.key == peer) else { return };
        while let Some(event) = stranger.decoder.next(&mut bytes).expect("the engine speaks the protocol") {
            match event {
                Event::Message(Message::Request(block)) => stranger.requests.push(block),
                Event::Message(Message::HashRequest(range)) => stranger.hash_requests.push(range),
                Event::Message(Message::Extended { payload, .. }) => {
                    if let Ok(Some(MetadataMessage::Request { piece })) = MetadataMessage::parse(payload) {
                        stranger.metadata_requests.push(piece);
                    }
                }
                _ => {}
            }
        }
    }

    fn honest_input(&mut self, input: Input<'_>) {
        let (torrent, disk) = &mut self.honest;
        torrent.handle(self.now, input, disk);
        while let Some(output) = torrent.poll() {
            match output {
                Output::Send { bytes, .. } => self.mail.push((false, bytes)),
                Output::Upload { block, .. } => self.mail.push((false, block_of_zeros(block))),
                Output::Close { reason, .. } => {
                    assert!(matches!(reason, CloseReason::BothComplete), "the honest peer closed: {reason}");
                    self.torrent.handle(self.now, Input::Closed { peer: HONEST }, &mut self.disk);
                }
                Output::Leaves { piece } => {
                    let leaves = disk.leaves(&self.content.info, piece);
                    torrent.handle(self.now, Input::Leaves { piece, leaves: &leaves }, disk);
                }
                _ => {}
            }
        }
    }

    /// What the engine and the honest peer said to each other arrives.
    fn deliver(&mut self) {
        for (to_honest, bytes) in std::mem::take(&mut self.mail) {
            if to_honest {
                self.honest_input(Input::Received { peer: HONEST, bytes: &bytes });
            } else {
                self.input(Input::Received { peer: HONEST, bytes: &bytes });
            }
        }
    }

    fn check(&self) {
        let Cost { events, received, queued, hashed, walked, allocated } = self.cost;
        let bound =
            |base: u64, per_event: u64, per_byte: u64| base + per_event * events + per_byte * received;
        let bounds = [
            ("bytes queued", queued, bound(2_000, 0, 5)),
            ("nodes hashed", hashed, 500 + received / 16),
            ("entries walked", walked, bound(500, 10, 1)),
            ("bytes allocated", allocated, bound(20_000, 1_000, 30)),
        ];
        for (what, cost, bound) in bounds {
            assert!(cost <= bound, "{cost} {what}, more than {bound}: {:?}", self.cost);
        }
    }
}

fn block_of_zeros(block: Block) -> Vec<u8> {
    let mut bytes = encode_piece_header(block).to_vec();
    bytes.resize(bytes.len() + block.length as usize, 0);
    bytes
}

/// The connection to the honest peer.
const HONEST: PeerKey = PeerKey::new(1);
const MAX_STRANGERS: usize = 6;
const PIECE: u32 = 2 * BLOCK_LENGTH;

//! One engine among peers that a test plays.

use std::collections::BTreeMap;
use std::time::Duration;

use metainfo::merkle::{self, Hash};
use metainfo::{Block, FileSpan, Info, InfoBuilder, InfoHash, PieceIndex, Version};
use swarm::extension::PaymentNotice;
use swarm::{
    AbortReason, Config, Input, IntroductionKey, Output, PeerKey, Progress, Snapshot, Source, Step, Time,
    Torrent, WebSeedEvent, WebSeedKey,
};
use wire::{
    Bitfield, Decoder, Event, ExtendedHandshake, Handshake, HashRange, Limits, Message, PeerId, Reserved,
    TipClaim, encode_piece_header,
};

use crate::disk::{Disk, of_version};

/// An engine, its driver, and what it told each peer since the peer last listened.
pub(crate) struct Solo {
    pub(crate) torrent: Torrent,
    pub(crate) disk: Disk,
    pub(crate) now: Time,
    pub(crate) completed: u32,
    /// Pieces that the engine wants hashed are left to the test.
    pub(crate) hash_by_hand: bool,
    /// Pieces that the engine asked to hash.
    pub(crate) hashes: Vec<PieceIndex>,
    /// Pieces whose leaves the engine wants are left to the test.
    pub(crate) leaves_by_hand: bool,
    /// Pieces of which the engine asked for the leaves.
    pub(crate) leaves: Vec<PieceIndex>,
    /// What the engine asked to do for introductions since the test last looked.
    pub(crate) steps: Vec<(IntroductionKey, Step)>,
    /// Claims of tips that the engine wants checked, message by message.
    pub(crate) claims: Vec<Vec<TipClaim>>,
    /// What extensions told the driver.
    pub(crate) disclosed: Vec<(&'static str, Vec<u8>)>,
    /// What payments told the driver.
    pub(crate) payments: Vec<PaymentNotice>,
    /// What is being fetched from each web seed: the bytes to come.
    pub(crate) fetches: BTreeMap<WebSeedKey, FileSpan>,
    /// Everything that was ever asked of a web seed.
    pub(crate) asked: Vec<FileSpan>,
    /// Why web seeds were stopped.
    pub(crate) aborts: Vec<(WebSeedKey, AbortReason)>,
    info: Info,
    content: Vec<u8>,
    peers: BTreeMap<PeerKey, Ear>,
    next_key: u32,
}

/// What a peer hears.
struct Ear {
    decoder: Decoder,
    heard: Vec<Said>,
}

/// Something that the engine said to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Handshake(PeerId),
    KeepAlive,
    Choke,
    Unchoke,
    Interested,
    NotInterested,
    Have(u32),
    HaveAll,
    HaveNone,
    Bitfield(Vec<u8>),
    Request(Block),
    Cancel(Block),
    Reject(Block),
    Extended(u8, Vec<u8>),
    HashRequest(HashRange),
    Hashes(HashRange, Vec<Hash>),
    HashReject(HashRange),
    Block(Block),
    Closed(String),
}

impl Solo {
    /// An engine that has nothing of a torrent of `pieces` pieces of two blocks.
    pub(crate) fn leech(pieces: u32) -> Self {
        Self::with(pieces, &[])
    }

    /// An engine that has all of a torrent of `pieces` pieces of two blocks.
    pub(crate) fn seed(pieces: u32) -> Self {
        Self::with(pieces, &(0..pieces).collect::<Vec<_>>())
    }

    /// An engine that has some of a torrent of `pieces` pieces of two blocks.
    pub(crate) fn with(pieces: u32, have: &[u32]) -> Self {
        Self::configured(pieces, have, config())
    }

    /// The same, with a configuration of its own.
    pub(crate) fn configured(pieces: u32, have: &[u32], config: Config) -> Self {
        let (info, content) = crate::disk::torrent(u64::from(pieces) * u64::from(PIECE), PIECE);
        let mut bitfield = Bitfield::new(pieces);
        for piece in have {
            bitfield.set(PieceIndex::new(*piece));
        }
        let disk = Disk::with(&info, &content, &bitfield);
        let source = Source::Info(info.clone(), bitfield);
        Self::from(source, disk, info, content, config)
    }

    /// An engine that has some pieces, of four blocks, of a file of version 2 of as many blocks.
    pub(crate) fn version_two(blocks: u32, have: &[u32], config: Config) -> Self {
        let builder = InfoBuilder::single("content", u64::from(blocks * BLOCK)).piece_length(4 * BLOCK);
        let (info, layers, content) = of_version(Version::Two, builder);
        let mut bitfield = Bitfield::new(info.geometry().piece_count());
        for piece in have {
            bitfield.set(PieceIndex::new(*piece));
        }
        let mut disk = Disk::with(&info, &content, &bitfield);
        disk.layers = layers.clone();
        let mut solo = Self::from(Source::Info(info.clone(), bitfield), disk, info, content, config);
        solo.input(Input::PieceLayers(layers));
        solo
    }

    /// An engine that knows nothing but the name of the torrent.
    pub(crate) fn magnet(info: Info, content: Vec<u8>) -> Self {
        Self::from(Source::Magnet(info.hashes()), Disk::default(), info, content, config())
    }

    pub(crate) fn from(source: Source, disk: Disk, info: Info, content: Vec<u8>, config: Config) -> Self {
        Self {
            torrent: Torrent::new(Time::ZERO, source, config, 7),
            disk,
            now: Time::ZERO,
            completed: 0,
            hash_by_hand: false,
            hashes: Vec::new(),
            leaves_by_hand: false,
            leaves: Vec::new(),
            steps: Vec::new(),
            claims: Vec::new(),
            disclosed: Vec::new(),
            payments: Vec::new(),
            fetches: BTreeMap::new(),
            asked: Vec::new(),
            aborts: Vec::new(),
            info,
            content,
            peers: BTreeMap::new(),
            next_key: 0,
        }
    }

    /// A peer whose channel is open, and nothing more.
    pub(crate) fn connect(&mut self) -> PeerKey {
        self.next_key += 1;
        let peer = PeerKey::new(self.next_key);
        let ear = Ear { decoder: Decoder::new(Limits::default()), heard: Vec::new() };
        self.peers.insert(peer, ear);
        self.input(Input::Connected { peer });
        self.input(Input::Writable { peer, room: 256 * 1024 });
        peer
    }

    /// A peer that has said hello under a name of its own.
    pub(crate) fn join(&mut self) -> PeerKey {
        let id = PeerId::from_bytes([self.next_key as u8 + 1; 20]);
        self.join_as(id, Reserved::ours())
    }

    pub(crate) fn join_as(&mut self, peer_id: PeerId, reserved: Reserved) -> PeerKey {
        let peer = self.connect();
        self.greet(peer, peer_id, reserved);
        peer
    }

    /// The peer says hello.
    pub(crate) fn greet(&mut self, peer: PeerKey, peer_id: PeerId, reserved: Reserved) {
        let handshake = Handshake { reserved, info_hash: self.info.info_hash(), peer_id };
        self.send(peer, &handshake.encode());
    }

    /// A peer that has everything and serves us.
    pub(crate) fn join_seed(&mut self) -> PeerKey {
        let peer = self.join();
        self.say(peer, Message::HaveAll);
        self.say_extended(peer, &ExtendedHandshake::default());
        self.say(peer, Message::Unchoke);
        peer
    }

    /// The same, and it wants to be asked for one block at a time.
    pub(crate) fn join_narrow_seed(&mut self) -> PeerKey {
        let peer = self.join();
        self.say_extended(peer, &ExtendedHandshake { reqq: Some(1), ..ExtendedHandshake::default() });
        self.say(peer, Message::HaveAll);
        self.say(peer, Message::Unchoke);
        peer
    }

    /// The peer says what else it can do.
    pub(crate) fn say_extended(&mut self, peer: PeerKey, handshake: &ExtendedHandshake) {
        self.say(peer, Message::Extended { id: 0, payload: &handshake.encode() });
    }

    pub(crate) fn say(&mut self, peer: PeerKey, message: Message<'_>) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.send(peer, &bytes);
    }

    pub(crate) fn send(&mut self, peer: PeerKey, bytes: &[u8]) {
        self.input(Input::Received { peer, bytes });
    }

    /// The peer sends a block as it should be.
    pub(crate) fn give(&mut self, peer: PeerKey, block: Block) {
        let bytes = self.bytes_of(block);
        self.give_bytes(peer, block, &bytes);
    }

    /// The peer sends a block with other bytes.
    pub(crate) fn give_corrupt(&mut self, peer: PeerKey, block: Block) {
        let mut bytes = self.bytes_of(block);
        bytes[block.length as usize / 2] ^= 1;
        self.give_bytes(peer, block, &bytes);
    }

    fn give_bytes(&mut self, peer: PeerKey, block: Block, bytes: &[u8]) {
        let mut message = encode_piece_header(block).to_vec();
        message.extend_from_slice(bytes);
        self.send(peer, &message);
    }

    /// The peer sends only the first bytes of a block.
    pub(crate) fn give_start(&mut self, peer: PeerKey, block: Block, bytes: usize) {
        let mut message = encode_piece_header(block).to_vec();
        message.extend_from_slice(&self.bytes_of(block)[..bytes]);
        self.send(peer, &message);
    }

    /// The peer sends the bytes of a block that follow its first.
    pub(crate) fn give_rest(&mut self, peer: PeerKey, block: Block, from: usize) {
        let bytes = self.bytes_of(block);
        self.send(peer, &bytes[from..]);
    }

    /// The driver has hashed the blocks of a piece.
    pub(crate) fn give_leaves(&mut self, piece: PieceIndex) {
        let leaves = self.disk.leaves(&self.info, piece);
        self.input(Input::Leaves { piece, leaves: &leaves });
    }

    /// The peer sends hashes that it was asked for.
    pub(crate) fn give_hashes(&mut self, peer: PeerKey, range: HashRange, hashes: &[Hash]) {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        self.say(peer, Message::Hashes { range, hashes: &bytes });
    }

    /// The leaves of the torrent's only file.
    pub(crate) fn true_leaves(&self) -> Vec<Hash> {
        merkle::leaves(&self.content)
    }

    /// The peer answers every request that it has heard. How many there were.
    pub(crate) fn answer(&mut self, peer: PeerKey) -> usize {
        let requests = self.requests(peer);
        for block in &requests {
            self.give(peer, *block);
        }
        requests.len()
    }

    /// A web seed that can be fetched from.
    pub(crate) fn add_web_seed(&mut self, number: u32) -> WebSeedKey {
        let web_seed = WebSeedKey::new(number);
        self.input(Input::WebSeed { web_seed, event: WebSeedEvent::Added });
        web_seed
    }

    /// A web seed sends the next bytes of what it was asked for, as they should be. How many there were.
    pub(crate) fn serve(&mut self, web_seed: WebSeedKey, most: u64) -> u64 {
        self.serve_changed(web_seed, most, |_| {})
    }

    /// A web seed sends the next bytes of what it was asked for, all of them wrong.
    pub(crate) fn serve_corrupt(&mut self, web_seed: WebSeedKey, most: u64) -> u64 {
        self.serve_changed(web_seed, most, |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1))
    }

    fn serve_changed(&mut self, web_seed: WebSeedKey, most: u64, change: impl Fn(&mut [u8])) -> u64 {
        let Some(rest) = self.fetches.get_mut(&web_seed) else { return 0 };
        let count = most.min(rest.length);
        let mut bytes = self.content[rest.offset as usize..][..count as usize].to_vec();
        *rest = FileSpan { offset: rest.offset + count, length: rest.length - count };
        if rest.length == 0 {
            self.fetches.remove(&web_seed);
        }
        change(&mut bytes);
        self.input(Input::WebSeed { web_seed, event: WebSeedEvent::Received(&bytes) });
        count
    }

    /// A web seed sends everything, in parts of `most` bytes, until it is asked for nothing more.
    pub(crate) fn serve_all(&mut self, web_seed: WebSeedKey, most: u64) {
        while self.serve(web_seed, most) > 0 {}
    }

    /// A web seed says that it will send other bytes.
    pub(crate) fn serve_instead(&mut self, web_seed: WebSeedKey, span: FileSpan) {
        self.fetches.insert(web_seed, span);
        self.input(Input::WebSeed { web_seed, event: WebSeedEvent::Instead(span) });
    }

    /// A web seed breaks off.
    pub(crate) fn fail(&mut self, web_seed: WebSeedKey, retry: Option<Duration>) {
        self.fetches.remove(&web_seed);
        self.input(Input::WebSeed { web_seed, event: WebSeedEvent::Failed { retry } });
    }

    pub(crate) fn bytes_of(&self, block: Block) -> Vec<u8> {
        let span = self.info.geometry().span_of(block);
        self.content[span.offset as usize..span.end() as usize].to_vec()
    }

    /// What the peer was told since it last listened.
    pub(crate) fn heard(&mut self, peer: PeerKey) -> Vec<Said> {
        std::mem::take(&mut self.peers.get_mut(&peer).expect("the peer is one of ours").heard)
    }

    /// The requests among what the peer was told since it last listened.
    pub(crate) fn requests(&mut self, peer: PeerKey) -> Vec<Block> {
        let heard = self.heard(peer).into_iter();
        heard.filter_map(|said| if let Said::Request(block) = said { Some(block) } else { None }).collect()
    }

    /// The words with which the peer was left, if it was.
    pub(crate) fn parting(&self, peer: PeerKey) -> Option<&str> {
        self.peers[&peer].heard.iter().find_map(|said| match said {
            Said::Closed(words) => Some(words.as_str()),
            _ => None,
        })
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.torrent.snapshot(self.now)
    }

    /// Lets time pass, waking the engine whenever it wants to be.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.torrent.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.input(Input::Wake);
        }
        self.now = end;
    }

    /// The driver has done a step of an introduction.
    pub(crate) fn progress(&mut self, introduction: IntroductionKey, progress: Progress<'_>) {
        self.input(Input::Introduction { introduction, progress });
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.torrent.handle(self.now, input, &mut self.disk);
        while let Some(output) = self.torrent.poll() {
            self.output(output);
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Send { peer, bytes } => self.hear(peer, &bytes),
            Output::Upload { peer, block } => {
                self.disk.read(block.piece);
                self.tell(peer, Said::Block(block));
            }
            Output::Close { peer, reason } => self.tell(peer, Said::Closed(reason.to_string())),
            Output::Fetch { web_seed, span } => {
                assert!(span.length > 0);
                self.fetches.insert(web_seed, span);
                self.asked.push(span);
            }
            Output::Abort { web_seed, reason } => {
                self.fetches.remove(&web_seed);
                self.aborts.push((web_seed, reason));
            }
            Output::Hash { piece } => {
                self.hashes.push(piece);
                let ok = self.disk.hash(&self.info, piece);
                if !self.hash_by_hand {
                    self.torrent.handle(self.now, Input::Hashed { piece, ok }, &mut self.disk);
                }
            }
            Output::Leaves { piece } => {
                self.leaves.push(piece);
                if !self.leaves_by_hand {
                    self.give_leaves(piece);
                }
            }
            Output::Store { piece } => {
                self.disk.store(piece);
                self.torrent.handle(self.now, Input::Stored { piece }, &mut self.disk);
            }
            Output::Metadata(_) | Output::PieceLayers(_) | Output::Unusable(_) | Output::Turn(_) => {}
            Output::Introduce { introduction, step } => self.steps.push((introduction, step)),
            Output::Tips(claims) => self.claims.push(claims),
            Output::Extension { name, bytes } => self.disclosed.push((name, bytes)),
            Output::Payments(notice) => self.payments.push(notice),
            Output::Completed => self.completed += 1,
        }
    }

    fn tell(&mut self, peer: PeerKey, said: Said) {
        if let Some(ear) = self.peers.get_mut(&peer) {
            ear.heard.push(said);
        }
    }

    fn hear(&mut self, peer: PeerKey, bytes: &[u8]) {
        let ear = self.peers.get_mut(&peer).expect("the peer is one of ours");
        let mut rest = bytes;
        while let Some(event) = ear.decoder.next(&mut rest).expect("the engine speaks the protocol") {
            ear.heard.push(Said::from(event));
        }
    }
}

impl From<Event<'_>> for Said {
    fn from(event: Event<'_>) -> Self {
        let message = match event {
            Event::Handshake(handshake) => return Self::Handshake(handshake.peer_id),
            Event::Message(message) => message,
            Event::Piece { .. } => unreachable!("the driver writes blocks, not the engine"),
        };
        match message {
            Message::KeepAlive => Self::KeepAlive,
            Message::Choke => Self::Choke,
            Message::Unchoke => Self::Unchoke,
            Message::Interested => Self::Interested,
            Message::NotInterested => Self::NotInterested,
            Message::Have(piece) => Self::Have(piece.get()),
            Message::Bitfield(bytes) => Self::Bitfield(bytes.to_vec()),
            Message::Request(block) => Self::Request(block),
            Message::Cancel(block) => Self::Cancel(block),
            Message::HaveAll => Self::HaveAll,
            Message::HaveNone => Self::HaveNone,
            Message::Reject(block) => Self::Reject(block),
            Message::Extended { id, payload } => Self::Extended(id, payload.to_vec()),
            Message::HashRequest(range) => Self::HashRequest(range),
            Message::Hashes { range, hashes } => {
                Self::Hashes(range, Hash::split(hashes).expect("hashes are whole").collect())
            }
            Message::HashReject(range) => Self::HashReject(range),
            other => unreachable!("the engine never says {other:?}"),
        }
    }
}

/// Ours, with a name that sorts after those of test peers.
pub(crate) fn config() -> Config {
    Config::new(PeerId::from_bytes([200; 20]))
}

/// The `n`th block of a piece of two blocks.
pub(crate) fn block(piece: u32, n: u32) -> Block {
    Block { piece: PieceIndex::new(piece), begin: n * BLOCK, length: BLOCK }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The name of some other torrent.
pub(crate) fn stranger() -> InfoHash {
    InfoHash::from_bytes([9; 20])
}

pub(crate) const BLOCK: u32 = 16 * 1024;
pub(crate) const PIECE: u32 = 2 * BLOCK;

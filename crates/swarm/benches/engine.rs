//! What the engine costs, by number of pieces and of peers.
//!
//! The torrent is half done. Of its peers a third have everything, a third half of it and a third a
//! hundredth; eight serve us, with 32 requests each. Pieces have 16 blocks, whose bytes go nowhere, so that
//! what is measured is the engine alone.
//!
//! - `block_ns`: from the bytes of a block to the request that replaces it, a sixteenth of what a whole piece
//!   causes included: its hash, its storage and its announcement to every peer.
//! - `have_ns`: a HAVE of a piece that we lack or have.
//! - `pick_ns`: to choose and request a block, for a peer that has just unchoked us and gets up to 32; to find
//!   none, for one that has nothing to give.
//! - `bytes_per_peer`: memory that a peer takes, at 1,000 pieces, with 32 requests and the state of their
//!   pieces.
//!
//! Each is the fastest of several rounds: in the others the machine did something else as well. `--json` prints one object on the last line.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::VecDeque;
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use metainfo::{BLOCK_LENGTH, Block, Info, InfoBuilder, PieceIndex, Version};
use swarm::{Blocks, Config, Input, Output, PeerKey, Source, Time, Torrent};
use wire::{Bitfield, Decoder, Event, Handshake, Limits, Message, PeerId, Reserved, encode_piece_header};

fn main() {
    let json = env::args().any(|argument| argument == "--json");
    let bytes_per_peer = memory(1_000, 100);
    let rows: Vec<Row> =
        PIECES.into_iter().flat_map(|pieces| PEERS.map(|peers| Row::of(pieces, peers))).collect();
    if json {
        let rows: Vec<String> = rows.iter().map(Row::json).collect();
        println!(r#"{{"rows": [{}], "bytes_per_peer": {bytes_per_peer}}}"#, rows.join(", "));
        return;
    }
    println!("pieces  peers  ns/block  ns/HAVE  ns/pick");
    for row in rows {
        let Row { pieces, peers, block, have, pick } = row;
        println!("{pieces:6}  {peers:5}  {block:8}  {have:7}  {pick:7}");
    }
    println!("{bytes_per_peer} bytes per peer");
}

/// Nanoseconds of each operation.
struct Row {
    pieces: u32,
    peers: u32,
    block: u128,
    have: u128,
    pick: u128,
}

impl Row {
    fn of(pieces: u32, peers: u32) -> Self {
        let mut row = Self { pieces, peers, block: u128::MAX, have: u128::MAX, pick: u128::MAX };
        for round in 0..ROUNDS {
            let mut swarm = Swarm::new(pieces, peers, round);
            row.block = row.block.min(swarm.receive(4_000));
            row.have = row.have.min(swarm.announce(2_000));
            row.pick = row.pick.min(swarm.pick(500));
        }
        row
    }

    fn json(&self) -> String {
        let Self { pieces, peers, block, have, pick } = self;
        format!(
            r#"{{"pieces": {pieces}, "peers": {peers}, "block_ns": {block}, "have_ns": {have}, "pick_ns": {pick}}}"#
        )
    }
}

/// An engine and its peers.
struct Swarm {
    torrent: Torrent,
    now: Time,
    peers: Vec<Peer>,
    outputs: Vec<Output>,
    rng: Rng,
}

struct Peer {
    has: Bitfield,
    decoder: Decoder,
    requests: VecDeque<Block>,
}

impl Swarm {
    fn new(pieces: u32, peers: u32, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let config = Config {
            max_peers: peers as usize,
            max_requests: REQUESTS,
            ..Config::new(PeerId::from_bytes([200; 20]))
        };
        let info = info(pieces);
        let have = some(pieces, 0.5, &mut rng);
        let mut swarm = Self {
            torrent: Torrent::new(Time::ZERO, Source::Info(info.clone(), have), config, seed),
            now: Time::ZERO,
            peers: Vec::new(),
            outputs: Vec::new(),
            rng,
        };
        for number in 0..peers {
            // Those that serve us have everything.
            let share = [1.0, 0.5, 0.01][if number < SERVING { 0 } else { number as usize % 3 }];
            let has = some(pieces, share, &mut swarm.rng);
            swarm.join(&info, number, has);
        }
        for number in 0..SERVING {
            swarm.say(number, Message::Unchoke);
        }
        swarm
    }

    fn join(&mut self, info: &Info, number: u32, has: Bitfield) {
        let peer = PeerKey::new(number);
        self.peers.push(Peer {
            has: has.clone(),
            decoder: Decoder::new(Limits::default()),
            requests: VecDeque::new(),
        });
        self.input(Input::Connected { peer });
        self.input(Input::Writable { peer, room: 256 * 1024 });
        let handshake = handshake(info, number);
        self.input(Input::Received { peer, bytes: &handshake });
        self.say(number, Message::Bitfield(has.as_bytes()));
    }

    /// Has the peers that serve us answer up to `count` requests in turn, and at most half of what we lack.
    fn receive(&mut self, count: u32) -> u128 {
        let have = self.torrent.have();
        let count = count.min((have.len() - have.count_ones()) * PIECE_LENGTH / BLOCK_LENGTH / 2);
        let mut message = vec![0; 13 + BLOCK_LENGTH as usize];
        let (mut time, mut blocks) = (Duration::ZERO, 0);
        for number in (0..SERVING).cycle().take(count as usize) {
            let Some(block) = self.peers[number as usize].requests.pop_front() else { break };
            message[..13].copy_from_slice(&encode_piece_header(block));
            time += self.input(Input::Received { peer: PeerKey::new(number), bytes: &message });
            blocks += 1;
        }
        time.as_nanos() / blocks.max(1)
    }

    /// Has peers announce up to `count` pieces more, and at most half of what they lack.
    fn announce(&mut self, count: usize) -> u128 {
        let mut haves = Vec::new();
        for (number, peer) in (0..).zip(&self.peers) {
            haves.extend(peer.has.iter_zeros().map(|piece| (number, piece)));
        }
        self.rng.shuffle(&mut haves);
        haves.truncate(count.min(haves.len() / 2));
        let time: Duration =
            haves.iter().map(|(number, piece)| self.say(*number, Message::Have(*piece))).sum();
        time.as_nanos() / haves.len() as u128
    }

    /// Has peers that did not serve us begin to, and cease again, `count` times.
    fn pick(&mut self, count: usize) -> u128 {
        let (mut time, mut picked) = (Duration::ZERO, 0);
        for number in (SERVING..self.peers.len() as u32).cycle().take(count) {
            time += self.say(number, Message::Unchoke);
            picked += self.peers[number as usize].requests.len().max(1) as u128;
            self.say(number, Message::Choke);
            self.peers[number as usize].requests.clear();
        }
        time.as_nanos() / picked
    }

    fn say(&mut self, number: u32, message: Message<'_>) -> Duration {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.input(Input::Received { peer: PeerKey::new(number), bytes: &bytes })
    }

    /// What the engine takes to handle an input, and to do all that follows from it.
    fn input(&mut self, input: Input<'_>) -> Duration {
        self.now = self.now + Duration::from_micros(100);
        let mut time = self.handle(input);
        let mut outputs = std::mem::take(&mut self.outputs);
        for output in outputs.drain(..) {
            match output {
                Output::Send { peer, bytes } => self.peers[peer.get() as usize].hear(&bytes),
                Output::Hash { piece } => time += self.input(Input::Hashed { piece, ok: true }),
                Output::Store { piece } => time += self.input(Input::Stored { piece }),
                _ => {}
            }
        }
        self.outputs = outputs;
        time
    }

    fn handle(&mut self, input: Input<'_>) -> Duration {
        let start = clock();
        self.torrent.handle(self.now, input, &mut Nowhere);
        while let Some(output) = self.torrent.poll() {
            self.outputs.push(output);
        }
        clock() - start
    }
}

impl Peer {
    fn hear(&mut self, mut bytes: &[u8]) {
        while let Ok(Some(event)) = self.decoder.next(&mut bytes) {
            if let Event::Message(Message::Request(block)) = event {
                self.requests.push_back(block);
            }
        }
    }
}

/// Slots that keep nothing.
struct Nowhere;

impl Blocks for Nowhere {
    fn put(&mut self, _piece: PieceIndex, _offset: u32, _data: &[u8]) {}
    fn discard(&mut self, _piece: PieceIndex) {}
}

/// Bytes that each of some peers takes, who have half of the torrent and serve us.
fn memory(pieces: u32, peers: u32) -> usize {
    let info = info(pieces);
    let config = Config {
        max_peers: peers as usize,
        max_requests: REQUESTS,
        ..Config::new(PeerId::from_bytes([200; 20]))
    };
    let source = Source::Info(info.clone(), Bitfield::new(pieces));
    let mut torrent = Torrent::new(Time::ZERO, source, config, 1);
    let mut rng = Rng::with_seed(1);
    let before = ALLOCATED.load(Ordering::Relaxed);
    for number in 0..peers {
        let peer = PeerKey::new(number);
        let mut bytes = handshake(&info, number);
        for message in
            [Message::Bitfield(some(pieces, 0.5, &mut rng).as_bytes()), Message::Interested, Message::Unchoke]
        {
            message.encode(&mut bytes);
        }
        torrent.handle(Time::ZERO, Input::Connected { peer }, &mut Nowhere);
        torrent.handle(Time::ZERO, Input::Writable { peer, room: 256 * 1024 }, &mut Nowhere);
        torrent.handle(Time::ZERO, Input::Received { peer, bytes: &bytes }, &mut Nowhere);
        while torrent.poll().is_some() {}
    }
    let after = ALLOCATED.load(Ordering::Relaxed);
    (after - before) / peers as usize
}

fn info(pieces: u32) -> Info {
    let length = u64::from(pieces) * u64::from(PIECE_LENGTH);
    let builder = InfoBuilder::single("content", length).piece_length(PIECE_LENGTH);
    builder
        .version(Version::One)
        .finish(&vec![[0; 20]; pieces as usize], &[])
        .expect("the torrent is sound")
        .0
}

/// A share of the pieces, at least one.
fn some(pieces: u32, share: f32, rng: &mut Rng) -> Bitfield {
    let mut has = Bitfield::new(pieces);
    has.set(PieceIndex::new(rng.u32(..pieces)));
    for piece in (0..pieces).filter(|_| rng.f32() < share) {
        has.set(PieceIndex::new(piece));
    }
    has
}

/// Of a peer that speaks the core protocol only: when it chokes us, our requests are forgotten.
fn handshake(info: &Info, number: u32) -> Vec<u8> {
    let mut id = [7; 20];
    id[..4].copy_from_slice(&number.to_be_bytes());
    let handshake = Handshake {
        reserved: Reserved::from_bytes([0; 8]),
        info_hash: info.info_hash(),
        peer_id: PeerId::from_bytes(id),
    };
    handshake.encode().to_vec()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the engine has no clock, which is for others to measure it by"
)]
fn clock() -> Instant {
    Instant::now()
}

/// The system's allocator, and how much it gave out.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator can only be wrapped so")]
// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

const PIECES: [u32; 3] = [100, 1_000, 10_000];
const PEERS: [u32; 3] = [10, 100, 500];
/// 16 blocks.
const PIECE_LENGTH: u32 = 16 * BLOCK_LENGTH;
/// Peers that serve us all the time.
const SERVING: u32 = 8;
/// Requests in flight to each.
const REQUESTS: u32 = 32;
const ROUNDS: u64 = 7;

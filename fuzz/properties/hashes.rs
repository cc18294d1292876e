use metainfo::merkle::{Hash, Proof, Tree, pairs_hashed};
use metainfo::{BLOCK_LENGTH, Info, InfoBuilder, PieceIndex, PieceLayers, Version};
use swarm::{Blocks, Config, Input, Output, PeerKey, Source, Time, Torrent};
use wire::{Bitfield, Decoder, Event, Handshake, HashRange, Limits, Message, PeerId, Reserved};

/// Whatever a stranger says of hashes (BEP 52), it is answered once, with hashes that are right or a refusal; little is
/// hashed for it; and it is let go only for hashes that are wrong and were asked for. Each message is six bytes of
/// `data`.
pub(super) fn hashes(data: &[u8]) {
    for seeds in [true, false] {
        let mut engine = Engine::new(seeds);
        for message in data.chunks_exact(6) {
            let Some(message) = message.as_array() else { return };
            engine.hear(*message);
        }
    }
}

struct Engine {
    info: Info,
    layers: PieceLayers,
    leaves: Vec<Hash>,
    torrent: Torrent,
    ear: Decoder,
    asked: Vec<HashRange>,
    answered: Vec<(HashRange, Option<Vec<Hash>>)>,
    is_closed: bool,
}

struct Nowhere;

impl Blocks for Nowhere {
    fn put(&mut self, _piece: PieceIndex, _offset: u32, _data: &[u8]) {}
    fn discard(&mut self, _piece: PieceIndex) {}
}

impl Engine {
    /// An engine that has everything, or nothing, and a stranger that has everything.
    fn new(seeds: bool) -> Self {
        let files = FILES.iter().zip(["a", "b", "c", "d"]);
        let builder =
            InfoBuilder::new("files").version(Version::Two).piece_length(PIECE_BLOCKS * BLOCK_LENGTH);
        let builder = files.fold(builder, |builder, (blocks, name)| {
            builder.file(vec![name.to_owned()], u64::from(blocks * BLOCK_LENGTH))
        });
        let leaves: Vec<_> = (0..FILES.iter().sum()).map(|n: u32| Hash::of_block(&n.to_be_bytes())).collect();
        let (info, layers) = builder.finish(&[], &leaves).expect("every leaf is there");
        let pieces = info.geometry().piece_count();
        let have = if seeds { Bitfield::full(pieces) } else { Bitfield::new(pieces) };
        let config = Config::new(PeerId::from_bytes([200; 20]));
        let mut engine = Self {
            torrent: Torrent::new(Time::ZERO, Source::Info(info.clone(), have), config, 1),
            ear: Decoder::new(Limits::default()),
            info,
            layers,
            leaves,
            asked: Vec::new(),
            answered: Vec::new(),
            is_closed: false,
        };
        if seeds {
            engine.input(Input::PieceLayers(engine.layers.clone()));
        }
        engine.input(Input::ConnectedV2 { peer: PEER });
        let info_hash = engine.info.info_hash();
        let hello = Handshake { reserved: Reserved::ours(), info_hash, peer_id: PeerId::from_bytes([1; 20]) };
        engine.input(Input::Received { peer: PEER, bytes: &hello.encode() });
        if !seeds {
            engine.say(Message::HaveAll);
        }
        engine
    }

    fn trees(&self) -> impl Iterator<Item = &Tree> {
        self.info.files().iter().filter_map(|file| file.tree.as_ref())
    }

    fn hear(&mut self, [kind, file, level, index, length, proof_layers]: [u8; 6]) {
        if self.is_closed {
            return;
        }
        let before = pairs_hashed();
        let root = self.trees().nth(usize::from(file)).map_or(Hash::ZERO, |tree| *tree.root());
        let number = |byte: u8| if byte > 250 { u32::MAX - u32::from(byte) } else { u32::from(byte) };
        let [level, index, length, proof_layers] = [level, index, length, proof_layers].map(number);
        let range =
            HashRange { root, level, index, length: length.min(512), proof_layers: proof_layers.min(31) };
        match kind % 4 {
            0 => {
                self.say(Message::HashRequest(HashRange { length, proof_layers, ..range }));
                let [(answered, hashes)] = &std::mem::take(&mut self.answered)[..] else {
                    panic!("it is answered once: {range:?}");
                };
                assert_eq!(*answered, HashRange { length, proof_layers, ..range });
                self.check(*answered, hashes.as_deref());
            }
            1 => {
                let range = self.asked.pop().filter(|_| kind < 128).unwrap_or(range);
                self.say(Message::HashReject(range));
            }
            2 if kind < 128 => {
                if let Some(range) = self.asked.pop() {
                    self.give_right(range);
                }
            }
            _ => {
                let hashes = vec![file; 32 * range.hashes() as usize];
                let is_asked = self.asked.contains(&range);
                self.say(Message::Hashes { range, hashes: &hashes });
                assert!(is_asked || !self.is_closed, "nobody asked for {range:?}");
            }
        }
        assert!(pairs_hashed() - before <= 2_000, "{} nodes for {range:?}", pairs_hashed() - before);
    }

    /// The stranger gives what it was asked for.
    fn give_right(&mut self, range: HashRange) {
        let Some(tree) = self.trees().find(|tree| *tree.root() == range.root).copied() else { return };
        let node = |level, place| self.layers.node(&tree, level, place);
        let run = (range.index..range.index + range.length).map(|place| node(range.level, place));
        let height = range.length.ilog2();
        let uncles =
            (height..height + range.uncles()).map(|up| node(range.level + up, range.index >> up ^ 1));
        let hashes: Vec<Hash> = run.chain(uncles).flatten().collect();
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        self.say(Message::Hashes { range, hashes: &bytes });
        assert!(!self.is_closed, "{range:?} was right");
    }

    /// What comes with a whole proof leads to the root.
    fn check(&self, range: HashRange, hashes: Option<&[Hash]>) {
        let Some(hashes) = hashes else { return };
        assert_eq!(hashes.len(), range.hashes() as usize);
        let tree = self.trees().find(|tree| *tree.root() == range.root).expect("there is such a file");
        let (run, uncles) = hashes.split_at(range.length as usize);
        if range.length.is_power_of_two()
            && range.length.ilog2() + uncles.len() as u32 == tree.height() - range.level
        {
            let proof = Proof { level: range.level, index: range.index, uncles };
            assert_eq!(proof.root(run), Some(range.root), "{range:?}");
        }
    }

    fn say(&mut self, message: Message<'_>) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.input(Input::Received { peer: PEER, bytes: &bytes });
    }

    fn input(&mut self, input: Input<'_>) {
        self.torrent.handle(Time::ZERO, input, &mut Nowhere);
        while let Some(output) = self.torrent.poll() {
            match output {
                Output::Send { bytes, .. } => self.listen(&bytes),
                Output::Close { .. } => self.is_closed = true,
                Output::Leaves { piece } => {
                    let leaves = self.leaves_of(piece);
                    self.torrent.handle(Time::ZERO, Input::Leaves { piece, leaves: &leaves }, &mut Nowhere);
                }
                _ => {}
            }
        }
    }

    fn leaves_of(&self, piece: PieceIndex) -> Vec<Hash> {
        let (tree, place) = self.info.tree_of(piece).expect("each piece is of a file");
        let before: u32 =
            self.trees().take_while(|other| other.root() != tree.root()).map(Tree::leaf_count).sum();
        let (start, end) = (place * PIECE_BLOCKS, ((place + 1) * PIECE_BLOCKS).min(tree.leaf_count()));
        self.leaves[(before + start) as usize..(before + end) as usize].to_vec()
    }

    fn listen(&mut self, mut bytes: &[u8]) {
        while let Some(event) = self.ear.next(&mut bytes).expect("the engine speaks the protocol") {
            match event {
                Event::Message(Message::HashRequest(range)) => self.asked.push(range),
                Event::Message(Message::Hashes { range, hashes }) => {
                    let hashes = Hash::split(hashes).expect("hashes are whole").collect();
                    self.answered.push((range, Some(hashes)));
                }
                Event::Message(Message::HashReject(range)) => self.answered.push((range, None)),
                _ => {}
            }
        }
    }
}

const PEER: PeerKey = PeerKey::new(1);
const PIECE_BLOCKS: u32 = 4;
/// Blocks in each file.
const FILES: [u32; 4] = [1, 4, 23, 700 * PIECE_BLOCKS - 1];

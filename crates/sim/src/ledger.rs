//! One end of a connection, as an observer writes it down who hears everything that is said there.

use std::collections::VecDeque;

use metainfo::merkle::Tree;
use metainfo::{Block, Info, PieceIndex};
use wire::{ExtendedHandshake, HashRange, LT_DONT_HAVE, METADATA_PIECE_LENGTH, Message, SC_PEX, UT_METADATA};

/// What was asked and what was answered, and whether it was right to.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The other end serves us nothing.
    choked: bool,
    /// We serve it nothing.
    choking: bool,
    /// Our requests that wait for an answer.
    asked: VecDeque<Block>,
    /// Those that we took back. They may be answered all the same.
    withdrawn: VecDeque<Block>,
    /// Blocks that came although they were taken back. One that comes in parts may be asked for again before its last, and is
    /// then the answer to that, for whoever asked.
    late: VecDeque<Block>,
    /// The other end's requests without an answer.
    owed: VecDeque<Block>,
    max_asked: usize,
}

impl Ledger {
    /// A connection that has just opened, on which at most `max_asked` requests may wait.
    pub(crate) const fn new(max_asked: usize) -> Self {
        Self {
            choked: true,
            choking: true,
            asked: VecDeque::new(),
            withdrawn: VecDeque::new(),
            late: VecDeque::new(),
            owed: VecDeque::new(),
            max_asked,
        }
    }

    /// This end says these whole messages.
    pub(crate) fn says(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        for (id, payload) in messages(bytes) {
            match id {
                CHOKE => self.choking = true,
                UNCHOKE => self.choking = false,
                REQUEST => self.asks(block(payload))?,
                CANCEL => {
                    let block = block(payload);
                    // If it does not wait, a rejection came with what made the engine take it back.
                    if take(&mut self.asked, block) {
                        self.withdrawn.push_back(block);
                    }
                }
                REJECT if !take(&mut self.owed, block(payload)) => {
                    return Err("rejects a block that it was not asked for");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// These whole messages reach this end.
    pub(crate) fn hears(&mut self, bytes: &[u8]) {
        for (id, payload) in messages(bytes) {
            match id {
                CHOKE => self.choked = true,
                UNCHOKE => self.choked = false,
                REQUEST => self.owed.push_back(block(payload)),
                REJECT => {
                    self.answered(block(payload));
                }
                _ => {}
            }
        }
    }

    /// This end sends a block.
    pub(crate) fn serves(&mut self, block: Block) -> Result<(), &'static str> {
        match (take(&mut self.owed, block), self.choking) {
            (false, _) => Err("sends a block that it was not asked for"),
            (true, true) => Err("sends a block to a peer that it chokes"),
            (true, false) => Ok(()),
        }
    }

    /// A block reaches this end. Whether it was asked for.
    pub(crate) fn receives(&mut self, block: Block) -> Result<(), &'static str> {
        if self.answered(block) { Ok(()) } else { Err("gets a block that it did not ask for") }
    }

    fn asks(&mut self, block: Block) -> Result<(), &'static str> {
        if self.choked {
            return Err("asks a peer that chokes it");
        }
        if self.asked.contains(&block) && !take(&mut self.late, block) {
            return Err("asks one peer twice for a block");
        }
        self.asked.push_back(block);
        if self.asked.len() > self.max_asked {
            return Err("has more requests waiting than allowed");
        }
        Ok(())
    }

    /// Whether a request waited for this answer. One that was taken back and repeated has two, and nobody can
    /// tell which is which.
    fn answered(&mut self, block: Block) -> bool {
        if take(&mut self.asked, block) {
            return true;
        }
        let is_late = take(&mut self.withdrawn, block);
        self.late.extend(is_late.then_some(block));
        is_late
    }
}

/// Makes junk of the metadata in these whole messages.
pub(crate) fn forge(bytes: &mut [u8]) {
    let mut forged = Vec::new();
    for (id, payload) in messages(bytes) {
        let header = &payload[..payload.len().min(METADATA_HEADER)];
        if id == EXTENDED && header.windows(DATA.len()).any(|window| window == DATA) {
            forged.push(payload.as_ptr_range().end as usize - bytes.as_ptr() as usize - 1);
        }
    }
    for last in forged {
        bytes[last] ^= 1;
    }
}

/// The same messages, but that the metadata is so many parts larger than it is.
pub(crate) fn exaggerate(bytes: &[u8], parts: u32) -> Vec<u8> {
    let mut exaggerated = Vec::new();
    let mut from = 0;
    for (id, payload) in messages(bytes) {
        let end = payload.as_ptr_range().end as usize - bytes.as_ptr() as usize;
        if let Some(handshake) = payload.strip_prefix(&[0]).filter(|_| id == EXTENDED)
            && let Ok(mut handshake) = ExtendedHandshake::parse(handshake)
        {
            handshake.metadata_size =
                handshake.metadata_size.map(|size| size + (1 + parts) * METADATA_PIECE_LENGTH);
            exaggerated.extend_from_slice(&bytes[from..end - payload.len() - 5]);
            Message::Extended { id: 0, payload: &handshake.encode() }.encode(&mut exaggerated);
            from = end;
        }
    }
    exaggerated.extend_from_slice(&bytes[from..]);
    exaggerated
}

/// Adds what a peer may say as often as it likes: its extensions, taken back and named again, and requests for hashes.
pub(crate) fn flood(bytes: &mut Vec<u8>, info: Option<&Info>) {
    let names = [(UT_METADATA, 1), (LT_DONT_HAVE, 2), (SC_PEX, 3)];
    for extensions in [&[][..], &names] {
        let extensions = extensions.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect();
        let handshake = ExtendedHandshake { extensions, ..ExtendedHandshake::default() };
        Message::Extended { id: 0, payload: &handshake.encode() }.encode(bytes);
    }
    let trees = info.into_iter().flat_map(Info::files).filter_map(|file| file.tree.filter(Tree::has_layer));
    for tree in trees.take(1) {
        for index in 0..8 {
            let (root, level) = (*tree.root(), if index % 2 == 0 { tree.piece_level() } else { 0 });
            let proof_layers = tree.height() - level - 1;
            let range = HashRange { root, level, index, length: 1, proof_layers };
            Message::HashRequest(range).encode(bytes);
        }
    }
}

/// The type and the payload of each of these whole messages, handshake and keep-alives apart.
fn messages(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.strip_prefix(HANDSHAKE).map_or(bytes, |rest| &rest[68 - HANDSHAKE.len()..]);
    std::iter::from_fn(move || {
        loop {
            let (length, after) = rest.split_first_chunk()?;
            let (message, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            rest = after;
            if let Some((id, payload)) = message.split_first() {
                return Some((*id, payload));
            }
        }
    })
}

fn block(payload: &[u8]) -> Block {
    let number = |n: usize| u32::from_be_bytes([0, 1, 2, 3].map(|byte| payload[4 * n + byte]));
    Block { piece: PieceIndex::new(number(0)), begin: number(1), length: number(2) }
}

fn take(blocks: &mut VecDeque<Block>, block: Block) -> bool {
    let at = blocks.iter().position(|other| *other == block);
    at.and_then(|at| blocks.remove(at)).is_some()
}

const HANDSHAKE: &[u8] = b"\x13BitTorrent protocol";
const CHOKE: u8 = 0;
const UNCHOKE: u8 = 1;
const REQUEST: u8 = 6;
const CANCEL: u8 = 8;
const REJECT: u8 = 16;
const EXTENDED: u8 = 20;
/// What the header of a message with metadata has in it (BEP 9), and how long that is at most.
const DATA: &[u8] = b"8:msg_typei1e";
const METADATA_HEADER: usize = 64;

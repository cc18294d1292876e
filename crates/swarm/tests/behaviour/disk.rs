//! A torrent's content, and a driver's memory and storage.

use std::collections::{BTreeMap, BTreeSet};

use metainfo::merkle::{self, Hash};
use metainfo::{Check, Info, InfoBuilder, InfoHash, PieceIndex, PieceLayers, Version};
use swarm::Blocks;
use wire::Bitfield;

/// A torrent of `length` bytes that look random, in pieces of `piece_length`.
pub(crate) fn torrent(length: u64, piece_length: u32) -> (Info, Vec<u8>) {
    fill(InfoBuilder::single("content", length).piece_length(piece_length))
}

/// The same, for the users of its tracker alone (BEP 27).
pub(crate) fn private(length: u64, piece_length: u32) -> (Info, Vec<u8>) {
    fill(InfoBuilder::single("content", length).piece_length(piece_length).private(true))
}

/// The torrent that `builder` describes, with content.
pub(crate) fn fill(builder: InfoBuilder) -> (Info, Vec<u8>) {
    let geometry = builder.geometry().expect("the torrent is sound");
    let length = geometry.total_length();
    let content: Vec<u8> = (0..length).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8).collect();
    let pieces = content.chunks(geometry.piece_length() as usize);
    let hashes: Vec<[u8; 20]> = pieces.map(|piece| *InfoHash::of(piece).as_bytes()).collect();
    (finish(builder, &hashes), content)
}

/// The torrent of this version that `builder` describes, with content: zeros between files, and bytes that look
/// random in them.
pub(crate) fn of_version(
    version: impl Into<Option<Version>>,
    builder: InfoBuilder,
) -> (Info, PieceLayers, Vec<u8>) {
    let builder = builder.version(version);
    let version = builder.chosen_version();
    let geometry = builder.geometry().expect("the files are sound");
    let mut content = vec![0; geometry.total_length() as usize];
    for file in builder.files().expect("the files are sound") {
        let range = file.span.range();
        for (n, byte) in (0_u64..).zip(&mut content[range.start as usize..range.end as usize]) {
            *byte = ((n + file.span.offset).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8;
        }
    }
    let (mut pieces, mut leaves) = (Vec::new(), Vec::new());
    for piece in geometry.pieces() {
        let bytes = &content[geometry.offset_of(piece) as usize..];
        pieces.push(*InfoHash::of(&bytes[..geometry.length_of(piece) as usize]).as_bytes());
        leaves.extend(merkle::leaves(&bytes[..geometry.content_of(piece) as usize]));
    }
    match version {
        Version::One => leaves.clear(),
        Version::Two => pieces.clear(),
        Version::Hybrid => {}
    }
    let (info, layers) = builder.finish(&pieces, &leaves).expect("every hash is there");
    (info, layers, content)
}

/// A torrent of `pieces` pieces whose content nobody has.
pub(crate) fn metadata(pieces: u32) -> Info {
    let builder = InfoBuilder::single("content", u64::from(pieces) * 16_384).piece_length(16_384);
    let hashes: Vec<[u8; 20]> = (0..pieces).map(|n| *InfoHash::of(&n.to_be_bytes()).as_bytes()).collect();
    finish(builder, &hashes)
}

fn finish(builder: InfoBuilder, hashes: &[[u8; 20]]) -> Info {
    builder.version(Version::One).finish(hashes, &[]).expect("the torrent is sound").0
}

/// Slots and stored pieces.
#[derive(Default)]
pub(crate) struct Disk {
    slots: BTreeMap<PieceIndex, Vec<u8>>,
    stored: BTreeMap<PieceIndex, Vec<u8>>,
    /// Piece hashes of version 2.
    pub(crate) layers: PieceLayers,
    /// Pieces that the engine asked to hash: their slots must not change.
    sealed: BTreeSet<PieceIndex>,
}

impl Disk {
    pub(crate) fn with(info: &Info, content: &[u8], have: &Bitfield) -> Self {
        let mut disk = Self::default();
        for (piece, bytes) in
            info.geometry().pieces().zip(content.chunks(info.geometry().piece_length() as usize))
        {
            if have.get(piece) {
                let length = info.geometry().length_of(piece) as usize;
                disk.stored.insert(piece, bytes[..length].to_vec());
            }
        }
        disk
    }

    pub(crate) fn hash(&mut self, info: &Info, piece: PieceIndex) -> bool {
        self.sealed.insert(piece);
        let slot = self.slots.entry(piece).or_default();
        slot.resize(info.geometry().length_of(piece) as usize, 0);
        let ok = self.layers.check(info, piece, slot) == Check::Right;
        if !ok {
            self.sealed.remove(&piece);
        }
        ok
    }

    /// The leaves of a piece's blocks, from its slot or from storage.
    pub(crate) fn leaves(&self, info: &Info, piece: PieceIndex) -> Vec<Hash> {
        let bytes = self.slots.get(&piece).or_else(|| self.stored.get(&piece));
        let content = info.geometry().content_of(piece) as usize;
        bytes.map(|bytes| merkle::leaves(&bytes[..content])).unwrap_or_default()
    }

    pub(crate) fn store(&mut self, piece: PieceIndex) {
        self.sealed.remove(&piece);
        let slot = self.slots.remove(&piece).expect("a piece is stored after its blocks came");
        self.stored.insert(piece, slot);
    }

    pub(crate) fn read(&self, piece: PieceIndex) -> &[u8] {
        &self.stored[&piece]
    }

    pub(crate) fn lose(&mut self, piece: PieceIndex) {
        self.stored.remove(&piece);
    }

    /// Everything stored, in order.
    pub(crate) fn content(&self) -> Vec<u8> {
        self.stored.values().flatten().copied().collect()
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }
}

impl Blocks for Disk {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        assert!(!self.sealed.contains(&piece), "bytes for piece {piece} after its hash was asked for");
        assert!(!self.stored.contains_key(&piece), "bytes for the stored piece {piece}");
        let slot = self.slots.entry(piece).or_default();
        let end = offset as usize + data.len();
        if slot.len() < end {
            slot.resize(end, 0);
        }
        slot[offset as usize..end].copy_from_slice(data);
    }

    fn discard(&mut self, piece: PieceIndex) {
        self.sealed.remove(&piece);
        self.slots.remove(&piece);
    }
}

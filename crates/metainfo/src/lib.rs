//! Torrent files, magnet links and the geometry of pieces and files.

mod geometry;

pub use geometry::{BLOCK_LENGTH, Block, FileSpan, Geometry, PieceIndex};

/// Names a torrent: the SHA-1 of its bencoded `info` dictionary (BEP 3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InfoHash([u8; 20]);

//! Torrent files, magnet links and the geometry of pieces and files.
//!
//! Torrents are of version 1 (BEP 3), of version 2 (BEP 52), or hybrids that are both.
//!
//! Everything here reads bytes or text that a stranger wrote and returns a value that is known to be sound,
//! or an [`Error`] whose text can be shown to a person: [`Metainfo`] from a torrent file, [`Info`] from the
//! metadata that peers send, [`Magnet`] from a link. [`InfoBuilder`] makes an [`Info`] of new files under
//! the same rules.
//!
//! ```
//! use metainfo::{InfoBuilder, InfoHash, Magnet, Metainfo, merkle};
//!
//! let content = b"Hello, swarm!";
//! let builder = InfoBuilder::single("hello.txt", content.len() as u64);
//! let (piece, leaf) = (*InfoHash::of(content).as_bytes(), merkle::Hash::of_block(content));
//! let (info, piece_layers) = builder.finish(&[piece], &[leaf])?;
//!
//! let mut metainfo = Metainfo::new(info);
//! metainfo.piece_layers = piece_layers;
//! metainfo.comment = Some("An example".to_owned());
//! assert_eq!(Metainfo::parse(&metainfo.to_bytes())?, metainfo);
//!
//! let link = Magnet::new(metainfo.info.hashes()).to_string();
//! assert_eq!(Magnet::parse(&link)?.hashes, metainfo.info.hashes());
//! # Ok::<(), metainfo::Error>(())
//! ```

mod base64url;
pub mod bencode;
mod builder;
mod error;
mod escape;
mod file_tree;
mod geometry;
mod info;
mod info_hash;
mod layout;
mod magnet;
pub mod merkle;
mod path;
mod payment;
mod piece_layers;
pub mod portable;
mod seal_key;
mod short_link;
mod torrent_file;
mod visible;

pub use builder::{InfoBuilder, Version};
pub use error::{Error, NameFault};
pub use escape::unescape;
pub use geometry::{BLOCK_LENGTH, Block, FileSpan, Geometry, PieceIndex};
pub use info::Info;
pub use info_hash::{InfoHash, InfoHashV2, InfoHashes};
pub use layout::{File, MAX_FILES, MAX_PIECE_LENGTH, MAX_PIECES};
pub use magnet::{MAX_LINK_LENGTH, MAX_OTHER, MAX_TRACKERS, MAX_WEB_SEEDS, Magnet};
pub use path::{MAX_NAME_LENGTH, MAX_PATH_DEPTH, MAX_PATH_SHARE, SPARE_PATHS, check_files};
pub use payment::MAX_PAYMENT_OPTIONS;
pub use piece_layers::{Check, PieceLayers};
pub use seal_key::SealKey;
pub use short_link::ShortLink;
pub use torrent_file::{Endorsement, MAX_ENDORSEMENTS, MAX_TORRENT_LENGTH, Metainfo};
pub use visible::{is_invisible, visible};

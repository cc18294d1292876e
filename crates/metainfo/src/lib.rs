//! Torrent files, magnet links and the geometry of pieces and files.
//!
//! Everything here reads bytes or text that a stranger wrote and returns a value that is known to be sound,
//! or an [`Error`] whose text can be shown to a person: [`Metainfo`] from a torrent file, [`Info`] from the
//! metadata that peers send, [`Magnet`] from a link. [`InfoBuilder`] makes an [`Info`] of new files under
//! the same rules.
//!
//! ```
//! use metainfo::{InfoBuilder, InfoHash, Magnet, Metainfo};
//!
//! let content = b"Hello, swarm!";
//! let builder = InfoBuilder::single("hello.txt", content.len() as u64);
//! let info = builder.finish(&[*InfoHash::of(content).as_bytes()])?;
//!
//! let mut metainfo = Metainfo::new(info);
//! metainfo.comment = Some("An example".to_owned());
//! assert_eq!(Metainfo::parse(&metainfo.to_bytes())?, metainfo);
//!
//! let link = Magnet::new(metainfo.info.info_hash()).to_string();
//! assert_eq!(Magnet::parse(&link)?.info_hash, metainfo.info.info_hash());
//! # Ok::<(), metainfo::Error>(())
//! ```

pub mod bencode;
mod builder;
mod error;
mod geometry;
mod info;
mod info_hash;
mod magnet;
mod path;
mod torrent_file;

pub use builder::InfoBuilder;
pub use error::Error;
pub use geometry::{BLOCK_LENGTH, Block, FileSpan, Geometry, PieceIndex};
pub use info::{File, Info, MAX_FILES, MAX_PIECE_LENGTH, MAX_PIECES};
pub use info_hash::InfoHash;
pub use magnet::{MAX_LINK_LENGTH, MAX_TRACKERS, MAX_WEB_SEEDS, Magnet};
pub use path::{MAX_NAME_LENGTH, MAX_PATH_DEPTH};
pub use torrent_file::{MAX_TORRENT_LENGTH, Metainfo};

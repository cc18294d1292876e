//! Torrents in the browser's storage (OPFS).
//!
//! ```text
//! torrents/<info hash>/torrent    the .torrent file; empty until a magnet link's metadata is here
//!                      data       all files end to end, in torrent order; grows as pieces are written
//!                      have       one bit for each piece in `data`, set right after the piece was written
//!                      state-0    the record, written in turns: whatever happens while one is written,
//!                      state-1    the other is whole
//! exports/<number>                files on their way out of torrents that still change
//! ```
//!
//! A record lists the pieces that were in `data` when the browser last put it on the disk. Pieces that only
//! `have` knows are hashed again at the next start, so nothing that was verified is downloaded twice, and
//! nothing is believed that a power failure may have lost.

mod folder;
mod opfs;
mod record;

pub use folder::{Folder, Found};
pub use opfs::{Directory, StoredFile, estimate};
pub use record::{FileStamp, Record};

//! Torrents in the browser's storage (OPFS), or in memory where the browser denies it.
//!
//! ```text
//! torrents/<info hash>/torrent      the .torrent file, written in turns: whatever happens while one is written,
//!                      torrent-1    the other is whole; both are empty until a magnet link's metadata is here
//!                      data         all files end to end, in torrent order; grows as pieces are written
//!                      have         one bit for each piece in `data`, set right after the piece was written
//!                      state-0      the record, written in turns
//!                      state-1
//!                      opening      a byte for each visit in a row that ended while the folder was being opened
//! exports/<number>                  files on their way out of torrents that still change
//! ```
//!
//! A record lists the pieces that were in `data` when the browser last put it on the disk. Pieces that only
//! `have` knows are hashed again at the next start, so nothing that was verified is downloaded twice, and
//! nothing is believed that a power failure may have lost.
//!
//! Whatever instant the browser dies at, these rules leave a folder that means one thing:
//!
//! 1. Claims come after data, and go before it: `data` is flushed before a record claims more, and a record that
//!    claims less is flushed before anything in `data` is given up.
//! 2. A folder without any record was never finished, so it is deleted, unless pieces are marked in it.
//! 3. Before a folder is deleted, both records say so: whichever files of it are left, it is deleted at the next
//!    start and never takes its torrent for a new one.
//! 4. A torrent file that cannot be read is as good as none: the metadata comes from peers again.
//! 5. A folder at whose opening the last three visits ended is not opened again until the user wishes it. So one torrent
//!    costs three visits, and not every later one; and a browser that is closed just then costs nothing.

mod directory;
mod folder;
pub mod memory;
pub mod opfs;
mod turns;

pub use directory::{Directory, StoredFile};
pub use folder::{Folder, Found, Suspect};

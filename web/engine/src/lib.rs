//! The engine worker: everything of Seedcast that must not run on the page's thread.
//!
//! It drives one [`session::Session`](::session::Session): carries bytes between its torrents and their peers, hashes
//! pieces, gives it the browser's storage and sockets to trackers. The page shows what [`protocol::Event`]s say, sends
//! [`protocol::Command`]s, and makes the peer connections that only a window can make.
//!
//! How one event travels:
//!
//! 1. A callback of the browser (a message of the page, of a peer, of a tracker; the timer; a finished promise) gets hold
//!    of the `Driver`, which tells the session what happened.
//! 2. The session's outputs are drained once: pieces are hashed and stored, offers are made, and what goes to each peer is
//!    gathered into as few messages as possible.
//! 3. The driver sets the one timer to the earliest moment that anyone waits for, and has news for the page.

pub mod browser;
mod error;
pub mod files;
pub mod hash;
pub mod link;
pub mod session;
pub mod share;
pub mod store;
mod stream;
mod torrent;
pub mod trackers;
pub mod web_seed;

pub use self::session::start;
pub use error::thrown;

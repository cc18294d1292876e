//! The engine worker: everything of Seedcast that must not run on the page's thread.
//!
//! It drives one [`session::Torrent`](::session::Torrent) per torrent: carries bytes between peers and the engine, hashes
//! pieces, gives it the browser's storage, talks to trackers. The page shows what [`protocol::Event`]s say, sends [`protocol::Command`]s, and
//! makes the peer connections that only a window can make.
//!
//! How one event travels:
//!
//! 1. A callback of the browser (a message of the page, of a peer, of a tracker; the timer; a finished promise)
//!    gets hold of the [`Session`](session::Session).
//! 2. The session finds the torrent it is for, which turns it into [`swarm::Input`]s.
//! 3. The torrent's outputs are drained once: pieces are hashed and stored, and what goes to each peer is gathered into
//!    as few messages as possible.
//! 4. The session carries out what only it can: offers, announces, news for the page. It sets the one timer to
//!    the earliest moment that anyone waits for.

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
mod web_seed;

pub use self::session::start;
pub use error::thrown;

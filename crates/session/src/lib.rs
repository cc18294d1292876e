//! What a user has, as a whole: the life of torrents, of the connections to their peers and of what is announced where,
//! and what is remembered of all that until the next visit.
//!
//! [`swarm::Torrent`] moves the pieces of one torrent over connections that are there. A session is everything around
//! it that is the same wherever it runs. It is becoming what the page's worker, the simulator and any other peer drive;
//! by now these parts of it are here:
//!
//! - [`Record`]: what is remembered of a torrent, in bytes that every later release reads, and [`turn`], by which a
//!   crash during a write costs nothing.
//!
//! Pure: time and randomness are arguments.

mod error;
mod record;
pub mod turn;

pub use error::Error;
pub use record::{FileStamp, Limits, Listing, Record};

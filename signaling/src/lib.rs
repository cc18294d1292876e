//! The tracker's index: who is in which swarm, and which offers and answers pass between them.
//!
//! [`Index`] is pure. Time and the random seed are arguments, requests come in parsed and responses go out
//! beside the connection they are for, so the server and the simulator run the same code, and a run with
//! the same seed repeats itself.
//!
//! 1. For each request, call [`Index::handle`] and send what it appended to `out`.
//! 2. When a connection ends, call [`Index::closed`].
//! 3. Every few seconds, call [`Index::sweep`].
//!
//! Three rules keep clients safe from each other. A peer id belongs to the connection that announced it
//! first, until that leaves. An answer is relayed only from the peer and connection that got the offer, and
//! only once. A connection can hold a bounded number of peers, and each a bounded number of open offers.
//!
//! ```
//! use std::time::Duration;
//!
//! use signaling::{Config, ConnId, Index};
//! use tracker::{Request, Response};
//!
//! let mut index = Index::new(Config::default(), 42);
//! let mut out = Vec::new();
//! let announce = r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa",
//!                    "peer_id":"-SC0001-bbbbbbbbbbbb","event":"started","left":0}"#;
//! index.handle(Duration::ZERO, ConnId::new(1), Request::parse(announce)?, &mut out);
//! assert!(matches!(out[..], [(conn, Response::Announce { complete: 1, .. })] if conn == ConnId::new(1)));
//! # Ok::<(), tracker::Error>(())
//! ```

mod census;
mod choice;
mod config;
mod denylist;
mod index;
mod swarm;

pub use census::{Census, SoftwarePrefix, Totals};
pub use config::Config;
pub use denylist::{BadLine, Denylist, Problem};
pub use index::{ConnId, Index, MAX_PEERS_PER_CONNECTION_AND_TORRENT, Membership};

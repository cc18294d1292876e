//! The messages between a WebTorrent client and its tracker: JSON in WebSocket text frames.
//!
//! A client announces a torrent with a handful of WebRTC offers. The tracker hands each offer to another
//! peer of the swarm, and carries that peer's answer back. Both directions live in this crate, because the
//! page speaks one and the server the other; each reads what strangers sent.
//!
//! The protocol has no specification. Its reference is bittorrent-tracker, and the shapes here accept what
//! that client, libtorrent and the public trackers send: ids are *binary strings* (20 characters, one per
//! byte, each at most U+00FF), `left` may be `null`, and unknown keys, events and offers are passed over.
//! One unreadable field never voids the others, so a server can still say which torrent it refuses.
//!
//! ```
//! use tracker::{Request, Response};
//!
//! let text = r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"-SC0001-bbbbbbbbbbbb",
//!                "event":"started","left":null,"offers":[]}"#;
//! let Request::Announce(announce) = Request::parse(text)? else { unreachable!() };
//! assert_eq!(announce.left, None);
//!
//! let reply = Response::Announce {
//!     info_hash: announce.info_hash,
//!     complete: 1,
//!     incomplete: 2,
//!     interval: 120,
//!     warning: None,
//! };
//! assert_eq!(Response::parse(&reply.to_json())?, reply);
//! # Ok::<(), tracker::Error>(())
//! ```

mod binary;
mod fields;
mod json;
mod request;
mod response;

pub use binary::OfferId;
pub use request::{Announce, Answer, Event, Offer, Request, Scrape};
pub use response::{Action, Response, ScrapeStats};

use std::ops::RangeInclusive;

/// Longest message that either side accepts, in bytes. Public trackers use the same limit.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Longest session description that is relayed, in bytes. One of a data channel takes about 600 bytes, and
/// 100 more for each address that the browser found.
pub const MAX_SDP: usize = 16 * 1024;

/// Offers read from one announce; further ones are dropped. WebTorrent sends 5, libtorrent 10.
pub const MAX_OFFERS: usize = 20;

/// Torrents in one scrape.
pub const MAX_SCRAPE: usize = 255;

/// Longest failure or warning text that is kept from a tracker, in characters.
pub const MAX_REASON: usize = 500;

/// Seconds between announces that a reply can ask for; values outside are moved to the nearer end, so that
/// no tracker makes its clients hammer it or fall silent.
pub const INTERVALS: RangeInclusive<u32> = 5..=3600;

/// Why a message could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The message exceeds [`MAX_MESSAGE`].
    #[error("the message is longer than {MAX_MESSAGE} bytes")]
    TooLong,
    /// The message is not a JSON object.
    #[error("the message is not a JSON object")]
    Json,
    /// `action` is missing or unknown.
    #[error("the action is neither announce nor scrape")]
    Action,
    /// An id is missing, or is not a binary string of 20 bytes.
    #[error("invalid {0}: expected 20 characters, none above U+00FF")]
    Id(&'static str),
    /// An answer carries no session description, or one longer than [`MAX_SDP`].
    #[error("the session description is missing or longer than {MAX_SDP} bytes")]
    Sdp,
    /// A scrape names more than [`MAX_SCRAPE`] torrents.
    #[error("a scrape names at most {MAX_SCRAPE} torrents")]
    TooManyTorrents,
    /// A reply holds neither counts, nor an offer, an answer, statistics or a failure.
    #[error("the tracker's reply says nothing")]
    Empty,
}

//! What a user has, as a whole: the life of torrents, of the connections to their peers and of what is announced where,
//! and what is remembered of all that until the next visit.
//!
//! [`swarm::Torrent`] moves the pieces of one torrent over connections that are there. A session is everything around
//! it that is the same wherever it runs. It is becoming what the page's worker, the simulator and any other peer drive;
//! by now these parts of it are here:
//!
//! - [`Connections`]: every connection from the first offer to the open link, and who has to wait or to make room when
//!   there are many;
//! - [`Memberships`]: when a torrent is announced at a tracker, and which of the tracker's messages count;
//!   [`retry_after`], when one that failed is tried again;
//! - [`Record`]: what is remembered of a torrent, in bytes that every later release reads, and [`turn`], by which a
//!   crash during a write costs nothing;
//! - [`Torrent`]: the life of one, from a link, a torrent file, a share or what an earlier visit left, to its removal;
//! - [`Storage`]: what a torrent asks of storage, and [`Folder`], which gives it on any disk that has files.
//!
//! Pure: time and randomness are arguments. How a connection is made and what a link is are up to the driver.
//!
//! ```
//! use metainfo::InfoHash;
//! use session::Connections;
//! use swarm::Time;
//! use tracker::OfferId;
//! use wire::PeerId;
//!
//! let (torrent, url) = (InfoHash::from_bytes([1; 20]), "wss://tracker.example");
//! // The driver's links are strings here.
//! let mut connections = Connections::<&str>::default();
//!
//! // Two offers are to be made. Once they are, they go out with an announce.
//! assert_eq!(connections.short_of(2), 2);
//! for _ in 0..2 {
//!     let key = connections.make(Time::ZERO);
//!     connections.made(key, "offer".to_owned());
//! }
//! let mut ids = (0..).map(|n| OfferId::from_bytes([n; 20]));
//! let id = || ids.next().expect("they never end");
//! let offers = connections.send(Time::ZERO, 2, torrent, url, id);
//!
//! // A peer answers one. Its link opens, and goes to the torrent with the key of the peer.
//! let (now, peer) = (Time::from_millis(300), PeerId::from_bytes([2; 20]));
//! let key = connections.answered(now, (torrent, url), offers[0].offer_id, peer, "answer").expect("it is an answer");
//! connections.link(key, "link");
//! let (_, opened) = connections.opened(key).expect("it has a link");
//! assert_eq!(opened.link, "link");
//!
//! // Nobody answers the other.
//! assert_eq!(connections.overdue(Time::from_millis(60_000)).len(), 1);
//! ```

mod backoff;
mod connections;
mod description;
mod error;
mod membership;
mod record;
mod storage;
mod torrent;
pub mod turn;

pub use backoff::retry_after;
pub use connections::{
    Connections, GRACE, Incoming, MAX_ACCEPTING, MAX_CONNECTIONS, MAX_INCOMING, MAX_UNANSWERED, OFFER_LIFE,
    Opened, Route, SETUP_LIFE,
};
pub use description::{DEFAULT_MESSAGE, MAX_MESSAGE, max_message};
pub use error::Error;
pub use membership::{Counts, FIRST_OFFERS, Membership, Memberships};
pub use record::{FileStamp, Limits, Listing, Record};
pub use storage::{FILES, File, Folder, Found, Slots, Storage, Suspect, UserFiles};
pub use torrent::{
    Break, DataSource, Fetched, MAX_CHUNK, Origin, Output, Problem, Setup, State, StreamKey, StreamRequest,
    Torrent, WebSeed,
};

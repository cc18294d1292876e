//! What a user has, as a whole: the life of torrents, of the connections to their peers and of what is announced where,
//! and what is remembered of all that until the next visit.
//!
//! [`swarm::Torrent`] moves the pieces of one torrent over connections that are there. A session is everything around
//! it that is the same wherever it runs: the page's worker and the simulator drive it, and any other program can.
//!
//! - [`Session`] owns all of it, and is what a program drives;
//! - [`Torrent`] is the life of one, from a link, a torrent file, a share or what an earlier visit left, to its removal;
//! - [`rendezvous`] is how peers are met, from joining a swarm at its trackers to the open link. It is made of
//!   [`Connections`], which says who has to wait or to make room when there are many, and of [`Memberships`], which says
//!   when a torrent is announced at a tracker and which of the tracker's messages count;
//! - [`Storage`] is what a torrent asks of storage, and [`Folder`] gives it on any disk that has files;
//! - [`Record`] is what is remembered of a torrent, in bytes that every later release reads, and by [`turn`] a crash during
//!   a write costs nothing.
//!
//! Pure: time and randomness are arguments. How a connection is made and what a link is are up to the driver.
//!
//! ```
//! use metainfo::Magnet;
//! use session::rendezvous::{SocketAct, SocketEvent, Task};
//! use session::{FILES, File, Folder, Origin, Output, Session};
//! use swarm::{Config, Time};
//! use wire::PeerId;
//!
//! # /// A file that forgets everything.
//! # #[derive(Debug)]
//! # struct Nothing;
//! #
//! # impl File for Nothing {
//! #     fn read(&self, _: u64, buffer: &mut [u8]) -> Result<(), session::Error> {
//! #         if buffer.is_empty() { Ok(()) } else { Err(session::Error::NotFound) }
//! #     }
//! #     fn write(&self, _: u64, _: &[u8]) -> Result<(), session::Error> { Ok(()) }
//! #     fn length(&self) -> Result<u64, session::Error> { Ok(0) }
//! #     fn truncate(&self, _: u64) -> Result<(), session::Error> { Ok(()) }
//! #     fn flush(&self) -> Result<(), session::Error> { Ok(()) }
//! # }
//! #
//! # /// Nobody shares files of their own here.
//! # struct NoFiles;
//! #
//! # impl session::UserFiles for NoFiles {
//! #     fn stamps(&self) -> Vec<session::FileStamp> { Vec::new() }
//! #     fn read(&mut self, _: u64, _: &mut [u8]) -> Result<(), session::Error> { Ok(()) }
//! #     fn changed(&self, _: metainfo::FileSpan) -> session::Error { session::Error::Broken }
//! # }
//! #
//! let now = Time::ZERO;
//! // Links are strings here, files are forgotten, and the secret is none.
//! let config = Config::new(PeerId::new([7; 12]));
//! let mut session = Session::<Folder<Nothing>, NoFiles, &str>::new(config, [0; 20], true);
//!
//! // The user gives a link.
//! let magnet = Magnet::parse("magnet:?xt=urn:btih:0101010101010101010101010101010101010101&tr=wss://tracker.example")?;
//! let torrent = session.listed(magnet.hashes);
//! session.add(now, torrent, Origin::Magnet { magnet, metadata_only: false });
//!
//! let mut offers = 0;
//! while let Some(output) = session.poll(now) {
//!     match output {
//!         Output::Open { torrent, suspect } => {
//!             let opened = Folder::open(FILES.map(|_name| Nothing), torrent, suspect);
//!             session.opened(now, torrent, opened, 0.0);
//!         }
//!         Output::Meet(Task::Socket { url, act: SocketAct::Open }) => session.socket(now, &url, SocketEvent::Opened),
//!         Output::Meet(Task::Offer { peer, .. }) => session.offered(now, peer, "v=0".to_owned()),
//!         // The torrent is announced, with offers for two peers.
//!         Output::Meet(Task::Socket { act: SocketAct::Send(text), .. }) => offers += text.matches("v=0").count(),
//!         _ => {}
//!     }
//! }
//! assert_eq!(offers, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backoff;
mod connections;
mod description;
mod draws;
mod error;
mod exposure;
mod membership;
mod record;
pub mod rendezvous;
mod session;
mod shunned;
mod storage;
mod torrent;
mod trackers;
pub mod turn;
mod water_marks;

pub use backoff::retry_after;
pub use connections::{
    Connections, Contact, GRACE, MAX_ACCEPTING, MAX_CONNECTIONS, MAX_INCOMING, MAX_UNANSWERED, MAX_UNNAMED,
    OFFER_LIFE, Opened, PREFIX, PREFIX_LIFE, Route, SETUP_LIFE,
};
pub use description::{DEFAULT_MESSAGE, MAX_MESSAGE, max_message};
pub use error::Error;
pub use exposure::{Exposure, Policy, RELAYED_UPLOAD};
pub use membership::{Counts, FIRST_OFFERS, Membership, Memberships};
pub use record::{FileStamp, Limits, Listing, Record};
pub use session::{Hindrance, Output, Session};
pub use shunned::MAX_SHUNNED;
pub use storage::{FILES, File, Folder, Found, Places, Slots, Storage, Suspect, UserFiles};
pub use torrent::{
    Break, DataSource, Fetched, MAX_CHUNK, Origin, Output as TorrentOutput, Problem, Seal, Setup, State,
    StreamKey, StreamRequest, Torrent, WebSeed,
};
pub use trackers::{CONNECT_TIMEOUT, TrackerState, Trouble};
pub use water_marks::WaterMarks;

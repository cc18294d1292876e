//! What a user has, as a whole: the life of torrents, of the connections to their peers and of what is announced where,
//! and what is remembered of all that until the next visit.
//!
//! [`swarm::Torrent`] moves the pieces of one torrent over connections that are there. A session is everything around
//! it that is the same wherever it runs. It is becoming what the page's worker, the simulator and any other peer drive;
//! by now these parts of it are here:
//!
//! - [`rendezvous`]: how peers are met, from joining a swarm at its trackers to the open link. It is made of
//!   [`Connections`], which says who has to wait or to make room when there are many, and of [`Memberships`], which says
//!   when a torrent is announced at a tracker and which of the tracker's messages count;
//! - [`Record`]: what is remembered of a torrent, in bytes that every later release reads, and [`turn`], by which a
//!   crash during a write costs nothing;
//! - [`Torrent`]: the life of one, from a link, a torrent file, a share or what an earlier visit left, to its removal;
//! - [`Storage`]: what a torrent asks of storage, and [`Folder`], which gives it on any disk that has files.
//!
//! Pure: time and randomness are arguments. How a connection is made and what a link is are up to the driver.
//!
//! ```
//! use metainfo::{InfoHash, InfoHashes};
//! use session::rendezvous::{Input, Output, Rendezvous, SocketAct, SocketEvent, Standing, Task, Torrents};
//! use swarm::Time;
//! use wire::PeerId;
//!
//! /// One torrent, which has nothing yet and takes any peer.
//! struct Alone;
//!
//! impl Torrents for Alone {
//!     fn standing(&self, _: InfoHash) -> Option<Standing> {
//!         Some(Standing { downloading: true, ..Standing::default() })
//!     }
//!
//!     fn welcomes(&self, _: InfoHash, _: PeerId) -> bool {
//!         true
//!     }
//! }
//!
//! let (torrent, url) = (InfoHash::from_bytes([1; 20]), "wss://tracker.example");
//! // The driver's links are strings here, and its secret is none.
//! let mut rendezvous = Rendezvous::<&str>::new(PeerId::new([7; 12]), [0; 20]);
//!
//! // A torrent looks for peers: a socket is to be opened, on which it will be announced.
//! let (hashes, trackers) = (InfoHashes::One(torrent), vec![url.to_owned()]);
//! rendezvous.handle(Time::ZERO, Input::Join { torrent, hashes, trackers, private: false }, &Alone);
//! assert!(matches!(rendezvous.poll(), Some(Output::Do(Task::Socket { act: SocketAct::Open, .. }))));
//! rendezvous.handle(Time::ZERO, Input::Socket { url, event: SocketEvent::Opened }, &Alone);
//!
//! // The announce waits for the offers that it shall carry.
//! while let Some(Output::Do(Task::Offer { peer })) = rendezvous.poll() {
//!     rendezvous.handle(Time::ZERO, Input::Offered { peer, sdp: "v=0".to_owned() }, &Alone);
//!     if let Some(Output::Do(Task::Socket { act: SocketAct::Send(text), .. })) = rendezvous.poll() {
//!         assert_eq!(text.matches("v=0").count(), 2);
//!     }
//! }
//! ```

mod backoff;
mod connections;
mod description;
mod draws;
mod error;
mod membership;
mod record;
pub mod rendezvous;
mod session;
mod shunned;
mod storage;
mod torrent;
mod trackers;
pub mod turn;

pub use backoff::retry_after;
pub use connections::{
    Connections, Contact, GRACE, MAX_ACCEPTING, MAX_CONNECTIONS, MAX_INCOMING, MAX_UNANSWERED, MAX_UNNAMED,
    OFFER_LIFE, Opened, PREFIX, PREFIX_LIFE, Route, SETUP_LIFE,
};
pub use description::{DEFAULT_MESSAGE, MAX_MESSAGE, max_message};
pub use error::Error;
pub use membership::{Counts, FIRST_OFFERS, Membership, Memberships};
pub use record::{FileStamp, Limits, Listing, Record};
pub use session::{Hindrance, Output, Session};
pub use shunned::MAX_SHUNNED;
pub use storage::{FILES, File, Folder, Found, Places, Slots, Storage, Suspect, UserFiles};
pub use torrent::{
    Break, DataSource, Fetched, MAX_CHUNK, Origin, Output as TorrentOutput, Problem, Setup, State, StreamKey,
    StreamRequest, Torrent, WebSeed,
};
pub use trackers::{CONNECT_TIMEOUT, TrackerState, Trouble};

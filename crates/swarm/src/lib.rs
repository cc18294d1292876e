//! The sans-IO piece engine: one [`Torrent`] and its peers.
//!
//! It decides what to ask whom for, whom to serve, and what to believe; it opens no socket, reads no clock,
//! stores no byte and rolls no dice but the seed's. A driver does that, in a browser's worker or in a
//! simulator, and the same inputs at the same times give the same outputs. Peers that misbehave are an
//! [`Output::Close`], never an error, so nothing that a stranger sends can fail.
//!
//! # The run loop
//!
//! 1. Something happens: a channel opens, bytes arrive, a piece is stored, the time of
//!    [`Torrent::deadline`] comes. Tell the engine with [`Torrent::handle`]. Bytes of pieces go straight on
//!    to the driver's [`Blocks`], while `handle` runs.
//! 2. Call [`Torrent::poll`] until it returns `None`, and do what each [`Output`] says, in that order.
//!    Answers, such as [`Input::Hashed`] to [`Output::Hash`], may be given at once or much later, in between
//!    polls or after them. Several inputs may also be handled before the first poll: messages for a peer
//!    are gathered until the outputs run out, so a driver that batches sends fewer and larger ones.
//! 3. Arm one timer for [`Torrent::deadline`] and send [`Input::Wake`] when it fires. Nothing breaks if that
//!    is late, or early.
//!
//! # Example
//!
//! Two engines, one that has a file and one that looks for it, on a network that takes no time:
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use metainfo::{InfoBuilder, InfoHash, PieceIndex, Version};
//! use swarm::{Blocks, Config, Input, Output, PeerKey, Source, Time, Torrent};
//! use wire::{Bitfield, PeerId, encode_piece_header};
//!
//! #[derive(Default)]
//! struct Memory(BTreeMap<PieceIndex, Vec<u8>>);
//!
//! impl Blocks for Memory {
//!     fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
//!         let slot = self.0.entry(piece).or_default();
//!         slot.resize(slot.len().max(offset as usize + data.len()), 0);
//!         slot[offset as usize..][..data.len()].copy_from_slice(data);
//!     }
//!     fn discard(&mut self, piece: PieceIndex) {
//!         self.0.remove(&piece);
//!     }
//! }
//!
//! let content = b"Hello, swarm!";
//! let hash = *InfoHash::of(content).as_bytes();
//! let builder = InfoBuilder::single("hello.txt", content.len() as u64).version(Version::One);
//! let (info, _) = builder.finish(&[hash], &[])?;
//! let config = |name| Config::new(PeerId::new([name; 12]));
//! let source = Source::Info(info.clone(), Bitfield::full(1));
//! let mut torrents = [
//!     Torrent::new(Time::ZERO, source, config(1), 1),
//!     Torrent::new(Time::ZERO, Source::Magnet(info.hashes()), config(2), 2),
//! ];
//! let mut memories = [Memory::default(), Memory::default()];
//!
//! let peer = PeerKey::new(0);
//! for (torrent, memory) in torrents.iter_mut().zip(&mut memories) {
//!     torrent.handle(Time::ZERO, Input::Connected { peer }, memory);
//!     torrent.handle(Time::ZERO, Input::Writable { peer, room: 100_000 }, memory);
//! }
//! 'done: loop {
//!     for me in [0, 1] {
//!         torrents[me].handle(Time::ZERO, Input::Wake, &mut memories[me]);
//!         while let Some(output) = torrents[me].poll() {
//!             let mut input = |node: usize, input| torrents[node].handle(Time::ZERO, input, &mut memories[node]);
//!             match output {
//!                 Output::Send { bytes, .. } => input(1 - me, Input::Received { peer, bytes: &bytes }),
//!                 Output::Upload { block, .. } => {
//!                     let bytes = [&encode_piece_header(block)[..], content].concat();
//!                     input(1 - me, Input::Received { peer, bytes: &bytes });
//!                 }
//!                 Output::Hash { piece } => {
//!                     let ok = Some(*InfoHash::of(&memories[me].0[&piece]).as_bytes()) == info.piece_hash(piece);
//!                     torrents[me].handle(Time::ZERO, Input::Hashed { piece, ok }, &mut memories[me]);
//!                 }
//!                 Output::Store { piece } => input(me, Input::Stored { piece }),
//!                 Output::Completed => break 'done,
//!                 Output::Introduce { .. } => unreachable!("nobody knows a third"),
//!                 _ => {}
//!             }
//!         }
//!     }
//! }
//! assert_eq!(memories[1].0[&PieceIndex::new(0)], content);
//! # Ok::<(), metainfo::Error>(())
//! ```
//!
//! # Where things are
//!
//! - `peer` is one connection: its flags, what it has, a pipeline of requests and a queue of uploads, what was traded
//!   with it and what it owes;
//! - `torrent/content` is what there is once the metadata are known: the pieces, each in exactly one state (`STATE.md`
//!   draws them), the availability that orders them, a picker, which chooses blocks, and the hash trees of version 2;
//! - `torrent/asking` says who is asked for blocks at the end of an input, and why: requests are sent because something
//!   arrived, and choking is the only part that lives by a clock of its own;
//! - a [`ChokingPolicy`] chooses whom to serve, and `outlet` has the line of those who wait to be sent something;
//! - `limiter` lets blocks through as fast as the torrent's own limits allow, and asks for turns at those of its
//!   session ([`SessionLimits`]): torrents have nothing in common, so each may live on a thread of its own;
//! - [`extension`] is the door for what peers agree on beyond the core protocol, such as the exchange, by which
//!   neighbours introduce their neighbours to each other.

mod availability;
mod choking;
mod config;
mod deadlines;
mod departures;
mod draw;
pub mod extension;
mod failures;
mod giver;
mod input;
mod introduction;
mod layers;
mod leaves;
mod limiter;
mod outlet;
mod output;
mod peer;
mod peers;
mod picker;
mod pieces;
mod pipeline;
mod rate;
mod reputations;
mod selection;
mod serving;
mod set;
mod snapshot;
mod time;
mod timers;
mod torrent;
mod totals;
mod uploads;
mod visits;
mod web_seed;
mod work;

pub use self::choking::{
    Candidate, Choice, ChokingFactory, ChokingPolicy, Market, Round, Standing, TitForTat,
};
pub use self::config::Config;
pub use self::departures::{DEPARTURE_LIFE, Departure, MAX_DEPARTURES};
pub use self::input::{Blocks, Input, PeerKey, Source, WebSeedEvent, WebSeedKey};
pub use self::introduction::{IntroductionKey, Progress, Step};
pub use self::limiter::{Direction, SessionLimits, TurnRequest};
pub use self::output::{AbortReason, CloseReason, Output};
pub use self::selection::{Priority, Selection};
pub use self::snapshot::{PeerSnapshot, Phase, Snapshot, WebSeedSnapshot};
pub use self::time::Time;
pub use self::torrent::Torrent;
pub use self::visits::Visits;
#[cfg(debug_assertions)]
pub use self::work::entries_walked;

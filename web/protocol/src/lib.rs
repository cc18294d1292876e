//! The messages between the page and the engine worker.
//!
//! The two are separate wasm programs that share no memory. A message is a JavaScript object
//! `{ bytes, parts }`: `bytes` is a postcard-encoded [`Command`] (page to engine) or [`Event`] (engine to
//! page), `parts` are the JavaScript values that cannot be encoded: files, data channels, ports. Which parts
//! a message carries is said beside each variant. [`port`] puts them on the wire and takes them off. Where a
//! browser cannot transfer a data channel, [`relay`] stands in for it. Tabs that do not own the engine reach it by
//! way of [`tabs`].

mod message;
pub mod port;
pub mod relay;
pub mod stream;
pub mod tabs;
pub mod tips;
mod view;

pub use message::{
    Command, Event, Limits, Preferences, RtcCommand, RtcEvent, RtcId, SaveForm, SaveId, Settings, ShareId,
    ShareOptions, SharedFile,
};
pub use wire::TipClaim;

pub use view::{
    DataSource, FileView, Peer, PieceMap, Priority, Problem, State, StorageView, TorrentDetail, TorrentView,
    TrackerState, TrackerView, WebSeedState, WebSeedView,
};

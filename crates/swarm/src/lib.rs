//! The sans-IO piece engine.

mod availability;
mod choker;
mod config;
mod input;
mod metadata;
mod output;
mod peer;
mod picker;
mod pieces;
mod pipeline;
mod rate;
mod snapshot;
mod time;
mod torrent;
mod totals;
mod uploads;

pub use self::config::Config;
pub use self::input::{Blocks, Input, PeerKey, Source};
pub use self::output::{CloseReason, Output};
pub use self::snapshot::{PeerSnapshot, Phase, Snapshot};
pub use self::time::Time;
pub use self::torrent::Torrent;

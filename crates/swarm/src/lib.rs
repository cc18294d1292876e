//! The sans-IO piece engine.

mod config;
mod input;
mod output;
mod snapshot;
mod time;
mod torrent;

pub use self::config::Config;
pub use self::input::{Blocks, Input, PeerKey, Source};
pub use self::output::{CloseReason, Output};
pub use self::snapshot::{PeerSnapshot, Phase, Snapshot};
pub use self::time::Time;
pub use self::torrent::Torrent;

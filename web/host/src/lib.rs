//! What only a window can do for the engine: start it, or find it in another tab, and make its peer connections.
//!
//! [`Host`] is the way to the engine, wherever it is; what is sent to it and heard from it is in [`protocol`]. The page
//! and the embedded player each have one, and draw what it tells.

pub mod browser;
mod config;
mod early;
mod engine;
mod follower;
pub mod gathering;
mod host;
pub mod link;
mod owner;
pub mod player;
mod preferred;
mod purse;
mod relay;
pub mod relayed;
mod rtc;
pub mod stream;
pub mod subtitles;

pub use config::{Config, FirstVisit};
pub use host::{Host, News};
pub use preferred::{RELAY_ONLY, prefers_relays, remember_told, was_told};
pub use purse::PAYMENTS_ON;
pub use stream::Streaming;

//! The messages between the page and the engine worker.
//!
//! The two are separate wasm programs that share no memory. There are three kinds of messages, and who may send which is
//! said by their types:
//!
//! | Kind | To the engine | From the engine |
//! |---|---|---|
//! | what users wish | [`Command`] | [`Event`] |
//! | what the window does for the engine | [`window::ToEngine`] | [`window::FromEngine`] |
//! | what the program of tips may ask | [`tips::TipsCommand`] | by way of the page: [`tips::TipsNews`] |
//!
//! A window wraps the other two into its own, as a [`Request`]; so does a tab that does not own the engine, which can do
//! nothing for it ([`tabs`]). Beside its bytes a message carries the JavaScript values that cannot be encoded: files, data
//! channels, ports. Which of these parts it has is said beside each variant. [`port`] puts messages on the wire with the
//! version of this crate, and takes off those of the same version alone. Where a browser cannot transfer a data channel,
//! [`relay`] stands in for it.

pub mod port;
pub mod purse;
mod reason;
pub mod relay;
mod sponsorship;
pub mod stream;
pub mod tabs;
pub mod tips;
mod user;
mod version;
mod view;
pub mod window;

use serde::{Deserialize, Serialize};

pub use reason::{
    CloseReason, Fatal, NameFault, Refusal, RelayFault, SealFault, StorageFault, TorrentFault, TrackerFault,
    WebSeedFault,
};
pub use sponsorship::{Sponsorship, host};
pub use user::{
    Command, Event, Exposure, Limits, Preferences, SaveForm, SaveId, ShareId, ShareOptions, SharedFile,
};
pub use version::VERSION;
pub use view::{
    DataSource, Departed, FileView, Peer, PieceMap, Priority, Problem, Seal, State, StorageView,
    TorrentDetail, TorrentView, TrackerState, TrackerView, WebSeedState, WebSeedView,
};
pub use wire::TipClaim;

/// What somebody who sits before a tab asks of the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// By way of the page or the player.
    User(Command),
    /// By way of the program of tips.
    Tips(tips::TipsCommand),
    /// By way of the program of payments: postcard bytes of a [`purse::PurseCommand`], which the engine hands on.
    Purse(Vec<u8>),
}

impl From<Command> for Request {
    fn from(command: Command) -> Self {
        Self::User(command)
    }
}

impl From<tips::TipsCommand> for Request {
    fn from(command: tips::TipsCommand) -> Self {
        Self::Tips(command)
    }
}

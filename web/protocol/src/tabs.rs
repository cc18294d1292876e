//! How a tab reaches the engine of another tab.
//!
//! One tab of a browser owns the engine worker, and the peer connections that only a window can make. The others show
//! and control the same session over two `BroadcastChannel`s, which the worker itself listens to:
//!
//! | Channel | Value | From |
//! |---|---|---|
//! | [`COMMANDS`] | ([`PageId`], [`ToEngine`]) | a tab |
//! | [`EVENTS`] | (`Option<`[`PageId`]`>`, [`FromEngine`]); `None` is for every tab | the worker |
//!
//! Both are encoded as [`port`](crate::port) does it. An engine that starts sends [`FromEngine::Ready`] to every tab; a
//! tab that comes, or hears that, sends [`ToEngine::Join`]. To a tab of another version, which it does not understand, the
//! engine says something that is for no tab, so that this one hears a version that is not its own.

use serde::{Deserialize, Serialize};

use crate::{Event, Request};

/// Name of the channel for commands.
pub const COMMANDS: &str = "seedcast-commands";

/// Name of the channel for events.
pub const EVENTS: &str = "seedcast-events";

/// Names one tab, at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PageId(pub u64);

impl PageId {
    /// The tab that owns the engine, which needs no name between the two.
    pub const OWNER: Self = Self(0);
}

/// What a tab tells the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToEngine {
    /// It has come, and knows nothing yet: answered by [`Event::Torrents`].
    Join,
    /// Its user asks for something. Parts: as [`Command`](crate::Command) says.
    Request(Request),
}

/// What the engine tells tabs. It has events to lend, and tabs take them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromEngine<E = Event> {
    /// It has started, and knows of no tab.
    Ready,
    /// Something to show. Parts: as [`Event`] says.
    Event(E),
}

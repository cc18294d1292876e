//! How a tab reaches the engine of another tab.
//!
//! One tab of a browser owns the engine worker, and the peer connections that only a window can make. The others show
//! and control the same session over two `BroadcastChannel`s, which the worker itself listens to:
//!
//! | Channel | Value | From |
//! |---|---|---|
//! | [`COMMANDS`] | ([`PageId`], [`Command`](crate::Command)) | a tab |
//! | [`EVENTS`] | (`Option<`[`PageId`]`>`, [`Event`](crate::Event)); `None` is for every tab | the worker |
//!
//! Both are encoded as [`port`](crate::port) does it. An engine that starts sends [`Event::Ready`](crate::Event::Ready)
//! to every tab; a tab that comes, or hears that, sends [`Command::Join`](crate::Command::Join). What the worker cannot
//! read comes from another build: it answers with something that no tab can read, so that they find out as well.

use serde::{Deserialize, Serialize};

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

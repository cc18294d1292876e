//! Who gets to see the user's address.
//!
//! A peer sees where its connection comes from, and so does every server that is asked for something. Whoever wants to keep
//! their address from strangers has connections go through a relay: both sides see that, and only it sees both.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// What the user wants of one torrent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Connect to peers through relays alone.
    pub relay_only: bool,
    /// Servers that have its files may be asked all the same, which then see the address.
    pub servers: bool,
}

/// By which ways a connection may go: what `iceTransportPolicy` of WebRTC says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// By any.
    #[default]
    All,
    /// Through a relay. Nothing of what goes to the other side names another address.
    Relay,
}

impl Policy {
    /// Each of them.
    pub const EACH: [Self; 2] = [Self::All, Self::Relay];

    pub(crate) const fn of(relay_only: bool) -> Self {
        if relay_only { Self::Relay } else { Self::All }
    }
}

/// Bytes per second that are given through relays unless the user sets another limit, since whoever runs the relay pays for
/// them.
pub const RELAYED_UPLOAD: NonZeroU64 = NonZeroU64::new(256_000).expect("it is not zero");

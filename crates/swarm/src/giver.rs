//! Whoever blocks come from.

use crate::{PeerKey, WebSeedKey};

/// A peer or a web seed, as one that gives blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Giver {
    Peer(PeerKey),
    WebSeed(WebSeedKey),
}

impl Giver {
    /// Which peer it is, if it is one.
    pub(crate) const fn peer(self) -> Option<PeerKey> {
        match self {
            Self::Peer(key) => Some(key),
            Self::WebSeed(_) => None,
        }
    }
}

//! Why connections end.

use std::fmt;
use std::str::FromStr;

/// Why a connection was closed from our side, or never came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The torrent was paused.
    Paused,
    /// The peer wants another torrent.
    WrongInfoHash,
    /// The peer is ourselves.
    SelfConnection,
    /// The same peer is connected already.
    Duplicate,
    /// It did not say who it is in time.
    HandshakeTimeout,
    /// It said nothing for too long.
    Idle,
    /// It promised blocks and sent none for too long.
    RequestTimeout,
    /// It broke the protocol.
    Protocol,
    /// It did what the protocol allows nobody.
    Misbehaved,
    /// Bytes that it sent failed the hash.
    CorruptData,
    /// It sent corrupt data in an earlier connection.
    Banned,
    /// Neither side has anything for the other.
    BothComplete,
    /// There are enough connections.
    TooManyPeers,
    /// This one was of the least use when another came.
    Replaced,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Paused,
        Self::WrongInfoHash,
        Self::SelfConnection,
        Self::Duplicate,
        Self::HandshakeTimeout,
        Self::Idle,
        Self::RequestTimeout,
        Self::Protocol,
        Self::Misbehaved,
        Self::CorruptData,
        Self::Banned,
        Self::BothComplete,
        Self::TooManyPeers,
        Self::Replaced,
    ];

    /// Its name in reports: one word, the same for ever.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::WrongInfoHash => "wrong-info-hash",
            Self::SelfConnection => "self-connection",
            Self::Duplicate => "duplicate",
            Self::HandshakeTimeout => "handshake-timeout",
            Self::Idle => "idle",
            Self::RequestTimeout => "request-timeout",
            Self::Protocol => "protocol",
            Self::Misbehaved => "misbehaved",
            Self::CorruptData => "corrupt-data",
            Self::Banned => "banned",
            Self::BothComplete => "both-complete",
            Self::TooManyPeers => "too-many-peers",
            Self::Replaced => "replaced",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Reason {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|reason| reason.name() == name).ok_or(())
    }
}

//! Why connections end, and why there is no line to a tracker.

use std::fmt;
use std::str::FromStr;

/// An enum whose variants have names in reports: one word each, the same for ever.
macro_rules! named {
    ($(#[$about:meta])* $type:ident { $($(#[$meaning:meta])* $variant:ident $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $type {
            $($(#[$meaning])* $variant,)+
        }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in reports: one word, the same for ever.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = ();

            fn from_str(name: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|reason| reason.name() == name).ok_or(())
            }
        }
    };
}

named! {
    /// Why a connection was closed from our side, or never came about.
    Reason {
        /// The torrent was paused.
        Paused "paused",
        /// The peer wants another torrent.
        WrongInfoHash "wrong-info-hash",
        /// The peer is ourselves.
        SelfConnection "self-connection",
        /// The same peer is connected already.
        Duplicate "duplicate",
        /// It did not say who it is in time.
        HandshakeTimeout "handshake-timeout",
        /// It said nothing for too long.
        Idle "idle",
        /// It promised blocks and sent none for too long.
        RequestTimeout "request-timeout",
        /// It broke the protocol.
        Protocol "protocol",
        /// It did what the protocol allows nobody.
        Misbehaved "misbehaved",
        /// Bytes that it sent failed the hash.
        CorruptData "corrupt-data",
        /// It sent corrupt data in an earlier connection.
        Banned "banned",
        /// Neither side has anything for the other.
        BothComplete "both-complete",
        /// There are enough connections.
        TooManyPeers "too-many-peers",
        /// This one was of the least use when another came.
        Replaced "replaced",
        /// Nobody answered our offer in time.
        NoAnswer "no-answer",
        /// Both sides were told of each other, and no link came about in time.
        NoLink "no-link",
        /// It failed before its link was open.
        Failed "failed",
        /// Too many connections were on their way, and others had a better claim to its place.
        Crowded "crowded",
        /// The one whom the tracker calls so misbehaved before.
        Shunned "shunned",
        /// The torrent has no use for the peer now.
        Unwelcome "unwelcome",
        /// The tracker that would have carried the answer is gone.
        TrackerLost "tracker-lost",
        /// Whoever it was for wants it no more: the torrent, or the neighbour that arranged it.
        Withdrawn "withdrawn",
    }
}

named! {
    /// Why there is no line to a tracker.
    Trouble {
        /// It did not open.
        Unreachable "unreachable",
        /// It neither opened nor failed for too long.
        Silent "silent",
        /// The tracker closed it.
        Closed "closed",
        /// The driver, such as a browser, does not open one there.
        Refused "refused",
    }
}

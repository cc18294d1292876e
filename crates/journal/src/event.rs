//! Entries, and how each is written.

use std::fmt;

use crate::Reason;

/// What happened when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds, from whenever the driver's clock began.
    pub at: u64,
    /// The connection that it is about, by its number, if it is about one.
    pub peer: Option<u32>,
    /// What happened.
    pub event: Event,
}

/// Something that happened in a torrent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The metadata is known: noted first if it was when the journal began.
    Torrent {
        /// Pieces in the torrent.
        pieces: u32,
        /// Bytes in each but the last.
        piece_length: u32,
        /// Pieces that are stored.
        have: u32,
    },
    /// A channel to a peer is open, or was when the journal began.
    Connected,
    /// The peer said who it is, and wants this torrent.
    Greeted,
    /// The peer said which pieces it has at first, or had when the journal began.
    Has {
        /// How many.
        pieces: u32,
    },
    /// The peer has everything, and shows us only some of it (BEP 16).
    SuperSeeds,
    /// The peer serves us no longer.
    Choked,
    /// The peer serves us.
    Unchoked,
    /// We serve the peer.
    Served,
    /// We serve the peer no longer.
    Unserved,
    /// The peer let our requests wait for too long.
    Snubbed,
    /// Requests to the peer are not waited for any more.
    Dropped {
        /// How many.
        requests: u32,
    },
    /// What was exchanged over a connection until now. Noted when it ends, and if it grew in each
    /// round of choking and when the torrent is complete.
    Traded {
        /// Bytes of blocks from the peer.
        down: u64,
        /// Bytes of blocks to it.
        up: u64,
    },
    /// We closed the connection.
    Closed(Reason),
    /// The other side closed the connection, or it broke.
    Left,
    /// The peer, or who has its name, is not let in again.
    Banned,
    /// A piece has the right hash.
    Verified {
        /// Its number.
        piece: u32,
    },
    /// A piece failed its hash.
    Failed {
        /// Its number.
        piece: u32,
    },
    /// A piece is stored.
    Stored {
        /// Its number.
        piece: u32,
    },
    /// A piece could not be stored.
    StoreFailed {
        /// Its number.
        piece: u32,
    },
    /// A stored piece can no longer be read.
    Lost {
        /// Its number.
        piece: u32,
    },
    /// All pieces that are wanted are stored.
    Completed,
    /// The torrent was paused.
    Paused,
    /// The torrent goes on.
    Resumed,
    /// The metadata is of no use.
    Unusable,
}

impl Entry {
    /// The entry that a line stands for, if it stands for one.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let at = number(words.next()?)?;
        let peer = match words.next()? {
            "-" => None,
            peer => Some(number(peer)?),
        };
        let event = Event::parse(words.next()?, &mut words)?;
        words.next().is_none().then_some(Self { at, peer, event })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.peer {
            Some(peer) => write!(f, "{} {peer} {}", self.at, self.event),
            None => write!(f, "{} - {}", self.at, self.event),
        }
    }
}

impl Event {
    fn parse<'a>(name: &str, words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        Some(match name {
            "torrent" => Self::Torrent {
                pieces: number(words.next()?)?,
                piece_length: number(words.next()?)?,
                have: number(words.next()?)?,
            },
            "connected" => Self::Connected,
            "greeted" => Self::Greeted,
            "has" => Self::Has { pieces: number(words.next()?)? },
            "super-seeds" => Self::SuperSeeds,
            "choked" => Self::Choked,
            "unchoked" => Self::Unchoked,
            "served" => Self::Served,
            "unserved" => Self::Unserved,
            "snubbed" => Self::Snubbed,
            "dropped" => Self::Dropped { requests: number(words.next()?)? },
            "traded" => Self::Traded { down: number(words.next()?)?, up: number(words.next()?)? },
            "closed" => Self::Closed(words.next()?.parse().ok()?),
            "left" => Self::Left,
            "banned" => Self::Banned,
            "verified" => Self::Verified { piece: number(words.next()?)? },
            "failed" => Self::Failed { piece: number(words.next()?)? },
            "stored" => Self::Stored { piece: number(words.next()?)? },
            "store-failed" => Self::StoreFailed { piece: number(words.next()?)? },
            "lost" => Self::Lost { piece: number(words.next()?)? },
            "completed" => Self::Completed,
            "paused" => Self::Paused,
            "resumed" => Self::Resumed,
            "unusable" => Self::Unusable,
            _ => return None,
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Torrent { pieces, piece_length, have } => {
                write!(f, "torrent {pieces} {piece_length} {have}")
            }
            Self::Connected => f.write_str("connected"),
            Self::Greeted => f.write_str("greeted"),
            Self::Has { pieces } => write!(f, "has {pieces}"),
            Self::SuperSeeds => f.write_str("super-seeds"),
            Self::Choked => f.write_str("choked"),
            Self::Unchoked => f.write_str("unchoked"),
            Self::Served => f.write_str("served"),
            Self::Unserved => f.write_str("unserved"),
            Self::Snubbed => f.write_str("snubbed"),
            Self::Dropped { requests } => write!(f, "dropped {requests}"),
            Self::Traded { down, up } => write!(f, "traded {down} {up}"),
            Self::Closed(reason) => write!(f, "closed {reason}"),
            Self::Left => f.write_str("left"),
            Self::Banned => f.write_str("banned"),
            Self::Verified { piece } => write!(f, "verified {piece}"),
            Self::Failed { piece } => write!(f, "failed {piece}"),
            Self::Stored { piece } => write!(f, "stored {piece}"),
            Self::StoreFailed { piece } => write!(f, "store-failed {piece}"),
            Self::Lost { piece } => write!(f, "lost {piece}"),
            Self::Completed => f.write_str("completed"),
            Self::Paused => f.write_str("paused"),
            Self::Resumed => f.write_str("resumed"),
            Self::Unusable => f.write_str("unusable"),
        }
    }
}

/// A number as it is written here: digits, and no sign or zero before them.
fn number<N: TryFrom<u64>>(word: &str) -> Option<N> {
    let is_plain = word == "0" || !word.starts_with(['0', '+']);
    let number: u64 = word.parse().ok().filter(|_| is_plain)?;
    N::try_from(number).ok()
}

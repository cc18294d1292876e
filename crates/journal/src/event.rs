//! Entries, and how each is written.

use std::fmt;

use crate::{Reason, Trouble};

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

impl Entry {
    /// The entry that a line stands for, if it stands for one.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (at, peer) = (Term::read(words.next()?)?, Term::read(words.next()?)?);
        let event = Event::parse(words.next()?, &mut words)?;
        words.next().is_none().then_some(Self { at, peer, event })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.write(f)?;
        f.write_str(" ")?;
        self.peer.write(f)?;
        write!(f, " {}", self.event)
    }
}

/// The events, each with its name in reports and the terms that follow it there: the same for ever.
macro_rules! events {
    ($($(#[$about:meta])* $event:ident $(($only:ident: $kind:ty))? $({ $($(#[$meaning:meta])* $term:ident: $type:ty,)+ })? $name:literal,)+) => {
        /// Something that happened in a torrent, or on behalf of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event {
            $($(#[$about])* $event $(($kind))? $({ $($(#[$meaning])* $term: $type,)+ })?,)+
        }

        impl Event {
            /// What events are called in reports.
            pub const NAMES: &[&str] = &[$($name),+];

            fn parse<'a>(name: &str, words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
                Some(match name {
                    $($name => Self::$event $((<$kind>::read(words.next()?)?))? $({ $($term: Term::read(words.next()?)?,)+ })?,)+
                    _ => return None,
                })
            }
        }

        impl fmt::Display for Event {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $(Self::$event $(($only))? $({ $($term),+ })? => {
                        f.write_str($name)?;
                        $(f.write_str(" ")?; $only.write(f)?;)?
                        $($(f.write_str(" ")?; $term.write(f)?;)+)?
                    })+
                }
                Ok(())
            }
        }
    };
}

events! {
    /// The metadata is known: noted first if it was when the journal began.
    Torrent {
        /// Pieces in the torrent.
        pieces: u32,
        /// Bytes in each but the last.
        piece_length: u32,
        /// Pieces that are stored.
        have: u32,
    } "torrent",
    /// A channel to a peer is open, or was when the journal began.
    Connected "connected",
    /// The peer said who it is, and wants this torrent.
    Greeted "greeted",
    /// The peer said which pieces it has at first, or had when the journal began.
    Has {
        /// How many.
        pieces: u32,
    } "has",
    /// The peer has everything, and shows us only some of it (BEP 16).
    SuperSeeds "super-seeds",
    /// The peer serves us no longer.
    Choked "choked",
    /// The peer serves us.
    Unchoked "unchoked",
    /// We serve the peer.
    Served "served",
    /// We serve the peer no longer.
    Unserved "unserved",
    /// The peer let our requests wait for too long.
    Snubbed "snubbed",
    /// Requests to the peer are not waited for any more.
    Dropped {
        /// How many.
        requests: u32,
    } "dropped",
    /// What was exchanged over a connection until now. Noted when it ends, and if it grew in each
    /// round of choking and when the torrent is complete.
    Traded {
        /// Bytes of blocks from the peer.
        down: u64,
        /// Bytes of blocks to it.
        up: u64,
    } "traded",
    /// We closed the connection.
    Closed(reason: Reason) "closed",
    /// The other side closed the connection, or it broke.
    Left "left",
    /// The peer, or who has its name, is not let in again.
    Banned "banned",
    /// A piece has the right hash.
    Verified {
        /// Its number.
        piece: u32,
    } "verified",
    /// A piece failed its hash.
    Failed {
        /// Its number.
        piece: u32,
    } "failed",
    /// A piece is stored.
    Stored {
        /// Its number.
        piece: u32,
    } "stored",
    /// A piece could not be stored.
    StoreFailed {
        /// Its number.
        piece: u32,
    } "store-failed",
    /// A stored piece can no longer be read.
    Lost {
        /// Its number.
        piece: u32,
    } "lost",
    /// All pieces that are wanted are stored.
    Completed "completed",
    /// The torrent was paused.
    Paused "paused",
    /// The torrent goes on.
    Resumed "resumed",
    /// The metadata is of no use.
    Unusable "unusable",
    /// A socket to a tracker is open, or was when the journal began.
    TrackerOpened {
        /// Its number.
        tracker: u32,
    } "tracker-opened",
    /// The torrent was announced at a tracker.
    Announced {
        /// The tracker's number.
        tracker: u32,
        /// How many connections we offered.
        offers: u32,
    } "announced",
    /// A tracker answered with how many peers there are, us included.
    TrackerAnswered {
        /// Its number.
        tracker: u32,
        /// Peers that have everything.
        complete: u32,
        /// The others.
        incomplete: u32,
    } "tracker-answered",
    /// A tracker refuses the torrent.
    TrackerRefused {
        /// Its number.
        tracker: u32,
        /// Seconds until it is asked again.
        retry: u32,
    } "tracker-refused",
    /// There is no line to a tracker.
    TrackerFailed {
        /// Its number.
        tracker: u32,
        /// Why.
        trouble: Trouble,
        /// Seconds until it is tried again.
        retry: u32,
    } "tracker-failed",
    /// The torrent is announced at a tracker no more.
    TrackerLeft {
        /// Its number.
        tracker: u32,
    } "tracker-left",
    /// We offered a connection, to whomever a tracker chooses, or to somebody whom a neighbour knows.
    Offered {
        /// The tracker's number; none of a neighbour.
        tracker: Option<u32>,
    } "offered",
    /// The tracker has nobody to pass the offer on to.
    Returned "returned",
    /// Somebody answered our offer.
    Answered "answered",
    /// Somebody offered a connection, and we are answering.
    Accepting {
        /// The number of the tracker that told us; none if a neighbour did.
        tracker: Option<u32>,
    } "accepting",
    /// Somebody offered a connection, and we did not answer.
    Declined(reason: Reason) "declined",
    /// A connection was given up before it was open.
    GaveUp(reason: Reason) "gave-up",
    /// A web seed was asked for something.
    Fetching {
        /// Its number.
        web_seed: u32,
        /// Bytes.
        bytes: u64,
    } "fetching",
    /// Nothing more is expected of what a web seed was asked for.
    Fetched {
        /// Its number.
        web_seed: u32,
        /// Bytes of blocks that it gave in this visit.
        bytes: u64,
    } "fetched",
    /// A web seed failed.
    WebSeedFailed {
        /// Its number.
        web_seed: u32,
        /// Seconds that it rests; none if it is never asked again.
        rest: Option<u32>,
    } "web-seed-failed",
}

/// What stands between two spaces of a line.
trait Term: Sized {
    fn read(word: &str) -> Option<Self>;

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// As digits, and no sign or zero before them.
impl Term for u64 {
    fn read(word: &str) -> Option<Self> {
        let is_plain = word == "0" || !word.starts_with(['0', '+']);
        word.parse().ok().filter(|_| is_plain)
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self, f)
    }
}

impl Term for u32 {
    fn read(word: &str) -> Option<Self> {
        Self::try_from(u64::read(word)?).ok()
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        u64::from(self).write(f)
    }
}

/// A dash if there is none.
impl Term for Option<u32> {
    fn read(word: &str) -> Option<Self> {
        if word == "-" { Some(None) } else { u32::read(word).map(Some) }
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(number) => number.write(f),
            None => f.write_str("-"),
        }
    }
}

impl Term for Reason {
    fn read(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Term for Trouble {
    fn read(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

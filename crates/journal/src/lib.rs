//! What happened in a torrent, for whoever looks for the cause of a problem.
//!
//! An engine that is told to notes [`Event`]s in a [`Journal`], which keeps the last so many and counts the rest. What is
//! taken out of it is a [`Report`]: lines of text that a page saves, a simulator writes and reads, and people read.
//!
//! A report is made to be handed on. An entry holds numbers and nothing else, so that it cannot hold an address, a
//! description of a connection, a URL, a password, a file's name or an info hash: peers are numbered as their
//! connections are, trackers and web seeds in the order in which they became known.
//!
//! ```
//! use journal::{Event, Journal, Reason, Report};
//!
//! let mut journal = Journal::new(2);
//! journal.note(0, Some(7), Event::Connected);
//! journal.note(30, Some(7), Event::Greeted);
//! journal.note(1_200, Some(7), Event::Closed(Reason::CorruptData));
//!
//! let text = journal.take().to_string();
//! assert_eq!(text, "seedcast-journal 2\ndropped 1\n30 7 greeted\n1200 7 closed corrupt-data\n");
//! assert_eq!(Report::parse(&text)?.entries[0].event, Event::Greeted);
//! # Ok::<(), journal::Error>(())
//! ```

mod error;
mod event;
mod reason;
mod report;
mod ring;

pub use self::error::Error;
pub use self::event::{Entry, Event};
pub use self::reason::{Reason, Trouble};
pub use self::report::{HEADING, MAX_BYTES, Report};
pub use self::ring::Journal;

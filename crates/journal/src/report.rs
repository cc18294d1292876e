//! Journals as text.

use std::fmt;

use crate::{Entry, Error};

/// What a journal held when it was taken. As text it is a heading, a line that says how many entries were dropped, and
/// a line for each entry: milliseconds, the peer's number or `-`, what happened, and its numbers. Whoever only keeps and
/// shows them may have the lines themselves (`Report<String>`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<E = Entry> {
    /// Entries before these that are gone.
    pub dropped: u64,
    /// What happened, in order.
    pub entries: Vec<E>,
}

impl<E> Default for Report<E> {
    fn default() -> Self {
        Self { dropped: 0, entries: Vec::new() }
    }
}

impl Report {
    /// Reads a report. It may come from anybody.
    ///
    /// # Errors
    ///
    /// When it is none of this version or of one before, or longer than [`MAX_BYTES`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::TooLong);
        }
        let mut lines = text.lines();
        if !lines.next().is_some_and(|heading| heading == HEADING || heading == FIRST_HEADING) {
            return Err(Error::Heading);
        }
        let dropped = lines.next().and_then(|line| line.strip_prefix("dropped ")?.parse().ok());
        let dropped = dropped.ok_or(Error::Line(2))?;
        let entry = |(number, line)| Entry::parse(line).ok_or(Error::Line(number));
        let entries = (3..).zip(lines).map(entry).collect::<Result<_, _>>()?;
        Ok(Self { dropped, entries })
    }
}

impl<E> Report<E> {
    /// Adds what was taken out of the same journal later, and keeps the last `most` entries.
    pub fn extend(&mut self, later: Self, most: usize) {
        // What was dropped in between cannot be told from what was before: a report has its gaps at the beginning.
        if later.dropped > 0 {
            self.dropped += self.entries.len() as u64;
            self.entries.clear();
        }
        self.dropped += later.dropped;
        self.entries.extend(later.entries);
        let excess = self.entries.len().saturating_sub(most);
        self.dropped += excess as u64;
        self.entries.drain(..excess);
    }
}

impl<E: fmt::Display> fmt::Display for Report<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADING}\ndropped {}", self.dropped)?;
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

/// The first line of every report that is written: the format and its version. A version adds events to those of the
/// ones before, so that all of them are read.
pub const HEADING: &str = "seedcast-journal 2";
/// The first line of those that tell of pieces and peers alone, and not of how peers were met.
const FIRST_HEADING: &str = "seedcast-journal 1";
/// The longest report that is read, in bytes: some 400,000 entries.
pub const MAX_BYTES: usize = 8 << 20;

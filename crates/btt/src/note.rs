use std::fmt;
use std::str::FromStr;

use metainfo::InfoHash;

use crate::Error;

/// Characters of a note, at most.
pub const MAX_NOTE: usize = 140;

/// What a tipper says to the creator: one line, at most [`MAX_NOTE`] characters, none of them invisible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// Checks a note.
    ///
    /// # Errors
    /// [`Error::NoteTooLong`]; [`Error::NoteInvisible`] if there are control characters, or characters that hide or turn
    /// round others.
    pub fn new(text: &str) -> Result<Self, Error> {
        if text.chars().count() > MAX_NOTE {
            return Err(Error::NoteTooLong);
        }
        if text.chars().any(|c| c.is_control() || metainfo::is_invisible(c)) {
            return Err(Error::NoteInvisible);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Note {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(Note);

/// What the data of a transaction say that is a tip: `btt-tip1`, 20 bytes of info hash, and the note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memo {
    /// The torrent that it is for.
    pub info_hash: InfoHash,
    /// What goes with it.
    pub note: Note,
}

/// What the data of a tip begin with.
const MAGIC: &[u8; 8] = b"btt-tip1";

impl Memo {
    /// The data.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&MAGIC[..], self.info_hash.as_bytes(), self.note.as_str().as_bytes()].concat()
    }

    /// Reads the data of a transaction.
    ///
    /// # Errors
    /// [`Error::Memo`] if they are not those of a tip; the errors of [`Note::new`].
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        let rest = data.strip_prefix(MAGIC).ok_or(Error::Memo)?;
        let (info_hash, note) = rest.split_first_chunk().ok_or(Error::Memo)?;
        let note = str::from_utf8(note).map_err(|_error| Error::Memo)?;
        Ok(Self { info_hash: InfoHash::from_bytes(*info_hash), note: Note::new(note)? })
    }
}

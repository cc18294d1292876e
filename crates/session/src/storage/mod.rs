//! What a torrent asks of storage, and the folder that gives it on any disk.
//!
//! ```text
//! <info hash>/torrent      the .torrent file, written in turns: whatever happens while one is written,
//!             torrent-1    the other is whole; both are empty until a magnet link's metadata is here
//!             data         all files end to end, in torrent order, without padding; grows as pieces are written
//!             have         one bit for each piece in `data`, set right after the piece was written
//!             state-0      the record, written in turns
//!             state-1
//!             opening      a byte for each visit in a row that ended while the folder was being opened
//! ```
//!
//! A record lists the pieces that were in `data` when it was last said to be on the disk. Pieces that only `have` knows
//! are hashed again at the next start, so nothing that was verified is downloaded twice, and nothing is believed that a
//! power failure may have lost.
//!
//! Whatever instant the program dies at, these rules leave a folder that means one thing:
//!
//! 1. Claims come after data, and go before it: `data` is flushed before a record claims more, and a record that
//!    claims less is flushed before anything in `data` is given up.
//! 2. A folder without any record was never finished, so it is deleted, unless pieces are marked in it.
//! 3. Before a folder is deleted, both records say so: whichever files of it are left, it is deleted at the next
//!    start and never takes its torrent for a new one.
//! 4. A torrent file that cannot be read is as good as none: the metadata comes from peers again.
//! 5. A folder at whose opening the last three visits ended is not opened again until the user wishes it. So one torrent
//!    costs three visits, and not every later one; and a program that is closed just then costs nothing.

mod folder;
mod places;
mod slots;
mod turns;

use std::rc::Rc;

use metainfo::{FileSpan, Geometry, Info, Metainfo, PieceIndex};
use swarm::Blocks;
use wire::Bitfield;

pub use self::folder::{FILES, Folder, Found, Suspect};
pub use self::places::Places;
pub use self::slots::Slots;
use crate::{Error, FileStamp, Record};

/// Where the pieces of one torrent gather, and where they and what is remembered of it stay.
pub trait Storage: Blocks {
    /// The metadata is known: makes room for pieces of this size to gather. Before, none can.
    fn shape(&mut self, geometry: &Geometry);

    /// The bytes that gathered for a piece, if any were put.
    fn slot(&self, piece: PieceIndex) -> Option<&[u8]>;

    /// Gives up everything that gathered.
    fn discard_all(&mut self);

    /// Keeps the torrent file.
    ///
    /// # Errors
    /// If storage fails or is full; then the file before stays.
    fn save_torrent(&self, metainfo: &Metainfo) -> Result<(), Error>;

    /// Keeps a record, and `stored` in it, once everything that `stored` claims is safe from a power failure.
    ///
    /// # Errors
    /// If storage fails or is full; then the record before stays.
    fn save(&mut self, record: &mut Record, stored: Option<&Bitfield>) -> Result<(), Error>;

    /// Writes bytes from the torrent's byte `at` on, padding among them. A piece is stored once it is [marked](Self::mark), too.
    ///
    /// # Errors
    /// If storage fails or is full.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Notes that `piece` is, or is no longer, written, as `stored` says.
    ///
    /// # Errors
    /// If storage fails or is full.
    fn mark(&self, stored: &Bitfield, piece: PieceIndex) -> Result<(), Error>;

    /// Notes that all these pieces are written, so that a power failure does not make that forgotten.
    ///
    /// # Errors
    /// If storage fails or is full.
    fn mark_all(&self, pieces: &Bitfield) -> Result<(), Error>;

    /// The pieces of a torrent that are marked and can have been written, trusted or not.
    ///
    /// # Errors
    /// If storage fails.
    fn marked(&self, info: &Info) -> Result<Bitfield, Error>;

    /// Claims room for the torrent's first `length` bytes, of which those not yet written stay undefined.
    ///
    /// # Errors
    /// [`Error::is_full`] if there is not that much; then nothing changes.
    fn reserve(&self, length: u64) -> Result<(), Error>;

    /// Fills `buffer` from the torrent's byte `at` on, with zeros where that is padding.
    ///
    /// # Errors
    /// [`Error::NotFound`] if these bytes were never written or are gone, another if storage fails.
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error>;

    /// Deletes all pieces, which no record may claim any more; what is remembered stays.
    ///
    /// # Errors
    /// If storage fails.
    fn clear(&self) -> Result<(), Error>;

    /// Everything was done that opening the torrent takes.
    fn opened(&mut self);
}

/// The user's own files, read in place as the bytes of a torrent.
pub trait UserFiles {
    /// By what each file is known again, in torrent order.
    fn stamps(&self) -> Vec<FileStamp>;

    /// Fills `buffer` from the torrent's byte `at` on.
    ///
    /// # Errors
    /// [`Error::FileChanged`] if a file is no longer what it was.
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> Result<(), Error>;

    /// That a file which `span` touches can no longer be read as it was.
    fn changed(&self, span: FileSpan) -> Error;
}

/// An open file of a [`Folder`].
pub trait File {
    /// Fills `buffer` from the file's byte `at` on.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the file ends before, another if storage fails.
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error>;

    /// Writes `bytes` from the file's byte `at` on.
    ///
    /// # Errors
    /// If there is no room for all of them ([`Error::is_full`]), or if storage fails otherwise. Some may be written.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Length in bytes.
    ///
    /// # Errors
    /// If storage fails.
    fn length(&self) -> Result<u64, Error>;

    /// Cuts the file to `length` bytes, or claims the room for as many.
    ///
    /// # Errors
    /// If storage fails or is full.
    fn truncate(&self, length: u64) -> Result<(), Error>;

    /// Waits until what was written is safe from a power failure, where anything is.
    ///
    /// # Errors
    /// If storage fails.
    fn flush(&self) -> Result<(), Error>;

    /// Makes the file hold `bytes` and nothing else.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn replace(&self, bytes: &[u8]) -> Result<(), Error> {
        self.write(0, bytes)?;
        self.truncate(bytes.len() as u64)
    }

    /// The whole file; for small ones.
    ///
    /// # Errors
    /// If storage fails.
    fn contents(&self) -> Result<Vec<u8>, Error> {
        let mut contents = vec![0; self.length()? as usize];
        self.read(0, &mut contents)?;
        Ok(contents)
    }
}

impl<F: File> File for Rc<F> {
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        (**self).read(at, buffer)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        (**self).write(at, bytes)
    }

    fn length(&self) -> Result<u64, Error> {
        (**self).length()
    }

    fn truncate(&self, length: u64) -> Result<(), Error> {
        (**self).truncate(length)
    }

    fn flush(&self) -> Result<(), Error> {
        (**self).flush()
    }
}

//! The folder of one torrent.

use std::cell::Cell;
use std::rc::Rc;

use metainfo::{Info, InfoHash, Metainfo, PieceIndex};
use session::turn::{self, Magic};
use session::{Listing, Record};
use wire::Bitfield;

use super::turns::Turns;
use super::{Directory, StoredFile};
use crate::Error;

/// Stands before a torrent file that is written in turns.
const TORRENT: Magic = *b"seedtf01";

/// The open folder of one torrent. While it lives, no other tab can open it.
#[derive(Debug)]
pub struct Folder {
    torrent: Turns,
    data: Rc<StoredFile>,
    have: StoredFile,
    states: Turns,
    opening: Option<Opening>,
    /// Something in `data` may not be safe from a power failure yet.
    unflushed: Cell<bool>,
}

/// What becomes of a folder at whose opening the visits before this one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspect {
    /// It is left alone.
    Leave,
    /// It is opened, as the user wishes.
    Open,
}

/// Visits that must have ended at the opening of a folder, one after the other, for it to be at fault. One or two may
/// have ended just then because the user closed the page or was impatient with it.
const BROKEN_VISITS: u64 = 3;

/// The mark of a folder that is being opened: a byte for each visit in a row that did not survive that, this one
/// included until it has.
#[derive(Debug)]
struct Opening(StoredFile);

impl Drop for Opening {
    fn drop(&mut self) {
        // A mark that stays costs the user a click.
        let _ = self.0.truncate(0);
    }
}

/// What was in a folder when it was opened.
#[derive(Debug, Default)]
pub struct Found {
    /// The torrent, if its metadata was known.
    pub metainfo: Option<Metainfo>,
    /// What was remembered; nothing if the folder is new or its records are torn.
    pub record: Option<Record>,
    /// Something was there that cannot be read any more.
    pub broken: bool,
    /// Pieces are marked as stored, whether or not anything else is known of them.
    pub marked: bool,
    /// Pieces in `data` that can be trusted.
    pub stored: Option<Bitfield>,
    /// The record lists pieces that are not in `data`: somebody else deleted them.
    pub evicted: bool,
}

impl Found {
    /// Whether there is nothing that anyone could miss: the folder was never finished.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.record.is_none() && !self.broken && !self.marked
    }

    /// Whether the torrent is in the list.
    #[must_use]
    pub fn listing(&self) -> Listing {
        self.record.as_ref().map_or_else(Listing::default, |record| record.listing)
    }
}

impl Folder {
    /// Opens the folder of a torrent, made if it is not there. It is marked from before anything in it is read until
    /// it is said to be [`opened`](Self::opened), or closed.
    ///
    /// # Errors
    /// If storage fails, or another tab has the folder open; [`Error::BrokeVisit`] if it is to be left alone;
    /// [`Error::Broken`] if a later release wrote it.
    pub async fn open(
        torrents: &Directory,
        info_hash: InfoHash,
        suspect: Suspect,
    ) -> Result<(Self, Found), Error> {
        let directory = torrents.directory(&info_hash.to_string()).await?;
        let opening = directory.open("opening").await?;
        let broken_visits = opening.len()?;
        if suspect == Suspect::Leave && broken_visits >= BROKEN_VISITS {
            return Err(Error::BrokeVisit);
        }
        let mut folder = Self {
            torrent: Turns::open(&directory, ["torrent", "torrent-1"]).await?,
            data: Rc::new(directory.open("data").await?),
            have: directory.open("have").await?,
            states: Turns::open(&directory, ["state-0", "state-1"]).await?,
            opening: None,
            unflushed: Cell::new(false),
        };
        // Other folders are opened at the same time: what ends the worker while this one is marked is this one. A
        // storage that is full takes no mark, and no torrent is at fault for that.
        let _ = opening.write(broken_visits, b"!");
        folder.opening = Some(Opening(opening));
        let found = folder.look(info_hash)?;
        Ok((folder, found))
    }

    /// Everything was done that opening it takes.
    pub fn opened(&mut self) {
        self.opening = None;
    }

    /// Keeps the torrent file.
    ///
    /// # Errors
    /// If storage fails or is full; then the file before stays.
    pub fn save_torrent(&self, metainfo: &Metainfo) -> Result<(), Error> {
        self.torrent.write(|turn| turn::seal(TORRENT, turn, &metainfo.to_bytes()))
    }

    /// Keeps a record, and `stored` in it, once everything that `stored` claims is safe.
    ///
    /// # Errors
    /// If storage fails or is full; then the record before stays.
    pub fn save(&mut self, record: &mut Record, stored: Option<&Bitfield>) -> Result<(), Error> {
        if self.unflushed.get() {
            self.data.flush()?;
            self.unflushed.set(false);
        }
        record.stored = stored.map_or_else(Vec::new, |stored| stored.as_bytes().to_vec());
        self.states.write(|turn| record.encode(turn))
    }

    /// Writes a piece at byte `at` of the torrent. It is stored once it is [`mark`](Self::mark)ed, too.
    ///
    /// # Errors
    /// If storage fails or is full.
    pub fn write(&self, at: u64, piece: &[u8]) -> Result<(), Error> {
        self.unflushed.set(true);
        self.data.write(at, piece)
    }

    /// Claims room for the torrent's first `length` bytes, of which those not yet written stay undefined.
    ///
    /// # Errors
    /// [`Error::is_full`] if there is not that much; then nothing changes.
    pub fn reserve(&self, length: u64) -> Result<(), Error> {
        if self.data.len()? < length { self.data.truncate(length) } else { Ok(()) }
    }

    /// Fills `buffer` from the torrent's byte `at` on.
    ///
    /// # Errors
    /// If storage fails, or these bytes were never written.
    pub fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.data.read(at, buffer)
    }

    /// Notes that `piece` is, or is no longer, in `data`, as `stored` says.
    ///
    /// # Errors
    /// If storage fails or is full.
    pub fn mark(&self, stored: &Bitfield, piece: PieceIndex) -> Result<(), Error> {
        let at = piece.as_usize() / 8;
        let byte = stored.as_bytes().get(at..=at).unwrap_or_default();
        self.have.write(at as u64, byte)
    }

    /// Deletes all data, which no record may claim any more; what is remembered stays.
    ///
    /// # Errors
    /// If storage fails.
    pub fn clear(&self) -> Result<(), Error> {
        self.have.truncate(0)?;
        self.data.truncate(0)
    }

    /// All files of the torrent, end to end.
    #[must_use]
    pub fn data(&self) -> Rc<StoredFile> {
        Rc::clone(&self.data)
    }

    /// The pieces of a torrent that `have` marks and `data` is long enough for, trusted or not.
    ///
    /// # Errors
    /// If storage fails.
    pub fn marked(&self, info: &Info) -> Result<Bitfield, Error> {
        let geometry = info.geometry();
        let (bits, length) = (self.have.contents()?, self.data.len()?);
        Ok(pieces_within(info, &bits, length, geometry.piece_count()))
    }

    fn look(&self, info_hash: InfoHash) -> Result<Found, Error> {
        let (metainfo, torn_torrent) = self.look_for_torrent(info_hash)?;
        let turns = self.states.contents()?.map(|bytes| Record::decode(&bytes));
        if turns.contains(&Err(session::Error::Record)) {
            // Whatever would be saved here would be less.
            return Err(Error::Broken);
        }
        let torn = turns.iter().any(Result::is_err);
        let newest = turns.into_iter().filter_map(|turn| turn.ok().flatten()).max_by_key(|(turn, _)| *turn);
        let mut found = Found {
            broken: torn_torrent || (newest.is_none() && torn),
            marked: !self.have.is_empty()?,
            ..Found::default()
        };
        if let Some((turn, record)) = newest {
            self.states.go_on_from(turn);
            found.record = Some(record);
        }
        if let Some(metainfo) = &metainfo {
            let count = metainfo.info.geometry().piece_count();
            let claims = found.record.as_ref().map_or(&[][..], |record| &record.stored);
            let trusted = pieces_within(&metainfo.info, claims, self.data.len()?, count);
            let claimed = pieces_within(&metainfo.info, claims, u64::MAX, count);
            found.evicted = trusted.count_ones() < claimed.count_ones();
            found.stored = Some(trusted);
        }
        found.metainfo = metainfo;
        Ok(found)
    }

    /// The newest torrent file that is whole and of this torrent; otherwise, whether there is anything else.
    fn look_for_torrent(&self, info_hash: InfoHash) -> Result<(Option<Metainfo>, bool), Error> {
        let contents = self.torrent.contents()?;
        let mut turns: Vec<(u64, &[u8])> = Vec::new();
        for bytes in &contents {
            match turn::open(TORRENT, bytes) {
                Ok(turn) => turns.extend(turn),
                // Release 0.1.0 had it as it is, in the first file.
                Err(_) => turns.push((0, bytes)),
            }
        }
        turns.sort_unstable_by_key(|(turn, _)| std::cmp::Reverse(*turn));
        self.torrent.go_on_from(turns.first().map_or(0, |(turn, _)| *turn));
        let is_it = |found: &Metainfo| found.info.hashes().swarms().any(|swarm| swarm == info_hash);
        let metainfo = turns.iter().find_map(|(_, bytes)| Metainfo::parse(bytes).ok().filter(is_it));
        let torn = metainfo.is_none() && contents.iter().any(|bytes| !bytes.is_empty());
        Ok((metainfo, torn))
    }
}

/// The pieces that `bits` lists and whose bytes lie within the first `length`: a list of another length, or
/// of more than there is, comes from a write that was torn.
fn pieces_within(info: &Info, bits: &[u8], length: u64, count: u32) -> Bitfield {
    let geometry = info.geometry();
    let mut pieces = Bitfield::new(count);
    for piece in geometry.pieces() {
        let bit = bits.get(piece.as_usize() / 8).is_some_and(|byte| byte & (0x80 >> (piece.get() % 8)) != 0);
        if bit && geometry.offset_of(piece) + u64::from(geometry.length_of(piece)) <= length {
            pieces.set(piece);
        }
    }
    pieces
}

//! The folder of one torrent.

use std::cell::Cell;

use metainfo::{FileSpan, Geometry, Info, InfoHash, Metainfo, PieceIndex};
use swarm::Blocks;
use wire::Bitfield;

use super::turns::Turns;
use super::{File, Places, Slots, Storage};
use crate::turn::{self, Magic};
use crate::{Error, Listing, Record};

/// Stands before a torrent file that is written in turns.
const TORRENT: Magic = *b"seedtf01";

/// The files of a torrent's folder, in the order in which they are opened.
pub const FILES: [&str; 7] = ["opening", "torrent", "torrent-1", "data", "have", "state-0", "state-1"];

/// The open folder of one torrent.
#[derive(Debug)]
pub struct Folder<F: File> {
    torrent: Turns<F>,
    data: F,
    have: F,
    states: Turns<F>,
    opening: Option<Opening<F>>,
    /// Something in `data` may not be safe from a power failure yet.
    unflushed: Cell<bool>,
    slots: Slots,
    /// Padding is left out of `data`. Earlier releases stored it.
    packed: bool,
    places: Places,
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
/// have ended just then because the user closed the program or was impatient with it.
const BROKEN_VISITS: u64 = 3;

/// The mark of a folder that is being opened: a byte for each visit in a row that did not survive that, this one
/// included until it has.
#[derive(Debug)]
struct Opening<F: File>(F);

impl<F: File> Drop for Opening<F> {
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

impl<F: File> Folder<F> {
    /// The folder of a torrent that has these [`FILES`], each made if it was not there, and what is in it. It is marked from before anything in it is read until it is said to be
    /// [`opened`](Storage::opened), or closed.
    ///
    /// # Errors
    /// If storage fails; [`Error::BrokeVisit`] if the folder is to be left alone; [`Error::Broken`] if a later release
    /// wrote it.
    pub fn open(
        files: [F; FILES.len()],
        info_hash: InfoHash,
        suspect: Suspect,
    ) -> Result<(Self, Found), Error> {
        let [opening, torrent, torrent_1, data, have, state_0, state_1] = files;
        let broken_visits = opening.length()?;
        if suspect == Suspect::Leave && broken_visits >= BROKEN_VISITS {
            return Err(Error::BrokeVisit);
        }
        // Other folders are opened at the same time: what ends the program while this one is marked is this one. A
        // storage that is full takes no mark, and no torrent is at fault for that.
        let _ = opening.write(broken_visits, b"!");
        let mut folder = Self {
            torrent: Turns::new([torrent, torrent_1]),
            data,
            have,
            states: Turns::new([state_0, state_1]),
            opening: Some(Opening(opening)),
            unflushed: Cell::new(false),
            slots: Slots::default(),
            packed: true,
            places: Places::default(),
        };
        let found = folder.look(info_hash)?;
        Ok((folder, found))
    }

    /// All files of the torrent, end to end: [`places`](Self::places) tells where in it each is.
    #[must_use]
    pub const fn data(&self) -> &F {
        &self.data
    }

    /// Where the torrent's bytes lie in [`data`](Self::data).
    #[must_use]
    pub const fn places(&self) -> &Places {
        &self.places
    }

    fn look(&mut self, info_hash: InfoHash) -> Result<Found, Error> {
        let (metainfo, torn_torrent) = self.look_for_torrent(info_hash)?;
        let turns = self.states.contents()?.map(|bytes| Record::decode(&bytes));
        if turns.contains(&Err(Error::Record)) {
            // Whatever would be saved here would be less.
            return Err(Error::Broken);
        }
        let torn = turns.iter().any(Result::is_err);
        let newest = turns.into_iter().filter_map(|turn| turn.ok().flatten()).max_by_key(|(turn, _)| *turn);
        let mut found = Found {
            broken: torn_torrent || (newest.is_none() && torn),
            marked: self.have.length()? > 0,
            ..Found::default()
        };
        if let Some((turn, record)) = newest {
            self.states.go_on_from(turn);
            self.packed = record.packed || self.data.length()? == 0;
            found.record = Some(record);
        }
        if let Some(metainfo) = &metainfo {
            self.shape(metainfo.info.geometry());
            let claims = found.record.as_ref().map_or(&[][..], |record| &record.stored);
            let trusted = self.pieces_within(metainfo.info.geometry(), claims, self.data.length()?);
            let claimed = self.pieces_within(metainfo.info.geometry(), claims, u64::MAX);
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
        sort::by_key(&mut turns, |(turn, _)| std::cmp::Reverse(*turn));
        self.torrent.go_on_from(turns.first().map_or(0, |(turn, _)| *turn));
        let is_it = |found: &Metainfo| found.info.hashes().swarms().any(|swarm| swarm == info_hash);
        let metainfo = turns.iter().find_map(|(_, bytes)| Metainfo::parse(bytes).ok().filter(is_it));
        let torn = metainfo.is_none() && contents.iter().any(|bytes| !bytes.is_empty());
        Ok((metainfo, torn))
    }

    /// The pieces that `bits` lists and whose bytes lie within the first `length` of `data`: a list of another length,
    /// or of more than there is, comes from a write that was torn.
    fn pieces_within(&self, geometry: &Geometry, bits: &[u8], length: u64) -> Bitfield {
        let mut pieces = Bitfield::new(geometry.piece_count());
        for piece in geometry.pieces() {
            let bit =
                bits.get(piece.as_usize() / 8).is_some_and(|byte| byte & (0x80 >> (piece.get() % 8)) != 0);
            let end = geometry.offset_of(piece) + u64::from(geometry.length_of(piece));
            if bit && self.places.of(end) <= length {
                pieces.set(piece);
            }
        }
        pieces
    }
}

impl<F: File> Storage for Folder<F> {
    fn shape(&mut self, geometry: &Geometry) {
        self.slots.shape(geometry.clone());
        self.places = Places::packed(self.packed.then_some(geometry));
    }

    fn slot(&self, piece: PieceIndex) -> Option<&[u8]> {
        self.slots.get(piece)
    }

    fn discard_all(&mut self) {
        self.slots = Slots::default();
    }

    fn save_torrent(&self, metainfo: &Metainfo) -> Result<(), Error> {
        self.torrent.write(|turn| turn::seal(TORRENT, turn, &metainfo.to_bytes()))
    }

    fn save(&mut self, record: &mut Record, stored: Option<&Bitfield>) -> Result<(), Error> {
        if self.unflushed.get() {
            self.data.flush()?;
            self.unflushed.set(false);
        }
        record.stored = stored.map_or_else(Vec::new, |stored| stored.as_bytes().to_vec());
        record.packed = self.places.are_packed();
        self.states.write(|turn| record.encode(turn))
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        self.unflushed.set(true);
        let span = FileSpan { offset: at, length: bytes.len() as u64 };
        self.places.stored(span).try_for_each(|run| {
            let start = (run.offset - at) as usize;
            self.data.write(self.places.of(run.offset), &bytes[start..start + run.length as usize])
        })
    }

    fn mark(&self, stored: &Bitfield, piece: PieceIndex) -> Result<(), Error> {
        let at = piece.as_usize() / 8;
        let byte = stored.as_bytes().get(at..=at).unwrap_or_default();
        self.have.write(at as u64, byte)
    }

    fn mark_all(&self, pieces: &Bitfield) -> Result<(), Error> {
        self.have.write(0, pieces.as_bytes())?;
        self.have.flush()
    }

    fn marked(&self, info: &Info) -> Result<Bitfield, Error> {
        Ok(self.pieces_within(info.geometry(), &self.have.contents()?, self.data.length()?))
    }

    fn reserve(&self, length: u64) -> Result<(), Error> {
        let length = self.places.of(length);
        if self.data.length()? < length { self.data.truncate(length) } else { Ok(()) }
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let span = FileSpan { offset: at, length: buffer.len() as u64 };
        let mut end = 0;
        for run in self.places.stored(span) {
            let start = (run.offset - at) as usize;
            buffer[end..start].fill(0);
            end = start + run.length as usize;
            self.data.read(self.places.of(run.offset), &mut buffer[start..end])?;
        }
        buffer[end..].fill(0);
        Ok(())
    }

    fn clear(&self) -> Result<(), Error> {
        self.have.truncate(0)?;
        self.data.truncate(0)
    }

    fn opened(&mut self) {
        self.opening = None;
    }
}

impl<F: File> Blocks for Folder<F> {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        self.slots.put(piece, offset, data);
    }

    fn discard(&mut self, piece: PieceIndex) {
        self.slots.discard(piece);
    }
}

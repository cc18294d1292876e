//! What a peer stores, and its memory for pieces on their way there. The content is not there: of each block it is known how
//! much has arrived and whether that is corrupt.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use metainfo::merkle::Hash;
use metainfo::{BLOCK_LENGTH, Check, Geometry, Info, Metainfo, PieceIndex};
use session::{Error, Found, Record, Storage};
use swarm::Blocks;
use wire::Bitfield;

/// The storage of a peer, which outlives its program.
///
/// It holds engine and session to the contract of [`Blocks`]: what they do that the contract does not allow is a fault.
#[derive(Debug)]
pub(crate) struct Slots {
    geometry: Geometry,
    slots: BTreeMap<PieceIndex, Slot>,
    held: u64,
    max_held: u64,
    /// Pieces that are written and marked.
    pub(crate) stored: Bitfield,
    metainfo: Option<Metainfo>,
    record: Option<Record>,
    /// What should not have been done.
    pub(crate) faults: Vec<&'static str>,
}

/// The same, as a session has it.
#[derive(Debug)]
pub(crate) struct Shelf(Rc<RefCell<Slots>>);

#[derive(Debug)]
struct Slot {
    blocks: Vec<Content>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default)]
struct Content {
    bytes: u32,
    corrupt: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Filling,
    Hashing,
    Hashed,
    Storing,
}

impl Slots {
    /// Nothing stored yet, and room for at most `max_held` bytes of pieces on their way.
    pub(crate) fn new(geometry: Geometry, max_held: u64) -> Self {
        let max_held = max_held.max(geometry.piece_length().into());
        let stored = Bitfield::new(geometry.piece_count());
        Self {
            geometry,
            slots: BTreeMap::new(),
            held: 0,
            max_held,
            stored,
            metainfo: None,
            record: None,
            faults: Vec::new(),
        }
    }

    /// An earlier visit stored everything.
    pub(crate) fn fill(&mut self, metainfo: Metainfo) {
        self.metainfo = Some(metainfo);
        self.stored = Bitfield::full(self.stored.len());
        self.record = Some(Record { stored: self.stored.as_bytes().to_vec(), ..Record::default() });
    }

    /// Opens the storage, in which a program that came to its end left pieces on their way, and tells what is in it.
    pub(crate) fn open(slots: &Rc<RefCell<Self>>) -> (Shelf, Found) {
        let mut opened = slots.borrow_mut();
        opened.discard_all();
        let record = opened.record.clone();
        let listed = |record: &Record| Bitfield::from_bytes(&record.stored, opened.stored.len()).ok();
        let found = Found {
            metainfo: opened.metainfo.clone(),
            stored: opened.metainfo.as_ref().and(record.as_ref()).and_then(listed),
            record,
            marked: !opened.stored.is_empty(),
            ..Found::default()
        };
        (Shelf(Rc::clone(slots)), found)
    }

    pub(crate) const fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// The torrent's files and pieces, once known.
    pub(crate) fn info(&self) -> Option<&Info> {
        self.metainfo.as_ref().map(|metainfo| &metainfo.info)
    }

    /// The piece is to be hashed.
    pub(crate) fn hash(&mut self, piece: PieceIndex) {
        let lengths = self.geometry.blocks(piece).map(|block| block.length);
        match self.slots.get_mut(&piece) {
            Some(slot) if slot.stage == Stage::Filling => {
                slot.stage = Stage::Hashing;
                if !slot.blocks.iter().map(|block| block.bytes).eq(lengths) {
                    self.faults.push("asks for the hash of a piece that is not whole");
                }
            }
            Some(_) => self.faults.push("asks for the hash of a piece twice"),
            None => self.faults.push("asks for the hash of a piece that is not here"),
        }
    }

    /// Whether the piece is what it should be; `None` if it was dropped meanwhile.
    pub(crate) fn hashed(&mut self, piece: PieceIndex) -> Option<Check> {
        let slot = self.slots.get_mut(&piece).filter(|slot| slot.stage == Stage::Hashing)?;
        let ok = slot.blocks.iter().all(|block| !block.corrupt);
        // Bad blocks may come again.
        slot.stage = if ok { Stage::Hashed } else { Stage::Filling };
        Some(if ok { Check::Right } else { Check::Wrong })
    }

    /// The leaves of a piece's blocks.
    pub(crate) fn leaves(&mut self, piece: PieceIndex) -> Vec<Hash> {
        let slot = self.slots.get(&piece);
        if slot.is_none() && !self.stored.get(piece) {
            self.faults.push("asks for the leaves of a piece that is not here");
        }
        let first = self.geometry.offset_of(piece) / u64::from(BLOCK_LENGTH);
        let is_corrupt =
            |n| slot.and_then(|slot| slot.blocks.get(n as usize)).is_some_and(|block| block.corrupt);
        let count = u64::from(self.geometry.block_count(piece));
        (0..count).map(|n| if is_corrupt(n) { Hash::ZERO } else { leaf(first + n) }).collect()
    }

    /// The piece is to be written.
    pub(crate) fn store(&mut self, piece: PieceIndex) {
        match self.slots.get_mut(&piece) {
            Some(slot) if slot.stage == Stage::Hashed => slot.stage = Stage::Storing,
            _ => self.faults.push("stores a piece that was not hashed"),
        }
    }

    /// Whether the piece is still to be written.
    pub(crate) fn stores(&self, piece: PieceIndex) -> bool {
        self.slots.get(&piece).is_some_and(|slot| slot.stage == Stage::Storing)
    }

    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        if self.stored.get(piece) {
            self.faults.push("downloads a piece that is stored");
        }
        let geometry = &self.geometry;
        let slot = self.slots.entry(piece).or_insert_with(|| {
            self.held += u64::from(geometry.length_of(piece));
            let blocks = vec![Content::default(); geometry.block_count(piece) as usize];
            Slot { blocks, stage: Stage::Filling }
        });
        if self.held > self.max_held {
            self.faults.push("holds more bytes of pieces than allowed");
        }
        if slot.stage != Stage::Filling {
            self.faults.push("puts bytes into a piece that is being hashed");
        }
        let (n, begin) = ((offset / BLOCK_LENGTH) as usize, offset % BLOCK_LENGTH);
        let content = &mut slot.blocks[n];
        if begin == 0 {
            *content = Content { bytes: 0, corrupt: data.first().is_some_and(|byte| *byte != 0) };
        }
        if content.bytes != begin {
            self.faults.push("leaves a gap in a block");
        }
        content.bytes = begin + data.len() as u32;
    }

    fn mark(&mut self, piece: PieceIndex, is_stored: bool) {
        if is_stored {
            if !self.stores(piece) {
                self.faults.push("claims a piece that was not written");
            }
            self.stored.set(piece);
        } else {
            self.stored.unset(piece);
        }
    }

    fn save(&mut self, record: &Record) {
        let claims = Bitfield::from_bytes(&record.stored, self.stored.len()).ok();
        if claims.is_some_and(|claims| claims.iter_ones().any(|piece| !self.stored.get(piece))) {
            self.faults.push("records a piece that is not stored");
        }
        self.record = Some(record.clone());
    }

    fn discard(&mut self, piece: PieceIndex) {
        if self.slots.remove(&piece).is_some() {
            self.held -= u64::from(self.geometry.length_of(piece));
        }
    }

    fn discard_all(&mut self) {
        self.slots.clear();
        self.held = 0;
    }
}

/// The leaf of the `n`th block of a torrent whose content is not there.
pub(crate) fn leaf(n: u64) -> Hash {
    Hash::of_block(&n.to_be_bytes())
}

impl Blocks for Shelf {
    fn put(&mut self, piece: PieceIndex, offset: u32, data: &[u8]) {
        self.0.borrow_mut().put(piece, offset, data);
    }

    fn discard(&mut self, piece: PieceIndex) {
        self.0.borrow_mut().discard(piece);
    }
}

/// Bytes are not there to be read, and nobody asks for them: whoever has a piece hashed, written or sent hears from
/// [`Slots`] what came of it.
impl Storage for Shelf {
    fn shape(&mut self, geometry: &Geometry) {
        let mut slots = self.0.borrow_mut();
        if slots.geometry != *geometry {
            slots.faults.push("takes the torrent for another");
        }
    }

    fn slot(&self, _piece: PieceIndex) -> Option<&[u8]> {
        None
    }

    fn discard_all(&mut self) {
        self.0.borrow_mut().discard_all();
    }

    fn save_torrent(&self, metainfo: &Metainfo) -> Result<(), Error> {
        self.0.borrow_mut().metainfo = Some(metainfo.clone());
        Ok(())
    }

    fn save(&mut self, record: &mut Record, stored: Option<&Bitfield>) -> Result<(), Error> {
        record.stored = stored.map_or_else(Vec::new, |stored| stored.as_bytes().to_vec());
        self.0.borrow_mut().save(record);
        Ok(())
    }

    fn write(&self, _at: u64, _bytes: &[u8]) -> Result<(), Error> {
        Ok(())
    }

    fn mark(&self, stored: &Bitfield, piece: PieceIndex) -> Result<(), Error> {
        self.0.borrow_mut().mark(piece, stored.get(piece));
        Ok(())
    }

    fn mark_all(&self, pieces: &Bitfield) -> Result<(), Error> {
        pieces.iter_ones().try_for_each(|piece| self.mark(pieces, piece))
    }

    fn marked(&self, _info: &Info) -> Result<Bitfield, Error> {
        Ok(self.0.borrow().stored.clone())
    }

    fn reserve(&self, _length: u64) -> Result<(), Error> {
        Ok(())
    }

    fn read(&self, _at: u64, _buffer: &mut [u8]) -> Result<(), Error> {
        Err(Error::NotFound)
    }

    fn clear(&self) -> Result<(), Error> {
        let mut slots = self.0.borrow_mut();
        slots.stored = Bitfield::new(slots.stored.len());
        Ok(())
    }

    fn opened(&mut self) {}
}

//! Where every piece and every block stands. `STATE.md` draws the transitions.

mod active;

use metainfo::{BLOCK_LENGTH, Block, FileSpan, Geometry, PieceIndex};
use wire::{Bitfield, PeerId};

pub(crate) use self::active::{Active, Origin, Pending, Verdict};
use crate::availability::Availability;
use crate::deadlines::Deadlines;
use crate::giver::Giver;
use crate::{Selection, Time, WebSeedKey};

/// The pieces of a torrent, each in exactly one state.
///
/// Every change goes through one of the methods, which are named after the transitions. One that does
/// not fit the piece's state changes nothing and says so, because inputs may come late.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    geometry: Geometry,
    states: Vec<State>,
    have: Bitfield,
    selection: Selection,
    /// Bytes of the selected pieces that are not stored, padding left out.
    left: u64,
    /// Pieces in [`State::Active`], oldest first.
    active: Vec<PieceIndex>,
    /// How many pieces are in [`State::Reserved`].
    reserved: u32,
    /// Those of the active pieces that have a block that is neither requested nor received.
    vacant: Vec<PieceIndex>,
    /// Requests for blocks that somebody else was asked for as well.
    doubled: u32,
    /// Bytes of blocks that came although they were here, or were coming from another peer.
    doubled_bytes: u64,
    /// Bytes of the pieces that the driver keeps slots for.
    held: u64,
    availability: Availability,
    deadlines: Deadlines,
}

/// What is happening to a piece.
#[derive(Clone, Debug)]
enum State {
    /// Not stored, not selected.
    Missing,
    /// Not stored, selected, nothing requested.
    Wanted,
    /// Not stored, selected, and to come in a run that this web seed sends.
    Reserved(WebSeedKey),
    /// Some of its blocks are requested or received.
    Active(Box<Active>),
    /// All of its blocks are received, and the driver was asked for its hash.
    Hashing(Box<Origin>),
    /// The hash was wrong, and it is not known yet which blocks are.
    Disputed(Box<Origin>),
    /// The hash was right, and the driver was asked to store it.
    Storing,
    /// Stored.
    Have,
}

/// What the last bytes of a block made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finished {
    /// Nothing: they were not needed.
    Dropped,
    /// It is received. `others` may still be asked for it.
    Block { others: bool },
    /// It is received, and so is the whole piece.
    Piece { others: bool },
}

impl Pieces {
    /// A torrent of which `have` is stored and everything is selected.
    pub(crate) fn new(geometry: &Geometry, have: Bitfield, seed: u64) -> Self {
        let count = geometry.piece_count();
        let mut pieces = Self {
            geometry: geometry.clone(),
            states: vec![State::Have; count as usize],
            left: 0,
            have,
            selection: Selection::all(count),
            active: Vec::new(),
            reserved: 0,
            vacant: Vec::new(),
            doubled: 0,
            doubled_bytes: 0,
            held: 0,
            availability: Availability::new(count, seed),
            deadlines: Deadlines::default(),
        };
        for piece in geometry.pieces() {
            if !pieces.have.get(piece) {
                pieces.move_to(piece, State::Wanted);
            }
        }
        pieces.left = pieces.sum_left();
        pieces
    }

    pub(crate) const fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    pub(crate) const fn availability(&self) -> &Availability {
        &self.availability
    }

    pub(crate) const fn availability_mut(&mut self) -> &mut Availability {
        &mut self.availability
    }

    /// Whether somebody waits for a piece that is to come.
    pub(crate) fn is_awaited(&self) -> bool {
        self.deadlines.iter().any(|(_, piece)| self.lacks(piece))
    }

    pub(crate) const fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// The pieces that have a byte of `span` are all due at this time, or, without one, are not any more.
    pub(crate) fn set_deadline(&mut self, span: FileSpan, due: Option<Time>) {
        let mut pieces = self.geometry.pieces_of(span);
        let (Some(first), last) = (pieces.next(), pieces.next_back()) else { return };
        self.deadlines.set(first.get()..last.unwrap_or(first).get() + 1, due);
        self.deadlines.retain(|piece| !self.have.get(piece));
    }

    /// The pieces that are stored.
    pub(crate) const fn have(&self) -> &Bitfield {
        &self.have
    }

    /// Whether the piece is selected and not stored.
    pub(crate) fn lacks(&self, piece: PieceIndex) -> bool {
        self.selection.contains(piece) && !self.have.get(piece)
    }

    /// The pieces that are selected and not stored.
    pub(crate) fn lacking(&self) -> impl Iterator<Item = PieceIndex> + '_ {
        self.selection.iter().filter(|piece| !self.have.get(*piece))
    }

    /// Whether every selected piece is stored.
    pub(crate) const fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// Bytes of the pieces that are selected and not stored, padding left out.
    pub(crate) const fn left(&self) -> u64 {
        self.left
    }

    /// Whole copies among us and our peers, and the share of pieces that exist once more.
    pub(crate) fn distributed_copies(&self) -> f32 {
        let all = || self.geometry.pieces().zip(self.availability.copies());
        let copies = || all().map(|(piece, copies)| *copies + u16::from(self.have.get(piece)));
        let least = copies().min().unwrap_or(0);
        let more = copies().filter(|copies| *copies > least).count();
        f32::from(least) + more as f32 / self.states.len() as f32
    }

    /// Bytes of the pieces that the driver keeps slots for.
    pub(crate) const fn held(&self) -> u64 {
        self.held
    }

    /// The pieces in download, oldest first.
    pub(crate) fn active(&self) -> impl DoubleEndedIterator<Item = (PieceIndex, &Active)> {
        self.active.iter().filter_map(|piece| Some((*piece, self.download(*piece)?)))
    }

    /// A piece, if it is in download.
    pub(crate) fn download(&self, piece: PieceIndex) -> Option<&Active> {
        match self.states.get(piece.as_usize())? {
            State::Active(active) => Some(active),
            _ => None,
        }
    }

    /// The pieces in download of which a block is neither requested nor received.
    pub(crate) fn vacant(&self) -> impl Iterator<Item = (PieceIndex, &Active)> {
        self.vacant.iter().filter_map(|piece| Some((*piece, self.download(*piece)?)))
    }

    /// A block that somebody was asked for, if it is not received.
    pub(crate) fn pending(&self, block: Block) -> Option<Pending> {
        self.download(block.piece)?.pending(block.begin / BLOCK_LENGTH)
    }

    /// Bytes that asking more than one peer for a block has cost so far, and may cost yet.
    pub(crate) const fn doubled_bytes(&self) -> u64 {
        self.doubled_bytes + self.doubled as u64 * BLOCK_LENGTH as u64
    }

    /// Whether this peer may be asked for the piece: it is wanted, or in download and not another's to prove
    /// itself with.
    pub(crate) fn is_open_to(&self, piece: PieceIndex, peer: Giver) -> bool {
        match self.states.get(piece.as_usize()) {
            Some(State::Wanted) => true,
            Some(State::Active(active)) => active.admits(peer),
            _ => false,
        }
    }

    /// Whether the piece is in [`State::Wanted`].
    pub(crate) fn is_wanted(&self, piece: PieceIndex) -> bool {
        matches!(self.states.get(piece.as_usize()), Some(State::Wanted))
    }

    /// Whether the piece is to come in a run of this web seed.
    pub(crate) fn is_reserved_for(&self, piece: PieceIndex, web_seed: WebSeedKey) -> bool {
        matches!(self.states.get(piece.as_usize()), Some(State::Reserved(key)) if *key == web_seed)
    }

    /// Wanted to Reserved. Whether it was so.
    pub(crate) fn reserve(&mut self, piece: PieceIndex, web_seed: WebSeedKey) -> bool {
        let wanted = self.is_wanted(piece);
        if wanted {
            self.move_to(piece, State::Reserved(web_seed));
        }
        wanted
    }

    /// Reserved to Wanted, or to Missing if it is not selected.
    pub(crate) fn unreserve(&mut self, piece: PieceIndex) {
        if let Some(State::Reserved(_)) = self.states.get(piece.as_usize()) {
            self.release(piece);
        }
    }

    /// Wanted to Active: `lead` is about to be asked for blocks of it. Whether it was wanted.
    pub(crate) fn open(&mut self, piece: PieceIndex, lead: Giver, exclusive: bool) -> bool {
        let wanted = self.is_wanted(piece);
        if wanted {
            let active = Active::new(self.geometry.block_count(piece), lead, exclusive);
            self.move_to(piece, State::Active(Box::new(active)));
        }
        wanted
    }

    /// `peer` was asked for the block of an Active piece.
    pub(crate) fn request(&mut self, block: Block, peer: Giver) {
        self.change(block, |active, n| active.request(n, peer));
    }

    /// A peer that was asked for the block is not waited for any more.
    pub(crate) fn withdraw(&mut self, block: Block) {
        self.change(block, Active::withdraw);
    }

    /// `length` bytes of the block arrived from `peer`, which had sent `offset` before and was asked for it.
    ///
    /// The first to send the start of a block owns it, until its bytes end or it `gives_way` when another
    /// one starts.
    pub(crate) fn receive(
        &mut self,
        block: Block,
        offset: u32,
        length: u32,
        peer: Giver,
        gives_way: impl FnOnce(Giver) -> bool,
    ) -> Verdict {
        let received = self.change(block, |active, n| active.receive(n, offset, length, peer, gives_way));
        let verdict = received.unwrap_or(Verdict::Drop);
        self.doubled_bytes += u64::from(match verdict {
            Verdict::Keep { replaced } => replaced,
            Verdict::Drop => length,
        });
        verdict
    }

    /// The last byte of the block arrived from `peer`: Active to Hashing if it was the last block.
    pub(crate) fn finish(&mut self, block: Block, peer: Giver, id: Option<PeerId>) -> Finished {
        let finished = self.change(block, |active, n| {
            active.finish(n, block.length, peer, id).map(|others| (others, active.whole()))
        });
        match finished.flatten() {
            None => Finished::Dropped,
            Some((others, None)) => Finished::Block { others },
            Some((others, Some(origin))) => {
                self.move_to(block.piece, State::Hashing(Box::new(origin)));
                Finished::Piece { others }
            }
        }
    }

    /// `peer` will not send the rest of the block. How many bytes of it are lost.
    pub(crate) fn disown(&mut self, block: Block, peer: Giver) -> u32 {
        self.change(block, |active, n| active.disown(n, peer)).unwrap_or(0)
    }

    /// Active to Wanted, or to Missing if it is not selected. How many bytes of it are lost.
    pub(crate) fn abandon(&mut self, piece: PieceIndex) -> Option<u32> {
        let bytes = self.download(piece)?.bytes();
        self.release(piece);
        Some(bytes)
    }

    /// Hashing to Storing if the hash was right, else to Wanted or Missing. Who it came from.
    pub(crate) fn hashed(&mut self, piece: PieceIndex, ok: bool) -> Option<Box<Origin>> {
        let State::Hashing(origin) = self.states.get_mut(piece.as_usize())? else { return None };
        let origin = std::mem::take(origin);
        if ok {
            self.move_to(piece, State::Storing);
        } else {
            self.release(piece);
        }
        Some(origin)
    }

    /// Whose bytes a piece is made of that is Hashing or Disputed.
    pub(crate) fn origin(&self, piece: PieceIndex) -> Option<&Origin> {
        match self.states.get(piece.as_usize())? {
            State::Hashing(origin) | State::Disputed(origin) => Some(origin),
            _ => None,
        }
    }

    /// Hashing to Disputed: its hash was wrong, and its bytes are kept.
    pub(crate) fn dispute(&mut self, piece: PieceIndex) {
        if let Some(State::Hashing(origin)) = self.states.get_mut(piece.as_usize()) {
            let origin = std::mem::take(origin);
            self.move_to(piece, State::Disputed(origin));
        }
    }

    /// Disputed to Active: the blocks at the positions in `wrong`, and only they, have to come again. How many bytes
    /// of it are lost.
    pub(crate) fn mend(&mut self, piece: PieceIndex, wrong: &[u32]) -> u32 {
        let Some(State::Disputed(origin)) = self.states.get_mut(piece.as_usize()) else { return 0 };
        let origin = std::mem::take(origin);
        let lengths = self.geometry.blocks(piece).map(|block| block.length);
        let active = Active::mended(*origin, lengths, wrong);
        let lost = self.geometry.content_of(piece) - active.bytes();
        self.move_to(piece, State::Active(Box::new(active)));
        lost
    }

    /// Whether the hash was right and the piece is on its way to storage.
    pub(crate) fn is_storing(&self, piece: PieceIndex) -> bool {
        matches!(self.states.get(piece.as_usize()), Some(State::Storing))
    }

    /// Disputed to Wanted or Missing: all of it has to come again. Who it came from.
    pub(crate) fn condemn(&mut self, piece: PieceIndex) -> Option<Box<Origin>> {
        let State::Disputed(origin) = self.states.get_mut(piece.as_usize())? else { return None };
        let origin = std::mem::take(origin);
        self.release(piece);
        Some(origin)
    }

    /// Storing to Have. Whether it was so.
    pub(crate) fn stored(&mut self, piece: PieceIndex) -> bool {
        let stored = self.is_storing(piece);
        if stored {
            self.move_to(piece, State::Have);
            self.have.set(piece);
            self.deadlines.retain(|other| other != piece);
            if self.selection.contains(piece) {
                self.left -= u64::from(self.geometry.content_of(piece));
            }
        }
        stored
    }

    /// Storing to Wanted or Missing. Whether it was so.
    pub(crate) fn store_failed(&mut self, piece: PieceIndex) -> bool {
        let failed = self.is_storing(piece);
        if failed {
            self.release(piece);
        }
        failed
    }

    /// Have to Missing; the piece leaves the selection. Whether it was so.
    pub(crate) fn lose(&mut self, piece: PieceIndex) -> bool {
        let lost = self.have.unset(piece);
        if lost {
            self.selection.skip(piece);
            self.move_to(piece, State::Missing);
        }
        lost
    }

    /// Wanted to Missing and back, as `selection` says. Active pieces that it leaves out are for the caller
    /// to [`abandon`](Self::abandon); fuller ones are stored all the same.
    pub(crate) fn select(&mut self, selection: Selection) {
        self.selection = selection;
        self.left = self.sum_left();
        for piece in self.geometry.pieces() {
            if let State::Missing | State::Wanted = self.states[piece.as_usize()] {
                self.release(piece);
            }
        }
    }

    /// Whether the piece is selected, stored or not.
    pub(crate) fn is_selected(&self, piece: PieceIndex) -> bool {
        self.selection.contains(piece)
    }

    /// Whether every block that is still missing is requested.
    pub(crate) fn is_endgame(&self) -> bool {
        self.availability.is_empty() && self.reserved == 0 && self.vacant.is_empty()
    }

    /// The one place where blocks change, so that what is derived from them follows. `None` if the block's
    /// piece is not Active.
    fn change<R>(&mut self, block: Block, change: impl FnOnce(&mut Active, usize) -> R) -> Option<R> {
        let n = block.begin / BLOCK_LENGTH;
        if self.geometry.block(block.piece, n) != Some(block) {
            return None;
        }
        let State::Active(active) = self.states.get_mut(block.piece.as_usize())? else { return None };
        let (had_free, doubled) = (active.has_free(), active.doubled());
        let result = change(active, n as usize);
        self.doubled = self.doubled - doubled + active.doubled();
        match (had_free, active.has_free()) {
            (true, false) => self.vacant.retain(|vacant| *vacant != block.piece),
            (false, true) => self.vacant.push(block.piece),
            _ => {}
        }
        Some(result)
    }

    fn sum_left(&self) -> u64 {
        self.lacking().map(|piece| u64::from(self.geometry.content_of(piece))).sum()
    }

    fn release(&mut self, piece: PieceIndex) {
        let state = if self.selection.contains(piece) { State::Wanted } else { State::Missing };
        self.move_to(piece, state);
    }

    /// The one place where a state changes, so that what is derived from states follows them.
    fn move_to(&mut self, piece: PieceIndex, state: State) {
        let length = u64::from(self.geometry.length_of(piece));
        let old = std::mem::replace(&mut self.states[piece.as_usize()], state);
        let new = &self.states[piece.as_usize()];
        if let State::Wanted = old {
            self.availability.unwant(piece);
        }
        if let State::Wanted = new {
            self.availability.want(piece, self.selection.priority(piece));
        }
        self.reserved -= u32::from(matches!(old, State::Reserved(_)));
        self.reserved += u32::from(matches!(new, State::Reserved(_)));
        if let State::Active(active) = &old {
            self.active.retain(|active| *active != piece);
            self.vacant.retain(|vacant| *vacant != piece);
            self.doubled -= active.doubled();
        }
        if let State::Active(_) = new {
            self.active.push(piece);
            self.vacant.push(piece);
        }
        match (old.is_held(), new.is_held()) {
            (true, false) => self.held -= length,
            (false, true) => self.held += length,
            _ => {}
        }
    }
}

impl State {
    const fn is_held(&self) -> bool {
        matches!(self, Self::Active(_) | Self::Hashing(_) | Self::Disputed(_) | Self::Storing)
    }
}

#[cfg(test)]
mod tests;

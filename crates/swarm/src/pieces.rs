//! Where every piece and every block stands. `STATE.md` draws the transitions.

use litemap::LiteMap;
use metainfo::{BLOCK_LENGTH, Block, Geometry, PieceIndex};
use wire::{Bitfield, PeerId};

use crate::PeerKey;
use crate::availability::Availability;

/// The pieces of a torrent, each in exactly one state.
///
/// Every change goes through one of the methods, which are named after the transitions. One that does
/// not fit the piece's state changes nothing and says so, because inputs may come late.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    geometry: Geometry,
    states: Vec<State>,
    have: Bitfield,
    selected: Bitfield,
    /// Selected pieces that are not stored.
    missing: u32,
    /// Pieces in [`State::Active`], oldest first.
    active: Vec<PieceIndex>,
    /// Bytes of the pieces that the driver keeps slots for.
    held: u64,
    availability: Availability,
}

/// What is happening to a piece.
#[derive(Clone, Debug)]
enum State {
    /// Not stored, not selected.
    Missing,
    /// Not stored, selected, nothing requested.
    Wanted,
    /// Some of its blocks are requested or received.
    Active(Box<Active>),
    /// All of its blocks are received; the driver does not know yet.
    Full(Origin),
    /// The driver was asked for its hash.
    Hashing(Origin),
    /// The hash was right, and the driver was asked to store it.
    Storing,
    /// Stored.
    Have,
}

/// A piece that is being downloaded.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    slots: Vec<Slot>,
    free: u32,
    received: u32,
    /// Bytes in the driver's slot, those of unfinished blocks included.
    bytes: u32,
    lead: PeerKey,
    origin: Origin,
}

/// Whose bytes a piece is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// Everyone who gave a block of it.
    pub(crate) contributors: LiteMap<PeerKey, PeerId>,
    /// Nobody but the peer that opened it may contribute.
    pub(crate) exclusive: bool,
}

/// A block of a piece that is being downloaded.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Peers that are waited for.
    requests: u16,
    /// Whoever was asked last.
    asked: PeerKey,
    progress: Progress,
}

/// What has come of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Empty,
    /// The owner sent this many bytes of it. Nobody else's bytes are taken meanwhile.
    Receiving {
        owner: PeerKey,
        bytes: u32,
    },
    Received,
}

/// A block that somebody is expected to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// Its place in the piece.
    pub(crate) position: u32,
    /// Peers that are waited for.
    pub(crate) requests: u16,
    /// Who sends it, or was asked last.
    pub(crate) holder: PeerKey,
    /// Whether its first bytes are here.
    pub(crate) started: bool,
}

/// What to do with bytes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Put them into the slot. `replaced` bytes that another peer sent of this block are now worthless.
    Keep { replaced: u32 },
    /// Nobody needs them.
    Drop,
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
    pub(crate) fn new(geometry: Geometry, have: Bitfield, seed: u64) -> Self {
        let count = geometry.piece_count();
        let mut pieces = Self {
            geometry,
            states: vec![State::Have; count as usize],
            missing: count - have.count_ones(),
            have,
            selected: Bitfield::full(count),
            active: Vec::new(),
            held: 0,
            availability: Availability::new(count, seed),
        };
        for piece in geometry.pieces() {
            if !pieces.have.get(piece) {
                pieces.move_to(piece, State::Wanted);
            }
        }
        pieces
    }

    pub(crate) const fn geometry(&self) -> Geometry {
        self.geometry
    }

    pub(crate) const fn availability(&self) -> &Availability {
        &self.availability
    }

    pub(crate) const fn availability_mut(&mut self) -> &mut Availability {
        &mut self.availability
    }

    /// The pieces that are stored.
    pub(crate) const fn have(&self) -> &Bitfield {
        &self.have
    }

    /// Whether the piece is selected and not stored.
    pub(crate) fn lacks(&self, piece: PieceIndex) -> bool {
        self.selected.get(piece) && !self.have.get(piece)
    }

    /// The pieces that are selected and not stored.
    pub(crate) fn lacking(&self) -> impl Iterator<Item = PieceIndex> + '_ {
        self.selected.iter_ones().filter(|piece| !self.have.get(*piece))
    }

    /// Whether every selected piece is stored.
    pub(crate) const fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Bytes of the pieces that are selected and not stored.
    pub(crate) fn left(&self) -> u64 {
        self.lacking().map(|piece| u64::from(self.geometry.length_of(piece))).sum()
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

    fn slot(&mut self, block: Block) -> Option<(&mut Active, usize)> {
        if self.geometry.block(block.piece, block.begin / BLOCK_LENGTH) != Some(block) {
            return None;
        }
        match self.states.get_mut(block.piece.as_usize())? {
            State::Active(active) => Some((active, (block.begin / BLOCK_LENGTH) as usize)),
            _ => None,
        }
    }

    /// Wanted to Active: `lead` is about to be asked for blocks of it.
    pub(crate) fn open(&mut self, piece: PieceIndex, lead: PeerKey, exclusive: bool) {
        debug_assert!(matches!(self.states[piece.as_usize()], State::Wanted));
        let slots =
            vec![Slot { requests: 0, asked: lead, progress: Progress::Empty }; self.block_count(piece)];
        let origin = Origin { contributors: LiteMap::new(), exclusive };
        let free = slots.len() as u32;
        self.move_to(
            piece,
            State::Active(Box::new(Active { slots, free, received: 0, bytes: 0, lead, origin })),
        );
    }

    /// `peer` was asked for the block of an Active piece.
    pub(crate) fn request(&mut self, block: Block, peer: PeerKey) {
        let Some((active, n)) = self.slot(block) else { return };
        let was_free = active.slots[n].is_free();
        active.slots[n].requests += 1;
        active.slots[n].asked = peer;
        active.free -= u32::from(was_free);
    }

    /// A peer that was asked for the block is not waited for any more.
    pub(crate) fn withdraw(&mut self, block: Block) {
        let Some((active, n)) = self.slot(block) else { return };
        let Some(requests) = active.slots[n].requests.checked_sub(1) else { return };
        active.slots[n].requests = requests;
        active.free += u32::from(active.slots[n].is_free());
    }

    /// `length` bytes of the block arrived from `peer`, which had sent `offset` before.
    ///
    /// The first to send the start of a block owns it, until its bytes end or it `is_stalled` when another
    /// one starts.
    pub(crate) fn receive(
        &mut self,
        block: Block,
        offset: u32,
        length: u32,
        peer: PeerKey,
        is_stalled: impl FnOnce(PeerKey) -> bool,
    ) -> Verdict {
        let Some((active, n)) = self.slot(block) else { return Verdict::Drop };
        if !active.admits(peer) {
            return Verdict::Drop;
        }
        let was_free = active.slots[n].is_free();
        let replaced = match active.slots[n].progress {
            Progress::Received => return Verdict::Drop,
            Progress::Receiving { owner, bytes } if owner == peer && bytes == offset => 0,
            Progress::Receiving { owner, bytes } if offset == 0 && (owner == peer || is_stalled(owner)) => {
                bytes
            }
            Progress::Empty if offset == 0 => 0,
            Progress::Empty | Progress::Receiving { .. } => return Verdict::Drop,
        };
        active.slots[n].progress = Progress::Receiving { owner: peer, bytes: offset + length };
        active.free -= u32::from(was_free);
        active.bytes = active.bytes + length - replaced;
        Verdict::Keep { replaced }
    }

    /// The last byte of the block arrived from `peer`: Active to Full if it was the last block.
    pub(crate) fn finish(&mut self, block: Block, peer: PeerKey, id: PeerId) -> Finished {
        let Some((active, n)) = self.slot(block) else { return Finished::Dropped };
        if active.slots[n].progress != (Progress::Receiving { owner: peer, bytes: block.length }) {
            return Finished::Dropped;
        }
        active.slots[n].progress = Progress::Received;
        active.received += 1;
        active.origin.contributors.insert(peer, id);
        let others = active.slots[n].requests > 0;
        if (active.received as usize) < active.slots.len() {
            return Finished::Block { others };
        }
        let origin = std::mem::take(&mut active.origin);
        self.move_to(block.piece, State::Full(origin));
        Finished::Piece { others }
    }

    /// `peer` will not send the rest of the block. How many bytes of it are lost.
    pub(crate) fn disown(&mut self, block: Block, peer: PeerKey) -> u32 {
        let Some((active, n)) = self.slot(block) else { return 0 };
        match active.slots[n].progress {
            Progress::Receiving { owner, bytes } if owner == peer => {
                active.slots[n].progress = Progress::Empty;
                active.bytes -= bytes;
                active.free += u32::from(active.slots[n].is_free());
                bytes
            }
            _ => 0,
        }
    }

    /// Active to Wanted, or to Missing if it is not selected. How many bytes of it are lost.
    pub(crate) fn abandon(&mut self, piece: PieceIndex) -> Option<u32> {
        let bytes = self.download(piece)?.bytes;
        self.release(piece);
        Some(bytes)
    }

    /// Full to Hashing.
    pub(crate) fn hash(&mut self, piece: PieceIndex) {
        if let Some(State::Full(origin)) = self.states.get_mut(piece.as_usize()) {
            let origin = std::mem::take(origin);
            self.move_to(piece, State::Hashing(origin));
        }
    }

    /// Hashing to Storing if the hash was right, else to Wanted or Missing. Who it came from.
    pub(crate) fn hashed(&mut self, piece: PieceIndex, ok: bool) -> Option<Origin> {
        let State::Hashing(origin) = self.states.get_mut(piece.as_usize())? else { return None };
        let origin = std::mem::take(origin);
        if ok {
            self.move_to(piece, State::Storing);
        } else {
            self.release(piece);
        }
        Some(origin)
    }

    /// Storing to Have. Whether it was so.
    pub(crate) fn stored(&mut self, piece: PieceIndex) -> bool {
        let stored = matches!(self.states.get(piece.as_usize()), Some(State::Storing));
        if stored {
            self.move_to(piece, State::Have);
            self.have.set(piece);
            self.missing -= u32::from(self.selected.get(piece));
        }
        stored
    }

    /// Storing to Wanted or Missing. Whether it was so.
    pub(crate) fn store_failed(&mut self, piece: PieceIndex) -> bool {
        let failed = matches!(self.states.get(piece.as_usize()), Some(State::Storing));
        if failed {
            self.release(piece);
        }
        failed
    }

    /// Have to Missing; the piece leaves the selection. Whether it was so.
    pub(crate) fn lose(&mut self, piece: PieceIndex) -> bool {
        let lost = self.have.unset(piece);
        if lost {
            self.selected.unset(piece);
            self.move_to(piece, State::Missing);
        }
        lost
    }

    /// Wanted to Missing and back, as `selected` says. Active pieces that it leaves out are for the caller
    /// to [`abandon`](Self::abandon); fuller ones are stored all the same.
    pub(crate) fn select(&mut self, selected: Bitfield) {
        self.selected = selected;
        self.missing = self.lacking().count() as u32;
        for piece in self.geometry.pieces() {
            match (&self.states[piece.as_usize()], self.selected.get(piece)) {
                (State::Missing, true) => self.move_to(piece, State::Wanted),
                (State::Wanted, false) => self.move_to(piece, State::Missing),
                _ => {}
            }
        }
    }

    /// Whether the piece is selected, stored or not.
    pub(crate) fn is_selected(&self, piece: PieceIndex) -> bool {
        self.selected.get(piece)
    }

    /// Whether every block that some peer could give is requested.
    pub(crate) fn is_endgame(&self) -> bool {
        self.availability.obtainable() == 0 && self.active().all(|(_, active)| !active.has_free())
    }

    fn block_count(&self, piece: PieceIndex) -> usize {
        self.geometry.block_count(piece) as usize
    }

    fn release(&mut self, piece: PieceIndex) {
        let state = if self.selected.get(piece) { State::Wanted } else { State::Missing };
        self.move_to(piece, state);
    }

    /// The one place where a state changes, so that what is derived from states follows them.
    fn move_to(&mut self, piece: PieceIndex, state: State) {
        let length = u64::from(self.geometry.length_of(piece));
        let old = std::mem::replace(&mut self.states[piece.as_usize()], state);
        let new = &self.states[piece.as_usize()];
        match (matches!(old, State::Wanted), matches!(new, State::Wanted)) {
            (true, false) => self.availability.unwant(piece),
            (false, true) => self.availability.want(piece),
            _ => {}
        }
        match (matches!(old, State::Active(_)), matches!(new, State::Active(_))) {
            (true, false) => self.active.retain(|active| *active != piece),
            (false, true) => self.active.push(piece),
            _ => {}
        }
        match (old.is_held(), new.is_held()) {
            (true, false) => self.held -= length,
            (false, true) => self.held += length,
            _ => {}
        }
    }
}

impl Active {
    /// Blocks received, and blocks in all, of the piece that this is.
    pub(crate) const fn progress(&self, piece: PieceIndex) -> (PieceIndex, u32, u32) {
        (piece, self.received, self.slots.len() as u32)
    }

    /// Bytes in the driver's slot.
    pub(crate) const fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Whether some block is neither requested nor received.
    pub(crate) const fn has_free(&self) -> bool {
        self.free > 0
    }

    /// Whether `peer` may contribute.
    pub(crate) fn admits(&self, peer: PeerKey) -> bool {
        !self.origin.exclusive || self.lead == peer
    }

    /// Whether only its lead may contribute.
    pub(crate) const fn is_exclusive(&self) -> bool {
        self.origin.exclusive
    }

    /// The peer that it was opened for.
    pub(crate) const fn lead(&self) -> PeerKey {
        self.lead
    }

    /// The positions of blocks that are neither requested nor received.
    pub(crate) fn free(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().enumerate().filter(|(_, slot)| slot.is_free()).map(|(n, _)| n as u32)
    }

    /// The blocks that are requested and not received, last first.
    pub(crate) fn pending(&self) -> impl Iterator<Item = Pending> + '_ {
        let slots = self.slots.iter().enumerate().rev();
        slots.filter(|(_, slot)| !slot.is_free()).filter_map(|(n, slot)| {
            let (holder, started) = match slot.progress {
                Progress::Empty => (slot.asked, false),
                Progress::Receiving { owner, .. } => (owner, true),
                Progress::Received => return None,
            };
            Some(Pending { position: n as u32, requests: slot.requests, holder, started })
        })
    }

    /// Whether nobody is asked for anything of it, nor sending any.
    pub(crate) fn is_idle(&self) -> bool {
        self.slots.iter().all(|slot| slot.is_free() || slot.progress == Progress::Received)
    }
}

impl Slot {
    fn is_free(&self) -> bool {
        self.requests == 0 && self.progress == Progress::Empty
    }
}

impl State {
    const fn is_held(&self) -> bool {
        matches!(self, Self::Active(_) | Self::Full(_) | Self::Hashing(_) | Self::Storing)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Open { exclusive: bool },
        Request,
        Withdraw,
        Receive { offset: u32, length: u32, stalled: bool },
        Finish,
        Disown,
        Abandon,
        Hash,
        Hashed { ok: bool },
        Stored,
        StoreFailed,
        Lose,
        Select(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => any::<bool>().prop_map(|exclusive| Step::Open { exclusive }),
            3 => Just(Step::Request),
            2 => Just(Step::Withdraw),
            8 => (prop_oneof![Just(0), Just(HALF)], Just(HALF), any::<bool>())
                .prop_map(|(offset, length, stalled)| Step::Receive { offset, length, stalled }),
            6 => Just(Step::Finish),
            1 => Just(Step::Disown),
            1 => Just(Step::Abandon),
            4 => Just(Step::Hash),
            4 => any::<bool>().prop_map(|ok| Step::Hashed { ok }),
            3 => Just(Step::Stored),
            1 => Just(Step::StoreFailed),
            1 => Just(Step::Lose),
            1 => any::<u8>().prop_map(Step::Select),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
        #[test]
        fn what_is_derived_from_the_states_follows_them(
            steps in prop::collection::vec((step(), 0..PIECES, 0..2_u32, 1..4_u32), 0..200),
        ) {
            let geometry = Geometry::new(u64::from(PIECES * 2 * BLOCK_LENGTH), 2 * BLOCK_LENGTH).unwrap();
            let mut pieces = Pieces::new(geometry, Bitfield::new(PIECES), 1);
            let mut kept = 0;
            let mut lost = 0;
            let mut requests = Vec::new();
            for (step, piece, n, key) in steps {
                let (piece, peer) = (PieceIndex::new(piece), PeerKey::new(key));
                let block = geometry.block(piece, n).unwrap();
                match step {
                    Step::Open { exclusive } => {
                        if matches!(pieces.states[piece.as_usize()], State::Wanted) {
                            pieces.open(piece, peer, exclusive);
                        }
                    }
                    Step::Request => {
                        if pieces.download(piece).is_some() {
                            pieces.request(block, peer);
                            requests.push(block);
                        }
                    }
                    Step::Withdraw => {
                        if let Some(at) = requests.iter().position(|other| *other == block) {
                            requests.swap_remove(at);
                            pieces.withdraw(block);
                        }
                    }
                    Step::Receive { offset, length, stalled } => {
                        if let Verdict::Keep { replaced } =
                            pieces.receive(block, offset, length, peer, |_| stalled)
                        {
                            kept += length;
                            lost += replaced;
                        }
                    }
                    Step::Finish => {
                        pieces.finish(block, peer, PeerId::from_bytes([key as u8; 20]));
                    }
                    Step::Disown => lost += pieces.disown(block, peer),
                    Step::Abandon => lost += pieces.abandon(piece).unwrap_or(0),
                    Step::Hash => pieces.hash(piece),
                    Step::Hashed { ok } => {
                        if let Some(origin) = pieces.hashed(piece, ok) {
                            prop_assert!(!origin.contributors.is_empty());
                            lost += if ok { 0 } else { 2 * BLOCK_LENGTH };
                        }
                    }
                    Step::Stored => {
                        pieces.stored(piece);
                    }
                    Step::StoreFailed => {
                        lost += if pieces.store_failed(piece) { 2 * BLOCK_LENGTH } else { 0 };
                    }
                    Step::Lose => {
                        lost += if pieces.lose(piece) { 2 * BLOCK_LENGTH } else { 0 };
                    }
                    Step::Select(bits) => pieces.select(Bitfield::from_bytes(&[bits], PIECES).unwrap()),
                }
                requests.retain(|block| pieces.download(block.piece).is_some());
                check(&pieces, kept - lost);
            }
        }
    }

    /// Counts everything again. The slots and the storage hold `bytes` bytes.
    fn check(pieces: &Pieces, bytes: u32) {
        let mut held = 0;
        let mut present = 0;
        for (piece, state) in pieces.geometry.pieces().zip(&pieces.states) {
            let length = pieces.geometry.length_of(piece);
            assert_eq!(matches!(state, State::Have), pieces.have.get(piece));
            assert!(!matches!(state, State::Missing) || !pieces.selected.get(piece));
            assert!(!matches!(state, State::Wanted) || pieces.selected.get(piece));
            assert_eq!(matches!(state, State::Active(_)), pieces.active.contains(&piece));
            held += if state.is_held() { u64::from(length) } else { 0 };
            present += match state {
                State::Missing | State::Wanted => 0,
                State::Active(active) => {
                    assert_eq!(active.free as usize, active.free().count());
                    assert!((active.received as usize) < active.slots.len());
                    active.bytes
                }
                State::Full(_) | State::Hashing(_) | State::Storing | State::Have => length,
            };
        }
        assert_eq!((held, present), (pieces.held, bytes));
        assert_eq!(pieces.missing as usize, pieces.lacking().count());
    }

    const PIECES: u32 = 8;
    const HALF: u32 = BLOCK_LENGTH / 2;
}

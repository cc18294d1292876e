//! Which blocks to ask a peer for.

mod asker;
mod spare;
mod urgent;

use std::ops::Range;

use metainfo::{Block, Geometry, PieceIndex};

pub(crate) use self::asker::Asker;
use crate::PeerKey;
use crate::giver::Giver;
use crate::peers::Peers;
use crate::pieces::Pieces;

/// Chooses blocks, in this order: those of pieces with a deadline; the rest of the piece that the peer works on
/// already, and of any other piece in download, so that few are open; a new piece, the rarest that the peer has; the
/// rest of pieces of peers that are kept apart, and of any others if the peer is kept apart itself; what far slower
/// peers were asked for and have not begun to send; and when nothing is left, what stalled peers or, in the endgame, any
/// peers were asked for, as well.
#[derive(Clone, Debug)]
pub(crate) struct Picker {
    /// Bytes of pieces to have in download at most.
    max_active: u64,
    /// Pieces to pick at random before the rarest.
    random_first: u32,
}

/// A block to ask the peer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) block: Block,
    /// The peer that need not send it any more.
    pub(crate) instead_of: Option<PeerKey>,
}

impl Picker {
    pub(crate) const fn new(max_active: u64, random_first: u32) -> Self {
        Self { max_active, random_first }
    }

    /// Picks up to `count` blocks for `asker` and notes them as requested. The request to the peer that each is
    /// picked [`instead_of`](Pick::instead_of) is for the caller to withdraw.
    pub(crate) fn pick(
        &self,
        pieces: &mut Pieces,
        peers: &Peers,
        asker: &Asker<'_>,
        count: usize,
    ) -> Vec<Pick> {
        let mut picks = Picks { picks: Vec::new(), count, asker: asker.giver() };
        self.urgent(pieces, peers, asker, &mut picks);
        let own = |lead: Giver| lead == asker.giver();
        let apart = |lead: Giver| {
            let lead = lead.peer().and_then(|lead| peers.get(&lead));
            asker.is_apart() || lead.is_some_and(|lead| lead.is_apart)
        };
        continued(pieces, asker, &mut picks, &own);
        continued(pieces, asker, &mut picks, &|lead| !own(lead) && !apart(lead));
        while !picks.is_full()
            && let Some(piece) = self.opened(pieces, asker)
        {
            picks.take_free(pieces, asker, piece, usize::MAX);
        }
        continued(pieces, asker, &mut picks, &|lead| !own(lead) && apart(lead));
        if !picks.is_full() && !asker.on_parole {
            spare::steal(pieces, peers, asker, &mut picks);
        }
        if picks.picks.is_empty() && !asker.on_parole {
            spare::double(pieces, peers, asker, &mut picks);
        }
        picks.picks
    }

    /// A piece in download that nobody works on, if it keeps `asker` from opening another.
    pub(crate) fn evictable(&self, pieces: &mut Pieces, asker: &Asker<'_>) -> Option<PieceIndex> {
        if self.has_room(pieces) || rarest(pieces, asker).is_none() {
            return None;
        }
        let idle = pieces.active().filter(|(_, active)| active.is_idle());
        idle.min_by_key(|(piece, active)| (pieces.deadlines().contains(*piece), active.bytes()))
            .map(|(piece, _)| piece)
    }

    /// A wanted piece, made active.
    fn opened(&self, pieces: &mut Pieces, asker: &Asker<'_>) -> Option<PieceIndex> {
        if !self.has_room(pieces) {
            return None;
        }
        let piece = if pieces.have().count_ones() < self.random_first && asker.only().is_none() {
            let geometry = pieces.geometry().clone();
            pieces.availability_mut().any(asker.has(), |piece| asker.can_begin(&geometry, piece))
        } else {
            let rarest = rarest(pieces, asker)?;
            let geometry = pieces.geometry();
            let suits = |piece| asker.can_begin(geometry, piece);
            Some(pieces.availability().first_in(extent(geometry, rarest), rarest, suits))
        }?;
        pieces.open(piece, asker.giver(), asker.on_parole).then_some(piece)
    }

    /// Whether another piece may be opened without exceeding the memory that all may take.
    pub(crate) fn has_room(&self, pieces: &Pieces) -> bool {
        let length = u64::from(pieces.geometry().piece_length());
        pieces.held() == 0 || pieces.held() + length <= self.max_active
    }
}

/// The blocks picked so far.
struct Picks {
    picks: Vec<Pick>,
    count: usize,
    asker: Giver,
}

impl Picks {
    fn is_full(&self) -> bool {
        self.picks.len() >= self.count
    }

    /// Whether the block is picked already: several peers may have been asked for it.
    fn contains(&self, block: Block) -> bool {
        self.picks.iter().any(|pick| pick.block == block)
    }

    fn add(&mut self, pieces: &mut Pieces, block: Block, instead_of: Option<PeerKey>) {
        pieces.request(block, self.asker);
        self.picks.push(Pick { block, instead_of });
    }

    /// Free blocks of a piece in download, as many as are still to be picked.
    fn take_free(&mut self, pieces: &mut Pieces, asker: &Asker<'_>, piece: PieceIndex, most: usize) {
        let geometry = pieces.geometry().clone();
        let Some(active) = pieces.download(piece) else { return };
        let free = active.free().filter_map(|n| geometry.block(piece, n));
        let blocks: Vec<Block> = free
            .filter(|block| asker.may_ask(*block))
            .take(most.min(self.count - self.picks.len()))
            .collect();
        for block in blocks {
            self.add(pieces, block, None);
        }
    }
}

/// Free blocks of those pieces in download that were opened for such a peer.
fn continued(pieces: &mut Pieces, asker: &Asker<'_>, picks: &mut Picks, lead: &dyn Fn(Giver) -> bool) {
    let vacant = pieces
        .vacant()
        .filter(|(piece, active)| lead(active.lead()) && asker.may_join(active) && asker.serves(*piece));
    // Each of them has a block, though perhaps none that can be asked for just now.
    for piece in vacant.map(|(piece, _)| piece).take(picks.count).collect::<Vec<_>>() {
        if picks.is_full() {
            return;
        }
        picks.take_free(pieces, asker, piece, usize::MAX);
    }
}

fn rarest(pieces: &mut Pieces, asker: &Asker<'_>) -> Option<PieceIndex> {
    let geometry = pieces.geometry().clone();
    let suits = |piece| asker.can_begin(&geometry, piece);
    match asker.only() {
        Some(only) => pieces.availability().best_of(only.iter().copied().filter(|piece| suits(*piece))),
        None => pieces.availability_mut().rarest(asker.has(), suits),
    }
}

/// The pieces that lie in the same [`EXTENT`] as `piece`.
fn extent(geometry: &Geometry, piece: PieceIndex) -> Range<u32> {
    let pieces = (EXTENT / geometry.piece_length()).max(1);
    let start = piece.get() / pieces * pieces;
    start..start.saturating_add(pieces).min(geometry.piece_count())
}

/// Bytes within which pieces of the same rarity are taken in order: whoever serves them, and whoever stores them,
/// reads and writes long runs.
const EXTENT: u32 = 1 << 20;

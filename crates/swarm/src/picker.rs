//! Which blocks to ask a peer for.

use std::ops::Range;

use metainfo::{Block, Geometry, PieceIndex};
use wire::Bitfield;

use crate::PeerKey;
use crate::pieces::{Pending, Pieces};
use crate::set::Set;

/// Chooses blocks, in this order: the piece that the peer works on already; any other piece in download,
/// so that few are open; a new piece, the rarest that the peer has; and when nothing is left, blocks that
/// far slower peers were asked for, or, in the endgame, any peer.
#[derive(Clone, Debug)]
pub(crate) struct Picker {
    /// Bytes of pieces to have in download at most.
    max_active: u64,
    /// Pieces to pick at random before the rarest.
    random_first: u32,
}

/// The peer that blocks are picked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    pub(crate) key: PeerKey,
    /// The pieces that it has.
    pub(crate) has: &'a Bitfield,
    /// The only pieces that it serves us while it chokes us.
    pub(crate) only: Option<&'a Set<PieceIndex>>,
    /// Pieces that it refused lately.
    pub(crate) refused: &'a Set<PieceIndex>,
    /// It must prove itself: it works alone on its pieces.
    pub(crate) on_parole: bool,
    /// Requests that it has not answered.
    pub(crate) waiting: u32,
    /// Bytes each second that it gives.
    pub(crate) rate: u64,
}

/// What is to be known of the peer that a block is expected from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    /// Bytes each second that it gives.
    pub(crate) rate: u64,
    /// It has not sent anything for a while.
    pub(crate) stalled: bool,
}

impl Picker {
    pub(crate) const fn new(max_active: u64, random_first: u32) -> Self {
        Self { max_active, random_first }
    }

    /// Picks up to `count` blocks for `asker` and notes them as requested.
    ///
    /// `may_ask` tells whether the asker can be asked for a block now, `holder` how other peers do.
    pub(crate) fn pick(
        &self,
        pieces: &mut Pieces,
        asker: Asker<'_>,
        count: usize,
        may_ask: impl Fn(Block) -> bool,
        holder: impl Fn(PeerKey) -> Holder,
    ) -> Vec<Block> {
        let mut picked = continued(pieces, asker, count, &may_ask);
        for block in &picked {
            pieces.request(*block, asker.key);
        }
        while picked.len() < count {
            let Some(piece) = self.opened(pieces, asker, &may_ask) else { break };
            let blocks = pieces.geometry().blocks(piece).filter(|block| may_ask(*block));
            for block in blocks.take(count - picked.len()) {
                pieces.request(block, asker.key);
                picked.push(block);
            }
        }
        if picked.is_empty() && !asker.on_parole {
            let count = count.min(DUPLICATES.saturating_sub(asker.waiting) as usize);
            picked = duplicates(pieces, asker, count, may_ask, holder);
            for block in &picked {
                pieces.request(*block, asker.key);
            }
        }
        picked
    }

    /// A piece in download that nobody works on, if it keeps `asker` from opening another.
    pub(crate) fn evictable(&self, pieces: &Pieces, asker: Asker<'_>) -> Option<PieceIndex> {
        let next = pieces.availability().rarest(|piece| asker.serves(piece))?;
        if self.has_room(pieces, next) {
            return None;
        }
        let idle = pieces.active().filter(|(_, active)| active.is_idle());
        idle.min_by_key(|(_, active)| active.bytes()).map(|(piece, _)| piece)
    }

    /// A wanted piece, made active.
    fn opened(
        &self,
        pieces: &mut Pieces,
        asker: Asker<'_>,
        may_ask: impl Fn(Block) -> bool,
    ) -> Option<PieceIndex> {
        let is_first = pieces.have().count_ones() < self.random_first;
        let geometry = pieces.geometry();
        let suits = |piece| asker.serves(piece) && geometry.blocks(piece).any(&may_ask);
        let piece = if is_first {
            pieces.availability_mut().any(suits)?
        } else {
            let availability = pieces.availability();
            let rarest = availability.rarest(suits)?;
            availability.first_in(extent(geometry, rarest), rarest, suits)
        };
        if !self.has_room(pieces, piece) {
            return None;
        }
        pieces.open(piece, asker.key, asker.on_parole);
        Some(piece)
    }

    fn has_room(&self, pieces: &Pieces, piece: PieceIndex) -> bool {
        let length = u64::from(pieces.geometry().length_of(piece));
        pieces.held() == 0 || pieces.held() + length <= self.max_active
    }
}

/// The pieces that lie in the same [`EXTENT`] as `piece`.
fn extent(geometry: Geometry, piece: PieceIndex) -> Range<u32> {
    let pieces = (EXTENT / geometry.piece_length()).max(1);
    let start = piece.get() / pieces * pieces;
    start..start.saturating_add(pieces).min(geometry.piece_count())
}

impl Asker<'_> {
    fn serves(&self, piece: PieceIndex) -> bool {
        self.has.get(piece)
            && self.only.is_none_or(|only| only.contains(&piece))
            && !self.refused.contains(&piece)
    }
}

/// Free blocks of pieces in download: first of those that were opened for the asker.
fn continued(pieces: &Pieces, asker: Asker<'_>, count: usize, may_ask: impl Fn(Block) -> bool) -> Vec<Block> {
    let open = |own: bool| {
        pieces.active().filter(move |(piece, active)| {
            active.has_free()
                && asker.serves(*piece)
                && own == (active.lead() == asker.key)
                && (active.is_exclusive() && own || !active.is_exclusive() && !asker.on_parole)
        })
    };
    let geometry = pieces.geometry();
    let free = open(true)
        .chain(open(false))
        .flat_map(|(piece, active)| active.free().filter_map(move |n| geometry.block(piece, n)));
    free.filter(|block| may_ask(*block)).take(count).collect()
}

/// Blocks that others were asked for: in the endgame any, before it those of far slower peers.
fn duplicates(
    pieces: &Pieces,
    asker: Asker<'_>,
    count: usize,
    may_ask: impl Fn(Block) -> bool,
    holder: impl Fn(PeerKey) -> Holder,
) -> Vec<Block> {
    if count == 0 {
        return Vec::new();
    }
    let geometry = pieces.geometry();
    let endgame = pieces.is_endgame();
    let suits = |pending: &Pending| {
        let holder = holder(pending.holder);
        let is_late =
            holder.stalled || !pending.started && (endgame || holder.rate.saturating_mul(STEAL) < asker.rate);
        let is_rare = holder.stalled || pending.requests < COPIES;
        pending.holder != asker.key && is_late && is_rare
    };
    let active = pieces.active().filter(|(piece, active)| active.admits(asker.key) && asker.serves(*piece));
    let blocks = active.flat_map(|(piece, active)| {
        active.pending().filter(suits).filter_map(move |pending| geometry.block(piece, pending.position))
    });
    blocks.filter(|block| may_ask(*block)).take(count).collect()
}

/// Requests in flight to a peer, while some of them are duplicates: these are worth little, and each may
/// be in vain.
const DUPLICATES: u32 = 4;
/// Bytes within which pieces of the same rarity are taken in order: whoever serves them, and whoever stores them, reads and
/// writes long runs.
const EXTENT: u32 = 1 << 20;
/// Peers asked for one block, unless they stall.
const COPIES: u16 = 3;
/// How much slower a peer must be to have its requests doubled before the endgame.
const STEAL: u64 = 10;

//! Blocks of pieces that somebody waits for.

use std::time::Duration;

use metainfo::{Block, PieceIndex};

use super::spare::{COPIES, may_double};
use super::{Asker, Picker, Picks};
use crate::peer::Peer;
use crate::peers::Peers;
use crate::pieces::{Pending, Pieces};

impl Picker {
    /// Blocks of the pieces that are due first, if the asker can give them in time, if nobody is much faster, or if
    /// nobody else would give them in time.
    /// A block that would come too late from whoever was asked is asked of a faster peer as well.
    pub(super) fn urgent(&self, pieces: &mut Pieces, peers: &Peers, asker: &Asker<'_>, picks: &mut Picks) {
        if pieces.deadlines().is_empty() || asker.on_parole {
            return;
        }
        let fastest = peers.values().map(|peer| peer.pipeline.pace()).max().unwrap_or(0);
        let is_fast = asker.pace() >= fastest / 2;
        let due = pieces.deadlines().iter().filter(|(_, piece)| asker.serves(*piece) || asker.hides(*piece));
        let mut hoped_for = 0;
        for (due, piece) in due.take(AHEAD).collect::<Vec<_>>() {
            if picks.picks.len() + hoped_for >= picks.count {
                return;
            }
            let left = due.since(asker.now);
            let is_hidden = asker.hides(piece);
            let in_time = || asker.wait(picks.picks.len()).is_some_and(|wait| wait <= left);
            let suits = !is_hidden && (is_fast || in_time()) || is_missed(peers, asker, piece, left);
            if !suits {
                continue;
            }
            if self.has_room(pieces) && asker.may_ask_any(pieces.geometry(), piece) {
                pieces.open(piece, asker.giver(), false);
            }
            if !pieces.is_open_to(piece, asker.giver()) {
                continue;
            }
            if is_hidden {
                // Asked for one block, the super-seed shows the piece, or would rather not yet.
                picks.take_free(pieces, asker, piece, 1);
                hoped_for += pieces.geometry().block_count(piece) as usize - 1;
            } else {
                picks.take_free(pieces, asker, piece, usize::MAX);
            }
            rescue(pieces, peers, asker, piece, left, picks);
        }
    }
}

/// Whether a piece due in `left` has to be asked of somebody slow, or of a super-seed that would rather have it passed
/// on: it is due soon, and nobody else would give it in time.
fn is_missed(peers: &Peers, asker: &Asker<'_>, piece: PieceIndex, left: Duration) -> bool {
    let is_in_time = |peer: &Peer| {
        let wait = peer.pipeline.wait(peer.pipeline.len() + 1).unwrap_or(TRY);
        !peer.is_snubbed() && !peer.is_stalled(asker.now) && wait <= left.max(TRY)
    };
    let mut others = peers.values().filter(|peer| peer.key != asker.key());
    left <= PATIENCE && !others.any(|peer| peer.serves(piece) && is_in_time(peer))
}

/// Blocks of a piece due in `left` that were asked of peers who would give them too late.
fn rescue(
    pieces: &mut Pieces,
    peers: &Peers,
    asker: &Asker<'_>,
    piece: PieceIndex,
    left: Duration,
    picks: &mut Picks,
) {
    let geometry = pieces.geometry();
    let Some(active) = pieces.download(piece) else { return };
    let pending =
        active.all_pending().filter_map(|pending| Some((pending, geometry.block(piece, pending.position)?)));
    let is_late = |pending: &Pending, block: Block| {
        let Some(holder) = pending.holder.peer().and_then(|holder| peers.get(&holder)) else { return true };
        let wait = |requests| match holder.pipeline.wait(requests) {
            _ if holder.is_stalled(asker.now) => Duration::MAX,
            Some(wait) => wait,
            // Nothing is known of its pace.
            None => TRY,
        };
        wait(holder.pipeline.len()) > left && {
            let wait = wait(holder.pipeline.position(block).map_or(1, |position| position + 1));
            wait > left && asker.wait(0).is_some_and(|own| own < wait / 2)
        }
    };
    let late: Vec<Block> = pending
        .filter(|(pending, block)| {
            pending.requests < COPIES && is_late(pending, *block) && asker.may_double(*block)
        })
        .map(|(_, block)| block)
        .collect();
    for block in late {
        if picks.is_full() || !may_double(pieces) {
            return;
        }
        // The asker may have been picked for it a moment ago, and be as late as anybody.
        if !picks.contains(block) {
            picks.add(pieces, block, None);
        }
    }
}

/// Pieces with a deadline that are looked at for one peer: with more, the last are hardly urgent.
const AHEAD: usize = 16;
/// How long before a piece is due a super-seed is asked for it that does not show it: until then others may have it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a peer whose pace is not known may take for an urgent block.
const TRY: Duration = Duration::from_secs(1);

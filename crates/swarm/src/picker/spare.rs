//! What to do with a peer when every block that it could give is asked of others.

use std::cmp::Reverse;
use std::time::Duration;

use super::{Asker, Picks};
use crate::peer::Peer;
use crate::peers::Peers;
use crate::pieces::Pieces;

/// Blocks that far slower peers were asked for and have not begun to send. The peers are told not to.
///
/// Each keeps its oldest request, whose block may be on its way and shows that it is alive.
pub(super) fn steal(pieces: &mut Pieces, peers: &Peers, asker: &Asker<'_>, picks: &mut Picks) {
    let slower = |peer: &&Peer| peer.key != asker.key() && peer.is_far_slower(asker.now, asker.pace());
    let mut victims: Vec<&Peer> = peers.values().filter(slower).collect();
    sort::by_key(&mut victims, |peer| (peer.pipeline.pace(), peer.key));
    for victim in victims {
        let waiting: Vec<_> = victim.pipeline.waiting().skip(1).collect();
        for block in waiting.into_iter().rev() {
            if picks.is_full() {
                return;
            }
            let pending = pieces.pending(block).filter(|pending| !pending.started && pending.requests == 1);
            if pending.is_some()
                && asker.serves(block.piece)
                && pieces.is_open_to(block.piece, asker.giver())
                && asker.may_double(block)
            {
                picks.add(pieces, block, Some(victim.key));
            }
        }
    }
}

/// Blocks that stalled peers or, in the endgame, any peers were asked for, who may send them all the same: from
/// the one that is expected to take longest, what it would send last.
pub(super) fn double(pieces: &mut Pieces, peers: &Peers, asker: &Asker<'_>, picks: &mut Picks) {
    picks.count = picks.count.min(DOUBLED.saturating_sub(asker.waiting()) as usize);
    if picks.is_full() {
        return;
    }
    let endgame = pieces.is_endgame();
    let mut others: Vec<(bool, Duration, &Peer)> = peers
        .values()
        .filter(|peer| peer.key != asker.key() && peer.pipeline.len() > 0)
        .map(|peer| (peer.is_stalled(asker.now), peer.pipeline.wait(peer.pipeline.len()), peer))
        .filter(|(stalled, ..)| *stalled || endgame)
        .map(|(stalled, wait, peer)| (stalled, wait.unwrap_or(Duration::MAX), peer))
        .collect();
    sort::by_key(&mut others, |(stalled, wait, peer)| (Reverse((*stalled, *wait)), peer.key));
    for (stalled, wait, other) in others {
        if asker.wait(0).is_some_and(|own| own > wait) {
            return;
        }
        let is_far_slower = other.is_far_slower(asker.now, asker.pace());
        let waiting: Vec<_> = other.pipeline.waiting().collect();
        for block in waiting.into_iter().rev() {
            if picks.is_full() {
                return;
            }
            let Some(pending) = pieces.pending(block) else { continue };
            // Neither a block that has begun to come nor one that many were asked for comes sooner from another,
            // unless that one is in a class of its own.
            let is_open = !pending.started && pending.requests < COPIES || is_far_slower;
            if (stalled || is_open && may_double(pieces))
                && asker.serves(block.piece)
                && pieces.is_open_to(block.piece, asker.giver())
                && asker.may_double(block)
                && !picks.contains(block)
            {
                picks.add(pieces, block, None);
            }
        }
    }
}

/// Whether there is something left of what asking several peers for the same blocks may cost: a fiftieth of the
/// torrent, at least a megabyte so that small ones have an endgame, and never more than is soon downloaded.
pub(super) fn may_double(pieces: &Pieces) -> bool {
    let budget = (pieces.geometry().content_length() / 50).clamp(1 << 20, 32 << 20);
    pieces.doubled_bytes() < budget
}

/// Requests in flight to a peer, while some of them are duplicates: these are worth little, and each may
/// be in vain.
const DOUBLED: u32 = 4;
/// Peers asked for one block, unless they stall.
pub(super) const COPIES: u16 = 3;

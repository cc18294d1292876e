//! What became of those who came for pieces: whoever shares something asks it before they leave.

use crate::peer::Peer;

/// How many came for pieces and are through, or are not and gone.
///
/// Nobody is told apart by name: a peer has another name when it comes back after a restart. So one that comes with a
/// part is taken for one that left with a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visits {
    /// Peers that came for pieces and want no more, whether they are still connected or not.
    pub finished: u32,
    /// Peers that left with a part and have not come back.
    pub unfinished: u32,
}

/// How far the visit of a peer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Visit {
    /// It wanted nothing of us so far.
    #[default]
    Idle,
    /// It came for pieces.
    Taking,
    /// It was through once.
    Finished,
}

impl Visits {
    /// A peer wants something that we have.
    pub(crate) fn begin(&mut self, peer: &mut Peer) {
        if peer.visit == Visit::Idle {
            peer.visit = Visit::Taking;
            if peer.has_a_part() {
                self.unfinished = self.unfinished.saturating_sub(1);
            }
        }
    }

    /// A peer wants nothing any more.
    pub(crate) fn finish(&mut self, peer: &mut Peer) {
        if peer.visit == Visit::Taking {
            peer.visit = Visit::Finished;
            self.finished += 1;
        }
    }

    /// A peer is gone. Whoever has nothing yet loses nothing.
    pub(crate) fn break_off(&mut self, peer: &Peer) {
        self.unfinished += u32::from(peer.visit == Visit::Taking && peer.has_a_part());
    }
}

impl Peer {
    fn has_a_part(&self) -> bool {
        self.trade.uploaded() > 0 || self.has.iter_ones().next().is_some()
    }
}

//! Whom to be connected to.

use wire::PeerId;

use super::Torrent;
use crate::{Blocks, CloseReason, PeerKey};

impl Torrent {
    /// Whether a new connection to this peer may be of use: for drivers to ask before they make one.
    ///
    /// It is not if the peer is connected, is ourselves or sent corrupt data; if neither side wants anything; or
    /// if there are enough connections and each of them is useful.
    #[must_use]
    pub fn welcomes(&self, peer: PeerId) -> bool {
        let is_known =
            self.reputations.is_banned(peer) || self.wants_nothing() && self.reputations.is_seed(peer);
        let is_here = peer == self.config.peer_id || self.peer_named(peer).is_some();
        let has_room = self.peers.len() < self.config.max_peers || self.replaceable().is_some();
        !self.paused && !is_known && !is_here && has_room
    }

    /// Whether every piece that we want is stored.
    pub(super) fn wants_nothing(&self) -> bool {
        self.pieces().is_some_and(|pieces| pieces.is_complete())
    }

    /// Closes the connection of the least use. Whether there was one that could be spared.
    pub(super) fn make_room(&mut self, blocks: &mut impl Blocks) -> bool {
        let Some(least) = self.replaceable() else { return false };
        self.replaced = Some(self.now);
        self.close(least, CloseReason::Replaced, blocks);
        true
    }

    /// The peer with which least was exchanged lately, if that is nothing, or less than half of the average.
    /// New peers are left alone for a while, and only one is replaced in each round of choking, so that two full
    /// swarms do not reshuffle each other for ever.
    fn replaceable(&self) -> Option<PeerKey> {
        if self.replaced.is_some_and(|last| self.now.since(last) < self.config.rechoke_interval) {
            return None;
        }
        let mut all = 0;
        let mut least = None;
        for peer in self.peers.values() {
            let exchanged = peer.trade.exchanged_lately();
            all += exchanged;
            if self.now.since(peer.connected) >= self.config.trial {
                let merit = (exchanged, peer.am_interested || peer.peer_interested, peer.key);
                least = Some(least.map_or(merit, |least| merit.min(least)));
            }
        }
        let (exchanged, _, key) = least?;
        (exchanged == 0 || exchanged * 2 * (self.peers.len() as u64) < all).then_some(key)
    }

    /// Parts with a peer that needs nothing from us and has nothing for us.
    pub(super) fn close_if_useless(&mut self, key: PeerKey, blocks: &mut impl Blocks) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let (hello, will_extend) = (peer.hello, peer.will_extend());
        let is_through = peer.wants_nothing();
        if is_through {
            self.visits.finish(peer);
        }
        self.tell_extensions(&mut |extension, cx| extension.changed(cx, key));
        if !is_through || !self.wants_nothing() {
            return;
        }
        // It says what it has before it says whether it can introduce others, and then may be kept.
        if will_extend || self.extensions.iter().any(|extension| extension.keeps(key)) {
            return;
        }
        if let Some(hello) = hello {
            self.reputations.seeds(hello.id);
        }
        // It has to hear that we are through, or takes us for somebody who left before.
        self.flush(key);
        self.close(key, CloseReason::BothComplete, blocks);
    }

    /// Tells everyone whether we still want something, if that changed (BEP 21).
    pub(super) fn update_upload_only(&mut self) {
        let upload_only = self.wants_nothing();
        if std::mem::replace(&mut self.upload_only, upload_only) == upload_only {
            return;
        }
        self.introduce_again();
    }
}

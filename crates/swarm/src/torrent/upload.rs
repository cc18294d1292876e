//! Blocks on their way out.

use journal::Event;
use metainfo::Block;
use wire::Message;

use super::Torrent;
use super::content::Content;
use super::extensions::Wish;
use crate::peer::Peer;
use crate::uploads::Upload;
use crate::{CloseReason, Output, PeerKey, Standing};

impl Torrent {
    /// The driver takes more for a peer.
    pub(super) fn writable(&mut self, key: PeerKey, room: u32) {
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.uploads.set_room(room);
        }
        self.pump(key);
    }

    /// A peer asks for a block.
    pub(super) fn requested(&mut self, key: PeerKey, block: Block) -> Result<(), CloseReason> {
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        let have = match &self.content {
            Some(Content { pieces, .. }) => {
                if !pieces.geometry().contains_block(block) || block.length > self.config.max_block {
                    return Err(CloseReason::Misbehaved("asks for bytes that do not exist"));
                }
                pieces.have().get(block.piece)
            }
            None => false,
        };
        let may = have && !peer.service.am_choking() && self.shows(key, block.piece);
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        if may && peer.uploads.push(block, self.config.max_queued) {
            self.pump(key);
        } else if peer.is_fast() {
            peer.say(Message::Reject(block));
        }
        Ok(())
    }

    /// A peer does not need a block any more.
    pub(super) fn cancelled(&mut self, key: PeerKey, block: Block) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if peer.uploads.cancel(block) && peer.is_fast() {
            peer.say(Message::Reject(block));
        }
    }

    /// Sends a peer what it asked for, as far as its channel and our limits allow.
    pub(super) fn pump(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if !std::mem::replace(&mut peer.in_line, true) {
            self.outlet.line_up(key);
        }
        self.serve_line();
    }

    /// Sends one thing after the other, to each peer in turn, until nobody is left or our limits are reached.
    pub(super) fn serve_line(&mut self) {
        let now = self.now;
        while let Some(key) = self.outlet.next(now) {
            let Some(peer) = self.peers.get_mut(&key) else { continue };
            peer.in_line = false;
            if peer.waits_for_credit() {
                self.lend_place(key);
                continue;
            }
            let Some(upload) = peer.uploads.next() else { continue };
            peer.in_line = true;
            self.outlet.line_up(key);
            match upload {
                Upload::Block(block) => {
                    if peer.service.set_paused(false) {
                        self.serving.begin();
                    }
                    let length = u64::from(block.length);
                    peer.trade.give(now, length);
                    peer.service.standing.spend(length);
                    self.totals.give(now, length);
                    peer.spoke = now;
                    self.flush(key);
                    self.outputs.push_back(Output::Upload { peer: key, block });
                    self.outlet.gate.pass(1, block.length);
                    self.gave(key, block);
                    self.tell_extensions(&mut |extension, cx| extension.traded(cx, key));
                }
                Upload::Extra(extra) => {
                    self.tell_extension(extra.place, |extension, cx| extension.give(cx, key, extra.item));
                    self.outlet.gate.pass(1, extra.length);
                }
            }
        }
    }

    /// A peer wants something we have: serves it at once if a slot is free.
    pub(super) fn peer_interested(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.peer_interested = true;
        self.visits.begin(peer);
        self.serve_if_free(key);
    }

    /// Something else is thought of a peer than before.
    pub(super) fn stands(&mut self, key: PeerKey, standing: Standing) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.service.standing = standing;
        if peer.service.am_choking() {
            self.serve_if_free(key);
        } else {
            self.wishes.push_back(Wish::Serve(key));
        }
    }

    /// Lends the place of a peer whose credit is used up to another. It stays unchoked, and goes on as soon as it has more
    /// credit, beside the other one; if it has not by the next round, it is choked.
    fn lend_place(&mut self, key: PeerKey) {
        if self.peers.get_mut(&key).is_some_and(|peer| peer.service.set_paused(true)) {
            self.serving.end();
            self.fill_slots();
        }
    }

    /// Gives a peer whose place is lent a place again.
    pub(super) fn return_place(&mut self, key: PeerKey) {
        if self.peers.get_mut(&key).is_some_and(|peer| peer.service.set_paused(false)) {
            self.serving.begin();
        }
    }

    /// Serves a peer that wants something, if there is a place: one is empty only while nobody waits.
    fn serve_if_free(&mut self, key: PeerKey) {
        if self.serving.has_place() && self.peers.get(&key).is_some_and(Peer::wants_service) {
            self.set_choking(key, false);
        }
    }

    /// A peer wants nothing any more: its slot goes to another.
    pub(super) fn peer_not_interested(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.peer_interested = false;
        self.set_choking(key, true);
        self.fill_slots();
    }

    /// Gives free places to the interested peers that wait longest.
    pub(super) fn fill_slots(&mut self) {
        while self.serving.has_place() {
            let waiting =
                self.peers.values().filter(|peer| peer.service.am_choking() && peer.wants_service());
            let Some(next) = waiting.min_by_key(|peer| (peer.service.since(), peer.key)) else { return };
            self.set_choking(next.key, false);
        }
    }

    pub(super) fn set_choking(&mut self, key: PeerKey, choking: bool) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let had_place = peer.service.has_place();
        if !peer.service.set_choking(self.now, choking) {
            return;
        }
        if choking {
            if had_place {
                self.serving.end();
            }
            peer.say(Message::Choke);
            for block in peer.uploads.clear() {
                if peer.is_fast() {
                    peer.say(Message::Reject(block));
                }
            }
        } else {
            self.serving.begin();
            peer.say(Message::Unchoke);
            self.show_enough(key);
        }
        self.note(Some(key), if choking { Event::Unserved } else { Event::Served });
    }
}

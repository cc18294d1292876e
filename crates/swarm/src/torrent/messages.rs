//! What a peer says, message by message.

use journal::Event as Happened;
use metainfo::{Block, PieceIndex};
use wire::{Bitfield, Event, Message};

use super::Torrent;
use super::asking::Change;
use super::content::Content;
use crate::giver::Giver;
use crate::peer::NO_SUCH_PIECE;
use crate::{Blocks, CloseReason, PeerKey};

impl Torrent {
    /// The next bytes of a peer's stream.
    pub(super) fn received(&mut self, key: PeerKey, bytes: &[u8], blocks: &mut impl Blocks) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.heard = self.now;
        let Some(mut decoder) = peer.decoder.take() else { return };
        let mut rest = bytes;
        loop {
            let result = match decoder.next(&mut rest) {
                Ok(None) => break,
                Ok(Some(event)) => self.event(key, event, blocks),
                Err(error) => Err(CloseReason::Protocol(error)),
            };
            if let Err(reason) = result {
                self.close(key, reason, blocks);
            }
            if !self.peers.contains_key(&key) {
                return;
            }
        }
        if let Some(pieces) = self.pieces() {
            decoder.set_piece_count(pieces.geometry().piece_count());
        }
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.decoder = Some(decoder);
        }
    }

    fn event(&mut self, key: PeerKey, event: Event<'_>, blocks: &mut impl Blocks) -> Result<(), CloseReason> {
        match event {
            Event::Handshake(handshake) => self.greeted(key, handshake, blocks),
            Event::Message(message) => self.message(key, message, blocks)?,
            Event::Piece { block, offset, data } => self.block_bytes(key, block, offset, data, blocks)?,
        }
        Ok(())
    }

    fn message(
        &mut self,
        key: PeerKey,
        message: Message<'_>,
        blocks: &mut impl Blocks,
    ) -> Result<(), CloseReason> {
        match message {
            Message::Choke => self.choked(key, blocks),
            Message::Unchoke => self.unchoked(key),
            Message::Interested => self.peer_interested(key),
            Message::NotInterested => self.peer_not_interested(key),
            Message::Have(piece) => self.peer_has(key, piece, blocks)?,
            Message::Bitfield(bytes) => self.peer_has_these(key, Announcement::Bitfield(bytes), blocks)?,
            Message::HaveAll => self.peer_has_these(key, Announcement::All, blocks)?,
            Message::HaveNone => self.peer_has_these(key, Announcement::None, blocks)?,
            Message::Request(block) => self.requested(key, block)?,
            Message::Cancel(block) => self.cancelled(key, block),
            Message::Reject(block) => self.rejected(key, block, blocks),
            Message::AllowedFast(piece) => self.allowed_fast(key, piece),
            Message::Extended { id: 0, payload } => self.peer_extends(key, payload, blocks)?,
            Message::Extended { id, payload } => self.extension_message(key, id, payload, blocks)?,
            Message::HashRequest(range) => self.hashes_requested(key, range),
            Message::Hashes { range, hashes } => self.hashes_arrived(key, range, hashes, blocks),
            Message::HashReject(range) => self.hashes_refused(key, range),
            Message::KeepAlive | Message::Port(_) | Message::Suggest(_) | Message::Unknown { .. } => {}
        }
        Ok(())
    }

    fn choked(&mut self, key: PeerKey, blocks: &mut impl Blocks) {
        self.note(Some(key), Happened::Choked);
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.peer_choking = true;
        if peer.is_fast() {
            // It rejects each request that it will not serve.
            self.drop_exclusive(Giver::Peer(key), blocks);
        } else {
            // It forgot every request.
            self.release(key, 0, blocks);
            if let Some(peer) = self.peers.get_mut(&key) {
                peer.pipeline.clear();
            }
        }
        self.tell_extensions(&mut |extension, cx| extension.traded(cx, key));
    }

    fn unchoked(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.peer_choking = false;
        peer.refused.clear();
        self.asking.after(Change::Serves(key));
        self.note(Some(key), Happened::Unchoked);
        self.tell_extensions(&mut |extension, cx| extension.traded(cx, key));
    }

    fn peer_has(
        &mut self,
        key: PeerKey,
        piece: PieceIndex,
        blocks: &mut impl Blocks,
    ) -> Result<(), CloseReason> {
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        let Some(Content { pieces, trees, .. }) = &mut self.content else {
            peer.early.have(piece);
            return Ok(());
        };
        if !pieces.geometry().contains(piece) {
            return Err(NO_SUCH_PIECE);
        }
        if peer.gain(piece, pieces) {
            if pieces.lacks(piece) {
                peer.update_interest(pieces);
                self.asking.after(Change::Has(key));
            }
            if let Some(trees) = trees.as_mut().filter(|_| peer.speaks_v2) {
                trees.layers.gained(key, piece, peer.has.len());
            }
            self.passed_on(key, piece);
            self.close_if_useless(key, blocks);
        }
        Ok(())
    }

    pub(super) fn peer_lost(&mut self, key: PeerKey, piece: PieceIndex, blocks: &mut impl Blocks) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        if peer.lose(piece, pieces) {
            let gone = peer.pipeline.waiting().filter(|block| block.piece == piece);
            for block in gone.collect::<Vec<_>>() {
                self.rejected(key, block, blocks);
            }
        }
    }

    fn peer_has_these(
        &mut self,
        key: PeerKey,
        these: Announcement<'_>,
        blocks: &mut impl Blocks,
    ) -> Result<(), CloseReason> {
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        if std::mem::replace(&mut peer.announced, true) {
            return Err(CloseReason::Misbehaved("said twice which pieces it has"));
        }
        let Some(Content { pieces, trees, .. }) = &mut self.content else {
            match these {
                Announcement::All => peer.early.all(),
                Announcement::Bitfield(bytes) => peer.early.bitfield(bytes),
                Announcement::None => {}
            }
            return Ok(());
        };
        let count = pieces.geometry().piece_count();
        let has = match these {
            Announcement::All => Bitfield::full(count),
            Announcement::Bitfield(bytes) => {
                Bitfield::from_bytes(bytes, count).map_err(CloseReason::Protocol)?
            }
            Announcement::None => Bitfield::new(count),
        };
        peer.gain_all(&has, pieces);
        peer.came_complete = peer.is_seed();
        if let Some(trees) = trees.as_mut().filter(|_| peer.speaks_v2) {
            trees.layers.met(key, count);
        }
        self.asking.after(Change::Has(key));
        self.note(Some(key), Happened::Has { pieces: has.count_ones() });
        self.close_if_useless(key, blocks);
        Ok(())
    }

    fn allowed_fast(&mut self, key: PeerKey, piece: PieceIndex) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if peer.allowed_fast.as_slice().len() < MAX_ALLOWED_FAST && peer.allowed_fast.insert(piece) {
            self.asking.after(Change::Serves(key));
        }
    }

    /// The peer will not send a block.
    fn rejected(&mut self, key: PeerKey, block: Block, blocks: &mut impl Blocks) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if !peer.pipeline.remove(block) {
            return;
        }
        if !peer.peer_choking || peer.allowed_fast.contains(&block.piece) {
            peer.refused.insert(block.piece);
        }
        if let Some(Content { pieces, .. }) = &mut self.content {
            pieces.withdraw(block);
        }
        self.drop_if_untouched(block.piece, blocks);
        self.asking.after(Change::Freed);
    }
}

/// Which pieces a peer has when it connects.
enum Announcement<'a> {
    All,
    Bitfield(&'a [u8]),
    None,
}

/// Pieces that a choking peer may offer; BEP 6 suggests ten.
const MAX_ALLOWED_FAST: usize = 64;

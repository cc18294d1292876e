//! Pieces on their way to storage, and what became of them.

use journal::Event;
use metainfo::{FileSpan, PieceIndex};
use wire::{Message, PeerId};

use super::Torrent;
use super::asking::Change;
use super::content::Content;
use crate::giver::Giver;
use crate::pieces::Origin;
use crate::{AbortReason, Blocks, Output, Selection, Time, WebSeedKey};

impl Torrent {
    /// The driver hashed a piece.
    pub(super) fn hashed(&mut self, piece: PieceIndex, ok: bool, blocks: &mut impl Blocks) {
        if !ok && self.dispute(piece) {
            self.note(None, Event::Failed { piece: piece.get() });
            return;
        }
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        let Some(origin) = pieces.hashed(piece, ok) else { return };
        self.note(
            None,
            if ok { Event::Verified { piece: piece.get() } } else { Event::Failed { piece: piece.get() } },
        );
        if ok {
            if self.content.as_ref().is_some_and(|content| content.failures.are_of(piece)) {
                self.outputs.push_back(Output::Leaves { piece });
            }
            self.outputs.push_back(Output::Store { piece });
            self.prove(piece, &origin);
            if origin.exclusive {
                for (giver, id) in origin.contributors.iter() {
                    match giver {
                        Giver::Peer(key) => {
                            self.asking.after(Change::Cleared(*key));
                            if let Some(id) = id {
                                self.reputations.clear(*id);
                            }
                        }
                        Giver::WebSeed(key) => self.suspect(*key, false),
                    }
                }
            }
        } else {
            self.discard_whole(piece, &origin, blocks);
        }
    }

    /// A piece is right, so what each peer gave of it was.
    fn prove(&mut self, piece: PieceIndex, origin: &Origin) {
        let Some(pieces) = self.pieces() else { return };
        let lengths: Vec<u32> = pieces.geometry().blocks(piece).map(|block| block.length).collect();
        for (sender, length) in origin.senders.iter().zip(lengths) {
            if let Some(peer) = sender.peer().and_then(|key| self.peers.get_mut(&key)) {
                peer.trade.prove(u64::from(length));
            }
        }
        for key in origin.contributors.keys().filter_map(|giver| giver.peer()) {
            self.tell_extensions(&mut |extension, cx| extension.traded(cx, key));
        }
    }

    /// A piece failed the hash, and nothing tells yet which of its blocks did. Its only author is banned; of several,
    /// each has to prove itself alone.
    pub(super) fn discard_whole(&mut self, piece: PieceIndex, origin: &Origin, blocks: &mut impl Blocks) {
        let Some(pieces) = self.pieces() else { return };
        self.totals.lose(u64::from(pieces.geometry().content_of(piece)));
        blocks.discard(piece);
        self.asking.after(Change::Freed);
        let is_alone = origin.contributors.len() == 1;
        for (giver, id) in origin.contributors.iter() {
            match (giver, id) {
                _ if is_alone => self.convict(*giver, *id, blocks),
                (Giver::Peer(_), Some(id)) => self.reputations.suspect(*id),
                (Giver::Peer(_), None) => {}
                (Giver::WebSeed(key), _) => self.suspect(*key, true),
            }
        }
    }

    /// Whether a web seed has to prove itself alone from now on.
    fn suspect(&mut self, key: WebSeedKey, is_suspect: bool) {
        if let Some(web_seed) = self.web_seed_mut(key) {
            web_seed.is_suspect = is_suspect;
        }
    }

    /// Nobody but this one sent certain bytes that failed the hash.
    pub(super) fn convict(&mut self, giver: Giver, id: Option<PeerId>, blocks: &mut impl Blocks) {
        match (giver, id) {
            (Giver::Peer(key), Some(id)) => {
                self.tell_extensions(&mut |extension, cx| extension.lied(cx, key));
                self.ban(id, blocks);
            }
            (Giver::Peer(_), None) => {}
            (Giver::WebSeed(key), _) => self.abort(key, AbortReason::Lied, blocks),
        }
    }

    /// The driver stored a piece.
    pub(super) fn stored(&mut self, piece: PieceIndex, blocks: &mut impl Blocks) {
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        if !pieces.stored(piece) {
            return;
        }
        let selected = pieces.is_selected(piece);
        for (_, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.hello.is_some()) {
            // Who shares the torrent hears it, too, and knows how far others are.
            if !peer.has.get(piece) || peer.is_seed() || peer.capabilities.super_seeds() {
                peer.say(Message::Have(piece));
            }
            peer.has_less_of_use(piece, selected, pieces);
        }
        let is_complete = selected && pieces.is_complete();
        self.note(None, Event::Stored { piece: piece.get() });
        if is_complete {
            self.complete(blocks);
        }
    }

    /// The driver could not store a piece.
    pub(super) fn store_failed(&mut self, piece: PieceIndex, blocks: &mut impl Blocks) {
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        if pieces.store_failed(piece) {
            self.totals.lose(u64::from(pieces.geometry().content_of(piece)));
            blocks.discard(piece);
            self.asking.after(Change::Freed);
            self.note(None, Event::StoreFailed { piece: piece.get() });
        }
    }

    /// The driver cannot read a stored piece any more.
    pub(super) fn lost(&mut self, piece: PieceIndex) {
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        if !pieces.lose(piece) {
            return;
        }
        self.note(None, Event::Lost { piece: piece.get() });
        self.refuse_leaves(piece);
        self.show_everything();
        self.tell_extensions(&mut |extension, cx| extension.lost(cx, piece));
        for (_, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.hello.is_some()) {
            for block in peer.uploads.clear_piece(piece) {
                if peer.is_fast() {
                    peer.say(Message::Reject(block));
                }
            }
        }
    }

    /// Other pieces are wanted from now on.
    pub(super) fn select(&mut self, selection: Selection, blocks: &mut impl Blocks) {
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        if selection.piece_count() != pieces.geometry().piece_count() {
            return;
        }
        let was_complete = pieces.is_complete();
        self.abort_all(blocks);
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        pieces.select(selection);
        let dropped = pieces.active().map(|(piece, _)| piece).filter(|piece| !pieces.is_selected(*piece));
        for piece in dropped.collect::<Vec<_>>() {
            self.drop_piece(piece, blocks);
        }
        let Some(Content { pieces, .. }) = &self.content else { return };
        for (_, peer) in self.peers.iter_mut() {
            peer.count_useful(pieces);
        }
        self.asking.after(Change::Wanted);
        if pieces.is_complete() && !was_complete {
            self.complete(blocks);
        }
        self.update_upload_only();
    }

    /// Some pieces are due at another time from now on.
    pub(super) fn due(&mut self, span: FileSpan, due: Option<Time>, blocks: &mut impl Blocks) {
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        pieces.set_deadline(span, due);
        for (_, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.capabilities.super_seeds()) {
            peer.update_interest(pieces);
        }
        self.hurry();
        self.hurry_web_seed(blocks);
        self.asking.after(Change::Wanted);
    }

    fn complete(&mut self, blocks: &mut impl Blocks) {
        self.note_trade();
        self.note(None, Event::Completed);
        self.outputs.push_back(Output::Completed);
        self.update_upload_only();
        for key in self.peers.keys().copied().collect::<Vec<_>>() {
            self.close_if_useless(key, blocks);
        }
    }
}

//! Leaves of version 2 (BEP 52): asked of peers to find the wrong blocks of a piece, and given to those who ask.

use metainfo::PieceIndex;
use metainfo::merkle::Hash;
use wire::{HashRange, Message};

use super::Torrent;
use super::asking::Change;
use super::content::{Content, Trees};
use crate::giver::Giver;
use crate::layers::answer;
use crate::leaves::Subject;
use crate::set::Set;
use crate::{Blocks, Output, PeerKey};

/// A peer's request for leaves, while the driver hashes the blocks of a stored piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeafRequest {
    peer: PeerKey,
    piece: PieceIndex,
    range: HashRange,
}

impl LeafRequest {
    pub(super) fn is_of(&self, peer: PeerKey) -> bool {
        self.peer == peer
    }
}

impl Torrent {
    /// Keeps a piece that failed its hash until it is known of which blocks it is made, if they are of several. Whether they
    /// are.
    pub(super) fn dispute(&mut self, piece: PieceIndex) -> bool {
        let Some(Content { pieces, .. }) = &mut self.content else { return false };
        if pieces.origin(piece).is_none_or(|origin| origin.contributors.len() <= 1) {
            return false;
        }
        pieces.dispute(piece);
        if !self.question(piece) {
            self.outputs.push_back(Output::Leaves { piece });
        }
        true
    }

    /// Asks peers which blocks of a piece are wrong. Whether there was anybody to ask.
    fn question(&mut self, piece: PieceIndex) -> bool {
        let Some(Content { info, pieces, trees: Some(trees), .. }) = &mut self.content else { return false };
        let Some(origin) = pieces.origin(piece) else { return false };
        let subject = info.tree_of(piece).and_then(|(tree, place)| {
            let hash = trees.layers.known().piece(tree, place)?;
            Some(Subject { tree: *tree, place, hash })
        });
        let kept = trees.disputes.len() as u64 * u64::from(pieces.geometry().piece_length());
        let has_room = trees.disputes.len() == 0 || kept < self.config.max_active / 4;
        let Some(subject) = subject.filter(|_| has_room) else { return false };
        let mut merits: Vec<_> = self
            .peers
            .values()
            .filter(|peer| peer.speaks_v2 && peer.has.get(piece))
            .map(|peer| {
                (origin.contributors.contains_key(&Giver::Peer(peer.key)), peer.is_snubbed(), peer.key)
            })
            .collect();
        if merits.is_empty() {
            return false;
        }
        sort::ascending(&mut merits);
        let mut asked = Set::default();
        asked.extend(merits.into_iter().take(WITNESSES).map(|(_, _, key)| key));
        for range in trees.disputes.open(self.now, piece, subject, asked.clone()) {
            for key in asked.as_slice() {
                if let Some(peer) = self.peers.get_mut(key) {
                    peer.say(Message::HashRequest(range));
                }
            }
        }
        true
    }

    /// Treats the pieces about whose blocks nobody says anything as those of which nobody can.
    pub(super) fn close_disputes(&mut self) {
        while let Some(Content { trees: Some(trees), .. }) = &mut self.content
            && let Some(piece) = trees.disputes.give_up(self.now)
        {
            self.outputs.push_back(Output::Leaves { piece });
        }
    }

    /// Gives up a piece that failed its hash. Its leaves tell who is to blame once it is here again.
    fn condemn(&mut self, piece: PieceIndex, leaves: &[Hash], blocks: &mut impl Blocks) {
        let Some(Content { pieces, failures, .. }) = &mut self.content else { return };
        if let Some(origin) = pieces.condemn(piece) {
            failures.keep(piece, &origin, leaves);
            self.discard_whole(piece, &origin, blocks);
        }
    }

    /// A piece is right that failed its hash before: whoever gave other blocks of it then is banned.
    fn compare(&mut self, piece: PieceIndex, leaves: &[Hash], blocks: &mut impl Blocks) {
        let Some(Content { failures, .. }) = &mut self.content else { return };
        for (giver, id) in failures.settle(piece, leaves) {
            if !id.is_some_and(|id| self.reputations.is_banned(id)) {
                self.convict(giver, id, blocks);
            }
        }
    }

    /// The driver hashed the blocks of a piece.
    pub(super) fn leaves_hashed(&mut self, piece: PieceIndex, leaves: &[Hash], blocks: &mut impl Blocks) {
        self.answer_leaf_requests(piece, leaves);
        let Some(Content { pieces, trees, .. }) = &mut self.content else { return };
        let mut disputes = trees.as_mut().map(|trees| &mut trees.disputes);
        let Some(right) = disputes.as_mut().and_then(|disputes| disputes.settle(piece)) else {
            if pieces.is_storing(piece) {
                self.compare(piece, leaves, blocks);
            } else if disputes.is_none_or(|disputes| !disputes.are_about(piece)) {
                self.condemn(piece, leaves, blocks);
            }
            return;
        };
        let count = pieces.geometry().block_count(piece);
        let is_wrong = |n: &u32| leaves.get(*n as usize) != right.get(*n as usize);
        let wrong: Vec<u32> = (0..count).filter(is_wrong).collect();
        let Some(origin) =
            pieces.origin(piece).filter(|_| leaves.len() == count as usize && !wrong.is_empty())
        else {
            return self.condemn(piece, leaves, blocks);
        };
        let liars = wrong.iter().filter_map(|n| {
            let key = *origin.senders.get(*n as usize)?;
            Some((key, origin.contributors.get(&key).copied().flatten()))
        });
        let mut guilty = Set::default();
        guilty.extend(liars);
        let is_selected = pieces.is_selected(piece);
        self.totals.lose(u64::from(pieces.mend(piece, &wrong)));
        self.asking.after(Change::Freed);
        for (key, id) in guilty {
            self.convict(key, id, blocks);
        }
        if self.paused || !is_selected {
            self.drop_piece(piece, blocks);
        } else {
            self.drop_if_untouched(piece, blocks);
        }
    }

    /// Notes a request for leaves, if we have the piece and not too many wait. Whether it will be answered.
    pub(super) fn await_leaves(&mut self, key: PeerKey, range: HashRange) -> bool {
        let Some(content) = &mut self.content else { return false };
        let Some(piece) = content.stored_piece_of(range) else { return false };
        let Some(Trees { leaf_requests, .. }) = &mut content.trees else { return false };
        let own = leaf_requests.iter().filter(|request| request.is_of(key));
        if own.count() >= MAX_LEAF_REQUESTS || leaf_requests.len() >= MAX_ALL_LEAF_REQUESTS {
            return false;
        }
        if leaf_requests.iter().all(|request| request.piece != piece) {
            self.outputs.push_back(Output::Leaves { piece });
        }
        leaf_requests.push(LeafRequest { peer: key, piece, range });
        true
    }

    fn answer_leaf_requests(&mut self, piece: PieceIndex, leaves: &[Hash]) {
        let Some(content) = &mut self.content else { return };
        let Some(trees) = &mut content.trees else { return };
        let requests = trees.leaf_requests.extract_if(.., |request| request.piece == piece);
        let requests: Vec<_> = requests.collect();
        if requests.is_empty() {
            return;
        }
        let rows = content.proved_leaves(piece, leaves);
        let answers = requests.into_iter().map(|LeafRequest { peer, range, .. }| {
            let known = content.trees.as_ref().map(|trees| trees.layers.known());
            let hashes = known.zip(rows.as_ref()).zip(content.info.tree_of(piece));
            let hashes = hashes.and_then(|((known, rows), (tree, _))| answer(tree, known, Some(rows), range));
            (peer, range, hashes)
        });
        for (peer, range, hashes) in answers.collect::<Vec<_>>() {
            self.send_hashes(peer, range, hashes);
        }
    }

    /// A piece is no longer stored: nobody gets its leaves.
    pub(super) fn refuse_leaves(&mut self, piece: PieceIndex) {
        self.answer_leaf_requests(piece, &[]);
    }
}

/// Peers that are asked for the leaves of a piece at once.
const WITNESSES: usize = 3;
/// Requests for leaves of one peer that wait for the driver,
const MAX_LEAF_REQUESTS: usize = 4;
/// and of all.
const MAX_ALL_LEAF_REQUESTS: usize = 8;

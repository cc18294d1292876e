//! Piece hashes of version 2, from and for peers (BEP 52).

use metainfo::PieceLayers;
use metainfo::merkle::{Hash, Tree};
use wire::{HashRange, Message};

use super::Torrent;
use super::asking::Change;
use super::content::{Content, Trees};
use crate::layers::{Arrival, Layers, answer, piece_of_leaves};
use crate::leaves::Evidence;
use crate::{Blocks, CloseReason, Output, PeerKey};

impl Torrent {
    /// The driver knows piece hashes from before.
    pub(super) fn know_layers(&mut self, layers: PieceLayers) {
        let Some(Content { info, trees: Some(trees), .. }) = &mut self.content else { return };
        trees.layers = Layers::new(info, layers, self.config.metadata_timeout);
        let pieces = info.geometry().piece_count();
        for peer in self.peers.values().filter(|peer| peer.speaks_v2) {
            trees.layers.met(peer.key, pieces);
        }
        self.asking.after(Change::Checkable);
    }

    /// Where the torrent is of version 2.
    pub(super) fn trees(&self) -> Option<&Trees> {
        self.content.as_ref()?.trees.as_ref()
    }

    /// Whether no piece can be checked yet: of version 2 alone there are no other hashes.
    pub(super) fn lacks_hashes(&self) -> bool {
        self.hashes.v1().is_none() && self.trees().is_some_and(|trees| !trees.layers.are_complete())
    }

    /// Asks peers of version 2 for piece hashes that they must have.
    pub(super) fn ask_for_hashes(&mut self) {
        let Some(Content { trees: Some(Trees { layers, .. }), .. }) = &mut self.content else { return };
        for key in layers.eager() {
            let Some(peer) = self.peers.get_mut(&key) else { continue };
            for range in layers.ask(self.now, key, &peer.has) {
                peer.say(Message::HashRequest(range));
            }
        }
    }

    pub(super) fn hashes_arrived(
        &mut self,
        key: PeerKey,
        range: HashRange,
        bytes: &[u8],
        blocks: &mut impl Blocks,
    ) {
        let Some(Content { trees: Some(Trees { layers, disputes, .. }), .. }) = &mut self.content else {
            return;
        };
        let hashes: Vec<_> = Hash::split(bytes).into_iter().flatten().collect();
        match disputes.arrived(key, range, &hashes) {
            Evidence::Unasked => {}
            Evidence::Part => return,
            Evidence::All(piece) => return self.outputs.push_back(Output::Leaves { piece }),
            Evidence::Wrong => return self.expel(key, blocks),
        }
        match layers.arrived(key, range, &hashes) {
            Arrival::Unasked => {}
            Arrival::Right if layers.are_complete() => {
                self.outputs.push_back(Output::PieceLayers(layers.known().clone()));
                self.asking.after(Change::Checkable);
            }
            Arrival::Right => {}
            Arrival::Wrong => self.expel(key, blocks),
        }
    }

    /// A peer sent hashes that are proved wrong. Nobody else can be to blame.
    fn expel(&mut self, key: PeerKey, blocks: &mut impl Blocks) {
        match self.peers.get(&key).and_then(|peer| peer.hello) {
            Some(hello) => self.ban(hello.id, blocks),
            None => self.close(key, CloseReason::CorruptData, blocks),
        }
    }

    pub(super) fn hashes_refused(&mut self, key: PeerKey, range: HashRange) {
        if let Some(Content { trees: Some(trees), .. }) = &mut self.content {
            trees.refused(self.now, key, range);
        }
    }

    pub(super) fn hashes_requested(&mut self, key: PeerKey, range: HashRange) {
        let admitted = self.admit_request(key, range);
        let hashes = admitted.and_then(|(tree, _)| answer(&tree, self.trees()?.layers.known(), None, range));
        let is_granted = hashes.is_some() || admitted.is_some() && self.await_leaves(key, range);
        if let (Some(peer), Some((_, work))) = (self.peers.get_mut(&key).filter(|_| is_granted), admitted) {
            peer.hashes_sent += work;
        }
        if hashes.is_some() || !is_granted {
            self.send_hashes(key, range, hashes);
        }
    }

    /// The tree that a peer asks for hashes of and what they cost in hashes, if there are such hashes and it may have
    /// so many more. This is known before anything is hashed.
    fn admit_request(&self, key: PeerKey, range: HashRange) -> Option<(Tree, u32)> {
        let tree = self.content.as_ref()?.tree_of(range)?;
        // Whoever asks for a leaf has us hash the whole piece.
        let of_piece = piece_of_leaves(tree, range).map_or(0, |_| 1 << tree.piece_level());
        let work = range.hashes().max(of_piece);
        let peer = self.peers.get(&key)?;
        let allowance = peer.has.len().saturating_mul(HASH_COPIES).saturating_add(HASH_ALLOWANCE);
        (peer.hashes_sent.saturating_add(work) <= allowance).then_some((*tree, work))
    }

    /// Gives a peer the hashes that it asked for, or refuses to.
    pub(super) fn send_hashes(&mut self, key: PeerKey, range: HashRange, hashes: Option<Vec<Hash>>) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        match hashes {
            Some(hashes) => {
                let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
                peer.say(Message::Hashes { range, hashes: &bytes });
            }
            None => peer.say(Message::HashReject(range)),
        }
    }
}

/// How often a peer may have all piece hashes on one connection,
const HASH_COPIES: u32 = 2;
/// and how many more for their proofs, and for leaves.
const HASH_ALLOWANCE: u32 = 10_000;

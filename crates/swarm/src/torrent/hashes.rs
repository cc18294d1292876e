//! Piece hashes of version 2, from and for peers (BEP 52).

use metainfo::merkle::Hash;
use metainfo::{BLOCK_LENGTH, PieceLayers};
use wire::{HashRange, Message};

use super::{Stage, Torrent};
use crate::layers::{Arrival, Layers, answer};
use crate::leaves::Evidence;
use crate::{Blocks, CloseReason, Output, PeerKey};

impl Torrent {
    /// The driver knows piece hashes from before.
    pub(super) fn know_layers(&mut self, layers: PieceLayers) {
        if let Stage::Content(info, _) = &self.stage
            && info.hashes().v2().is_some()
        {
            self.layers = Some(Layers::new(info, layers, self.config.metadata_timeout));
            self.stirred = true;
        }
    }

    /// Whether no piece can be checked yet: of version 2 alone there are no other hashes.
    pub(super) fn lacks_hashes(&self) -> bool {
        self.hashes.v1().is_none() && self.layers.as_ref().is_some_and(|layers| !layers.are_complete())
    }

    /// Asks every peer of version 2 for piece hashes that it must have.
    pub(super) fn ask_for_hashes(&mut self) {
        let Some(layers) = self.layers.as_mut().filter(|layers| !layers.are_complete()) else { return };
        for key in self.peers.keys().copied().collect::<Vec<_>>() {
            let Some(peer) = self.peers.get(&key).filter(|peer| peer.speaks_v2) else { continue };
            let ranges = layers.ask(self.now, key, |piece| peer.has.get(piece));
            if let (false, Some(peer)) = (ranges.is_empty(), self.peers.get_mut(&key)) {
                for range in ranges {
                    peer.say(Message::HashRequest(range));
                }
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
        let Some(layers) = &mut self.layers else { return };
        let hashes: Vec<_> = Hash::split(bytes).into_iter().flatten().collect();
        match self.disputes.arrived(key, range, &hashes) {
            Evidence::Unasked => {}
            Evidence::Part => return,
            Evidence::All(piece) => return self.outputs.push_back(Output::Leaves { piece }),
            Evidence::Wrong => return self.expel(key, blocks),
        }
        match layers.arrived(key, range, &hashes) {
            Arrival::Unasked => {}
            Arrival::Right if layers.are_complete() => {
                self.outputs.push_back(Output::PieceLayers(layers.known().clone()));
                self.stirred = true;
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
        self.disputes.refused(key, range);
        if let Some(layers) = &mut self.layers {
            layers.refused(key, range);
        }
    }

    pub(super) fn hashes_requested(&mut self, key: PeerKey, range: HashRange) {
        let Some(peer) = self.peers.get(&key) else { return };
        let allowance = peer.has.len().saturating_mul(HASH_COPIES).saturating_add(HASH_ALLOWANCE);
        // Whoever asks for a leaf has us hash the whole piece.
        let is_leaf = range.level == 0;
        let work = self
            .pieces()
            .filter(|_| is_leaf)
            .map_or(0, |pieces| pieces.geometry().piece_length() / BLOCK_LENGTH);
        let sent = peer.hashes_sent.saturating_add(range.hashes().max(work));
        let hashes = self.look_up(range).filter(|_| sent <= allowance);
        let is_granted = hashes.is_some() || sent <= allowance && self.await_leaves(key, range);
        if let Some(peer) = self.peers.get_mut(&key).filter(|_| is_granted) {
            peer.hashes_sent = sent;
        }
        if hashes.is_some() || !is_granted {
            self.send_hashes(key, range, hashes);
        }
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

    fn look_up(&self, range: HashRange) -> Option<Vec<Hash>> {
        let layers = self.layers.as_ref()?;
        let mut trees = self.info()?.files().iter().filter_map(|file| file.tree.as_ref());
        let tree = trees.find(|tree| *tree.root() == range.root && tree.piece_level() == range.level)?;
        answer(tree, layers.known().get(tree)?, &[], range)
    }
}

/// How often a peer may have all piece hashes on one connection,
const HASH_COPIES: u32 = 2;
/// and how many more for their proofs, and for leaves.
const HASH_ALLOWANCE: u32 = 10_000;

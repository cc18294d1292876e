//! What there is of a torrent once its metadata are known.

use metainfo::merkle::{Hash, Rows, Tree};
use metainfo::{Info, PieceIndex, PieceLayers};
use wire::{Bitfield, HashRange};

use super::leaves::LeafRequest;
use super::superseed::SuperSeed;
use crate::failures::Failures;
use crate::layers::{Layers, piece_of_leaves};
use crate::leaves::Disputes;
use crate::picker::Picker;
use crate::pieces::Pieces;
use crate::{Config, PeerKey, Time};

/// The metadata, and all that follows from them.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) info: Info,
    pub(super) pieces: Pieces,
    pub(super) picker: Picker,
    pub(super) failures: Failures,
    /// Where the torrent is of version 2.
    pub(super) trees: Option<Trees>,
    /// While we super-seed.
    pub(super) super_seed: Option<SuperSeed>,
}

/// The hash trees of a torrent of version 2 (BEP 52).
#[derive(Debug)]
pub(super) struct Trees {
    /// Their piece hashes.
    pub(super) layers: Layers,
    /// Pieces that failed their hash, while peers are asked which of their blocks are wrong.
    pub(super) disputes: Disputes,
    /// Peers that wait for the leaves of a piece.
    pub(super) leaf_requests: Vec<LeafRequest>,
}

impl Content {
    /// Content of which `have` is stored: nothing, if that is of another length.
    pub(super) fn new(info: Info, have: Bitfield, config: &Config, seed: u64) -> Self {
        let geometry = info.geometry();
        let fits = have.len() == geometry.piece_count();
        let have = if fits { have } else { Bitfield::new(geometry.piece_count()) };
        let trees = info.hashes().v2().map(|_| Trees {
            layers: Layers::new(&info, PieceLayers::default(), config.metadata_timeout),
            disputes: Disputes::new(config.metadata_timeout),
            leaf_requests: Vec::new(),
        });
        Self {
            pieces: Pieces::new(geometry, have, seed),
            picker: Picker::new(config.max_active, config.random_first),
            failures: Failures::default(),
            trees,
            super_seed: None,
            info,
        }
    }

    /// Whether one more piece may be in download.
    pub(super) fn has_room(&self) -> bool {
        self.picker.has_room(&self.pieces)
    }

    /// A connection is gone.
    pub(super) fn gone(&mut self, peer: PeerKey, has: &Bitfield) {
        for piece in has.iter_ones() {
            self.pieces.availability_mut().subtract(piece);
        }
        if let Some(trees) = &mut self.trees {
            trees.layers.gone(peer);
            trees.disputes.gone(peer);
            trees.leaf_requests.retain(|request| !request.is_of(peer));
        }
    }

    /// The tree in which these hashes lie.
    pub(super) fn tree_of(&self, range: HashRange) -> Option<&Tree> {
        self.trees.as_ref()?.layers.files_of(&self.info, range).next().map(|(_, tree)| tree)
    }

    /// A stored piece in which these leaves lie. Files of the same content have the same leaves.
    pub(super) fn stored_piece_of(&self, range: HashRange) -> Option<PieceIndex> {
        let mut twins = self.trees.as_ref()?.layers.files_of(&self.info, range).filter_map(|(file, tree)| {
            let first = self.pieces.geometry().piece_at(file.span.offset)?;
            Some(PieceIndex::new(first.get() + piece_of_leaves(tree, range)?))
        });
        twins.find(|piece| self.pieces.have().get(*piece))
    }

    /// The leaves of a piece and what lies above them, if they are right: storage may fail.
    pub(super) fn proved_leaves(&self, piece: PieceIndex, leaves: &[Hash]) -> Option<Rows> {
        let known = self.trees.as_ref()?.layers.known();
        let (tree, place) = self.info.tree_of(piece)?;
        let rows = Rows::new(leaves.to_vec(), 0, tree.piece_level().min(tree.height()));
        (known.piece(tree, place)? == rows.top()).then_some(rows)
    }
}

impl Trees {
    /// A peer has no hashes of this range, or does not give them.
    pub(super) fn refused(&mut self, now: Time, peer: PeerKey, range: HashRange) {
        self.disputes.refused(peer, range);
        self.layers.refused(now, peer, range);
    }
}

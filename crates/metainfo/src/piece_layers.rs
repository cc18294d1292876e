use std::fmt;
use std::sync::Arc;

use litemap::LiteMap;

use crate::bencode::{Item, Value};
use crate::merkle::{self, Hash, Rows, Tree};
use crate::{Error, Info, InfoHash, PieceIndex};

/// What the hashes of a piece say of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// They are right.
    Right,
    /// They are wrong, or no hash is known.
    Wrong,
    /// Right by one version of a hybrid and wrong by the other: whoever made the torrent is to blame.
    Contradiction,
}

/// The piece hashes of files of version 2, as far as they are known (`piece layers`, BEP 52).
///
/// They are not in [`Info`], so a torrent from a link comes without and gets them from peers. Each layer is
/// right: the root in `info` is made of it. A file of one piece needs none. Cloning is cheap, and what was hashed to
/// find a layer right is kept: proofs are made of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PieceLayers(LiteMap<Hash, Arc<Rows>>);

impl PieceLayers {
    /// Reads the `piece layers` of a torrent file. Files may be missing, but what is there must be right.
    pub(crate) fn parse(layers: Value<'_>, info: &Info) -> Result<Self, Error> {
        let mut trees: Vec<&Tree> = info.files().iter().filter_map(|file| file.tree.as_ref()).collect();
        sort::by_key(&mut trees, |tree| *tree.root());
        let mut found: Vec<Option<Vec<Hash>>> = vec![None; trees.len()];
        for (root, layer) in layers.entries().ok_or(Error::PieceLayers)? {
            let tree = trees.binary_search_by(|tree| tree.root().as_bytes()[..].cmp(root));
            let hashes = layer.as_bytes().and_then(Hash::split);
            let (Ok(place), Some(hashes)) = (tree, hashes) else { return Err(Error::PieceLayers) };
            if hashes.len() != trees[place].piece_count() as usize || found[place].is_some() {
                return Err(Error::PieceLayers);
            }
            found[place] = Some(hashes.collect());
        }
        // Nothing is hashed before it is known that all could fit, and what is known grows at its end alone.
        let mut known = Self::default();
        for (tree, layer) in trees.into_iter().zip(found) {
            if layer.is_some_and(|layer| !known.insert(tree, layer)) {
                return Err(Error::PieceLayers);
            }
        }
        Ok(known)
    }

    /// Adds the piece hashes of a file, and says whether they are right. Wrong ones are left out.
    pub fn insert(&mut self, tree: &Tree, pieces: Vec<Hash>) -> bool {
        let Some(rows) = tree.layer(pieces) else { return false };
        if tree.has_layer() {
            self.0.insert(*tree.root(), Arc::new(rows));
        }
        true
    }

    /// The piece hashes of a file, if they are known and it has more than one.
    #[must_use]
    pub fn get(&self, tree: &Tree) -> Option<&[Hash]> {
        self.rows(tree).map(Rows::nodes)
    }

    /// The node at this place of a level of a file's tree, if it is known: from the piece layer up to the root, or the
    /// root alone of a file without.
    #[must_use]
    pub fn node(&self, tree: &Tree, level: u32, place: u32) -> Option<Hash> {
        if tree.has_layer() {
            self.rows(tree)?.node(level, place)
        } else {
            (level == tree.height() && place == 0).then_some(*tree.root())
        }
    }

    /// The hash of a file's `n`th piece, if it is known.
    #[must_use]
    pub fn piece(&self, tree: &Tree, n: u32) -> Option<Hash> {
        if tree.has_layer() {
            self.get(tree)?.get(n as usize).copied()
        } else {
            (n == 0).then_some(*tree.root())
        }
    }

    /// Whether the bytes of a piece, padding included, are right by every hash of theirs that is known.
    #[must_use]
    pub fn check(&self, info: &Info, piece: PieceIndex, bytes: &[u8]) -> Check {
        let is_v1 = info.hashes().v1().is_some();
        // Leaves that nothing is compared with are not hashed: layers of a hybrid come late, or never.
        let is_known = info.tree_of(piece).is_some_and(|(tree, n)| self.piece(tree, n).is_some());
        let content = bytes.get(..info.geometry().content_of(piece) as usize).filter(|_| is_known);
        let leaves = merkle::leaves(content.unwrap_or_default());
        self.check_hashes(info, piece, is_v1.then(|| *InfoHash::of(bytes).as_bytes()), &leaves)
    }

    /// The same, from the SHA-1 of the piece and the leaves of its blocks.
    #[must_use]
    pub fn check_hashes(
        &self,
        info: &Info,
        piece: PieceIndex,
        sha1: Option<[u8; 20]>,
        leaves: &[Hash],
    ) -> Check {
        let v1 = info.piece_hash(piece).map(|hash| Some(hash) == sha1);
        let v2 = info.tree_of(piece).and_then(|(tree, n)| Some(self.piece(tree, n)? == tree.piece(leaves)));
        match (v1, v2) {
            (Some(true), Some(false)) | (Some(false), Some(true)) => Check::Contradiction,
            (Some(true), _) | (_, Some(true)) => Check::Right,
            _ => Check::Wrong,
        }
    }

    /// Whether every piece of the torrent has a hash of version 2, or it is not of that version.
    #[must_use]
    pub fn is_complete(&self, info: &Info) -> bool {
        let mut trees = info.files().iter().filter_map(|file| file.tree.as_ref());
        trees.all(|tree| !tree.has_layer() || self.get(tree).is_some())
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn rows(&self, tree: &Tree) -> Option<&Rows> {
        let rows = self.0.get(tree.root()).map(Arc::as_ref);
        rows.filter(|rows| rows.nodes().len() == tree.piece_count() as usize)
    }

    /// The bencoded dictionary.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let layers: Vec<(&Hash, Vec<u8>)> = (self.0.iter())
            .map(|(root, rows)| (root, rows.nodes().iter().flat_map(|hash| *hash.as_bytes()).collect()))
            .collect();
        let mut dict = LiteMap::with_capacity(layers.len());
        for (root, layer) in &layers {
            dict.insert(&root.as_bytes()[..], Item::from(&layer[..]));
        }
        Item::Dict(dict).encode()
    }
}

impl fmt::Debug for PieceLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(root, rows)| (root, rows.nodes().len()))).finish()
    }
}

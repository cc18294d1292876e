//! Hash trees over the 16 KiB blocks of a file (BEP 52), as arithmetic on hashes: nothing here reads a file.
//!
//! A tree's leaves, at level 0, are the SHA-256 of each block; a node at level *n* + 1 is the hash of two
//! neighbours at level *n*. Leaves after the last block are zeros, up to the next power of two.
//!
//! ```
//! use metainfo::merkle::{Hash, Proof, Tree, root};
//!
//! let leaves: Vec<_> = [&b"one"[..], b"two", b"three"].map(Hash::of_block).to_vec();
//! let root = root(&leaves, 0, 2);
//! let proof = Proof { level: 0, index: 2, uncles: &[Hash::of_pair(&leaves[0], &leaves[1])] };
//! assert_eq!(proof.root(&[leaves[2], Hash::ZERO]), Some(root));
//! assert_eq!(Tree::new(root, 40_000, 32 << 10).map(|tree| tree.leaf_count()), Some(3));
//! ```

#[cfg(target_arch = "wasm32")]
mod lanes;

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::BLOCK_LENGTH;

/// A node of a hash tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands for a leaf after the last block.
    pub const ZERO: Self = Self([0; 32]);

    /// The leaf of a block: up to 16 KiB of a file, padding not included.
    #[must_use]
    pub fn of_block(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The node above two neighbours.
    #[must_use]
    pub fn of_pair(left: &Self, right: &Self) -> Self {
        #[cfg(debug_assertions)]
        PAIRS.set(PAIRS.get() + 1);
        Self(Sha256::new().chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// The node with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, as torrents and messages carry them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The nodes in a string of them, unless it ends within one.
    #[must_use]
    pub fn split(bytes: &[u8]) -> Option<impl ExactSizeIterator<Item = Self>> {
        let (hashes, []) = bytes.as_chunks() else { return None };
        Some(hashes.iter().copied().map(Self))
    }

    /// The node at `level` with nothing but zero leaves below it.
    fn of_nothing(level: u32) -> Self {
        (0..level).fold(Self::ZERO, |hash, _| Self::of_pair(&hash, &hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The leaves of the blocks that `content` is made of: bytes of a file from the start of a block on, padding not
/// included.
#[must_use]
pub fn leaves(content: &[u8]) -> Vec<Hash> {
    let (mut leaves, rest) = hashed_together(content);
    leaves.extend(rest.chunks(BLOCK_LENGTH as usize).map(Hash::of_block));
    leaves
}

/// The leaves of the first blocks, as far as several are hashed at once, and the rest of the bytes.
#[cfg(target_arch = "wasm32")]
fn hashed_together(content: &[u8]) -> (Vec<Hash>, &[u8]) {
    let (blocks, rest) = content.as_chunks();
    (blocks.iter().flat_map(|blocks| lanes::of_blocks(blocks)).map(Hash).collect(), rest)
}

/// Elsewhere one block at a time is as good: `sha2` uses the instructions that most other processors have.
#[cfg(not(target_arch = "wasm32"))]
const fn hashed_together(content: &[u8]) -> (Vec<Hash>, &[u8]) {
    (Vec::new(), content)
}

/// The node at level `to` that has `nodes`, of level `from`, as its first descendants there, and nothing behind
/// them. There are at most `2^(to - from)`; more are left out.
#[must_use]
pub fn root(nodes: &[Hash], from: u32, to: u32) -> Hash {
    let mut row = nodes.to_vec();
    let mut padding = Hash::of_nothing(from);
    for _ in from..to {
        row = above(&row, &padding);
        padding = Hash::of_pair(&padding, &padding);
    }
    row.first().copied().unwrap_or(padding)
}

/// The row of nodes above `row`, whose last may lack its right neighbour.
fn above(row: &[Hash], padding: &Hash) -> Vec<Hash> {
    row.chunks(2).map(|pair| Hash::of_pair(&pair[0], pair.get(1).unwrap_or(padding))).collect()
}

/// The nodes of a tree from one level up to another that has only one, kept so that none is hashed twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The level of the lowest row.
    from: u32,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    nodes: Vec<Hash>,
    /// What stands for the nodes behind them.
    padding: Hash,
}

impl Rows {
    /// What lies above `nodes`, of level `from`, up to level `to`, where they have one node in common: with nothing
    /// behind them, as in [`root`].
    #[must_use]
    pub fn new(nodes: Vec<Hash>, from: u32, to: u32) -> Self {
        let mut rows = vec![Row { nodes, padding: Hash::of_nothing(from) }];
        for _ in from..to {
            let Row { nodes, padding } = &rows[rows.len() - 1];
            rows.push(Row { nodes: above(nodes, padding), padding: Hash::of_pair(padding, padding) });
        }
        Self { from, rows }
    }

    /// The lowest row, as far as it is not padding.
    #[must_use]
    pub fn nodes(&self) -> &[Hash] {
        &self.rows[0].nodes
    }

    /// The node at this place of a level. `None` if that is not among the rows.
    #[must_use]
    pub fn node(&self, level: u32, place: u32) -> Option<Hash> {
        let row = self.rows.get(level.checked_sub(self.from)? as usize)?;
        Some(row.nodes.get(place as usize).copied().unwrap_or(row.padding))
    }

    /// The node at the top.
    #[must_use]
    pub fn top(&self) -> Hash {
        let Row { nodes, padding } = &self.rows[self.rows.len() - 1];
        nodes.first().copied().unwrap_or(*padding)
    }
}

/// The part of a HASHES message that leads from a run of nodes to a node above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof<'a> {
    /// The level of the run.
    pub level: u32,
    /// The position of the run's first node in its level: a multiple of the run's length.
    pub index: u32,
    /// What has to be joined with the node above the run, level by level.
    pub uncles: &'a [Hash],
}

impl Proof<'_> {
    /// The node that `run` and the uncles lead to. `None` unless the run's length is a power of two and its
    /// index fits.
    #[must_use]
    pub fn root(&self, run: &[Hash]) -> Option<Hash> {
        let length = u32::try_from(run.len()).ok().filter(|length| length.is_power_of_two())?;
        let height = length.ilog2();
        let mut place = self.index.is_multiple_of(length).then_some(self.index >> height)?;
        let mut node = root(run, self.level, self.level + height);
        for uncle in self.uncles {
            node = if place % 2 == 0 { Hash::of_pair(&node, uncle) } else { Hash::of_pair(uncle, &node) };
            place /= 2;
        }
        Some(node)
    }
}

/// The shape of one file's hash tree, and its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tree {
    root: Hash,
    leaves: u32,
    piece_level: u32,
}

impl Tree {
    /// The tree of a file of `length` bytes in a torrent with pieces of `piece_length` bytes. `None` if the
    /// file is empty or the lengths are not those of a torrent of version 2.
    #[must_use]
    pub fn new(root: Hash, length: u64, piece_length: u32) -> Option<Self> {
        let leaves = u32::try_from(length.div_ceil(BLOCK_LENGTH.into())).ok()?;
        let sound =
            (1..=1 << 31).contains(&leaves) && piece_length.is_power_of_two() && piece_length >= BLOCK_LENGTH;
        sound.then(|| Self { root, leaves, piece_level: (piece_length / BLOCK_LENGTH).ilog2() })
    }

    /// The root, which is in the torrent's `info` (`pieces root`).
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Blocks in the file, at least one.
    #[must_use]
    pub const fn leaf_count(&self) -> u32 {
        self.leaves
    }

    /// The level of the root.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.leaves.next_power_of_two().ilog2()
    }

    /// The level whose nodes stand for a piece each.
    #[must_use]
    pub const fn piece_level(&self) -> u32 {
        self.piece_level
    }

    /// Pieces in the file, at least one.
    #[must_use]
    pub const fn piece_count(&self) -> u32 {
        self.leaves.div_ceil(1 << self.piece_level)
    }

    /// Whether the file has a piece layer. The root alone tells whether an only piece is right.
    #[must_use]
    pub const fn has_layer(&self) -> bool {
        self.piece_count() > 1
    }

    /// The node that stands for a piece, from the leaves of the piece's blocks.
    #[must_use]
    pub fn piece(&self, leaves: &[Hash]) -> Hash {
        root(leaves, 0, self.piece_level.min(self.height()))
    }

    /// The hashes of all pieces of the file and what lies above them, if `pieces` are those.
    #[must_use]
    pub fn layer(&self, pieces: Vec<Hash>) -> Option<Rows> {
        // Nothing is hashed that could not fit.
        (pieces.len() == self.piece_count() as usize)
            .then(|| Rows::new(pieces, self.piece_level.min(self.height()), self.height()))
            .filter(|rows| rows.top() == self.root)
    }
}

/// How many nodes this thread has hashed of two others: for tests of what an input costs.
#[cfg(debug_assertions)]
#[must_use]
pub fn pairs_hashed() -> u64 {
    PAIRS.get()
}

#[cfg(debug_assertions)]
thread_local! {
    static PAIRS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaf(n: u32) -> Hash {
        Hash::of_block(&n.to_be_bytes())
    }

    /// The whole tree of these leaves, row by row, the slow and plain way.
    fn rows(leaves: &[Hash]) -> Vec<Vec<Hash>> {
        let mut row = leaves.to_vec();
        row.resize(leaves.len().next_power_of_two(), Hash::ZERO);
        let mut rows = vec![row];
        while rows[rows.len() - 1].len() > 1 {
            let next =
                rows[rows.len() - 1].chunks_exact(2).map(|pair| Hash::of_pair(&pair[0], &pair[1])).collect();
            rows.push(next);
        }
        rows
    }

    #[test]
    fn a_leaf_is_the_sha256_of_its_block() {
        // FIPS 180-4, the one-block example.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Hash::of_block(b"abc").to_string(), expected);
    }

    #[test]
    fn an_only_block_is_its_own_root() {
        let tree = Tree::new(leaf(0), 5, BLOCK_LENGTH).unwrap();
        assert_eq!((tree.height(), tree.piece_count(), tree.has_layer()), (0, 1, false));
        assert!(tree.layer(vec![leaf(0)]).is_some());
        assert_eq!(tree.piece(&[leaf(0)]), leaf(0));
    }

    #[test]
    fn lengths_that_make_no_tree_have_none() {
        for (length, piece_length) in [
            (0, BLOCK_LENGTH),
            (1, 0),
            (1, BLOCK_LENGTH / 2),
            (1, 3 * BLOCK_LENGTH),
            (u64::MAX, BLOCK_LENGTH),
            ((1 << 45) + 1, BLOCK_LENGTH),
        ] {
            assert_eq!(Tree::new(Hash::ZERO, length, piece_length), None, "{length} {piece_length}");
        }
    }

    #[test]
    fn a_run_that_is_no_subtree_proves_nothing() {
        let proof =
            |index, length: usize| Proof { level: 0, index, uncles: &[] }.root(&vec![leaf(0); length]);
        assert_eq!([proof(0, 0), proof(0, 3), proof(1, 2), proof(2, 4)], [None; 4]);
        assert!(proof(4, 4).is_some());
    }

    proptest! {
        #[test]
        fn the_root_is_that_of_the_padded_tree(count in 1..70_u32, from in 0..4_u32) {
            let leaves: Vec<_> = (0..count).map(leaf).collect();
            let rows = rows(&leaves);
            let height = rows.len() as u32 - 1;
            let from = from.min(height);
            let top = rows[height as usize][0];
            let known = &rows[from as usize][..leaves.len().div_ceil(1 << from)];
            prop_assert_eq!(root(known, from, height), top);
            let kept = Rows::new(known.to_vec(), from, height);
            prop_assert_eq!((kept.nodes(), kept.top()), (known, top));
            for (level, row) in (from..).zip(&rows[from as usize..]) {
                let nodes = (0..row.len() as u32).map(|place| kept.node(level, place));
                prop_assert!(nodes.eq(row.iter().map(|node| Some(*node))));
            }
            prop_assert_eq!((kept.node(height + 1, 0), from.checked_sub(1).and_then(|below| kept.node(below, 0))), (None, None));
        }

        #[test]
        fn a_file_is_right_by_its_pieces_and_a_piece_by_its_blocks(count in 1..70_u32, piece_level in 0..5_u32) {
            let leaves: Vec<_> = (0..count).map(leaf).collect();
            let top = rows(&leaves)[leaves.len().next_power_of_two().ilog2() as usize][0];
            let length = u64::from(count) * u64::from(BLOCK_LENGTH);
            let tree = Tree::new(top, length, BLOCK_LENGTH << piece_level).unwrap();
            let mut pieces: Vec<_> = leaves.chunks(1 << piece_level).map(|piece| tree.piece(piece)).collect();
            prop_assert!(tree.layer(pieces.clone()).is_some());
            prop_assert_eq!(tree.has_layer(), pieces.len() > 1);
            let last = pieces.len() - 1;
            pieces[last] = leaf(count);
            prop_assert_eq!(tree.layer(pieces), None);
        }

        #[test]
        fn a_proof_leads_to_the_root_and_a_changed_one_does_not(
            count in 2..70_u32,
            height in 0..4_u32,
            place: prop::sample::Index,
            change: prop::sample::Index,
        ) {
            let leaves: Vec<_> = (0..count).map(leaf).collect();
            let rows = rows(&leaves);
            let height = height.min(rows.len() as u32 - 1);
            let index = place.index(rows[height as usize].len()) << height;
            let run = rows[0][index..index + (1 << height)].to_vec();
            let uncles: Vec<_> = (height as usize..rows.len() - 1).map(|level| rows[level][(index >> level) ^ 1]).collect();
            let top = Some(rows[rows.len() - 1][0]);
            let led_to = |run: &[Hash], uncles: &[Hash]| Proof { level: 0, index: index as u32, uncles }.root(run);
            prop_assert_eq!(led_to(&run, &uncles), top);
            let mut changed = run.clone();
            changed[change.index(run.len())] = leaf(count);
            prop_assert_ne!(led_to(&changed, &uncles), top);
            if !uncles.is_empty() {
                let mut changed = uncles.clone();
                changed[change.index(uncles.len())] = leaf(count);
                prop_assert_ne!(led_to(&run, &changed), top);
            }
        }
    }
}

//! Pieces of several peers that failed their hash, where nobody said which of their blocks are wrong.

use std::collections::VecDeque;

use metainfo::PieceIndex;
use metainfo::merkle::Hash;
use wire::PeerId;

use crate::giver::Giver;
use crate::pieces::Origin;
use crate::set::Set;

/// What such pieces were made of, until they have come again and are right: then whoever gave a block that differs lied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    /// Oldest first.
    kept: VecDeque<Failure>,
}

#[derive(Clone, Debug)]
struct Failure {
    piece: PieceIndex,
    blocks: Vec<Sample>,
}

/// A block that may have been wrong.
#[derive(Clone, Copy, Debug)]
struct Sample {
    leaf: Hash,
    giver: Giver,
    id: Option<PeerId>,
}

impl Failures {
    /// A piece with these leaves failed its hash. Nothing is kept of one whose blocks cannot be told from each other.
    pub(crate) fn keep(&mut self, piece: PieceIndex, origin: &Origin, leaves: &[Hash]) {
        if leaves.len() != origin.senders.len() || leaves.len() > MAX_BLOCKS {
            return;
        }
        let blocks = origin.senders.iter().zip(leaves).map(|(giver, leaf)| {
            let id = origin.contributors.get(giver).copied().flatten();
            Sample { leaf: *leaf, giver: *giver, id }
        });
        self.kept.push_back(Failure { piece, blocks: blocks.collect() });
        while self.kept.iter().map(|failure| failure.blocks.len()).sum::<usize>() > MAX_BLOCKS {
            self.kept.pop_front();
        }
    }

    /// Whether the leaves of a piece would tell who lied about it.
    pub(crate) fn are_of(&self, piece: PieceIndex) -> bool {
        self.kept.iter().any(|failure| failure.piece == piece)
    }

    /// The leaves of a piece that is right. Who gave others for it before.
    pub(crate) fn settle(&mut self, piece: PieceIndex, right: &[Hash]) -> Set<(Giver, Option<PeerId>)> {
        let mut guilty = Set::default();
        self.kept.retain(|failure| {
            let is_open = failure.piece != piece;
            if !is_open && failure.blocks.len() == right.len() {
                let wrong = failure.blocks.iter().zip(right).filter(|(sample, right)| sample.leaf != **right);
                guilty.extend(wrong.map(|(sample, _)| (sample.giver, sample.id)));
            }
            is_open
        });
        guilty
    }
}

/// Blocks that are remembered of all such pieces: as many as 256 MiB have, in about a megabyte.
const MAX_BLOCKS: usize = 16_384;

#[cfg(test)]
mod tests {
    use litemap::LiteMap;

    use super::*;
    use crate::{PeerKey, WebSeedKey};

    const PIECE: PieceIndex = PieceIndex::new(3);

    fn leaves(names: &[&str]) -> Vec<Hash> {
        names.iter().map(|name| Hash::of_block(name.as_bytes())).collect()
    }

    fn peer(n: u32) -> (Giver, Option<PeerId>) {
        (Giver::Peer(PeerKey::new(n)), Some(PeerId::from_bytes([n as u8; 20])))
    }

    fn of(givers: &[(Giver, Option<PeerId>)]) -> Origin {
        let contributors: LiteMap<_, _> = givers.iter().copied().collect();
        let senders = givers.iter().map(|(giver, _)| *giver).collect();
        Origin { contributors, senders, exclusive: false }
    }

    #[test]
    fn whoever_gave_another_block_than_the_right_one_is_named_and_nobody_else() {
        let web_seed = (Giver::WebSeed(WebSeedKey::new(9)), None);
        let mut failures = Failures::default();
        failures.keep(PIECE, &of(&[peer(1), peer(2), peer(1)]), &leaves(&["a", "lie", "c"]));
        failures.keep(PIECE, &of(&[web_seed, peer(1), peer(3)]), &leaves(&["lie", "b", "c"]));
        failures.keep(PieceIndex::new(4), &of(&[peer(1), peer(3)]), &leaves(&["a", "b"]));
        assert!(failures.are_of(PIECE));
        let guilty = failures.settle(PIECE, &leaves(&["a", "b", "c"]));
        assert_eq!(guilty.as_slice(), [peer(2), web_seed]);
        assert!(!failures.are_of(PIECE) && failures.are_of(PieceIndex::new(4)));
    }

    #[test]
    fn leaves_of_another_number_of_blocks_name_nobody() {
        let mut failures = Failures::default();
        failures.keep(PIECE, &of(&[peer(1), peer(2)]), &leaves(&["a"]));
        assert!(!failures.are_of(PIECE));
        failures.keep(PIECE, &of(&[peer(1), peer(2)]), &leaves(&["a", "b"]));
        assert_eq!(failures.settle(PIECE, &leaves(&["lie"])).as_slice(), []);
        assert!(!failures.are_of(PIECE));
    }

    #[test]
    fn no_more_is_kept_than_a_megabyte() {
        let mut failures = Failures::default();
        let half = vec![Hash::ZERO; MAX_BLOCKS / 2];
        let origin = of(&vec![peer(1); half.len()]);
        for piece in 0..3 {
            failures.keep(PieceIndex::new(piece), &origin, &half);
        }
        assert_eq!([0, 1, 2].map(|piece| failures.are_of(PieceIndex::new(piece))), [false, true, true]);
        let much = vec![Hash::ZERO; MAX_BLOCKS + 1];
        failures.keep(PIECE, &of(&vec![peer(1); much.len()]), &much);
        assert_eq!([1, 2, 3].map(|piece| failures.are_of(PieceIndex::new(piece))), [true, true, false]);
    }
}

//! Pieces of which some block is wrong, and the leaves that tell which (BEP 52).

use std::time::Duration;

use metainfo::PieceIndex;
use metainfo::merkle::{Hash, Proof, Tree};
use wire::{HashRange, MAX_HASHES};

use crate::set::Set;
use crate::{PeerKey, Time};

/// The pieces that failed their hash, until it is known which of their blocks did.
///
/// Several peers are asked at once for the leaves of such a piece, in runs of up to [`MAX_HASHES`]: whoever answers
/// first helps, and each run is proved by the piece's own hash.
#[derive(Clone, Debug)]
pub(crate) struct Disputes {
    open: Vec<Dispute>,
    timeout: Duration,
}

#[derive(Clone, Debug)]
struct Dispute {
    piece: PieceIndex,
    subject: Subject,
    /// Who may still answer.
    asked: Set<PeerKey>,
    since: Time,
    runs: Vec<Option<Vec<Hash>>>,
}

/// A piece as its file's tree has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) tree: Tree,
    /// Which of the file's pieces it is.
    pub(crate) place: u32,
    /// The node that stands for it.
    pub(crate) hash: Hash,
}

/// What came of a HASHES message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// Nobody waits for it.
    Unasked,
    /// It does not lead to the piece's hash.
    Wrong,
    /// It is right, and there is more to come.
    Part,
    /// It is right, and every leaf of this piece is known.
    All(PieceIndex),
}

impl Disputes {
    pub(crate) const fn new(timeout: Duration) -> Self {
        Self { open: Vec::new(), timeout }
    }

    /// Whether there is a dispute about a piece.
    pub(crate) fn are_about(&self, piece: PieceIndex) -> bool {
        self.open.iter().any(|dispute| dispute.piece == piece)
    }

    /// How many pieces are in dispute.
    pub(crate) const fn len(&self) -> usize {
        self.open.len()
    }

    /// Opens a dispute about a piece. What each peer in `asked` is to be asked for.
    pub(crate) fn open(
        &mut self,
        now: Time,
        piece: PieceIndex,
        subject: Subject,
        asked: Set<PeerKey>,
    ) -> Vec<HashRange> {
        let runs = vec![None; subject.runs() as usize];
        let ranges = (0..subject.runs()).map(|n| subject.range(n)).collect();
        self.open.push(Dispute { piece, subject, asked, since: now, runs });
        ranges
    }

    /// A peer sent hashes.
    pub(crate) fn arrived(&mut self, peer: PeerKey, range: HashRange, hashes: &[Hash]) -> Evidence {
        let Some((place, n)) = self.place(peer, range) else { return Evidence::Unasked };
        let dispute = &mut self.open[place];
        let (run, uncles) = hashes.split_at(hashes.len().min(range.length as usize));
        // Where the run lies in the piece: the proof ends there.
        let index = range.index - (dispute.subject.place << dispute.subject.height());
        if (Proof { level: 0, index, uncles }).root(run) != Some(dispute.subject.hash) {
            return Evidence::Wrong;
        }
        dispute.runs[n] = Some(run.to_vec());
        if dispute.runs.iter().any(Option::is_none) {
            return Evidence::Part;
        }
        dispute.asked.clear();
        Evidence::All(dispute.piece)
    }

    /// A peer will not send hashes that it was asked for.
    pub(crate) fn refused(&mut self, peer: PeerKey, range: HashRange) {
        if let Some((place, _)) = self.place(peer, range) {
            self.open[place].asked.remove(&peer);
        }
    }

    /// A peer is gone.
    pub(crate) fn gone(&mut self, peer: PeerKey) {
        for dispute in &mut self.open {
            dispute.asked.remove(&peer);
        }
    }

    /// Closes a dispute that nobody will help to settle, if there is one. Which piece it was about.
    pub(crate) fn give_up(&mut self, now: Time) -> Option<PieceIndex> {
        let is_over = |dispute: &Dispute| {
            let is_late = now.since(dispute.since) >= self.timeout;
            dispute.is_waiting() && (is_late || dispute.asked.as_slice().is_empty())
        };
        let place = self.open.iter().position(is_over)?;
        Some(self.open.swap_remove(place).piece)
    }

    /// When [`give_up`](Self::give_up) has something to do, if nobody answers before.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let waiting = self.open.iter().filter(|dispute| dispute.is_waiting());
        let end = |dispute: &Dispute| match dispute.asked.as_slice() {
            [] => dispute.since,
            _ => dispute.since + self.timeout,
        };
        waiting.map(end).min()
    }

    /// Closes the dispute about a piece whose leaves are known. They, and zeros behind the last block.
    pub(crate) fn settle(&mut self, piece: PieceIndex) -> Option<Vec<Hash>> {
        let is_settled = |dispute: &Dispute| dispute.piece == piece && !dispute.is_waiting();
        let place = self.open.iter().position(is_settled)?;
        Some(self.open.swap_remove(place).runs.into_iter().flatten().flatten().collect())
    }

    /// The run that this peer was asked for by exactly this request.
    fn place(&self, peer: PeerKey, range: HashRange) -> Option<(usize, usize)> {
        let places = self.open.iter().zip(0..).filter(|(dispute, _)| dispute.asked.contains(&peer));
        let mut runs =
            places.flat_map(|(dispute, place)| (0..dispute.subject.runs()).map(move |n| (dispute, place, n)));
        let (_, place, n) = runs.find(|(dispute, _, n)| dispute.subject.range(*n) == range)?;
        Some((place, n as usize))
    }
}

impl Dispute {
    /// Whether a leaf is missing.
    fn is_waiting(&self) -> bool {
        self.runs.iter().any(Option::is_none)
    }
}

impl Subject {
    /// The level of the piece's node.
    fn height(&self) -> u32 {
        self.tree.piece_level().min(self.tree.height())
    }

    /// Runs that have a leaf of a block.
    fn runs(&self) -> u32 {
        let before = self.place << self.height();
        (self.tree.leaf_count() - before).min(1 << self.height()).div_ceil(MAX_HASHES)
    }

    /// What to ask for to know the `n`th run.
    fn range(&self, n: u32) -> HashRange {
        let length = MAX_HASHES.min(1 << self.height());
        let index = (self.place << self.height()) + n * length;
        // Up to the piece's node, which is known.
        let proof_layers = if length == 1 << self.height() { 0 } else { self.height() - 1 };
        HashRange { root: *self.tree.root(), level: 0, index, length, proof_layers }
    }
}

#[cfg(test)]
mod tests {
    use metainfo::PieceLayers;
    use metainfo::merkle::{Rows, root};
    use proptest::prelude::*;

    use super::*;
    use crate::layers::answer;

    /// The last piece, of `blocks` blocks, of a file whose pieces are of 2^`level`; its leaves; and the piece layer.
    fn last_piece(pieces: u32, level: u32, blocks: u32) -> (Subject, Rows, PieceLayers) {
        let count = ((pieces - 1) << level) + blocks;
        let leaves: Vec<_> = (0..count).map(|n| Hash::of_block(&n.to_be_bytes())).collect();
        let height = count.next_power_of_two().ilog2();
        let layer: Vec<_> =
            leaves.chunks(1 << level).map(|piece| root(piece, 0, level.min(height))).collect();
        let length = u64::from(count) * u64::from(metainfo::BLOCK_LENGTH);
        let tree = Tree::new(root(&leaves, 0, height), length, metainfo::BLOCK_LENGTH << level).unwrap();
        let place = pieces - 1;
        let subject = Subject { tree, place, hash: layer[place as usize] };
        let mut known = PieceLayers::default();
        assert!(known.insert(&tree, layer));
        (subject, Rows::new(leaves[(place << level) as usize..].to_vec(), 0, level.min(height)), known)
    }

    fn open(subject: Subject, asked: &[PeerKey]) -> (Disputes, Vec<HashRange>) {
        let mut disputes = Disputes::new(TIMEOUT);
        let mut set = Set::default();
        set.extend(asked.iter().copied());
        let ranges = disputes.open(Time::ZERO, PIECE, subject, set);
        (disputes, ranges)
    }

    #[test]
    fn whoever_answers_first_settles_it() {
        let (subject, leaves, layer) = last_piece(3, 2, 4);
        let (mut disputes, ranges) = open(subject, &[PEER, OTHER]);
        let hashes = answer(&subject.tree, &layer, Some(&leaves), ranges[0]).unwrap();
        assert_eq!(disputes.settle(PIECE), None);
        assert_eq!(disputes.arrived(OTHER, ranges[0], &hashes), Evidence::All(PIECE));
        assert_eq!(disputes.arrived(PEER, ranges[0], &hashes), Evidence::Unasked);
        assert_eq!((disputes.give_up(Time::ZERO + TIMEOUT), disputes.deadline()), (None, None));
        assert_eq!(disputes.settle(PIECE).as_deref(), Some(leaves.nodes()));
        assert_eq!(disputes.len(), 0);
    }

    #[test]
    fn it_is_given_up_when_all_refuse_or_are_gone_or_let_us_wait() {
        let (subject, ..) = last_piece(3, 2, 4);
        let (mut disputes, ranges) = open(subject, &[PEER, OTHER]);
        disputes.refused(PEER, ranges[0]);
        assert_eq!(disputes.give_up(Time::ZERO), None);
        disputes.gone(OTHER);
        assert_eq!(disputes.give_up(Time::ZERO), Some(PIECE));
        let (mut disputes, _) = open(subject, &[PEER]);
        assert_eq!(disputes.deadline(), Some(Time::ZERO + TIMEOUT));
        assert_eq!(disputes.give_up(Time::ZERO + TIMEOUT), Some(PIECE));
        assert_eq!(disputes.give_up(Time::ZERO + TIMEOUT), None);
    }

    #[test]
    fn what_nobody_asked_for_is_no_evidence() {
        let (subject, leaves, layer) = last_piece(3, 2, 4);
        let (mut disputes, ranges) = open(subject, &[PEER]);
        let hashes = answer(&subject.tree, &layer, Some(&leaves), ranges[0]).unwrap();
        assert_eq!(disputes.arrived(OTHER, ranges[0], &hashes), Evidence::Unasked);
        let longer = HashRange { proof_layers: 1, ..ranges[0] };
        assert_eq!(disputes.arrived(PEER, longer, &hashes), Evidence::Unasked);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn what_one_side_answers_the_other_side_takes(pieces in 1..6_u32, level in 1..12_u32, blocks: prop::sample::Index) {
            let (subject, leaves, layer) = last_piece(pieces, level, 1 + blocks.index(1 << level) as u32);
            let (mut disputes, ranges) = open(subject, &[PEER]);
            let mut evidence = Evidence::Part;
            for range in ranges {
                prop_assert_eq!(evidence, Evidence::Part);
                prop_assert!(range.length <= MAX_HASHES);
                let hashes = answer(&subject.tree, &layer, Some(&leaves), range).unwrap();
                prop_assert_eq!(hashes.len() as u32, range.hashes());
                evidence = disputes.arrived(PEER, range, &hashes);
            }
            prop_assert_eq!(evidence, Evidence::All(PIECE));
            let known = disputes.settle(PIECE).unwrap();
            let (leaves, padding) = (leaves.nodes(), known.split_at(leaves.nodes().len()).1);
            prop_assert_eq!(&known[..leaves.len()], leaves);
            prop_assert!(padding.iter().all(|hash| *hash == Hash::ZERO));
        }

        #[test]
        fn a_wrong_leaf_proves_nothing(pieces in 1..6_u32, level in 1..11_u32, at: prop::sample::Index) {
            let (subject, leaves, layer) = last_piece(pieces, level, 1 << level);
            let (mut disputes, ranges) = open(subject, &[PEER]);
            let mut hashes = answer(&subject.tree, &layer, Some(&leaves), ranges[0]).unwrap();
            let place = at.index(hashes.len());
            hashes[place] = Hash::of_block(b"a lie");
            prop_assert_eq!(disputes.arrived(PEER, ranges[0], &hashes), Evidence::Wrong);
            prop_assert_eq!(disputes.settle(PIECE), None);
        }
    }

    const TIMEOUT: Duration = Duration::from_secs(10);
    const PIECE: PieceIndex = PieceIndex::new(7);
    const PEER: PeerKey = PeerKey::new(1);
    const OTHER: PeerKey = PeerKey::new(2);
}

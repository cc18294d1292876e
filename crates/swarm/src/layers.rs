//! The piece hashes of a torrent of version 2: which are known, and who is asked for the others (BEP 52).

use std::time::Duration;

use metainfo::merkle::{Hash, Proof, Tree, root};
use metainfo::{Info, PieceIndex, PieceLayers};
use wire::{HashRange, MAX_HASHES, MAX_PROOF_LAYERS};

use crate::set::Set;
use crate::{PeerKey, Time};

/// The piece layers of every file, gathered from peers in runs of [`MAX_HASHES`].
///
/// A run comes with the uncles that lead to the file's root, so each is checked when it arrives and a wrong one
/// has one author.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    known: PieceLayers,
    missing: Vec<Gathering>,
    timeout: Duration,
}

/// The piece layer of one file, on its way.
#[derive(Clone, Debug)]
struct Gathering {
    tree: Tree,
    first: PieceIndex,
    runs: Vec<Run>,
}

#[derive(Clone, Debug, Default)]
struct Run {
    asked: Option<(PeerKey, Time)>,
    /// Who did not give it.
    refused: Set<PeerKey>,
    hashes: Option<Vec<Hash>>,
}

/// What came of a HASHES message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Nobody waits for them.
    Unasked,
    /// They do not lead to the root.
    Wrong,
    /// They are right.
    Right,
}

impl Layers {
    /// What is left to be known of a torrent.
    pub(crate) fn new(info: &Info, known: PieceLayers, timeout: Duration) -> Self {
        let mut layers = Self { known, missing: Vec::new(), timeout };
        let geometry = info.geometry();
        for file in info.files() {
            let (Some(tree), Some(first)) = (file.tree, geometry.piece_at(file.span.offset)) else {
                continue;
            };
            let is_twin = layers.missing.iter().any(|gathering| gathering.tree == tree);
            if tree.has_layer() && layers.known.get(&tree).is_none() && !is_twin {
                let runs = vec![Run::default(); tree.piece_count().div_ceil(MAX_HASHES) as usize];
                layers.missing.push(Gathering { tree, first, runs });
            }
        }
        layers
    }

    /// What is known.
    pub(crate) const fn known(&self) -> &PieceLayers {
        &self.known
    }

    /// Whether every piece has its hash.
    pub(crate) const fn are_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The hashes to ask a peer for, which has the pieces that `has` says.
    pub(crate) fn ask(
        &mut self,
        now: Time,
        peer: PeerKey,
        has: impl Fn(PieceIndex) -> bool,
    ) -> Vec<HashRange> {
        let runs = self.missing.iter().flat_map(|gathering| &gathering.runs);
        let waiting = runs.filter(|run| run.asked.is_some_and(|(asked, _)| asked == peer)).count();
        let mut ranges = Vec::new();
        for gathering in &mut self.missing {
            for (n, run) in (0..).zip(&mut gathering.runs) {
                if waiting + ranges.len() == MAX_ASKED {
                    return ranges;
                }
                let pieces = gathering.tree.piece_count();
                let (start, end) = (n * MAX_HASHES, pieces.min((n + 1) * MAX_HASHES));
                let first = gathering.first.get();
                // Who has a piece must have its hash.
                let may_have = (start..end).any(|piece| has(PieceIndex::new(first + piece)));
                if run.hashes.is_none() && run.asked.is_none() && may_have && !run.refused.contains(&peer) {
                    run.asked = Some((peer, now));
                    ranges.push(range(&gathering.tree, n));
                }
            }
        }
        ranges
    }

    /// A peer sent hashes.
    pub(crate) fn arrived(&mut self, peer: PeerKey, range: HashRange, hashes: &[Hash]) -> Arrival {
        let Some((place, n)) = self.place(peer, range) else { return Arrival::Unasked };
        let gathering = &mut self.missing[place];
        let run = &mut gathering.runs[n];
        run.asked = None;
        let (base, uncles) = hashes.split_at(hashes.len().min(range.length as usize));
        let proof = Proof { level: range.level, index: range.index, uncles };
        if proof.root(base).as_ref() != Some(gathering.tree.root()) {
            return Arrival::Wrong;
        }
        let length = base.len().min((gathering.tree.piece_count() - range.index) as usize);
        run.hashes = Some(base[..length].to_vec());
        if gathering.runs.iter().all(|run| run.hashes.is_some()) {
            let gathering = self.missing.swap_remove(place);
            let layer = gathering.runs.into_iter().filter_map(|run| run.hashes).flatten().collect();
            self.known.insert(&gathering.tree, layer);
        }
        Arrival::Right
    }

    /// A peer will not send hashes that it was asked for.
    pub(crate) fn refused(&mut self, peer: PeerKey, range: HashRange) {
        if let Some((place, n)) = self.place(peer, range) {
            self.missing[place].runs[n].give_up();
        }
    }

    /// A peer is gone.
    pub(crate) fn gone(&mut self, peer: PeerKey) {
        for run in self.runs() {
            run.refused.remove(&peer);
            run.asked = run.asked.filter(|(asked, _)| *asked != peer);
        }
    }

    /// Stops waiting for those who let us wait too long. Whoever refused long ago may be asked again then.
    pub(crate) fn expire(&mut self, now: Time) {
        let timeout = self.timeout;
        for run in self.runs() {
            if run.asked.is_some_and(|(_, at)| now.since(at) >= timeout) {
                run.refused.clear();
                run.give_up();
            }
        }
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let runs = self.missing.iter().flat_map(|gathering| &gathering.runs);
        runs.filter_map(|run| run.asked).map(|(_, at)| at + self.timeout).min()
    }

    fn runs(&mut self) -> impl Iterator<Item = &mut Run> {
        self.missing.iter_mut().flat_map(|gathering| &mut gathering.runs)
    }

    /// The run that this peer was asked for by exactly this request.
    fn place(&self, peer: PeerKey, range: HashRange) -> Option<(usize, usize)> {
        let place = self.missing.iter().position(|gathering| *gathering.tree.root() == range.root)?;
        let n = range.index / MAX_HASHES;
        let run = self.missing[place].runs.get(n as usize)?;
        let asked = run.asked.is_some_and(|(asked, _)| asked == peer);
        (asked && self::range(&self.missing[place].tree, n) == range).then_some((place, n as usize))
    }
}

/// What to ask for to know the `n`th run. Its length is a power of two, of at least two as BEP 52 wants.
fn range(tree: &Tree, n: u32) -> HashRange {
    let (root, level) = (*tree.root(), tree.piece_level());
    let index = n * MAX_HASHES;
    let length = (tree.piece_count() - index).clamp(2, MAX_HASHES).next_power_of_two();
    HashRange { root, level, index, length, proof_layers: tree.height() - level - 1 }
}

impl Run {
    fn give_up(&mut self) {
        if let Some((peer, _)) = self.asked.take() {
            self.refused.insert(peer);
        }
    }
}

/// Which of a file's pieces a range of leaves lies in. `None` if the range is not of leaves, or a piece is one.
pub(crate) fn piece_of_leaves(tree: &Tree, range: HashRange) -> Option<u32> {
    let place = range.index >> tree.piece_level();
    (range.level == 0 && tree.piece_level() > 0 && place < tree.piece_count()).then_some(place)
}

/// The hashes that a peer asks for, then their uncles: of the piece layer, or of the `leaves` of one piece's blocks.
/// The layer of a file that has none is its root. `None` if there are no such hashes.
pub(crate) fn answer(tree: &Tree, layer: &[Hash], leaves: &[Hash], range: HashRange) -> Option<Vec<Hash>> {
    let HashRange { level, index, length, proof_layers, .. } = range;
    let width = 1 << (tree.height().checked_sub(level)?);
    let run = length.checked_next_power_of_two()?;
    let piece_level = tree.piece_level().min(tree.height());
    let fits = (level == tree.piece_level() || level == 0 && run <= 1 << piece_level)
        && (1..=MAX_HASHES).contains(&length)
        && index.is_multiple_of(run)
        && index.checked_add(length).is_some_and(|end| end <= width)
        && proof_layers <= MAX_PROOF_LAYERS
        && level + proof_layers < tree.height().max(1);
    if !fits {
        return None;
    }
    // The first leaf of the piece that leaves are asked of.
    let first = index >> piece_level << piece_level;
    let node = |place: u32, level: u32| {
        let (row, from, skipped) =
            if level < piece_level { (leaves, 0, first) } else { (layer, piece_level, 0) };
        let column = |place: u32| ((place << (level - from)).saturating_sub(skipped) as usize).min(row.len());
        root(&row[column(place)..column(place + 1)], from, level)
    };
    let base = (index..index + length).map(|place| node(place, level));
    let omitted = run.ilog2();
    let uncles = (omitted..omitted + range.uncles()).map(|up| node((index >> up) ^ 1, level + up));
    Some(base.chain(uncles).collect())
}

/// Requests for hashes that one peer is asked at once.
const MAX_ASKED: usize = 2;

#[cfg(test)]
mod tests {
    use metainfo::{BLOCK_LENGTH, InfoBuilder, Version};
    use proptest::prelude::*;

    use super::*;

    /// A torrent of one file with as many pieces, of as many blocks each.
    fn torrent(pieces: u32, blocks: u32) -> (Info, PieceLayers) {
        let leaves: Vec<_> = (0..pieces * blocks).map(|n| Hash::of_block(&n.to_be_bytes())).collect();
        let length = u64::from(pieces * blocks * BLOCK_LENGTH);
        let builder = InfoBuilder::single("file", length).version(Version::Two);
        builder.piece_length(blocks * BLOCK_LENGTH).finish(&[], &leaves).unwrap()
    }

    fn tree(info: &Info) -> Tree {
        info.files()[0].tree.unwrap()
    }

    const TIMEOUT: Duration = Duration::from_secs(10);
    const PEER: PeerKey = PeerKey::new(1);

    fn missing(info: &Info) -> Layers {
        Layers::new(info, PieceLayers::default(), TIMEOUT)
    }

    #[test]
    fn a_peer_is_asked_only_for_hashes_of_pieces_that_it_has() {
        let (info, _) = torrent(1500, 1);
        let mut layers = missing(&info);
        assert_eq!(layers.ask(Time::ZERO, PEER, |_| false), []);
        let asked = layers.ask(Time::ZERO, PEER, |piece| piece.get() == 1499);
        assert_eq!(asked.iter().map(|range| (range.index, range.length)).collect::<Vec<_>>(), [(1024, 512)]);
    }

    #[test]
    fn who_refuses_or_does_not_answer_is_not_asked_again_at_once() {
        let (info, _) = torrent(4, 2);
        let (mut layers, other) = (missing(&info), PeerKey::new(2));
        let asked = layers.ask(Time::ZERO, PEER, |_| true);
        layers.refused(PEER, asked[0]);
        assert_eq!(layers.ask(Time::ZERO, PEER, |_| true), []);
        assert_eq!(layers.ask(Time::ZERO, other, |_| true), asked);
        assert_eq!(layers.deadline(), Some(Time::ZERO + TIMEOUT));
        layers.expire(Time::ZERO + TIMEOUT);
        assert_eq!(layers.ask(Time::ZERO + TIMEOUT, other, |_| true), []);
        assert_eq!(layers.ask(Time::ZERO + TIMEOUT, PEER, |_| true), asked);
        layers.gone(PEER);
        assert_eq!(layers.deadline(), None);
    }

    #[test]
    fn hashes_that_nobody_asked_for_change_nothing() {
        let (info, known) = torrent(4, 2);
        let mut layers = missing(&info);
        let range = missing(&info).ask(Time::ZERO, PEER, |_| true)[0];
        let hashes = answer(&tree(&info), known.get(&tree(&info)).unwrap(), &[], range).unwrap();
        assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Unasked);
        layers.ask(Time::ZERO, PEER, |_| true);
        assert_eq!(layers.arrived(PEER, HashRange { proof_layers: 0, ..range }, &hashes), Arrival::Unasked);
        assert_eq!(layers.arrived(PeerKey::new(2), range, &hashes), Arrival::Unasked);
        assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Right);
    }

    #[test]
    fn hashes_that_do_not_exist_are_not_answered() {
        let (info, known) = torrent(5, 2);
        let (tree, layer) = (tree(&info), known.get(&tree(&info)).unwrap());
        let sound = HashRange { root: *tree.root(), level: 1, index: 4, length: 2, proof_layers: 2 };
        assert_eq!(answer(&tree, layer, &[], sound).map(|hashes| hashes.len()), Some(4));
        for wrong in [
            HashRange { level: 0, length: 4, ..sound },
            HashRange { level: 2, ..sound },
            HashRange { level: u32::MAX, ..sound },
            HashRange { index: 8, ..sound },
            HashRange { index: 5, ..sound },
            HashRange { index: u32::MAX - 1, ..sound },
            HashRange { length: 0, ..sound },
            HashRange { length: 16, index: 0, ..sound },
            HashRange { length: u32::MAX, index: 0, ..sound },
            HashRange { proof_layers: 3, ..sound },
            HashRange { proof_layers: u32::MAX, ..sound },
        ] {
            assert_eq!(answer(&tree, layer, &[], wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_one_side_answers_the_other_side_takes(pieces in 2..1600_u32, blocks in 0..3_u32) {
            let (info, known) = torrent(pieces, 1 << blocks);
            let layer = known.get(&tree(&info)).unwrap();
            let mut layers = missing(&info);
            while !layers.are_complete() {
                for range in layers.ask(Time::ZERO, PEER, |_| true) {
                    let hashes = answer(&tree(&info), layer, &[], range).unwrap();
                    prop_assert_eq!(hashes.len() as u32, range.hashes());
                    prop_assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Right);
                }
            }
            prop_assert_eq!(layers.known(), &known);
            prop_assert_eq!(layers.ask(Time::ZERO, PEER, |_| true), vec![]);
        }

        #[test]
        fn a_wrong_hash_is_noticed_at_once(pieces in 2..1600_u32, at: prop::sample::Index) {
            let (info, known) = torrent(pieces, 1);
            let mut layers = missing(&info);
            let range = layers.ask(Time::ZERO, PEER, |_| true)[0];
            let mut hashes = answer(&tree(&info), known.get(&tree(&info)).unwrap(), &[], range).unwrap();
            let place = at.index(hashes.len());
            hashes[place] = Hash::of_block(b"a lie");
            prop_assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Wrong);
        }
    }
}

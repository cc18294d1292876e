//! The piece hashes of a torrent of version 2: which are known, and who is asked for the others (BEP 52).

use std::collections::VecDeque;
use std::mem;
use std::ops::Range;
use std::time::Duration;

use litemap::LiteMap;
use metainfo::merkle::{Hash, Proof, Rows, Tree};
use metainfo::{File, Info, PieceIndex, PieceLayers};
use wire::{Bitfield, HashRange, MAX_HASHES, MAX_PROOF_LAYERS};

use crate::set::Set;
use crate::work::{step, walk};
use crate::{PeerKey, Time};

/// The piece layers of every file, gathered from peers in runs of [`MAX_HASHES`].
///
/// A run comes with the uncles that lead to the file's root, so each is checked when it arrives and a wrong one
/// has one author.
///
/// Torrents have up to 100,000 files, and every message of a peer may change what is asked of it. So nothing here is
/// searched again and again: each peer has its place in the row of runs, and what it could be asked for behind that is
/// queued when it becomes so.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    known: PieceLayers,
    /// The files that have a tree, by its root.
    by_root: Vec<u32>,
    /// The piece layers that were missing, in torrent order.
    gatherings: Vec<Gathering>,
    /// How many of `gatherings` are still missing.
    missing: usize,
    runs: Vec<Run>,
    /// Requests for runs that nobody answered yet, oldest first.
    requests: VecDeque<Request>,
    givers: LiteMap<PeerKey, Giver>,
    /// Peers that may have to be asked for runs.
    eager: Set<PeerKey>,
    /// When peers that did not give a run may be asked for it again.
    forgiven: Option<Time>,
    timeout: Duration,
}

/// The piece layer of one file, on its way.
#[derive(Clone, Copy, Debug)]
struct Gathering {
    tree: Tree,
    first: PieceIndex,
    first_run: usize,
    /// Runs that are missing.
    left: usize,
}

#[derive(Clone, Debug)]
struct Run {
    gathering: usize,
    is_asked: bool,
    /// The hashes of the run; empty while they are missing.
    hashes: Vec<Hash>,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    peer: PeerKey,
    run: usize,
    at: Time,
}

/// A peer that may be asked.
#[derive(Clone, Debug)]
struct Giver {
    /// Runs that it is asked for.
    asked: usize,
    /// The first run that was not considered yet.
    next: usize,
    /// Pieces whose runs are to be considered again.
    again: VecDeque<PieceIndex>,
    /// The same, as a set.
    queued: Bitfield,
    /// The first pieces of the runs that it did not give.
    refused: Bitfield,
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
    /// The piece hashes of a torrent, of which some are `known`.
    pub(crate) fn new(info: &Info, known: PieceLayers, timeout: Duration) -> Self {
        let geometry = info.geometry();
        let tree = |file: u32| info.files().get(file as usize)?.tree.as_ref();
        let mut by_root: Vec<u32> =
            (0..info.files().len() as u32).filter(|file| tree(*file).is_some()).collect();
        sort::by_key(&mut by_root, |file| tree(*file).map(|tree| (tree.root(), tree.leaf_count())));
        let mut gatherings: Vec<Gathering> = Vec::new();
        for file in walk(by_root.iter().filter_map(|file| info.files().get(*file as usize))) {
            let (Some(tree), Some(first)) = (file.tree, geometry.piece_at(file.span.offset)) else {
                continue;
            };
            let is_twin = gatherings.last().is_some_and(|last| last.tree == tree);
            if tree.has_layer() && known.get(&tree).is_none() && !is_twin {
                let left = tree.piece_count().div_ceil(MAX_HASHES) as usize;
                gatherings.push(Gathering { tree, first, first_run: 0, left });
            }
        }
        sort::by_key(&mut gatherings, |gathering| gathering.first);
        let mut runs = Vec::new();
        for (place, gathering) in gatherings.iter_mut().enumerate() {
            gathering.first_run = runs.len();
            let run = Run { gathering: place, is_asked: false, hashes: Vec::new() };
            runs.resize(runs.len() + gathering.left, run);
        }
        Self {
            known,
            by_root,
            missing: gatherings.len(),
            gatherings,
            runs,
            requests: VecDeque::new(),
            givers: LiteMap::new(),
            eager: Set::default(),
            forgiven: None,
            timeout,
        }
    }

    /// The piece hashes that are known.
    pub(crate) const fn known(&self) -> &PieceLayers {
        &self.known
    }

    /// Whether every piece has its hash.
    pub(crate) const fn are_complete(&self) -> bool {
        self.missing == 0
    }

    /// The files of which the root is that of the range, if there are such hashes: a few, should there be many of the
    /// same content.
    pub(crate) fn files_of<'a>(
        &self,
        info: &'a Info,
        range: HashRange,
    ) -> impl Iterator<Item = (&'a File, &'a Tree)> + use<'a, '_> {
        let file = |place: &u32| {
            let file = info.files().get(*place as usize)?;
            Some((file, file.tree.as_ref()?))
        };
        let root = |place: &u32| file(place).map(|(_, tree)| *tree.root());
        let start = self.by_root.partition_point(|place| root(place) < Some(range.root));
        let twins = self.by_root[start..].iter().map_while(file);
        let twins = twins.take_while(move |(_, tree)| *tree.root() == range.root).take(MAX_TWINS);
        walk(twins.filter(move |(_, tree)| exists(tree, range)))
    }

    /// A peer said which pieces it has.
    pub(crate) fn met(&mut self, peer: PeerKey, pieces: u32) {
        if let Some(giver) = self.giver(peer, pieces) {
            giver.next = 0;
            self.eager.insert(peer);
        }
    }

    /// A peer has a piece, of so many.
    pub(crate) fn gained(&mut self, peer: PeerKey, piece: PieceIndex, pieces: u32) {
        if let Some(giver) = self.giver(peer, pieces) {
            giver.consider(piece);
            self.eager.insert(peer);
        }
    }

    /// Takes the peers that may have to be asked for runs now.
    pub(crate) fn eager(&mut self) -> Set<PeerKey> {
        mem::take(&mut self.eager)
    }

    /// The hashes to ask a peer for, which has these pieces.
    pub(crate) fn ask(&mut self, now: Time, peer: PeerKey, has: &Bitfield) -> Vec<HashRange> {
        let mut ranges = Vec::new();
        while let Some(run) = self.next(peer) {
            let first = self.first_piece(run);
            // Who has a piece must have its hash.
            let is_there = self.is_free(run) && has.has_any(self.pieces(run));
            let giver = self.givers.get_mut(&peer).filter(|giver| is_there && !giver.refused.get(first));
            if let Some(giver) = giver {
                giver.asked += 1;
                self.runs[run].is_asked = true;
                self.requests.push_back(Request { peer, run, at: now });
                ranges.push(self.range(run));
            }
        }
        ranges
    }

    /// A peer sent hashes.
    pub(crate) fn arrived(&mut self, peer: PeerKey, range: HashRange, hashes: &[Hash]) -> Arrival {
        let Some(run) = self.answered(peer, range) else { return Arrival::Unasked };
        let place = self.runs[run].gathering;
        let gathering = &mut self.gatherings[place];
        let tree = gathering.tree;
        let (base, uncles) = hashes.split_at(hashes.len().min(range.length as usize));
        let proof = Proof { level: range.level, index: range.index, uncles };
        if proof.root(base).as_ref() != Some(tree.root()) {
            self.free(run);
            return Arrival::Wrong;
        }
        let length = base.len().min((tree.piece_count() - range.index) as usize);
        self.runs[run].hashes = base[..length].to_vec();
        gathering.left -= 1;
        if gathering.left == 0 {
            let runs =
                gathering.first_run..gathering.first_run + tree.piece_count().div_ceil(MAX_HASHES) as usize;
            let layer = self.runs[runs].iter_mut().flat_map(|run| mem::take(&mut run.hashes)).collect();
            self.known.insert(&tree, layer);
            self.missing -= 1;
        }
        if self.missing == 0 {
            (self.gatherings, self.runs) = (Vec::new(), Vec::new());
            (self.givers, self.eager, self.forgiven) = (LiteMap::new(), Set::default(), None);
        }
        Arrival::Right
    }

    /// A peer will not send hashes that it was asked for.
    pub(crate) fn refused(&mut self, now: Time, peer: PeerKey, range: HashRange) {
        if let Some(run) = self.answered(peer, range) {
            self.give_up(now, peer, run);
        }
    }

    /// A peer is gone.
    pub(crate) fn gone(&mut self, peer: PeerKey) {
        self.givers.remove(&peer);
        self.eager.remove(&peer);
        for request in self.requests.iter().copied().collect::<Vec<_>>() {
            if request.peer == peer {
                self.free(request.run);
            }
        }
        self.requests.retain(|request| request.peer != peer);
    }

    /// Stops waiting for those who let us wait too long, and forgives those who did or refused long ago: there may be
    /// nobody else.
    pub(crate) fn expire(&mut self, now: Time) {
        while let Some(late) = self.requests.pop_front_if(|request| now.since(request.at) >= self.timeout) {
            self.release(late.peer);
            self.give_up(now, late.peer, late.run);
        }
        if self.forgiven.is_some_and(|at| at <= now) {
            self.forgiven = None;
            for (peer, giver) in walk(self.givers.iter_mut()).filter(|(_, giver)| !giver.refused.is_empty()) {
                giver.refused = Bitfield::new(giver.refused.len());
                giver.next = 0;
                self.eager.insert(*peer);
            }
        }
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let late = self.requests.front().map(|request| request.at + self.timeout);
        late.into_iter().chain(self.forgiven).min()
    }

    /// The next run to consider for a peer, if it may be asked for one.
    fn next(&mut self, peer: PeerKey) -> Option<usize> {
        step();
        let giver = self.givers.get_mut(&peer).filter(|giver| giver.asked < MAX_ASKED)?;
        if giver.next < self.runs.len() {
            giver.next += 1;
            return Some(giver.next - 1);
        }
        loop {
            step();
            let giver = self.givers.get_mut(&peer)?;
            let piece = giver.again.pop_front()?;
            giver.queued.unset(piece);
            let run = self.run_of(piece);
            if run.is_some() {
                return run;
            }
        }
    }

    /// The run that a peer was asked for by exactly this request, which is answered now.
    fn answered(&mut self, peer: PeerKey, range: HashRange) -> Option<usize> {
        let is_it = |request: &Request| request.peer == peer && self.range(request.run) == range;
        let place = walk(self.requests.iter()).position(is_it)?;
        let request = self.requests.remove(place)?;
        self.release(peer);
        Some(request.run)
    }

    /// A run that a peer was asked for is not expected of it any more.
    fn release(&mut self, peer: PeerKey) {
        if let Some(giver) = self.givers.get_mut(&peer) {
            giver.asked -= 1;
            self.eager.insert(peer);
        }
    }

    /// A peer did not give a run.
    fn give_up(&mut self, now: Time, peer: PeerKey, run: usize) {
        let first = self.first_piece(run);
        if let Some(giver) = self.givers.get_mut(&peer) {
            giver.refused.set(first);
            self.forgiven.get_or_insert(now + self.timeout * FORGIVENESS);
        }
        self.free(run);
    }

    /// Nobody is asked for a run any more: others may be.
    fn free(&mut self, run: usize) {
        self.runs[run].is_asked = false;
        let first = self.first_piece(run);
        for (peer, giver) in walk(self.givers.iter_mut()) {
            // Who has not come to it yet will.
            if giver.next > run && !giver.refused.get(first) {
                giver.consider(first);
                if giver.asked < MAX_ASKED {
                    self.eager.insert(*peer);
                }
            }
        }
    }

    /// What is known of a peer, while anything is missing. New ones have nothing.
    fn giver(&mut self, peer: PeerKey, pieces: u32) -> Option<&mut Giver> {
        if self.missing == 0 {
            return None;
        }
        if !self.givers.contains_key(&peer) {
            self.givers.insert(peer, Giver::new(self.runs.len(), pieces));
        }
        self.givers.get_mut(&peer)
    }

    fn is_free(&self, run: usize) -> bool {
        let run = &self.runs[run];
        !run.is_asked && run.hashes.is_empty() && self.gatherings[run.gathering].left > 0
    }

    /// The run in which a piece's hash is.
    fn run_of(&self, piece: PieceIndex) -> Option<usize> {
        let place = self.gatherings.partition_point(|gathering| gathering.first <= piece).checked_sub(1)?;
        let Gathering { tree, first, first_run, .. } = self.gatherings[place];
        let within = piece.get() - first.get();
        (within < tree.piece_count()).then(|| first_run + (within / MAX_HASHES) as usize)
    }

    /// The pieces whose hashes are in a run.
    fn pieces(&self, run: usize) -> Range<u32> {
        let Gathering { tree, first, first_run, .. } = self.gatherings[self.runs[run].gathering];
        let start = (run - first_run) as u32 * MAX_HASHES;
        first.get() + start..first.get() + tree.piece_count().min(start + MAX_HASHES)
    }

    fn first_piece(&self, run: usize) -> PieceIndex {
        PieceIndex::new(self.pieces(run).start)
    }

    /// What to ask for to know a run. Its length is a power of two, of at least two as BEP 52 wants.
    fn range(&self, run: usize) -> HashRange {
        let Gathering { tree, first_run, .. } = self.gatherings[self.runs[run].gathering];
        let (root, level) = (*tree.root(), tree.piece_level());
        let index = (run - first_run) as u32 * MAX_HASHES;
        let length = (tree.piece_count() - index).clamp(2, MAX_HASHES).next_power_of_two();
        HashRange { root, level, index, length, proof_layers: tree.height() - level - 1 }
    }
}

impl Giver {
    fn new(runs: usize, pieces: u32) -> Self {
        let none = Bitfield::new(pieces);
        Self { asked: 0, next: runs, again: VecDeque::new(), queued: none.clone(), refused: none }
    }

    /// The run of a piece may be one to ask for.
    fn consider(&mut self, piece: PieceIndex) {
        if self.queued.set(piece) {
            self.again.push_back(piece);
        }
    }
}

/// Which of a file's pieces a range of leaves lies in. `None` if the range is not of leaves, or a piece is one.
pub(crate) fn piece_of_leaves(tree: &Tree, range: HashRange) -> Option<u32> {
    let place = range.index >> tree.piece_level();
    (range.level == 0 && tree.piece_level() > 0 && place < tree.piece_count()).then_some(place)
}

/// Whether there are such hashes: of the piece layer, or of the leaves of one piece.
fn exists(tree: &Tree, range: HashRange) -> bool {
    let HashRange { level, index, length, proof_layers, .. } = range;
    let (Some(below), Some(run)) = (tree.height().checked_sub(level), length.checked_next_power_of_two())
    else {
        return false;
    };
    let piece_level = tree.piece_level().min(tree.height());
    (level == tree.piece_level() || level == 0 && run <= 1 << piece_level)
        && (1..=MAX_HASHES).contains(&length)
        && index.is_multiple_of(run)
        && index.checked_add(length).is_some_and(|end| end <= 1 << below)
        && proof_layers <= MAX_PROOF_LAYERS
        && level + proof_layers < tree.height().max(1)
}

/// The hashes that a peer asks for, then their uncles: of the piece layer, or of the `leaves` of one piece. `None` if
/// there are no such hashes, or they are not known. Nothing is hashed for it.
pub(crate) fn answer(
    tree: &Tree,
    known: &PieceLayers,
    leaves: Option<&Rows>,
    range: HashRange,
) -> Option<Vec<Hash>> {
    if !exists(tree, range) {
        return None;
    }
    let HashRange { level, index, length, .. } = range;
    let piece_level = tree.piece_level().min(tree.height());
    // The first leaf of the piece that leaves are asked of.
    let first = index >> piece_level << piece_level;
    let node = |place: u32, level: u32| {
        if level < piece_level {
            leaves?.node(level, place - (first >> level))
        } else {
            known.node(tree, level, place)
        }
    };
    let base = (index..index + length).map(|place| node(place, level));
    let omitted = length.next_power_of_two().ilog2();
    let uncles = (omitted..omitted + range.uncles()).map(|up| node((index >> up) ^ 1, level + up));
    base.chain(uncles).collect()
}

/// Requests for hashes that one peer is asked at once.
const MAX_ASKED: usize = 2;
/// Timeouts after which those who did not give something may be asked for it again.
const FORGIVENESS: u32 = 3;
/// Files of the same content that a request for their hashes is looked up in.
const MAX_TWINS: usize = 8;

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
        let mut layers = Layers::new(info, PieceLayers::default(), TIMEOUT);
        layers.met(PEER, info.geometry().piece_count());
        layers
    }

    fn all(info: &Info) -> Bitfield {
        Bitfield::full(info.geometry().piece_count())
    }

    #[test]
    fn a_peer_is_asked_only_for_hashes_of_pieces_that_it_has() {
        let (info, _) = torrent(1500, 1);
        let (mut layers, mut has) = (missing(&info), Bitfield::new(1500));
        assert_eq!(layers.ask(Time::ZERO, PEER, &has), []);
        has.set(PieceIndex::new(1499));
        layers.gained(PEER, PieceIndex::new(1499), 1500);
        let asked = layers.ask(Time::ZERO, PEER, &has);
        assert_eq!(asked.iter().map(|range| (range.index, range.length)).collect::<Vec<_>>(), [(1024, 512)]);
    }

    #[test]
    fn who_refuses_or_does_not_answer_is_not_asked_again_at_once() {
        let (info, _) = torrent(4, 2);
        let (mut layers, other, has) = (missing(&info), PeerKey::new(2), all(&info));
        layers.met(other, 4);
        let asked = layers.ask(Time::ZERO, PEER, &has);
        layers.refused(Time::ZERO, PEER, asked[0]);
        assert_eq!(layers.ask(Time::ZERO, PEER, &has), []);
        assert_eq!(layers.eager().as_slice(), [PEER, other]);
        assert_eq!(layers.ask(Time::ZERO, other, &has), asked);
        assert_eq!(layers.deadline(), Some(Time::ZERO + TIMEOUT));
        layers.expire(Time::ZERO + TIMEOUT);
        assert_eq!(layers.ask(Time::ZERO + TIMEOUT, other, &has), []);
        assert_eq!(layers.ask(Time::ZERO + TIMEOUT, PEER, &has), []);
        let forgiven = layers.deadline().unwrap();
        layers.eager();
        layers.expire(forgiven);
        assert_eq!(layers.eager().as_slice(), [PEER, other]);
        assert_eq!(layers.ask(forgiven, PEER, &has), asked);
        layers.gone(PEER);
        assert_eq!(layers.deadline(), None);
    }

    #[test]
    fn hashes_that_nobody_asked_for_change_nothing() {
        let (info, known) = torrent(4, 2);
        let (mut layers, has) = (missing(&info), all(&info));
        let range = missing(&info).ask(Time::ZERO, PEER, &has)[0];
        let hashes = answer(&tree(&info), &known, None, range).unwrap();
        assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Unasked);
        layers.ask(Time::ZERO, PEER, &has);
        assert_eq!(layers.arrived(PEER, HashRange { proof_layers: 0, ..range }, &hashes), Arrival::Unasked);
        assert_eq!(layers.arrived(PeerKey::new(2), range, &hashes), Arrival::Unasked);
        assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Right);
    }

    #[test]
    fn hashes_that_do_not_exist_are_not_answered() {
        let (info, known) = torrent(5, 2);
        let tree = tree(&info);
        let sound = HashRange { root: *tree.root(), level: 1, index: 4, length: 2, proof_layers: 2 };
        assert_eq!(answer(&tree, &known, None, sound).map(|hashes| hashes.len()), Some(4));
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
            assert_eq!(answer(&tree, &known, None, wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_one_side_answers_the_other_side_takes(pieces in 2..1600_u32, blocks in 0..3_u32) {
            let (info, known) = torrent(pieces, 1 << blocks);
            let mut layers = missing(&info);
            while !layers.are_complete() {
                for range in layers.ask(Time::ZERO, PEER, &all(&info)) {
                    let hashes = answer(&tree(&info), &known, None, range).unwrap();
                    prop_assert_eq!(hashes.len() as u32, range.hashes());
                    prop_assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Right);
                }
            }
            prop_assert_eq!(layers.known(), &known);
            prop_assert_eq!(layers.ask(Time::ZERO, PEER, &all(&info)), vec![]);
        }

        #[test]
        fn a_wrong_hash_is_noticed_at_once(pieces in 2..1600_u32, at: prop::sample::Index) {
            let (info, known) = torrent(pieces, 1);
            let mut layers = missing(&info);
            let range = layers.ask(Time::ZERO, PEER, &all(&info))[0];
            let mut hashes = answer(&tree(&info), &known, None, range).unwrap();
            let place = at.index(hashes.len());
            hashes[place] = Hash::of_block(b"a lie");
            prop_assert_eq!(layers.arrived(PEER, range, &hashes), Arrival::Wrong);
        }
    }
}

//! How many peers have each piece, and which wanted piece is the rarest.

use std::ops::Range;

use fastrand::Rng;
use metainfo::PieceIndex;

/// The copies of every piece among our peers, and the wanted pieces in order of rarity.
///
/// The wanted pieces lie in one array, grouped by their number of copies; each group is shuffled by
/// the seed. A piece moves to the next group by two swaps, so HAVE costs O(1), and the rarest piece
/// that a peer has is the first match from the front.
#[derive(Clone, Debug)]
pub(crate) struct Availability {
    copies: Vec<u16>,
    /// The wanted pieces, rarest first.
    order: Vec<PieceIndex>,
    /// Where each piece is in `order`, or [`NOWHERE`].
    places: Vec<u32>,
    /// `groups[n]` is where the pieces with `n` copies start in `order`. The last entry is its length.
    groups: Vec<u32>,
    rng: Rng,
}

impl Availability {
    /// A torrent of `pieces` pieces, none wanted, without peers.
    pub(crate) fn new(pieces: u32, seed: u64) -> Self {
        Self {
            copies: vec![0; pieces as usize],
            order: Vec::new(),
            places: vec![NOWHERE; pieces as usize],
            groups: vec![0, 0],
            rng: Rng::with_seed(seed),
        }
    }

    /// Peers that have each piece.
    pub(crate) fn copies(&self) -> &[u16] {
        &self.copies
    }

    /// Wanted pieces that some peer has.
    pub(crate) fn obtainable(&self) -> u32 {
        self.order.len() as u32 - self.groups[1]
    }

    /// Another peer has the piece.
    pub(crate) fn add(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        self.copies[piece.as_usize()] += 1;
        if self.places[piece.as_usize()] == NOWHERE {
            return;
        }
        self.reach(copies + 1);
        self.swap(piece, self.groups[copies + 1] - 1);
        self.groups[copies + 1] -= 1;
        self.shuffle(piece);
    }

    /// A peer that had the piece is gone, or lost it.
    pub(crate) fn subtract(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        self.copies[piece.as_usize()] -= 1;
        if self.places[piece.as_usize()] == NOWHERE {
            return;
        }
        self.swap(piece, self.groups[copies]);
        self.groups[copies] += 1;
        self.shuffle(piece);
    }

    /// The piece is wanted now.
    pub(crate) fn want(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        self.reach(copies);
        self.places[piece.as_usize()] = self.order.len() as u32;
        self.order.push(piece);
        let last = self.groups.len() - 1;
        self.groups[last] += 1;
        for group in (copies + 1..last).rev() {
            self.swap(piece, self.groups[group]);
            self.groups[group] += 1;
        }
        self.shuffle(piece);
    }

    /// The piece, wanted until now, is not any more.
    pub(crate) fn unwant(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        for group in copies + 1..self.groups.len() {
            self.swap(piece, self.groups[group] - 1);
            self.groups[group] -= 1;
        }
        self.order.pop();
        self.places[piece.as_usize()] = NOWHERE;
    }

    /// The rarest wanted piece that `suits`.
    pub(crate) fn rarest(&self, suits: impl Fn(PieceIndex) -> bool) -> Option<PieceIndex> {
        self.order[self.groups[1] as usize..].iter().copied().find(|piece| suits(*piece))
    }

    /// The first wanted piece in `range` that `suits` and is as rare as `piece`, which is one itself.
    pub(crate) fn first_in(
        &self,
        range: Range<u32>,
        piece: PieceIndex,
        suits: impl Fn(PieceIndex) -> bool,
    ) -> PieceIndex {
        let copies = self.copies[piece.as_usize()];
        let alike = |other: &PieceIndex| {
            self.places[other.as_usize()] != NOWHERE
                && self.copies[other.as_usize()] == copies
                && suits(*other)
        };
        range.map(PieceIndex::new).find(alike).unwrap_or(piece)
    }

    /// Any wanted piece that `suits`.
    pub(crate) fn any(&mut self, suits: impl Fn(PieceIndex) -> bool) -> Option<PieceIndex> {
        if self.order.is_empty() {
            return None;
        }
        let (before, after) = self.order.split_at(self.rng.usize(..self.order.len()));
        after.iter().chain(before).copied().find(|piece| suits(*piece))
    }

    /// Makes sure that there is a group for `copies` copies.
    fn reach(&mut self, copies: usize) {
        let end = self.order.len() as u32;
        if self.groups.len() < copies + 2 {
            self.groups.resize(copies + 2, end);
        }
    }

    /// Gives the piece a random place in its group.
    fn shuffle(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        let place = self.rng.u32(self.groups[copies]..self.groups[copies + 1]);
        self.swap(piece, place);
    }

    fn swap(&mut self, piece: PieceIndex, place: u32) {
        let from = self.places[piece.as_usize()];
        let other = self.order[place as usize];
        self.order.swap(from as usize, place as usize);
        self.places[other.as_usize()] = from;
        self.places[piece.as_usize()] = place;
    }
}

/// The place of a piece that is not wanted.
const NOWHERE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Add(u32),
        Subtract(u32),
        Want(u32),
        Unwant(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..PIECES).prop_map(Step::Add),
            2 => (0..PIECES).prop_map(Step::Subtract),
            2 => (0..PIECES).prop_map(Step::Want),
            1 => (0..PIECES).prop_map(Step::Unwant),
        ]
    }

    #[test]
    fn of_equally_rare_neighbours_the_first_is_taken() {
        let mut availability = Availability::new(8, 1);
        let piece = PieceIndex::new;
        for index in 0..8 {
            availability.want(piece(index));
            availability.add(piece(index));
        }
        availability.add(piece(4));
        availability.unwant(piece(5));
        assert_eq!(availability.first_in(4..8, piece(7), |_| true), piece(6));
        assert_eq!(availability.first_in(4..8, piece(7), |other| other.get() > 6), piece(7));
        assert_eq!(availability.first_in(0..8, piece(7), |_| true), piece(0));
    }

    proptest! {
        #[test]
        fn the_order_is_the_wanted_pieces_sorted_by_copies(
            steps in prop::collection::vec(step(), 0..300),
            seed: u64,
        ) {
            let mut availability = Availability::new(PIECES, seed);
            let mut wanted = BTreeSet::new();
            let mut copies = vec![0; PIECES as usize];
            for step in steps {
                match step {
                    Step::Add(n) => {
                        availability.add(PieceIndex::new(n));
                        copies[n as usize] += 1;
                    }
                    Step::Subtract(n) if copies[n as usize] > 0 => {
                        availability.subtract(PieceIndex::new(n));
                        copies[n as usize] -= 1;
                    }
                    Step::Want(n) if wanted.insert(n) => availability.want(PieceIndex::new(n)),
                    Step::Unwant(n) if wanted.remove(&n) => availability.unwant(PieceIndex::new(n)),
                    _ => {}
                }
                let order: Vec<u32> = availability.order.iter().map(|piece| piece.get()).collect();
                prop_assert_eq!(&order.iter().copied().collect::<BTreeSet<_>>(), &wanted);
                prop_assert_eq!(order.len(), wanted.len());
                prop_assert!(order.is_sorted_by_key(|n| copies[*n as usize]));
                let rarest = wanted.iter().map(|n| copies[*n as usize]).filter(|n| *n > 0).min();
                let found = availability.rarest(|_| true).map(|piece| copies[piece.as_usize()]);
                prop_assert_eq!(found, rarest);
            }
        }
    }

    #[test]
    fn ties_fall_differently_for_different_seeds() {
        let first = |seed| {
            let mut availability = Availability::new(PIECES, seed);
            for n in 0..PIECES {
                availability.want(PieceIndex::new(n));
                availability.add(PieceIndex::new(n));
            }
            availability.rarest(|_| true)
        };
        assert!((0..20).map(first).collect::<BTreeSet<_>>().len() > 5);
    }

    const PIECES: u32 = 12;
}

//! How many peers have each piece, and which wanted piece is the rarest.

use std::cmp::Reverse;
use std::ops::Range;

use fastrand::Rng;
use metainfo::PieceIndex;
use wire::Bitfield;

use crate::Priority;
use crate::draw::below;

/// The copies of every piece among our peers, and the wanted pieces by priority and then by rarity.
///
/// The wanted pieces of one priority lie in one array, grouped by their number of copies; each group is
/// shuffled by the seed. A piece moves to the next group by two swaps, so HAVE costs O(1), and the rarest
/// piece that a peer has is the first match from the front.
#[derive(Clone, Debug)]
pub(crate) struct Availability {
    copies: Vec<u16>,
    /// The wanted pieces, those of [`Priority::High`] first.
    tiers: [Tier; 3],
    /// Where each wanted piece is.
    places: Vec<Place>,
    rng: Rng,
}

/// The wanted pieces of one priority.
#[derive(Clone, Debug)]
struct Tier {
    /// Rarest first.
    order: Vec<PieceIndex>,
    /// `groups[n]` is where the pieces with `n` copies start in `order`. The last entry is its length.
    groups: Vec<u32>,
    members: Bitfield,
}

/// Where a piece is in the tier of its priority; nowhere if it is to be skipped.
#[derive(Clone, Copy, Debug)]
struct Place {
    priority: Priority,
    at: u32,
}

impl Availability {
    /// A torrent of `pieces` pieces, none wanted, without peers.
    pub(crate) fn new(pieces: u32, seed: u64) -> Self {
        let tier = Tier { order: Vec::new(), groups: vec![0, 0], members: Bitfield::new(pieces) };
        Self {
            copies: vec![0; pieces as usize],
            tiers: [tier.clone(), tier.clone(), tier],
            places: vec![Place { priority: Priority::Skip, at: 0 }; pieces as usize],
            rng: Rng::with_seed(seed),
        }
    }

    /// Peers that have each piece.
    pub(crate) fn copies(&self) -> &[u16] {
        &self.copies
    }

    /// Whether no piece is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.tiers.iter().all(|tier| tier.order.is_empty())
    }

    /// Another peer has the piece.
    pub(crate) fn add(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        self.copies[piece.as_usize()] += 1;
        let Some(tier) = tier_of(&mut self.tiers, &self.places, piece) else { return };
        tier.reach(copies + 1);
        tier.groups[copies + 1] -= 1;
        tier.swap(&mut self.places, piece, tier.groups[copies + 1]);
        self.shuffle(piece);
    }

    /// A peer that had the piece is gone, or lost it.
    pub(crate) fn subtract(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        self.copies[piece.as_usize()] -= 1;
        let Some(tier) = tier_of(&mut self.tiers, &self.places, piece) else { return };
        tier.swap(&mut self.places, piece, tier.groups[copies]);
        tier.groups[copies] += 1;
        self.shuffle(piece);
    }

    /// The piece, not wanted until now, has this priority. [`Priority::Skip`] changes nothing.
    pub(crate) fn want(&mut self, piece: PieceIndex, priority: Priority) {
        let copies = self.copies[piece.as_usize()] as usize;
        self.places[piece.as_usize()].priority = priority;
        let Some(tier) = tier_of(&mut self.tiers, &self.places, piece) else { return };
        tier.reach(copies);
        self.places[piece.as_usize()].at = tier.order.len() as u32;
        tier.order.push(piece);
        tier.members.set(piece);
        let last = tier.groups.len() - 1;
        tier.groups[last] += 1;
        for group in (copies + 1..last).rev() {
            tier.swap(&mut self.places, piece, tier.groups[group]);
            tier.groups[group] += 1;
        }
        self.shuffle(piece);
    }

    /// The piece, wanted until now, is not any more.
    pub(crate) fn unwant(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        let Some(tier) = tier_of(&mut self.tiers, &self.places, piece) else { return };
        for group in copies + 1..tier.groups.len() {
            tier.groups[group] -= 1;
            tier.swap(&mut self.places, piece, tier.groups[group]);
        }
        tier.order.pop();
        tier.members.unset(piece);
        self.places[piece.as_usize()].priority = Priority::Skip;
    }

    /// The most urgent wanted piece, and of these the rarest, even if no peer has it.
    pub(crate) fn first(&self) -> Option<PieceIndex> {
        self.tiers.iter().find_map(|tier| tier.order.first().copied())
    }

    /// The most urgent wanted piece that a peer `has` and that `suits`, and of these the rarest.
    ///
    /// That is a certainty while it is near the front, as it is for most peers. For others a number of those
    /// that they have are compared, so that a peer that has little of a large torrent costs no more.
    pub(crate) fn rarest(
        &mut self,
        has: &Bitfield,
        suits: impl Fn(PieceIndex) -> bool,
    ) -> Option<PieceIndex> {
        self.find(has, suits, |_, _| 0)
    }

    /// A random one of the most urgent wanted pieces that a peer `has` and that `suits`.
    pub(crate) fn any(&mut self, has: &Bitfield, suits: impl Fn(PieceIndex) -> bool) -> Option<PieceIndex> {
        self.find(has, suits, below)
    }

    /// The rarest of the most urgent among some pieces.
    pub(crate) fn best_of(&self, pieces: impl Iterator<Item = PieceIndex>) -> Option<PieceIndex> {
        let place = |piece: &PieceIndex| self.places.get(piece.as_usize());
        let wanted = pieces.filter(|piece| place(piece).is_some_and(|place| place.priority > Priority::Skip));
        wanted.min_by_key(|piece| {
            (place(piece).map(|place| Reverse(place.priority)), self.copies[piece.as_usize()])
        })
    }

    /// The first wanted piece in `range` that `suits` and is as urgent and as rare as `piece`, which is one itself. Where one
    /// peer alone has them, `piece` comes last: it stays the rarest until then, and so has the whole range taken before
    /// another is begun. Where several have them, who gets what first differs more.
    pub(crate) fn first_in(
        &self,
        range: Range<u32>,
        piece: PieceIndex,
        suits: impl Fn(PieceIndex) -> bool,
    ) -> PieceIndex {
        let rank =
            |piece: PieceIndex| (self.places[piece.as_usize()].priority, self.copies[piece.as_usize()]);
        let is_sole = self.copies[piece.as_usize()] == 1;
        let mut candidates = range.map(PieceIndex::new).filter(|other| !is_sole || *other != piece);
        candidates.find(|other| rank(*other) == rank(piece) && suits(*other)).unwrap_or(piece)
    }

    fn find(
        &mut self,
        has: &Bitfield,
        suits: impl Fn(PieceIndex) -> bool,
        start: impl Fn(&mut Rng, usize) -> usize,
    ) -> Option<PieceIndex> {
        self.tiers.iter().find_map(|tier| {
            let (_, obtainable) = tier.order.split_at(tier.groups[1] as usize);
            if obtainable.is_empty() {
                return None;
            }
            let (before, after) = obtainable.split_at(start(&mut self.rng, obtainable.len()));
            let near = after.iter().chain(before).take(NEAR).copied();
            let found = near.filter(|piece| has.get(*piece)).find(|piece| suits(*piece));
            if found.is_some() || obtainable.len() <= NEAR {
                return found;
            }
            let from = self.rng.u32(..has.len());
            let far = common(tier.members.as_bytes(), has.as_bytes(), from).filter(|piece| suits(*piece));
            far.take(SAMPLE).min_by_key(|piece| self.copies[piece.as_usize()])
        })
    }

    /// Gives the piece a random place in its group.
    fn shuffle(&mut self, piece: PieceIndex) {
        let copies = self.copies[piece.as_usize()] as usize;
        let Some(tier) = tier_of(&mut self.tiers, &self.places, piece) else { return };
        let place = self.rng.u32(tier.groups[copies]..tier.groups[copies + 1]);
        tier.swap(&mut self.places, piece, place);
    }
}

impl Tier {
    /// Makes sure that there is a group for `copies` copies.
    fn reach(&mut self, copies: usize) {
        let end = self.order.len() as u32;
        if self.groups.len() < copies + 2 {
            self.groups.resize(copies + 2, end);
        }
    }

    /// Has a piece change places with the one at `place`.
    fn swap(&mut self, places: &mut [Place], piece: PieceIndex, place: u32) {
        let from = places[piece.as_usize()].at;
        let other = self.order[place as usize];
        self.order.swap(from as usize, place as usize);
        places[other.as_usize()].at = from;
        places[piece.as_usize()].at = place;
    }
}

fn tier_of<'a>(tiers: &'a mut [Tier; 3], places: &[Place], piece: PieceIndex) -> Option<&'a mut Tier> {
    let [high, normal, low] = tiers;
    match places[piece.as_usize()].priority {
        Priority::Skip => None,
        Priority::Low => Some(low),
        Priority::Normal => Some(normal),
        Priority::High => Some(high),
    }
}

/// The pieces that are in both of two bitfields of the same length, from about `start` on and round.
fn common<'a>(a: &'a [u8], b: &'a [u8], start: u32) -> impl Iterator<Item = PieceIndex> + 'a {
    let words = a.len().div_ceil(8);
    let from = start as usize / 64;
    (from..words).chain(0..from).flat_map(move |word| {
        let mut bits = word_at(a, word) & word_at(b, word);
        std::iter::from_fn(move || {
            let bit = bits.leading_zeros();
            bits &= !(1_u64 << 63).checked_shr(bit)?;
            Some(PieceIndex::new(word as u32 * 64 + bit))
        })
    })
}

/// Eight bytes of a bitfield, as if zeros followed it.
fn word_at(bytes: &[u8], word: usize) -> u64 {
    let rest = &bytes[word * 8..];
    let mut eight = [0; 8];
    let length = rest.len().min(8);
    eight[..length].copy_from_slice(&rest[..length]);
    u64::from_be_bytes(eight)
}

/// Pieces that are looked at in order of rarity before others that the peer has are.
const NEAR: usize = 32;
/// Pieces that are compared of those.
const SAMPLE: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Add(u32),
        Subtract(u32),
        Want(u32, Priority),
        Unwant(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..PIECES).prop_map(Step::Add),
            2 => (0..PIECES).prop_map(Step::Subtract),
            2 => (0..PIECES, prop::sample::select(TIERS.to_vec())).prop_map(|(n, tier)| Step::Want(n, tier)),
            1 => (0..PIECES).prop_map(Step::Unwant),
        ]
    }

    #[test]
    fn of_equally_rare_neighbours_the_first_is_taken() {
        let mut availability = Availability::new(8, 1);
        let piece = PieceIndex::new;
        for index in 0..8 {
            availability.want(piece(index), Priority::Normal);
            availability.add(piece(index));
        }
        availability.add(piece(4));
        availability.unwant(piece(5));
        assert_eq!(availability.first_in(4..8, piece(7), |_| true), piece(6));
        assert_eq!(availability.first_in(4..8, piece(7), |other| other.get() > 6), piece(7));
        assert_eq!(availability.first_in(0..8, piece(7), |_| true), piece(0));
    }

    /// Issue 14, part 2: whoever serves them from files reads whole runs, and came back to each three times.
    #[test]
    fn a_run_of_equally_rare_pieces_is_taken_whole_before_another_is_begun() {
        const RUN: u32 = 16;
        let mut availability = Availability::new(64 * RUN, 1);
        let everything = Bitfield::full(64 * RUN);
        for index in 0..64 * RUN {
            availability.want(PieceIndex::new(index), Priority::Normal);
            availability.add(PieceIndex::new(index));
        }
        let mut runs = Vec::new();
        while let Some(rarest) = availability.rarest(&everything, |_| true) {
            let start = rarest.get() / RUN * RUN;
            let piece = availability.first_in(start..start + RUN, rarest, |_| true);
            availability.unwant(piece);
            runs.push(piece.get() / RUN);
        }
        assert_eq!(runs.len() as u32, 64 * RUN);
        runs.dedup();
        assert_eq!(runs.len(), 64);
    }

    proptest! {
        #[test]
        fn the_order_is_the_wanted_pieces_of_each_priority_sorted_by_copies(
            steps in prop::collection::vec(step(), 0..300),
            seed: u64,
        ) {
            let mut availability = Availability::new(PIECES, seed);
            let mut wanted = BTreeMap::new();
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
                    Step::Want(n, priority) if !wanted.contains_key(&n) => {
                        wanted.insert(n, priority);
                        availability.want(PieceIndex::new(n), priority);
                    }
                    Step::Unwant(n) if wanted.remove(&n).is_some() => {
                        availability.unwant(PieceIndex::new(n));
                    }
                    _ => {}
                }
                for (tier, priority) in availability.tiers.iter().zip(TIERS) {
                    let order: Vec<u32> = tier.order.iter().map(|piece| piece.get()).collect();
                    let mut sorted = order.clone();
                    sorted.sort_unstable();
                    let of_priority = |n: &u32| wanted.get(n) == Some(&priority);
                    let expected: Vec<u32> = (0..PIECES).filter(of_priority).collect();
                    prop_assert_eq!(&sorted, &expected);
                    let members: Vec<u32> = tier.members.iter_ones().map(PieceIndex::get).collect();
                    prop_assert_eq!(members, expected);
                    prop_assert!(order.is_sorted_by_key(|n| copies[*n as usize]));
                }
                let obtainable = wanted.iter().filter(|(n, _)| copies[**n as usize] > 0);
                let best = obtainable.map(|(n, tier)| (Reverse(*tier), copies[*n as usize])).min();
                let found = availability.rarest(&Bitfield::full(PIECES), |_| true);
                prop_assert_eq!(found.map(|n| (Reverse(wanted[&n.get()]), copies[n.as_usize()])), best);
                prop_assert_eq!(availability.is_empty(), wanted.is_empty());
            }
        }

        #[test]
        fn a_peer_that_has_little_of_a_large_torrent_is_given_what_it_has(
            has in prop::collection::btree_set(0..1_000_u32, 0..10),
            skipped in 0..1_000_u32,
            seed: u64,
        ) {
            let mut availability = Availability::new(1_000, seed);
            let mut bitfield = Bitfield::new(1_000);
            for n in 0..1_000 {
                availability.want(PieceIndex::new(n), Priority::Normal);
                availability.add(PieceIndex::new(n));
            }
            for n in &has {
                bitfield.set(PieceIndex::new(*n));
                // What it has is common, and last in the order.
                availability.add(PieceIndex::new(*n));
            }
            let suits = |piece: PieceIndex| piece.get() != skipped;
            let expected = has.iter().any(|n| *n != skipped);
            for found in [availability.rarest(&bitfield, suits), availability.any(&bitfield, suits)] {
                prop_assert_eq!(found.is_some(), expected);
                prop_assert!(found.is_none_or(|piece| has.contains(&piece.get()) && suits(piece)));
            }
        }

        #[test]
        fn the_common_pieces_are_those_in_both(a: Vec<u8>, b: Vec<u8>, start: u32) {
            let pieces = a.len().min(b.len()) as u32 * 8;
            let bitfield = |bytes: &[u8]| Bitfield::from_bytes(&bytes[..pieces as usize / 8], pieces).unwrap();
            let (a, b) = (bitfield(&a), bitfield(&b));
            let start = start.checked_rem(pieces).unwrap_or(0);
            let mut found: Vec<_> = common(a.as_bytes(), b.as_bytes(), start).collect();
            found.sort_unstable();
            prop_assert_eq!(found, a.iter_ones().filter(|piece| b.get(*piece)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn ties_fall_differently_for_different_seeds() {
        let first = |seed| {
            let mut availability = Availability::new(PIECES, seed);
            for n in 0..PIECES {
                availability.want(PieceIndex::new(n), Priority::Normal);
                availability.add(PieceIndex::new(n));
            }
            availability.rarest(&Bitfield::full(PIECES), |_| true)
        };
        assert!((0..20).map(first).collect::<BTreeSet<_>>().len() > 5);
    }

    const PIECES: u32 = 12;
    const TIERS: [Priority; 3] = [Priority::High, Priority::Normal, Priority::Low];
}

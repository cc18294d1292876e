//! Pieces that somebody waits for at a certain time.

use std::ops::Range;

use metainfo::PieceIndex;

use crate::Time;

/// The pieces that are due, the first to be needed first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines(Vec<(Time, PieceIndex)>);

impl Deadlines {
    /// The pieces are all due at this time, whenever they were due before; without one they are not any more.
    pub(crate) fn set(&mut self, pieces: Range<u32>, due: Option<Time>) {
        self.0.retain(|(_, piece)| !pieces.contains(&piece.get()));
        if let Some(due) = due {
            let at = self.0.partition_point(|(other, _)| *other <= due);
            self.0.splice(at..at, pieces.map(|piece| (due, PieceIndex::new(piece))));
        }
    }

    /// Only the pieces that are to be `kept` are still due.
    pub(crate) fn retain(&mut self, kept: impl Fn(PieceIndex) -> bool) {
        self.0.retain(|(_, piece)| kept(*piece));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, piece: PieceIndex) -> bool {
        self.0.iter().any(|(_, other)| *other == piece)
    }

    /// When each piece is due, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Time, PieceIndex)> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(deadlines: &Deadlines) -> Vec<(u128, u32)> {
        deadlines.iter().map(|(due, piece)| (due.as_millis().into(), piece.get())).collect()
    }

    #[test]
    fn what_is_due_first_comes_first_and_in_order() {
        let mut deadlines = Deadlines::default();
        deadlines.set(4..6, Some(Time::from_millis(20)));
        deadlines.set(0..2, Some(Time::from_millis(10)));
        deadlines.set(8..9, Some(Time::from_millis(20)));
        assert_eq!(listed(&deadlines), [(10, 0), (10, 1), (20, 4), (20, 5), (20, 8)]);
    }

    #[test]
    fn a_new_deadline_replaces_the_old_one_and_none_cancels_it() {
        let mut deadlines = Deadlines::default();
        deadlines.set(0..3, Some(Time::from_millis(10)));
        deadlines.set(1..2, Some(Time::from_millis(5)));
        deadlines.set(2..9, None);
        assert_eq!(listed(&deadlines), [(5, 1), (10, 0)]);
        deadlines.retain(|piece| piece.get() != 1);
        assert!(!deadlines.contains(PieceIndex::new(1)));
        assert_eq!(listed(&deadlines), [(10, 0)]);
    }
}

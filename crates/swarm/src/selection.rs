//! Which pieces are wanted, and which of them first.

use metainfo::{FileSpan, Geometry, Info, PieceIndex};
use wire::Bitfield;

/// How much a file or a piece is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Priority {
    /// Not at all.
    Skip,
    /// When nothing else is left to ask a peer for.
    Low,
    /// As every file is at first.
    #[default]
    Normal,
    /// Before everything else but what has a [deadline](crate::Input::Deadline).
    High,
}

/// The priority of every piece of a torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection(Vec<Priority>);

impl Selection {
    /// All of a torrent of `pieces` pieces.
    #[must_use]
    pub fn all(pieces: u32) -> Self {
        Self(vec![Priority::Normal; pieces as usize])
    }

    /// These pieces and no others.
    #[must_use]
    pub fn only(pieces: &Bitfield) -> Self {
        let mut selection = Self(vec![Priority::Skip; pieces.len() as usize]);
        for piece in pieces.iter_ones() {
            selection.0[piece.as_usize()] = Priority::Normal;
        }
        selection
    }

    /// What these priorities of files come to; `priority` takes a file's position in the torrent. A piece
    /// in which several files have bytes is as urgent as the most urgent of them, so that no file that is
    /// wanted lacks a byte because its neighbour is not.
    #[must_use]
    pub fn of_files(info: &Info, priority: impl Fn(usize) -> Priority) -> Self {
        let files = info.files().iter().enumerate();
        Self::of_spans(info.geometry(), files.map(|(position, file)| (file.span, priority(position))))
    }

    /// The same of other runs of a torrent's bytes than its files.
    #[must_use]
    pub fn of_spans(geometry: &Geometry, spans: impl IntoIterator<Item = (FileSpan, Priority)>) -> Self {
        let mut selection = Self(vec![Priority::Skip; geometry.piece_count() as usize]);
        for (span, priority) in spans {
            for piece in geometry.pieces_of(span) {
                let highest = &mut selection.0[piece.as_usize()];
                *highest = priority.max(*highest);
            }
        }
        selection
    }

    /// How many pieces the torrent has, wanted or not.
    #[must_use]
    pub const fn piece_count(&self) -> u32 {
        self.0.len() as u32
    }

    /// How much a piece is wanted; one that the torrent does not have is not.
    #[must_use]
    pub fn priority(&self, piece: PieceIndex) -> Priority {
        self.0.get(piece.as_usize()).copied().unwrap_or(Priority::Skip)
    }

    /// Whether a piece is wanted at all.
    #[must_use]
    pub fn contains(&self, piece: PieceIndex) -> bool {
        self.priority(piece) > Priority::Skip
    }

    /// The pieces that are wanted, in order.
    pub fn iter(&self) -> impl Iterator<Item = PieceIndex> + '_ {
        let wanted = (0..).zip(&self.0).filter(|(_, priority)| **priority > Priority::Skip);
        wanted.map(|(piece, _)| PieceIndex::new(piece))
    }

    /// Takes a piece out.
    pub(crate) fn skip(&mut self, piece: PieceIndex) {
        if let Some(priority) = self.0.get_mut(piece.as_usize()) {
            *priority = Priority::Skip;
        }
    }
}

#[cfg(test)]
mod tests {
    use metainfo::{InfoBuilder, Version};
    use proptest::prelude::*;

    use super::*;

    fn priority() -> impl Strategy<Value = Priority> {
        prop::sample::select(vec![Priority::Skip, Priority::Low, Priority::Normal, Priority::High])
    }

    proptest! {
        /// webtorrent#3083: deselecting a file took away the piece that it shared with a wanted one.
        #[test]
        fn a_piece_is_as_urgent_as_the_most_urgent_file_with_a_byte_in_it(
            files in prop::collection::vec((0..60_000_u64, priority()), 1..12),
        ) {
            let mut builder = InfoBuilder::new("files").piece_length(16_384);
            for (number, (length, _)) in files.iter().enumerate() {
                builder = builder.file(vec![number.to_string()], *length);
            }
            let total: u64 = files.iter().map(|(length, _)| length).sum();
            prop_assume!(total > 0);
            let pieces = total.div_ceil(16_384) as usize;
            let (info, _) = builder.version(Version::One).finish(&vec![[0; 20]; pieces], &[]).unwrap();
            let selection = Selection::of_files(&info, |file| files[file].1);

            let mut expected = vec![Priority::Skip; pieces];
            let mut at = 0;
            for (length, priority) in &files {
                for byte in at..at + length {
                    let piece = (byte / 16_384) as usize;
                    expected[piece] = expected[piece].max(*priority);
                }
                at += length;
            }
            prop_assert_eq!(selection, Selection(expected));
        }
    }

    #[test]
    fn a_selection_of_pieces_has_these_and_no_others() {
        let mut pieces = Bitfield::new(10);
        pieces.set(PieceIndex::new(3));
        pieces.set(PieceIndex::new(9));
        let selection = Selection::only(&pieces);
        assert_eq!(selection.iter().map(PieceIndex::get).collect::<Vec<_>>(), [3, 9]);
        assert_eq!(selection.priority(PieceIndex::new(10)), Priority::Skip);
        assert_eq!(Selection::all(10).iter().count(), 10);
    }
}

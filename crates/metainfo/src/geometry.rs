//! How a torrent's bytes divide into pieces, blocks and files.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Bytes in one block, the unit that strangers accept in a request (BEP 3 practice: 16 KiB).
pub const BLOCK_LENGTH: u32 = 16 * 1024;

/// The position of a piece in a torrent, from 0.
///
/// Decoded messages carry an index as the peer sent it; [`Geometry::contains`] tells whether it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PieceIndex(u32);

impl PieceIndex {
    /// The piece at position `index`.
    #[must_use]
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The position as the wire protocol carries it.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The position as an index into per-piece tables.
    #[must_use]
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for PieceIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A run of bytes within one piece, as REQUEST, CANCEL, REJECT and PIECE name it.
///
/// Like [`PieceIndex`], a block taken from a message is unchecked until [`Geometry::contains_block`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    /// The piece it lies in.
    pub piece: PieceIndex,
    /// First byte, counted from the start of the piece.
    pub begin: u32,
    /// Length in bytes.
    pub length: u32,
}

/// The torrent's bytes, all files laid end to end, cut into pieces.
///
/// Where files start with a piece each, a piece may end in padding (BEP 47, BEP 52): zeros that nobody has to send.
///
/// Invariants: `total_length > 0`, `piece_length > 0`, and the number of pieces fits in a `u32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    total_length: u64,
    piece_length: u32,
    padding: Option<Arc<Padding>>,
}

/// The padding at the ends of pieces.
#[derive(Debug, PartialEq, Eq)]
struct Padding {
    /// In torrent order, one at most for each piece, never all of it.
    runs: Vec<PaddingRun>,
    /// Whether it is part of the piece as peers know it, or only a gap between two files.
    in_pieces: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct PaddingRun {
    span: FileSpan,
    /// Bytes of padding up to its end, from the start of the torrent.
    total: u64,
}

impl Geometry {
    /// A torrent of `total_length` bytes in pieces of `piece_length` bytes; the last piece may be shorter.
    ///
    /// `None` if either is zero or there would be more pieces than a `u32` counts.
    #[must_use]
    pub const fn new(total_length: u64, piece_length: u32) -> Option<Self> {
        if total_length == 0 || piece_length == 0 {
            return None;
        }
        if total_length.div_ceil(piece_length as u64) > u32::MAX as u64 {
            return None;
        }
        Some(Self { total_length, piece_length, padding: None })
    }

    /// The same with padding behind the first bytes of these `pieces`, which come in torrent order. Padding is
    /// part of a piece in version 1 (`in_pieces`), and only a gap between files in version 2.
    pub(crate) fn padded(mut self, pieces: Vec<(PieceIndex, u32)>, in_pieces: bool) -> Self {
        let mut total = 0;
        let run = |(piece, content): (PieceIndex, u32)| {
            let length = u64::from(self.extent_of(piece) - content);
            total += length;
            PaddingRun {
                span: FileSpan { offset: self.offset_of(piece) + u64::from(content), length },
                total,
            }
        };
        let runs: Vec<_> = pieces.into_iter().map(run).collect();
        self.padding = (!runs.is_empty()).then(|| Arc::new(Padding { runs, in_pieces }));
        self
    }

    /// Bytes in the whole torrent.
    #[must_use]
    pub const fn total_length(&self) -> u64 {
        self.total_length
    }

    /// Bytes in every piece but the last.
    #[must_use]
    pub const fn piece_length(&self) -> u32 {
        self.piece_length
    }

    /// How many pieces there are, at least one.
    #[must_use]
    pub const fn piece_count(&self) -> u32 {
        self.total_length.div_ceil(self.piece_length as u64) as u32
    }

    /// Every piece, in torrent order.
    pub fn pieces(&self) -> impl DoubleEndedIterator<Item = PieceIndex> + use<> {
        (0..self.piece_count()).map(PieceIndex)
    }

    /// Whether the torrent has this piece.
    #[must_use]
    pub const fn contains(&self, piece: PieceIndex) -> bool {
        piece.0 < self.piece_count()
    }

    /// Bytes in this piece as peers exchange it; zero if the torrent does not have it.
    #[must_use]
    pub fn length_of(&self, piece: PieceIndex) -> u32 {
        match &self.padding {
            Some(padding) if !padding.in_pieces => self.content_of(piece),
            _ => self.extent_of(piece),
        }
    }

    /// Bytes in this piece before its padding, which is zeros if there is any: those that have to be sent and stored.
    #[must_use]
    pub fn content_of(&self, piece: PieceIndex) -> u32 {
        let (start, extent) = (self.offset_of(piece), self.extent_of(piece));
        let padding = self.padding_from(start).first().map_or(u64::MAX, |run| run.span.offset);
        u64::from(extent).min(padding - start) as u32
    }

    /// Bytes in the whole torrent that are not padding.
    #[must_use]
    pub fn content_length(&self) -> u64 {
        self.content_before(self.total_length)
    }

    /// Bytes before `offset` that are not padding: where the byte there lies once all padding is left out.
    #[must_use]
    pub fn content_before(&self, offset: u64) -> u64 {
        let Some(padding) = &self.padding else { return offset };
        let next = self.padding_from(offset);
        let before = padding.runs.len() - next.len();
        let whole = before.checked_sub(1).map_or(0, |last| padding.runs[last].total);
        let part = next.first().map_or(0, |run| offset.saturating_sub(run.span.offset));
        offset - whole - part
    }

    /// The runs of `span` that are not padding, in order.
    pub fn content_in(&self, span: FileSpan) -> impl Iterator<Item = FileSpan> {
        let mut padding = self.padding_from(span.offset).iter().map(|run| run.span);
        let mut at = span.offset;
        std::iter::from_fn(move || {
            while at < span.end() {
                let next = padding.next().unwrap_or(FileSpan { offset: u64::MAX, length: 0 });
                let start = std::mem::replace(&mut at, next.end());
                if let length @ 1.. = next.offset.min(span.end()).saturating_sub(start) {
                    return Some(FileSpan { offset: start, length });
                }
            }
            None
        })
    }

    /// The padding that ends behind the byte at `offset`.
    fn padding_from(&self, offset: u64) -> &[PaddingRun] {
        let runs = self.padding.as_ref().map_or(&[][..], |padding| &padding.runs);
        &runs[runs.partition_point(|run| run.span.end() <= offset)..]
    }

    /// Bytes from the start of this piece to that of the next.
    const fn extent_of(&self, piece: PieceIndex) -> u32 {
        let start = self.offset_of(piece);
        if start >= self.total_length {
            return 0;
        }
        let left = self.total_length - start;
        if left < self.piece_length as u64 { left as u32 } else { self.piece_length }
    }

    /// Where this piece starts, in bytes from the start of the torrent.
    #[must_use]
    pub const fn offset_of(&self, piece: PieceIndex) -> u64 {
        piece.0 as u64 * self.piece_length as u64
    }

    /// The piece that holds the byte at `offset`, if the torrent is that long.
    #[must_use]
    pub const fn piece_at(&self, offset: u64) -> Option<PieceIndex> {
        if offset >= self.total_length {
            return None;
        }
        Some(PieceIndex((offset / self.piece_length as u64) as u32))
    }

    /// The pieces that hold any byte of `span`.
    pub fn pieces_of(&self, span: FileSpan) -> impl DoubleEndedIterator<Item = PieceIndex> + use<> {
        let piece_length = u64::from(self.piece_length);
        let end = span.end().min(self.total_length);
        let pieces = if span.offset < end {
            (span.offset / piece_length) as u32..end.div_ceil(piece_length) as u32
        } else {
            0..0
        };
        pieces.map(PieceIndex)
    }

    /// How many blocks of [`BLOCK_LENGTH`] this piece has, without those that are nothing but padding.
    #[must_use]
    pub fn block_count(&self, piece: PieceIndex) -> u32 {
        self.content_of(piece).div_ceil(BLOCK_LENGTH)
    }

    /// The `n`th block of [`BLOCK_LENGTH`] of this piece (the last may be shorter), if there is one.
    #[must_use]
    pub fn block(&self, piece: PieceIndex, n: u32) -> Option<Block> {
        if n >= self.block_count(piece) {
            return None;
        }
        Some(nth_block(piece, self.content_of(piece), n))
    }

    /// The blocks of this piece, in order. They end where its padding starts: nobody has to send that.
    pub fn blocks(&self, piece: PieceIndex) -> impl DoubleEndedIterator<Item = Block> + use<> {
        let content = self.content_of(piece);
        (0..content.div_ceil(BLOCK_LENGTH)).map(move |n| nth_block(piece, content, n))
    }

    /// Whether every byte of `block` lies in its piece, and there is at least one.
    #[must_use]
    pub fn contains_block(&self, block: Block) -> bool {
        let end = block.begin as u64 + block.length as u64;
        block.length > 0 && self.contains(block.piece) && end <= self.length_of(block.piece) as u64
    }

    /// Where a block lies, in bytes from the start of the torrent.
    #[must_use]
    pub const fn span_of(&self, block: Block) -> FileSpan {
        FileSpan { offset: self.offset_of(block.piece) + block.begin as u64, length: block.length as u64 }
    }
}

/// The `n`th block of a piece with so much content, of which it has some.
fn nth_block(piece: PieceIndex, content: u32, n: u32) -> Block {
    let begin = n * BLOCK_LENGTH;
    Block { piece, begin, length: BLOCK_LENGTH.min(content - begin) }
}

/// A run of bytes of the torrent: where a file, or any part of one, lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSpan {
    /// First byte, counted from the start of the torrent.
    pub offset: u64,
    /// Length in bytes; an empty file has an empty span.
    pub length: u64,
}

impl FileSpan {
    /// One past the last byte.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// The same as a range of torrent offsets.
    #[must_use]
    pub const fn range(&self) -> Range<u64> {
        self.offset..self.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        /// Torrents of at most a few hundred blocks.
        fn any_geometry()(piece_length in 1..200_000_u32)(
            total_length in 1..u64::from(piece_length) * 20,
            piece_length in Just(piece_length),
        ) -> Geometry {
            Geometry::new(total_length, piece_length).unwrap()
        }
    }

    #[test]
    fn a_torrent_without_bytes_or_with_uncountable_pieces_has_no_geometry() {
        assert_eq!(Geometry::new(0, 1), None);
        assert_eq!(Geometry::new(1, 0), None);
        assert_eq!(Geometry::new(u64::MAX, 1), None);
        assert_eq!(Geometry::new(1 << 32, 1), None);
        assert_eq!(Geometry::new(u64::from(u32::MAX), 1).unwrap().piece_count(), u32::MAX);
    }

    #[test]
    fn the_last_piece_and_its_last_block_are_shorter() {
        let geometry = Geometry::new(100_000, 65_536).unwrap();
        let (last, missing) = (PieceIndex::new(1), PieceIndex::new(2));
        assert_eq!((geometry.piece_count(), geometry.length_of(last)), (2, 34_464));
        assert_eq!(geometry.block(last, 2), Some(Block { piece: last, begin: 32_768, length: 1696 }));
        assert_eq!(geometry.block(last, 3), None);
        assert_eq!((geometry.length_of(missing), geometry.block_count(missing)), (0, 0));
    }

    #[test]
    fn an_empty_file_has_no_pieces() {
        let geometry = Geometry::new(10, 5).unwrap();
        assert_eq!(geometry.pieces_of(FileSpan { offset: 5, length: 0 }).count(), 0);
    }

    #[test]
    fn blocks_that_overflow_are_not_in_the_torrent() {
        let geometry = Geometry::new(10, 5).unwrap();
        let block = |piece, begin, length| Block { piece: PieceIndex::new(piece), begin, length };
        assert!(geometry.contains_block(block(1, 1, 4)));
        for outside in [block(1, 1, 5), block(2, 0, 1), block(0, 0, 0), block(0, u32::MAX, u32::MAX)] {
            assert!(!geometry.contains_block(outside), "{outside:?}");
        }
    }

    #[test]
    fn padding_is_asked_of_nobody() {
        let piece = PieceIndex::new(1);
        let geometry =
            |in_pieces| Geometry::new(300_000, 100_000).unwrap().padded(vec![(piece, 20_000)], in_pieces);
        for in_pieces in [true, false] {
            let geometry = geometry(in_pieces);
            assert_eq!((geometry.block_count(piece), geometry.content_of(piece)), (2, 20_000));
            assert_eq!((geometry.block_count(PieceIndex::new(0)), geometry.content_length()), (7, 220_000));
            assert!(geometry.blocks(piece).eq((0..2).filter_map(|n| geometry.block(piece, n))));
            let moved: u32 =
                geometry.pieces().flat_map(|piece| geometry.blocks(piece)).map(|block| block.length).sum();
            assert_eq!(u64::from(moved), geometry.content_length());
        }
        // Issue 13, A1. A piece of version 1 goes on behind the content, and may be requested, but the last block does not.
        let block = |begin, length| Block { piece, begin, length };
        for in_pieces in [true, false] {
            assert_eq!(geometry(in_pieces).block(piece, 1), Some(block(16_384, 3_616)));
        }
        assert_eq!((geometry(true).length_of(piece), geometry(false).length_of(piece)), (100_000, 20_000));
        assert!(geometry(true).contains_block(block(32_768, 16_384)));
        assert!(!geometry(false).contains_block(block(16_384, 16_384)));
    }

    proptest! {
        #[test]
        fn pieces_tile_the_torrent(geometry in any_geometry()) {
            let mut end = 0;
            for piece in geometry.pieces() {
                prop_assert_eq!(geometry.offset_of(piece), end);
                prop_assert!(geometry.length_of(piece) > 0);
                end += u64::from(geometry.length_of(piece));
            }
            prop_assert_eq!(end, geometry.total_length());
        }

        #[test]
        fn content_is_what_padding_leaves(
            contents in prop::collection::vec(1..=100_u32, 1..20),
            offset in 0..2_500_u64,
            length in 0..2_500_u64,
        ) {
            let pieces = (0..).map(PieceIndex).zip(contents.iter().copied());
            let padded = pieces.filter(|(_, content)| *content < 100).collect();
            let geometry = Geometry::new(contents.len() as u64 * 100, 100).unwrap().padded(padded, true);
            let is_content = |at: u64| contents.get((at / 100) as usize).is_none_or(|content| at % 100 < (*content).into());
            prop_assert_eq!(geometry.content_before(offset), (0..offset).filter(|at| is_content(*at)).count() as u64);
            let span = FileSpan { offset, length };
            let found: Vec<u64> = geometry.content_in(span).flat_map(|run| run.range()).collect();
            prop_assert_eq!(found, span.range().filter(|at| is_content(*at)).collect::<Vec<_>>());
            prop_assert!(geometry.content_in(span).all(|run| run.length > 0));
            for (piece, content) in geometry.pieces().zip(&contents) {
                prop_assert_eq!(geometry.content_of(piece), *content);
            }
        }

        #[test]
        fn blocks_tile_every_piece(geometry in any_geometry()) {
            for piece in geometry.pieces() {
                let mut end = 0;
                for block in geometry.blocks(piece) {
                    prop_assert_eq!((block.piece, block.begin), (piece, end));
                    prop_assert!((1..=BLOCK_LENGTH).contains(&block.length));
                    prop_assert!(geometry.contains_block(block));
                    prop_assert_eq!(geometry.piece_at(geometry.span_of(block).offset), Some(piece));
                    end += block.length;
                }
                prop_assert_eq!(end, geometry.length_of(piece));
            }
        }

        #[test]
        fn a_span_has_exactly_the_pieces_that_share_a_byte_with_it(
            geometry in any_geometry(),
            offset in 0..4_000_000_u64,
            length in 0..4_000_000_u64,
        ) {
            let span = FileSpan { offset, length };
            let expected: Vec<_> = geometry.pieces().filter(|&piece| {
                let start = geometry.offset_of(piece);
                let end = start + u64::from(geometry.length_of(piece));
                start.max(span.offset) < end.min(span.end())
            }).collect();
            prop_assert_eq!(geometry.pieces_of(span).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn every_byte_lies_in_the_piece_that_starts_before_it(geometry in any_geometry(), at: prop::sample::Index) {
            let offset = at.index(geometry.total_length() as usize) as u64;
            let piece = geometry.piece_at(offset).unwrap();
            let within = offset - geometry.offset_of(piece);
            prop_assert!(within < u64::from(geometry.length_of(piece)));
            prop_assert_eq!(geometry.piece_at(geometry.total_length()), None);
        }
    }
}

//! Where each file of a torrent lies, and what is padding.

use crate::merkle::{Hash, Tree};
use crate::path::{check_path, check_paths};
use crate::{BLOCK_LENGTH, Error, FileSpan, Geometry, PieceIndex};

/// Files in one torrent.
pub const MAX_FILES: usize = 100_000;

/// Bytes in one piece. A piece is held in memory until it is whole and its hash is right.
pub const MAX_PIECE_LENGTH: u32 = 64 << 20;

/// Pieces in one torrent: as many as [`MAX_TORRENT_LENGTH`](crate::MAX_TORRENT_LENGTH) has room for the hashes of.
pub const MAX_PIECES: u32 = (crate::MAX_TORRENT_LENGTH / 20) as u32;

/// One file of a torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The folders from the torrent's own down to the file, then the file's name. Each is safe to create.
    pub path: Vec<String>,
    /// Where its bytes lie in the torrent.
    pub span: FileSpan,
    /// The hash tree of its blocks, if the torrent is of version 2 and the file is not empty.
    pub tree: Option<Tree>,
}

impl File {
    /// The path, joined by `/`.
    #[must_use]
    pub fn path_string(&self) -> String {
        self.path.join("/")
    }
}

/// A file before its place in the torrent is known.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) path: Vec<String>,
    pub(crate) length: u64,
    /// Zeros that only bring the next file to the start of a piece (BEP 47).
    pub(crate) padding: bool,
    /// The root of its hash tree (BEP 52).
    pub(crate) root: Option<Hash>,
}

impl Entry {
    pub(crate) const fn file(path: Vec<String>, length: u64) -> Self {
        Self { path, length, padding: false, root: None }
    }
}

/// The files of a torrent in their places. Padding is no file, only a gap before the next one.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) files: Vec<File>,
    pub(crate) geometry: Geometry,
}

impl Layout {
    /// Lays files and padding end to end, as version 1 does.
    ///
    /// Refuses files that cannot be created together, and torrents beyond this crate's limits.
    pub(crate) fn end_to_end(entries: Vec<Entry>, piece_length: u64) -> Result<Self, Error> {
        Self::of(entries, piece_length, Alignment::None)
    }

    /// Starts a piece with each file, as version 2 does; refuses what [`end_to_end`](Self::end_to_end) does.
    pub(crate) fn aligned(entries: Vec<Entry>, piece_length: u64) -> Result<Self, Error> {
        check_aligned_piece_length(piece_length)?;
        Self::of(entries, piece_length, Alignment::Gaps)
    }

    /// Puts padding behind each file that does not end with a piece, as hybrids have it. The last file too gets
    /// some, as from libtorrent: the same files then make the same torrent.
    pub(crate) fn padded(entries: Vec<Entry>, piece_length: u64) -> Result<Self, Error> {
        check_aligned_piece_length(piece_length)?;
        Self::of(entries, piece_length, Alignment::Padding)
    }

    fn of(entries: Vec<Entry>, piece_length: u64, alignment: Alignment) -> Result<Self, Error> {
        if entries.len() > MAX_FILES {
            return Err(Error::TooManyFiles);
        }
        let mut files = Vec::with_capacity(entries.len());
        let mut gaps = Gaps { piece_length, end: 0, start: 0, found: Vec::new() };
        for Entry { path, length, padding, root } in entries {
            check_path(&path)?;
            if alignment == Alignment::Gaps && length > 0 {
                gaps.align()?;
            }
            let span = gaps.lay(length, padding)?;
            if alignment == Alignment::Padding {
                gaps.align()?;
            }
            if !padding {
                let piece_length = u32::try_from(piece_length).unwrap_or(0);
                let tree = root.and_then(|root| Tree::new(root, length, piece_length));
                files.push(File { path, span, tree });
            }
        }
        check_paths(files.iter().map(|file| &file.path[..]))?;
        let geometry = geometry(gaps.end, piece_length)?.padded(gaps.finish(), alignment != Alignment::Gaps);
        Ok(Self { files, geometry })
    }
}

/// How files come to start with a piece each, if they do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alignment {
    None,
    Gaps,
    Padding,
}

/// Padding at the ends of pieces, found while files are laid out.
struct Gaps {
    piece_length: u64,
    /// Where the files laid so far end.
    end: u64,
    /// Where the padding at that end starts.
    start: u64,
    found: Vec<(PieceIndex, u32)>,
}

impl Gaps {
    fn lay(&mut self, length: u64, padding: bool) -> Result<FileSpan, Error> {
        let span = FileSpan { offset: self.end, length };
        if !padding && length > 0 {
            self.close();
        }
        self.end = self.end.checked_add(length).ok_or(Error::LengthOverflow)?;
        if !padding && length > 0 {
            self.start = self.end;
        }
        Ok(span)
    }

    /// Goes on to the start of a piece.
    fn align(&mut self) -> Result<(), Error> {
        self.end = self.end.checked_next_multiple_of(self.piece_length).ok_or(Error::LengthOverflow)?;
        Ok(())
    }

    /// Padding counts if it reaches from within a piece to the piece's end. Other padding is like any bytes.
    fn close(&mut self) {
        let Some(within) = self.start.checked_rem(self.piece_length).filter(|within| *within > 0) else {
            return;
        };
        let first = self.start - within;
        let next = first.saturating_add(self.piece_length);
        if self.end >= next {
            self.found.push((PieceIndex::new((first / self.piece_length) as u32), within as u32));
        }
    }

    /// All of it. The torrent's end is its last piece's.
    fn finish(mut self) -> Vec<(PieceIndex, u32)> {
        let within = self.start.checked_rem(self.piece_length).unwrap_or(0);
        if self.end > self.start && within > 0 {
            self.end = self.end.max((self.start - within).saturating_add(self.piece_length));
            self.close();
        }
        self.found
    }
}

/// The geometry of this many bytes, within this crate's limits.
fn geometry(total_length: u64, piece_length: u64) -> Result<Geometry, Error> {
    let checked = u32::try_from(piece_length).ok().filter(|length| (1..=MAX_PIECE_LENGTH).contains(length));
    let piece_length = checked.ok_or(Error::PieceLength(piece_length))?;
    if total_length == 0 {
        return Err(Error::Empty);
    }
    let geometry = Geometry::new(total_length, piece_length).ok_or(Error::TooManyPieces)?;
    if geometry.piece_count() > MAX_PIECES {
        return Err(Error::TooManyPieces);
    }
    Ok(geometry)
}

/// Refuses a piece length that version 2 does not allow.
pub(crate) fn check_aligned_piece_length(piece_length: u64) -> Result<(), Error> {
    let allowed = u64::from(BLOCK_LENGTH)..=u64::from(MAX_PIECE_LENGTH);
    if piece_length.is_power_of_two() && allowed.contains(&piece_length) {
        Ok(())
    } else {
        Err(Error::AlignedPieceLength(piece_length))
    }
}

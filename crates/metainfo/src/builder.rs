use crate::bencode::Item;
use crate::info::{Entry, geometry, lay_out};
use crate::path::check_name;
use crate::{Error, File, Geometry, Info};

/// Makes the [`Info`] of a new torrent. The same files always make the same bytes, hence the same info hash.
///
/// Lay out the files, hash the pieces of [`geometry`](Self::geometry), then [`finish`](Self::finish):
///
/// ```
/// use metainfo::InfoBuilder;
/// # fn sha1_of(bytes: &[u8]) -> [u8; 20] { *metainfo::InfoHash::of(bytes).as_bytes() }
///
/// let builder = InfoBuilder::single("hello.txt", 5);
/// assert_eq!(builder.geometry()?.piece_count(), 1);
/// let info = builder.finish(&[sha1_of(b"hello")])?;
/// assert_eq!(info.files()[0].path_string(), "hello.txt");
/// # Ok::<(), metainfo::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InfoBuilder {
    name: String,
    files: Vec<(Vec<String>, u64)>,
    is_single_file: bool,
    private: bool,
    piece_length: Option<u32>,
}

impl InfoBuilder {
    /// A folder called `name`; [`file`](Self::file) fills it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let (files, is_single_file) = (Vec::new(), false);
        Self { name: name.into(), files, is_single_file, private: false, piece_length: None }
    }

    /// One file called `name`, of `length` bytes, in no folder.
    #[must_use]
    pub fn single(name: impl Into<String>, length: u64) -> Self {
        let name = name.into();
        Self { files: vec![(vec![name.clone()], length)], is_single_file: true, ..Self::new(name) }
    }

    /// Adds a file of `length` bytes to the folder, behind those already in it; `path` starts below the folder.
    #[must_use]
    pub fn file(mut self, path: Vec<String>, length: u64) -> Self {
        self.files.push((path, length));
        self.is_single_file = false;
        self
    }

    /// Whether peers may be found through the torrent's own trackers only (BEP 27). Not, unless set.
    #[must_use]
    pub fn private(mut self, private: bool) -> Self {
        self.private = private;
        self
    }

    /// Bytes in a piece. Unless set, a power of two from 16 KiB to 4 MiB that makes about 1500 pieces at most.
    #[must_use]
    pub fn piece_length(mut self, bytes: u32) -> Self {
        self.piece_length = Some(bytes);
        self
    }

    /// How the files divide into pieces, to hash them.
    ///
    /// # Errors
    ///
    /// As [`Info::parse`]: names or paths are unsafe, there is nothing in the files, or too much.
    pub fn geometry(&self) -> Result<Geometry, Error> {
        Ok(self.lay_out()?.1)
    }

    /// The torrent whose pieces have these SHA-1 hashes.
    ///
    /// # Errors
    ///
    /// As [`geometry`](Self::geometry); [`Error::PieceCount`] if there are more or fewer hashes than pieces;
    /// [`Error::TooLarge`] if names and hashes together exceed [`crate::MAX_TORRENT_LENGTH`].
    pub fn finish(self, piece_hashes: &[[u8; 20]]) -> Result<Info, Error> {
        let (files, geometry) = self.lay_out()?;
        // The limits on pieces keep every length far below the largest i64.
        let length_of = |file: &File| Item::Int(file.span.length.cast_signed());
        let content = match &files[..] {
            [file] if self.is_single_file => ("length", length_of(file)),
            files => (
                "files",
                files
                    .iter()
                    .map(|file| {
                        let path = file.path.iter().map(|name| Item::from(&**name)).collect();
                        Item::dict([("length", length_of(file)), ("path", path)])
                    })
                    .collect(),
            ),
        };
        let mut entries = vec![
            content,
            ("name", Item::from(&*self.name)),
            ("piece length", Item::Int(geometry.piece_length().into())),
            ("pieces", Item::from(piece_hashes.as_flattened())),
        ];
        if self.private {
            entries.push(("private", Item::Int(1)));
        }
        Info::parse(&Item::dict(entries).encode())
    }

    fn lay_out(&self) -> Result<(Vec<File>, Geometry), Error> {
        check_name(&self.name)?;
        let files = lay_out(
            self.files
                .iter()
                .map(|(path, length)| Ok(Entry { path: path.clone(), length: *length, padding: false })),
        )?;
        let total_length = files.last().map_or(0, |file| file.span.end());
        let piece_length = self.piece_length.map_or_else(|| chosen_piece_length(total_length), u64::from);
        let geometry = geometry(&files, piece_length)?;
        Ok((files, geometry))
    }
}

fn chosen_piece_length(total_length: u64) -> u64 {
    let exact = total_length.div_ceil(AIM_PIECES).min(MAX_CHOSEN_PIECE_LENGTH);
    exact.next_power_of_two().max(MIN_PIECE_LENGTH)
}

/// A choice of piece length aims at no more pieces than this: their hashes fit in two pieces of metadata.
const AIM_PIECES: u64 = 1500;
const MIN_PIECE_LENGTH: u64 = 16 << 10;
const MAX_CHOSEN_PIECE_LENGTH: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn one_file_makes_canonical_bytes() {
        let info = InfoBuilder::single("a", 3).finish(&[[b'x'; 20]]).unwrap();
        let expected = "d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe";
        assert_eq!(info.raw().escape_ascii().to_string(), expected);
        assert!(info.is_single_file());
        assert!(!info.private());
    }

    #[test]
    fn a_folder_keeps_the_order_of_its_files() {
        let builder =
            InfoBuilder::new("folder").file(path("b/é"), 3).file(path("empty"), 0).file(path("a"), 4);
        let info = builder.private(true).finish(&[[0; 20]]).unwrap();
        let found: Vec<_> = info.files().iter().map(|file| (file.path_string(), file.span.range())).collect();
        assert_eq!(found, [("b/é".to_owned(), 0..3), ("empty".to_owned(), 3..3), ("a".to_owned(), 3..7)]);
        assert!(info.private());
        assert!(!info.is_single_file());
    }

    #[test]
    fn a_folder_with_one_file_is_still_a_folder() {
        let info = InfoBuilder::new("a").file(path("a"), 1).finish(&[[0; 20]]).unwrap();
        assert!(!info.is_single_file());
    }

    #[test]
    fn privacy_is_part_of_the_torrents_identity() {
        let hash =
            |private| InfoBuilder::single("a", 1).private(private).finish(&[[0; 20]]).unwrap().info_hash();
        assert_ne!(hash(true), hash(false));
    }

    #[test]
    fn the_piece_length_grows_with_the_content() {
        let chosen = |length| InfoBuilder::single("a", length).geometry().unwrap().piece_length();
        assert_eq!(chosen(1), 16 << 10);
        assert_eq!(chosen(1500 * (16 << 10)), 16 << 10);
        assert_eq!(chosen(1500 * (16 << 10) + 1), 32 << 10);
        assert_eq!(chosen(1 << 40), 4 << 20);
    }

    #[test]
    fn what_cannot_be_read_cannot_be_made() {
        let folder = || InfoBuilder::new("folder");
        for (builder, error) in [
            (folder(), Error::Empty),
            (folder().file(path("a"), 0), Error::Empty),
            (folder().file(path("a"), 1).file(path("a"), 1), Error::DuplicatePath("a".to_owned())),
            (folder().file(path("a"), 1).file(path("a/b"), 1), Error::FileIsFolder("a".to_owned())),
            (folder().file(vec![], 1), Error::Invalid("path")),
            (folder().file(path("a"), u64::MAX).file(path("b"), 1), Error::LengthOverflow),
            (folder().file(path("a"), u64::MAX), Error::TooManyPieces),
            (folder().file(vec!["d".to_owned(); 65], 1), Error::PathTooDeep),
            (folder().file(path("a"), 1).piece_length(0), Error::PieceLength(0)),
            (folder().file(path("a"), 1 << 20).piece_length(1), Error::TooManyPieces),
        ] {
            assert_eq!(builder.geometry(), Err(error.clone()));
            assert_eq!(builder.finish(&[]), Err(error));
        }
        for name in ["", "..", "a/b", "NUL"] {
            assert!(matches!(InfoBuilder::single(name, 1).geometry(), Err(Error::Name { .. })), "{name}");
        }
        let missing = InfoBuilder::single("a", 1).finish(&[]);
        assert_eq!(missing, Err(Error::PieceCount { expected: 1, found: 0 }));
    }

    proptest! {
        #[test]
        fn the_chosen_piece_length_is_a_power_of_two_that_makes_few_pieces(length in 1..=AIM_PIECES * MAX_CHOSEN_PIECE_LENGTH) {
            let geometry = InfoBuilder::single("a", length).geometry().unwrap();
            prop_assert!(geometry.piece_length().is_power_of_two());
            prop_assert!(u64::from(geometry.piece_count()) <= AIM_PIECES);
        }
    }
}

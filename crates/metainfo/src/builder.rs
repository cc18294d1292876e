use std::iter;

use crate::bencode::Item;
use crate::layout::{Entry, Layout};
use crate::merkle::{Hash, Tree, root};
use crate::path::check_name;
use crate::{Error, File, Geometry, Info, PieceLayers, file_tree, payment};

/// Which versions of BitTorrent a new torrent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Version {
    /// BEP 3, which every client understands.
    One,
    /// BEP 52, whose clients check each block for itself.
    Two,
    /// Both: every client can take part.
    Hybrid,
}

/// Makes the [`Info`] of a new torrent. The same files always make the same bytes, hence the same info hash.
///
/// Lay out the files, hash the pieces of [`geometry`](Self::geometry) and their blocks, then
/// [`finish`](Self::finish):
///
/// ```
/// use metainfo::{InfoBuilder, merkle::Hash};
/// # fn sha1_of(bytes: &[u8]) -> [u8; 20] { *metainfo::InfoHash::of(bytes).as_bytes() }
///
/// let builder = InfoBuilder::single("hello.txt", 5);
/// assert_eq!(builder.geometry()?.piece_count(), 1);
/// let (info, _) = builder.finish(&[sha1_of(b"hello")], &[Hash::of_block(b"hello")])?;
/// assert_eq!(info.files()[0].path_string(), "hello.txt");
/// # Ok::<(), metainfo::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InfoBuilder {
    name: String,
    files: Vec<(Vec<String>, u64)>,
    is_single_file: bool,
    private: bool,
    payment_options: Vec<(String, String)>,
    piece_length: Option<u32>,
    version: Option<Version>,
}

impl InfoBuilder {
    /// A folder called `name`; [`file`](Self::file) fills it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let (files, is_single_file) = (Vec::new(), false);
        let (private, payment_options, piece_length) = (false, Vec::new(), None);
        let version = None;
        Self { name: name.into(), files, is_single_file, private, payment_options, piece_length, version }
    }

    /// One file called `name`, of `length` bytes, in no folder.
    #[must_use]
    pub fn single(name: impl Into<String>, length: u64) -> Self {
        let name = name.into();
        Self { files: vec![(vec![name.clone()], length)], is_single_file: true, ..Self::new(name) }
    }

    /// Adds a file of `length` bytes to the folder; `path` starts below the folder. In version 1, files stay
    /// in this order; version 2 and hybrids have them in the order of their paths.
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

    /// Whom the torrent says to pay ([`Info::payment_options`]). Nobody, unless set.
    #[must_use]
    pub fn payment_options(mut self, options: Vec<(String, String)>) -> Self {
        self.payment_options = options;
        self
    }

    /// The versions that the torrent is for. Unless set, a hybrid; but of version 1 if padding between many
    /// small files would add more than a twentieth to what clients transfer that take it for files.
    #[must_use]
    pub fn version(mut self, version: impl Into<Option<Version>>) -> Self {
        self.version = version.into();
        self
    }

    /// The versions that it will be for.
    #[must_use]
    pub fn chosen_version(&self) -> Version {
        self.version.unwrap_or_else(|| {
            let is_cheap = self.padding_is_cheap(self.chosen_piece_length());
            if is_cheap { Version::Hybrid } else { Version::One }
        })
    }

    /// Bytes in a piece. Unless set, a power of two from 16 KiB to 4 MiB: up to 1 MiB it makes no more than
    /// 512 pieces, and above no more than 1500, as far as pieces of 4 MiB and the number of files allow. A
    /// hybrid of many files has shorter ones, down to what makes 1500, where that keeps padding short.
    #[must_use]
    pub fn piece_length(mut self, bytes: u32) -> Self {
        self.piece_length = Some(bytes);
        self
    }

    /// How the files divide into pieces, to hash them.
    ///
    /// # Errors
    ///
    /// As [`Info::parse`]: names or paths are unsafe, there is nothing in the files, or too much. Also if a
    /// payment option would be left out when it is read.
    pub fn geometry(&self) -> Result<Geometry, Error> {
        Ok(self.lay_out()?.geometry)
    }

    /// The files as the torrent will have them, to know where their bytes lie.
    ///
    /// # Errors
    ///
    /// As [`geometry`](Self::geometry).
    pub fn files(&self) -> Result<Vec<File>, Error> {
        Ok(self.lay_out()?.files)
    }

    /// The torrent whose pieces have these SHA-1 hashes, and whose blocks these leaves, in torrent order.
    /// Pieces are hashed with their padding, blocks without; version 1 takes no leaves, version 2 alone no
    /// piece hashes.
    ///
    /// # Errors
    ///
    /// As [`geometry`](Self::geometry); [`Error::PieceCount`] if there are more or fewer hashes than pieces;
    /// [`Error::LeafCount`] if there are more or fewer leaves than blocks; [`Error::TooLarge`] if names and
    /// hashes together exceed [`crate::MAX_TORRENT_LENGTH`].
    pub fn finish(self, piece_hashes: &[[u8; 20]], leaves: &[Hash]) -> Result<(Info, PieceLayers), Error> {
        let Layout { mut files, geometry } = self.lay_out()?;
        let version = self.chosen_version();
        let has_pieces = version != Version::Two;
        if !has_pieces && !piece_hashes.is_empty() {
            return Err(Error::PieceCount { expected: 0, found: piece_hashes.len() });
        }
        let layers = match version {
            Version::One if leaves.is_empty() => PieceLayers::default(),
            Version::One => return Err(Error::LeafCount),
            Version::Two | Version::Hybrid => plant(&mut files, leaves, geometry.piece_length())?,
        };
        let mut entries = vec![
            ("name", Item::from(&*self.name)),
            ("piece length", Item::Int(geometry.piece_length().into())),
        ];
        if version != Version::One {
            entries.push(("file tree", file_tree::item(&files)));
            entries.push(("meta version", Item::Int(2)));
        }
        if has_pieces {
            entries.push(self.list(&files, &geometry));
            entries.push(("pieces", Item::from(piece_hashes.as_flattened())));
        }
        if self.private {
            entries.push(("private", Item::Int(1)));
        }
        if !self.payment_options.is_empty() {
            entries.push((payment::KEY, payment::item(&self.payment_options)));
        }
        Ok((Info::parse(&Item::dict(entries).encode())?, layers))
    }

    /// What version 1 says about the files.
    fn list<'a>(&self, files: &'a [File], geometry: &Geometry) -> (&'static str, Item<'a>) {
        // The limits on pieces keep every length far below the largest i64.
        let length = |length: u64| ("length", Item::Int(length.cast_signed()));
        if let [file] = files
            && self.is_single_file
        {
            return length(file.span.length);
        }
        let mut items = Vec::new();
        let mut end = 0;
        for file in files {
            if let padding @ 1.. = file.span.offset - end {
                items.push(padding_item(padding));
            }
            end = file.span.end();
            let path = file.path.iter().map(|name| Item::from(&**name)).collect();
            items.push(Item::dict([length(file.span.length), ("path", path)]));
        }
        if let padding @ 1.. = geometry.total_length() - end {
            items.push(padding_item(padding));
        }
        ("files", Item::List(items))
    }

    fn lay_out(&self) -> Result<Layout, Error> {
        check_name(&self.name)?;
        if !payment::can_be_read(&self.payment_options) {
            return Err(Error::Invalid(payment::KEY.into()));
        }
        let mut total_length = 0u64;
        for (_, length) in &self.files {
            total_length = total_length.checked_add(*length).ok_or(Error::LengthOverflow)?;
        }
        let (version, piece_length) = (self.chosen_version(), self.chosen_piece_length());
        let mut entries: Vec<_> =
            self.files.iter().map(|(path, length)| Entry::file(path.clone(), *length)).collect();
        if version != Version::One {
            sort::by(&mut entries, |a, b| a.path.cmp(&b.path));
        }
        let layout = match version {
            Version::One => Layout::end_to_end(entries, piece_length),
            Version::Hybrid if !self.is_single_file => Layout::padded(entries, piece_length),
            Version::Hybrid | Version::Two => Layout::aligned(entries, piece_length),
        }?;
        if version == Version::Two {
            file_tree::check_room(&layout.files)?;
        }
        Ok(layout)
    }

    fn chosen_piece_length(&self) -> u64 {
        if let Some(length) = self.piece_length {
            return u64::from(length);
        }
        let total = self.total_length();
        let fitting =
            |pieces, most| total.div_ceil(pieces).min(most).next_power_of_two().max(MIN_PIECE_LENGTH);
        let least = fitting(MOST_PIECES, MAX_CHOSEN_PIECE_LENGTH);
        let best = fitting(AIM_PIECES, LONG_PIECE).max(least);
        let fallback = match self.version {
            // There is no padding: version 1 lays files end to end, and nobody transfers what lies between
            // those of version 2.
            Some(Version::One | Version::Two) => return best,
            Some(Version::Hybrid) => least,
            // It becomes a torrent of version 1.
            None => best,
        };
        let mut lengths =
            iter::successors(Some(best), |length| Some(length / 2)).take_while(|length| *length >= least);
        lengths.find(|length| self.padding_is_cheap(*length)).unwrap_or(fallback)
    }

    fn total_length(&self) -> u64 {
        self.files.iter().map(|(_, length)| *length).fold(0, u64::saturating_add)
    }

    /// Whether padding to whole pieces of this length adds little to what clients transfer that take it for
    /// files.
    fn padding_is_cheap(&self, piece_length: u64) -> bool {
        let padding = self.files.iter().fold(0, |sum: u64, (_, length)| {
            let last = length.checked_rem(piece_length).filter(|last| *last > 0);
            sum.saturating_add(last.map_or(0, |last| piece_length - last))
        });
        self.is_single_file || padding <= (self.total_length() / 20).max(CHEAP_PADDING)
    }
}

fn padding_item(length: u64) -> Item<'static> {
    Item::dict([
        ("attr", Item::from("p")),
        ("length", Item::Int(length.cast_signed())),
        ("path", Item::List(vec![Item::from(".pad"), Item::Text(length.to_string())])),
    ])
}

/// Gives each file the tree that these leaves make, and returns the piece layers of all.
fn plant(files: &mut [File], leaves: &[Hash], piece_length: u32) -> Result<PieceLayers, Error> {
    let mut layers = PieceLayers::default();
    let mut rest = leaves;
    for file in files {
        let Some(shape) = Tree::new(Hash::ZERO, file.span.length, piece_length) else { continue };
        let own = rest.split_off(..shape.leaf_count() as usize).ok_or(Error::LeafCount)?;
        let pieces: Vec<_> = own.chunks(1 << shape.piece_level()).map(|piece| shape.piece(piece)).collect();
        let top = root(&pieces, shape.piece_level().min(shape.height()), shape.height());
        let tree = Tree::new(top, file.span.length, piece_length);
        if let Some(tree) = &tree {
            layers.insert(tree, pieces);
        }
        file.tree = tree;
    }
    if rest.is_empty() { Ok(layers) } else { Err(Error::LeafCount) }
}

/// A choice of piece length makes no more pieces than this, as far as pieces of 4 MiB and the number of files
/// allow: their hashes fit in two pieces of metadata.
const MOST_PIECES: u64 = 1500;
/// It aims at no more than this, as each piece costs a write, a mark and a word to every peer, however little
/// is in it,
const AIM_PIECES: u64 = 512;
/// but not with longer ones than this: a film plays, and a piece is passed on, once the first is whole.
const LONG_PIECE: u64 = 1 << 20;
const MIN_PIECE_LENGTH: u64 = 16 << 10;
const MAX_CHOSEN_PIECE_LENGTH: u64 = 4 << 20;
/// Bytes of padding that are never worth doing without version 2.
const CHEAP_PADDING: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    /// The torrent of version 1 with these piece hashes.
    fn one(builder: InfoBuilder, piece_hashes: &[[u8; 20]]) -> Result<Info, Error> {
        builder.version(Version::One).finish(piece_hashes, &[]).map(|(info, _)| info)
    }

    #[test]
    fn one_file_makes_canonical_bytes() {
        let info = one(InfoBuilder::single("a", 3), &[[b'x'; 20]]).unwrap();
        let expected = "d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe";
        assert_eq!(info.raw().escape_ascii().to_string(), expected);
        assert!(info.is_single_file());
        assert!(!info.private());
    }

    #[test]
    fn a_folder_keeps_the_order_of_its_files() {
        let builder =
            InfoBuilder::new("folder").file(path("b/é"), 3).file(path("empty"), 0).file(path("a"), 4);
        let info = one(builder.private(true), &[[0; 20]]).unwrap();
        let found: Vec<_> = info.files().iter().map(|file| (file.path_string(), file.span.range())).collect();
        assert_eq!(found, [("b/é".to_owned(), 0..3), ("empty".to_owned(), 3..3), ("a".to_owned(), 3..7)]);
        assert!(info.private());
        assert!(!info.is_single_file());
    }

    #[test]
    fn a_folder_with_one_file_is_still_a_folder() {
        let info = one(InfoBuilder::new("a").file(path("a"), 1), &[[0; 20]]).unwrap();
        assert!(!info.is_single_file());
    }

    #[test]
    fn privacy_is_part_of_the_torrents_identity() {
        let builder = |private| InfoBuilder::single("a", 1).private(private);
        let hash = |private| one(builder(private), &[[0; 20]]).unwrap().info_hash();
        assert_ne!(hash(true), hash(false));
    }

    #[test]
    fn the_piece_length_grows_with_the_content() {
        let chosen = |length| InfoBuilder::single("a", length).geometry().unwrap().piece_length();
        assert_eq!(chosen(1), 16 << 10);
        assert_eq!(chosen(512 * (16 << 10)), 16 << 10);
        assert_eq!(chosen(512 * (16 << 10) + 1), 32 << 10);
        assert_eq!(chosen(1500 * (1 << 20)), 1 << 20);
        assert_eq!(chosen(1500 * (1 << 20) + 1), 2 << 20);
        assert_eq!(chosen(1 << 40), 4 << 20);
    }

    /// Issue 14, part 2: larger pieces, but not at the price of padding.
    #[test]
    fn pieces_of_folders_are_as_long_as_padding_between_files_allows() {
        let chosen = |count: u64, length, version: Option<Version>| {
            let files = (0..count).map(|n| path(&n.to_string()));
            let builder = files.fold(InfoBuilder::new("folder"), |builder, path| builder.file(path, length));
            let builder = builder.version(version);
            (builder.chosen_version(), builder.geometry().unwrap().piece_length())
        };
        // Of some files, padding to 512 KiB would be more than a twentieth; of many small ones, any would.
        assert_eq!(chosen(2, 100_000_001, None), (Version::Hybrid, 512 << 10));
        assert_eq!(chosen(40, 5_300_001, None), (Version::Hybrid, 256 << 10));
        assert_eq!(chosen(2_000, 100_001, None), (Version::One, 512 << 10));
        assert_eq!(chosen(2_000, 100_001, Some(Version::Hybrid)), (Version::Hybrid, 256 << 10));
        for version in [Version::One, Version::Two] {
            assert_eq!(chosen(2_000, 100_001, Some(version)), (version, 512 << 10), "there is no padding");
        }
    }

    /// Issue 13, A1.
    #[test]
    fn many_small_files_are_not_padded_unless_their_author_says_so() {
        let folder = |count: u64, length| {
            let files = (0..count).map(|n| path(&n.to_string()));
            files.fold(InfoBuilder::new("folder"), |builder, path| builder.file(path, length))
        };
        let small = folder(2_000, 2_050);
        assert_eq!(small.chosen_version(), Version::One);
        assert_eq!(small.geometry().unwrap().total_length(), 2_000 * 2_050);
        let chosen = small.version(Version::Hybrid);
        assert_eq!(chosen.geometry().unwrap().total_length(), 2_000 * (16 << 10));
        for builder in [
            // An album, and a handful of notes.
            folder(12, 5_000_001),
            folder(60, 1),
            InfoBuilder::single("a", 3 << 20),
            InfoBuilder::single("a", 3 << 20).piece_length(2 << 20),
        ] {
            assert_eq!(builder.chosen_version(), Version::Hybrid);
        }
    }

    #[test]
    fn what_cannot_be_read_cannot_be_made() {
        let folder = || InfoBuilder::new("folder");
        for (builder, error) in [
            (folder(), Error::Empty),
            (folder().file(path("a"), 0), Error::Empty),
            (folder().file(path("a"), 1).file(path("a"), 1), Error::DuplicatePath("a".to_owned())),
            (folder().file(path("a"), 1).file(path("a/b"), 1), Error::FileIsFolder("a".to_owned())),
            (folder().file(vec![], 1), Error::Invalid("path".into())),
            (folder().file(path("a"), u64::MAX).file(path("b"), 1), Error::LengthOverflow),
            (folder().file(path("a"), u64::MAX), Error::TooManyPieces),
            (folder().file(vec!["d".to_owned(); 65], 1), Error::PathTooDeep),
            (folder().file(path("a"), 1).piece_length(0), Error::PieceLength(0)),
            (folder().file(path("a"), 1 << 20).piece_length(1), Error::TooManyPieces),
        ] {
            let builder = builder.version(Version::One);
            assert_eq!(builder.geometry(), Err(error.clone()));
            assert_eq!(one(builder, &[]), Err(error));
        }
        for name in ["", "..", "a/b"] {
            assert!(matches!(InfoBuilder::single(name, 1).geometry(), Err(Error::Name { .. })), "{name}");
        }
        let missing = one(InfoBuilder::single("a", 1), &[]);
        assert_eq!(missing, Err(Error::PieceCount { expected: 1, found: 0 }));
        let finish = |version, pieces: &[_], leaves: &[_]| {
            InfoBuilder::single("a", 1).version(version).finish(pieces, leaves).map(|_| ())
        };
        let (piece, leaf) = ([0; 20], Hash::of_block(b"a"));
        assert_eq!(finish(Version::One, &[piece], &[leaf]), Err(Error::LeafCount));
        assert_eq!(finish(Version::Two, &[piece], &[leaf]), Err(Error::PieceCount { expected: 0, found: 1 }));
        for leaves in [&[][..], &[leaf, leaf]] {
            assert_eq!(finish(Version::Hybrid, &[piece], leaves), Err(Error::LeafCount));
        }
        for length in [0, 1 << 13, 3 << 14, 1 << 27] {
            for version in [Version::Two, Version::Hybrid] {
                let builder = InfoBuilder::single("a", 1).version(version).piece_length(length);
                assert_eq!(builder.geometry(), Err(Error::AlignedPieceLength(length.into())));
            }
        }
    }

    fn version() -> impl Strategy<Value = Option<Version>> {
        prop::option::of(prop::sample::select(vec![Version::One, Version::Two, Version::Hybrid]))
    }

    proptest! {
        #[test]
        fn the_chosen_piece_length_is_a_power_of_two_that_makes_few_pieces(
            length in 1..=MOST_PIECES * MAX_CHOSEN_PIECE_LENGTH,
            version in version(),
        ) {
            let geometry = InfoBuilder::single("a", length).version(version).geometry().unwrap();
            prop_assert!(geometry.piece_length().is_power_of_two());
            prop_assert!(u64::from(geometry.piece_count()) <= MOST_PIECES);
        }

        #[test]
        fn each_file_of_a_folder_costs_a_piece_at_most_beyond_those_few(
            // All together are no more than so many of the longest pieces.
            lengths in prop::collection::vec(prop_oneof![1..=100_000_u64, 1..=100_000_000_u64], 1..60),
            version in version(),
        ) {
            let files = lengths.iter().enumerate().map(|(n, length)| (path(&n.to_string()), *length));
            let builder =
                files.fold(InfoBuilder::new("folder"), |builder, (path, length)| builder.file(path, length));
            let geometry = builder.version(version).geometry().unwrap();
            prop_assert!(geometry.piece_length().is_power_of_two());
            prop_assert!(u64::from(geometry.piece_count()) <= MOST_PIECES + lengths.len() as u64);
        }
    }
}

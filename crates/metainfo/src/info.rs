use std::fmt;
use std::sync::Arc;

use litemap::LiteMap;

use crate::bencode::{Item, Value};
use crate::layout::{Entry, Layout, MAX_FILES, check_aligned_piece_length};
use crate::merkle::Tree;
use crate::path::{MAX_PATH_DEPTH, PathRoom, check_name, decode_name};
use crate::{
    Error, File, Geometry, InfoHash, InfoHashV2, InfoHashes, MAX_TORRENT_LENGTH, PieceIndex, file_tree,
    payment,
};

/// What a torrent shares: its files, and the hashes of every piece of them (BEP 3) or of each file (BEP 52).
///
/// Checked when it is made: the files make as many pieces as there are hashes, the paths are safe to create in a
/// folder, and in a hybrid both versions say the same. Cloning is cheap.
#[derive(Clone)]
pub struct Info(Arc<Contents>);

struct Contents {
    raw: Vec<u8>,
    hashes: InfoHashes,
    name: String,
    private: bool,
    payment_options: Vec<(String, String)>,
    geometry: Geometry,
    piece_hashes: Vec<[u8; 20]>,
    files: Vec<File>,
    is_single_file: bool,
}

impl Info {
    /// Reads a bencoded `info` dictionary, from a torrent file or from a peer (BEP 9).
    ///
    /// # Errors
    ///
    /// Any [`Error`] but those of links: the bytes are not bencoded, fields are missing or wrong, paths are
    /// unsafe, or limits are exceeded.
    pub fn parse(raw: &[u8]) -> Result<Self, Error> {
        if raw.len() > MAX_TORRENT_LENGTH {
            return Err(Error::TooLarge);
        }
        Self::from_value(Value::parse(raw)?)
    }

    /// The bencoded dictionary, byte by byte as it was read: what the info hash is the hash of.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.0.raw
    }

    /// The torrent's ids in the network.
    #[must_use]
    pub fn hashes(&self) -> InfoHashes {
        self.0.hashes
    }

    /// What this program knows the torrent by: [`InfoHashes::id`].
    #[must_use]
    pub fn info_hash(&self) -> InfoHash {
        self.0.hashes.id()
    }

    /// The name of the only file, or of the folder that all files lie in. Safe to create.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether peers may be found through the torrent's own trackers only (BEP 27).
    #[must_use]
    pub fn private(&self) -> bool {
        self.0.private
    }

    /// The text entries of `paymentOptions`, by which a torrent says whom to pay (`docs/tips.md`); not checked to make
    /// sense. At most
    /// [`MAX_PAYMENT_OPTIONS`](crate::MAX_PAYMENT_OPTIONS), each name once.
    #[must_use]
    pub fn payment_options(&self) -> &[(String, String)] {
        &self.0.payment_options
    }

    /// Whether it says whom to pay.
    #[must_use]
    pub fn takes_tips(&self) -> bool {
        !self.payment_options().is_empty()
    }

    /// How the bytes divide into pieces.
    #[must_use]
    pub fn geometry(&self) -> &Geometry {
        &self.0.geometry
    }

    /// The SHA-1 that this piece must have, if the torrent has the piece and is of version 1 or a hybrid.
    #[must_use]
    pub fn piece_hash(&self, piece: PieceIndex) -> Option<[u8; 20]> {
        self.0.piece_hashes.get(piece.as_usize()).copied()
    }

    /// The files in torrent order, without padding; the path of an only file is its name.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.0.files
    }

    /// The file that this piece belongs to alone, and which of the file's pieces it is. `None` where files share
    /// pieces, in a torrent of version 1 only, and if there is no such piece.
    #[must_use]
    pub fn tree_of(&self, piece: PieceIndex) -> Option<(&Tree, u32)> {
        let (offset, piece_length) = (self.0.geometry.offset_of(piece), self.0.geometry.piece_length());
        let place = self.0.files.partition_point(|file| file.span.end() <= offset);
        let file = self.0.files.get(place)?;
        let n = (offset - file.span.offset) / u64::from(piece_length);
        Some((file.tree.as_ref()?, n as u32))
    }

    /// Whether [`name`](Self::name) is a file's, not a folder's.
    #[must_use]
    pub fn is_single_file(&self) -> bool {
        self.0.is_single_file
    }

    /// What the dictionary holds under `key`, which may be one that this crate does not know. Takes time linear in its
    /// length.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<Value<'_>> {
        Value::parse(self.raw()).ok()?.get(key)
    }

    /// The same with `value` under `key`, which makes it another torrent. All other entries stay byte by byte as they
    /// are, in the order of their keys.
    ///
    /// # Errors
    ///
    /// As [`Info::parse`].
    pub fn with_entry(&self, key: &str, value: Item<'_>) -> Result<Self, Error> {
        let own = Value::parse(self.raw())?.entries().ok_or(Error::Invalid("info".into()))?;
        let mut entries = LiteMap::new();
        for (name, own) in own {
            // Of equal keys the first counts.
            entries.try_insert(name, Item::Raw(own.raw()));
        }
        entries.insert(key.as_bytes(), value);
        Self::parse(&Item::Dict(entries).encode())
    }

    pub(crate) fn from_value(info: Value<'_>) -> Result<Self, Error> {
        if !info.is_dict() {
            return Err(Error::Invalid("info".into()));
        }
        // First, since a later version may change the meaning of anything else.
        let version = info
            .get("meta version")
            .map_or(Ok(1), |version| version.as_int().ok_or(Error::Invalid("meta version".into())))?;
        if version > 2 {
            return Err(Error::LaterVersion(version));
        }
        let tree = if version == 2 {
            Some(info.get("file tree").ok_or(Error::Missing("file tree".into()))?)
        } else {
            None
        };
        let pieces = info.get("pieces");
        if tree.is_none() && pieces.is_none() {
            return Err(Error::Missing("pieces".into()));
        }
        let (piece_hashes, []) = pieces.map_or(Ok(&[][..]), bytes_of("pieces"))?.as_chunks::<20>() else {
            return Err(Error::Invalid("pieces".into()));
        };
        let name = preferred(info, "name.utf-8", "name").ok_or(Error::Missing("name".into()))?;
        let name = decode_name(bytes_of("name")(name)?);
        check_name(&name)?;

        let (layout, is_single_file) = match (tree, pieces) {
            (Some(tree), None) => layout_of_tree(info, tree, &name)?,
            (tree, _) => layout_of_list(info, tree, &name)?,
        };
        if pieces.is_some() && piece_hashes.len() != layout.geometry.piece_count() as usize {
            let expected = layout.geometry.piece_count();
            return Err(Error::PieceCount { expected, found: piece_hashes.len() });
        }
        let v1 = pieces.map(|_| InfoHash::of(info.raw()));
        let v2 = tree.map(|_| InfoHashV2::of(info.raw()));

        Ok(Self(Arc::new(Contents {
            raw: info.raw().to_vec(),
            hashes: InfoHashes::new(v1, v2).ok_or(Error::Missing("pieces".into()))?,
            name,
            private: info.get("private").and_then(|private| private.as_int()) == Some(1),
            payment_options: payment::parse(info),
            geometry: layout.geometry,
            piece_hashes: piece_hashes.to_vec(),
            files: layout.files,
            is_single_file,
        })))
    }
}

impl PartialEq for Info {
    fn eq(&self, other: &Self) -> bool {
        self.0.raw == other.0.raw
    }
}

impl Eq for Info {}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Contents { hashes, name, geometry, .. } = &*self.0;
        f.debug_struct("Info")
            .field("hashes", hashes)
            .field("name", name)
            .field("geometry", geometry)
            .finish_non_exhaustive()
    }
}

/// The files of version 2 alone, and whether there is only one, in no folder.
fn layout_of_tree(info: Value<'_>, tree: Value<'_>, name: &str) -> Result<(Layout, bool), Error> {
    let entries = file_tree::parse(tree, PathRoom::new(info.raw().len()))?;
    let is_single_file = matches!(&entries[..], [only] if only.path == [name]);
    Ok((Layout::aligned(entries, parse_count(info, "piece length")?)?, is_single_file))
}

/// The files of version 1, with what the `tree` of a hybrid adds to them, and whether there is only one, in no folder.
fn layout_of_list(info: Value<'_>, tree: Option<Value<'_>>, name: &str) -> Result<(Layout, bool), Error> {
    let list = info.get("files");
    let mut entries = match list {
        Some(list) => {
            // One file too many is enough to see that there are too many.
            let files = list.items().ok_or(Error::Invalid("files".into()))?.take(MAX_FILES + 1);
            files.map(parse_entry).collect::<Result<_, _>>()?
        }
        None => vec![Entry::file(vec![name.to_owned()], parse_count(info, "length")?)],
    };
    if let Some(tree) = tree {
        agree(&mut entries, file_tree::parse(tree, PathRoom::new(info.raw().len()))?)?;
    }
    let piece_length = parse_count(info, "piece length")?;
    let layout = Layout::end_to_end(entries, piece_length)?;
    if tree.is_some() {
        check_aligned_piece_length(piece_length)?;
        let starts_a_piece =
            |file: &File| file.tree.is_none() || file.span.offset.is_multiple_of(piece_length);
        if !layout.files.iter().all(starts_a_piece) {
            return Err(Error::VersionsDiffer);
        }
    }
    Ok((layout, list.is_none()))
}

/// Gives the files of version 1 the roots that version 2 has for them, if both have the same files.
fn agree(entries: &mut [Entry], tree: Vec<Entry>) -> Result<(), Error> {
    let mut files = entries.iter_mut().filter(|entry| !entry.padding);
    for expected in tree {
        let file = files.next().filter(|file| (&file.path, file.length) == (&expected.path, expected.length));
        file.ok_or(Error::VersionsDiffer)?.root = expected.root;
    }
    if files.next().is_some() { Err(Error::VersionsDiffer) } else { Ok(()) }
}

fn parse_entry(file: Value<'_>) -> Result<Entry, Error> {
    let path = preferred(file, "path.utf-8", "path").ok_or(Error::Missing("path".into()))?;
    let attributes = file.get("attr").and_then(|attributes| attributes.as_bytes()).unwrap_or_default();
    let entry = Entry::file(parse_path(path)?, parse_count(file, "length")?);
    Ok(Entry { padding: attributes.contains(&b'p'), ..entry })
}

fn parse_path(path: Value<'_>) -> Result<Vec<String>, Error> {
    let names = path.items().ok_or(Error::Invalid("path".into()))?;
    // One name too many is enough to see that there are too many.
    names
        .take(MAX_PATH_DEPTH + 1)
        .map(|name| name.as_bytes().map(decode_name).ok_or(Error::Invalid("path".into())))
        .collect()
}

/// Reads a field that has to be a byte string.
fn bytes_of<'a>(key: &'static str) -> impl Fn(Value<'a>) -> Result<&'a [u8], Error> {
    move |value| value.as_bytes().ok_or(Error::Invalid(key.into()))
}

fn parse_count(dict: Value<'_>, key: &'static str) -> Result<u64, Error> {
    let count = dict.get(key).ok_or(Error::Missing(key.into()))?;
    count.as_int().and_then(|count| u64::try_from(count).ok()).ok_or(Error::Invalid(key.into()))
}

/// The UTF-8 variant of a field where a torrent carries both.
fn preferred<'a>(dict: Value<'a>, utf8: &str, plain: &str) -> Option<Value<'a>> {
    dict.get(utf8).or_else(|| dict.get(plain))
}

use std::fmt;
use std::sync::Arc;

use crate::bencode::Value;
use crate::path::{MAX_PATH_DEPTH, check_name, check_paths, decode_name};
use crate::{Error, FileSpan, Geometry, InfoHash, MAX_TORRENT_LENGTH, PieceIndex};

/// Files in one torrent.
pub const MAX_FILES: usize = 100_000;

/// Pieces in one torrent: as many as [`MAX_TORRENT_LENGTH`] has room for the hashes of.
pub const MAX_PIECES: u32 = (MAX_TORRENT_LENGTH / 20) as u32;

/// Bytes in one piece. A piece is held in memory until it is whole and its hash is right.
pub const MAX_PIECE_LENGTH: u32 = 64 << 20;

/// What a torrent shares: its files, and the hash of every piece of them (BEP 3).
///
/// Checked when it is made: the files make as many pieces as there are hashes, and the paths are safe to
/// create in a folder. Cloning is cheap.
#[derive(Clone)]
pub struct Info(Arc<Contents>);

struct Contents {
    raw: Vec<u8>,
    info_hash: InfoHash,
    name: String,
    private: bool,
    geometry: Geometry,
    piece_hashes: Vec<[u8; 20]>,
    files: Vec<File>,
    is_single_file: bool,
}

/// One file of a torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The folders from the torrent's own down to the file, then the file's name. Each is safe to create.
    pub path: Vec<String>,
    /// Where its bytes lie in the torrent.
    pub span: FileSpan,
    /// Whether it is zeros that only bring the next file to the start of a piece (BEP 47).
    pub padding: bool,
}

impl File {
    /// The path, joined by `/`.
    #[must_use]
    pub fn path_string(&self) -> String {
        self.path.join("/")
    }
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

    /// The torrent's id in the network.
    #[must_use]
    pub fn info_hash(&self) -> InfoHash {
        self.0.info_hash
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

    /// How the bytes divide into pieces.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        self.0.geometry
    }

    /// The SHA-1 that this piece must have, if the torrent has the piece.
    #[must_use]
    pub fn piece_hash(&self, piece: PieceIndex) -> Option<[u8; 20]> {
        self.0.piece_hashes.get(piece.as_usize()).copied()
    }

    /// The files in torrent order, padding included; the path of an only file is its name.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.0.files
    }

    /// Whether [`name`](Self::name) is a file's, not a folder's.
    #[must_use]
    pub fn is_single_file(&self) -> bool {
        self.0.is_single_file
    }

    pub(crate) fn from_value(info: Value<'_>) -> Result<Self, Error> {
        if !info.is_dict() {
            return Err(Error::Invalid("info"));
        }
        let pieces = match info.get("pieces") {
            Some(pieces) => pieces.as_bytes().ok_or(Error::Invalid("pieces"))?,
            None if info.get("file tree").is_some() => return Err(Error::VersionTwoOnly),
            None => return Err(Error::Missing("pieces")),
        };
        let (piece_hashes, []) = pieces.as_chunks::<20>() else { return Err(Error::Invalid("pieces")) };

        let name = preferred(info, "name.utf-8", "name").ok_or(Error::Missing("name"))?;
        let name = decode_name(name.as_bytes().ok_or(Error::Invalid("name"))?);
        check_name(&name)?;

        let list = info.get("files");
        let files = match list {
            Some(list) => lay_out(list.items().ok_or(Error::Invalid("files"))?.map(parse_entry))?,
            None => {
                let entry =
                    Entry { path: vec![name.clone()], length: parse_count(info, "length")?, padding: false };
                lay_out(std::iter::once(Ok(entry)))?
            }
        };
        let geometry = geometry(&files, parse_count(info, "piece length")?)?;
        if piece_hashes.len() != geometry.piece_count() as usize {
            let expected = geometry.piece_count();
            return Err(Error::PieceCount { expected, found: piece_hashes.len() });
        }

        Ok(Self(Arc::new(Contents {
            raw: info.raw().to_vec(),
            info_hash: InfoHash::of(info.raw()),
            name,
            private: info.get("private").and_then(|private| private.as_int()) == Some(1),
            geometry,
            piece_hashes: piece_hashes.to_vec(),
            files,
            is_single_file: list.is_none(),
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
        let Contents { info_hash, name, geometry, .. } = &*self.0;
        f.debug_struct("Info")
            .field("info_hash", info_hash)
            .field("name", name)
            .field("geometry", geometry)
            .finish_non_exhaustive()
    }
}

/// The geometry of a torrent of these files, within this crate's limits.
pub(crate) fn geometry(files: &[File], piece_length: u64) -> Result<Geometry, Error> {
    let total_length = files.last().map_or(0, |file| file.span.end());
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

/// A file before its place in the torrent is known.
pub(crate) struct Entry {
    pub(crate) path: Vec<String>,
    pub(crate) length: u64,
    pub(crate) padding: bool,
}

/// Lays files end to end, and refuses those that cannot be created together.
pub(crate) fn lay_out(entries: impl Iterator<Item = Result<Entry, Error>>) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    let mut end = 0u64;
    for entry in entries {
        let Entry { path, length, padding } = entry?;
        if files.len() == MAX_FILES {
            return Err(Error::TooManyFiles);
        }
        if path.is_empty() {
            return Err(Error::Invalid("path"));
        }
        if path.len() > MAX_PATH_DEPTH {
            return Err(Error::PathTooDeep);
        }
        path.iter().try_for_each(|name| check_name(name))?;
        let span = FileSpan { offset: end, length };
        end = end.checked_add(length).ok_or(Error::LengthOverflow)?;
        files.push(File { path, span, padding });
    }
    // Padding is never written to disk, and its paths do repeat.
    check_paths(files.iter().filter(|file| !file.padding).map(|file| &file.path[..]))?;
    Ok(files)
}

fn parse_entry(file: Value<'_>) -> Result<Entry, Error> {
    let path = preferred(file, "path.utf-8", "path").ok_or(Error::Missing("path"))?;
    let attributes = file.get("attr").and_then(|attributes| attributes.as_bytes()).unwrap_or_default();
    Ok(Entry {
        path: parse_path(path)?,
        length: parse_count(file, "length")?,
        padding: attributes.contains(&b'p'),
    })
}

fn parse_path(path: Value<'_>) -> Result<Vec<String>, Error> {
    let names = path.items().ok_or(Error::Invalid("path"))?;
    // One name too many is enough to see that there are too many.
    names
        .take(MAX_PATH_DEPTH + 1)
        .map(|name| name.as_bytes().map(decode_name).ok_or(Error::Invalid("path")))
        .collect()
}

fn parse_count(dict: Value<'_>, key: &'static str) -> Result<u64, Error> {
    let count = dict.get(key).ok_or(Error::Missing(key))?;
    count.as_int().and_then(|count| u64::try_from(count).ok()).ok_or(Error::Invalid(key))
}

/// The UTF-8 variant of a field where a torrent carries both.
fn preferred<'a>(dict: Value<'a>, utf8: &str, plain: &str) -> Option<Value<'a>> {
    dict.get(utf8).or_else(|| dict.get(plain))
}

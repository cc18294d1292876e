use std::borrow::Cow;

use crate::{
    BLOCK_LENGTH, MAX_FILES, MAX_LINK_LENGTH, MAX_PATH_DEPTH, MAX_PIECE_LENGTH, MAX_PIECES,
    MAX_TORRENT_LENGTH,
};

/// Why bytes are not a torrent, a link is not a magnet link, or files do not make a torrent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Error {
    /// A byte that cannot stand where it stands.
    #[error("This is not a torrent: it is not bencoded at byte {offset}.")]
    Malformed {
        /// Position of the byte.
        offset: usize,
    },
    /// The bytes end within a value.
    #[error("The torrent is cut short.")]
    Truncated,
    /// Lists and dictionaries nest deeper than [`crate::bencode::MAX_DEPTH`].
    #[error("The torrent is nested too deeply.")]
    TooDeep,
    /// More bytes follow the value that was asked for.
    #[error("There is something else after the torrent's data, from byte {offset} on.")]
    TrailingBytes {
        /// Position of the first of them.
        offset: usize,
    },
    /// More than [`MAX_TORRENT_LENGTH`] bytes.
    #[error("The torrent file is larger than {} MiB.", MAX_TORRENT_LENGTH >> 20)]
    TooLarge,
    /// A field that a torrent must have is not there.
    #[error("The torrent has no \u{201c}{0}\u{201d}.")]
    Missing(Cow<'static, str>),
    /// A field holds another kind of value than it must, or one out of range.
    #[error("The torrent's \u{201c}{0}\u{201d} is not what it has to be.")]
    Invalid(Cow<'static, str>),
    /// A `meta version` after 2.
    #[error("The torrent is of version {0}, which is not supported.")]
    LaterVersion(i64),
    /// A hybrid whose version 1 and version 2 describe different files, or different content of them.
    #[error("The torrent contradicts itself: its two versions differ.")]
    VersionsDiffer,
    /// Piece hashes that do not lead to the root of any of the files.
    #[error("The torrent's \u{201c}piece layers\u{201d} do not fit its files.")]
    PieceLayers,
    /// No bytes at all to share: no file, or nothing but empty ones.
    #[error("The torrent has no content: all of its files are empty.")]
    Empty,
    /// The lengths of the files do not add up to a `u64`.
    #[error("The torrent's files are too large to be counted.")]
    LengthOverflow,
    /// Zero, or more than [`MAX_PIECE_LENGTH`].
    #[error("The piece length of {0} bytes is not between 1 and {MAX_PIECE_LENGTH}.")]
    PieceLength(u64),
    /// One that version 2 does not allow.
    #[error("The piece length of {0} bytes is not a power of two from {BLOCK_LENGTH} to {MAX_PIECE_LENGTH}.")]
    AlignedPieceLength(u64),
    /// More than [`MAX_PIECES`] pieces.
    #[error("The torrent has more than {MAX_PIECES} pieces.")]
    TooManyPieces,
    /// More or fewer hashes than the files have pieces.
    #[error("The torrent's files make {expected} pieces, but it has hashes of {found}.")]
    PieceCount {
        /// Pieces that the files make.
        expected: u32,
        /// Hashes there are.
        found: usize,
    },
    /// More or fewer leaves than the files have blocks.
    #[error("The torrent's files do not make as many blocks as there are hashes of.")]
    LeafCount,
    /// More than [`MAX_FILES`] files.
    #[error("The torrent has more than {MAX_FILES} files.")]
    TooManyFiles,
    /// More than [`MAX_PATH_DEPTH`] names in one path.
    #[error("A file lies more than {MAX_PATH_DEPTH} folders deep.")]
    PathTooDeep,
    /// More than [`MAX_PATH_SHARE`](crate::MAX_PATH_SHARE) allows.
    #[error("The paths of the torrent's files are too long, all together.")]
    PathsTooLong,
    /// A name of a file or folder that is unsafe or impossible on some system.
    #[error("The name {name:?} {fault}.")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// Two files in one place.
    #[error("The torrent has two files at {0:?}.")]
    DuplicatePath(String),
    /// A file in the place of a folder that other files lie in.
    #[error("The torrent has a file at {0:?}, and a folder too.")]
    FileIsFolder(String),
    /// Neither 40 hexadecimal nor 32 base32 digits.
    #[error("An info hash has 40 hexadecimal or 32 base32 digits.")]
    InfoHash,
    /// Not 64 hexadecimal digits.
    #[error("An info hash of version 2 has 64 hexadecimal digits.")]
    InfoHashV2,
    /// Not a `magnet:?` link.
    #[error("This is not a magnet link.")]
    NotMagnet,
    /// A magnet link with neither `xt=urn:btih:` nor `xt=urn:btmh:`.
    #[error("The magnet link names no BitTorrent torrent.")]
    NoInfoHash,
    /// A percent sign without two hexadecimal digits, or escaped bytes that are not UTF-8.
    #[error("The link's \u{201c}{0}\u{201d} is wrongly escaped.")]
    Escape(String),
    /// A `so` parameter that is not a list of file numbers and ranges.
    #[error("The link's choice of files, {0:?}, cannot be understood.")]
    SelectOnly(String),
    /// More than [`MAX_LINK_LENGTH`] bytes.
    #[error("The link is longer than {} KiB.", MAX_LINK_LENGTH >> 10)]
    LinkTooLong,
    /// A key of a sealed share that is not whole.
    #[error("The link\u{2019}s key is incomplete or mistyped.")]
    SealKey,
    /// A key of a sealed share of a later version than this program knows.
    #[error("The link\u{2019}s key was made by a newer program.")]
    SealKeyVersion,
    /// A text that is no short link.
    #[error("This is not a short link.")]
    NotShort,
    /// A short link whose checksum is another's, or which is too short or too long.
    #[error("The link is incomplete or mistyped.")]
    ShortTypo,
    /// A short link with more in it than this program knows.
    #[error("The link was made by a newer program.")]
    ShortVersion,
}

/// What makes the name of a file or folder unsafe or impossible on some system. Displayed, it follows the name in a
/// sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum NameFault {
    /// It has no characters.
    #[error("is empty")]
    Empty,
    /// More than [`MAX_NAME_LENGTH`](crate::MAX_NAME_LENGTH) bytes.
    #[error("is too long")]
    TooLong,
    /// One of its characters is `\0`.
    #[error("contains a zero byte")]
    ZeroByte,
    /// It has a slash or a backslash.
    #[error("contains a path separator")]
    Separator,
    /// Nothing else, as `..`.
    #[error("consists of dots and spaces")]
    Dots,
}

/// The start of a stranger's text, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

const MAX_EXCERPT: usize = 80;

/// Why a share cannot be sealed, or not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `sc-seal` in `info`.
    #[error("This share is not sealed: it needs no key.")]
    NotSealed,
    /// A version of the format after 1.
    #[error("This share was sealed by a newer program (version {0} of the format).")]
    LaterVersion(i64),
    /// The key is another share's, or was mistyped; or the share's salt was changed.
    #[error("The key in the link is not that of this share.")]
    WrongKey,
    /// A part of the seal is not there, or has another form than it must.
    #[error("This share cannot be opened: its \u{201c}{0}\u{201d} is not what it has to be.")]
    Malformed(&'static str),
    /// The key is right, and what it seals was changed by somebody who does not have it.
    #[error("This share was changed by somebody who does not have its key.")]
    Changed,
    /// The files end behind the end of the torrent.
    #[error("The files of this share are longer than the share itself.")]
    Length,
    /// More than [`MAX_NOTE_LENGTH`](crate::MAX_NOTE_LENGTH) bytes.
    #[error("The note is longer than {} KiB.", crate::MAX_NOTE_LENGTH >> 10)]
    NoteTooLong,
    /// A list of files that no torrent may have, or more of them than a torrent has room for.
    #[error(transparent)]
    Torrent(#[from] metainfo::Error),
}

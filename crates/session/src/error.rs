/// What can be wrong with what was stored, or keeps it from being read and written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that were written in turns are not whole.
    #[error("the bytes are not what was written")]
    Torn,
    /// A record is whole, and in no format of any release.
    #[error("the record is in an unknown format")]
    Record,
    /// There is no space.
    #[error("storage is full")]
    Full,
    /// There is no space, and storage is memory.
    #[error("there is no more memory for what is not stored")]
    MemoryFull,
    /// A file is open already, somewhere else.
    #[error("the torrent is in use")]
    InUse,
    /// There are no such bytes: somebody else deleted them.
    #[error("a stored file is missing")]
    NotFound,
    /// Storage failed; its own words.
    #[error("storage failed: {0}")]
    Failed(String),
    /// A file of the user's was changed, moved or deleted, or may not be read any more.
    #[error("the file \u{201c}{path}\u{201d} was changed, moved or deleted")]
    FileChanged {
        /// Its path in the torrent.
        path: String,
    },
    /// The files given are not those of the torrent.
    #[error("the file \u{201c}{path}\u{201d} is not that of the torrent")]
    OtherFiles {
        /// The first that differs.
        path: String,
    },
    /// What is stored of a torrent cannot be read.
    #[error("what is stored of the torrent cannot be read")]
    Broken,
    /// The last visits ended while the torrent was being opened.
    #[error("the last visits ended when the torrent was opened")]
    BrokeVisit,
}

impl Error {
    /// Whether nothing failed but that there is no room.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full | Self::MemoryFull)
    }

    /// Whether it is about the user's files, and not about storage.
    #[must_use]
    pub const fn is_of_files(&self) -> bool {
        matches!(self, Self::FileChanged { .. } | Self::OtherFiles { .. })
    }
}

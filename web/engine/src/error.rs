//! What can go wrong in the engine.

use protocol::Problem;
use wasm_bindgen::JsValue;

use crate::browser;

/// Why storage, or a file that the user shares, failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The browser gives this page no more space.
    #[error("The browser's storage is full.")]
    Full,
    /// The browser denies its storage, and memory has no more space.
    #[error("There is no more memory for what this browser does not store.")]
    MemoryFull,
    /// A file is open already, in this tab or another.
    #[error("Another tab is using this torrent.")]
    InUse,
    /// There is no such file or folder in the browser's storage.
    #[error("A file is missing from the browser's storage.")]
    NotFound,
    /// The browser's storage failed; its own words.
    #[error("The browser's storage failed: {0}.")]
    Storage(String),
    /// A file of the user's was changed, moved or deleted, or may not be read any more.
    #[error("The file \u{201c}{path}\u{201d} was changed, moved or deleted.")]
    FileChanged {
        /// Its path in the torrent.
        path: String,
    },
    /// The files given are not those of the torrent.
    #[error("These are not the files of this torrent: \u{201c}{path}\u{201d} differs.")]
    OtherFiles {
        /// The first that differs.
        path: String,
    },
    /// A zip cannot hold the files: a sentence.
    #[error("{0}")]
    Zip(String),
    /// What is stored of a torrent cannot be read.
    #[error("What the browser stored of this torrent cannot be read.")]
    Broken,
    /// The last visits ended while the torrent was being opened.
    #[error("Seedcast stopped when this torrent was last opened.")]
    BrokeVisit,
}

impl From<session::Error> for Error {
    fn from(_unreadable: session::Error) -> Self {
        Self::Broken
    }
}

impl Error {
    /// The error that the browser's storage threw.
    #[must_use]
    pub fn from_storage(error: &JsValue) -> Self {
        match &*browser::name(error) {
            "QuotaExceededError" => Self::Full,
            "NotFoundError" => Self::NotFound,
            "NoModificationAllowedError" => Self::InUse,
            _ => Self::Storage(browser::words(error)),
        }
    }

    /// Whether nothing failed but that there is no room.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full | Self::MemoryFull)
    }

    /// The same for the list of torrents; `needed` is how many bytes are still to be stored.
    #[must_use]
    pub fn problem(self, needed: u64) -> Problem {
        match self {
            Self::Full => Problem::StorageFull { needed },
            Self::MemoryFull => Problem::MemoryFull { needed },
            Self::FileChanged { path } | Self::OtherFiles { path } => Problem::FileChanged { path },
            Self::Broken => Problem::BrokenState,
            Self::BrokeVisit => Problem::BrokeVisit,
            error @ (Self::InUse | Self::NotFound | Self::Storage(_) | Self::Zip(_)) => {
                Problem::StorageFailed(error.to_string())
            }
        }
    }
}

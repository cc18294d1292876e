//! What can go wrong in the engine.

use protocol::{Problem, Refusal, StorageFault};
use wasm_bindgen::JsValue;

use crate::browser;

/// Why storage, or a file that the user shares, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The browser gives this page no more space.
    Full,
    /// The browser denies its storage, and memory has no more space.
    MemoryFull,
    /// A file is open already, in this tab or another.
    InUse,
    /// There is no such file or folder in the browser's storage.
    NotFound,
    /// The browser's storage failed; its own words.
    Storage(String),
    /// A file of the user's was changed, moved or deleted, or may not be read any more.
    FileChanged {
        /// Its path in the torrent.
        path: String,
    },
    /// The files given are not those of the torrent.
    OtherFiles {
        /// The first that differs.
        path: String,
    },
    /// A zip cannot hold the files.
    Zip(zip::Error),
    /// What is stored of a torrent cannot be read.
    Broken,
    /// The last visits ended while the torrent was being opened.
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
        match self.into() {
            StorageFault::Full => Problem::StorageFull { needed },
            StorageFault::MemoryFull => Problem::MemoryFull { needed },
            StorageFault::FileChanged { path } | StorageFault::OtherFiles { path } => {
                Problem::FileChanged { path }
            }
            StorageFault::Unreadable => Problem::BrokenState,
            StorageFault::BrokeVisit => Problem::BrokeVisit,
            fault @ (StorageFault::InUse | StorageFault::NotFound | StorageFault::Failed(_)) => {
                Problem::StorageFailed(fault)
            }
        }
    }
}

impl From<Error> for StorageFault {
    fn from(error: Error) -> Self {
        match error {
            Error::Full => Self::Full,
            Error::MemoryFull => Self::MemoryFull,
            Error::InUse => Self::InUse,
            Error::NotFound => Self::NotFound,
            Error::Storage(words) => Self::Failed(words),
            Error::FileChanged { path } => Self::FileChanged { path },
            Error::OtherFiles { path } => Self::OtherFiles { path },
            Error::Broken | Error::Zip(_) => Self::Unreadable,
            Error::BrokeVisit => Self::BrokeVisit,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Zip(zip::Error::PathTooLong { start }) => Self::ZipPath { start },
            error => Self::Storage(error.into()),
        }
    }
}

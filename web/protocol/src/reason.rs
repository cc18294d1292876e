//! Why something did not work. Whoever shows it has the words for it; only where others speak, as browsers and trackers do,
//! there is text, in their words.

pub use journal::Reason as CloseReason;
pub use metainfo::{Error as TorrentFault, NameFault};
use serde::{Deserialize, Serialize};
pub use webseed::Error as WebSeedFault;

/// Why storage, or a file that the user shares, failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StorageFault {
    /// The browser gives this page no more space.
    Full,
    /// The browser denies its storage, and memory has no more space.
    MemoryFull,
    /// A file is open already, in this tab or another.
    InUse,
    /// There is no such file or folder in the browser's storage.
    NotFound,
    /// It failed otherwise: the browser's words.
    Failed(String),
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
    /// What is stored of a torrent cannot be read.
    Unreadable,
    /// A visit ended while the torrent was being opened.
    BrokeVisit,
}

/// Why a key does not open a sealed share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SealFault {
    /// It is the key of another share, or was mistyped.
    WrongKey,
    /// The share was sealed by a later release.
    LaterVersion,
    /// Somebody without the key changed the share, or a program made it that does so wrongly.
    Changed,
}

/// Why something that a user asked for was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The link or the torrent file is wrong, or no torrent can be made of the files.
    Torrent(TorrentFault),
    /// Storage, or a file of the user's, failed.
    Storage(StorageFault),
    /// The file that was to be saved is not complete.
    Incomplete,
    /// No file of the torrent that was to be saved is complete.
    NothingComplete,
    /// Nobody has told yet what is in the torrent.
    Undescribed,
    /// The files that were to be shared changed before they were read.
    FilesChanged,
    /// The torrent was removed before its files were saved.
    Removed,
    /// A zip cannot hold a path that is so long.
    ZipPath {
        /// How it starts.
        start: String,
    },
}

/// Why the engine cannot go on at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fatal {
    /// There is no storage, nor memory in its place.
    Storage(StorageFault),
    /// It has a fault, which the text describes to whoever can mend it.
    Crashed(String),
    /// The browser does not start it, or has ended it.
    Stopped,
    /// It is of another [version](crate::VERSION) than this window.
    OtherVersion,
    /// The tab that owns it is of another [version](crate::VERSION) than this one.
    OtherTabsVersion,
}

/// Why nobody is met through a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RelayFault {
    /// This deployment has none.
    None,
    /// It gives us no address.
    Silent,
}

/// Why a tracker is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrackerFault {
    /// No connection came about.
    Unreachable,
    /// Nothing came of trying to connect, for too long.
    Silent,
    /// It closed the connection.
    Closed,
    /// The browser does not connect to it: the browser's words.
    Browser(String),
    /// It does not serve the torrent: its own words.
    Refused(String),
}

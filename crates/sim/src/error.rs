//! Why a scenario cannot be played.

/// A scenario is not one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not JSON, or says something else.
    #[error("The scenario file is not understood: {0}.")]
    Json(serde_json::Error),
    /// Its numbers make no torrent.
    #[error("The scenario has no valid torrent: {0}.")]
    Torrent(metainfo::Error),
    /// A report cannot be played; the words say why.
    #[error("The report {0}.")]
    Report(&'static str),
    /// There are fewer peers.
    #[error("There is no peer {0}.")]
    Peer(usize),
}

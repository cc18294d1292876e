//! Which file of which torrent.

use metainfo::{InfoHash, MAX_PATH_DEPTH, unescape};

/// Bytes in an address. A path of a torrent may be longer, but browsers shorten or refuse such URLs.
pub const MAX_ADDRESS_LENGTH: usize = 64 * 1024;

/// What a URL below `stream/` names: `<info hash>/<path>`, each segment percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// One of the torrent's info hashes.
    pub info_hash: InfoHash,
    /// Folders and name of the file in the torrent. It is compared with the torrent's own paths and never opened, so
    /// that no name in it can lead anywhere else.
    pub path: Vec<String>,
}

impl Address {
    /// Reads the part of a URL's path behind `stream/`. `None` if it names no file of a torrent.
    #[must_use]
    pub fn parse(address: &str) -> Option<Self> {
        if address.len() > MAX_ADDRESS_LENGTH {
            return None;
        }
        let (info_hash, path) = address.split_once('/')?;
        let info_hash = (info_hash.len() == 40).then(|| info_hash.parse().ok())??;
        // One name too many is enough to see that no torrent has such a path.
        let path = path.split('/').take(MAX_PATH_DEPTH + 1).map(unescape).collect::<Option<Vec<_>>>()?;
        (path.len() <= MAX_PATH_DEPTH).then_some(Self { info_hash, path })
    }
}

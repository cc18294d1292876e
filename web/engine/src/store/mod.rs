//! The browser's storage (OPFS), or memory where the browser denies it.
//!
//! ```text
//! torrents/<info hash>/    a torrent, as in `session::Storage`
//! exports/<number>         files on their way out of torrents that still change
//! ```

mod directory;
pub mod memory;
pub mod opfs;

use std::rc::Rc;

use metainfo::InfoHash;
use session::{Error, FILES, Found, Suspect};

pub use directory::{Directory, StoredFile};

/// The open folder of one torrent. While it lives, no other tab can open it.
pub type Folder = session::Folder<Rc<StoredFile>>;

/// Opens the folder of a torrent, made if it is not there.
///
/// # Errors
/// If storage fails, or another tab has the folder open; those of [`session::Folder::open`].
pub async fn open(
    torrents: &Directory,
    info_hash: InfoHash,
    suspect: Suspect,
) -> Result<(Folder, Found), Error> {
    let directory = torrents.directory(&info_hash.to_string()).await?;
    let mut files = Vec::new();
    for name in FILES {
        files.push(Rc::new(directory.open(name).await?));
    }
    let files = files.try_into().map_err(|_other_number| Error::Broken)?;
    Folder::open(files, info_hash, suspect)
}

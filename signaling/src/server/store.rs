//! Where a program keeps what it goes on from.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A folder that one program has for itself.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Locked for as long as this is there.
    _lock: File,
}

/// What was saved last, whole; and what is being written.
const STATE: &str = "state.json";
const NEXT: &str = "state.json.new";
const LOCK: &str = "lock";

impl Store {
    /// Takes the folder.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let open = || {
            fs::create_dir_all(folder)?;
            File::create(folder.join(LOCK))
        };
        let lock = open().with_context(|| format!("cannot write to {}", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => anyhow::bail!("another process uses {}", folder.display()),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", folder.display()))
            }
        }
    }

    /// What was saved, if anything was. What cannot be read is an error, since it may say what was sent.
    pub(crate) fn load<T: DeserializeOwned>(&self) -> anyhow::Result<Option<T>> {
        self.load_from(STATE)
    }

    /// The same from another file.
    pub(crate) fn load_from<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<T>> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .with_context(|| format!("{} is not what this program has written", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Saves all: what was there before stays until this is on disk.
    pub(crate) fn save(&self, saved: &impl Serialize) -> anyhow::Result<()> {
        let write = || {
            let next = self.folder.join(NEXT);
            let mut file = File::create(&next)?;
            file.write_all(&serde_json::to_vec(saved)?)?;
            file.sync_all()?;
            fs::rename(&next, self.folder.join(STATE))?;
            File::open(&self.folder)?.sync_all()
        };
        write().with_context(|| format!("cannot save the state in {}", self.folder.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_for_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert!(Store::open(folder.path()).unwrap_err().to_string().starts_with("another process"));
        drop(store);
        assert!(Store::open(folder.path()).is_ok());
    }

    #[test]
    fn what_was_being_written_does_not_count_and_what_is_damaged_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.load::<Vec<u32>>().unwrap(), None);
        store.save(&[7]).unwrap();
        fs::write(folder.path().join(NEXT), "[8").unwrap();
        assert_eq!(store.load::<Vec<u32>>().unwrap(), Some(vec![7]));
        fs::write(folder.path().join(STATE), "[8").unwrap();
        assert!(store.load::<Vec<u32>>().is_err());
    }
}

//! Folders and files, wherever they may be.

use std::rc::Rc;

use js_sys::{ArrayBuffer, Promise};
use metainfo::FileSpan;
use protocol::StorageView;
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::memory::{self, Room};
use super::opfs;
use crate::Error;

/// A folder.
#[derive(Clone, Debug)]
pub enum Directory {
    /// In the browser's storage.
    Disk(opfs::Directory),
    /// In memory, because the browser denies its storage. It ends with this worker.
    Memory(memory::Directory),
}

impl Directory {
    /// The root of this page's storage.
    ///
    /// # Errors
    /// If the browser denies it: in some private windows, and in frames of other sites' pages.
    pub async fn root() -> Result<Self, Error> {
        opfs::Directory::root().await.map(Self::Disk)
    }

    /// A root for what need not be kept.
    #[must_use]
    pub fn in_memory(room: Rc<Room>) -> Self {
        Self::Memory(memory::Directory::new(room))
    }

    /// Whether it ends with this worker.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    /// A folder in this one, made if it is not there.
    ///
    /// # Errors
    /// If storage fails.
    pub async fn directory(&self, name: &str) -> Result<Self, Error> {
        match self {
            Self::Disk(directory) => directory.directory(name).await.map(Self::Disk),
            Self::Memory(directory) => Ok(Self::Memory(directory.directory(name))),
        }
    }

    /// Opens a file in this folder for reading and writing, made if it is not there.
    ///
    /// # Errors
    /// If storage fails, or the file is open already, in this tab or another.
    pub async fn open(&self, name: &str) -> Result<StoredFile, Error> {
        match self {
            Self::Disk(directory) => directory.open(name).await.map(StoredFile::Disk),
            Self::Memory(directory) => Ok(StoredFile::Memory(directory.open(name))),
        }
    }

    /// Removes a file or a folder with everything in it; fine if there is none.
    ///
    /// # Errors
    /// If storage fails, or a file in it is open.
    pub async fn remove(&self, name: &str) -> Result<(), Error> {
        match self {
            Self::Disk(directory) => directory.remove(name).await,
            Self::Memory(directory) => {
                directory.remove(name);
                Ok(())
            }
        }
    }

    /// What is in this folder.
    ///
    /// # Errors
    /// If storage fails.
    pub async fn names(&self) -> Result<Vec<String>, Error> {
        match self {
            Self::Disk(directory) => directory.names().await,
            Self::Memory(directory) => Ok(directory.names()),
        }
    }

    /// How much of the storage that it is in is used; `None` where the browser does not tell.
    pub async fn estimate(&self) -> Option<StorageView> {
        match self {
            Self::Disk(_) => opfs::estimate().await,
            Self::Memory(directory) => Some(StorageView {
                used: directory.room().used(),
                quota: directory.room().limit(),
                persisted: false,
                temporary: true,
            }),
        }
    }
}

/// An open file. On the disk only one part of one tab has it open; it is closed when dropped.
#[derive(Debug)]
pub enum StoredFile {
    /// In the browser's storage.
    Disk(opfs::StoredFile),
    /// In memory.
    Memory(memory::StoredFile),
}

impl StoredFile {
    /// Fills `buffer` from the file's byte `at` on.
    ///
    /// # Errors
    /// If storage fails, or the file ends before.
    pub fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.read(at, buffer),
            Self::Memory(file) => file.read(at, buffer),
        }
    }

    /// A run of the file's bytes outside our memory.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn bytes(&self, span: FileSpan) -> Result<ArrayBuffer, Error> {
        match self {
            Self::Disk(file) => file.bytes(span),
            Self::Memory(file) => file.bytes(span),
        }
    }

    /// The same as a promise of an `ArrayBuffer`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn load(&self, span: FileSpan) -> Result<Promise, Error> {
        self.bytes(span).map(|bytes| Promise::resolve(&JsValue::from(bytes)))
    }

    /// Writes `bytes` from the file's byte `at` on; the file grows where needed.
    ///
    /// # Errors
    /// If there is no room for all of them ([`Error::is_full`]), or if storage fails otherwise. Some may be written.
    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.write(at, bytes),
            Self::Memory(file) => file.write(at, bytes),
        }
    }

    /// Makes the file hold `bytes` and nothing else.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn replace(&self, bytes: &[u8]) -> Result<(), Error> {
        self.write(0, bytes)?;
        self.truncate(bytes.len() as u64)
    }

    /// The whole file; for small ones.
    ///
    /// # Errors
    /// If storage fails.
    pub fn contents(&self) -> Result<Vec<u8>, Error> {
        let mut contents = vec![0; self.len()? as usize];
        self.read(0, &mut contents)?;
        Ok(contents)
    }

    /// Length in bytes.
    ///
    /// # Errors
    /// If storage fails.
    pub fn len(&self) -> Result<u64, Error> {
        match self {
            Self::Disk(file) => file.length(),
            Self::Memory(file) => Ok(file.length()),
        }
    }

    /// Whether nothing is in it.
    ///
    /// # Errors
    /// If storage fails.
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file to `length` bytes, or claims the room for as many.
    ///
    /// # Errors
    /// If storage fails or is full.
    pub fn truncate(&self, length: u64) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.truncate(length),
            Self::Memory(file) => file.truncate(length),
        }
    }

    /// Waits until what was written is safe from a power failure, where anything is.
    ///
    /// # Errors
    /// If storage fails.
    pub fn flush(&self) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.flush(),
            Self::Memory(_) => Ok(()),
        }
    }

    /// A run of the file's bytes as a blob. On the disk it can be read until the file is written to; of what is in
    /// memory it is a copy.
    ///
    /// # Errors
    /// If storage fails.
    pub async fn blob(&self, span: FileSpan) -> Result<Blob, Error> {
        match self {
            Self::Disk(file) => file.blob(span).await,
            Self::Memory(file) => file.blob(span),
        }
    }

    /// Whether a blob of it outlives what is written later.
    #[must_use]
    pub const fn blobs_are_copies(&self) -> bool {
        matches!(self, Self::Memory(_))
    }
}

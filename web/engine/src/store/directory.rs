//! Folders and files, wherever they may be.

use std::rc::Rc;

use js_sys::ArrayBuffer;
use metainfo::FileSpan;
use protocol::StorageView;
use web_sys::Blob;

use super::memory::{self, Room};
use super::opfs;
use session::{Error, File};

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

impl File for StoredFile {
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.read(at, buffer),
            Self::Memory(file) => file.read(at, buffer),
        }
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.write(at, bytes),
            Self::Memory(file) => file.write(at, bytes),
        }
    }

    fn length(&self) -> Result<u64, Error> {
        match self {
            Self::Disk(file) => file.length(),
            Self::Memory(file) => Ok(file.length()),
        }
    }

    fn truncate(&self, length: u64) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.truncate(length),
            Self::Memory(file) => file.truncate(length),
        }
    }

    fn flush(&self) -> Result<(), Error> {
        match self {
            Self::Disk(file) => file.flush(),
            Self::Memory(_) => Ok(()),
        }
    }
}

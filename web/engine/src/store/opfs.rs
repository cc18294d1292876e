//! The browser's private file system (OPFS), with errors of our own.

use js_sys::{ArrayBuffer, AsyncIterator, IteratorNext, Promise, Uint8Array};
use metainfo::FileSpan;
use protocol::StorageView;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle, StorageEstimate,
};

use crate::browser::scope;
use crate::error::thrown;
use session::Error;

/// Bytes in one write. Chromium takes a path ten times slower for writes of several MiB.
const MAX_WRITE: usize = 1 << 20;

/// A folder.
#[derive(Clone, Debug)]
pub struct Directory(FileSystemDirectoryHandle);

impl Directory {
    /// The root of this page's storage.
    ///
    /// # Errors
    /// If the browser has none: in some private windows, and in pages without HTTPS.
    pub async fn root() -> Result<Self, Error> {
        let storage = scope().navigator().storage();
        if storage.is_undefined() {
            return Err(Error::NotFound);
        }
        resolve(storage.get_directory()).await.map(Self)
    }

    /// A folder in this one, made if it is not there.
    ///
    /// # Errors
    /// If storage fails.
    pub async fn directory(&self, name: &str) -> Result<Self, Error> {
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        resolve(self.0.get_directory_handle_with_options(name, &options)).await.map(Self)
    }

    /// Opens a file in this folder for reading and writing, made if it is not there.
    ///
    /// # Errors
    /// If storage fails, or the file is open already, in this tab or another.
    pub async fn open(&self, name: &str) -> Result<StoredFile, Error> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let entry: FileSystemFileHandle =
            resolve(self.0.get_file_handle_with_options(name, &options)).await?;
        let handle = resolve(entry.create_sync_access_handle()).await?;
        Ok(StoredFile { entry, handle })
    }

    /// Removes a file or a folder with everything in it; fine if there is none.
    ///
    /// # Errors
    /// If storage fails, or a file in it is open.
    pub async fn remove(&self, name: &str) -> Result<(), Error> {
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        match resolve::<JsValue>(self.0.remove_entry_with_options(name, &options)).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What is in this folder.
    ///
    /// # Errors
    /// If storage fails.
    pub async fn names(&self) -> Result<Vec<String>, Error> {
        let entries: AsyncIterator = self.0.keys();
        let mut names = Vec::new();
        loop {
            let next = entries.next().map_err(|error| thrown(&error))?;
            let next: IteratorNext = resolve(next.unchecked_into()).await?;
            if next.done() {
                return Ok(names);
            }
            names.extend(next.value().as_string());
        }
    }
}

/// An open file. Only one part of one tab has it open; it is closed when dropped.
#[derive(Debug)]
pub struct StoredFile {
    entry: FileSystemFileHandle,
    handle: FileSystemSyncAccessHandle,
}

impl StoredFile {
    /// Fills `buffer` from the file's byte `at` on.
    ///
    /// # Errors
    /// If storage fails, or the file ends before.
    pub fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let wanted = buffer.len();
        let read =
            self.handle.read_with_u8_array_and_options(buffer, &place(at)).map_err(|error| thrown(&error))?;
        if read as usize == wanted { Ok(()) } else { Err(Error::NotFound) }
    }

    /// A run of the file's bytes outside our memory.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn bytes(&self, span: FileSpan) -> Result<ArrayBuffer, Error> {
        let bytes = Uint8Array::new_with_length(span.length as u32);
        let read = self
            .handle
            .read_with_js_u8_array_and_options(&bytes, &place(span.offset))
            .map_err(|error| thrown(&error))?;
        if read as u64 == span.length { Ok(bytes.buffer()) } else { Err(Error::NotFound) }
    }

    /// Writes `bytes` from the file's byte `at` on; the file grows where needed.
    ///
    /// # Errors
    /// [`Error::Full`] if there is no space for all of them, or if storage fails otherwise. Some may be written.
    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let mut at = at;
        for part in bytes.chunks(MAX_WRITE) {
            let written = self
                .handle
                .write_with_u8_array_and_options(part, &place(at))
                .map_err(|error| thrown(&error))?;
            if written as usize != part.len() {
                return Err(Error::Full);
            }
            at += part.len() as u64;
        }
        Ok(())
    }

    /// Length in bytes.
    ///
    /// # Errors
    /// If storage fails.
    pub fn length(&self) -> Result<u64, Error> {
        self.handle.get_size().map(|size| size as u64).map_err(|error| thrown(&error))
    }

    /// Cuts the file to `length` bytes.
    ///
    /// # Errors
    /// If storage fails.
    pub fn truncate(&self, length: u64) -> Result<(), Error> {
        self.handle.truncate_with_f64(length as f64).map_err(|error| thrown(&error))
    }

    /// Waits until what was written is safe from a power failure.
    ///
    /// # Errors
    /// If storage fails.
    pub fn flush(&self) -> Result<(), Error> {
        self.handle.flush().map_err(|error| thrown(&error))
    }

    /// A run of the file's bytes as a blob that stays on the disk. It can be read until the file is written to.
    ///
    /// # Errors
    /// If storage fails.
    pub async fn blob(&self, span: FileSpan) -> Result<Blob, Error> {
        let file: Blob = resolve(self.entry.get_file()).await?;
        file.slice_with_f64_and_f64(span.offset as f64, span.end() as f64).map_err(|error| thrown(&error))
    }
}

impl Drop for StoredFile {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// How much of the browser's storage is in use; `None` where it does not tell.
pub async fn estimate() -> Option<StorageView> {
    let storage = scope().navigator().storage();
    let estimate: StorageEstimate = resolve(storage.estimate().ok()?).await.ok()?;
    let persisted: JsValue = resolve(storage.persisted().ok()?).await.ok()?;
    Some(StorageView {
        used: estimate.get_usage()? as u64,
        quota: estimate.get_quota()? as u64,
        persisted: persisted.is_truthy(),
        temporary: false,
    })
}

fn place(at: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(at as f64);
    options
}

async fn resolve<T: JsCast>(promise: Promise) -> Result<T, Error> {
    let value = JsFuture::from(promise).await.map_err(|error| thrown(&error))?;
    Ok(value.unchecked_into())
}

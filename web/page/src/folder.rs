//! Saving into a folder of the user's, where the browser has the File System Access API.

use std::ops::ControlFlow;

use js_sys::{Object, Promise, Reflect};
use litemap::LiteMap;
use metainfo::portable::numbered;
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, DomException, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions,
};

use crate::browser::{method, window};

/// Bytes that are handed to the browser at once. It reads them from disk itself.
const PART: f64 = (16 << 20) as f64;

/// Chromium writes files with endings that a system acts upon, such as `.url`, only under another.
const HARMLESS: &str = ".download";

#[wasm_bindgen]
extern "C" {
    /// `FileSystemFileHandle` with the writing that is not stable in web-sys.
    #[wasm_bindgen(extends = FileSystemFileHandle)]
    type WritableHandle;

    #[wasm_bindgen(method, catch, js_name = createWritable)]
    fn create_writable(this: &WritableHandle) -> Result<Promise, JsValue>;

    /// `FileSystemWritableFileStream`.
    type Writable;

    #[wasm_bindgen(method, catch)]
    fn write(this: &Writable, part: &Blob) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Writable) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn abort(this: &Writable) -> Result<Promise, JsValue>;
}

/// What could not be written, and the browser's error.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) path: String,
    pub(crate) error: JsValue,
}

/// Whether this browser lets pages write into folders.
pub(crate) fn can_save() -> bool {
    method(&window(), "showDirectoryPicker").is_some()
}

/// The folder that the user chooses to save in; `None` if they choose none. Must be called inside a click.
pub(crate) fn choose() -> impl Future<Output = Option<FileSystemDirectoryHandle>> {
    let options = Object::new();
    for (name, value) in [("id", "save"), ("mode", "readwrite"), ("startIn", "downloads")] {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    let chosen =
        method(&window(), "showDirectoryPicker").and_then(|pick| pick.call1(&window(), &options).ok());
    async move {
        let chosen = chosen?.dyn_into::<Promise>().ok()?.await.ok()?;
        Some(chosen.unchecked_into())
    }
}

/// Writes files below `folder`. Nothing that is there is touched: where a name is taken, another is found for what is
/// new. `progress` hears of the bytes that were written, and may break off; what is then unfinished is removed.
pub(crate) async fn save(
    folder: &FileSystemDirectoryHandle,
    files: Vec<(String, Blob)>,
    mut progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Failure> {
    // Paths begin with one name for all, or are one name.
    let mut folders = LiteMap::<String, FileSystemDirectoryHandle>::new_vec();
    for (path, blob) in files {
        let failed = |error| Failure { path: path.clone(), error };
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let parent = open_folder(folder, &mut folders, parents).await.map_err(failed)?;
        let written = write_file(&parent, name, &blob, &mut progress).await.map_err(failed)?;
        if written.is_break() {
            return Ok(written);
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The folder at `path`, which may be new. `known` are those that this saving made.
async fn open_folder(
    top: &FileSystemDirectoryHandle,
    known: &mut LiteMap<String, FileSystemDirectoryHandle>,
    path: &str,
) -> Result<FileSystemDirectoryHandle, JsValue> {
    let mut parent = top.clone();
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    for end in ends.filter(|end| *end > 0) {
        let folder = &path[..end];
        if let Some(handle) = known.get(folder) {
            parent = handle.clone();
            continue;
        }
        let name = free_name(&parent, folder.rsplit('/').next().unwrap_or(folder)).await?;
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        parent = parent.get_directory_handle_with_options(&name, &options).await?.unchecked_into();
        known.insert(folder.to_owned(), parent.clone());
    }
    Ok(parent)
}

async fn write_file(
    folder: &FileSystemDirectoryHandle,
    name: &str,
    blob: &Blob,
    progress: &mut impl FnMut(u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, JsValue> {
    let name = match free_name(folder, name).await {
        Err(error) if is_refused(&error) => free_name(folder, &format!("{name}{HARMLESS}")).await,
        found => found,
    }?;
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let file: WritableHandle = folder.get_file_handle_with_options(&name, &options).await?.unchecked_into();
    let writable: Writable = file.create_writable()?.await?.unchecked_into();
    let written = write_parts(&writable, blob, progress).await;
    if matches!(written, Ok(ControlFlow::Continue(()))) {
        writable.close()?.await?;
    } else {
        // What is left of it is not the file; that it cannot be removed changes nothing of what happened.
        if let Ok(aborted) = writable.abort() {
            let _ = aborted.await;
        }
        let _ = folder.remove_entry(&name).await;
    }
    written
}

async fn write_parts(
    writable: &Writable,
    blob: &Blob,
    progress: &mut impl FnMut(u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, JsValue> {
    let size = blob.size();
    let mut done = 0.0;
    while done < size {
        let end = (done + PART).min(size);
        let part = blob.slice_with_f64_and_f64(done, end)?;
        writable.write(&part)?.await?;
        if progress((end - done) as u64).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        done = end;
    }
    Ok(ControlFlow::Continue(()))
}

/// The first of `name`, `name (2)`, … that nothing in the folder has.
async fn free_name(folder: &FileSystemDirectoryHandle, name: &str) -> Result<String, JsValue> {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while is_taken(folder, &candidate).await? {
        number += 1;
        candidate = numbered(name, number);
    }
    Ok(candidate)
}

async fn is_taken(folder: &FileSystemDirectoryHandle, name: &str) -> Result<bool, JsValue> {
    match folder.get_file_handle(name).await {
        Ok(_) => Ok(true),
        Err(error) => match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
            Some("NotFoundError") => Ok(false),
            // A folder.
            Some("TypeMismatchError") => Ok(true),
            _ => Err(error),
        },
    }
}

/// Whether the browser writes no file of this name anywhere.
fn is_refused(error: &JsValue) -> bool {
    error.is_instance_of::<js_sys::TypeError>()
}

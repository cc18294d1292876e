//! Files that the user chose to share: dropped, or picked in a dialog.

use js_sys::{Array, AsyncIterator, Function, Promise, Uint8Array};
use media::{IndexPlace, IndexSearch};
use protocol::{FileView, SharedFile};
use wasm_bindgen::prelude::*;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemHandle,
    FileSystemHandleKind,
};

use crate::browser::{self, method, property};

/// Files that operating systems put into folders for themselves.
const CLUTTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// What the user chose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    /// The files, sorted by path.
    pub(crate) files: Vec<ChosenFile>,
    /// Handles of what was chosen itself (files and folders), by which the page can ask for the files again
    /// after a reload. Empty if the browser gave none.
    pub(crate) handles: Vec<FileSystemHandle>,
}

/// One file of a choice.
#[derive(Clone, Debug)]
pub(crate) struct ChosenFile {
    /// Folders and name.
    pub(crate) path: Vec<String>,
    /// The file.
    pub(crate) file: File,
}

impl Chosen {
    /// One file that the page made itself.
    pub(crate) fn of_file(file: File) -> Self {
        Self { files: vec![ChosenFile { path: vec![file.name()], file }], handles: Vec::new() }
    }

    /// What an `<input type=file>` holds.
    pub(crate) fn from_input(list: &FileList) -> Self {
        let files = (0..list.length()).filter_map(|index| list.get(index)).map(|file| {
            // Only set in folders that were chosen as a whole.
            let relative = property(&file, "webkitRelativePath").and_then(|path| path.as_string());
            let path = relative.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
            ChosenFile { path: path.split('/').map(str::to_owned).collect(), file }
        });
        Self::sorted(files.collect(), Vec::new())
    }

    /// Names of the videos that keep their index at the end.
    pub(crate) async fn slow_starts(&self) -> Vec<String> {
        let mut slow = Vec::new();
        for ChosenFile { path, file } in &self.files {
            let name = path.last().cloned().unwrap_or_default();
            if media::keeps_index(&name) && index_place(file).await == Ok(IndexPlace::Last) {
                slow.push(name);
            }
        }
        slow
    }

    /// What was dropped. Must be called inside the event, and awaited outside.
    pub(crate) fn from_drop(transfer: &DataTransfer) -> impl Future<Output = Self> + use<> {
        let items = transfer.items();
        let mut handles = Vec::new();
        let mut entries = Vec::new();
        for item in (0..items.length()).filter_map(|index| items.get(index)) {
            if item.kind() != "file" {
                continue;
            }
            if let Some(handle) = method(&item, "getAsFileSystemHandle")
                && let Ok(handle) = handle.call0(&item)
            {
                handles.push(Promise::resolve(&handle));
            } else if let Some(entry) = method(&item, "webkitGetAsEntry")
                && let Ok(entry) = entry.call0(&item)
                && !entry.is_null()
            {
                entries.push(entry);
            }
        }
        let plain = transfer.files();
        async move {
            let mut found = Vec::new();
            for handle in handles {
                if let Ok(handle) = handle.await
                    && let Ok(handle) = handle.dyn_into()
                {
                    found.push(handle);
                }
            }
            let chosen =
                if entries.is_empty() { Self::from_handles(found).await } else { walk(entries).await };
            match plain {
                Some(list) if chosen.files.is_empty() => Self::from_input(&list),
                _ => chosen,
            }
        }
    }

    /// What these handles lead to.
    pub(crate) async fn from_handles(handles: Vec<FileSystemHandle>) -> Self {
        let mut files = Vec::new();
        let mut open: Vec<(Vec<String>, FileSystemHandle)> =
            handles.iter().map(|handle| (Vec::new(), handle.clone())).collect();
        while let Some((mut path, handle)) = open.pop() {
            path.push(handle.name());
            if handle.kind() == FileSystemHandleKind::File {
                if let Ok(file) = handle.unchecked_into::<FileSystemFileHandle>().get_file().await {
                    files.push(ChosenFile { path, file: file.unchecked_into() });
                }
            } else {
                let children = handle.unchecked_into::<FileSystemDirectoryHandle>().values();
                while let Some(child) = next(&children).await {
                    open.push((path.clone(), child.unchecked_into()));
                }
            }
        }
        Self::sorted(files, handles)
    }

    /// These files in the order of a torrent's, matched by path and length. A torrent does not repeat the
    /// name of its folder in its paths.
    pub(crate) fn in_order_of(&self, wanted: &[FileView]) -> Option<Vec<ChosenFile>> {
        let is = |chosen: &ChosenFile, wanted: &FileView| {
            let path = chosen.path.join("/");
            let inside = path.strip_suffix(wanted.path.as_str());
            chosen.file.size() as u64 == wanted.size
                && inside.is_some_and(|folders| folders.is_empty() || folders.ends_with('/'))
        };
        wanted.iter().map(|wanted| self.files.iter().find(|chosen| is(chosen, wanted)).cloned()).collect()
    }

    /// As the engine's list.
    pub(crate) fn shared_files(&self) -> Vec<SharedFile> {
        let length = |file: &File| file.size() as u64;
        self.files
            .iter()
            .map(|chosen| SharedFile { path: chosen.path.clone(), length: length(&chosen.file) })
            .collect()
    }

    /// The files, as parts of a message.
    pub(crate) fn parts(&self) -> Array {
        self.files.iter().map(|chosen| &chosen.file).collect()
    }

    fn sorted(mut files: Vec<ChosenFile>, handles: Vec<FileSystemHandle>) -> Self {
        files.retain(|chosen| match chosen.path.as_slice() {
            [_folder, .., name] => !CLUTTER.contains(&name.as_str()),
            _ => true,
        });
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Self { files, handles }
    }
}

/// Lets the user pick files, or a folder, in a dialog that gives handles; `None` if this browser has none.
/// Must be called inside a click. The future gives `None` if the user chose nothing.
pub(crate) fn pick(folder: bool) -> Option<impl Future<Output = Option<Chosen>>> {
    let window = browser::window();
    let name = if folder { "showDirectoryPicker" } else { "showOpenFilePicker" };
    let options = browser::options("multiple", &JsValue::TRUE);
    let picked: Promise = method(&window, name)?.call1(&window, &options).ok()?.dyn_into().ok()?;
    Some(async move {
        match picked.await {
            // One folder, or a list of files.
            Ok(picked) => {
                let list = picked.clone().dyn_into::<Array>().unwrap_or_else(|folder| Array::of1(&folder));
                Some(Chosen::from_handles(list.iter().map(JsCast::unchecked_into).collect()).await)
            }
            Err(_cancelled) => None,
        }
    })
}

/// The next value of an iteration.
async fn next(values: &AsyncIterator) -> Option<JsValue> {
    let step = values.next().ok()?.await.ok()?;
    let done = property(&step, "done").is_some_and(|done| done.is_truthy());
    if done { None } else { property(&step, "value") }
}

/// What dropped entries lead to, in browsers that give no handles.
async fn walk(entries: Vec<JsValue>) -> Chosen {
    let mut files = Vec::new();
    let mut open: Vec<(Vec<String>, JsValue)> =
        entries.into_iter().map(|entry| (Vec::new(), entry)).collect();
    while let Some((mut path, entry)) = open.pop() {
        path.push(property(&entry, "name").and_then(|name| name.as_string()).unwrap_or_default());
        if property(&entry, "isFile").is_some_and(|is_file| is_file.is_truthy()) {
            if let Some(file) = called_back(&entry, "file")
                && let Ok(file) = file.await
            {
                files.push(ChosenFile { path, file: file.unchecked_into() });
            }
        } else if let Some(reader) =
            method(&entry, "createReader").and_then(|create| create.call0(&entry).ok())
        {
            // A reader gives some entries at a time, and none at the end.
            while let Some(batch) = called_back(&reader, "readEntries")
                && let Ok(batch) = batch.await
                && let Ok(batch) = batch.dyn_into::<Array>()
                && batch.length() > 0
            {
                open.extend(batch.iter().map(|child| (path.clone(), child)));
            }
        }
    }
    Chosen::sorted(files, Vec::new())
}

/// A method that takes a callback for its result and one for its error, as a promise.
fn called_back(object: &JsValue, name: &str) -> Option<Promise> {
    let method = method(object, name)?;
    Some(Promise::new(&mut |resolve: Function, reject: Function| {
        let _ = method.call2(object, &resolve, &reject);
    }))
}

/// Where an mp4 keeps its index.
async fn index_place(file: &File) -> Result<IndexPlace, JsValue> {
    let mut search = IndexSearch::new(file.size() as u64);
    loop {
        let wanted = search.wants();
        let header =
            file.slice_with_f64_and_f64(wanted.start as f64, wanted.end as f64)?.array_buffer().await?;
        if let Some(place) = search.take(&Uint8Array::new(&header).to_vec()) {
            return Ok(place);
        }
    }
}

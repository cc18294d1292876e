//! Files that the user chose to share: dropped, or picked in a dialog.

mod listing;

use js_sys::{Array, Promise, Uint8Array};
use media::{IndexPlace, IndexSearch};
use protocol::{FileView, SharedFile};
use wasm_bindgen::prelude::*;
use web_sys::{DataTransfer, Event, File, FileList, FileSystemHandle, HtmlInputElement};

use self::listing::{AT_ONCE, Listing, Node, open, settled};
use crate::browser::{self, method, property};
use crate::dragged::Dragged;
use crate::paths;

/// What the user chose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    /// The files, sorted by path, within `folder` if there is one.
    pub(crate) files: Vec<ChosenFile>,
    /// Handles of what was chosen itself (files and folders), by which the page can ask for the files again
    /// after a reload. Empty unless they lead to all of them.
    pub(crate) handles: Vec<FileSystemHandle>,
    /// Paths of what was chosen, too, and cannot be read.
    pub(crate) unreadable: Vec<Vec<String>>,
    /// The folder that everything goes into, where something was added to it.
    pub(crate) folder: Option<String>,
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
        Self::sorted(vec![ChosenFile { path: vec![file.name()], file }], Vec::new(), Vec::new())
    }

    /// What an `<input type=file>` holds.
    fn from_input(list: &FileList) -> Self {
        Self::of_files((0..list.length()).filter_map(|index| list.get(index)))
    }

    /// Files without handles.
    pub(crate) fn of_files(files: impl Iterator<Item = File>) -> Self {
        let files = files.map(|file| {
            // Only set in folders that were chosen as a whole.
            let relative = property(&file, "webkitRelativePath").and_then(|path| path.as_string());
            let path = relative.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
            ChosenFile { path: path.split('/').map(str::to_owned).collect(), file }
        });
        Self::sorted(files.collect(), Vec::new(), Vec::new())
    }

    /// What the file input of this event holds, if anything; it is emptied, so that the same files can be chosen again.
    pub(crate) fn of_event(event: &Event) -> Option<Self> {
        let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
        let chosen = Self::from_input(&input.files()?);
        input.set_value("");
        (!chosen.files.is_empty()).then_some(chosen)
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
        let items = (0..items.length()).filter_map(|index| items.get(index));
        let (mut entries, mut handles, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for (number, item) in items.filter(|item| item.kind() == "file").enumerate() {
            let asked = |name| method(&item, name)?.call0(&item).ok().filter(|answer| !answer.is_null());
            if let Some(entry) = asked("webkitGetAsEntry") {
                entries.push((number, Node::Entry(entry)));
                handles
                    .extend(asked("getAsFileSystemHandle").map(|handle| (number, Promise::resolve(&handle))));
            } else if let Ok(Some(file)) = item.get_as_file() {
                // It is in no folder, such as a picture that was copied in another program.
                plain.push(ChosenFile { path: vec![file.name()], file });
            }
        }
        async move {
            let (mut kept, mut nodes) = (Vec::new(), Vec::new());
            for (number, handle) in handles {
                if let Ok(handle) = handle.await
                    && let Ok(handle) = handle.dyn_into::<FileSystemHandle>()
                {
                    kept.push(handle.clone());
                    nodes.push((number, Node::Handle(handle)));
                }
            }
            let mut found = open(&Listing::of(nodes).await, &Listing::of(entries).await).await;
            if !found.by_handles || !plain.is_empty() {
                kept.clear();
            }
            found.files.extend(plain);
            Self::sorted(found.files, kept, found.unreadable)
        }
    }

    /// What these handles lead to.
    pub(crate) async fn from_handles(handles: Vec<FileSystemHandle>) -> Self {
        let nodes = handles.iter().cloned().map(Node::Handle).enumerate().collect();
        let found = open(&Listing::of(nodes).await, &Listing::default()).await;
        Self::sorted(found.files, handles, found.unreadable)
    }

    /// The same, but what cannot be read by now is [`unreadable`](Self::unreadable). Tries each file.
    pub(crate) async fn tried(&self) -> Self {
        let mut tried = Self { files: Vec::new(), ..self.clone() };
        for files in self.files.chunks(AT_ONCE) {
            let read = settled(files.iter().map(|chosen| first_byte(&chosen.file))).await;
            for (chosen, byte) in files.iter().zip(read) {
                match byte {
                    Some(_) => tried.files.push(chosen.clone()),
                    None => tried.unreadable.push(chosen.path.clone()),
                }
            }
        }
        tried
    }

    /// These files in the order of a torrent's.
    pub(crate) fn in_order_of(&self, wanted: &[FileView]) -> Option<Vec<ChosenFile>> {
        let chosen: Vec<_> =
            self.files.iter().map(|chosen| (&chosen.path[..], chosen.file.size() as u64)).collect();
        let places = paths::places_of(wanted, &chosen)?;
        Some(places.into_iter().map(|place| self.files[place].clone()).collect())
    }

    /// The same and what was `added`, which goes into the folder if all of this is one, and takes the place of what is
    /// called alike.
    pub(crate) fn with(mut self, added: Self) -> Self {
        let folder = paths::common_folder(self.files.iter().map(|chosen| &*chosen.path));
        let folder = self.folder.take().or(folder);
        let added_paths = added.files.iter().map(|chosen| paths::within(folder.as_deref(), &chosen.path));
        let added_paths: Vec<Vec<String>> = added_paths.collect();
        let before = self.files.len();
        self.files.retain(|chosen| !added_paths.contains(&paths::within(folder.as_deref(), &chosen.path)));
        // Only if handles lead to all of them, and to one of each path.
        let by_handles = self.files.len() == before && !self.handles.is_empty() && !added.handles.is_empty();
        let mut handles = std::mem::take(&mut self.handles);
        handles.extend(added.handles);
        if !by_handles {
            handles.clear();
        }
        let files = self.files.into_iter().chain(added.files).collect();
        let together = Self::sorted(files, handles, added.unreadable);
        // After a reload a torrent knows its files by their order.
        let files = paths::sorted_within(folder.as_deref(), together.files, |chosen| &chosen.path);
        Self { files, folder, ..together }
    }

    /// As the engine's list.
    pub(crate) fn shared_files(&self) -> Vec<SharedFile> {
        let shared = |chosen: &ChosenFile| SharedFile {
            path: paths::within(self.folder.as_deref(), &chosen.path),
            length: chosen.file.size() as u64,
        };
        self.files.iter().map(shared).collect()
    }

    /// The files, as parts of a message.
    pub(crate) fn parts(&self) -> Array {
        self.files.iter().map(|chosen| &chosen.file).collect()
    }

    fn sorted(
        mut files: Vec<ChosenFile>,
        handles: Vec<FileSystemHandle>,
        mut unreadable: Vec<Vec<String>>,
    ) -> Self {
        files.retain(|chosen| !paths::is_clutter(&chosen.path));
        sort::by(&mut files, |a, b| a.path.cmp(&b.path));
        unreadable.retain(|path| !paths::is_clutter(path));
        sort::ascending(&mut unreadable);
        Self { files, handles, unreadable, folder: None }
    }
}

/// What would be dropped.
pub(crate) fn dragged(transfer: &DataTransfer) -> Option<Dragged> {
    let items = transfer.items();
    let items = (0..items.length()).filter_map(|index| items.get(index));
    let items: Vec<(String, String)> = items.map(|item| (item.kind(), item.type_())).collect();
    Dragged::of(items.iter().map(|(kind, media_type)| (&**kind, &**media_type)))
}

/// Lets the user pick files in a dialog that gives handles; `None` if this browser has none. Must be called inside a
/// click. The future gives `None` if the user chose nothing.
///
/// There is no such dialog for folders here: its handles would hide files, and nothing would tell that they do.
pub(crate) fn pick() -> Option<impl Future<Output = Option<Chosen>>> {
    let window = browser::window();
    let options = browser::options("multiple", &JsValue::TRUE);
    let picked: Promise =
        method(&window, "showOpenFilePicker")?.call1(&window, &options).ok()?.dyn_into().ok()?;
    Some(async move {
        match picked.await {
            Ok(picked) => {
                let handles = picked.unchecked_into::<Array>();
                Some(Chosen::from_handles(handles.iter().map(JsCast::unchecked_into).collect()).await)
            }
            Err(_cancelled) => None,
        }
    })
}

fn first_byte(file: &File) -> Promise {
    let byte = file.slice_with_f64_and_f64(0.0, 1.0);
    byte.map_or_else(|gone| Promise::reject(&gone), |byte| byte.array_buffer().unchecked_into())
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

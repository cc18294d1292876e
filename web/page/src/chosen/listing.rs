//! What dropped files and folders lead to.
//!
//! Chromium shows what was dropped in two ways, and neither sees everything. Handles, which can be kept for a later
//! visit, hide names in folders that some system could act upon or not create: with `?`, `"`, `:`, `*`, `|`, a joined
//! emoji, or like `.lnk` and `aux.c`. And they lead nowhere where a link was dropped. Entries last for this visit.
//! So both list what there is, and each file is read in whichever way can. (Links inside of folders are shown by neither.)

use js_sys::{Array, AsyncIterator, Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{FileSystemDirectoryHandle, FileSystemHandle, FileSystemHandleKind};

use super::ChosenFile;
use crate::browser::{method, property};

/// Files that are asked for at once.
pub(super) const AT_ONCE: usize = 100;

/// A file or a folder.
pub(super) enum Node {
    /// `FileSystemEntry`, which web-sys binds only in parts.
    Entry(JsValue),
    Handle(FileSystemHandle),
}

/// Which of the things that were dropped, and a path that begins with its name.
type Place = (usize, Vec<String>);

/// What is in folders, as one of the two ways shows it.
#[derive(Default)]
pub(super) struct Listing {
    /// In order.
    files: Vec<(Place, Node)>,
    /// In order.
    folders: Vec<Place>,
    /// Folders that cannot be listed.
    closed: Vec<Place>,
}

/// Files that can be had, and what cannot.
pub(super) struct Found {
    pub(super) files: Vec<ChosenFile>,
    pub(super) unreadable: Vec<Vec<String>>,
    /// Handles lead to every file.
    pub(super) by_handles: bool,
}

impl Listing {
    /// Lists what these lead to. Each has a number by which both ways know it.
    pub(super) async fn of(nodes: Vec<(usize, Node)>) -> Self {
        let mut listing = Self::default();
        let mut open: Vec<(Place, Node)> =
            nodes.into_iter().map(|(number, node)| ((number, vec![node.name()]), node)).collect();
        while let Some((place, node)) = open.pop() {
            if node.is_file() {
                listing.files.push((place, node));
                continue;
            }
            match node.children().await {
                Ok(children) => {
                    for child in children {
                        let (number, mut path) = place.clone();
                        path.push(child.name());
                        open.push(((number, path), child));
                    }
                    listing.folders.push(place);
                }
                Err(_closed) => listing.closed.push(place),
            }
        }
        sort::by(&mut listing.files, |(one, _), (other, _)| one.cmp(other));
        sort::ascending(&mut listing.folders);
        listing
    }

    fn file(&self, place: &Place) -> Promise {
        match self.files.binary_search_by(|(other, _)| other.cmp(place)) {
            Ok(found) => self.files[found].1.file(),
            Err(_) => Promise::reject(&JsValue::UNDEFINED),
        }
    }
}

/// Opens every file that either lists.
pub(super) async fn open(handles: &Listing, entries: &Listing) -> Found {
    let closed = |these: &Listing, others: &Listing| -> Vec<Place> {
        these.closed.iter().filter(|place| others.folders.binary_search(place).is_err()).cloned().collect()
    };
    let mut unlisted = closed(handles, entries);
    unlisted.extend(closed(entries, handles));
    sort::ascending(&mut unlisted);
    unlisted.dedup();
    let mut found = Found {
        files: Vec::new(),
        unreadable: unlisted.into_iter().map(|(_, path)| path).collect(),
        by_handles: handles.closed.is_empty(),
    };
    let mut places: Vec<&Place> =
        handles.files.iter().chain(&entries.files).map(|(place, _)| place).collect();
    sort::ascending(&mut places);
    places.dedup();
    for places in places.chunks(AT_ONCE) {
        let mut rest = Vec::new();
        // Handles are four times as fast.
        for (place, file) in places.iter().zip(settled(places.iter().map(|place| handles.file(place))).await)
        {
            match file.and_then(|file| file.dyn_into().ok()) {
                Some(file) => found.files.push(ChosenFile { path: place.1.clone(), file }),
                None => rest.push(place),
            }
        }
        found.by_handles &= rest.is_empty();
        for (place, file) in rest.iter().zip(settled(rest.iter().map(|place| entries.file(place))).await) {
            match file.and_then(|file| file.dyn_into().ok()) {
                Some(file) => found.files.push(ChosenFile { path: place.1.clone(), file }),
                None => found.unreadable.push(place.1.clone()),
            }
        }
    }
    found
}

/// What promises come to; nothing of those that are broken.
pub(super) async fn settled(promises: impl Iterator<Item = Promise>) -> Vec<Option<JsValue>> {
    let promises: Array = promises.collect();
    match Promise::all_settled(&promises).await {
        Ok(outcomes) => Array::from(&outcomes).iter().map(|outcome| property(&outcome, "value")).collect(),
        Err(_never) => Vec::new(),
    }
}

impl Node {
    fn value(&self) -> &JsValue {
        match self {
            Self::Entry(entry) => entry,
            Self::Handle(handle) => handle,
        }
    }

    /// Empty if the system's name is no text.
    fn name(&self) -> String {
        property(self.value(), "name").and_then(|name| name.as_string()).unwrap_or_default()
    }

    fn is_file(&self) -> bool {
        match self {
            Self::Entry(entry) => property(entry, "isFile").is_some_and(|is_file| is_file.is_truthy()),
            Self::Handle(handle) => handle.kind() == FileSystemHandleKind::File,
        }
    }

    fn file(&self) -> Promise {
        match self {
            Self::Entry(entry) => called_back(entry, "file"),
            Self::Handle(handle) => match method(handle, "getFile").map(|get| get.call0(handle)) {
                Some(Ok(file)) => Promise::resolve(&file),
                _ => Promise::reject(&JsValue::UNDEFINED),
            },
        }
    }

    async fn children(&self) -> Result<Vec<Self>, JsValue> {
        let mut children = Vec::new();
        match self {
            Self::Entry(entry) => {
                let reader = method(entry, "createReader").ok_or(JsValue::UNDEFINED)?.call0(entry)?;
                loop {
                    // A reader gives some entries at a time, and none at the end.
                    let batch: Array = called_back(&reader, "readEntries").await?.dyn_into()?;
                    if batch.length() == 0 {
                        return Ok(children);
                    }
                    children.extend(batch.iter().map(Self::Entry));
                }
            }
            Self::Handle(handle) => {
                let values = handle.unchecked_ref::<FileSystemDirectoryHandle>().values();
                while let Some(child) = next(&values).await? {
                    children.push(Self::Handle(child.unchecked_into()));
                }
                Ok(children)
            }
        }
    }
}

/// The next value of an iteration.
async fn next(values: &AsyncIterator) -> Result<Option<JsValue>, JsValue> {
    let step = values.next()?.await?;
    let done = property(&step, "done").is_some_and(|done| done.is_truthy());
    Ok(if done { None } else { property(&step, "value") })
}

/// A method that takes a callback for its result and one for its error, as a promise.
fn called_back(object: &JsValue, name: &str) -> Promise {
    let Some(method) = method(object, name) else { return Promise::reject(&JsValue::UNDEFINED) };
    Promise::new(&mut |resolve: Function, reject: Function| {
        let _ = method.call2(object, &resolve, &reject);
    })
}

//! Files on their way out of the browser.

use std::cell::RefCell;
use std::ops::ControlFlow;

use js_sys::Array;
use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::{Command, SaveForm, SaveId};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, FileSystemDirectoryHandle};
use yew::Callback;

use super::Controls;
use crate::folder;
use crate::session::{Action, Save};
use crate::words;

/// Where files go that the engine gives out.
#[derive(Default)]
pub(super) struct Ways {
    /// The folders of torrents that are saved into one.
    folders: RefCell<LiteMap<SaveId, FileSystemDirectoryHandle>>,
    /// Who waits for which complete file.
    openings: RefCell<Vec<Opening>>,
}

impl Ways {
    pub(super) fn end(&self, id: SaveId) {
        self.folders.borrow_mut().remove(&id);
    }
}

/// Somebody on this page who wants to show a complete file of a torrent.
struct Opening {
    info_hash: InfoHash,
    file: u32,
    opened: Callback<Blob>,
}

impl Controls {
    /// Saves all complete files of a torrent as one zip.
    pub(crate) fn save_zip(self, info_hash: InfoHash) {
        self.keep_storage();
        self.save(info_hash, SaveForm::Zip, None);
    }

    /// Saves all complete files of a torrent into a folder that the user chooses. Must be called inside a click.
    pub(crate) fn save_to_folder(self, info_hash: InfoHash) {
        let chosen = folder::choose();
        spawn_local(async move {
            if let Some(folder) = chosen.await {
                self.save(info_hash, SaveForm::Files, Some(folder));
            }
        });
    }

    /// Stops saving all files of a torrent. Those that are in their folder already stay there.
    pub(crate) fn cancel_save(self, id: SaveId) {
        self.command(Command::CancelSave(id));
        self.save_ended(id);
    }

    /// Opens a complete file of a torrent, to show it.
    pub(crate) fn open_file(self, info_hash: InfoHash, file: u32, opened: Callback<Blob>) {
        self.0.saving.openings.borrow_mut().push(Opening { info_hash, file, opened });
        self.command(Command::Save { info_hash, file });
    }

    fn save(self, info_hash: InfoHash, form: SaveForm, folder: Option<FileSystemDirectoryHandle>) {
        let id = SaveId(self.next_id());
        if let Some(folder) = folder {
            self.0.saving.folders.borrow_mut().insert(id, folder);
        }
        self.dispatch(Action::Save(id, Save { info_hash, form, prepared: false, progress: 0.0 }));
        self.command(Command::SaveAll { id, info_hash, form });
    }

    /// Asks an engine that has just started for what the one before was preparing.
    pub(super) fn save_again(self) {
        for (id, save) in self.session().work.saves.iter().filter(|(_, save)| !save.prepared) {
            self.command(Command::SaveAll { id: *id, info_hash: save.info_hash, form: save.form });
        }
    }

    /// A file is ready to be shown, or written.
    pub(super) fn saved(self, info_hash: InfoHash, file: u32, name: &str, parts: &Array) {
        let is_it = |opening: &Opening| (opening.info_hash, opening.file) == (info_hash, file);
        let mut openings = self.0.saving.openings.borrow_mut();
        let opening = openings.iter().position(is_it).map(|place| openings.remove(place));
        drop(openings);
        match (opening, parts.get(0).dyn_into::<Blob>()) {
            (Some(opening), Ok(blob)) => opening.opened.emit(blob),
            (Some(_), Err(_no_blob)) => {}
            (None, blob) => self.download(blob, name),
        }
    }

    /// All files of a torrent are ready to be written.
    pub(super) fn saved_all(self, id: SaveId, names: Vec<String>, blobs: &Array) {
        // Otherwise nobody wants it any more.
        let Some(save) = self.session().work.saves.get(&id).copied() else { return };
        let blobs = blobs.iter().filter_map(|blob| blob.dyn_into::<Blob>().ok());
        let files: Vec<(String, Blob)> = names.into_iter().zip(blobs).collect();
        let folder = self.0.saving.folders.borrow().get(&id).cloned();
        if let Some(folder) = folder {
            let save = Save { prepared: true, ..save };
            self.dispatch(Action::Save(id, save));
            spawn_local(async move { self.write_all(id, save, &folder, files).await });
        } else {
            for (name, blob) in files {
                self.download(Ok(blob), &name);
            }
            self.save_ended(id);
        }
    }

    async fn write_all(
        self,
        id: SaveId,
        save: Save,
        folder: &FileSystemDirectoryHandle,
        files: Vec<(String, Blob)>,
    ) {
        let (count, total) = (files.len() as u64, files.iter().map(|(_, blob)| blob.size()).sum::<f64>());
        let mut done = 0;
        let written = folder::save(folder, files, |bytes| {
            if !self.session().work.saves.contains_key(&id) {
                return ControlFlow::Break(());
            }
            done += bytes;
            let progress = (done as f64 / total.max(1.0)) as f32;
            self.dispatch(Action::Save(id, Save { progress, ..save }));
            ControlFlow::Continue(())
        });
        match written.await {
            Ok(ControlFlow::Continue(())) => {
                let text = words::saved_to_folder(count, &folder.name());
                self.dispatch(Action::Notice { text, problem: false });
            }
            Ok(ControlFlow::Break(())) => {}
            Err(failure) => {
                let why =
                    failure.error.dyn_ref::<web_sys::DomException>().map(web_sys::DomException::message);
                self.complain(words::not_saved_to_folder(&failure.path, &why.unwrap_or_default()));
            }
        }
        self.save_ended(id);
    }

    fn save_ended(self, id: SaveId) {
        self.0.saving.end(id);
        self.dispatch(Action::SaveEnded(id));
    }
}

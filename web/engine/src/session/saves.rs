//! Files on their way to the user.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Array;
use metainfo::{InfoHash, portable};
use protocol::tabs::PageId;
use protocol::{Event, Refusal, SaveForm, SaveId};
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use super::Driver;
use super::commands::refuse;
use super::pages::{reply, reply_with};
use crate::browser::now;
use crate::error::refusal;
use crate::store::Directory;
use crate::torrent::{Progress, SaveError, SaveJob};

/// Between two words on how far it is.
const PACE: Duration = Duration::from_millis(100);

/// Where copies go, if any are needed.
struct Exports {
    directory: Directory,
    number: u32,
}

impl Driver {
    /// Hands out one file.
    pub(super) fn save(&mut self, page: PageId, info_hash: InfoHash, file: u32) {
        let job = self.session.torrent(info_hash).and_then(|torrent| SaveJob::of_file(torrent, file));
        let (Some(job), Some(exports)) = (job, self.exports()) else {
            refuse(page, Refusal::Incomplete);
            return;
        };
        spawn_local(async move {
            let name = job.paths().pop().unwrap_or_default();
            let mut unwatched = |_done, _total| ControlFlow::Continue(());
            match job.blobs(&exports.directory, exports.number, &mut unwatched).await {
                Ok(blobs) => {
                    let parts = blobs.into_iter().flatten().collect();
                    reply_with(page, &Event::Saved { info_hash, file, name }, &parts);
                }
                Err(error) => refuse(page, refusal(error)),
            }
        });
    }

    /// Hands out all that is complete and wanted.
    pub(super) fn save_all(&mut self, page: PageId, id: SaveId, info_hash: InfoHash, form: SaveForm) {
        let torrent = self.session.torrent(info_hash);
        let name = torrent.map(|torrent| portable::name(torrent.name())).unwrap_or_default();
        let job = torrent.and_then(SaveJob::of_all);
        let (Some(job), Some(exports)) = (job, self.exports()) else {
            reply(page, &Event::SaveFailed { id, why: Refusal::NothingComplete });
            return;
        };
        let stop = Rc::new(Cell::new(false));
        self.saves.insert(id, (info_hash, Rc::clone(&stop)));
        let this = self.this.clone();
        spawn_local(async move {
            let mut told = now();
            let mut progress = |done, total| {
                let now = now();
                if now.since(told) >= PACE {
                    told = now;
                    reply(page, &Event::Saving { id, done, total });
                }
                if stop.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            match hand_out(job, form, name, exports, &mut progress).await {
                Ok(None) => reply(page, &Event::SaveFailed { id, why: Refusal::Removed }),
                Ok(Some((names, blobs))) => reply_with(page, &Event::SavedAll { id, names }, &blobs),
                Err(error) => reply(page, &Event::SaveFailed { id, why: error.into() }),
            }
            this.with(move |driver| drop(driver.saves.remove(&id)));
        });
    }

    /// Stops preparing what was asked for.
    pub(super) fn cancel_save(&self, id: SaveId) {
        if let Some((_, stop)) = self.saves.get(&id) {
            stop.set(true);
        }
    }

    /// Stops whatever is being prepared of a torrent.
    pub(super) fn cancel_saves_of(&self, info_hash: InfoHash) {
        for (_, stop) in self.saves.values().filter(|(of, _)| *of == info_hash) {
            stop.set(true);
        }
    }

    fn exports(&mut self) -> Option<Exports> {
        let directory = self.shelf.as_ref()?.exports.clone();
        self.exports += 1;
        Some(Exports { directory, number: self.exports })
    }
}

/// The names and blobs of what was asked for; `None` if nobody wants it any more.
async fn hand_out(
    job: SaveJob,
    form: SaveForm,
    name: String,
    exports: Exports,
    progress: Progress<'_>,
) -> Result<Option<(Vec<String>, Array)>, SaveError> {
    let Exports { directory, number } = exports;
    let handed: Option<(Vec<String>, Vec<Blob>)> = match form {
        SaveForm::Zip => {
            let zip = job.zip(&directory, number, progress).await?;
            zip.map(|zip| (vec![format!("{name}.zip")], vec![zip]))
        }
        SaveForm::Files => {
            let paths = job.paths();
            job.blobs(&directory, number, progress).await?.map(|blobs| (paths, blobs))
        }
    };
    Ok(handed.map(|(names, blobs)| (names, blobs.into_iter().collect())))
}

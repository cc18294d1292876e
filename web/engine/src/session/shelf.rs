//! Torrents come from storage and go back to it.

use metainfo::InfoHash;
use protocol::{Event, Fatal, StorageView};
use session::{Error, Suspect};
use wasm_bindgen_futures::spawn_local;

use super::{Driver, tell};
use crate::browser::{now, pause, wall_clock};
use crate::error::{fault, refusal};
use crate::store::memory::Room;
use crate::store::{self, Directory};
use crate::torrent::CheckJob;

/// Tries to delete a folder whose files were just closed, and the wait between them in milliseconds.
const DELETE_TRIES: (u32, i32) = (50, 100);

/// Tries to open a folder that a tab which was just closed still holds, and the wait between them in milliseconds.
const OPEN_TRIES: (u32, i32) = (250, 20);

/// Where everything is stored.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    torrents: Directory,
    pub(super) exports: Directory,
}

impl Shelf {
    /// Opens the storage, or where the browser denies it, a shelf in memory; also tells which torrents are in it.
    async fn open() -> Result<(Self, Vec<InfoHash>), Error> {
        match Self::at(Directory::root().await).await {
            Ok(opened) => Ok(opened),
            Err(_denied) => Self::at(Ok(Directory::in_memory(Room::of_device()))).await,
        }
    }

    async fn at(root: Result<Directory, Error>) -> Result<(Self, Vec<InfoHash>), Error> {
        let root = root?;
        // One of them may still be on its way to the user's disk, from a tab that was just closed.
        let _ = root.remove("exports").await;
        let shelf =
            Self { torrents: root.directory("torrents").await?, exports: root.directory("exports").await? };
        let names = shelf.torrents.names().await?;
        let known = names.iter().filter_map(|name| name.parse().ok()).collect();
        Ok((shelf, known))
    }

    /// How full it is; `None` where the browser does not tell.
    pub(super) async fn estimate(&self) -> Option<StorageView> {
        self.torrents.estimate().await
    }
}

impl Driver {
    /// Opens storage, and once it is known where they are announced, the torrents of the last visit.
    pub(super) fn open_shelf(&self) {
        let this = self.this.clone();
        spawn_local(async move {
            let opened = Shelf::open().await;
            this.with(move |driver| {
                if driver.trackers.is_some() {
                    driver.shelf_opened(opened);
                } else {
                    driver.opened = Some(opened);
                }
            });
        });
    }

    /// Whether anything will still be there when this worker has ended.
    pub(super) fn keeps(&self) -> bool {
        self.shelf.as_ref().is_some_and(|shelf| !shelf.torrents.is_temporary())
    }

    /// Takes a torrent off the list.
    pub(super) fn remove(&mut self, info_hash: InfoHash, delete_data: bool) {
        self.cancel_saves_of(info_hash);
        // What it reads is to be deleted.
        self.checking.remove(&self.session.torrent_of(info_hash));
        let now = now();
        self.session.remove(now, info_hash, delete_data);
        self.settle(now);
    }

    /// Hashes what a torrent does not trust.
    pub(super) fn run_check(&self, info_hash: InfoHash, job: CheckJob) {
        let this = self.this.clone();
        spawn_local(async move {
            let report = |piece, ok| {
                this.with(move |driver| {
                    driver.with(info_hash, |torrent, now| torrent.checked(now, piece, ok));
                });
            };
            if let Some(result) = job.run(report).await {
                this.with(move |driver| {
                    driver.with(info_hash, |torrent, now| torrent.check_ended(now, result));
                });
            }
        });
    }

    pub(super) fn shelf_opened(&mut self, opened: Result<(Shelf, Vec<InfoHash>), Error>) {
        match opened {
            Ok((shelf, known)) => {
                self.shelf = Some(shelf);
                if self.keeps() {
                    tell(&Event::Shelf(known.clone()));
                }
                self.session.restore(known);
                self.settle(now());
                self.tell_storage();
                for (page, request, parts) in std::mem::take(&mut self.early) {
                    self.request(page, request, parts);
                }
            }
            Err(error) => tell(&Event::Fatal(Fatal::Storage(fault(error)))),
        }
    }

    /// Opens the folder of a torrent.
    pub(super) fn open_folder(&self, info_hash: InfoHash, suspect: Suspect) {
        let Some(shelf) = self.shelf.clone() else { return };
        let this = self.this.clone();
        spawn_local(async move {
            let (tries, wait) = OPEN_TRIES;
            let mut opened = store::open(&shelf.torrents, info_hash, suspect).await;
            for _ in 1..tries {
                if !matches!(opened, Err(Error::InUse)) {
                    break;
                }
                pause(wait).await;
                opened = store::open(&shelf.torrents, info_hash, suspect).await;
            }
            this.with(move |driver| {
                let now = now();
                driver.session.opened(now, info_hash, opened, wall_clock());
                driver.settle(now);
                driver.happened();
            });
        });
    }

    /// Deletes the folder of a torrent that is removed.
    pub(super) fn delete_folder(&self, info_hash: InfoHash) {
        let Some(shelf) = self.shelf.clone() else { return };
        let this = self.this.clone();
        spawn_local(async move {
            let (tries, wait) = DELETE_TRIES;
            let mut deleted = Ok(());
            for _ in 0..tries {
                deleted = shelf.torrents.remove(&info_hash.to_string()).await;
                if deleted.is_ok() {
                    break;
                }
                pause(wait).await;
            }
            this.with(move |driver| {
                if let Err(error) = deleted {
                    tell(&Event::Refused { why: refusal(error) });
                }
                driver.tell_storage();
                let now = now();
                driver.session.deleted(now, info_hash);
                driver.settle(now);
            });
        });
    }
}

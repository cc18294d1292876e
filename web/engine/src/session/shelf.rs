//! Torrents come from storage and go back to it.

use std::collections::VecDeque;

use metainfo::InfoHash;
use protocol::{Event, Fatal, StorageView};
use session::{Error, Found, Listing, Suspect};
use wasm_bindgen_futures::spawn_local;

use super::{Entry, Session, tell};
use crate::browser::{now, pause};
use crate::error::{fault, problem, refusal};
use crate::store::memory::Room;
use crate::store::{self, Directory, Folder};
use crate::torrent::{CheckJob, Origin, Torrent};

/// Tries to delete a folder whose files were just closed, and the wait between them in milliseconds.
const DELETE_TRIES: (u32, i32) = (50, 100);

/// Tries to open a folder that a tab which was just closed still holds, and the wait between them in milliseconds.
const OPEN_TRIES: (u32, i32) = (50, 100);

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

impl Session {
    /// Opens storage, and in it the torrents of the last visit.
    pub(super) fn open_shelf(&self) {
        let this = self.this.clone();
        spawn_local(async move {
            let opened = Shelf::open().await;
            this.with(move |session| session.shelf_opened(opened));
        });
    }

    /// Whether anything will still be there when this worker has ended.
    pub(super) fn keeps(&self) -> bool {
        self.shelf.as_ref().is_some_and(|shelf| !shelf.torrents.is_temporary())
    }

    /// Adds a torrent, or to what is known of one.
    pub(super) fn add(&mut self, info_hash: InfoHash, origin: Origin) {
        if self.torrents.contains_key(&info_hash) {
            self.with(info_hash, |torrent, now| torrent.add_again(now, origin));
        } else if let Some(waiting) = self.pending.get_mut(&info_hash) {
            waiting.push_back(origin);
        } else {
            self.pending.insert(info_hash, VecDeque::from([origin]));
            self.open_folder(info_hash, Suspect::Leave);
        }
    }

    /// Takes a torrent off the list.
    pub(super) fn remove(&mut self, info_hash: InfoHash, delete_data: bool) {
        self.cancel_saves_of(info_hash);
        self.with(info_hash, |torrent, now| torrent.remove(now, delete_data));
        let is_opening = self.pending.contains_key(&info_hash);
        let listed = self.torrents.remove(&info_hash).is_some()
            || !is_opening && self.faulty.remove(&info_hash).is_some();
        if listed && delete_data {
            self.delete_folder(info_hash);
        }
        self.news.happened();
        self.arm_news(now());
    }

    /// Hashes what a torrent does not trust.
    pub(super) fn run_check(&self, info_hash: InfoHash, job: CheckJob) {
        let this = self.this.clone();
        spawn_local(async move {
            let report = |piece, ok| {
                this.with(move |session| {
                    session.with(info_hash, |torrent, _| torrent.checked(piece, ok));
                });
            };
            if let Some(result) = job.run(report).await {
                this.with(move |session| {
                    session.with(info_hash, |torrent, now| torrent.check_ended(now, result));
                });
            }
        });
    }

    fn shelf_opened(&mut self, opened: Result<(Shelf, Vec<InfoHash>), Error>) {
        match opened {
            Ok((shelf, known)) => {
                self.shelf = Some(shelf);
                if self.keeps() {
                    tell(&Event::Shelf(known.clone()));
                }
                for info_hash in known {
                    self.add(info_hash, Origin::Restored);
                }
                self.tell_storage();
                for (page, request, parts) in std::mem::take(&mut self.early) {
                    self.request(page, request, parts);
                }
                self.place_streams();
            }
            Err(error) => tell(&Event::Fatal(Fatal::Storage(fault(error)))),
        }
    }

    /// Opens the folder of a torrent that is pending.
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
            this.with(move |session| {
                session.folder_opened(info_hash, opened);
                session.place_streams();
            });
        });
    }

    fn folder_opened(&mut self, info_hash: InfoHash, opened: Result<(Folder, Found), Error>) {
        let Some(mut origins) = self.pending.remove(&info_hash) else { return };
        let (folder, found) = match opened {
            Ok((folder, found)) if found.listing() == Listing::Deleted => (folder, Found::default()),
            Ok(opened) => opened,
            Err(error) => {
                self.faulty.insert(info_hash, problem(error, 0));
                self.news.happened();
                self.arm_news(now());
                return;
            }
        };
        // Listed until now, or whoever has it in view would see it go.
        self.faulty.remove(&info_hash);
        if matches!(origins.front(), Some(Origin::Restored)) && origins.len() == 1 {
            if found.is_empty() {
                drop(folder);
                self.delete_folder(info_hash);
                return;
            }
            if found.listing() == Listing::Forgotten {
                return;
            }
        }
        let origin = origins.pop_front().unwrap_or(Origin::Restored);
        let torrent = Torrent::new(now(), self.setup(), info_hash, folder, found, origin);
        self.torrents.insert(info_hash, Entry { torrent, alone_since: None });
        self.with(info_hash, |torrent, now| {
            for origin in origins {
                torrent.add_again(now, origin);
            }
        });
        // A torrent that cannot be listed is one that cannot be opened.
        let _ = self.view(now(), info_hash);
        if let Some(entry) = self.torrents.get_mut(&info_hash) {
            entry.torrent.opened();
        }
    }

    fn delete_folder(&mut self, info_hash: InfoHash) {
        let Some(shelf) = self.shelf.clone() else { return };
        self.pending.insert(info_hash, VecDeque::new());
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
            this.with(move |session| {
                session.folder_deleted(info_hash, deleted);
                session.place_streams();
            });
        });
    }

    fn folder_deleted(&mut self, info_hash: InfoHash, deleted: Result<(), Error>) {
        if let Err(error) = deleted {
            tell(&Event::Refused { why: refusal(error) });
        }
        self.tell_storage();
        let origins = self.pending.remove(&info_hash).unwrap_or_default();
        for origin in origins {
            self.add(info_hash, origin);
        }
    }
}

//! Torrents come from storage and go back to it. A folder takes a while to open and to delete; what the user wants of its
//! torrent meanwhile waits.

use std::collections::VecDeque;

use litemap::LiteMap;
use metainfo::InfoHash;
use swarm::Time;

use super::{Entry, Output, Session, touch};
use crate::exposure::Policy;
use crate::rendezvous::Input;
use crate::storage::{Found, Suspect};
use crate::torrent::{Origin, Torrent};
use crate::{Error, Listing, Storage, UserFiles};

/// The folders that are on their way, and those with which something is wrong.
#[derive(Debug)]
pub(super) struct Shelf<U> {
    /// It is known which torrents are there.
    pub(super) is_known: bool,
    /// Torrents whose folder is being opened or deleted.
    pending: LiteMap<InfoHash, Pending<U>>,
    /// Torrents whose folder cannot be opened.
    faulty: LiteMap<InfoHash, Error>,
}

/// What to do with a torrent once its folder is opened or deleted.
#[derive(Debug)]
struct Pending<U> {
    /// First, remove what is there, with its data or without.
    removed: Option<bool>,
    /// Then, add these.
    origins: VecDeque<Origin<U>>,
}

impl<U> Pending<U> {
    const fn new(origins: VecDeque<Origin<U>>) -> Self {
        Self { removed: None, origins }
    }
}

impl<U> Default for Shelf<U> {
    fn default() -> Self {
        Self { is_known: false, pending: LiteMap::new(), faulty: LiteMap::new() }
    }
}

impl<U> Shelf<U> {
    /// Whether a torrent may still come that is not listed yet.
    pub(super) fn may_have_more(&self) -> bool {
        !self.is_known || !self.pending.is_empty()
    }
}

impl<S: Storage, U: UserFiles, L> Session<S, U, L> {
    /// These torrents are in storage: they are as they were left.
    pub fn restore(&mut self, torrents: impl IntoIterator<Item = InfoHash>) {
        self.shelf.is_known = true;
        for torrent in torrents {
            self.open(torrent, Origin::Restored, Suspect::Leave);
        }
        self.place_streams();
    }

    /// Adds a torrent under the hash that it is to be [listed](Self::listed) under, or to what is known of one.
    pub fn add(&mut self, now: Time, torrent: InfoHash, origin: Origin<U>) {
        let looked_up = matches!(origin, Origin::LookedUp(_));
        if self.torrents.contains_key(&torrent) {
            self.act(torrent, |torrent| torrent.add_again(now, origin));
        } else if let Some(pending) = self.shelf.pending.get_mut(&torrent) {
            pending.origins.push_back(origin);
        } else if !looked_up {
            // By the time its folder is open, the first offers are made.
            let policy = Policy::of(self.relay_all);
            self.meet(now, Input::Expect { private: origin.is_private(), policy });
            self.open(torrent, origin, Suspect::Leave);
        }
    }

    /// Opens the folder of a torrent that was [faulty](Self::faulty), whatever it did to earlier visits.
    pub fn retry(&mut self, torrent: InfoHash) {
        if self.shelf.faulty.contains_key(&torrent) && !self.shelf.pending.contains_key(&torrent) {
            self.open(torrent, Origin::Restored, Suspect::Open);
        }
    }

    /// Takes a torrent off the list, with its data or without.
    pub fn remove(&mut self, now: Time, torrent: InfoHash, delete_data: bool) {
        let torrent = self.torrent_of(torrent);
        let was_faulty = self.shelf.faulty.remove(&torrent).is_some();
        if let Some(pending) = self.shelf.pending.get_mut(&torrent) {
            pending.origins.clear();
            pending.removed = Some(delete_data || pending.removed == Some(true));
            return;
        }
        self.act(torrent, |torrent| torrent.remove(now, delete_data));
        let was_listed = self.let_go(now, torrent);
        if delete_data && (was_listed || was_faulty) {
            self.delete(torrent, VecDeque::new());
        }
    }

    /// What came of an [`Output::Open`], at `wall_clock` in milliseconds since 1970.
    pub fn opened(
        &mut self,
        now: Time,
        torrent: InfoHash,
        opened: Result<(S, Found), Error>,
        wall_clock: f64,
    ) {
        let Some(pending) = self.shelf.pending.remove(&torrent) else { return };
        match opened {
            Ok((storage, found)) => self.list(now, torrent, storage, found, pending, wall_clock),
            Err(error) => self.not_opened(torrent, error, pending),
        }
        self.place_streams();
    }

    /// What came of an [`Output::Delete`]. What could not be deleted goes at the next visit.
    pub fn deleted(&mut self, now: Time, torrent: InfoHash) {
        if let Some(pending) = self.shelf.pending.remove(&torrent) {
            for origin in pending.origins {
                self.add(now, torrent, origin);
            }
        }
        self.place_streams();
    }

    /// The torrents whose folder cannot be opened, and why.
    pub fn faulty(&self) -> impl Iterator<Item = (InfoHash, &Error)> {
        self.shelf.faulty.iter().map(|(torrent, error)| (*torrent, error))
    }

    fn open(&mut self, torrent: InfoHash, origin: Origin<U>, suspect: Suspect) {
        self.shelf.pending.insert(torrent, Pending::new(VecDeque::from([origin])));
        self.outputs.push_back(Output::Open { torrent, suspect });
    }

    fn delete(&mut self, torrent: InfoHash, then: VecDeque<Origin<U>>) {
        self.shelf.pending.insert(torrent, Pending::new(then));
        self.outputs.push_back(Output::Delete { torrent });
    }

    fn not_opened(&mut self, torrent: InfoHash, error: Error, pending: Pending<U>) {
        match pending {
            Pending { removed: Some(delete_data), origins } if origins.is_empty() => {
                if delete_data {
                    self.delete(torrent, origins);
                }
            }
            Pending { .. } => {
                self.shelf.faulty.insert(torrent, error);
            }
        }
    }

    fn list(
        &mut self,
        now: Time,
        torrent: InfoHash,
        storage: S,
        found: Found,
        Pending { removed, mut origins }: Pending<U>,
        wall_clock: f64,
    ) {
        let found = if found.listing() == Listing::Deleted { Found::default() } else { found };
        let is_wanted =
            origins.iter().any(|origin| !matches!(origin, Origin::Restored | Origin::LookedUp(_)));
        let removed = removed.filter(|_| !found.is_empty());
        // Listed until now, or whoever has it in view would see it go.
        self.shelf.faulty.remove(&torrent);
        if !is_wanted && found.is_empty() {
            drop(storage);
            return self.delete(torrent, VecDeque::new());
        }
        if !is_wanted && removed.is_none() && found.listing() == Listing::Forgotten {
            return;
        }
        let first = if removed.is_some() { None } else { origins.pop_front() };
        let setup = self.setup(wall_clock);
        let first = first.unwrap_or(Origin::Restored);
        let mut life = Torrent::new(now, setup, torrent, storage, found, first);
        if let Some(delete_data) = removed {
            life.remove(now, delete_data);
            if delete_data {
                drop(life);
                return self.delete(torrent, origins);
            }
            if !is_wanted {
                return;
            }
        }
        if let Some(terms) = &self.payments {
            life.take_payments(now, terms.clone());
        }
        for origin in origins {
            life.add_again(now, origin);
        }
        let entry = Entry { torrent: life, deadline: None, peers: 0, alone_since: None, is_new: true };
        self.torrents.insert(torrent, entry);
        touch(&mut self.touched, torrent);
    }
}

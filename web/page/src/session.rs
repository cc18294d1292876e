//! What the page knows, and how it changes. Pure: the engine and the browser are elsewhere.

mod action;
mod list;
mod notices;
mod picked;
mod shown;
#[cfg(test)]
mod tests;
mod work;

use std::rc::Rc;

use btt::Chain;
use host::Streaming;
use journal::Report;
use language::Language;
use metainfo::InfoHash;
use protocol::{DataSource, Event, Preferences, Problem, Seal, StorageView, TorrentView};

use crate::share::Stage;
use crate::words;

pub use action::Action;
pub use list::{HISTORY_SECONDS, History, List, everyone_has, nobody_waits};
pub use notices::{Notice, Notices};
pub use picked::{Picked, can_pause, can_resume};
pub use shown::{Address, Dialog, Shown, View};
pub use work::{Save, Work};

/// Everything that the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// What is in front of the user.
    pub shown: Shown,
    /// The torrents of this browser.
    pub list: List,
    /// What this page is doing for its user.
    pub work: Work,
    /// What the user should hear.
    pub notices: Notices,
    /// What is spoken.
    pub language: Language,
    /// Whether the engine can be used.
    pub engine: EngineState,
    /// Whether it belongs to another tab, so that nothing ends with this one.
    pub follows: bool,
    /// The browser's storage.
    pub storage: Option<StorageView>,
    /// Whether media elements can read files while they arrive; `None` until the browser has told.
    pub streaming: Option<Streaming>,
    /// What the user wants of all torrents.
    pub preferences: Preferences,
    /// Whether the user wants to be notified when everyone has what they share.
    pub notifies: bool,
    /// Whether nobody sees the page.
    pub hidden: bool,
    /// Trackers of this deployment.
    pub trackers: Rc<Vec<String>>,
    /// Whether people can be met through a relay of this deployment.
    pub has_relay: bool,
    /// Whether nothing is connected before the user was told what others see.
    pub first_visit: bool,
    /// Networks for tips, as the deployment's configuration has them; empty if it has none.
    pub networks: Rc<str>,
    /// The chain of addresses that name none.
    pub usual_chain: Option<Chain>,
    /// Whether people can pay each other by the byte here.
    pub has_payments: bool,
    /// What money goes to people of the torrent in view, or comes from them, by their keys.
    pub money: Rc<Vec<(u32, String)>>,
}

/// Whether the engine can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EngineState {
    /// It is being loaded.
    #[default]
    Starting,
    /// It has told something.
    Running,
    /// It cannot go on: a sentence that says why.
    Failed(String),
}

impl Session {
    /// One that begins, in this language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// Whether there is something in the list beside what is in view.
    #[must_use]
    pub fn has_others(&self) -> bool {
        let view = self.shown.view;
        self.list.torrents.iter().any(|torrent| view != View::Torrent(torrent.info_hash))
            || self.work.hashing().any(|(id, _)| view != View::Share(id))
    }

    /// Whether something would be lost if the page were closed now: files that exist nowhere else in the browser are being
    /// prepared, or given to someone, or somebody has their link and nobody has them yet.
    #[must_use]
    pub fn would_lose_work(&self) -> bool {
        let giving = self.list.torrents.iter().any(|torrent| {
            let awaited = self.work.handed_out.contains_key(&torrent.info_hash) && torrent.finished == 0;
            (torrent.up_rate > 0 || awaited)
                && matches!(torrent.source, DataSource::Files | DataSource::Copying { .. })
        });
        !self.follows && (self.work.hashing().next().is_some() || giving)
    }

    /// The torrent in view, if it waits for the user's files.
    #[must_use]
    pub fn awaited(&self) -> Option<InfoHash> {
        let torrent = self.shown.in_view().and_then(|info_hash| self.list.torrent(info_hash))?;
        (torrent.source == DataSource::FilesMissing).then_some(torrent.info_hash)
    }

    /// Whether the browser keeps the key of a sealed share, so that the address need not have it. What is only in memory is
    /// lost with the page, and so may be what could not be written.
    #[must_use]
    pub fn keeps_key_of(&self, torrent: &TorrentView) -> bool {
        let fails = matches!(
            torrent.problem,
            Some(Problem::StorageFull { .. } | Problem::MemoryFull { .. } | Problem::StorageFailed(_))
        );
        let lasts = self.storage.is_some_and(|storage| !storage.temporary);
        torrent.seal == Some(Seal::Open) && lasts && !fails
    }

    /// Whether a device that would fall asleep should not: somebody looks at what is on its way.
    #[must_use]
    pub fn keeps_awake(&self) -> bool {
        !self.hidden && self.list.torrents.iter().any(|torrent| torrent.down_rate + torrent.up_rate > 0)
    }

    /// Something happened.
    pub fn change(&mut self, action: Action) {
        match action {
            Action::Engine(event) => self.hear(event),
            Action::EngineState(state) => {
                // An engine that starts tells everything anew, a little at a time.
                if state == EngineState::Starting {
                    self.list.torrents = Rc::default();
                }
                self.engine = state;
            }
            Action::Trackers(trackers) => self.trackers = Rc::new(trackers),
            Action::Relays(has_relay) => self.has_relay = has_relay,
            Action::FirstVisit(first_visit) => self.first_visit = first_visit,
            Action::Networks(networks, chain, has_payments) => {
                (self.networks, self.usual_chain) = (networks.into(), chain);
                self.has_payments = has_payments;
            }
            Action::Prefer(preferences) => self.preferences = preferences,
            Action::Address(address) => self.shown.address = address,
            Action::Show(view) => self.shown.show(view),
            Action::Open { info_hash, name } => {
                self.shown.opening = name.into();
                self.shown.show(View::Torrent(info_hash));
            }
            Action::Dialog(dialog) => self.shown.dialog = dialog,
            Action::Tip => self.shown.tips_wanted += 1,
            Action::HandedOut(info_hash) => {
                self.work.handed_out.insert(info_hash, ());
            }
            Action::Picking(picking) => self.shown.picked = picking.then(Picked::default),
            Action::Pick { info_hash, range } => {
                if let Some(picked) = &mut self.shown.picked {
                    picked.turn(info_hash, range, &self.list.torrents);
                }
            }
            Action::PickAll => {
                if let Some(picked) = &mut self.shown.picked {
                    picked.turn_all(&self.list.torrents);
                }
            }
            Action::Share(id, share) => {
                self.work.shares.insert(id, *share);
                self.shown.show(View::Share(id));
            }
            Action::Unshare(id) => {
                self.work.shares.remove(&id);
            }
            Action::HandlesGone(info_hash) => {
                self.list.without_handles.insert(info_hash, ());
            }
            Action::Speak(language) => self.language = language,
            Action::Choose(id, choices) => {
                if let Some(share) = self.work.shares.get_mut(&id) {
                    share.choices = choices;
                }
            }
            Action::KeepCopy(id, keep_copy) => {
                if let Some(share) = self.work.shares.get_mut(&id) {
                    share.keep_copy = keep_copy;
                }
            }
            Action::Save(id, save) => {
                self.work.saves.insert(id, save);
            }
            Action::SaveEnded(id) => {
                self.work.saves.remove(&id);
            }
            Action::StartsSlowly(id, slow) => {
                if let Some(share) = self.work.shares.get_mut(&id) {
                    share.slow = slow;
                }
            }
            Action::Notice { text, problem } => self.notices.add(text, problem),
            Action::Unreadable(unreadable) => {
                self.work.unreadable = Rc::new(unreadable);
                self.shown.dialog = Some(Dialog::Unreadable);
            }
            Action::Handed(names) => {
                self.work.handed = Rc::new(names);
                self.shown.dialog = Some(Dialog::Handed);
            }
            Action::Hidden(hidden) => {
                self.hidden = hidden;
                self.list.news = self.list.news.filter(|_| hidden);
            }
            Action::Notifies(notifies) => self.notifies = notifies,
            Action::Dismiss(key) => self.notices.dismiss(key),
            Action::Evicted(magnets) => self.list.evicted = Rc::new(magnets),
            Action::Follow(follows) => self.follows = follows,
            Action::Streaming(streaming) => self.streaming = Some(streaming),
            Action::Persisted(persisted) => {
                if let Some(storage) = &mut self.storage {
                    storage.persisted = persisted;
                }
            }
            Action::Money(money) => self.money = Rc::new(money),
            Action::Tick => self.list.remember_speeds(),
        }
    }

    fn hear(&mut self, event: Event) {
        if self.engine == EngineState::Starting {
            self.engine = EngineState::Running;
        }
        match event {
            Event::Shelf(_)
            | Event::Saved { .. }
            | Event::SavedAll { .. }
            | Event::TorrentFile { .. }
            | Event::Purse(_) => {}
            Event::Torrents(torrents) => {
                let known = self.shown.in_view().filter(|shown| self.list.torrent(*shown).is_some());
                self.list.update(torrents, self.hidden);
                if let Some(picked) = &mut self.shown.picked {
                    picked.keep_listed(&self.list.torrents);
                }
                if known.is_some_and(|known| self.list.torrent(known).is_none()) {
                    self.shown.show(View::Home);
                }
            }
            Event::Detail(detail) => self.shown.describe(*detail),
            Event::TipClaims { info_hash, claims } => self.shown.claim(info_hash, claims),
            Event::Journal { info_hash, dropped, entries } => {
                self.list.note(info_hash, Report { dropped, entries });
            }
            Event::Storage(storage) => self.storage = Some(storage),
            Event::Hashing { id, done, .. } => {
                if let Some(share) = self.work.shares.get_mut(&id) {
                    share.stage = Stage::Hashing(done);
                }
            }
            Event::Shared { id, info_hash } => {
                let Some(share) = self.work.shares.get_mut(&id) else { return };
                share.stage = Stage::Done(info_hash);
                share.lineage.replaces = None;
                let ready = words::link_ready(share.name());
                if self.shown.view == View::Share(id) {
                    self.shown.show(View::Torrent(info_hash));
                } else {
                    self.notices.add(ready, false);
                }
            }
            Event::ShareFailed { id, why } => {
                if self.work.shares.remove(&id).is_none() {
                    return;
                }
                if self.shown.view == View::Share(id) {
                    self.shown.show(View::Home);
                }
                self.notices.add(words::reasons::refusal(&why), true);
            }
            Event::Saving { id, done, total } => {
                if let Some(save) = self.work.saves.get_mut(&id) {
                    save.progress = (done as f64 / total.max(1) as f64) as f32;
                }
            }
            Event::SaveFailed { id, why } => {
                if self.work.saves.remove(&id).is_some() {
                    self.notices.add(words::reasons::refusal(&why), true);
                }
            }
            Event::Added { info_hash, .. } => self.shown.show(View::Torrent(info_hash)),
            Event::Refused { why } => {
                self.notices.add(words::reasons::refusal(&why), true);
                if self.shown.in_view().is_some_and(|shown| self.list.torrent(shown).is_none()) {
                    self.shown.show(View::Home);
                }
            }
            Event::Fatal(why) => self.engine = EngineState::Failed(words::reasons::fatal(&why)),
        }
    }
}

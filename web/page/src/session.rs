//! What the page knows, and how it changes. Pure: the engine and the browser are elsewhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use metainfo::InfoHash;
use protocol::{
    DataSource, Event, ShareId, ShareOptions, SharedFile, State, StorageView, TorrentDetail, TorrentView,
};
use yew::Reducible;

use crate::words;

/// Speeds are remembered for so many seconds.
pub const HISTORY_SECONDS: usize = 120;
/// More notices than this at once help nobody.
const NOTICES: usize = 3;

/// Everything that the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Whether the engine can be used.
    pub engine: EngineState,
    /// What fills the page.
    pub view: View,
    /// What lies over it.
    pub dialog: Option<Dialog>,
    /// The torrents of this browser, newest first.
    pub torrents: Rc<Vec<TorrentView>>,
    /// The torrent in view, in full.
    pub detail: Option<Rc<TorrentDetail>>,
    /// The speeds of each torrent, second by second.
    pub history: BTreeMap<InfoHash, History>,
    /// What this page shared since it was opened.
    pub shares: BTreeMap<ShareId, Share>,
    /// Torrents whose files the user must choose again after a reload.
    pub without_handles: BTreeSet<InfoHash>,
    /// The browser's storage.
    pub storage: Option<StorageView>,
    /// What the user should hear.
    pub notices: VecDeque<Notice>,
    /// Trackers of this deployment.
    pub trackers: Rc<Vec<String>>,
    next_notice: u32,
}

/// Whether the engine can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EngineState {
    /// It is being loaded.
    #[default]
    Starting,
    /// It has told something.
    Running,
    /// Another tab has it.
    Elsewhere {
        /// Whether a link was handed to that tab.
        handed: bool,
    },
    /// It cannot go on: a sentence that says why.
    Failed(String),
}

/// What fills the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Drop target, link field and list.
    #[default]
    Home,
    /// A share whose link is being made.
    Share(ShareId),
    /// One torrent.
    Torrent(InfoHash),
}

/// What lies over the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Questions and answers.
    Help,
    /// The few things that can be set.
    Settings,
    /// Whether to remove this torrent, and its data.
    Remove(InfoHash),
}

/// Files that the user shares from this page.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// What it is called if the user does not say: the file's or folder's own name.
    pub own_name: String,
    /// Its files.
    pub files: Rc<Vec<SharedFile>>,
    /// What the user chose, as the form shows it.
    pub choices: Choices,
    /// The choices that its link stands for, or will.
    pub applied: Choices,
    /// How far it is.
    pub stage: Stage,
    /// Whether a copy goes into the browser's storage.
    pub keep_copy: bool,
}

/// What the user chose in the sharing form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Name of the torrent.
    pub name: String,
    /// A note in the torrent file.
    pub comment: String,
    /// Trackers beside those of the deployment, separated by white space.
    pub trackers: String,
    /// Keep peers to the trackers of this torrent.
    pub private: bool,
}

/// How far a share is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// So many of its bytes are hashed.
    Hashing(u64),
    /// It is this torrent.
    Done(InfoHash),
}

/// Speeds in bytes per second, oldest first, one of each per second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Received.
    pub down: VecDeque<u64>,
    /// Sent.
    pub up: VecDeque<u64>,
}

/// Something that the user should hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Distinguishes notices.
    pub key: u32,
    /// A sentence.
    pub text: String,
    /// Whether something went wrong.
    pub problem: bool,
}

/// What changes the session.
#[derive(Clone, Debug)]
pub enum Action {
    /// The engine said something.
    Engine(Event),
    /// The engine's state changed for another reason.
    EngineState(EngineState),
    /// Trackers of this deployment are known.
    Trackers(Vec<String>),
    /// Show this.
    Show(View),
    /// Lay this over the view, or nothing.
    Dialog(Option<Dialog>),
    /// The user shares files.
    Share(ShareId, Share),
    /// A share was called off, or is made again under another id.
    Unshare(ShareId),
    /// No handles lead to the files of this torrent: the user must choose them again.
    HandlesGone(InfoHash),
    /// The user changes the sharing form.
    Choose(ShareId, Choices),
    /// Whether a copy of a share that is being hashed goes into the browser's storage.
    KeepCopy(ShareId, bool),
    /// Tell the user.
    Notice {
        /// A sentence.
        text: String,
        /// Whether something went wrong.
        problem: bool,
    },
    /// The user has read a notice.
    Dismiss(u32),
    /// A second passed.
    Tick,
}

impl Session {
    /// The torrent `info_hash`, if it is in the list.
    #[must_use]
    pub fn torrent(&self, info_hash: InfoHash) -> Option<&TorrentView> {
        self.torrents.iter().find(|torrent| torrent.info_hash == info_hash)
    }

    /// The share that became the torrent `info_hash`.
    #[must_use]
    pub fn share_of(&self, info_hash: InfoHash) -> Option<(ShareId, &Share)> {
        let mut shares = self.shares.iter().rev();
        shares.find(|(_, share)| share.stage == Stage::Done(info_hash)).map(|(id, share)| (*id, share))
    }

    /// The torrent in view.
    #[must_use]
    pub fn in_view(&self) -> Option<InfoHash> {
        match self.view {
            View::Torrent(info_hash) => Some(info_hash),
            View::Home | View::Share(_) => None,
        }
    }

    /// Whether something would be lost if the page were closed now: files that exist nowhere else in the
    /// browser are being prepared, or given to someone.
    #[must_use]
    pub fn would_lose_work(&self) -> bool {
        let hashing = self.shares.values().any(|share| matches!(share.stage, Stage::Hashing(_)));
        let giving = self.torrents.iter().any(|torrent| {
            torrent.up_rate > 0 && matches!(torrent.source, DataSource::Files | DataSource::Copying { .. })
        });
        hashing || giving
    }

    fn hear(&mut self, event: Event) {
        if self.engine == EngineState::Starting {
            self.engine = EngineState::Running;
        }
        match event {
            Event::Ready | Event::Saved { .. } | Event::TorrentFile { .. } | Event::Rtc { .. } => {}
            Event::Torrents(torrents) => {
                self.history.retain(|known, _| torrents.iter().any(|torrent| torrent.info_hash == *known));
                let removed = self.in_view().is_some_and(|shown| {
                    self.torrent(shown).is_some()
                        && !torrents.iter().any(|torrent| torrent.info_hash == shown)
                });
                self.torrents = Rc::new(torrents);
                if removed {
                    self.show(View::Home);
                }
            }
            Event::Detail(detail) => {
                if self.in_view() == Some(detail.info_hash) {
                    self.detail = Some(Rc::new(*detail));
                }
            }
            Event::Storage(storage) => self.storage = Some(storage),
            Event::Hashing { id, done, .. } => {
                if let Some(share) = self.shares.get_mut(&id) {
                    share.stage = Stage::Hashing(done);
                }
            }
            Event::Shared { id, info_hash } => {
                if let Some(share) = self.shares.get_mut(&id) {
                    share.stage = Stage::Done(info_hash);
                }
                if self.view == View::Share(id) {
                    self.show(View::Torrent(info_hash));
                }
            }
            Event::ShareFailed { id, why } => {
                self.shares.remove(&id);
                if self.view == View::Share(id) {
                    self.show(View::Home);
                }
                self.notify(why, true);
            }
            Event::Added { info_hash, .. } => self.show(View::Torrent(info_hash)),
            Event::Refused { why } => self.notify(why, true),
            Event::Fatal(why) => self.engine = EngineState::Failed(why),
        }
    }

    fn show(&mut self, view: View) {
        if self.view != view {
            self.view = view;
            self.detail = None;
        }
        self.dialog = None;
    }

    fn notify(&mut self, text: String, problem: bool) {
        self.notices.retain(|notice| notice.text != text);
        self.notices.push_back(Notice { key: self.next_notice, text, problem });
        self.next_notice += 1;
        while self.notices.len() > NOTICES {
            self.notices.pop_front();
        }
    }

    fn remember_speeds(&mut self) {
        for torrent in self.torrents.iter() {
            let idle = torrent.down_rate == 0 && torrent.up_rate == 0;
            if idle && !self.history.contains_key(&torrent.info_hash) {
                continue;
            }
            let history = self.history.entry(torrent.info_hash).or_default();
            for (speeds, now) in [(&mut history.down, torrent.down_rate), (&mut history.up, torrent.up_rate)]
            {
                speeds.push_back(now);
                while speeds.len() > HISTORY_SECONDS {
                    speeds.pop_front();
                }
            }
        }
    }
}

impl Reducible for Session {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        match action {
            Action::Engine(event) => next.hear(event),
            Action::EngineState(state) => next.engine = state,
            Action::Trackers(trackers) => next.trackers = Rc::new(trackers),
            Action::Show(view) => next.show(view),
            Action::Dialog(dialog) => next.dialog = dialog,
            Action::Share(id, share) => {
                next.shares.insert(id, share);
                next.show(View::Share(id));
            }
            Action::Unshare(id) => {
                next.shares.remove(&id);
            }
            Action::HandlesGone(info_hash) => {
                next.without_handles.insert(info_hash);
            }
            Action::Choose(id, choices) => {
                if let Some(share) = next.shares.get_mut(&id) {
                    share.choices = choices;
                }
            }
            Action::KeepCopy(id, keep_copy) => {
                if let Some(share) = next.shares.get_mut(&id) {
                    share.keep_copy = keep_copy;
                }
            }
            Action::Notice { text, problem } => next.notify(text, problem),
            Action::Dismiss(key) => next.notices.retain(|notice| notice.key != key),
            Action::Tick => next.remember_speeds(),
        }
        Rc::new(next)
    }
}

impl Share {
    /// A share whose hashing begins.
    #[must_use]
    pub fn new(own_name: String, files: Vec<SharedFile>, choices: Choices, keep_copy: bool) -> Self {
        let applied = choices.clone();
        Self { own_name, files: Rc::new(files), choices, applied, stage: Stage::Hashing(0), keep_copy }
    }

    /// Bytes in all.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.length).sum()
    }

    /// What it is called by its applied choices.
    #[must_use]
    pub fn name(&self) -> &str {
        let chosen = self.applied.name.trim();
        if chosen.is_empty() { &self.own_name } else { chosen }
    }

    /// Whether the form asks for another link than the one that is there or being made.
    #[must_use]
    pub fn has_new_choices(&self) -> bool {
        self.choices != self.applied
    }
}

impl Choices {
    /// As the engine takes them.
    #[must_use]
    pub fn options(&self, has_handles: bool, keep_copy: bool) -> ShareOptions {
        let comment = self.comment.trim();
        ShareOptions {
            name: self.name.trim().to_owned(),
            comment: (!comment.is_empty()).then(|| comment.to_owned()),
            trackers: self.trackers.split_whitespace().map(str::to_owned).collect(),
            private: self.private,
            has_handles,
            keep_copy,
        }
    }
}

/// What files are called together: the one file's name, the name of the folder that holds all, or words.
#[must_use]
pub fn own_name(files: &[SharedFile]) -> String {
    let Some(first) = files.first() else { return String::new() };
    let root = first.path.first().cloned().unwrap_or_default();
    let in_root = |file: &SharedFile| file.path.len() > 1 && file.path.first() == Some(&root);
    if files.len() == 1 || files.iter().all(in_root) {
        return root;
    }
    words::several_files(&root, files.len() - 1)
}

/// The name of a state in the page's attributes, which scripts read.
#[must_use]
pub fn state_attribute(state: State) -> &'static str {
    match state {
        State::Metadata => "metadata",
        State::Checking => "checking",
        State::Downloading => "downloading",
        State::Seeding => "seeding",
        State::Paused => "paused",
        State::Error => "error",
    }
}

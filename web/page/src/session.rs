//! What the page knows, and how it changes. Pure: the engine and the browser are elsewhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use btt::Chain;
use host::Streaming;
use journal::Report;
use language::Language;
use metainfo::{InfoHash, Magnet};
use protocol::{
    DataSource, Event, Preferences, SaveForm, SaveId, ShareId, State, StorageView, TipClaim, TorrentDetail,
    TorrentView,
};
use yew::Reducible;

use crate::share::{Choices, Share, Stage, Unreadable};
use crate::words;

/// Speeds are remembered for so many seconds.
pub const HISTORY_SECONDS: usize = 120;
/// Entries that are remembered of what happens in a torrent.
const JOURNAL: usize = 50_000;
/// More notices than this at once help nobody.
const NOTICES: usize = 3;

/// Everything that the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// What is spoken.
    pub language: Language,
    /// Whether the engine can be used.
    pub engine: EngineState,
    /// What fills the page.
    pub view: View,
    /// What lies over it.
    pub dialog: Option<Dialog>,
    /// The page's own address.
    pub address: Address,
    /// The torrents of this browser, newest first.
    pub torrents: Rc<Vec<TorrentView>>,
    /// The torrent in view, in full.
    pub detail: Option<Rc<TorrentDetail>>,
    /// The speeds of each torrent, second by second.
    pub history: BTreeMap<InfoHash, History>,
    /// What this page shared since it was opened.
    pub shares: BTreeMap<ShareId, Share>,
    /// All files of torrents, on their way out.
    pub saves: BTreeMap<SaveId, Save>,
    /// Torrents whose files the user must choose again after a reload.
    pub without_handles: BTreeSet<InfoHash>,
    /// The browser's storage.
    pub storage: Option<StorageView>,
    /// What the browser deleted since the last visit.
    pub evicted: Rc<Vec<Magnet>>,
    /// Whether the engine belongs to another tab, so that nothing ends with this one.
    pub follows: bool,
    /// Whether media elements can read files while they arrive; `None` until the browser has told.
    pub streaming: Option<Streaming>,
    /// What the user should hear.
    pub notices: VecDeque<Notice>,
    /// Trackers of this deployment.
    pub trackers: Rc<Vec<String>>,
    /// What the user wants of all torrents.
    pub preferences: Preferences,
    /// Networks for tips, as the deployment's configuration has them; empty if it has none.
    pub networks: Rc<str>,
    /// The chain of addresses that name none.
    pub usual_chain: Option<Chain>,
    /// What happened in torrents since somebody wanted to know.
    pub journals: BTreeMap<InfoHash, Rc<Report<String>>>,
    /// What is said of tips for the torrent in view.
    pub claims: Rc<Vec<TipClaim>>,
    /// What the user chose to share and cannot be read, until they have decided what to do.
    pub unreadable: Rc<Unreadable>,
    /// Whether nobody sees the page.
    pub hidden: bool,
    /// What everyone has since the page was hidden.
    pub news: Option<InfoHash>,
    /// Whether the user wants to be notified of such news.
    pub notifies: bool,
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
    /// It cannot go on: a sentence that says why.
    Failed(String),
}

/// What the page's address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The link in it, which may say more of its torrent than the torrent itself; empty if there is none.
    pub fragment: Rc<str>,
    /// The user came to tip.
    pub asks_for_tip: bool,
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
    /// What happens inside, for whoever looks for the cause of a problem.
    Debug,
}

/// What lies over the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Questions and answers.
    Help,
    /// The few things that can be set.
    Settings,
    /// How to put the player of this torrent into another page.
    Embed(InfoHash),
    /// Whether to remove this torrent, and its data.
    Remove(InfoHash),
    /// Whether to share without [what cannot be read](Session::unreadable).
    Unreadable,
}

/// All files of a torrent, on their way out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Save {
    /// Of which torrent.
    pub info_hash: InfoHash,
    /// As what.
    pub form: SaveForm,
    /// How far it is, 0 to 1.
    pub progress: f32,
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
    /// The networks for tips are known, and the chain of addresses that name none.
    Networks(String, Option<Chain>),
    /// Another language is spoken.
    Speak(Language),
    /// The user wants this of all torrents.
    Prefer(Preferences),
    /// The page's address is another.
    Address(Address),
    /// Show this.
    Show(View),
    /// Lay this over the view, or nothing.
    Dialog(Option<Dialog>),
    /// The user shares files.
    Share(ShareId, Box<Share>),
    /// A share was called off, or is made again under another id.
    Unshare(ShareId),
    /// No handles lead to the files of this torrent: the user must choose them again.
    HandlesGone(InfoHash),
    /// The user changes the sharing form.
    Choose(ShareId, Choices),
    /// Whether a copy of a share that is being hashed goes into the browser's storage.
    KeepCopy(ShareId, bool),
    /// All files of a torrent are being saved, so far.
    Save(SaveId, Save),
    /// They are saved, or will not be.
    SaveEnded(SaveId),
    /// These videos of a share cannot be played before their end is here.
    StartsSlowly(ShareId, Vec<String>),
    /// Tell the user.
    Notice {
        /// A sentence.
        text: String,
        /// Whether something went wrong.
        problem: bool,
    },
    /// The user has read a notice.
    Dismiss(u32),
    /// Some of what the user wants to share cannot be read.
    Unreadable(Unreadable),
    /// Whether nobody sees the page.
    Hidden(bool),
    /// Whether the user is notified when everyone has what they share.
    Notifies(bool),
    /// The browser deleted these since the last visit.
    Evicted(Vec<Magnet>),
    /// Whether the engine belongs to another tab.
    Follow(bool),
    /// Whether media elements can read files while they arrive.
    Streaming(Streaming),
    /// Whether the browser promises to keep what is stored.
    Persisted(bool),
    /// A second passed.
    Tick,
}

impl Session {
    /// One that begins, in this language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

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

    /// What of the torrent `info_hash` is being saved.
    #[must_use]
    pub fn save_of(&self, info_hash: InfoHash) -> Option<(SaveId, Save)> {
        let mut saves = self.saves.iter();
        saves.find(|(_, save)| save.info_hash == info_hash).map(|(id, save)| (*id, *save))
    }

    /// Whether there is something in the list beside what is in view.
    #[must_use]
    pub fn has_others(&self) -> bool {
        let torrent = self.torrents.iter().any(|torrent| self.view != View::Torrent(torrent.info_hash));
        let hashing = |(id, share): (&ShareId, &Share)| {
            matches!(share.stage, Stage::Hashing(_)) && self.view != View::Share(*id)
        };
        torrent || self.shares.iter().any(hashing)
    }

    /// Adds to what is known of what happened in a torrent.
    fn noted(&mut self, info_hash: InfoHash, report: Report<String>) {
        if self.torrent(info_hash).is_some() {
            Rc::make_mut(self.journals.entry(info_hash).or_default()).extend(report, JOURNAL);
        }
    }

    /// The torrent in view.
    #[must_use]
    pub fn in_view(&self) -> Option<InfoHash> {
        match self.view {
            View::Torrent(info_hash) => Some(info_hash),
            View::Home | View::Share(_) | View::Debug => None,
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
        !self.follows && (hashing || giving)
    }

    /// Whether a device that would fall asleep should not: somebody looks at what is on its way.
    #[must_use]
    pub fn keeps_awake(&self) -> bool {
        !self.hidden && self.torrents.iter().any(|torrent| torrent.down_rate + torrent.up_rate > 0)
    }

    fn hear(&mut self, event: Event) {
        if self.engine == EngineState::Starting {
            self.engine = EngineState::Running;
        }
        match event {
            Event::Shelf(_) | Event::Saved { .. } | Event::SavedAll { .. } | Event::TorrentFile { .. } => {}
            Event::Torrents(torrents) => {
                self.journals.retain(|known, _| torrents.iter().any(|torrent| torrent.info_hash == *known));
                self.history.retain(|known, _| torrents.iter().any(|torrent| torrent.info_hash == *known));
                let removed = self.in_view().is_some_and(|shown| {
                    self.torrent(shown).is_some()
                        && !torrents.iter().any(|torrent| torrent.info_hash == shown)
                });
                let is_news = |torrent: &&TorrentView| {
                    let known = self.torrent(torrent.info_hash);
                    everyone_has(torrent) && known.is_some_and(|known| !everyone_has(known))
                };
                if self.hidden
                    && let Some(torrent) = torrents.iter().find(is_news)
                {
                    self.news = Some(torrent.info_hash);
                } else if self.news.is_some_and(|news| {
                    !torrents.iter().any(|torrent| torrent.info_hash == news && everyone_has(torrent))
                }) {
                    self.news = None;
                }
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
            Event::TipClaims { info_hash, claims } => {
                if self.in_view() == Some(info_hash) {
                    let new = claims.into_iter().filter(|claim| !self.claims.contains(claim));
                    self.claims = Rc::new(self.claims.iter().copied().chain(new).collect());
                }
            }
            Event::Journal { info_hash, dropped, entries } => {
                self.noted(info_hash, Report { dropped, entries });
            }
            Event::Storage(storage) => self.storage = Some(storage),
            Event::Hashing { id, done, .. } => {
                if let Some(share) = self.shares.get_mut(&id) {
                    share.stage = Stage::Hashing(done);
                }
            }
            Event::Shared { id, info_hash } => {
                let Some(share) = self.shares.get_mut(&id) else { return };
                share.stage = Stage::Done(info_hash);
                let ready = words::link_ready(share.name());
                if self.view == View::Share(id) {
                    self.show(View::Torrent(info_hash));
                } else {
                    self.notify(ready, false);
                }
            }
            Event::ShareFailed { id, why } => {
                if self.shares.remove(&id).is_none() {
                    return;
                }
                if self.view == View::Share(id) {
                    self.show(View::Home);
                }
                self.notify(words::reasons::refusal(&why), true);
            }
            Event::Saving { id, done, total } => {
                if let Some(save) = self.saves.get_mut(&id) {
                    save.progress = (done as f64 / total.max(1) as f64) as f32;
                }
            }
            Event::SaveFailed { id, why } => {
                if self.saves.remove(&id).is_some() {
                    self.notify(words::reasons::refusal(&why), true);
                }
            }
            Event::Added { info_hash, .. } => self.show(View::Torrent(info_hash)),
            Event::Refused { why } => self.notify(words::reasons::refusal(&why), true),
            Event::Fatal(why) => self.engine = EngineState::Failed(words::reasons::fatal(&why)),
        }
    }

    fn show(&mut self, view: View) {
        if self.view != view {
            self.view = view;
            self.detail = None;
            self.claims = Rc::default();
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
            Action::EngineState(state) => {
                // An engine that starts tells everything anew, a little at a time.
                if state == EngineState::Starting {
                    next.torrents = Rc::default();
                }
                next.engine = state;
            }
            Action::Trackers(trackers) => next.trackers = Rc::new(trackers),
            Action::Networks(networks, chain) => (next.networks, next.usual_chain) = (networks.into(), chain),
            Action::Prefer(preferences) => next.preferences = preferences,
            Action::Address(address) => next.address = address,
            Action::Show(view) => next.show(view),
            Action::Dialog(dialog) => next.dialog = dialog,
            Action::Share(id, share) => {
                next.shares.insert(id, *share);
                next.show(View::Share(id));
            }
            Action::Unshare(id) => {
                next.shares.remove(&id);
            }
            Action::HandlesGone(info_hash) => {
                next.without_handles.insert(info_hash);
            }
            Action::Speak(language) => next.language = language,
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
            Action::Save(id, save) => {
                next.saves.insert(id, save);
            }
            Action::SaveEnded(id) => {
                next.saves.remove(&id);
            }
            Action::StartsSlowly(id, slow) => {
                if let Some(share) = next.shares.get_mut(&id) {
                    share.slow = slow;
                }
            }
            Action::Notice { text, problem } => next.notify(text, problem),
            Action::Unreadable(unreadable) => {
                next.unreadable = Rc::new(unreadable);
                next.dialog = Some(Dialog::Unreadable);
            }
            Action::Hidden(hidden) => {
                next.hidden = hidden;
                next.news = next.news.filter(|_| hidden);
            }
            Action::Notifies(notifies) => next.notifies = notifies,
            Action::Dismiss(key) => next.notices.retain(|notice| notice.key != key),
            Action::Evicted(magnets) => next.evicted = Rc::new(magnets),
            Action::Follow(follows) => next.follows = follows,
            Action::Streaming(streaming) => next.streaming = Some(streaming),
            Action::Persisted(persisted) => {
                if let Some(storage) = &mut next.storage {
                    storage.persisted = persisted;
                }
            }
            Action::Tick => next.remember_speeds(),
        }
        Rc::new(next)
    }
}

/// Whether everyone who came for a torrent has it, so that whoever shares it may leave. Not so while nobody came.
#[must_use]
pub fn everyone_has(torrent: &TorrentView) -> bool {
    nobody_waits(torrent) && torrent.left_early == 0
}

/// Whether somebody came for a torrent and got it, and nobody who is connected waits for more of it.
#[must_use]
pub fn nobody_waits(torrent: &TorrentView) -> bool {
    torrent.state == State::Seeding && torrent.finished > 0 && torrent.waiting == 0
}

#[cfg(test)]
mod tests {
    use protocol::{Refusal, SharedFile};

    use super::*;

    const ID: ShareId = ShareId(1);

    fn hash(digit: char) -> InfoHash {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn torrent(digit: char) -> TorrentView {
        TorrentView {
            info_hash: hash(digit),
            name: "holiday.mp4".to_owned(),
            size: Some(1_000),
            file_count: 1,
            state: State::Seeding,
            progress: 1.0,
            peers: 0,
            seeds: 0,
            waiting: 0,
            finished: 0,
            left_early: 0,
            web_seeds: 0,
            down_rate: 0,
            up_rate: 0,
            downloaded: 0,
            uploaded: 0,
            seconds_left: None,
            source: DataSource::Files,
            problem: None,
            added_at: 0.0,
            magnet: format!("magnet:?xt=urn:btih:{}", hash(digit)),
        }
    }

    fn file(path: &str, length: u64) -> SharedFile {
        SharedFile { path: path.split('/').map(str::to_owned).collect(), length }
    }

    fn after(session: Session, actions: impl IntoIterator<Item = Action>) -> Session {
        let end = actions.into_iter().fold(Rc::new(session), |session, action| session.reduce(action));
        Rc::unwrap_or_clone(end)
    }

    fn sharing() -> Session {
        let files = vec![file("holiday.mp4", 1_000)];
        let share = Share::new("holiday.mp4".to_owned(), files, Choices::default(), false);
        after(Session::default(), [Action::Share(ID, Box::new(share))])
    }

    fn listed(torrents: Vec<TorrentView>) -> Action {
        Action::Engine(Event::Torrents(torrents))
    }

    #[test]
    fn choosing_files_shows_them_at_once() {
        assert_eq!(sharing().view, View::Share(ID));
    }

    #[test]
    fn a_hashed_share_becomes_its_torrent() {
        let shared = Action::Engine(Event::Shared { id: ID, info_hash: hash('a') });
        let session = after(sharing(), [shared]);
        assert_eq!(session.view, View::Torrent(hash('a')));
        assert_eq!(session.share_of(hash('a')).map(|(id, _)| id), Some(ID));
    }

    #[test]
    fn a_link_that_is_ready_leaves_the_user_where_they_are() {
        let shared = Action::Engine(Event::Shared { id: ID, info_hash: hash('a') });
        let session = after(sharing(), [Action::Show(View::Home), shared]);
        assert_eq!(session.view, View::Home);
        assert_eq!(session.notices[0].text, words::link_ready("holiday.mp4"));
    }

    #[test]
    fn a_share_that_fails_says_why_and_goes_away() {
        let failed = Action::Engine(Event::ShareFailed { id: ID, why: Refusal::NothingComplete });
        let session = after(sharing(), [failed]);
        assert_eq!((session.view, session.shares.len()), (View::Home, 0));
        assert!(session.notices[0].problem);
    }

    #[test]
    fn a_share_of_another_tab_that_fails_is_not_mentioned() {
        let failed = Action::Engine(Event::ShareFailed { id: ID, why: Refusal::NothingComplete });
        assert!(after(Session::default(), [failed]).notices.is_empty());
    }

    #[test]
    fn what_is_being_saved_goes_on_until_it_fails() {
        let (id, save) = (SaveId(1), Save { info_hash: hash('a'), form: SaveForm::Zip, progress: 0.0 });
        let saving = Action::Engine(Event::Saving { id, done: 3, total: 4 });
        let session = after(Session::default(), [Action::Save(id, save), saving]);
        assert_eq!(session.save_of(hash('a')), Some((id, Save { progress: 0.75, ..save })));
        let failed = || Action::Engine(Event::SaveFailed { id, why: Refusal::NothingComplete });
        let session = after(session, [failed()]);
        assert_eq!((session.save_of(hash('a')), session.notices.len()), (None, 1));
        assert_eq!(after(Session::default(), [failed()]).notices.len(), 0);
    }

    #[test]
    fn a_torrent_that_is_removed_leaves_the_view() {
        let shown = [listed(vec![torrent('a')]), Action::Show(View::Torrent(hash('a')))];
        let session = after(Session::default(), shown);
        assert_eq!(after(session, [listed(Vec::new())]).view, View::Home);
    }

    #[test]
    fn a_torrent_that_is_not_listed_yet_stays_in_view() {
        let added = Action::Engine(Event::Added { info_hash: hash('a'), known: false });
        let session = after(Session::default(), [added, listed(Vec::new())]);
        assert_eq!(session.view, View::Torrent(hash('a')));
    }

    #[test]
    fn a_torrent_stays_in_view_while_another_tab_takes_over() {
        let starts =
            [Action::EngineState(EngineState::Starting), listed(Vec::new()), listed(vec![torrent('a')])];
        let shown = [listed(vec![torrent('a')]), Action::Show(View::Torrent(hash('a')))];
        let session = after(after(Session::default(), shown), starts);
        assert_eq!((session.view, session.torrents.len()), (View::Torrent(hash('a')), 1));
    }

    #[test]
    fn details_of_another_torrent_are_not_shown() {
        let detail = TorrentDetail {
            info_hash: hash('b'),
            files: Vec::new(),
            pieces: None,
            peers: Vec::new(),
            departed: Vec::new(),
            web_seeds: Vec::new(),
            trackers: Vec::new(),
            downloaded: 0,
            wasted: 0,
            limits: protocol::Limits::default(),
            comment: None,
            private: false,
            payment_options: Vec::new(),
            endorsements: Vec::new(),
        };
        let late = Action::Engine(Event::Detail(Box::new(detail)));
        let session = after(Session::default(), [Action::Show(View::Torrent(hash('a'))), late]);
        assert_eq!(session.detail, None);
    }

    #[test]
    fn the_torrent_in_view_is_not_among_the_others() {
        let session = after(Session::default(), [listed(vec![torrent('a')])]);
        assert!(session.has_others());
        assert!(!after(session, [Action::Show(View::Torrent(hash('a')))]).has_others());
    }

    #[test]
    fn speeds_are_remembered_for_two_minutes() {
        let busy = TorrentView { up_rate: 7, ..torrent('a') };
        let ticks = std::iter::repeat_n(Action::Tick, HISTORY_SECONDS + 5);
        let session = after(Session::default(), std::iter::once(listed(vec![busy])).chain(ticks));
        assert_eq!(session.history[&hash('a')].up.len(), HISTORY_SECONDS);
    }

    #[test]
    fn an_idle_second_changes_nothing() {
        let session = after(Session::default(), [listed(vec![torrent('a')])]);
        assert_eq!(after(session.clone(), [Action::Tick]), session);
    }

    /// Issue 11, A2.3.
    #[test]
    fn everyone_has_a_share_once_somebody_came_and_nobody_lacks_anything_or_left_before() {
        let served = TorrentView { finished: 1, ..torrent('a') };
        assert!(everyone_has(&served));
        assert!(!everyone_has(&torrent('a')), "nobody came");
        assert!(!everyone_has(&TorrentView { waiting: 1, ..served.clone() }));
        assert!(!everyone_has(&TorrentView { left_early: 1, ..served.clone() }));
        assert!(!everyone_has(&TorrentView { state: State::Paused, ..served }));
    }

    /// Issue 11, A2.3.
    #[test]
    fn it_is_news_that_everyone_has_a_share_while_nobody_sees_the_page() {
        let busy = || listed(vec![TorrentView { waiting: 1, finished: 1, ..torrent('a') }]);
        let served = || listed(vec![TorrentView { finished: 2, ..torrent('a') }]);
        let seen = after(Session::default(), [busy(), served()]);
        assert_eq!(seen.news, None, "the page says so");
        let hidden = after(Session::default(), [busy(), Action::Hidden(true), served(), served()]);
        assert_eq!(hidden.news, Some(hash('a')));
        assert_eq!(after(hidden.clone(), [Action::Hidden(false)]).news, None);
        assert_eq!(after(hidden, [busy()]).news, None, "another one came");
        let reopened = after(Session::default(), [Action::Hidden(true), served()]);
        assert_eq!(reopened.news, None, "it was so before");
    }

    /// Issue 11, A2.3.
    #[test]
    fn a_device_stays_awake_while_somebody_sees_bytes_flow() {
        let giving = || listed(vec![TorrentView { up_rate: 7, ..torrent('a') }]);
        assert!(after(Session::default(), [giving()]).keeps_awake());
        assert!(!after(Session::default(), [giving(), Action::Hidden(true)]).keeps_awake());
        assert!(!after(Session::default(), [giving(), listed(vec![torrent('a')])]).keeps_awake());
    }

    /// Issue 11, A2.2.
    #[test]
    fn what_cannot_be_read_is_asked_about_before_there_is_a_share() {
        let unreadable = Unreadable { paths: vec![vec!["trip".to_owned(), "a.txt".to_owned()]], others: 18 };
        let session = after(Session::default(), [Action::Unreadable(unreadable.clone())]);
        assert_eq!(session.dialog, Some(Dialog::Unreadable));
        assert_eq!((&*session.unreadable, session.shares.len()), (&unreadable, 0));
    }

    #[test]
    fn notices_do_not_pile_up() {
        let say = |text: &str| Action::Notice { text: text.to_owned(), problem: true };
        let session = after(Session::default(), ["a", "b", "b", "c", "d"].map(say));
        let texts: Vec<&str> = session.notices.iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!(texts, ["b", "c", "d"]);
    }

    #[test]
    fn leaving_loses_work_only_while_the_users_own_files_are_needed() {
        assert!(sharing().would_lose_work());
        let giving = |source| TorrentView { up_rate: 7, source, ..torrent('a') };
        let with = |torrent| after(Session::default(), [listed(vec![torrent])]);
        assert!(with(giving(DataSource::Files)).would_lose_work());
        assert!(!with(giving(DataSource::Browser)).would_lose_work());
        assert!(!with(torrent('a')).would_lose_work());
        assert!(!after(sharing(), [Action::Follow(true)]).would_lose_work());
    }

    #[test]
    fn a_changed_choice_asks_for_a_new_link() {
        let choices = Choices { private: true, ..Choices::default() };
        let session = after(sharing(), [Action::Choose(ID, choices)]);
        assert!(session.shares[&ID].has_new_choices());
    }

    /// Issue 12, 6.
    #[test]
    fn what_happened_in_a_torrent_is_gathered_while_it_is_listed() {
        let noted = |letter, at: u64| {
            let entries = vec![format!("{at} 1 left")];
            Action::Engine(Event::Journal { info_hash: hash(letter), dropped: 0, entries })
        };
        let session = after(Session::default(), [listed(vec![torrent('a')]), noted('a', 1), noted('a', 2)]);
        assert_eq!(session.journals[&hash('a')].entries, ["1 1 left", "2 1 left"]);
        assert!(after(session.clone(), [listed(Vec::new())]).journals.is_empty());
        assert_eq!(after(session, [noted('b', 3)]).journals.len(), 1);
    }
}

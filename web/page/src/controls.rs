//! What the page does when the user or the engine asks: everything that has effects outside the [`Session`].

mod access;
mod exporting;
mod first_visit;
mod keeping;
mod many;
mod saving;
mod sharing;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use host::{Config, Host, News, link};
use journal::Report;
use js_sys::{Array, Function, Math};
use language::Language;
use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::purse::PurseCommand;
use protocol::tips::TipsCommand;
use protocol::{Command, Event, Preferences, TorrentView};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;
use yew::UseStateSetter;

use crate::browser;
use crate::handles;
use crate::installed;
use crate::memo::Memo;
use crate::notification;
use crate::preferences;
use crate::session::{Action, Address, Dialog, EngineState, Session, View};
use crate::view::payments;
use crate::words;

/// The fragment of the address that shows what happens inside.
const DEBUG: &str = "debug";
/// Name of a saved report.
const REPORT: &str = "seedcast-report.txt";

/// What components and listeners may ask for. There is one as long as there is the page, so whoever needs it has a copy.
#[derive(Clone, Copy)]
pub(crate) struct Controls(&'static Inner);

struct Inner {
    /// What the page knows, and who draws it.
    session: RefCell<Rc<Session>>,
    drawn: UseStateSetter<Rc<Session>>,
    host: OnceCell<Rc<Host>>,
    /// The number of what is shared or saved next.
    next_id: Cell<u32>,
    sharing: sharing::Files,
    saving: saving::Ways,
    /// Torrents whose files were looked for since they went missing.
    searched: RefCell<LiteMap<InfoHash, ()>>,
    /// What the user chose again, until it is known whose files these are.
    chosen_again: RefCell<Option<access::ChosenAgain>>,
    storage_asked: Cell<bool>,
    /// To be called when the user was told what others see.
    go_on: RefCell<Option<Function>>,
    memo: Memo,
    /// Who hears what the purse says.
    purse: RefCell<Option<PurseListener>>,
}

type PurseListener = Rc<dyn Fn(&[u8])>;

impl PartialEq for Controls {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Controls {
    /// Controls of a session that begins, each state of which is drawn.
    pub(crate) fn new(session: Rc<Session>, drawn: UseStateSetter<Rc<Session>>) -> Self {
        let controls = Self(Box::leak(Box::new(Inner {
            session: RefCell::new(session),
            drawn,
            host: OnceCell::new(),
            // Other tabs count their own from elsewhere.
            next_id: Cell::new((Math::random() * f64::from(u32::MAX)) as u32),
            sharing: sharing::Files::default(),
            saving: saving::Ways::default(),
            searched: RefCell::default(),
            chosen_again: RefCell::default(),
            storage_asked: Cell::new(false),
            go_on: RefCell::default(),
            memo: Memo::default(),
            purse: RefCell::default(),
        })));
        controls.0.host.get_or_init(|| Host::new(move |news| controls.hear(news)));
        controls
    }

    /// Starts the engine, or follows the tab that has it until this one can take over.
    pub(crate) async fn run(self) {
        if !browser::window().is_secure_context() {
            self.dispatch(Action::EngineState(EngineState::Failed(words::INSECURE.into())));
            return;
        }
        // The document shows what its address names, and goes on doing so. The engine hears of it when it runs.
        self.open_address();
        let config = Config::fetch().await;
        self.dispatch(Action::Trackers(config.trackers.clone()));
        self.dispatch(Action::Relays(config.has_relay()));
        self.dispatch(Action::Prefer(preferences::chosen()));
        if config.first_visit.is_some() && !host::was_told() {
            self.tell_first().await;
        }
        let usual_chain = config.usual_chain().and_then(|chain| chain.parse().ok());
        let networks = config.tips.clone().unwrap_or_default();
        self.dispatch(Action::Networks(networks, usual_chain, config.has_payments()));
        // Not before: without a chain an address that takes tips is left out.
        installed::take_shared(self);
        installed::take_opened(self);
        let notifies = preferences::notifications() && notification::permitted(false).await;
        self.dispatch(Action::Notifies(notifies));
        // Not of itself where a node would be shown an address that is to be seen by nobody but relays.
        if !self.preferences().relay_only && payments::are_on().await {
            // Whoever is owed money, or owes it, goes on from where it was.
            self.purse_command(postcard::to_allocvec(&PurseCommand::Look).unwrap_or_default());
        }
        self.host().clone().run(config, move || self.preferences()).await;
    }

    /// Changes the session, which is drawn if it is another.
    pub(crate) fn dispatch(self, action: Action) {
        let before = self.session();
        let mut next = (*before).clone();
        next.change(action);
        if next != *before {
            let next = Rc::new(next);
            self.0.session.replace(next.clone());
            self.0.drawn.set(next);
        }
    }

    /// Gives the engine a command, now or when it runs.
    pub(crate) fn command(self, command: Command) {
        self.command_with(command, Array::new());
    }

    /// Says something to the purse.
    pub(crate) fn purse_command(self, command: Vec<u8>) {
        self.host().purse_command(command);
    }

    /// Who hears what the purse says from now on.
    pub(crate) fn hear_purse(self, hear: Option<PurseListener>) {
        self.0.purse.replace(hear);
    }

    /// Gives the engine a command of the program of tips.
    pub(crate) fn tips_command(self, command: TipsCommand) {
        self.host().tips_command(command);
    }

    /// Shows this.
    pub(crate) fn show(self, view: View) {
        self.dispatch(Action::Show(view));
    }

    /// Lays this over the view, or nothing.
    pub(crate) fn dialog(self, dialog: Option<Dialog>) {
        if self.0.sharing.forget_held() {
            installed::forget_shared();
        }
        self.dispatch(Action::Dialog(dialog));
    }

    /// Tells the user what went wrong.
    pub(crate) fn complain(self, text: impl Into<String>) {
        self.dispatch(Action::Notice { text: text.into(), problem: true });
    }

    /// Speaks another language, now and on later visits; that of the browser if none.
    pub(crate) fn choose_language(self, choice: Option<Language>) {
        preferences::remember_language(choice);
        spawn_local(async move {
            crate::speak(choice).await;
            self.dispatch(Action::Speak(language::spoken()));
        });
    }

    /// Opens the torrent that `text` names.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text.
    pub(crate) fn open_link(self, text: &str) -> Result<(), String> {
        let magnet = link::parse(text).map_err(|typo| words::typo(&typo))?;
        // Its place is shown before the engine knows of it.
        let name = magnet.name.clone().unwrap_or_default();
        self.dispatch(Action::Open { info_hash: magnet.hashes.id(), name });
        let metadata_only = browser::asks_for_tip();
        self.command(Command::AddMagnet { magnet: magnet.to_string(), metadata_only });
        Ok(())
    }

    /// The link by which others open the torrent of this magnet link here.
    pub(crate) fn share_link(self, magnet: &str) -> String {
        link::share_link(&browser::address(), magnet, &self.0.session.borrow().trackers)
    }

    /// Opens the torrent in the page's address, if it has one.
    pub(crate) fn open_address(self) {
        self.note_address();
        let fragment = browser::fragment();
        if fragment == DEBUG {
            self.command(Command::Record);
            self.show(View::Debug);
            return;
        }
        if !fragment.is_empty()
            && let Err(why) = self.open_link(&fragment)
        {
            self.complain(why);
        }
    }

    /// Notes what the page's address says.
    pub(crate) fn note_address(self) {
        let (fragment, asks_for_tip) = (browser::fragment().into(), browser::asks_for_tip());
        self.dispatch(Action::Address(Address { fragment, asks_for_tip }));
    }

    /// Notifies the user from now on when everyone has what they share, or does not. Must be called inside a click:
    /// the browser asks the user, too.
    pub(crate) fn notify_of_visitors(self, wanted: bool) {
        spawn_local(async move {
            let notifies = wanted && notification::permitted(true).await;
            preferences::remember_notifications(notifies);
            self.dispatch(Action::Notifies(notifies));
            if wanted && !notifies {
                self.complain(words::NOTIFY_DENIED);
            }
        });
    }

    /// Does what the user wants of all torrents, now and on later visits. What they do not change here stays as another tab
    /// may have it.
    pub(crate) fn prefer(self, change: impl FnOnce(&mut Preferences)) {
        let mut preferences = self.preferences();
        change(&mut preferences);
        preferences::remember(&preferences);
        if preferences.relay_only && !self.session().preferences.relay_only {
            self.host().close_purse();
        }
        self.dispatch(Action::Prefer(preferences));
        self.command(Command::Prefer(preferences));
    }

    /// Saves what is known of what happened in a torrent, as a file that says nothing of who or what it was.
    pub(crate) fn save_report(self, report: &Report<String>) {
        self.download(browser::blob(report.to_string().as_bytes()), REPORT);
    }

    /// Removes torrents.
    pub(crate) fn remove(self, torrents: &[InfoHash], delete_data: bool) {
        for info_hash in torrents.iter().copied() {
            self.command(Command::Remove { info_hash, delete_data });
            spawn_local(async move { drop(handles::forget(info_hash).await) });
        }
        self.show(View::Home);
        self.dispatch(Action::Picking(false));
    }

    /// What the user wants, as the tab has it in which they said so last. Where nothing is stored, that is this one.
    fn preferences(self) -> Preferences {
        preferences::stored().unwrap_or_else(|| self.session().preferences)
    }

    /// What the page knows.
    fn session(self) -> Rc<Session> {
        self.0.session.borrow().clone()
    }

    fn host(self) -> &'static Rc<Host> {
        self.0.host.get().expect("`new` sets it, and nobody has controls before")
    }

    fn next_id(self) -> u32 {
        let id = self.0.next_id.get();
        self.0.next_id.set(id.wrapping_add(1));
        id
    }

    fn command_with(self, command: Command, parts: Array) {
        self.host().command_with(command, parts);
    }

    fn hear(self, news: News) {
        match news {
            News::Follows => self.dispatch(Action::Follow(true)),
            News::Owns => self.dispatch(Action::Follow(false)),
            News::Restarted => self.reintroduce(),
            News::Purse => self.host().open_purse(&self.session().networks),
            News::Streaming(streaming) => self.dispatch(Action::Streaming(streaming)),
            News::Event(event, parts) => self.receive(event, &parts),
        }
    }

    /// Tells an engine that has just started, here or in another tab, what the one before knew of this page.
    fn reintroduce(self) {
        self.dispatch(Action::EngineState(EngineState::Starting));
        self.0.searched.borrow_mut().clear();
        self.command(Command::Watch(self.session().shown.in_view()));
        self.save_again();
        self.share_all_again();
    }

    fn receive(self, event: Event, parts: &Array) {
        match event {
            Event::Shelf(known) if self.host().owns() => {
                self.dispatch(Action::Evicted(self.0.memo.compare(&known)));
            }
            Event::Saved { info_hash, file, name } => self.saved(info_hash, file, &name, parts),
            Event::SavedAll { id, names } => self.saved_all(id, names, parts),
            Event::ShareFailed { id, why } => self.share_failed(id, why),
            Event::Purse(news) => {
                let hear = self.0.purse.borrow().clone();
                if let Some(hear) = hear {
                    hear(&news);
                }
            }
            Event::TorrentFile { name, bytes } => self.download(browser::blob(&bytes), &name),
            event => {
                match &event {
                    Event::Shared { id, info_hash } => self.shared(*id, *info_hash),
                    Event::SaveFailed { id, .. } => self.0.saving.end(*id),
                    Event::Detail(detail) => self.compare_chosen(detail),
                    Event::Torrents(torrents) => {
                        self.search(torrents);
                        self.hide_key(torrents);
                        if self.host().owns() {
                            self.note(torrents);
                        }
                    }
                    _ => {}
                }
                self.dispatch(Action::Engine(event));
            }
        }
    }

    /// Takes the key of a sealed share out of the page's address once the browser keeps it elsewhere: histories go to other
    /// devices, and addresses into pictures of the screen.
    fn hide_key(self, torrents: &[TorrentView]) {
        let session = self.session();
        let Ok(link) = link::parse(&browser::fragment()) else { return };
        let is_it = |torrent: &&TorrentView| link.hashes.swarms().any(|swarm| swarm == torrent.info_hash);
        if link.key.is_some()
            && let Some(torrent) = torrents.iter().find(is_it)
            && session.keeps_key_of(torrent)
        {
            let address = self.share_link(&link::locked(&link.to_string()));
            browser::replace_fragment(address.split_once('#').map_or("", |(_, fragment)| fragment));
            self.note_address();
        }
    }

    fn download(self, blob: Result<Blob, JsValue>, name: &str) {
        if blob.and_then(|blob| browser::download(&blob, name)).is_err() {
            self.complain(words::not_saved(name));
        }
    }
}

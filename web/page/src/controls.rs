//! What the page does when the user or the engine asks: everything that has effects outside the [`Session`].

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::rc::{Rc, Weak};

use btt::Chain;
use host::{Config, Host, News, link};
use journal::Report;
use js_sys::{Array, Math};
use language::Language;
use metainfo::{InfoHash, Magnet};
use protocol::tips::TipsCommand;
use protocol::{
    Command, DataSource, Event, FileView, Preferences, Refusal, SaveForm, SaveId, ShareId, TorrentView,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File, FileSystemDirectoryHandle};
use yew::{Callback, UseReducerDispatcher};

use crate::browser;
use crate::chosen::{Chosen, ChosenFile};
use crate::folder;
use crate::handles;
use crate::memo::Memo;
use crate::notification;
use crate::preferences;
use crate::session::{Action, Address, Dialog, EngineState, Save, Session, View};
use crate::share::{Choices, Share, Stage, Unreadable, own_name};
use crate::words;

/// Bytes up to which a share without handles is copied into the browser, so that it survives a reload.
const COPIED_UNASKED: u64 = 256 << 20;
/// Bytes above which a file that ends in `.torrent` is none.
const TORRENT_FILE_LIMIT: f64 = 10.0 * 1024.0 * 1024.0;

/// The fragment of the address that shows what happens inside.
const DEBUG: &str = "debug";
/// Name of a saved report.
const REPORT: &str = "seedcast-report.txt";

/// What components and listeners may ask for. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Controls(Rc<Inner>);

struct Inner {
    session: UseReducerDispatcher<Session>,
    host: Rc<Host>,
    shares: RefCell<BTreeMap<ShareId, Sharing>>,
    saves: RefCell<BTreeMap<SaveId, Saving>>,
    /// The number of what is shared or saved next.
    next_id: Cell<u32>,
    /// Torrents whose files were looked for since they went missing.
    searched: RefCell<BTreeSet<InfoHash>>,
    storage_asked: Cell<bool>,
    /// The chain of tip addresses that name none.
    usual_chain: Cell<Option<Chain>>,
    /// The torrent in view.
    watched: Cell<Option<InfoHash>>,
    memo: Memo,
    /// Who waits for which complete file.
    openings: RefCell<Vec<Opening>>,
    /// What the user may share without what cannot be read.
    held: RefCell<Option<Held>>,
}

/// A share that waits for the user's decision.
struct Held {
    chosen: Chosen,
    choices: Choices,
    replaces: Option<InfoHash>,
}

/// Somebody on this page who wants to show a complete file of a torrent.
struct Opening {
    info_hash: InfoHash,
    file: u32,
    opened: Callback<Blob>,
}

/// All files of a torrent, on their way out.
struct Saving {
    save: Save,
    /// Where they go; `None` for a zip among the downloads.
    folder: Option<FileSystemDirectoryHandle>,
    /// Whether the engine has done its part.
    prepared: bool,
}

/// The files behind a share.
struct Sharing {
    chosen: Rc<Chosen>,
    choices: Choices,
    /// What the engine was asked for.
    request: Command,
    /// What it became.
    info_hash: Option<InfoHash>,
    /// The torrent that this share replaces when it is hashed.
    replaces: Option<InfoHash>,
    /// What the user said about a copy after hashing began.
    keep_copy: Option<bool>,
}

impl PartialEq for Controls {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Controls {
    /// Controls of this session.
    pub(crate) fn new(session: UseReducerDispatcher<Session>) -> Self {
        Self(Rc::new_cyclic(|inner: &Weak<Inner>| {
            let listener = inner.clone();
            let host = Host::new(move |news| {
                if let Some(inner) = listener.upgrade() {
                    Self(inner).hear(news);
                }
            });
            Inner {
                session,
                host,
                shares: RefCell::default(),
                saves: RefCell::default(),
                // Other tabs count their own from elsewhere.
                next_id: Cell::new((Math::random() * f64::from(u32::MAX)) as u32),
                searched: RefCell::default(),
                storage_asked: Cell::new(false),
                usual_chain: Cell::new(None),
                watched: Cell::new(None),
                memo: Memo::default(),
                openings: RefCell::default(),
                held: RefCell::default(),
            }
        }))
    }

    /// Starts the engine, or follows the tab that has it until this one can take over.
    pub(crate) async fn run(self) {
        if !browser::window().is_secure_context() {
            self.dispatch(Action::EngineState(EngineState::Failed(words::INSECURE.into())));
            return;
        }
        let config = Config::fetch().await;
        self.dispatch(Action::Trackers(config.trackers.clone()));
        self.0.usual_chain.set(config.usual_chain().and_then(|chain| chain.parse().ok()));
        let networks = config.tips.clone().unwrap_or_default();
        self.dispatch(Action::Networks(networks, self.0.usual_chain.get()));
        self.dispatch(Action::Prefer(preferences::chosen()));
        let notifies = preferences::notifications() && notification::permitted(false).await;
        self.dispatch(Action::Notifies(notifies));
        self.open_address();
        self.0.host.clone().run(config, preferences::chosen).await;
    }

    /// Changes the session.
    pub(crate) fn dispatch(&self, action: Action) {
        self.0.session.dispatch(action);
    }

    /// Gives the engine a command, now or when it runs.
    pub(crate) fn command(&self, command: Command) {
        self.command_with(command, Array::new());
    }

    /// Gives the engine a command of the program of tips.
    pub(crate) fn tips_command(&self, command: TipsCommand) {
        self.0.host.tips_command(command);
    }

    /// Shows this.
    pub(crate) fn show(&self, view: View) {
        self.dispatch(Action::Show(view));
    }

    /// Lays this over the view, or nothing.
    pub(crate) fn dialog(&self, dialog: Option<Dialog>) {
        self.0.held.take();
        self.dispatch(Action::Dialog(dialog));
    }

    /// Tells the user what went wrong.
    pub(crate) fn complain(&self, text: impl Into<String>) {
        self.dispatch(Action::Notice { text: text.into(), problem: true });
    }

    /// Speaks another language, now and on later visits; that of the browser if none.
    pub(crate) fn choose_language(&self, choice: Option<Language>) {
        preferences::remember_language(choice);
        let controls = self.clone();
        spawn_local(async move {
            crate::speak(choice).await;
            controls.dispatch(Action::Speak(language::spoken()));
        });
    }

    /// Opens the torrent that `text` names.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text.
    pub(crate) fn open_link(&self, text: &str) -> Result<(), String> {
        let magnet = link::parse(text).map_err(|typo| words::typo(&typo))?;
        let metadata_only = browser::asks_for_tip();
        self.command(Command::AddMagnet { magnet: magnet.to_string(), metadata_only });
        Ok(())
    }

    /// Opens the torrent in the page's address, if it has one.
    pub(crate) fn open_address(&self) {
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
    pub(crate) fn note_address(&self) {
        let (fragment, asks_for_tip) = (browser::fragment().into(), browser::asks_for_tip());
        self.dispatch(Action::Address(Address { fragment, asks_for_tip }));
    }

    /// Shares what the user chose, or opens it if it is torrent files.
    pub(crate) fn take(&self, chosen: Chosen) {
        self.keep_storage();
        let choices = Choices { tip_address: preferences::tip_address(), ..Choices::default() };
        if !chosen.unreadable.is_empty() {
            self.hold(Held { chosen, choices, replaces: None });
        } else if chosen.files.is_empty() {
            self.complain(words::NO_FILES);
        } else if chosen.files.iter().all(|chosen| is_torrent_file(&chosen.file)) {
            for chosen in chosen.files {
                self.open_torrent_file(chosen.file);
            }
        } else {
            self.share(Rc::new(chosen), choices, None);
        }
    }

    /// Saves what is known of what happened in a torrent, as a file that says nothing of who or what it was.
    pub(crate) fn save_report(&self, report: &Report<String>) {
        self.download(browser::blob(report.to_string().as_bytes()), REPORT);
    }

    /// Shares what can be read of what the user chose.
    pub(crate) fn share_readable(&self) {
        if let Some(Held { mut chosen, choices, replaces }) = self.0.held.take() {
            chosen.unreadable.clear();
            self.share(Rc::new(chosen), choices, replaces);
        }
    }

    /// Notifies the user from now on when everyone has what they share, or does not. Must be called inside a click:
    /// the browser asks the user, too.
    pub(crate) fn notify_of_visitors(&self, wanted: bool) {
        let controls = self.clone();
        spawn_local(async move {
            let notifies = wanted && notification::permitted(true).await;
            preferences::remember_notifications(notifies);
            controls.dispatch(Action::Notifies(notifies));
            if wanted && !notifies {
                controls.complain(words::NOTIFY_DENIED);
            }
        });
    }

    /// Opens the torrent that a `.torrent` file describes.
    pub(crate) fn open_torrent_file(&self, file: File) {
        self.keep_storage();
        let controls = self.clone();
        spawn_local(async move {
            if file.size() > TORRENT_FILE_LIMIT {
                controls.complain(words::not_a_torrent_file(&file.name()));
                return;
            }
            match file.array_buffer().await {
                Ok(buffer) => {
                    let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
                    controls.command(Command::AddTorrent { bytes });
                }
                Err(_unreadable) => controls.complain(words::unreadable(&file.name())),
            }
        });
    }

    /// Makes the link of a share again, with what its form says now.
    pub(crate) fn share_again(&self, id: ShareId, share: &Share) {
        let Some(Sharing { chosen, replaces, .. }) = self.0.shares.borrow_mut().remove(&id) else { return };
        let former = match share.stage {
            Stage::Hashing(_) => {
                self.command(Command::CancelShare(id));
                replaces
            }
            Stage::Done(info_hash) => Some(info_hash),
        };
        self.dispatch(Action::Unshare(id));
        self.share(chosen, share.choices.clone(), former);
    }

    /// Keeps a copy of a share that is being hashed, or does not.
    pub(crate) fn keep_copy(&self, id: ShareId, keep: bool) {
        if let Some(sharing) = self.0.shares.borrow_mut().get_mut(&id) {
            sharing.keep_copy = Some(keep);
        }
        self.dispatch(Action::KeepCopy(id, keep));
    }

    /// Stops hashing a share.
    pub(crate) fn cancel_share(&self, id: ShareId) {
        self.0.shares.borrow_mut().remove(&id);
        self.command(Command::CancelShare(id));
        self.dispatch(Action::Unshare(id));
        self.show(View::Home);
    }

    /// Does what the user wants of all torrents, now and on later visits.
    pub(crate) fn prefer(&self, preferences: Preferences) {
        preferences::remember(&preferences);
        self.dispatch(Action::Prefer(preferences));
        self.command(Command::Prefer(preferences));
    }

    /// Saves all complete files of a torrent as one zip.
    pub(crate) fn save_zip(&self, info_hash: InfoHash) {
        self.keep_storage();
        self.save(info_hash, SaveForm::Zip, None);
    }

    /// Saves all complete files of a torrent into a folder that the user chooses. Must be called inside a click.
    pub(crate) fn save_to_folder(&self, info_hash: InfoHash) {
        let controls = self.clone();
        let chosen = folder::choose();
        spawn_local(async move {
            if let Some(folder) = chosen.await {
                controls.save(info_hash, SaveForm::Files, Some(folder));
            }
        });
    }

    /// Stops saving all files of a torrent. Those that are in their folder already stay there.
    pub(crate) fn cancel_save(&self, id: SaveId) {
        self.0.saves.borrow_mut().remove(&id);
        self.command(Command::CancelSave(id));
        self.dispatch(Action::SaveEnded(id));
    }

    /// Removes a torrent.
    pub(crate) fn remove(&self, info_hash: InfoHash, delete_data: bool) {
        self.command(Command::Remove { info_hash, delete_data });
        self.show(View::Home);
        spawn_local(async move { drop(handles::forget(info_hash).await) });
    }

    /// Reads the files of a share again, asking the user for access. Must be called inside a click.
    pub(crate) fn grant_access(&self, info_hash: InfoHash) {
        let controls = self.clone();
        spawn_local(async move {
            match handles::recall(info_hash).await {
                Some(remembered) if remembered.permitted(true).await => match remembered.files().await {
                    Some(files) => controls.attach(info_hash, &files),
                    None => controls.complain(words::FILES_MOVED),
                },
                Some(_) => controls.complain(words::ACCESS_DENIED),
                None => controls.dispatch(Action::HandlesGone(info_hash)),
            }
        });
    }

    /// Gives the engine the files behind a torrent, in torrent order.
    pub(crate) fn attach(&self, info_hash: InfoHash, files: &[ChosenFile]) {
        let parts = files.iter().map(|chosen| &chosen.file).collect();
        self.command_with(Command::Attach(info_hash), parts);
    }

    /// Gives the engine the files that the user chose again, if they have the names and lengths of the
    /// torrent's own.
    pub(crate) fn attach_chosen(&self, info_hash: InfoHash, wanted: &[FileView], chosen: &Chosen) {
        match chosen.in_order_of(wanted) {
            Some(files) => self.attach(info_hash, &files),
            None => self.complain(words::OTHER_CHOSEN),
        }
    }

    /// Opens a complete file of a torrent, to show it.
    pub(crate) fn open_file(&self, info_hash: InfoHash, file: u32, opened: Callback<Blob>) {
        self.0.openings.borrow_mut().push(Opening { info_hash, file, opened });
        self.command(Command::Save { info_hash, file });
    }

    /// Asks the browser to keep what is stored here, once. Some browsers ask the user in turn, who expects it
    /// only after adding or saving something.
    pub(crate) fn keep_storage(&self) {
        if !self.0.storage_asked.replace(true) {
            self.ask_to_keep(|_controls| {});
        }
    }

    /// The same because the user said so, who hears of a refusal.
    pub(crate) fn insist_on_storage(&self) {
        self.ask_to_keep(|controls| controls.complain(words::STORAGE_REFUSED));
    }

    /// Downloads what the browser deleted.
    pub(crate) fn fetch_evicted(&self, magnets: &[Magnet]) {
        self.keep_storage();
        for magnet in magnets {
            self.command(Command::AddMagnet { magnet: magnet.to_string(), metadata_only: false });
        }
        self.dispatch(Action::Evicted(Vec::new()));
    }

    /// Forgets what the browser deleted.
    pub(crate) fn let_evicted_go(&self) {
        self.0.memo.let_go();
        self.dispatch(Action::Evicted(Vec::new()));
    }

    fn ask_to_keep(&self, refused: impl FnOnce(&Self) + 'static) {
        let controls = self.clone();
        spawn_local(async move {
            let persisted = browser::keep_storage().await;
            controls.dispatch(Action::Persisted(persisted));
            if !persisted {
                refused(&controls);
            }
        });
    }

    fn share(&self, chosen: Rc<Chosen>, choices: Choices, replaces: Option<InfoHash>) {
        let id = ShareId(self.next_id());
        let files = chosen.shared_files();
        let size: u64 = files.iter().map(|file| file.length).sum();
        let keep_copy = chosen.handles.is_empty() && size <= COPIED_UNASKED;
        let mut options = choices.options(self.0.usual_chain.get(), keep_copy);
        let wrong_payees = choices.payees(self.0.usual_chain.get()).is_err();
        if !wrong_payees {
            preferences::remember_tip_address(choices.tip_address.trim());
        }
        let own_name = own_name(&files);
        if options.name.is_empty() {
            options.name.clone_from(&own_name);
        }
        let request = Command::Share { id, files: files.clone(), options };
        self.command_with(request.clone(), chosen.parts());
        self.look_for_slow_starts(id, chosen.clone());
        let sharing =
            Sharing { chosen, choices: choices.clone(), request, info_hash: None, replaces, keep_copy: None };
        self.0.shares.borrow_mut().insert(id, sharing);
        let mut share = Share::new(own_name, files, choices, keep_copy);
        if wrong_payees {
            share.leave_payees_out();
        }
        self.dispatch(Action::Share(id, Box::new(share)));
    }

    fn save(&self, info_hash: InfoHash, form: SaveForm, folder: Option<FileSystemDirectoryHandle>) {
        let id = SaveId(self.next_id());
        let save = Save { info_hash, form, progress: 0.0 };
        self.0.saves.borrow_mut().insert(id, Saving { save, folder, prepared: false });
        self.dispatch(Action::Save(id, save));
        self.command(Command::SaveAll { id, info_hash, form });
    }

    fn next_id(&self) -> u32 {
        let id = self.0.next_id.get();
        self.0.next_id.set(id.wrapping_add(1));
        id
    }

    /// Tells the user of videos that start slowly, while nobody has the link yet.
    fn look_for_slow_starts(&self, id: ShareId, chosen: Rc<Chosen>) {
        let controls = self.clone();
        spawn_local(async move {
            let slow = chosen.slow_starts().await;
            if !slow.is_empty() {
                controls.dispatch(Action::StartsSlowly(id, slow));
            }
        });
    }

    /// Tells an engine that has just started, here or in another tab, what the one before knew of this page.
    fn reintroduce(&self) {
        self.dispatch(Action::EngineState(EngineState::Starting));
        self.0.searched.borrow_mut().clear();
        self.command(Command::Watch(self.0.watched.get()));
        for (id, Saving { save, .. }) in self.0.saves.borrow().iter().filter(|(_, saving)| !saving.prepared) {
            self.command(Command::SaveAll { id: *id, info_hash: save.info_hash, form: save.form });
        }
        for sharing in self.0.shares.borrow().values().filter(|sharing| sharing.info_hash.is_none()) {
            self.command_with(sharing.request.clone(), sharing.chosen.parts());
        }
    }

    fn command_with(&self, command: Command, parts: Array) {
        if let Command::Watch(watched) = &command {
            self.0.watched.set(*watched);
        }
        self.0.host.command_with(command, parts);
    }

    fn hear(&self, news: News) {
        match news {
            News::Follows => self.dispatch(Action::Follow(true)),
            News::Owns => self.dispatch(Action::Follow(false)),
            News::Restarted => self.reintroduce(),
            News::Streaming(streaming) => self.dispatch(Action::Streaming(streaming)),
            News::Event(event, parts) => self.receive(event, &parts),
        }
    }

    fn receive(&self, event: Event, parts: &Array) {
        match event {
            Event::Shelf(known) if self.0.host.owns() => {
                self.dispatch(Action::Evicted(self.0.memo.compare(&known)));
            }
            Event::Saved { info_hash, file, name } => {
                let is_it = |opening: &Opening| (opening.info_hash, opening.file) == (info_hash, file);
                let mut openings = self.0.openings.borrow_mut();
                let opening = openings.iter().position(is_it).map(|place| openings.remove(place));
                drop(openings);
                match (opening, parts.get(0).dyn_into::<Blob>()) {
                    (Some(opening), Ok(blob)) => opening.opened.emit(blob),
                    (Some(_), Err(_no_blob)) => {}
                    (None, blob) => self.download(blob, &name),
                }
            }
            Event::SavedAll { id, names } => self.saved_all(id, names, parts),
            Event::ShareFailed { id, why } => self.share_failed(id, why),
            Event::TorrentFile { name, bytes } => self.download(browser::blob(&bytes), &name),
            event => {
                match &event {
                    Event::Shared { id, info_hash } => self.shared(*id, *info_hash),
                    Event::SaveFailed { id, .. } => drop(self.0.saves.borrow_mut().remove(id)),
                    Event::Torrents(torrents) => {
                        self.search(torrents);
                        if self.0.host.owns() {
                            self.note(torrents);
                        }
                    }
                    _ => {}
                }
                self.dispatch(Action::Engine(event));
            }
        }
    }

    fn download(&self, blob: Result<Blob, JsValue>, name: &str) {
        if blob.and_then(|blob| browser::download(&blob, name)).is_err() {
            self.complain(words::not_saved(name));
        }
    }

    /// All files of a torrent are ready to be written.
    fn saved_all(&self, id: SaveId, names: Vec<String>, blobs: &Array) {
        let blobs = blobs.iter().filter_map(|blob| blob.dyn_into::<Blob>().ok());
        let files: Vec<(String, Blob)> = names.into_iter().zip(blobs).collect();
        let prepared = self.0.saves.borrow_mut().get_mut(&id).map(|saving| {
            saving.prepared = true;
            (saving.save, saving.folder.clone())
        });
        match prepared {
            Some((save, Some(folder))) => {
                let controls = self.clone();
                spawn_local(async move { controls.write_all(id, save, &folder, files).await });
            }
            Some((_, None)) => {
                for (name, blob) in files {
                    self.download(Ok(blob), &name);
                }
                self.save_ended(id);
            }
            // Nobody wants it any more.
            None => {}
        }
    }

    async fn write_all(
        &self,
        id: SaveId,
        save: Save,
        folder: &FileSystemDirectoryHandle,
        files: Vec<(String, Blob)>,
    ) {
        let (count, total) = (files.len() as u64, files.iter().map(|(_, blob)| blob.size()).sum::<f64>());
        let mut done = 0;
        let written = folder::save(folder, files, |bytes| {
            if !self.0.saves.borrow().contains_key(&id) {
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

    fn save_ended(&self, id: SaveId) {
        self.0.saves.borrow_mut().remove(&id);
        self.dispatch(Action::SaveEnded(id));
    }

    /// A share is hashed: what it replaces goes, and its handles are remembered.
    fn shared(&self, id: ShareId, info_hash: InfoHash) {
        let mut shares = self.0.shares.borrow_mut();
        let Some(sharing) = shares.get_mut(&id) else { return };
        sharing.info_hash = Some(info_hash);
        if let Some(former) = sharing.replaces.take()
            && former != info_hash
        {
            self.command(Command::Remove { info_hash: former, delete_data: true });
            spawn_local(async move { drop(handles::forget(former).await) });
        }
        if let Some(keep) = sharing.keep_copy.take() {
            self.command(Command::KeepCopy { info_hash, keep });
        }
        let chosen = sharing.chosen.clone();
        if !chosen.handles.is_empty() {
            // A share that is not remembered asks for its files after a reload.
            spawn_local(async move { drop(handles::remember(info_hash, &chosen).await) });
        }
    }

    /// A share could not be made. Where files of it cannot be read, all of them are named, and the others can be shared.
    fn share_failed(&self, id: ShareId, why: Refusal) {
        let Some(sharing) = self.0.shares.borrow_mut().remove(&id) else { return };
        let controls = self.clone();
        spawn_local(async move {
            let chosen = sharing.chosen.tried().await;
            if chosen.unreadable.is_empty() {
                controls.dispatch(Action::Engine(Event::ShareFailed { id, why }));
            } else {
                controls.dispatch(Action::Unshare(id));
                controls.show(View::Home);
                controls.hold(Held { chosen, choices: sharing.choices, replaces: sharing.replaces });
            }
        });
    }

    /// Asks the user what to do about files that cannot be read.
    fn hold(&self, held: Held) {
        let paths = held.chosen.unreadable.clone();
        self.dispatch(Action::Unreadable(Unreadable { paths, others: held.chosen.files.len() }));
        self.0.held.replace(Some(held));
    }

    /// Notes what would be missed if the browser deleted it.
    fn note(&self, torrents: &[TorrentView]) {
        let stored = torrents.iter().filter(|torrent| torrent.source == DataSource::Browser);
        let magnets: Vec<_> = stored.map(|torrent| (torrent.info_hash, torrent.magnet.as_str())).collect();
        self.0.memo.note(&magnets);
    }

    /// Looks for the files of torrents that miss theirs: this page may have them, since another tab's engine shared them
    /// for it, and some browsers grant access for longer than a visit.
    fn search(&self, torrents: &[TorrentView]) {
        let shares = self.0.shares.borrow();
        let mut searched = self.0.searched.borrow_mut();
        for torrent in torrents {
            let info_hash = torrent.info_hash;
            if torrent.source != DataSource::FilesMissing {
                searched.remove(&info_hash);
            } else if !searched.insert(info_hash) {
                continue;
            } else if let Some(sharing) = shares.values().find(|share| share.info_hash == Some(info_hash)) {
                self.attach(info_hash, &sharing.chosen.files);
            } else if self.0.host.owns() {
                let controls = self.clone();
                spawn_local(async move {
                    match handles::recall(info_hash).await {
                        Some(remembered) if remembered.permitted(false).await => {
                            if let Some(files) = remembered.files().await {
                                controls.attach(info_hash, &files);
                            }
                        }
                        Some(_) => {}
                        None => controls.dispatch(Action::HandlesGone(info_hash)),
                    }
                });
            }
        }
    }
}

fn is_torrent_file(file: &File) -> bool {
    file.name().to_ascii_lowercase().ends_with(".torrent") && file.size() <= TORRENT_FILE_LIMIT
}

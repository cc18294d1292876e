//! From files that the user chose to the torrent that they become.

use std::cell::RefCell;
use std::rc::Rc;

use litemap::LiteMap;
use metainfo::{BLOCK_LENGTH, InfoHash};
use protocol::{Command, Event, Refusal, ShareId, TorrentView};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DataTransfer, File};

use super::Controls;
use crate::chosen::Chosen;
use crate::handles;
use crate::installed;
use crate::preferences;
use crate::session::{Action, View};
use crate::share::{Choices, Lineage, Share, Stage, Unreadable, own_name};
use crate::words;

/// Bytes up to which a share without handles is copied into the browser, so that it survives a reload.
const COPIED_UNASKED: u64 = 256 << 20;

/// Bytes above which a file that ends in `.torrent` is none.
const TORRENT_FILE_LIMIT: f64 = 10.0 * 1024.0 * 1024.0;

/// The user's files behind shares: what the session, which is pure, cannot hold.
#[derive(Default)]
pub(super) struct Files {
    chosen: RefCell<LiteMap<ShareId, Rc<Chosen>>>,
    /// Shares of which nothing is to come.
    cancelled: RefCell<LiteMap<ShareId, ()>>,
    /// What the user may share without what cannot be read, or though they did not choose it here.
    held: RefCell<Option<Held>>,
}

impl Files {
    /// Forgets the share that waits for the user's decision. Whether there was one.
    pub(super) fn forget_held(&self) -> bool {
        self.held.take().is_some()
    }
}

/// A share that waits for the user's decision.
struct Held {
    chosen: Chosen,
    choices: Choices,
    lineage: Lineage,
}

impl Controls {
    /// Takes what was dropped or pasted: the files that the share in view waits for, files to share, or a link to open.
    pub(crate) fn take_transfer(self, transfer: &DataTransfer) {
        let link = transfer.get_data("text/plain").unwrap_or_default();
        let chosen = Chosen::from_drop(transfer);
        let awaited = self.session().awaited();
        spawn_local(async move {
            let chosen = chosen.await;
            match awaited {
                _ if chosen.files.is_empty() && !link.is_empty() => {
                    if let Err(why) = self.open_link(&link) {
                        self.complain(why);
                    }
                }
                Some(info_hash) if !chosen.is_torrent_files() => self.attach_chosen(vec![info_hash], chosen),
                _ => self.take(chosen),
            }
        });
    }

    /// Shares what the user chose, or opens it if it is torrent files.
    pub(crate) fn take(self, chosen: Chosen) {
        self.keep_storage();
        let choices = usual_choices();
        if !chosen.unreadable.is_empty() {
            self.hold(Held { chosen, choices, lineage: Lineage::default() });
        } else if chosen.files.is_empty() {
            self.complain(words::NO_FILES);
        } else if chosen.is_torrent_files() {
            for chosen in chosen.files {
                self.open_torrent_file(chosen.file);
            }
        } else if let [only] = &chosen.files[..]
            && only.file.size() == 0.0
        {
            self.complain(words::nothing_in(&only.file.name()));
        } else {
            self.share(Rc::new(chosen), choices, Lineage::default());
        }
    }

    /// Asks whether to share what came from another program: any website can send it, too. Torrent files are opened
    /// unasked, as links are.
    pub(crate) fn take_handed(self, chosen: Chosen) {
        if chosen.files.is_empty() {
            installed::forget_shared();
            return self.complain(words::HANDED_GONE);
        }
        if chosen.is_torrent_files() {
            installed::forget_shared();
            return self.take(chosen);
        }
        let names = chosen.files.iter().map(|chosen| chosen.path.join("/")).collect();
        self.dispatch(Action::Handed(names));
        let (choices, lineage) = (Choices::default(), Lineage::default());
        self.0.sharing.held.replace(Some(Held { chosen, choices, lineage }));
    }

    /// Shares what came from another program.
    pub(crate) fn share_handed(self) {
        let held = self.0.sharing.held.take();
        installed::forget_shared();
        self.dialog(None);
        if let Some(held) = held {
            self.take(held.chosen);
        }
    }

    /// Shares what a torrent of the user's own files has together with what they chose now, as a new torrent. The one
    /// before stays, for those who have its link.
    pub(crate) fn add_files(self, info_hash: InfoHash, added: Chosen) {
        spawn_local(async move {
            let known = match self.chosen_of(info_hash) {
                Some(chosen) => Some((*chosen).clone()),
                None => handles::chosen(info_hash).await,
            };
            let Some(known) = known else { return self.complain(words::FILES_NOT_AT_HAND) };
            let choices = match self.session().work.share_of(info_hash) {
                Some((_, share)) => share.applied.clone(),
                None => {
                    let is_sealed = |torrent: &TorrentView| torrent.seal.is_some();
                    let sealed = self.session().list.torrent(info_hash).is_some_and(is_sealed);
                    Choices { sealed, ..usual_choices() }
                }
            };
            let lineage = Lineage { replaces: None, adds_to: Some(info_hash) };
            let chosen = known.with(added);
            if chosen.unreadable.is_empty() {
                self.share(Rc::new(chosen), choices, lineage);
            } else {
                self.hold(Held { chosen, choices, lineage });
            }
        });
    }

    /// Opens the torrent that a `.torrent` file describes.
    pub(crate) fn open_torrent_file(self, file: File) {
        self.keep_storage();
        spawn_local(async move {
            if file.size() > TORRENT_FILE_LIMIT {
                self.complain(words::not_a_torrent_file(&file.name()));
                return;
            }
            match file.array_buffer().await {
                Ok(buffer) => {
                    let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
                    self.command(Command::AddTorrent { bytes });
                }
                Err(_unreadable) => self.complain(words::unreadable(&file.name())),
            }
        });
    }

    /// Shares what can be read of what the user chose.
    pub(crate) fn share_readable(self) {
        if let Some(Held { chosen, choices, lineage }) = self.0.sharing.held.take() {
            self.share(Rc::new(chosen), choices, lineage);
        }
    }

    /// Makes the link of a share again, with what its form says now.
    pub(crate) fn share_again(self, id: ShareId, share: &Share) {
        let Some(chosen) = self.0.sharing.chosen.borrow_mut().remove(&id) else { return };
        let mut lineage = share.lineage;
        match share.stage {
            Stage::Hashing(_) => self.stop_hashing(id),
            Stage::Done(info_hash) => lineage.replaces = Some(info_hash),
        }
        if share.choices.sealed != share.applied.sealed {
            preferences::remember_sealed(share.choices.sealed);
        }
        self.dispatch(Action::Unshare(id));
        self.share(chosen, share.choices.clone(), lineage);
    }

    /// Chooses who can read a share. While there is no link, it is made for them at once; one that may be with others
    /// already goes only when the user makes another.
    pub(crate) fn share_for(self, id: ShareId, share: &Share, sealed: bool) {
        let choices = Choices { sealed, ..share.choices.clone() };
        match share.stage {
            Stage::Hashing(_) => self.share_again(id, &Share { choices, ..share.clone() }),
            Stage::Done(_) => self.dispatch(Action::Choose(id, choices)),
        }
    }

    /// Nothing is to come of a share. If it is a torrent by the time the engine hears of that, it goes again.
    fn stop_hashing(self, id: ShareId) {
        self.command(Command::CancelShare(id));
        self.0.sharing.cancelled.borrow_mut().insert(id, ());
    }

    /// Keeps a copy of a share that is being hashed, or does not.
    pub(crate) fn keep_copy(self, id: ShareId, keep: bool) {
        self.dispatch(Action::KeepCopy(id, keep));
    }

    /// Stops hashing a share.
    pub(crate) fn cancel_share(self, id: ShareId) {
        self.0.sharing.chosen.borrow_mut().remove(&id);
        self.stop_hashing(id);
        self.dispatch(Action::Unshare(id));
        self.show(View::Home);
    }

    fn share(self, chosen: Rc<Chosen>, choices: Choices, lineage: Lineage) {
        let id = ShareId(self.next_id());
        let files = chosen.shared_files();
        let own_name = own_name(&files);
        let wrong_payees = choices.payees(self.session().usual_chain).is_err();
        if !wrong_payees {
            preferences::remember_tip_address(choices.tip_address.trim());
        }
        let mut share = Share::new(own_name, files, choices, false);
        share.keep_copy = copied_unasked(&chosen, &share);
        share.lineage = lineage;
        if wrong_payees {
            share.leave_payees_out();
        }
        self.request(id, &share, &chosen);
        self.look_for_slow_starts(id, chosen.clone());
        self.0.sharing.chosen.borrow_mut().insert(id, chosen);
        self.dispatch(Action::Share(id, Box::new(share)));
    }

    /// Asks the engine to hash a share.
    fn request(self, id: ShareId, share: &Share, chosen: &Chosen) {
        let options = share.options(self.session().usual_chain);
        let request = Command::Share { id, files: share.files.to_vec(), options };
        self.command_with(request, chosen.parts());
    }

    /// Asks an engine that has just started for what the one before was hashing.
    pub(super) fn share_all_again(self) {
        for (id, share) in self.session().work.hashing() {
            if let Some(chosen) = self.0.sharing.chosen.borrow().get(&id) {
                self.request(id, share, chosen);
            }
        }
    }

    /// The files of a torrent that was shared here.
    pub(super) fn chosen_of(self, info_hash: InfoHash) -> Option<Rc<Chosen>> {
        let (id, _) = self.session().work.share_of(info_hash)?;
        self.0.sharing.chosen.borrow().get(&id).cloned()
    }

    /// Tells the user of videos that start slowly, while nobody has the link yet.
    fn look_for_slow_starts(self, id: ShareId, chosen: Rc<Chosen>) {
        spawn_local(async move {
            let slow = chosen.slow_starts().await;
            if !slow.is_empty() {
                self.dispatch(Action::StartsSlowly(id, slow));
            }
        });
    }

    /// A share is hashed: what it replaces goes, and its handles are remembered.
    pub(super) fn shared(self, id: ShareId, info_hash: InfoHash) {
        let session = self.session();
        if self.0.sharing.cancelled.borrow_mut().remove(&id).is_some() {
            self.command(Command::Remove { info_hash, delete_data: true });
        }
        let Some(share) = session.work.shares.get(&id) else { return };
        let Some(chosen) = self.0.sharing.chosen.borrow().get(&id).cloned() else { return };
        if let Some(former) = share.lineage.replaces
            && former != info_hash
        {
            self.command(Command::Remove { info_hash: former, delete_data: true });
            spawn_local(async move { drop(handles::forget(former).await) });
        }
        // What the user said about a copy after hashing began.
        if share.keep_copy != copied_unasked(&chosen, share) {
            self.command(Command::KeepCopy { info_hash, keep: share.keep_copy });
        }
        if !chosen.handles.is_empty() {
            // A share that is not remembered asks for its files after a reload.
            spawn_local(async move { drop(handles::remember(info_hash, &chosen).await) });
        }
    }

    /// A share could not be made. Where files of it cannot be read, all of them are named, and the others can be shared.
    pub(super) fn share_failed(self, id: ShareId, why: Refusal) {
        let Some(chosen) = self.0.sharing.chosen.borrow_mut().remove(&id) else { return };
        spawn_local(async move {
            let chosen = chosen.tried().await;
            let share = self.session().work.shares.get(&id).cloned();
            match share.filter(|_| !chosen.unreadable.is_empty()) {
                Some(Share { choices, lineage, .. }) => {
                    self.dispatch(Action::Unshare(id));
                    self.show(View::Home);
                    self.hold(Held { chosen, choices, lineage });
                }
                None => self.dispatch(Action::Engine(Event::ShareFailed { id, why })),
            }
        });
    }

    /// Asks the user what to do about files that cannot be read.
    fn hold(self, mut held: Held) {
        let paths = std::mem::take(&mut held.chosen.unreadable);
        self.dispatch(Action::Unreadable(Unreadable { paths, others: held.chosen.files.len() }));
        self.0.sharing.held.replace(Some(held));
    }
}

/// What is chosen for a share until the user chooses otherwise: as for the last one. What names nobody to be tipped is for
/// who has its link.
fn usual_choices() -> Choices {
    let tip_address = preferences::tip_address();
    let sealed = preferences::sealed().unwrap_or_else(|| tip_address.trim().is_empty());
    Choices { tip_address, sealed, ..Choices::default() }
}

/// Whether a copy of a share goes into the browser's storage unless the user says otherwise.
fn copied_unasked(chosen: &Chosen, share: &Share) -> bool {
    // Behind a seal, a file takes whole blocks.
    let padding = if share.applied.sealed { share.files.len() as u64 * u64::from(BLOCK_LENGTH) } else { 0 };
    chosen.handles.is_empty() && share.size() + padding <= COPIED_UNASKED
}

impl Chosen {
    /// Whether it is nothing but torrent files.
    fn is_torrent_files(&self) -> bool {
        let is_one = |file: &File| {
            file.name().to_ascii_lowercase().ends_with(".torrent") && file.size() <= TORRENT_FILE_LIMIT
        };
        !self.files.is_empty() && self.files.iter().all(|chosen| is_one(&chosen.file))
    }
}

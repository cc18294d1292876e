//! The way back to the user's own files: access to them ends with each visit.

use metainfo::InfoHash;
use protocol::{Command, DataSource, TorrentDetail, TorrentView};
use wasm_bindgen_futures::spawn_local;

use super::Controls;
use crate::chosen::{Chosen, ChosenFile};
use crate::handles;
use crate::session::{Action, View};
use crate::words;

impl Controls {
    /// Reads the files of a share again, asking the user for access. Must be called inside a click.
    pub(crate) fn grant_access(self, info_hash: InfoHash) {
        spawn_local(async move {
            match handles::recall(info_hash).await {
                Some(remembered) if remembered.permitted(true).await => match remembered.files().await {
                    Some(files) => self.attach(info_hash, &files),
                    None => self.complain(words::FILES_MOVED),
                },
                Some(_) => self.complain(words::ACCESS_DENIED),
                None => self.dispatch(Action::HandlesGone(info_hash)),
            }
        });
    }

    /// Shows a torrent and, as soon as its files are known, gives the engine those that the user chose again, if they have
    /// the names and lengths of the torrent's own.
    pub(crate) fn attach_chosen(self, info_hash: InfoHash, chosen: Chosen) {
        self.show(View::Torrent(info_hash));
        self.0.chosen_again.replace(Some((info_hash, chosen)));
        if let Some(detail) = &self.session().shown.detail {
            self.compare_chosen(detail);
        }
    }

    /// A torrent is told of in full.
    pub(super) fn compare_chosen(self, detail: &TorrentDetail) {
        let info_hash = detail.info_hash;
        let waits = self.0.chosen_again.borrow_mut().take_if(|(waits, _)| *waits == info_hash);
        if let Some((_, chosen)) = waits {
            match chosen.in_order_of(&detail.files) {
                Some(files) => self.attach(info_hash, &files),
                None => self.complain(words::OTHER_CHOSEN),
            }
        }
    }

    /// Looks for the files of torrents that miss theirs: this page may have them, since another tab's engine shared them
    /// for it, and some browsers grant access for longer than a visit.
    pub(super) fn search(self, torrents: &[TorrentView]) {
        let mut searched = self.0.searched.borrow_mut();
        for torrent in torrents {
            let info_hash = torrent.info_hash;
            if torrent.source != DataSource::FilesMissing {
                searched.remove(&info_hash);
            } else if searched.insert(info_hash, ()).is_some() {
                continue;
            } else if let Some(chosen) = self.chosen_of(info_hash) {
                self.attach(info_hash, &chosen.files);
            } else if self.host().owns() {
                spawn_local(async move {
                    match handles::recall(info_hash).await {
                        Some(remembered) if remembered.permitted(false).await => {
                            if let Some(files) = remembered.files().await {
                                self.attach(info_hash, &files);
                            }
                        }
                        Some(_) => {}
                        None => self.dispatch(Action::HandlesGone(info_hash)),
                    }
                });
            }
        }
    }

    /// Gives the engine the files behind a torrent, in torrent order.
    fn attach(self, info_hash: InfoHash, files: &[ChosenFile]) {
        let parts = files.iter().map(|chosen| &chosen.file).collect();
        self.command_with(Command::Attach(info_hash), parts);
    }
}

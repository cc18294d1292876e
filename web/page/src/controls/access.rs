//! The way back to the user's own files: access to them ends with each visit.

use metainfo::InfoHash;
use protocol::{Command, DataSource, Problem, TorrentDetail, TorrentView};
use wasm_bindgen_futures::spawn_local;

use super::Controls;
use crate::chosen::{Chosen, ChosenFile};
use crate::handles;
use crate::session::Action;
use crate::words;

/// Files that the user chose again.
pub(super) struct ChosenAgain {
    chosen: Chosen,
    /// The torrents whose they may be, and that have not told of their files yet.
    waiting: Vec<InfoHash>,
    /// Whether some of these are the files of one.
    found: bool,
}

impl Controls {
    /// Reads the files of all these shares again, as [`grant_access`](Self::grant_access) those of one. What is asked
    /// in the same moment is one question in browsers that can make it so.
    pub(crate) fn grant_access_to_all(self, waiting: &[InfoHash]) {
        for info_hash in waiting {
            self.grant_access(*info_hash);
        }
    }

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

    /// Gives each of these torrents its files out of what the user chose again: those that have the names and lengths of
    /// its own.
    pub(crate) fn attach_chosen(self, waiting: Vec<InfoHash>, chosen: Chosen) {
        for info_hash in &waiting {
            self.command(Command::Describe(*info_hash));
        }
        self.0.chosen_again.replace(Some(ChosenAgain { chosen, waiting, found: false }));
    }

    /// A torrent is told of in full.
    pub(super) fn compare_chosen(self, detail: &TorrentDetail) {
        let info_hash = detail.info_hash;
        let mut again = self.0.chosen_again.borrow_mut();
        let Some(ChosenAgain { chosen, waiting, found }) = &mut *again else { return };
        let Some(place) = waiting.iter().position(|waits| *waits == info_hash) else { return };
        waiting.swap_remove(place);
        if let Some(files) = chosen.in_order_of(&detail.files) {
            *found = true;
            self.attach(info_hash, &files);
            let handles = chosen.handles.clone();
            if !handles.is_empty() {
                let chosen = Chosen { files, handles, ..Chosen::default() };
                // A share that is not remembered asks for its files after a reload.
                spawn_local(async move { drop(handles::remember(info_hash, &chosen).await) });
            }
        }
        if waiting.is_empty() {
            let found = *found;
            *again = None;
            if !found {
                self.complain(words::OTHER_CHOSEN);
            }
        }
    }

    /// Looks for the files of torrents that miss theirs: this page may have them, since another tab's engine shared them
    /// for it, and some browsers grant access for longer than a visit.
    pub(super) fn search(self, torrents: &[TorrentView]) {
        let mut searched = self.0.searched.borrow_mut();
        for torrent in torrents {
            let info_hash = torrent.info_hash;
            // Whether they are the right ones again is for the user to say.
            let changed = matches!(torrent.problem, Some(Problem::FileChanged { .. }));
            if torrent.source != DataSource::FilesMissing {
                searched.remove(&info_hash);
            } else if searched.insert(info_hash, ()).is_some() {
                continue;
            } else if let Some(chosen) = self.chosen_of(info_hash).filter(|_| !changed) {
                self.attach(info_hash, &chosen.files);
            } else if self.host().owns() {
                spawn_local(async move {
                    match handles::recall(info_hash).await {
                        Some(remembered) if !changed && remembered.permitted(false).await => {
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

//! What the browser keeps for this page, and what it deleted.

use metainfo::Magnet;
use protocol::{Command, DataSource, TorrentView};
use wasm_bindgen_futures::spawn_local;

use super::Controls;
use crate::browser;
use crate::session::Action;
use crate::words;

impl Controls {
    /// Asks the browser to keep what is stored here, once. Some browsers ask the user in turn, who expects it
    /// only after adding or saving something.
    pub(crate) fn keep_storage(self) {
        if !self.0.storage_asked.replace(true) {
            self.ask_to_keep(|_| {});
        }
    }

    /// The same because the user said so, who hears of a refusal.
    pub(crate) fn insist_on_storage(self) {
        self.ask_to_keep(|controls| controls.complain(words::STORAGE_REFUSED));
    }

    /// Downloads what the browser deleted.
    pub(crate) fn fetch_evicted(self, magnets: &[Magnet]) {
        self.keep_storage();
        for magnet in magnets {
            self.command(Command::AddMagnet { magnet: magnet.to_string(), metadata_only: false });
        }
        self.dispatch(Action::Evicted(Vec::new()));
    }

    /// Forgets what the browser deleted.
    pub(crate) fn let_evicted_go(self) {
        self.0.memo.let_go();
        self.dispatch(Action::Evicted(Vec::new()));
    }

    /// Notes what would be missed if the browser deleted it.
    pub(super) fn note(self, torrents: &[TorrentView]) {
        let stored = torrents.iter().filter(|torrent| torrent.source == DataSource::Browser);
        let magnets: Vec<_> = stored.map(|torrent| (torrent.info_hash, torrent.magnet.as_str())).collect();
        self.0.memo.note(&magnets);
    }

    fn ask_to_keep(self, refused: impl FnOnce(Self) + 'static) {
        spawn_local(async move {
            let persisted = browser::keep_storage().await;
            self.dispatch(Action::Persisted(persisted));
            if !persisted {
                refused(self);
            }
        });
    }
}

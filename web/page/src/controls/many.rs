//! What is done with many torrents at once.

use metainfo::InfoHash;
use protocol::{Command, TorrentView};
use wasm_bindgen_futures::spawn_local;

use super::Controls;
use crate::browser;
use crate::session::{Action, can_pause, can_resume};
use crate::words;

impl Controls {
    /// Stops all traffic of those of these torrents that have any.
    pub(crate) fn pause_all<'a>(self, torrents: impl IntoIterator<Item = &'a TorrentView>) {
        for torrent in torrents.into_iter().filter(|torrent| can_pause(torrent)) {
            self.command(Command::Pause(torrent.info_hash));
        }
    }

    /// Goes on with those of these torrents that can.
    pub(crate) fn resume_all<'a>(self, torrents: impl IntoIterator<Item = &'a TorrentView>) {
        for torrent in torrents.into_iter().filter(|torrent| can_resume(torrent)) {
            self.command(Command::Resume(torrent.info_hash));
        }
    }

    /// Copies the links of these torrents, one on each line. Must be called inside a click.
    pub(crate) fn copy_links<'a>(self, torrents: impl IntoIterator<Item = &'a TorrentView>) {
        let (copied, links): (Vec<InfoHash>, Vec<String>) =
            torrents.into_iter().map(|torrent| (torrent.info_hash, self.share_link(&torrent.magnet))).unzip();
        let copying = browser::navigator().clipboard().write_text(&links.join("\n"));
        spawn_local(async move {
            if copying.await.is_err() {
                return self.complain(words::NOT_COPIED);
            }
            let text = words::links_copied(copied.len() as u64);
            for info_hash in copied {
                self.dispatch(Action::HandedOut(info_hash));
            }
            self.dispatch(Action::Notice { text, problem: false });
        });
    }
}

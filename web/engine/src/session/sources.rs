//! Torrent files that a link names (`xs`): with one of them, a download needs nobody who is online to say what is in it.

use metainfo::{InfoHash, MAX_TORRENT_LENGTH, Magnet, Metainfo};
use wasm_bindgen_futures::spawn_local;

use super::Driver;
use crate::torrent::Origin;
use crate::web_seed::small_file;

impl Driver {
    /// Fetches the torrent files that a link names, unless what is in the torrent is known or no server is to be asked. The
    /// first that is of this torrent counts; peers are asked all the while.
    pub(super) fn look_up(&mut self, info_hash: InfoHash, magnet: &Magnet) {
        let urls: Vec<String> = magnet.torrent_files().map(str::to_owned).collect();
        if urls.is_empty() {
            return;
        }
        let Some(torrent) = self.session.torrent(info_hash) else {
            self.linked.insert(info_hash, magnet.clone());
            return;
        };
        if torrent.info().is_some() || !torrent.asks_servers() {
            return;
        }
        let (this, hashes) = (self.this.clone(), magnet.hashes);
        spawn_local(async move {
            for url in urls {
                let Some(bytes) = small_file(&url, MAX_TORRENT_LENGTH).await else { continue };
                let Ok(metainfo) = Metainfo::parse(&bytes) else { continue };
                let is_it = |swarm| metainfo.info.hashes().swarms().any(|other| other == swarm);
                if hashes.swarms().all(is_it) {
                    this.with(move |driver| driver.looked_up(metainfo));
                    return;
                }
            }
        });
    }

    fn looked_up(&mut self, metainfo: Metainfo) {
        let info_hash = self.session.listed(metainfo.info.hashes());
        self.add(info_hash, Origin::LookedUp(metainfo));
    }
}

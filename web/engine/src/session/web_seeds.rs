//! What web seeds send, on its way to their torrents.

use metainfo::InfoHash;
use session::Fetched;
use swarm::WebSeedKey;
use wasm_bindgen_futures::spawn_local;

use super::Driver;
use crate::browser::copied;
use crate::web_seed::{FetchEvent, FetchJob};

impl Driver {
    /// Fetches from a web seed, beside everything else.
    pub(super) fn run_fetch(&self, info_hash: InfoHash, web_seed: WebSeedKey, job: FetchJob) {
        let this = self.this.clone();
        spawn_local(async move {
            let report = |event| this.with(move |driver| driver.fetched(info_hash, web_seed, event));
            job.run(report).await;
        });
    }

    fn fetched(&mut self, info_hash: InfoHash, web_seed: WebSeedKey, event: FetchEvent) {
        if matches!(event, FetchEvent::Failed(_)) {
            self.fetching.remove(&(info_hash, web_seed));
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        self.with(info_hash, |torrent, now| match event {
            FetchEvent::Bytes(part) => {
                torrent.fetched(now, web_seed, Fetched::Bytes(copied(&part, &mut scratch)));
            }
            FetchEvent::Instead(span) => torrent.fetched(now, web_seed, Fetched::Instead(span)),
            FetchEvent::Failed(error) => torrent.fetched(now, web_seed, Fetched::Failed(error)),
        });
        self.scratch = scratch;
    }
}

//! What web seeds send, on its way to their torrents.

use metainfo::InfoHash;
use swarm::WebSeedKey;
use wasm_bindgen_futures::spawn_local;

use super::Session;
use crate::web_seed::{FetchEvent, FetchJob};

impl Session {
    /// Fetches from a web seed, beside everything else.
    pub(super) fn run_fetch(&self, info_hash: InfoHash, web_seed: WebSeedKey, job: FetchJob) {
        let this = self.this.clone();
        spawn_local(async move {
            let report = |event| this.with(move |session| session.fetched(info_hash, web_seed, event));
            job.run(report).await;
        });
    }

    fn fetched(&mut self, info_hash: InfoHash, web_seed: WebSeedKey, event: FetchEvent) {
        let mut scratch = std::mem::take(&mut self.scratch);
        self.with(info_hash, |torrent, now| torrent.fetch_event(now, web_seed, event, &mut scratch));
        self.scratch = scratch;
    }
}

//! The engine's web seeds: what it wants fetched, and what came of it.

use metainfo::FileSpan;
use swarm::{AbortReason, Input, Time, WebSeedEvent, WebSeedKey};
use webseed::Error;

use super::Torrent;
use super::drive::Effect;
use crate::browser::copy_in;
use crate::web_seed::FetchEvent;

impl Torrent {
    /// Tells the engine of the web seeds that it does not know yet.
    pub(super) fn add_web_seeds(&mut self, now: Time) {
        let urls: Vec<String> = self.web_seeds().into_iter().map(str::to_owned).collect();
        for web_seed in self.drive.web_seeds.add(urls.iter().map(String::as_str)) {
            self.web_seed(now, web_seed, WebSeedEvent::Added);
        }
    }

    /// Something came of what a web seed was asked for.
    pub(crate) fn fetched(
        &mut self,
        now: Time,
        web_seed: WebSeedKey,
        event: FetchEvent,
        scratch: &mut Vec<u8>,
    ) {
        match event {
            FetchEvent::Bytes(chunk) => {
                self.drive.web_seeds.works(web_seed);
                copy_in(&chunk, scratch, |bytes| {
                    self.web_seed(now, web_seed, WebSeedEvent::Received(bytes));
                });
            }
            FetchEvent::Instead(span) => self.web_seed(now, web_seed, WebSeedEvent::Instead(span)),
            FetchEvent::Failed(error) => {
                let retry = error.retry();
                self.drive.web_seeds.stop(web_seed, Some(error));
                self.web_seed(now, web_seed, WebSeedEvent::Failed { retry });
            }
        }
    }

    pub(super) fn fetch(&mut self, web_seed: WebSeedKey, span: FileSpan) {
        let Some(metainfo) = &self.metainfo else { return };
        if let Some(job) = self.drive.web_seeds.fetch(web_seed, &metainfo.info, span) {
            self.drive.effects.push(Effect::Fetch(web_seed, job));
        }
    }

    pub(super) fn abort_fetch(&mut self, web_seed: WebSeedKey, reason: AbortReason) {
        let fault = match reason {
            AbortReason::NotNeeded => None,
            AbortReason::Stalled => Some(Error::Stalled),
            AbortReason::Useless => Some(Error::WholeOnly),
            AbortReason::Lied => Some(Error::Lied),
            _ => None,
        };
        self.drive.web_seeds.stop(web_seed, fault);
    }

    fn web_seed(&mut self, now: Time, web_seed: WebSeedKey, event: WebSeedEvent<'_>) {
        self.drive.handle(now, Input::WebSeed { web_seed, event });
    }
}

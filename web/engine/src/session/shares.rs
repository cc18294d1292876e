//! Shares on their way to being torrents.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use protocol::{Event, Refusal, ShareId, ShareOptions, SharedFile};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::{Driver, tell};
use crate::browser::now;
use crate::error::refusal;
use crate::files::Reader;
use crate::share::{Described, describe};
use crate::torrent::Origin;

/// Between two words on how far the hashing is.
const PACE: Duration = Duration::from_millis(100);

impl Driver {
    /// Hashes the files, then shares them.
    pub(super) fn share(
        &mut self,
        id: ShareId,
        files: Vec<SharedFile>,
        options: ShareOptions,
        parts: Vec<File>,
    ) {
        let given = parts.iter().map(|file| file.size() as u64);
        if !files.iter().map(|file| file.length).eq(given) {
            tell(&Event::ShareFailed { id, why: Refusal::FilesChanged });
            return;
        }
        let stop = Rc::new(Cell::new(false));
        self.shares.insert(id, Rc::clone(&stop));
        self.expect();
        let trackers = self.share_trackers(&options);
        let keep_copy = options.keep_copy;
        let this = self.this.clone();
        spawn_local(async move {
            let mut told = now();
            let progress = |done, total| {
                let now = now();
                if now.since(told) >= PACE {
                    told = now;
                    tell(&Event::Hashing { id, done, total });
                }
                if stop.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let shared = describe(files, parts, options, trackers, progress).await;
            if !stop.get() {
                this.with(move |driver| driver.hashed(id, shared, keep_copy));
            }
        });
    }

    /// Stops hashing.
    pub(super) fn cancel_share(&mut self, id: ShareId) {
        if let Some(stop) = self.shares.remove(&id) {
            stop.set(true);
        }
    }

    fn hashed(&mut self, id: ShareId, shared: Result<Described, Refusal>, keep_copy: bool) {
        self.shares.remove(&id);
        let opened = shared.and_then(|Described { metainfo, files, key }| {
            Ok((metainfo, Reader::new(files).map_err(refusal)?, key))
        });
        match opened {
            Ok((metainfo, files, key)) => {
                let info_hash = metainfo.info.info_hash();
                tell(&Event::Shared { id, info_hash });
                let keep_copy = keep_copy && self.keeps();
                self.add(info_hash, Origin::Files { metainfo, files, keep_copy, key });
            }
            Err(why) => tell(&Event::ShareFailed { id, why }),
        }
    }

    /// Every tracker of a share is named in its torrent file, so that other programs find it, too.
    fn share_trackers(&self, options: &ShareOptions) -> Vec<Vec<String>> {
        let mut urls: Vec<Vec<String>> = Vec::new();
        for url in self.trackers.iter().flatten().chain(&options.trackers) {
            if !urls.iter().flatten().any(|known| known == url) {
                urls.push(vec![url.clone()]);
            }
        }
        urls
    }
}

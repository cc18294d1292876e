//! Web seeds of a torrent: servers that its files are fetched from, beside peers (BEP 19).

use metainfo::{FileSpan, MAX_WEB_SEEDS};
use swarm::{AbortReason, Input, Time, WebSeedEvent, WebSeedKey};
use webseed::{Address, Error};

use super::{Output, Torrent};
use crate::{Storage, UserFiles};

/// The web seeds of a torrent, in the order in which they became known. A [`WebSeedKey`] is a place in it.
#[derive(Debug)]
pub(super) struct WebSeeds {
    list: Vec<WebSeed>,
    secure: bool,
}

/// One web seed.
#[derive(Debug)]
pub struct WebSeed {
    /// Where it is.
    pub url: String,
    /// What was wrong with it last.
    pub fault: Option<Error>,
    /// `None` if nobody can fetch from it.
    address: Option<Address>,
}

/// What came of an [`Output::Fetch`].
#[derive(Debug)]
pub enum Fetched<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// This span comes, from its beginning, in place of the one that was asked for.
    Instead(FileSpan),
    /// Nothing more comes.
    Failed(Error),
}

impl WebSeeds {
    pub(super) const fn new(secure: bool) -> Self {
        Self { list: Vec::new(), secure }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    /// Takes note of further ones. The keys of those that can be fetched from.
    fn add(&mut self, urls: Vec<String>) -> Vec<WebSeedKey> {
        let mut keys = Vec::new();
        for url in urls {
            if self.list.len() >= MAX_WEB_SEEDS || self.list.iter().any(|known| known.url == url) {
                continue;
            }
            let address = match Address::parse(&url) {
                Ok(address) if self.secure && address.is_plain() => Err(Error::MixedContent),
                address => address,
            };
            if address.is_ok() {
                keys.push(WebSeedKey::new(self.list.len() as u32));
            }
            let fault = address.as_ref().err().cloned();
            self.list.push(WebSeed { url, address: address.ok(), fault });
        }
        keys
    }
}

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Something came of what a web seed was asked for.
    pub fn fetched(&mut self, now: Time, web_seed: WebSeedKey, fetched: Fetched<'_>) {
        let Some(known) = self.web_seeds.list.get_mut(web_seed.as_usize()) else { return };
        let event = match fetched {
            Fetched::Bytes(bytes) => {
                known.fault = None;
                WebSeedEvent::Received(bytes)
            }
            Fetched::Instead(span) => WebSeedEvent::Instead(span),
            Fetched::Failed(error) => {
                let retry = error.retry();
                known.fault = Some(error);
                WebSeedEvent::Failed { retry }
            }
        };
        self.handle(now, Input::WebSeed { web_seed, event });
    }

    /// Those that it fetches from, or would if it could, in the order of their [`WebSeedKey`]s.
    pub fn web_seed_list(&self) -> &[WebSeed] {
        &self.web_seeds.list
    }

    /// What is wrong with a web seed, if something is with all.
    pub fn web_seed_fault(&self) -> Option<&Error> {
        let mut faults = self.web_seeds.list.iter().map(|web_seed| web_seed.fault.as_ref());
        let first = faults.next()??;
        faults.all(|fault| fault.is_some()).then_some(first)
    }

    /// Tells the engine of the web seeds that it does not know yet, if they may be asked.
    pub(super) fn add_web_seeds(&mut self, now: Time) {
        if !self.asks_servers() {
            return;
        }
        let urls = self.web_seeds().into_iter().map(str::to_owned).collect();
        for web_seed in self.web_seeds.add(urls) {
            self.handle(now, Input::WebSeed { web_seed, event: WebSeedEvent::Added });
        }
    }

    pub(super) fn fetch(&self, web_seed: WebSeedKey, span: FileSpan) -> Option<Output> {
        let address = self.web_seeds.list.get(web_seed.as_usize())?.address.clone()?;
        Some(Output::Fetch { web_seed, address, span })
    }

    pub(super) fn abort_fetch(&mut self, web_seed: WebSeedKey, reason: AbortReason) {
        let fault = match reason {
            AbortReason::Stalled => Some(Error::Stalled),
            AbortReason::Useless => Some(Error::WholeOnly),
            AbortReason::Lied => Some(Error::Lied),
            _ => None,
        };
        if let (Some(known), Some(fault)) = (self.web_seeds.list.get_mut(web_seed.as_usize()), fault) {
            known.fault = Some(fault);
        }
    }
}

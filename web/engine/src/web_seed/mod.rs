//! Web seeds of a torrent: servers that its files are fetched from, beside peers (BEP 19).
//!
//! The engine decides what is fetched from whom; here it is done. A [`FetchJob`] runs beside everything else, and
//! what becomes of it comes back as [`FetchEvent`]s. It asks for the next bytes only when the last are dealt with,
//! so a fast server fills no memory.

mod fetch;

use metainfo::{FileSpan, Info, MAX_WEB_SEEDS};
use protocol::{WebSeedState, WebSeedView};
use swarm::{Snapshot, Time, WebSeedKey};
use webseed::{Address, Error};

use self::fetch::Abort;
pub(crate) use self::fetch::{FetchEvent, FetchJob, small_file};
use crate::browser::scope;

/// The web seeds of a torrent, in the order in which they became known. A [`WebSeedKey`] is a place in it.
#[derive(Debug, Default)]
pub(crate) struct WebSeeds(Vec<WebSeed>);

#[derive(Debug)]
struct WebSeed {
    url: String,
    /// `None` if no browser can fetch from it.
    address: Option<Address>,
    /// What was wrong with it last.
    fault: Option<Error>,
    /// Ends what is being fetched when it is dropped.
    fetching: Option<Abort>,
}

impl WebSeeds {
    /// Takes note of further ones. The keys of those that can be fetched from.
    pub(crate) fn add<'a>(&mut self, urls: impl IntoIterator<Item = &'a str>) -> Vec<WebSeedKey> {
        let secure = scope().location().protocol() == "https:";
        let mut keys = Vec::new();
        for url in urls {
            if self.0.len() >= MAX_WEB_SEEDS || self.0.iter().any(|known| known.url == url) {
                continue;
            }
            let address = match Address::parse(url) {
                Ok(address) if secure && address.is_plain() => Err(Error::MixedContent),
                address => address,
            };
            if address.is_ok() {
                keys.push(WebSeedKey::new(self.0.len() as u32));
            }
            let fault = address.as_ref().err().cloned();
            self.0.push(WebSeed { url: url.to_owned(), address: address.ok(), fault, fetching: None });
        }
        keys
    }

    /// Starts to fetch a span, in place of what was being fetched from there.
    pub(crate) fn fetch(&mut self, key: WebSeedKey, info: &Info, span: FileSpan) -> Option<FetchJob> {
        let web_seed = self.0.get_mut(key.as_usize())?;
        let job = FetchJob::new(web_seed.address.clone()?, info.clone(), span)?;
        web_seed.fetching = Some(job.abort());
        Some(job)
    }

    /// Stops fetching, because of `fault`, if it is one.
    pub(crate) fn stop(&mut self, key: WebSeedKey, fault: Option<Error>) {
        if let Some(web_seed) = self.0.get_mut(key.as_usize()) {
            web_seed.fetching = None;
            web_seed.fault = fault.or_else(|| web_seed.fault.take());
        }
    }

    /// It gave some of what was asked for.
    pub(crate) fn works(&mut self, key: WebSeedKey) {
        if let Some(web_seed) = self.0.get_mut(key.as_usize()) {
            web_seed.fault = None;
        }
    }

    /// What is wrong with one, if something is with all.
    pub(crate) fn fault(&self) -> Option<&Error> {
        let mut faults = self.0.iter().map(|web_seed| web_seed.fault.as_ref());
        let first = faults.next()??;
        faults.all(|fault| fault.is_some()).then_some(first)
    }

    /// How each is, with what the engine says of those that it knows.
    pub(crate) fn views(&self, now: Time, snapshot: Option<&Snapshot>) -> Vec<WebSeedView> {
        let view = |(place, web_seed): (usize, &WebSeed)| {
            let mut known = snapshot.iter().flat_map(|snapshot| &snapshot.web_seeds);
            let known = known.find(|known| known.key.as_usize() == place);
            let resting = known.and_then(|known| known.rests_until).filter(|until| *until > now);
            let state = match (&web_seed.fault, known) {
                (_, Some(known)) if known.down_rate > 0 => WebSeedState::Giving,
                (Some(fault), _) => WebSeedState::Failed {
                    reason: fault.clone(),
                    retry_in: resting.map(|until| until.since(now).as_secs() as u32),
                },
                (None, _) => WebSeedState::Ready,
            };
            WebSeedView {
                url: web_seed.url.clone(),
                state,
                down_rate: known.map_or(0, |known| known.down_rate),
                downloaded: known.map_or(0, |known| known.downloaded),
            }
        };
        self.0.iter().enumerate().map(view).collect()
    }
}

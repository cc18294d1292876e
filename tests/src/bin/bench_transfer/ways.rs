//! The ways from one browser to another.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use harness::{Browser, Page, PageServer, Server, TrackerServer, WebTorrentPage};
use serde_json::{Value, json};

use crate::sample::{Meter, Sample};

/// By what a file is transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    RawPage,
    RawWorker,
    WebTorrent,
    Seedcast,
    Sealed,
    SeedcastBefore,
}

impl Way {
    pub(crate) const ALL: [Self; 6] = [
        Self::RawPage,
        Self::RawWorker,
        Self::WebTorrent,
        Self::SeedcastBefore,
        Self::Seedcast,
        Self::Sealed,
    ];

    /// As what is printed has it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::RawPage => "raw_page",
            Self::RawWorker => "raw_worker",
            Self::WebTorrent => "webtorrent",
            Self::Seedcast => "seedcast",
            Self::Sealed => "sealed",
            Self::SeedcastBefore => "seedcast_before",
        }
    }
}

/// A file to transfer.
pub(crate) struct Payload {
    path: PathBuf,
    length: u64,
}

impl Payload {
    pub(crate) fn new(path: PathBuf, length: u64) -> Self {
        Self { path, length }
    }
}

/// The servers by way of which browsers find each other.
pub(crate) struct Places {
    pub(crate) pages: PageServer,
    pub(crate) tracker: TrackerServer,
    pub(crate) server: Server,
    /// That of an earlier release.
    pub(crate) before: Option<Server>,
}

impl Places {
    /// Whether something can be transferred in this way.
    pub(crate) fn has(&self, way: Way) -> bool {
        way != Way::SeedcastBefore || self.before.is_some()
    }

    /// Transfers a file between fresh browsers, after they have transferred another.
    pub(crate) async fn measure(
        &self,
        way: Way,
        warm_up: Option<&Payload>,
        payload: &Payload,
    ) -> Result<Sample> {
        let sharer = Browser::chromium("sharer").await?;
        let downloader = Browser::chromium("downloader").await?;
        match way {
            Way::RawPage => self.raw_channel("channel.html", [sharer, downloader], warm_up, payload).await,
            Way::RawWorker => {
                self.raw_channel("channel.html?worker", [sharer, downloader], warm_up, payload).await
            }
            Way::WebTorrent => self.webtorrent([sharer, downloader], warm_up, payload).await,
            Way::Seedcast => seedcast(&self.server, [sharer, downloader], warm_up, payload, false).await,
            Way::Sealed => seedcast(&self.server, [sharer, downloader], warm_up, payload, true).await,
            Way::SeedcastBefore => {
                let server = self.before.as_ref().context("there is no release before")?;
                seedcast(server, [sharer, downloader], warm_up, payload, false).await
            }
        }
    }

    async fn raw_channel(
        &self,
        page: &str,
        browsers: [Browser; 2],
        warm_up: Option<&Payload>,
        payload: &Payload,
    ) -> Result<Sample> {
        let [sharer, downloader] = &browsers;
        for browser in &browsers {
            browser.web()?.goto(self.pages.url(page)).await?;
        }
        let mut is_connected = false;
        let mut open = async |payload: &Payload| -> Result<()> {
            downloader.run("expect(arguments[0])", &[json!(payload.length)]).await?;
            sharer.run("openChannel()", &[]).await?;
            if !std::mem::replace(&mut is_connected, true) {
                let offer = sharer.run_async("return offer()", &[]).await?;
                let answer = downloader.run_async("return answer(args[0])", &[offer]).await?;
                sharer.run_async("await accept(args[0])", &[answer]).await?;
            }
            Ok(())
        };
        let send = async |payload: &Payload| -> Result<f64> {
            sharer.run("send(arguments[0])", &[json!(payload.length)]).await?;
            number(&downloader.run_async("return received", &[]).await?)
        };
        if let Some(warm_up) = warm_up {
            open(warm_up).await?;
            send(warm_up).await?;
        }
        open(payload).await?;
        let meter = Meter::start(sharer, downloader).await?;
        let took = send(payload).await?;
        meter.stop(payload.length, took, None).await
    }

    async fn webtorrent(
        &self,
        [sharer, downloader]: [Browser; 2],
        warm_up: Option<&Payload>,
        payload: &Payload,
    ) -> Result<Sample> {
        let sharer = WebTorrentPage::open(sharer, &self.pages).await?;
        downloader.inject(WATCH_CONNECTIONS).await?;
        let downloader = WebTorrentPage::open(downloader, &self.pages).await?;
        if let Some(warm_up) = warm_up {
            let magnet = sharer.share(&[&warm_up.path], self.tracker.announce()).await?;
            downloader.add(&magnet).await?;
            downloader.finish().await?;
            // What is chosen next would be chosen beside it.
            sharer.browser().run("document.getElementById('files').value = ''", &[]).await?;
            downloader.browser().run("delete window.firstPeer", &[]).await?;
        }
        let magnet = sharer.share(&[&payload.path], self.tracker.announce()).await?;

        let meter = Meter::start(sharer.browser(), downloader.browser()).await?;
        downloader.add(&magnet).await?;
        downloader.finish().await?;
        let times = downloader.browser().run("return { ...times, firstPeer }", &[]).await?;
        let [added, peer, first, done] = fields(&times, ["added", "firstPeer", "firstByte", "done"])?;
        meter.stop(payload.length, done - first, Some(peer - added)).await
    }
}

async fn seedcast(
    server: &Server,
    [sharer, downloader]: [Browser; 2],
    warm_up: Option<&Payload>,
    payload: &Payload,
    sealed: bool,
) -> Result<Sample> {
    let sharer = Page::open(sharer, server).await?;
    sharer
        .browser()
        .run("localStorage.setItem('sealed', arguments[0] ? '1' : '0')", &[json!(sealed)])
        .await?;
    downloader.inject(WATCH_CONNECTIONS).await?;
    let downloader = Page::open(downloader, server).await?;
    let mut before = String::new();
    if let Some(warm_up) = warm_up {
        before = share(&sharer, &warm_up.path, &before).await?;
        downloader.add(&before).await?;
        downloader.wait_complete().await?;
        for page in [&sharer, &downloader] {
            page.press_button("All files").await?;
        }
    }
    let chosen = Instant::now();
    let link = share(&sharer, &payload.path, &before).await?;
    let link_ms = chosen.elapsed().as_secs_f64() * 1000.0;
    downloader.type_link(&link).await?;

    let meter = Meter::start(sharer.browser(), downloader.browser()).await?;
    let times = downloader.browser().run_async(DOWNLOAD, &[]).await?;
    let [added, peer, done] = fields(&times, ["added", "firstPeer", "completed"])?;
    let mut sample = meter.stop(payload.length, done - peer, Some(peer - added)).await?;
    sample.link_ms = Some(link_ms);
    Ok(sample)
}

/// Shares a file; a link other than that of what was shared `before`.
async fn share(page: &Page, file: &Path, before: &str) -> Result<String> {
    page.choose(file).await?;
    page.share_link_other_than(before).await
}

fn fields<const N: usize>(times: &Value, names: [&str; N]) -> Result<[f64; N]> {
    let mut found = [0.0; N];
    for (slot, name) in found.iter_mut().zip(names) {
        *slot =
            number(times.get(name).unwrap_or(&Value::Null)).with_context(|| format!("no time of {name}"))?;
    }
    Ok(found)
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().context("not a number")
}

/// Notes when the first peer connection of a page is up.
const WATCH_CONNECTIONS: &str = "
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...options) {
            super(...options)
            this.addEventListener('connectionstatechange', () => {
                if (this.connectionState === 'connected') window.firstPeer ??= performance.now()
            })
        }
    }";

/// Sends off the link that was typed, and waits until the page shows another torrent than before as complete.
const DOWNLOAD: &str = "
    const complete = () => [...document.querySelectorAll('[data-testid=torrent][data-state=seeding]')]
        .map(torrent => torrent.dataset.infoHash)
    const before = complete()
    delete window.firstPeer
    const added = performance.now()
    document.querySelector('[data-testid=add-link-submit]').click()
    return new Promise(resolve => {
        new MutationObserver((_, observer) => {
            if (complete().every(hash => before.includes(hash))) return
            observer.disconnect()
            resolve({ added, firstPeer, completed: performance.now() })
        }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-state'] })
    })";

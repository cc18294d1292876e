//! How long it takes until something comes.
//!
//! Between two Chromium processes on this machine, with a file of 16 MiB, five times in turn and with a fresh downloading
//! browser each time; medians count. All clocks are the downloading page's, and begin when it is navigated to, or when the
//! link is sent off.
//!
//! - `cold_link`: a link is opened in a browser that knows nothing yet.
//! - `silent_stun`: the same where the deployment names a STUN server that does not answer.
//! - `open_page`: a link is sent off in a page that is open.
//! - `webtorrent`: the same with WebTorrent, by way of bittorrent-tracker's own server.
//!
//! What a link opened from cold goes through, each in milliseconds:
//!
//! - `painted_ms`, `usable_ms`: the document has drawn something; the program has.
//! - `config_ms`, `worker_ms`, `ready_ms`: the settings are asked for, the engine worker is made, and says something.
//! - `connection_ms`, `described_ms`, `candidate_ms`: the first peer connection is made, has its local description, and
//!   found an address.
//! - `socket_ms`, `announce_ms`: the tracker's socket is open; the first announce is sent.
//! - `answered_ms`, `connected_ms`, `first_peer_ms`: a connection has its remote description, is up; the latter from the
//!   moment at which the link is sent off.
//! - `message_ms`, `first_block_ms`: the first bytes of a peer are in the engine worker, and as many as a block has.
//!
//! `--before DIR` measures the page in this folder in the same rounds, under `before`; `--json` prints one object on the
//! last line. Each measurement goes to standard error as it is made.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use harness::{
    Browser, Files, Page, PageServer, Server, TrackerServer, WebTorrentPage, silent_udp_port, tools,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const LENGTH: u64 = 16 << 20;
const ROUNDS: usize = 5;

/// Notes in the page when what happened first, and collects what the engine worker notes. `reached(name)` promises it.
const WATCH_PAGE: &str = "{
    window.marks = {}
    const waiting = {}
    const mark = (name, at = performance.now()) => {
        if (name in marks) return
        marks[name] = at
        waiting[name]?.()
    }
    window.reached = name => new Promise(resolve => name in marks ? resolve() : waiting[name] = resolve)
    new BroadcastChannel('seedcast-bench').onmessage = ({ data: [name, at] }) => mark(name, at - performance.timeOrigin)
    const { fetch } = window
    window.fetch = (what, ...rest) => {
        if (String(what.url ?? what).endsWith('config.json')) mark('config_ms')
        return fetch(what, ...rest)
    }
    window.Worker = class extends Worker {
        constructor(...options) {
            super(...options)
            mark('worker_ms')
        }
    }
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...options) {
            super(...options)
            mark('connection_ms')
            this.addEventListener('icecandidate', () => mark('candidate_ms'))
            this.addEventListener('connectionstatechange', () => {
                if (this.connectionState === 'connected') mark('connected_ms')
            })
        }
        async setLocalDescription(...options) {
            await super.setLocalDescription(...options)
            mark('described_ms')
        }
        async setRemoteDescription(...options) {
            await super.setRemoteDescription(...options)
            mark('answered_ms')
        }
    }
    new PerformanceObserver(list => {
        for (const { name, startTime } of list.getEntries()) {
            if (name === 'first-contentful-paint') mark('painted_ms', startTime)
        }
    }).observe({ type: 'paint', buffered: true })
    new MutationObserver((_, observer) => {
        if (document.querySelector('[data-testid=settings]') === null) return
        mark('usable_ms')
        observer.disconnect()
    }).observe(document, { subtree: true, childList: true })
}";

/// Notes the same in the engine worker, of whose script it is the beginning, and tells the page.
const WATCH_WORKER: &str = "{
    const told = {}
    const page = new BroadcastChannel('seedcast-bench')
    const mark = name => {
        if (told[name]) return
        told[name] = true
        page.postMessage([name, performance.timeOrigin + performance.now()])
    }
    const { postMessage } = self
    self.postMessage = (...message) => {
        mark('ready_ms')
        postMessage(...message)
    }
    self.WebSocket = class extends WebSocket {
        constructor(...options) {
            super(...options)
            this.addEventListener('open', () => mark('socket_ms'))
        }
        send(message) {
            mark('announce_ms')
            super.send(message)
        }
    }
    let received = 0
    const note = ({ data }) => {
        mark('message_ms')
        received += data.byteLength
        if (received >= 16384) mark('first_block_ms')
    }
    const { get, set } = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'onmessage')
    Object.defineProperty(RTCDataChannel.prototype, 'onmessage', {
        get,
        set(listener) {
            this.addEventListener('message', note)
            set.call(this, listener)
        },
    })
}";

/// The script of the engine worker.
const WORKER: &str = "seedcast-engine_loader.js";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Options { json, before } = Options::parse(env::args().skip(1))?;
    let files = Files::new()?;
    let file = files.random("16 MiB.bin", LENGTH, 1)?;
    let (_socket, silent) = silent_udp_port()?;
    let mut builds = vec![Build::serve("now", &tools::dist()?, &file, silent).await?];
    if let Some(folder) = before {
        builds.push(Build::serve("before", &folder, &file, silent).await?);
    }
    let pages = PageServer::start().await?;
    let tracker = TrackerServer::start().await?;
    let sharer = WebTorrentPage::open(Browser::chromium("sharer").await?, &pages).await?;
    let magnet = sharer.share(&[&file], tracker.announce()).await?;

    let mut webtorrent = Samples::default();
    for _ in 0..ROUNDS {
        for build in &mut builds {
            build.measure().await?;
        }
        webtorrent.add("webtorrent", by_webtorrent(&pages, &magnet).await?);
        builds.reverse();
    }
    let mut medians = json!({ "webtorrent": webtorrent.medians() });
    for Build { name, cold_link, silent_stun, open_page, .. } in &builds {
        let of_build = json!({
            "cold_link": cold_link.medians(),
            "silent_stun": silent_stun.medians(),
            "open_page": open_page.medians(),
        });
        match (*name, &mut medians, of_build) {
            ("now", Value::Object(all), Value::Object(of_build)) => all.extend(of_build),
            (name, medians, of_build) => medians[name] = of_build,
        }
    }
    println!("{}", if json { medians.to_string() } else { serde_json::to_string_pretty(&medians)? });
    Ok(())
}

/// What was asked for on the command line.
struct Options {
    json: bool,
    before: Option<PathBuf>,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { json: false, before: None };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => options.json = true,
                "--before" => {
                    options.before = Some(words.next().context("`--before` needs a folder")?.into());
                }
                _ => bail!("`{word}` was not expected"),
            }
        }
        Ok(options)
    }
}

/// What happened when, of several measurements.
#[derive(Debug, Default)]
struct Samples(BTreeMap<String, Vec<f64>>);

impl Samples {
    fn add(&mut self, what: &str, marks: BTreeMap<String, f64>) {
        let mut in_order: Vec<_> = marks.iter().map(|(name, at)| (at.round() as u64, name)).collect();
        in_order.sort_unstable();
        let in_order: Vec<_> = in_order.into_iter().map(|(at, name)| format!("{name} {at}")).collect();
        eprintln!("{what}: {}", in_order.join(", "));
        for (name, at) in marks {
            self.0.entry(name).or_default().push(at);
        }
    }

    fn medians(&self) -> BTreeMap<&str, f64> {
        let median = |(name, values): (_, &Vec<f64>)| {
            let mut values = values.clone();
            values.sort_by(f64::total_cmp);
            (name, (values[values.len() / 2] * 10.0).round() / 10.0)
        };
        self.0.iter().map(|(name, values)| (name.as_str(), values)).map(median).collect()
    }
}

/// A build of the page, and what was measured of it.
struct Build {
    name: &'static str,
    plain: Site,
    silent: Site,
    cold_link: Samples,
    silent_stun: Samples,
    open_page: Samples,
}

/// A deployment where somebody shares a file.
struct Site {
    server: Server,
    link: String,
    _page: TempDir,
    _sharer: Page,
}

impl Build {
    /// Serves the page in the folder `dist`, once as it comes and once with a STUN server at a `silent` port.
    async fn serve(name: &'static str, dist: &Path, file: &Path, silent: u16) -> Result<Self> {
        let stun = json!({ "ice_servers": [{ "urls": [format!("stun:127.0.0.1:{silent}")] }] });
        let plain = Site::serve(dist, "{}", file).await?;
        let silent = Site::serve(dist, &stun.to_string(), file).await?;
        let [cold_link, silent_stun, open_page] = [(); 3].map(|()| Samples::default());
        Ok(Self { name, plain, silent, cold_link, silent_stun, open_page })
    }

    async fn measure(&mut self) -> Result<()> {
        let Self { name, plain, silent, cold_link, silent_stun, open_page } = self;
        cold_link.add(&format!("{name}, cold link"), plain.open_link().await?);
        open_page.add(&format!("{name}, open page"), plain.send_link().await?);
        silent_stun.add(&format!("{name}, silent STUN server"), silent.open_link().await?);
        Ok(())
    }
}

impl Site {
    async fn serve(dist: &Path, config: &str, file: &Path) -> Result<Self> {
        let page = tools::copy_of(dist)?;
        let worker = page.path().join(WORKER);
        let script = fs::read_to_string(&worker).context("the engine worker has no script")?;
        fs::write(&worker, format!("{WATCH_WORKER}\n{script}"))?;
        let server = Server::of_page_with(page.path(), config).await?;
        let sharer = Page::chromium("sharer", &server).await?;
        let link = sharer.share(&[file]).await?;
        Ok(Self { server, link, _page: page, _sharer: sharer })
    }

    /// Opens the link in a browser that knows nothing yet.
    async fn open_link(&self) -> Result<BTreeMap<String, f64>> {
        let browser = Browser::chromium("downloader").await?;
        browser.inject(WATCH_PAGE).await?;
        browser.web()?.goto(&self.link).await?;
        let marks = browser.run_async("await reached('first_block_ms'); return marks", &[]).await?;
        leave(&browser).await?;
        Ok(serde_json::from_value(marks)?)
    }

    /// Sends the link off in a page that is open.
    async fn send_link(&self) -> Result<BTreeMap<String, f64>> {
        let browser = Browser::chromium("downloader").await?;
        browser.inject(WATCH_PAGE).await?;
        let page = Page::open(browser, &self.server).await?;
        page.browser().run_async("await reached('ready_ms')", &[]).await?;
        page.type_link(&self.link).await?;
        let send = "
            const sent = performance.now()
            document.querySelector('[data-testid=add-link-submit]').click()
            await Promise.all([reached('connected_ms'), reached('first_block_ms')])
            return { first_peer_ms: marks.connected_ms - sent, first_block_ms: marks.first_block_ms - sent }";
        let marks = page.browser().run_async(send, &[]).await?;
        leave(page.browser()).await?;
        Ok(serde_json::from_value(marks)?)
    }
}

async fn by_webtorrent(pages: &PageServer, magnet: &str) -> Result<BTreeMap<String, f64>> {
    let browser = Browser::chromium("downloader").await?;
    browser.inject(WATCH_PAGE).await?;
    let page = WebTorrentPage::open(browser, pages).await?;
    page.add(magnet).await?;
    let peer = "await reached('connected_ms'); return { first_peer_ms: marks.connected_ms - times.added }";
    let marks = page.browser().run_async(peer, &[]).await?;
    leave(page.browser()).await?;
    Ok(serde_json::from_value(marks)?)
}

/// Leaves the page, so that the sharer notices: browsers that are killed are missed later.
async fn leave(browser: &Browser) -> Result<()> {
    Ok(browser.web()?.goto("about:blank").await?)
}

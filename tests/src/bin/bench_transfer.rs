//! How fast a file goes from one browser to another, and what that costs.
//!
//! Between two Chromium processes on this machine, 64 MiB by
//! 1. a raw data channel: what the browser can do at all,
//! 2. WebTorrent with its default store, by way of bittorrent-tracker's own server,
//! 3. Seedcast, by way of its own server,
//!
//! each three times in turn, every time in fresh browsers; medians count. All clocks are the downloading page's
//! `performance.now()`.
//!
//! - `mb_per_s`: 10⁶ bytes per second from the first payload byte until everything is there: for the raw channel
//!   received, for the others verified and stored. Seedcast's page does not show its first byte, so its clock
//!   starts earlier, when the peer connection is up, and it stops when the page shows the torrent as complete,
//!   which may be a tenth of a second late. Both err against Seedcast.
//! - `main_ms_per_mb`: how long the downloading page's main thread was busy, from adding the link to the end.
//! - `cpu_s_per_100mb`: processor time of all processes of both browsers over the same span.
//! - `first_peer_ms`: from adding the link until the first `RTCPeerConnection` is connected, seen by the same
//!   script in both pages.
//!
//! `--json` prints one object on the last line; each measurement goes to standard error as it is made.

use std::env;
use std::path::Path;

use anyhow::{Context as _, Result};
use harness::{Browser, Files, Page, PageServer, Server, TrackerServer, WebTorrentPage};
use serde::Serialize;
use serde_json::{Value, json};

const LENGTH: u64 = 64 << 20;
const ROUNDS: usize = 3;

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

/// Notes when the page shows its torrent as complete, and offers `complete`, a promise of that.
const WATCH_COMPLETION: &str = "
    window.complete = new Promise(resolve => {
        const look = () => {
            if (!document.querySelector('[data-testid=torrent][data-state=seeding]')) return
            window.completedAt ??= performance.now()
            resolve()
        }
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-state'] })
    })";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let pages = PageServer::start().await?;
    let tracker = TrackerServer::start().await?;
    let server = Server::start().await?;
    let files = Files::new()?;
    let file = files.random("64 MiB.bin", LENGTH, 1)?;

    let (mut raw, mut webtorrent, mut seedcast) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(noted("raw", raw_channel(&pages).await?)?);
        webtorrent.push(noted("webtorrent", by_webtorrent(&pages, &tracker, &file).await?)?);
        seedcast.push(noted("seedcast", by_seedcast(&server, &file).await?)?);
    }
    let medians =
        json!({ "raw": median(&raw), "webtorrent": median(&webtorrent), "seedcast": median(&seedcast) });
    println!("{}", if json { medians.to_string() } else { serde_json::to_string_pretty(&medians)? });
    Ok(())
}

/// What one transfer took.
#[derive(Clone, Copy, Debug, Serialize)]
struct Sample {
    mb_per_s: f64,
    cpu_s_per_100mb: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    main_ms_per_mb: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_peer_ms: Option<f64>,
}

fn noted(name: &str, sample: Sample) -> Result<Sample> {
    eprintln!("{name}: {}", serde_json::to_string(&sample)?);
    Ok(sample)
}

fn median(samples: &[Sample]) -> Sample {
    let middle = |of: fn(&Sample) -> Option<f64>| {
        let mut values: Vec<f64> = samples.iter().filter_map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Sample {
        mb_per_s: middle(|sample| Some(sample.mb_per_s)).unwrap_or(f64::NAN),
        cpu_s_per_100mb: middle(|sample| Some(sample.cpu_s_per_100mb)).unwrap_or(f64::NAN),
        main_ms_per_mb: middle(|sample| sample.main_ms_per_mb),
        first_peer_ms: middle(|sample| sample.first_peer_ms),
    }
}

/// What two browsers spent so far, to be compared with later.
struct Meter<'a> {
    browsers: [&'a Browser; 2],
    cpu_seconds: f64,
    main_seconds: f64,
}

impl<'a> Meter<'a> {
    async fn start(sharer: &'a Browser, downloader: &'a Browser) -> Result<Self> {
        let browsers = [sharer, downloader];
        let main_seconds = downloader.main_thread_seconds().await?;
        Ok(Self { browsers, cpu_seconds: cpu_seconds(browsers), main_seconds })
    }

    /// What it took to move the file in `milliseconds`.
    async fn stop(self, milliseconds: f64, first_peer_ms: Option<f64>) -> Result<Sample> {
        let [_, downloader] = self.browsers;
        let cpu_seconds = cpu_seconds(self.browsers) - self.cpu_seconds;
        let main_seconds = downloader.main_thread_seconds().await? - self.main_seconds;
        let megabytes = LENGTH as f64 / 1e6;
        Ok(Sample {
            mb_per_s: megabytes / (milliseconds / 1000.0),
            cpu_s_per_100mb: cpu_seconds * 100.0 / megabytes,
            main_ms_per_mb: Some(main_seconds * 1000.0 / megabytes),
            first_peer_ms,
        })
    }
}

fn cpu_seconds(browsers: [&Browser; 2]) -> f64 {
    browsers.iter().map(|browser| browser.cpu_time().seconds()).sum()
}

async fn raw_channel(pages: &PageServer) -> Result<Sample> {
    let sharer = Browser::chromium("sharer").await?;
    let downloader = Browser::chromium("downloader").await?;
    for browser in [&sharer, &downloader] {
        browser.web()?.goto(pages.url("channel.html")).await?;
    }
    downloader.run("expect(arguments[0])", &[json!(LENGTH)]).await?;
    let offer = sharer.run_async("return offer()", &[]).await?;
    let answer = downloader.run_async("return answer(args[0])", &[offer]).await?;
    sharer.run_async("await accept(args[0])", &[answer]).await?;

    let meter = Meter::start(&sharer, &downloader).await?;
    sharer.run("send(arguments[0])", &[json!(LENGTH)]).await?;
    let took = downloader.run_async("return received", &[]).await?;
    meter.stop(number(&took)?, None).await
}

async fn by_webtorrent(pages: &PageServer, tracker: &TrackerServer, file: &Path) -> Result<Sample> {
    let sharer = WebTorrentPage::open(Browser::chromium("sharer").await?, pages).await?;
    let downloader = Browser::chromium("downloader").await?;
    downloader.inject(WATCH_CONNECTIONS).await?;
    let downloader = WebTorrentPage::open(downloader, pages).await?;
    let magnet = sharer.share(&[file], tracker.announce()).await?;

    let meter = Meter::start(sharer.browser(), downloader.browser()).await?;
    downloader.add(&magnet).await?;
    downloader.finish().await?;
    let times = downloader.browser().run("return { ...times, firstPeer }", &[]).await?;
    let [added, peer, first, done] = fields(&times, ["added", "firstPeer", "firstByte", "done"])?;
    meter.stop(done - first, Some(peer - added)).await
}

async fn by_seedcast(server: &Server, file: &Path) -> Result<Sample> {
    let sharer = Page::open(Browser::chromium("sharer").await?, server).await?;
    let downloader = Browser::chromium("downloader").await?;
    downloader.inject(WATCH_CONNECTIONS).await?;
    let downloader = Page::open(downloader, server).await?;
    let link = sharer.share(&[file]).await?;
    downloader.type_link(&link).await?;
    downloader.browser().run(WATCH_COMPLETION, &[]).await?;

    let meter = Meter::start(sharer.browser(), downloader.browser()).await?;
    let submit =
        "window.added = performance.now(); document.querySelector('[data-testid=add-link-submit]').click()";
    downloader.browser().run(submit, &[]).await?;
    downloader.browser().run_async("await complete", &[]).await?;
    let times = downloader.browser().run("return { added, firstPeer, completedAt }", &[]).await?;
    let [added, peer, done] = fields(&times, ["added", "firstPeer", "completedAt"])?;
    meter.stop(done - peer, Some(peer - added)).await
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

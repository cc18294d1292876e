//! How soon a film plays that is still elsewhere, and how well it goes on.
//!
//! A film of a minute and about 100 MB lies with one sharer, a Seedcast page whose upload is limited to 1.5 times the
//! film's bit rate. It is watched, by way of the same tracker, with
//! 1. WebTorrent and its own service worker,
//! 2. Seedcast,
//!
//! each three times in turn, every time in fresh browsers, with both programs loaded and their service workers running;
//! medians count. All clocks are the watching page's `performance.now()`.
//!
//! - `first_frame_ms`: from adding the link to the first frame on the screen. Seedcast's page shows its own player,
//!   which is told to play as soon as it is there; WebTorrent is given an element to play in.
//! - `bytes_before_first_frame`: what the page's peer connections had received by then, of whatever kind.
//! - `stalls`: how often playback of the first fifteen seconds ran dry.
//! - `seek_ms`: from a seek to 80 % of the film to the first frame from there.
//!
//! `--json` prints one object on the last line; each measurement goes to standard error as it is made.

use std::env;
use std::path::Path;

use anyhow::{Result, ensure};
use harness::{Browser, Media, Page, PageServer, SLOW, Server, WebTorrentPage, magnet_of, until};
use serde::{Deserialize, Serialize};
use serde_json::json;

const ROUNDS: usize = 3;

/// Thousands of bytes that the sharer gives each second.
const LINK: u32 = Media::LONG_RATE * 3 / 2 / 1000;

/// Seconds that are played before the seek, and where it leads.
const PLAYED: f64 = 15.0;
const SOUGHT: f64 = 48.0;

/// The same clocks and counters in both pages.
const WATCH: &str = "
    window.connections = []
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...options) {
            super(...options)
            connections.push(this)
        }
    }
    const received = async () => {
        let bytes = 0
        for (const connection of connections) {
            for (const report of (await connection.getStats()).values()) {
                if (report.type === 'transport') bytes += report.bytesReceived
            }
        }
        return bytes
    }
    window.watch = player => {
        const frameFrom = second => new Promise(resolve => {
            const look = (now, { mediaTime }) => {
                if (mediaTime >= second) resolve(performance.now())
                else player.requestVideoFrameCallback(look)
            }
            player.requestVideoFrameCallback(look)
        })
        window.player = player
        window.sample = {}
        player.muted = true
        frameFrom(0).then(async at => {
            sample.first_frame_ms = at - added
            sample.stalls = 0
            player.addEventListener('waiting', () => { sample.stalls += 1 })
            sample.bytes_before_first_frame = await received()
        })
        window.seek = async second => {
            const { stalls } = sample
            const begin = performance.now()
            player.currentTime = second
            sample.seek_ms = await frameFrom(second - 0.1) - begin
            return { ...sample, stalls }
        }
        player.play()
    }";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let film = Media::LongMp4.file()?;
    let pages = PageServer::start().await?;
    let (mut webtorrent, mut seedcast) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        webtorrent.push(noted("webtorrent", by_webtorrent(&pages, &film).await?)?);
        seedcast.push(noted("seedcast", by_seedcast(&film).await?)?);
    }
    let medians = json!({ "webtorrent": median(&webtorrent), "seedcast": median(&seedcast) });
    println!("{}", if json { medians.to_string() } else { serde_json::to_string_pretty(&medians)? });
    Ok(())
}

/// How one showing went.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Sample {
    first_frame_ms: f64,
    seek_ms: f64,
    bytes_before_first_frame: f64,
    stalls: f64,
}

fn noted(name: &str, sample: Sample) -> Result<Sample> {
    eprintln!("{name}: {}", serde_json::to_string(&sample)?);
    Ok(sample)
}

fn median(samples: &[Sample]) -> Sample {
    let middle = |of: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).map_or(f64::NAN, |value| value.round())
    };
    Sample {
        first_frame_ms: middle(|sample| sample.first_frame_ms),
        seek_ms: middle(|sample| sample.seek_ms),
        bytes_before_first_frame: middle(|sample| sample.bytes_before_first_frame),
        stalls: middle(|sample| sample.stalls),
    }
}

/// Somebody who has the film, and the link to it.
struct Sharer {
    server: Server,
    _page: Page,
    link: String,
}

impl Sharer {
    async fn open(film: &Path) -> Result<Self> {
        let server = Server::start().await?;
        let page = Page::chromium("sharer", &server).await?;
        let link = page.share(&[film]).await?;
        page.press("[data-testid=limits]").await?;
        page.fill("[data-testid=limit-up]", &LINK.to_string()).await?;
        Ok(Self { server, _page: page, link })
    }
}

async fn by_webtorrent(pages: &PageServer, film: &Path) -> Result<Sample> {
    let sharer = Sharer::open(film).await?;
    let browser = Browser::chromium("viewer").await?;
    browser.inject(WATCH).await?;
    let viewer = WebTorrentPage::open(browser, pages).await?;
    viewer.browser().run_async("await openServer()", &[]).await?;
    let script = "
        window.added = performance.now()
        stream(arguments[0], url => {
            const player = document.createElement('video')
            player.src = url
            document.body.append(player)
            watch(player)
        })";
    let magnet = format!("{}&tr={}", magnet_of(&sharer.link)?, sharer.server.announce());
    viewer.browser().run(script, &[json!(magnet)]).await?;
    measure(viewer.browser()).await
}

async fn by_seedcast(film: &Path) -> Result<Sample> {
    let sharer = Sharer::open(film).await?;
    let browser = Browser::chromium("viewer").await?;
    browser.inject(WATCH).await?;
    let viewer = Page::open(browser, &sharer.server).await?;
    until("the service worker to answer the page", SLOW, async || {
        let controlled = "return navigator.serviceWorker.controller !== null";
        Ok((viewer.browser().run(controlled, &[]).await? == true).then_some(()))
    })
    .await?;
    viewer.type_link(&sharer.link).await?;
    let script = "
        window.added = performance.now()
        new MutationObserver((_, observer) => {
            const player = document.querySelector('video[data-testid=player]')
            if (player === null) return
            observer.disconnect()
            watch(player)
        }).observe(document.body, { childList: true, subtree: true })
        document.querySelector('[data-testid=add-link-submit]').click()";
    viewer.browser().run(script, &[]).await?;
    measure(viewer.browser()).await
}

/// Watches until there is something to say of everything.
async fn measure(browser: &Browser) -> Result<Sample> {
    until("the film to be played for a while", SLOW, async || {
        let state =
            browser.run("return window.player && [player.currentTime, player.error?.message]", &[]).await?;
        let error = state.get(1).and_then(|error| error.as_str());
        ensure!(error.is_none(), "the player says: {state}");
        Ok(state.get(0).and_then(|at| at.as_f64()).filter(|at| *at >= PLAYED))
    })
    .await?;
    Ok(serde_json::from_value(browser.run_async("return seek(args[0])", &[json!(SOUGHT)]).await?)?)
}

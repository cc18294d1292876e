//! What a file of 1 GiB costs the browser that downloads it, and how soon it is shared again after a reload.
//!
//! Two Chromium processes on this machine, one of which shares the file from its disk.
//!
//! - `mib`: the file.
//! - `mb_per_s`: 10⁶ bytes per second from adding the link until the page shows the torrent as complete.
//! - `peak_above_idle_mib`: what the downloading browser's renderer had in memory at most (files left out), looked at twenty
//!   times a second, beyond what it had before, when the page was idle.
//! - `reload_ms`: from the reload of the downloader's page until it shows the torrent as seeding, by the page's own clock; the
//!   median of five.
//!
//! `--mib N` takes another length; `--json` prints one object on the last line.

use std::env;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use harness::{Files, Page, Server};
use serde_json::json;
use tokio::time::sleep;

const MIB: u64 = 1 << 20;
/// Of the file, unless another length is asked for.
const DEFAULT_MIB: u64 = 1024;
const RELOADS: usize = 5;
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(50);
/// For how long a page is looked at that is idle.
const IDLE_LOOKS: u32 = 40;

/// Notes when a page shows its torrent as seeding: milliseconds since it began to load.
const WATCH_SEEDING: &str = "
    window.seeding = new Promise(resolve => {
        new MutationObserver((_, observer) => {
            if (!document.querySelector('[data-testid=torrent][data-state=seeding]')) return
            observer.disconnect()
            resolve(performance.now())
        }).observe(document, { subtree: true, childList: true, attributeFilter: ['data-state'] })
    })";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Options { json, mib } = Options::parse(env::args().skip(1))?;
    let server = Server::start().await?;
    let files = Files::new()?;
    let file = files.random("large.bin", mib * MIB, 1)?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;

    let downloader = Page::chromium("downloader", &server).await?;
    let mut idle = u64::MAX;
    for _ in 0..IDLE_LOOKS {
        sleep(LOOK).await;
        idle = idle.min(downloader.browser().renderer_memory());
    }
    let began = Instant::now();
    downloader.add(&link).await?;
    let mut peak = 0;
    let complete = downloader.wait_complete();
    tokio::pin!(complete);
    loop {
        tokio::select! {
            torrent = &mut complete => {
                torrent?;
                break;
            }
            () = sleep(LOOK) => peak = peak.max(downloader.browser().renderer_memory()),
        };
    }
    let seconds = began.elapsed().as_secs_f64();

    downloader.browser().inject(WATCH_SEEDING).await?;
    let mut reloads = Vec::new();
    for _ in 0..RELOADS {
        downloader.browser().web()?.refresh().await?;
        let took = downloader.browser().run_async("return seeding", &[]).await?;
        reloads.push(took.as_f64().context("not a number of milliseconds")?);
    }
    reloads.sort_by(f64::total_cmp);
    let measured = json!({
        "mib": mib,
        "mb_per_s": (mib * MIB) as f64 / 1e6 / seconds,
        "peak_above_idle_mib": peak.saturating_sub(idle) as f64 / MIB as f64,
        "reload_ms": reloads.get(RELOADS / 2),
    });
    println!("{}", if json { measured.to_string() } else { serde_json::to_string_pretty(&measured)? });
    Ok(())
}

/// What was asked for on the command line.
struct Options {
    json: bool,
    mib: u64,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { json: false, mib: DEFAULT_MIB };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => options.json = true,
                "--mib" => options.mib = words.next().context("`--mib` needs a value")?.parse()?,
                _ => bail!("`{word}` was not expected"),
            }
        }
        ensure!(options.mib > 0, "no file of that length is measured");
        Ok(options)
    }
}

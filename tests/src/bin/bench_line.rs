//! How fast a file goes over a long line from one browser to another.
//!
//! Between two Chromium processes in network namespaces of their own, over an emulated [`Line`] of 100 Mbit/s in each
//! direction, with 20 and 100 ms from one end to the other and back, where none and 1 % of the packets get lost, by
//! 1. a raw data channel: what the browser can do at all,
//! 2. WebTorrent with its default store,
//! 3. Seedcast,
//!
//! each three times (`--rounds N`: so many times) in turn, every time in fresh browsers on a fresh line, with the same
//! losses for the three of a round; medians count. `--row N` measures only the row of that number, from 0 on; `--pace`
//! prints how many KiB the sharer's end sent in each quarter of a second, which shows where a transfer stands still.
//!
//! Megabytes (10⁶ bytes) per second are those of the file from the moment when the sharer's end has sent as much as
//! one block until everything is at the other: for the raw channel received, for the others verified and stored. Pages
//! and trackers are reached without delay.
//!
//! `--json` prints one object on the last line; each measurement goes to standard error as it is made.

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use harness::{
    Browser, Conditions, Files, Line, Page, PageServer, Server, TrackerServer, WebTorrentPage, become_root,
};
use serde::Serialize;
use serde_json::json;

const ROUNDS: usize = 3;

/// What is measured: round trips in milliseconds, the share of packets that is lost, and the MiB of a file that takes
/// some ten seconds.
const LINES: [(u64, f64, u64); 4] = [(20, 0.0, 64), (20, 0.01, 8), (100, 0.0, 64), (100, 0.01, 2)];

/// 100 Mbit/s.
const RATE: u64 = 12_500_000;
const QUEUE: Duration = Duration::from_millis(100);

#[derive(Debug, Serialize)]
struct Row {
    rtt_ms: u64,
    loss: f64,
    raw_mb_per_s: f64,
    webtorrent_mb_per_s: f64,
    seedcast_mb_per_s: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse(env::args().skip(1))?;
    become_root()?;
    let servers = Servers {
        pages: PageServer::start().await?,
        tracker: TrackerServer::start().await?,
        ours: Server::start().await?,
    };
    let files = Files::new()?;
    let mut rows = Vec::new();
    for (number, (rtt_ms, loss, mib)) in LINES.into_iter().enumerate() {
        if options.row.is_some_and(|row| row != number) {
            continue;
        }
        let conditions = Conditions { rtt: Duration::from_millis(rtt_ms), loss, rate: RATE, queue: QUEUE };
        let length = mib << 20;
        let file = files.random(&format!("{rtt_ms} ms {loss}.bin"), length, 1)?;
        let mut rates = [const { Vec::new() }; 3];
        for round in 0..options.rounds {
            for (way, rates) in Way::ALL.into_iter().zip(&mut rates) {
                let line = Line::lay(conditions, round as u64)?;
                servers.reachable_from(&line)?;
                let rate = way.transfer(&servers, &line, &file, length).await?;
                eprintln!("{rtt_ms} ms, {loss} lost, {way:?}: {rate:.3} MB/s, {:?}", line.counts());
                if options.pace {
                    eprintln!("{:?}", line.pace().iter().map(|bytes| bytes >> 10).collect::<Vec<_>>());
                }
                rates.push(rate);
            }
        }
        let [raw_mb_per_s, webtorrent_mb_per_s, seedcast_mb_per_s] = rates.map(median);
        rows.push(Row { rtt_ms, loss, raw_mb_per_s, webtorrent_mb_per_s, seedcast_mb_per_s });
    }
    let result = json!({ "rows": rows });
    println!("{}", if options.json { result.to_string() } else { serde_json::to_string_pretty(&result)? });
    Ok(())
}

/// What was asked for on the command line.
struct Options {
    json: bool,
    rounds: usize,
    /// The number of the only row.
    row: Option<usize>,
    pace: bool,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { json: false, rounds: ROUNDS, row: None, pace: false };
        while let Some(word) = words.next() {
            let mut number = || -> Result<usize> {
                let number = words.next().and_then(|number| number.parse().ok());
                number.with_context(|| format!("`{word}` needs a number"))
            };
            match word.as_str() {
                "--json" => options.json = true,
                "--rounds" => options.rounds = number()?,
                "--row" => options.row = Some(number()?),
                "--pace" => options.pace = true,
                _ => bail!("`{word}` was not expected"),
            }
        }
        ensure!(options.rounds > 0, "no rounds measure nothing");
        let rows = LINES.len();
        ensure!(options.row.is_none_or(|row| row < rows), "there are rows 0 to {} only", rows - 1);
        Ok(options)
    }
}

/// Whom the browsers ask for pages and for each other.
struct Servers {
    pages: PageServer,
    tracker: TrackerServer,
    ours: Server,
}

impl Servers {
    fn reachable_from(&self, line: &Line) -> Result<()> {
        for end in line.ends() {
            for url in [&self.pages.url(""), self.tracker.announce(), &self.ours.origin()] {
                end.reach(url)?;
            }
        }
        Ok(())
    }
}

/// How a file gets from one browser to the other.
#[derive(Clone, Copy, Debug)]
enum Way {
    Raw,
    WebTorrent,
    Seedcast,
}

impl Way {
    const ALL: [Self; 3] = [Self::Raw, Self::WebTorrent, Self::Seedcast];

    /// Megabytes each second.
    async fn transfer(self, servers: &Servers, line: &Line, file: &Path, length: u64) -> Result<f64> {
        let [first, second] = line.ends();
        let sharer = Browser::within(first, "sharer").await?;
        let downloader = Browser::within(second, "downloader").await?;
        let done = match self {
            Self::Raw => raw_channel(&servers.pages, [&sharer, &downloader], length).await?,
            Self::WebTorrent => by_webtorrent(servers, [sharer, downloader], file).await?,
            Self::Seedcast => by_seedcast(&servers.ours, [sharer, downloader], file).await?,
        };
        let begun = line.begun().context("nothing took the line")?;
        Ok(length as f64 / 1e6 / done.duration_since(begun).as_secs_f64())
    }
}

async fn raw_channel(pages: &PageServer, browsers: [&Browser; 2], length: u64) -> Result<Instant> {
    let [sharer, downloader] = browsers;
    for browser in browsers {
        browser.web()?.goto(pages.url("channel.html")).await?;
    }
    downloader.run("expect(arguments[0])", &[json!(length)]).await?;
    let offer = sharer.run_async("return offer()", &[]).await?;
    let answer = downloader.run_async("return answer(args[0])", &[offer]).await?;
    sharer.run_async("await accept(args[0])", &[answer]).await?;
    sharer.run("send(arguments[0])", &[json!(length)]).await?;
    downloader.run_async("return received", &[]).await?;
    Ok(Instant::now())
}

async fn by_webtorrent(servers: &Servers, browsers: [Browser; 2], file: &Path) -> Result<Instant> {
    let [sharer, downloader] = browsers;
    let sharer = WebTorrentPage::open(sharer, &servers.pages).await?;
    let downloader = WebTorrentPage::open(downloader, &servers.pages).await?;
    let magnet = sharer.share(&[file], servers.tracker.announce()).await?;
    downloader.add(&magnet).await?;
    downloader.finish().await?;
    Ok(Instant::now())
}

async fn by_seedcast(server: &Server, browsers: [Browser; 2], file: &Path) -> Result<Instant> {
    let [sharer, downloader] = browsers;
    let sharer = Page::open(sharer, server).await?;
    let downloader = Page::open(downloader, server).await?;
    let link = sharer.share(&[file]).await?;
    downloader.type_link(&link).await?;
    downloader.time_download().await?;
    Ok(Instant::now())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

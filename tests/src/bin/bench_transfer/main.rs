//! How fast a file goes from one browser to another, and what that costs.
//!
//! Between two Chromium processes on this machine, by
//! 1. a raw data channel that a page has: what the browser can do at all,
//! 2. a raw data channel that a worker has, as Seedcast's,
//! 3. WebTorrent with its default store, by way of bittorrent-tracker's own server,
//! 4. Seedcast, by way of its own server, and the same with what only who has the link can read (`sealed`),
//!
//! each five times in turn, every time in fresh browsers; medians count. All clocks are the downloading page's
//! `performance.now()`.
//!
//! Of 64 MiB it is measured from cold: it is the first that these browsers transfer. 16 and 192 MiB are the steady state:
//! the same browsers have transferred another file of 16 MiB in the same way before, so that whatever is compiled, opened
//! and reserved once is there.
//!
//! - `mb_per_s`: 10⁶ bytes per second from the first payload byte until everything is there: for the raw channels
//!   received, for the others verified and stored. Seedcast's page does not show its first byte, so its clock
//!   starts earlier, when the peer connection is up, and it stops when the page shows the torrent as complete,
//!   which may be a tenth of a second late. Both err against Seedcast.
//! - `cpu_s_per_100mb`: processor time of all processes of both browsers from adding the link to the end.
//! - `main_ms_per_mb`: how long the downloading page's main thread was busy over the same span.
//! - `first_peer_ms`: from adding the link until the first `RTCPeerConnection` is connected, seen by the same
//!   script in both pages.
//! - `link_ms`: from choosing the file to its link, as seen from outside, so up to a tenth of a second late.
//! - `threads`: milliseconds of processor time for each MB, by browser, process and thread. What threads
//!   spent in their whole life that ended meanwhile is called `ended`.
//!
//! `--mib N` measures one size, `--ways NAME,NAME` some of the ways, `--rounds N` so many times; `--before DIR`
//! measures the built page in that folder, of an earlier release, as well. `--json` prints one object on the last line; each
//! measurement goes to standard error as it is made.

mod sample;
mod ways;

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use harness::{Files, PageServer, Server, TrackerServer};
use serde_json::{Map, Value, json};

use self::sample::Sample;
use self::ways::{Payload, Places, Way};

const MIB: u64 = 1 << 20;

/// What is transferred, and whether by browsers that have transferred nothing before.
const ROWS: [Row; 3] =
    [Row { mib: 16, from_cold: false }, Row { mib: 64, from_cold: true }, Row { mib: 192, from_cold: false }];

/// What is transferred before the steady state is measured.
const WARM_UP_MIB: u64 = 16;

/// One size.
#[derive(Clone, Copy)]
struct Row {
    mib: u64,
    from_cold: bool,
}

/// What was asked for on the command line.
struct Options {
    json: bool,
    mib: Option<u64>,
    /// Names of ways, of which there may be others.
    ways: Option<String>,
    rounds: usize,
    before: Option<PathBuf>,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { json: false, mib: None, ways: None, rounds: 5, before: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--json" => options.json = true,
                "--mib" => options.mib = Some(value()?.parse()?),
                "--ways" => options.ways = Some(value()?),
                "--rounds" => options.rounds = value()?.parse()?,
                "--before" => options.before = Some(value()?.into()),
                _ => anyhow::bail!("`{word}` was not expected"),
            }
        }
        Ok(options)
    }

    /// Whether a way is to be measured.
    fn wants(&self, way: Way) -> bool {
        self.ways.as_ref().is_none_or(|names| names.split(',').any(|name| name == way.name()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse(env::args().skip(1))?;
    ensure!(options.rounds > 0, "nothing is measured so often");
    let rows = match options.mib {
        // Of a size that is not among them, a browser's first.
        Some(mib) => {
            vec![ROWS.into_iter().find(|row| row.mib == mib).unwrap_or(Row { mib, from_cold: true })]
        }
        None => ROWS.to_vec(),
    };
    let before = match &options.before {
        Some(dist) => Some(Server::of_page(dist).await?),
        None => None,
    };
    let places = Places {
        pages: PageServer::start().await?,
        tracker: TrackerServer::start().await?,
        server: Server::start().await?,
        before,
    };
    let files = Files::new()?;
    let warm_up = Payload::new(files.random("warm-up.bin", WARM_UP_MIB * MIB, 1)?, WARM_UP_MIB * MIB);

    let mut measured = Vec::new();
    for Row { mib, from_cold } in rows {
        let name = format!("{mib} MiB.bin");
        let payload = Payload::new(files.random(&name, mib * MIB, mib)?, mib * MIB);
        let warm_up = (!from_cold).then_some(&warm_up);
        let mut samples: Vec<(Way, Vec<Sample>)> = Way::ALL
            .into_iter()
            .filter(|way| places.has(*way) && options.wants(*way))
            .map(|way| (way, Vec::new()))
            .collect();
        for _ in 0..options.rounds {
            for (way, samples) in &mut samples {
                let sample = places.measure(*way, warm_up, &payload).await?;
                eprintln!("{mib} MiB, {}: {}", way.name(), serde_json::to_string(&sample)?);
                samples.push(sample);
            }
        }
        let mut row =
            Map::from_iter([("mib".to_owned(), json!(mib)), ("from_cold".to_owned(), json!(from_cold))]);
        for (way, samples) in samples {
            row.insert(way.name().to_owned(), serde_json::to_value(Sample::median(&samples))?);
        }
        measured.push(Value::Object(row));
    }
    let measured = json!({ "rows": measured });
    println!(
        "{}",
        if options.json { measured.to_string() } else { serde_json::to_string_pretty(&measured)? }
    );
    Ok(())
}

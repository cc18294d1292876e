//! What an announce costs a tracker, ours and others in turn.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::generator::Generator;
use crate::machine;
use crate::orders::{Crew, Order};
use crate::server::{Cores, Kind, Programs, Server};

/// Peers, and announces a second; 0 stands for as many as one core takes.
const CASES: &[(usize, u32)] = &[(200, 1000), (2000, 1000), (10_000, 1000), (200, 0), (2000, 0), (10_000, 0)];

/// Each case is measured as often, so that a median means something.
const ROUNDS: usize = 3;

/// Peers of a swarm.
const SWARM: usize = 100;

const OFFERS: u8 = 5;

/// Bytes of an offer or an answer, as of a browser that has found a few addresses.
const SDP: usize = 800;

/// Seconds of announces before those that are measured.
const WARM_UP: u32 = 1;

/// Measures all `programs`, prints a table, and with `json` a line of JSON.
pub(crate) fn run(programs: &Programs, json: bool) -> anyhow::Result<()> {
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|&kind| programs.have(kind)).collect();
    let mut samples: Vec<(Kind, usize, u32, Sample)> = Vec::new();
    for round in 0..ROUNDS {
        for &(peers, rate) in CASES {
            for turn in 0..kinds.len() {
                let kind = kinds[(turn + round) % kinds.len()];
                let busy = machine::wait_until_idle()?;
                let sample = measure(programs, kind, peers, rate)?;
                eprintln!("round {} of {ROUNDS}: {}, {sample}", round + 1, case(kind, peers, rate));
                if busy > 0.5 {
                    eprintln!("  others kept {busy:.1} cores busy just before");
                }
                samples.push((kind, peers, rate, sample));
            }
        }
    }
    let medians = |kind: Kind, peers: usize, rate: u32| {
        let of_case = |&&(k, p, r, _): &&(Kind, usize, u32, Sample)| (k, p, r) == (kind, peers, rate);
        Sample::medians(samples.iter().filter(of_case).map(|(_, _, _, sample)| sample))
    };
    println!("{HEAD}");
    for &(peers, rate) in CASES {
        for &kind in &kinds {
            println!("{}", medians(kind, peers, rate).row(kind, peers, rate));
        }
    }
    if json {
        let row = |&(peers, rate): &(usize, u32)| {
            let of = |kind| programs.have(kind).then(|| medians(kind, peers, rate).json());
            json!({
                "peers": peers,
                "rate": rate,
                "seedcast": of(Kind::Seedcast),
                "aquatic": of(Kind::Aquatic),
                "bittorrent_tracker": of(Kind::BittorrentTracker),
            })
        };
        println!("{}", json!({ "rows": CASES.iter().map(row).collect::<Vec<_>>() }));
    }
    Ok(())
}

fn case(kind: Kind, peers: usize, rate: u32) -> String {
    match rate {
        0 => format!("{} with {peers} peers on one core", kind.name()),
        _ => format!("{} with {peers} peers and {rate} announces/s", kind.name()),
    }
}

fn measure(programs: &Programs, kind: Kind, peers: usize, rate: u32) -> anyhow::Result<Sample> {
    let (server_cores, client_cores) =
        if rate == 0 { (Cores::One(0), Cores::One(1)) } else { (Cores::All, Cores::All) };
    let server = Server::start(programs, kind, server_cores)?;
    let crew = Crew {
        address: server.address,
        peers,
        first_peer: 0,
        swarms: peers.div_ceil(SWARM) as u64,
        first_swarm: 0,
        offers: OFFERS,
        sdp: SDP,
    };
    let before = server.memory()?.now;
    let mut clients = Generator::start(&crew, client_cores)?;
    let per_peer = |memory: u64| (memory as f64 - before as f64) / peers as f64;
    let opened = clients.obeys(Order::Open)?;
    anyhow::ensure!(opened == peers, "{} took {opened} of {peers} connections", kind.name());
    // What was allocated for handshakes is given back.
    thread::sleep(Duration::from_millis(300));
    let idle = per_peer(server.memory()?.now);
    let joined = clients.obeys(Order::Join)?;
    anyhow::ensure!(joined == peers, "{} replied to {joined} of {peers} announces", kind.name());
    clients.obeys(Order::Announce { rate, seconds: WARM_UP })?;
    clients.figures()?;

    let seconds = if rate == 0 { 4 } else { 6 };
    let start = server.cpu_time()?;
    clients.obeys(Order::Announce { rate, seconds })?;
    let cpu = server.cpu_time()? - start;
    let loaded = per_peer(server.memory()?.now);
    let figures = clients.figures()?;
    Ok(Sample {
        cpu_us_per_announce: cpu.as_micros() as f64 / figures.announces as f64,
        p50_reply_ms: figures.reply_ms(0.5),
        p99_reply_ms: figures.reply_ms(0.99),
        p99_answer_ms: figures.answer_ms(0.99),
        idle_bytes: idle,
        loaded_bytes: loaded,
        announces_per_second: figures.announces as f64 / figures.seconds,
        answers_per_announce: figures.answer_micros.len() as f64 / figures.announces as f64,
    })
}

/// One measurement, or the medians of several.
#[derive(Clone, Copy, Debug)]
struct Sample {
    cpu_us_per_announce: f64,
    p50_reply_ms: f64,
    p99_reply_ms: f64,
    p99_answer_ms: f64,
    idle_bytes: f64,
    loaded_bytes: f64,
    announces_per_second: f64,
    answers_per_announce: f64,
}

impl Sample {
    /// The median of each figure by itself.
    fn medians<'a>(samples: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let median = |figure: fn(&Self) -> f64| {
            let mut values: Vec<f64> = samples.clone().map(figure).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Self {
            cpu_us_per_announce: median(|sample| sample.cpu_us_per_announce),
            p50_reply_ms: median(|sample| sample.p50_reply_ms),
            p99_reply_ms: median(|sample| sample.p99_reply_ms),
            p99_answer_ms: median(|sample| sample.p99_answer_ms),
            idle_bytes: median(|sample| sample.idle_bytes),
            loaded_bytes: median(|sample| sample.loaded_bytes),
            announces_per_second: median(|sample| sample.announces_per_second),
            answers_per_announce: median(|sample| sample.answers_per_announce),
        }
    }

    fn row(&self, kind: Kind, peers: usize, rate: u32) -> String {
        let rate = if rate == 0 { "one core".to_owned() } else { format!("{rate}/s") };
        format!(
            "| {peers} | {rate} | {} | {:.0} | {:.0} | {:.1} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} |",
            kind.name(),
            self.cpu_us_per_announce,
            self.announces_per_second,
            self.answers_per_announce,
            self.p50_reply_ms,
            self.p99_reply_ms,
            self.p99_answer_ms,
            self.idle_bytes / 1024.0,
            self.loaded_bytes / 1024.0,
        )
    }

    fn json(&self) -> Value {
        json!({
            "cpu_us_per_announce": rounded(self.cpu_us_per_announce),
            "p50_reply_ms": rounded(self.p50_reply_ms),
            "p99_reply_ms": rounded(self.p99_reply_ms),
            "p99_answer_ms": rounded(self.p99_answer_ms),
            "idle_bytes": self.idle_bytes.round(),
            "loaded_bytes": self.loaded_bytes.round(),
            "announces_per_second": rounded(self.announces_per_second),
            "answers_per_announce": rounded(self.answers_per_announce),
        })
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.0} µs an announce, {:.0} announces/s, {:.1} answers each",
            self.cpu_us_per_announce, self.announces_per_second, self.answers_per_announce
        )
    }
}

const HEAD: &str = "\
| peers | announces | server | µs CPU/announce | announces/s | answers/announce | reply p50 ms | reply p99 ms \
| answer p99 ms | idle KiB/peer | loaded KiB/peer |
|---|---|---|---|---|---|---|---|---|---|---|";

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

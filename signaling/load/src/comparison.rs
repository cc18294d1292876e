//! What an announce costs a tracker, ours and others in turn.

use std::fmt;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::generator::Generator;
use crate::machine::{self, IdleCheck};
use crate::orders::{Crew, Order};
use crate::server::{Cores, Kind, Programs, Server};

/// Peers, and announces a second; 0 stands for as many as one core takes.
const CASES: [Case; 6] = [
    Case { peers: 200, rate: 1000 },
    Case { peers: 2000, rate: 1000 },
    Case { peers: 10_000, rate: 1000 },
    Case { peers: 200, rate: 0 },
    Case { peers: 2000, rate: 0 },
    Case { peers: 10_000, rate: 0 },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Case {
    peers: usize,
    rate: u32,
}

/// How often each case is measured unless somebody is in a hurry, so that a median means something.
pub(crate) const ROUNDS: usize = 3;

/// Peers of a swarm.
const SWARM: usize = 100;

const OFFERS: u8 = 5;

/// Bytes of an offer or an answer, as of a browser that has found a few addresses.
const SDP: usize = 800;

/// Seconds of announces before those that are measured.
const WARM_UP: u32 = 1;

/// Seconds to wait for the next reply or answer at the end. Some trackers drop offers, so that these have none.
const PATIENCE: u32 = 1;

/// Measures all `programs` so many times, prints a table, and with `json` a line of JSON.
pub(crate) fn run(programs: &Programs, rounds: usize, json: bool) -> anyhow::Result<()> {
    let mut idle = IdleCheck::new();
    let mut kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|&kind| programs.have(kind)).collect();
    let mut samples: Vec<(Case, Kind, Sample)> = Vec::new();
    for round in 0..rounds {
        for case in CASES {
            let mut in_turn = kinds.clone();
            in_turn.rotate_left(round % kinds.len());
            for kind in in_turn {
                let busy = idle.wait()?;
                let sample = match measure(programs, kind, case) {
                    Err(error) if kind != Kind::Seedcast => {
                        eprintln!("{} is left out: with {case}, {error:#}", kind.name());
                        kinds.retain(|&other| other != kind);
                        continue;
                    }
                    sample => sample?,
                };
                eprintln!("round {} of {rounds}: {} with {case}: {sample}", round + 1, kind.name());
                if busy > machine::IDLE {
                    eprintln!("  others kept {busy:.1} cores busy just before");
                }
                samples.push((case, kind, sample));
            }
        }
    }
    let medians = |case: Case, kind: Kind| {
        let of_case = samples.iter().filter(|&&(c, k, _)| (c, k) == (case, kind));
        Sample::medians(of_case.map(|(_, _, sample)| sample))
    };
    println!("{HEAD}");
    for case in CASES {
        for &kind in &kinds {
            println!("{}", medians(case, kind).row(case, kind));
        }
    }
    if json {
        let rows = CASES.map(|case| {
            let of = |kind| kinds.contains(&kind).then(|| medians(case, kind).json());
            json!({
                "peers": case.peers,
                "rate": case.rate,
                "seedcast": of(Kind::Seedcast),
                "aquatic": of(Kind::Aquatic),
                "bittorrent_tracker": of(Kind::BittorrentTracker),
            })
        });
        println!("{}", json!({ "rows": rows }));
    }
    Ok(())
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peers, rate } = self;
        match rate {
            0 => write!(f, "{peers} peers on one core"),
            _ => write!(f, "{peers} peers and {rate} announces/s"),
        }
    }
}

fn measure(programs: &Programs, kind: Kind, Case { peers, rate }: Case) -> anyhow::Result<Sample> {
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
    clients.obeys(Order::Announce { rate, seconds: WARM_UP, patience: PATIENCE })?;
    clients.figures()?;

    let seconds = if rate == 0 { 3 } else { 5 };
    let start = server.cpu_time()?;
    clients.obeys(Order::Announce { rate, seconds, patience: PATIENCE })?;
    let cpu = server.cpu_time()? - start;
    let loaded = per_peer(server.memory()?.now);
    let figures = clients.figures()?;
    Ok(Sample {
        cores: cpu.as_secs_f64() / figures.seconds,
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
    /// How many the server kept busy.
    cores: f64,
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
            cores: median(|sample| sample.cores),
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

    fn row(&self, Case { peers, rate }: Case, kind: Kind) -> String {
        let rate = if rate == 0 { "one core".to_owned() } else { format!("{rate}/s") };
        format!(
            "| {peers} | {rate} | {} | {:.0} | {:.2} | {:.0} | {:.1} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} |",
            kind.name(),
            self.cpu_us_per_announce,
            self.cores,
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

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} µs an announce, {:.2} cores, {:.0} announces/s, {:.1} answers each",
            self.cpu_us_per_announce, self.cores, self.announces_per_second, self.answers_per_announce
        )
    }
}

const HEAD: &str = "\
| peers | announces | server | µs CPU/announce | cores | announces/s | answers/announce | reply p50 ms | reply p99 ms \
| answer p99 ms | idle KiB/peer | loaded KiB/peer |
|---|---|---|---|---|---|---|---|---|---|---|---|";

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

use std::time::{Duration, Instant};

use serde_json::json;

use super::{SWARM, Verdict, honest, latencies, mib};
use crate::generator::Generator;
use crate::machine;
use crate::orders::{Crew, Figures, Order};
use crate::server::{Cores, Kind, Programs, Server};

/// Clients that announce once and never read.
const SILENT: usize = 10_000;

/// Honest clients in swarms of their own, and what they announce a second.
const HONEST: usize = 200;
const HONEST_RATE: u32 = 200;

/// Clients in the silent ones' swarms, whose offers pile up there, and what they announce a second.
const FLOODING: usize = 200;
const FLOODING_RATE: u32 = 600;

/// How long that goes on, in pieces between which is looked.
const PIECES: u32 = 6;
const PIECE: u32 = 10;

/// Thousands that never read, and large offers for them.
pub(super) fn run(programs: &Programs, verdict: &mut Verdict) -> anyhow::Result<()> {
    println!(
        "{SILENT} clients never read, while offers of 12 KB go to them; {HONEST} honest ones beside them."
    );
    let server = Server::start(programs, Kind::Seedcast, Cores::All)?;
    let tcp_before = machine::tcp_memory()?;
    let swarms = (SILENT / SWARM) as u64;
    let stranger = |peers, first_peer| Crew {
        address: server.address,
        peers,
        first_peer,
        swarms,
        first_swarm: 0,
        offers: 4,
        sdp: 12_000,
    };
    let mut silent = Generator::start(&stranger(SILENT, 0), Cores::All)?;
    let mut flooding = Generator::start(&stranger(FLOODING, 20_000), Cores::All)?;
    let mut honest = Generator::start(&honest(&server, HONEST, 30_000), Cores::All)?;
    silent.obeys(Order::Open)?;
    silent.obeys(Order::Mute)?;
    for crew in [&mut flooding, &mut honest] {
        crew.obeys(Order::Open)?;
        crew.obeys(Order::Join)?;
    }

    let start = Instant::now();
    let mut figures = Figures::default();
    let (mut most_tcp, mut disconnected_after) = (0, None);
    for _ in 0..PIECES {
        flooding.order(Order::Announce { rate: FLOODING_RATE, seconds: PIECE })?;
        honest.order(Order::Announce { rate: HONEST_RATE, seconds: PIECE })?;
        honest.done()?;
        most_tcp = most_tcp.max(machine::tcp_memory()?.saturating_sub(tcp_before));
        if server.descriptors()? < SILENT && disconnected_after.is_none() {
            disconnected_after = Some(start.elapsed());
        }
        flooding.done()?;
        flooding.figures()?;
        figures.add(honest.figures()?);
    }
    // The honest clients were counted in each piece.
    figures.connected /= u64::from(PIECES);

    let memory = server.memory()?;
    let left = server.descriptors()?.saturating_sub(HONEST + FLOODING);
    println!(
        "  after {} s {left} descriptors are left beside the honest and the flooding clients'; at most {} MiB of \
         memory, {} MiB of the kernel's for TCP; the first were seen to be cut off within {}; {}",
        start.elapsed().as_secs(),
        mib(memory.peak),
        mib(most_tcp),
        disconnected_after.map_or("no".to_owned(), |time: Duration| time.as_secs().to_string()) + " s",
        latencies(&figures)
    );
    verdict.honest(HONEST, &figures);
    verdict.keep(
        "silent",
        json!({
            "peak_bytes": memory.peak,
            "tcp_bytes": most_tcp,
            "descriptors_left": left,
            "p99_reply_ms": figures.reply_ms(0.99),
            "p99_answer_ms": figures.answer_ms(0.99),
        }),
    );
    Ok(())
}

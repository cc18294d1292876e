use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{PATIENCE, SWARM, Verdict, honest, latencies, mib};
use crate::generator::Generator;
use crate::machine;
use crate::orders::{Crew, Figures, Order};
use crate::server::{Cores, Programs, Server};

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

/// Who neither reads nor answers a ping is gone after three of them, 75 s; the server looks when the next is due.
const DEADLINE: Duration = Duration::from_secs(120);

/// Thousands that never read, and large offers for them.
pub(super) fn run(programs: &Programs, verdict: &mut Verdict) -> anyhow::Result<()> {
    println!(
        "{SILENT} clients never read, while offers of 12 KB go to them; {HONEST} honest ones beside them."
    );
    let server = Server::start_limited(programs)?;
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
    let (mut most_tcp, mut first_cut) = (0, None);
    flooding.order(Order::Announce { rate: FLOODING_RATE, seconds: PIECES * PIECE, patience: 0 })?;
    for _ in 0..PIECES {
        honest.order(Order::Announce { rate: HONEST_RATE, seconds: PIECE, patience: PATIENCE })?;
        honest.done()?;
        most_tcp = most_tcp.max(machine::tcp_memory()?.saturating_sub(tcp_before));
        if first_cut.is_none() && silent_left(&server)? < SILENT {
            first_cut = Some(start.elapsed().as_secs());
        }
        figures.add_later(honest.figures()?);
    }

    let (memory, left) = (server.memory()?, silent_left(&server)?);
    let first_cut =
        first_cut.map_or("none was cut off".to_owned(), |time| format!("cut off from {time} s on"));
    println!(
        "  after {} s {left} of them are left ({first_cut}); at most {} MiB of memory and {} MiB of the kernel's for TCP; {}",
        start.elapsed().as_secs(),
        mib(memory.peak),
        mib(most_tcp),
        latencies(&figures)
    );
    verdict.honest(HONEST, &figures);
    while silent_left(&server)? > 0 && start.elapsed() < DEADLINE {
        thread::sleep(Duration::from_millis(200));
    }
    verdict.must(silent_left(&server)? == 0, "all that never read are cut off within two minutes");
    verdict.keep(
        "silent",
        json!({
            "clients_left": left,
            "peak_bytes": memory.peak,
            "tcp_bytes": most_tcp,
            "p99_reply_ms": figures.reply_ms(0.99),
            "p99_answer_ms": figures.answer_ms(0.99),
        }),
    );
    Ok(())
}

/// How many of the silent are still connected, which they cannot tell. The server has a few descriptors of its own.
fn silent_left(server: &Server) -> anyhow::Result<usize> {
    Ok(server.descriptors()?.saturating_sub(HONEST + FLOODING + server.own_descriptors).min(SILENT))
}

//! Whether our server stands what it may meet in the open.
//!
//! Each part starts a server of its own with the limits that an operator would have, and says what must hold. What is
//! measured beside that is for capacity planning, and judged by people: it depends on the machine.

mod downloads;
mod return_at_once;
mod shutdown;
mod silent;
mod sockets;

use serde_json::{Map, Value};

use crate::orders::{Crew, Figures};
use crate::server::{Programs, Server};

/// Runs all parts, one after the other.
pub(crate) fn run(programs: &Programs, json: bool) -> anyhow::Result<()> {
    let mut verdict = Verdict::default();
    sockets::run(programs, &mut verdict)?;
    silent::run(programs, &mut verdict)?;
    return_at_once::run(programs, &mut verdict)?;
    shutdown::run(programs, &mut verdict)?;
    downloads::run(programs, &mut verdict)?;
    if json {
        println!("{}", Value::Object(verdict.figures));
    }
    anyhow::ensure!(verdict.failures.is_empty(), "{}", verdict.failures.join("; "));
    Ok(())
}

/// What the parts have found.
#[derive(Debug, Default)]
struct Verdict {
    figures: Map<String, Value>,
    failures: Vec<String>,
}

impl Verdict {
    /// Says what must hold, and whether it does.
    fn must(&mut self, holds: bool, sentence: &str) {
        println!("  {} {sentence}", if holds { "ok:" } else { "FAILED:" });
        if !holds {
            self.failures.push(format!("it does not hold that {sentence}"));
        }
    }

    /// Keeps the figures of a part for the JSON.
    fn keep(&mut self, part: &str, figures: Value) {
        self.figures.insert(part.to_owned(), figures);
    }

    /// What must hold for honest clients, whatever else happens.
    fn honest(&mut self, clients: usize, figures: &Figures) {
        let offers = figures.offers;
        let answers = figures.answer_micros.len() as u64;
        self.must(
            figures.connected == clients as u64 && figures.closed == 0,
            &format!("none of {clients} honest clients is disconnected"),
        );
        self.must(
            figures.lost() == 0 && figures.refusals == 0,
            &format!("all {} announces have a reply", figures.announces),
        );
        self.must(answers == offers, &format!("all {offers} offers have an answer"));
    }
}

/// Seconds without any reply or answer after which those that are missing count as lost: more than any machine needs.
const PATIENCE: u32 = 30;

/// Peers of a swarm.
const SWARM: usize = 100;

/// Honest peers, in as many swarms of [`SWARM`] as it takes.
fn honest(server: &Server, peers: usize, first_peer: u64) -> Crew {
    Crew {
        address: server.address,
        peers,
        first_peer,
        swarms: peers.div_ceil(SWARM) as u64,
        first_swarm: first_peer,
        offers: 5,
        sdp: 800,
    }
}

/// How honest peers fare, for people.
fn latencies(figures: &Figures) -> String {
    format!(
        "reply p50 {:.2} ms, p99 {:.2} ms; offer to answer p99 {:.2} ms",
        figures.reply_ms(0.5),
        figures.reply_ms(0.99),
        figures.answer_ms(0.99)
    )
}

fn kib(bytes: f64) -> f64 {
    (bytes / 1024.0 * 10.0).round() / 10.0
}

fn mib(bytes: u64) -> u64 {
    bytes >> 20
}

use serde_json::json;

use super::{PATIENCE, SWARM, Verdict, honest, kib, latencies, mib};
use crate::generator::Generator;
use crate::machine;
use crate::orders::{Figures, Order};
use crate::server::{Cores, Programs, Server};

/// Descriptors that the server and the generator have for other things.
const OTHERS: u64 = 500;

/// As many connections as a process of the generator has.
const EACH: usize = 10_000;

/// Announces a second, of all clients, unless these are fewer: some ten times as many as clients of real files make.
const RATE: usize = 1000;

/// How long they announce: each at least once.
const SECONDS: u32 = 20;

/// Where the line through the sizes is read.
const LARGE: f64 = 50_000.0;

/// As many open sockets as one process may have, with all of them introduced to each other.
pub(super) fn run(programs: &Programs, verdict: &mut Verdict) -> anyhow::Result<()> {
    let most = machine::descriptor_limit().saturating_sub(OTHERS).min(LARGE as u64) as usize / SWARM * SWARM;
    let sizes: Vec<usize> =
        [200, 2000, 10_000].into_iter().filter(|&size| size < most).chain([most]).collect();
    println!(
        "Open sockets: {sizes:?}; all of them announce, {RATE} a second together, or each once a second."
    );
    let mut rows = Vec::new();
    for &size in &sizes {
        rows.push(measure(programs, size, verdict)?);
    }
    let at_large = |memory: fn(&Row) -> f64| {
        let points = rows.iter().map(|row| (row.clients as f64, memory(row)));
        value_at(LARGE, &points.collect::<Vec<_>>())
    };
    let (idle, loaded) = (at_large(|row| row.idle), at_large(|row| row.loaded));
    println!(
        "  by the line through these, {LARGE} take {} MiB idle, {} MiB loaded",
        mib(idle as u64),
        mib(loaded as u64)
    );
    verdict.keep(
        "sockets",
        json!({
            "rows": rows.iter().map(|row| json!({
                "clients": row.clients,
                "idle_bytes": row.idle,
                "loaded_bytes": row.loaded,
                "cpu_us_per_announce": row.cpu_us.round(),
                "p99_reply_ms": row.figures.reply_ms(0.99),
                "p99_answer_ms": row.figures.answer_ms(0.99),
            })).collect::<Vec<_>>(),
            "idle_bytes_at_50000": idle.round(),
            "loaded_bytes_at_50000": loaded.round(),
        }),
    );
    Ok(())
}

struct Row {
    clients: usize,
    /// The process's memory, in bytes.
    idle: f64,
    loaded: f64,
    cpu_us: f64,
    figures: Figures,
}

fn measure(programs: &Programs, clients: usize, verdict: &mut Verdict) -> anyhow::Result<Row> {
    let server = Server::start_limited(programs)?;
    let empty = server.memory()?.now as f64;
    let mut crews = Vec::new();
    for first in (0..clients).step_by(EACH) {
        let crew = honest(&server, EACH.min(clients - first), first as u64);
        crews.push(Generator::start(&crew, Cores::All)?);
    }
    let mut all =
        |order: Order| -> anyhow::Result<usize> { crews.iter_mut().map(|crew| crew.obeys(order)).sum() };
    let opened = all(Order::Open)?;
    let idle = server.memory()?.now as f64;
    let joined = all(Order::Join)?;

    let cpu = server.cpu_time()?;
    let rate = (clients.min(RATE) / crews.len()) as u32;
    let announce = Order::Announce { rate, seconds: SECONDS, patience: PATIENCE };
    crews.iter_mut().try_for_each(|crew| crew.order(announce))?;
    for crew in &mut crews {
        crew.done()?;
    }
    let (cpu, loaded) = (server.cpu_time()? - cpu, server.memory()?.now as f64);
    let mut figures = Figures::default();
    for crew in &mut crews {
        figures.add_beside(crew.figures()?);
    }
    let cpu_us = cpu.as_micros() as f64 / figures.announces as f64;
    let each = |memory: f64| kib((memory - empty) / clients as f64);
    println!(
        "  {clients}: {} MiB idle, {} MiB loaded ({} and {} KiB each), {cpu_us:.0} µs an announce; {}",
        mib(idle as u64),
        mib(loaded as u64),
        each(idle),
        each(loaded),
        latencies(&figures)
    );
    verdict.must(opened == clients && joined == clients, &format!("{clients} clients connect and announce"));
    verdict.honest(clients, &figures);
    Ok(Row { clients, idle, loaded, cpu_us, figures })
}

/// The least-squares line through `points`, at `x`.
fn value_at(x: f64, points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let covariance = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>();
    let variance = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>();
    mean_y + covariance / variance * (x - mean_x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_points_of_a_line_is_that_line() {
        let points = [1.0, 2.0, 10.0].map(|x| (x, 3.0 * x + 7.0));
        assert!((value_at(50.0, &points) - 157.0).abs() < 1e-9);
    }
}

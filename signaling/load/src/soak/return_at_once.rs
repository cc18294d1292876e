use serde_json::json;

use super::{Verdict, honest, mib};
use crate::generator::Generator;
use crate::orders::Order;
use crate::server::{Cores, Programs, Server};

const CLIENTS: usize = 10_000;

/// Everyone loses the server, and comes back at the same moment.
pub(super) fn run(programs: &Programs, verdict: &mut Verdict) -> anyhow::Result<()> {
    println!("{CLIENTS} clients come back at once to a server that was killed and started again.");
    let mut server = Server::start_limited(programs)?;
    let mut clients = Generator::start(&honest(&server, CLIENTS, 0), Cores::All)?;
    clients.obeys(Order::Open)?;
    clients.obeys(Order::Join)?;
    server.kill()?;
    let server = Server::start_limited_at(server.address, programs)?;
    clients.order(Order::ComeBack)?;
    let times = clients.returned()?;
    let (memory, cpu) = (server.memory()?, server.cpu_time()?.as_secs_f64());
    let after = |share: f64| times.get((share * CLIENTS as f64) as usize - 1).copied().unwrap_or(f64::NAN);
    println!(
        "  half have announced after {:.1} s, 99 % after {:.1} s, all after {:.1} s; at most {} MiB of memory, \
         {cpu:.1} s of processor time",
        after(0.5),
        after(0.99),
        after(1.0),
        mib(memory.peak)
    );
    verdict.must(times.len() == CLIENTS, &format!("all {CLIENTS} have announced again within a minute"));
    verdict.keep(
        "return",
        json!({
            "half_s": after(0.5),
            "most_s": after(0.99),
            "all_s": after(1.0),
            "peak_bytes": memory.peak,
            "cpu_s": cpu,
        }),
    );
    Ok(())
}

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Verdict, honest};
use crate::generator::Generator;
use crate::orders::Order;
use crate::server::{Cores, Programs, Server};

const CLIENTS: usize = 10_000;

/// The server's own deadline, and some time to leave the process.
const DEADLINE: Duration = Duration::from_secs(3 + 2);

/// SIGTERM with everyone connected.
pub(super) fn run(programs: &Programs, verdict: &mut Verdict) -> anyhow::Result<()> {
    println!("SIGTERM with {CLIENTS} clients connected.");
    let mut server = Server::start_limited(programs)?;
    let mut clients = Generator::start(&honest(&server, CLIENTS, 0), Cores::All)?;
    clients.obeys(Order::Open)?;
    clients.obeys(Order::Join)?;
    clients.order(Order::WatchTheEnd)?;
    let start = Instant::now();
    server.terminate()?;
    let status = server.wait(start + Duration::from_secs(30))?;
    let time = start.elapsed();
    let told = clients.done()?;
    println!("  it ends after {:.1} s ({status}); {told} clients had a close frame", time.as_secs_f64());
    verdict.must(told == CLIENTS, &format!("all {CLIENTS} have a close frame"));
    verdict.must(status.success(), "the server's exit code is 0");
    verdict.must(time < DEADLINE, "it ends by its own deadline");
    verdict.keep("shutdown", json!({ "seconds": time.as_secs_f64(), "close_frames": told }));
    Ok(())
}

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{PATIENCE, Verdict, honest, latencies, mib};
use crate::generator::Generator;
use crate::machine;
use crate::orders::{Figures, Order};
use crate::server::{Cores, FILE, Programs, Server};

/// Connections that ask for a large file and read nothing.
const DOWNLOADS: usize = 2000;

const HONEST: usize = 200;

/// How long the server may keep such a connection.
const DEADLINE: Duration = Duration::from_secs(60);

/// Downloads that nobody reads.
pub(super) fn run(programs: &Programs, verdict: &mut Verdict) -> anyhow::Result<()> {
    println!("{DOWNLOADS} downloads of the wasm that are not read; {HONEST} honest clients beside them.");
    let server = Server::start_limited(programs)?;
    let mut honest = Generator::start(&honest(&server, HONEST, 0), Cores::All)?;
    honest.obeys(Order::Open)?;
    honest.obeys(Order::Join)?;
    let (empty, tcp_before) = (server.descriptors()?, machine::tcp_memory()?);

    let request = format!("GET /{FILE} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    let start = Instant::now();
    let mut downloads = Vec::new();
    for _ in 0..DOWNLOADS {
        let mut download = TcpStream::connect(server.address)?;
        // It is the server's memory that is to be seen.
        rustix::net::sockopt::set_socket_recv_buffer_size(&download, 4096)?;
        // A server that has enough of this address may have closed it by now.
        _ = download.write_all(request.as_bytes());
        downloads.push(download);
    }
    let mut figures = Figures::default();
    let (mut most, mut most_tcp) = (0, 0);
    let gone_after = loop {
        honest.order(Order::Announce { rate: 200, seconds: 2, patience: PATIENCE })?;
        honest.done()?;
        figures.add_later(honest.figures()?);
        let held = server.descriptors()?.saturating_sub(empty);
        most = most.max(held);
        most_tcp = most_tcp.max(machine::tcp_memory()?.saturating_sub(tcp_before));
        if held == 0 {
            break Some(start.elapsed());
        }
        if start.elapsed() > DEADLINE {
            break None;
        }
    };
    let held = server.descriptors()?.saturating_sub(empty);
    println!(
        "  {held} descriptors are held after {} s, at most {most}; at most {} MiB of the kernel's memory for TCP, now {} \
         MiB; {}",
        start.elapsed().as_secs(),
        mib(most_tcp),
        mib(machine::tcp_memory()?.saturating_sub(tcp_before)),
        latencies(&figures)
    );
    verdict.must(gone_after.is_some(), "no download that is not read is kept for a minute");
    verdict.honest(HONEST, &figures);
    verdict.keep(
        "downloads",
        json!({
            "most_descriptors": most,
            "descriptors_left": held,
            "gone_after_s": gone_after.map(|time| time.as_secs_f64()),
            "tcp_bytes": most_tcp,
            "p99_reply_ms": figures.reply_ms(0.99),
        }),
    );
    Ok(())
}

//! The signaling server: a WebTorrent tracker that also serves the page.
//!
//! One task owns the [`Index`](signaling::Index) (`hub`); each WebSocket has a task of its own (`socket`)
//! that parses, limits the rate and writes; everything else is plain HTTP (`http`, `routes`).

mod admission;
mod arguments;
mod bucket;
mod config;
mod http;
mod hub;
mod metrics;
mod policy;
mod routes;
mod socket;
mod static_files;
mod stats;
mod tls;
mod turn;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::arguments::{Arguments, USAGE};
use crate::config::Config;
use crate::http::Http;
use crate::routes::Server;
use crate::static_files::StaticFiles;
use crate::tls::Tls;

/// How long clients get to take note of a shutdown.
const GRACE: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("seedcast-signaling: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seedcast-signaling: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.as_deref().map_or_else(|| Ok(Config::default()), Config::read)?;
    let tls = config.tls.clone().map(Tls::load).transpose()?.map(Arc::new);
    let files = StaticFiles::load(&arguments.static_dir)
        .with_context(|| format!("cannot read {}", arguments.static_dir.display()))?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let address = listener.local_addr()?;

    let (stop, stopping) = watch::channel(());
    let (alive, mut connections) = mpsc::channel(1);
    let header_timeout = config.limits.header_timeout;
    let site = routes::router(Arc::new(Server::new(config, files, stopping.clone(), alive.clone())));
    let scheme = if tls.is_some() { "https" } else { "http" };
    tokio::spawn(Http { site, tls, header_timeout, stopping, alive }.serve(listener));

    // Who waits for this line may have closed the pipe since: that is no reason to stop.
    let mut stdout = std::io::stdout();
    drop(writeln!(stdout, "listening on {scheme}://{address}").and_then(|()| stdout.flush()));

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    drop(stop);
    // A client that does not let go in time is cut off when the process ends.
    let drained = async { while connections.recv().await.is_some() {} };
    drop(tokio::time::timeout(GRACE, drained).await);
    Ok(())
}

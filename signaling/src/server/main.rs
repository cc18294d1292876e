//! The signaling server: a WebTorrent tracker that also serves the page.
//!
//! One thread accepts connections (`accept`) and hands them round to one for each core, which serves them to their end
//! (`http`, `routes`, `transport`). Each WebSocket has a task of its own (`socket`) that parses, limits the rate and
//! writes. The [`Index`](signaling::Index) is everybody's (`hub`), behind a lock, for it is the least of the work.
//!
//! The same program redeems vouchers for who has no coins (`relaying`), or opens sessions for a creator's viewers
//! (`sponsoring`), instead.

mod about;
mod accept;
mod admission;
mod arguments;
mod bucket;
mod config;
mod denied;
mod descriptors;
mod door;
mod html;
mod http;
mod hub;
mod metrics;
mod node;
mod notices;
mod outbox;
mod own_account;
mod place;
mod policy;
mod program;
mod quota;
mod relaying;
mod routes;
mod seconds;
mod socket;
mod sponsoring;
mod static_files;
mod stats;
mod store;
mod tls;
mod transport;
mod turn;
mod url;

use std::future::pending;
use std::io::Write as _;
use std::net::TcpListener as StdListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self as std_mpsc, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, timeout};

use crate::accept::Acceptor;
use crate::admission::Admission;
use crate::arguments::{Arguments, Command, USAGE};
use crate::config::Config;
use crate::denied::Denied;
use crate::http::Http;
use crate::hub::{Hub, SWEEP_INTERVAL};
use crate::metrics::Counters;
use crate::notices::Desk;
use crate::routes::Server;
use crate::static_files::StaticFiles;
use crate::tls::Tls;

/// How long clients get to take note of a shutdown.
const GRACE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let done = match Command::parse(std::env::args_os().skip(1)) {
        Ok(Command::Serve(arguments)) => run(&arguments),
        Ok(Command::Check { config }) => check(config.as_deref()),
        Ok(Command::Relay { config }) => relaying::run(&config),
        Ok(Command::Sponsor { config }) => sponsoring::run(&config),
        Ok(Command::Notice { config, order }) => notices::run(&config, &order),
        Ok(Command::Help) => {
            println!("{USAGE}");
            Ok(())
        }
        Ok(Command::Version) => {
            println!("seedcast-signaling {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Err(error) => {
            eprintln!("seedcast-signaling: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seedcast-signaling: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the server would start with this configuration, certificate included.
fn check(config: Option<&Path>) -> anyhow::Result<()> {
    let (config, _tls) = load(config)?;
    denied(&config)?;
    println!("the configuration is valid");
    Ok(())
}

fn load(config: Option<&Path>) -> anyhow::Result<(Config, Option<Arc<Tls>>)> {
    let config = config.map_or_else(|| Ok(Config::default()), Config::read)?;
    let tls = config.tls.clone().map(Tls::load).transpose()?.map(Arc::new);
    Ok((config, tls))
}

/// All that is not served.
fn denied(config: &Config) -> anyhow::Result<Denied> {
    let decided = config.notices.as_ref().map(|notices| notices.folder.join(notices::DENIED));
    // There is none before the server has run once with notices.
    let decided = decided.filter(|list| list.exists());
    let files: Vec<_> = config.denied_files.iter().cloned().chain(decided).collect();
    Denied::load(config.tracker.denied.clone(), &files)
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (mut config, tls) = load(arguments.config.as_deref())?;
    let desk = config.notices.as_ref().map(Desk::open).transpose()?;
    let denied = denied(&config)?;
    config.tracker.denied = denied.all();
    let files = StaticFiles::load(&arguments.static_dir, config.public_url.as_ref())
        .with_context(|| format!("cannot read {}", arguments.static_dir.display()))?;
    let open_files = descriptors::raise_limit();
    let limits = config.limits.clone();
    let listener = accept::listen(arguments.listen, &limits)
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;

    let (stop, stopping) = watch::channel(());
    let (alive, mut connections) = mpsc::channel(1);
    let counters = Arc::new(Counters::default());
    let admission = Arc::new(Admission::new(&limits));
    let hub = Arc::new(Hub::new(config.tracker.clone(), limits.max_waiting_responses, Arc::clone(&counters)));
    let behind_proxy = config.behind_proxy;
    let server = Server::new(
        config,
        files,
        Arc::clone(&hub),
        Arc::clone(&counters),
        Arc::clone(&admission),
        alive.clone(),
    );
    let site = routes::router(Arc::new(server), desk);
    let http = Http { site, tls, limits, counters: Arc::clone(&counters), stopping: stopping.clone(), alive };

    let runtime = new_runtime()?;
    let signals = runtime.block_on(async { Signals::catch() })?;
    announce(&http, &listener, open_files)?;
    let listener = runtime.block_on(async { TcpListener::from_std(listener) })?;
    let serve_by = |runtime: &Runtime| {
        let (worker, accepted) = mpsc::unbounded_channel();
        runtime.spawn(http.clone().serve(accepted));
        worker
    };
    let mut workers = vec![serve_by(&runtime)];
    for _ in 1..thread::available_parallelism().map_or(1, Into::into) {
        let runtime = new_runtime()?;
        workers.push(serve_by(&runtime));
        // It ends with the process.
        thread::Builder::new().name("worker".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    }
    let (hangup, hangups) = std_mpsc::channel();
    let followed = Arc::clone(&hub);
    thread::Builder::new().name("denied".to_owned()).spawn(move || follow(denied, &followed, &hangups))?;
    drop(http);
    runtime.spawn(Acceptor { admission, behind_proxy, counters, stopping, workers }.run(listener));
    runtime.block_on(async {
        attend(signals, &hub, &hangup).await;
        drop(stop);
        hub.stop();
        // A client that does not let go in time is cut off when the process ends.
        let drained = async { while connections.recv().await.is_some() {} };
        drop(timeout(GRACE, drained).await);
    });
    Ok(())
}

/// Says where the server listens, first of all, and how many clients it can hold.
fn announce(http: &Http, listener: &StdListener, open_files: Option<u64>) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let scheme = if http.tls.is_some() { "https" } else { "http" };
    let open_files_text =
        open_files.map_or_else(|| "any number of".to_owned(), |limit| format!("up to {limit}"));
    let text = format!("listening on {scheme}://{address}\n{open_files_text} open files\n");
    // Who waits for the first line may have closed the pipe since: that is no reason to stop.
    let mut stdout = std::io::stdout();
    drop(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
    if let Some(warning) = descriptors::warning(open_files, http.limits.max_connections) {
        eprintln!("seedcast-signaling: {warning}");
    }
    Ok(())
}

/// A thread's own runtime: what a connection does never leaves the thread that serves it.
fn new_runtime() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("cannot start")
}

/// The signals that mean something.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// The usual one to read the configuration again, which would end us by default. Of the files that may change while the
    /// server runs, the lists of what is denied are read at once then; the certificate is looked at for each connection anyway.
    hangup: Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// Tidies up from time to time, until the server is told to end.
async fn attend(mut signals: Signals, hub: &Hub, hangup: &std_mpsc::Sender<()>) {
    let mut sweep = interval(SWEEP_INTERVAL);
    loop {
        tokio::select! {
            _ = signals.interrupt.recv() => return,
            _ = signals.terminate.recv() => return,
            _ = signals.hangup.recv() => drop(hangup.send(())),
            _ = sweep.tick() => hub.sweep(),
        }
    }
}

/// Time between two looks at the lists of what is denied.
const LOOK: Duration = Duration::from_secs(2);

/// Has the index deny what the lists say, whenever they change. Long ones take their time to read, so nobody else has to wait.
fn follow(mut denied: Denied, hub: &Hub, hangups: &std_mpsc::Receiver<()>) {
    loop {
        let read_all = match hangups.recv_timeout(LOOK) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let began = Instant::now();
        if denied.refresh(read_all) {
            let all = denied.all();
            let count = all.len();
            hub.deny(all);
            eprintln!(
                "seedcast-signaling: {count} torrents are denied, after {} ms",
                began.elapsed().as_millis()
            );
        }
    }
}

//! Redeems vouchers for those without coins, for a share: what is around crate `relay`.
//!
//! One thread. Requests (`site`) check vouchers and put them into the queue; one task (`work`) asks a node of the chain
//! (`node`) what is worth a transaction, sends it and looks what becomes of it. Whatever changes is on disk (`store`) before
//! anything follows from it.

mod config;
mod node;
mod site;
mod store;
mod work;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use pay::{Deployment, Time};
use relay::{Relay, Split, Terms};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

use self::config::Config;
use self::node::Node;
use self::store::Store;
use crate::accept::{self, Acceptor};
use crate::admission::Admission;
use crate::config::Limits;
use crate::http::Http;
use crate::metrics::Counters;
use crate::{GRACE, Signals, new_runtime};

/// What the requests and the work have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    node: Node,
    state: Mutex<State>,
    /// There is a new voucher.
    news: Notify,
}

/// The relay, and where it is kept.
#[derive(Debug)]
struct State {
    relay: Relay,
    store: Store,
    /// Whether something is not on disk yet.
    is_dirty: bool,
}

impl State {
    /// Has all on disk that is not.
    fn save(&mut self) -> anyhow::Result<()> {
        if self.is_dirty {
            self.store.save(&self.relay.save())?;
            self.is_dirty = false;
        }
        Ok(())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until it is told to end.
pub(crate) fn run(config: &Path) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    let key = config.key()?;
    let store = Store::open(&config.data)?;
    let split = Split { address: config.split };
    let deployment = Deployment { chain: config.chain()?, contract: config.contract };
    let settings = relay::Config {
        deployment,
        split,
        share: config.share,
        terms: Terms { margin: config.margin, max_loss: config.max_loss },
        max_vouchers: config.max_vouchers,
        confirmations: config.confirmations,
    };
    let relay = Relay::new(settings, key, store.load()?);
    let node = Node::new(config.rpc()?, &config.authorities)?;
    let limits = Limits { max_connections: MAX_CONNECTIONS, ..Limits::default() };
    let listener = accept::listen(config.listen, &limits)
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    println!("listening on http://{}\nredeeming by {}", listener.local_addr()?, relay.account());

    let (stop, stopping) = watch::channel(());
    let (alive, mut connections) = mpsc::channel(1);
    let counters = Arc::new(Counters::default());
    let admission = Arc::new(Admission::new(&limits));
    let behind_proxy = config.behind_proxy;
    let state = Mutex::new(State { relay, store, is_dirty: false });
    let shared = Arc::new(Shared { config, node, state, news: Notify::new() });
    let site = site::router(Arc::clone(&shared));
    let http =
        Http { site, tls: None, limits, counters: Arc::clone(&counters), stopping: stopping.clone(), alive };
    new_runtime()?.block_on(async {
        let mut signals = Signals::catch()?;
        let listener = TcpListener::from_std(listener)?;
        let (worker, accepted) = mpsc::unbounded_channel();
        tokio::spawn(http.serve(accepted));
        tokio::spawn(
            Acceptor { admission, behind_proxy, counters, stopping, workers: vec![worker] }.run(listener),
        );
        tokio::spawn(work::run(shared));
        loop {
            tokio::select! {
                _ = signals.interrupt.recv() => break,
                _ = signals.terminate.recv() => break,
                _ = signals.hangup.recv() => {}
            }
        }
        // Wherever the work is, all that it goes on from is on disk.
        drop(stop);
        let drained = async { while connections.recv().await.is_some() {} };
        drop(timeout(GRACE, drained).await);
        Ok(())
    })
}

/// Connections at a time.
const MAX_CONNECTIONS: usize = 1000;

/// The time, as sessions on a chain expire by it.
fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Time::from_secs(since.as_secs())
}

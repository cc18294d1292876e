//! Redeems vouchers for those without coins, for a share: what is around crate `relay`.
//!
//! One thread. Requests (`site`) check vouchers and put them into the queue; one task (`work`) asks a node of the chain
//! (`node`) what is worth a transaction, sends it and looks what becomes of it. Whatever changes is on disk (`store`) before
//! anything follows from it.

mod config;
mod earlier;
mod site;
mod work;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use btt::Address;
use relay::{Relay, Saved, Split, Terms};
use tokio::sync::{Notify, OnceCell};

use self::config::Config;
use crate::door;
use crate::node::Node;
use crate::store::Store;

/// What the requests and the work have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    node: Node,
    /// The node has been asked whether it is on the right chain.
    checked: OnceCell<()>,
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

/// What was saved, by this relay or one of the first.
fn restored(store: &Store, split: Address) -> anyhow::Result<Saved> {
    if let Some(saved) = store.load()? {
        return Ok(saved);
    }
    let Some(queue) = store.load_from(earlier::QUEUE)? else { return Ok(Saved::default()) };
    earlier::saved(queue, split)
        .with_context(|| format!("{} is not what a relay has written", earlier::QUEUE))
}

/// Serves until it is told to end.
pub(crate) fn run(config: &Path) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    let key = config.key()?;
    let store = Store::open(&config.program.data)?;
    let split = Split { address: config.split };
    let settings = relay::Config {
        deployment: config.program.deployment()?,
        split,
        share: config.share,
        terms: Terms { margin: config.margin, max_loss: config.max_loss },
        max_vouchers: config.max_vouchers,
        confirmations: config.confirmations,
    };
    let relay = Relay::new(settings, key, restored(&store, split.address)?);
    let node = config.program.node()?;
    let (listen, behind_proxy) = (config.program.listen, config.program.behind_proxy);
    let does = format!("redeeming by {}", relay.account());
    let state = Mutex::new(State { relay, store, is_dirty: false });
    let shared = Arc::new(Shared { config, node, checked: OnceCell::new(), state, news: Notify::new() });
    door::serve(listen, behind_proxy, &does, site::router(Arc::clone(&shared)), shared)
}

//! Opens sessions for the viewers of a creator: what is around crate `sponsor`.
//!
//! One thread. Requests (`site`) check tickets and note who gets a session; one task (`work`) asks a node of the chain what that
//! takes, sends it and looks what becomes of it. Whatever changes is on disk before anything follows from it.

mod config;
mod site;
mod work;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use pay::Deployment;
use sponsor::{Secret, Sponsor};
use tokio::sync::{Notify, OnceCell};

use self::config::Config;
use crate::door;
use crate::node::Node;
use crate::store::Store;

/// What the requests and the work have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    deployment: Deployment,
    secret: Secret,
    node: Node,
    /// The node has been asked whether it is on the right chain.
    checked: OnceCell<()>,
    state: Mutex<State>,
    /// There is a new viewer.
    news: Notify,
}

/// The sponsor, and where it is kept.
#[derive(Debug)]
struct State {
    sponsor: Sponsor,
    store: Store,
    /// Whether something is not on disk yet.
    is_dirty: bool,
}

impl State {
    /// Has all on disk that is not.
    fn save(&mut self) -> anyhow::Result<()> {
        if self.is_dirty {
            self.store.save(&self.sponsor.save())?;
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
    let (key, secret) = (config.key()?, config.secret()?);
    let store = Store::open(&config.program.data)?;
    let deployment = config.program.deployment()?;
    let sponsor = Sponsor::new(config.sponsor()?, key, store.load()?.unwrap_or_default());
    let sponsor = sponsor.with_context(|| {
        format!(
            "{} is of another account, chain or contract: take another folder",
            config.program.data.display()
        )
    })?;
    let node = config.program.node()?;
    let (listen, behind_proxy) = (config.program.listen, config.program.behind_proxy);
    let does = format!("sponsoring by {}", sponsor.owner());
    let state = Mutex::new(State { sponsor, store, is_dirty: false });
    let shared = Arc::new(Shared {
        config,
        deployment,
        secret,
        node,
        checked: OnceCell::new(),
        state,
        news: Notify::new(),
    });
    door::serve(listen, behind_proxy, &does, site::router(Arc::clone(&shared)), shared)
}

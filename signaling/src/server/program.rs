//! What the configurations of programs with an account of their own have in common.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use btt::{Address, Network};
use pay::Deployment;
use sending::Key;
use serde::Deserialize;

use crate::door::Door;
use crate::node::Node;
use crate::own_account::{self, chain, rpc};
use crate::quota::Quota;
use crate::seconds::seconds;
use crate::url;

/// What an operator may set of each of them.
#[derive(Debug, Deserialize)]
pub(crate) struct Program {
    /// Where it listens, by HTTP.
    pub(crate) listen: SocketAddr,
    /// The folder that it keeps all in. It is made if it is not there.
    pub(crate) data: PathBuf,
    /// The file with the key of the account that it sends from, as 64 hexadecimal digits. Default none: a variable of the
    /// environment has it.
    #[serde(default)]
    key: Option<PathBuf>,
    /// The chain, and the node of it that is believed.
    network: Network,
    /// Whether it may be real money. Default false.
    #[serde(default)]
    mainnet: bool,
    /// Where the contract `BttPay` is.
    pub(crate) contract: Address,
    /// Seconds between two looks at the chain. Default 2.
    #[serde(default = "default_poll", deserialize_with = "seconds")]
    pub(crate) poll: Duration,
    /// The sites whose pages may ask, such as `https://seedcast.example.org`. Default none.
    #[serde(default)]
    origins: Vec<String>,
    /// Whether it stands behind a proxy: it then takes a client's address from the last entry of `X-Forwarded-For`. Default
    /// false.
    #[serde(default)]
    pub(crate) behind_proxy: bool,
    /// The certificates by which a node is known to be itself, as PEM. Default those of Debian's `ca-certificates`.
    #[serde(default = "default_authorities")]
    authorities: PathBuf,
}

fn default_poll() -> Duration {
    Duration::from_secs(2)
}

fn default_authorities() -> PathBuf {
    "/etc/ssl/certs/ca-certificates.crt".into()
}

/// Reads a program's configuration file.
pub(crate) fn read<T>(path: &Path, parse: impl FnOnce(&str) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("{} is no valid configuration", path.display()))
}

impl Program {
    /// Whether all that makes sense.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.deployment()?;
        self.origins.iter().try_for_each(|origin| url::check("origins", origin, &["https://", "http://"]))?;
        anyhow::ensure!(!self.poll.is_zero(), "poll must be more than 0");
        Ok(())
    }

    /// Which contract on which chain pays.
    pub(crate) fn deployment(&self) -> anyhow::Result<Deployment> {
        Ok(Deployment { chain: chain(&self.network, self.mainnet)?, contract: self.contract })
    }

    /// The node that is believed.
    pub(crate) fn node(&self) -> anyhow::Result<Node> {
        Node::new(rpc(&self.network)?, &self.authorities)
    }

    /// The key of its account, from its file or from a variable of the environment.
    pub(crate) fn key(&self, variable: &str) -> anyhow::Result<Key> {
        own_account::key(self.key.as_deref(), variable)
    }

    /// What stands before it, where one place may ask so often, and say so many bytes each time.
    pub(crate) fn door(&self, quota: Quota, max_body: usize) -> Arc<Door> {
        let (origins, behind_proxy) = (self.origins.clone(), self.behind_proxy);
        Arc::new(Door { origins, behind_proxy, quota, max_body, started: Instant::now() })
    }
}

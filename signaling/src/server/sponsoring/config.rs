//! The configuration file of a sponsor.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use btt::{Address, Amount, Network};
use pay::Deployment;
use sending::Key;
use serde::Deserialize;
use sponsor::Secret;

use crate::own_account::{self, btt, chain};
use crate::seconds::seconds;
use crate::url;

/// Everything that an operator may set. A name that is not known here is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where it listens, by HTTP.
    pub(crate) listen: SocketAddr,
    /// The folder that it keeps all in. It is made if it is not there.
    pub(crate) data: PathBuf,
    /// The file with the key of the account that pays, as 64 hexadecimal digits. Default none: the environment variable
    /// `SEEDCAST_SPONSOR_KEY` has it.
    #[serde(default)]
    key: Option<PathBuf>,
    /// The file with what it shares with the creator's web server, 32 bytes at least. Default none: the environment variable
    /// `SEEDCAST_SPONSOR_SECRET` has it.
    #[serde(default)]
    secret: Option<PathBuf>,
    /// The chain, and the node of it that is believed.
    pub(crate) network: Network,
    /// Whether real money may be spent. Default false.
    #[serde(default)]
    pub(crate) mainnet: bool,
    /// Where the contract `BttPay` is.
    pub(crate) contract: Address,
    /// What each viewer gets.
    per_viewer: PerViewer,
    /// Days that a session lasts. Default 7.
    #[serde(default = "default_days")]
    days: u64,
    /// What may have left the account and not come back, in BTT.
    #[serde(deserialize_with = "btt")]
    budget: Amount,
    /// The highest price that viewers pay for a GB, in BTT.
    #[serde(deserialize_with = "btt")]
    pub(crate) highest: Amount,
    /// Blocks until a transaction is certain. Default 3.
    #[serde(default = "default_confirmations")]
    confirmations: u64,
    /// Viewers at most. Default 2000.
    #[serde(default = "default_max_viewers")]
    max_viewers: usize,
    /// Seconds between two looks at the chain. Default 2.
    #[serde(default = "default_poll", deserialize_with = "seconds")]
    pub(crate) poll: Duration,
    /// The sites on which Seedcast's page may ask, such as `https://seedcast.example.org`.
    pub(crate) origins: Vec<String>,
    /// Whether it stands behind a proxy: it then takes a client's address from the last entry of `X-Forwarded-For`. Default
    /// false.
    #[serde(default)]
    pub(crate) behind_proxy: bool,
    /// The certificates by which a node is known to be itself, as PEM. Default those of Debian's `ca-certificates`.
    #[serde(default = "default_authorities")]
    pub(crate) authorities: PathBuf,
}

/// What each viewer gets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PerViewer {
    /// How many peers it can pay.
    slots: u32,
    /// How much each of them at most, in BTT.
    #[serde(deserialize_with = "btt")]
    slot_cap: Amount,
}

fn default_days() -> u64 {
    7
}

fn default_confirmations() -> u64 {
    3
}

fn default_max_viewers() -> usize {
    2000
}

fn default_poll() -> Duration {
    Duration::from_secs(2)
}

fn default_authorities() -> PathBuf {
    "/etc/ssl/certs/ca-certificates.crt".into()
}

/// The key and the secret, unless files have them.
const KEY: &str = "SEEDCAST_SPONSOR_KEY";
const SECRET: &str = "SEEDCAST_SPONSOR_SECRET";

const DAY: u64 = 24 * 60 * 60;

impl Config {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::of_json(&text).with_context(|| format!("{} is no valid configuration", path.display()))
    }

    fn of_json(text: &str) -> anyhow::Result<Self> {
        let config: Self = serde_json::from_str(text)?;
        config.sponsor()?;
        config
            .origins
            .iter()
            .try_for_each(|origin| url::check("origins", origin, &["https://", "http://"]))?;
        anyhow::ensure!(!config.highest.is_zero(), "highest must be more than 0");
        anyhow::ensure!(!config.poll.is_zero(), "poll must be more than 0");
        Ok(config)
    }

    /// What the sponsor is set up with.
    pub(crate) fn sponsor(&self) -> anyhow::Result<sponsor::Config> {
        let config = sponsor::Config {
            deployment: Deployment { chain: chain(&self.network, self.mainnet)?, contract: self.contract },
            slots: self.per_viewer.slots,
            slot_cap: self.per_viewer.slot_cap,
            lasts: self.days.saturating_mul(DAY),
            budget: self.budget,
            max_viewers: self.max_viewers,
            confirmations: self.confirmations,
        };
        config.check().map_err(anyhow::Error::msg)?;
        Ok(config)
    }

    /// The key of the account that pays.
    pub(crate) fn key(&self) -> anyhow::Result<Key> {
        own_account::key(self.key.as_deref(), KEY)
    }

    /// What it shares with the creator's web server.
    pub(crate) fn secret(&self) -> anyhow::Result<Secret> {
        let (text, place) = own_account::secret(self.secret.as_deref(), SECRET);
        let secret = text.and_then(|text| Secret::new(text.trim_end_matches(['\r', '\n']).as_bytes()));
        secret.with_context(|| format!("{place} must have a secret of {} bytes or more", Secret::MIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> serde_json::Value {
        serde_json::from_str(include_str!("../../../sponsor.example.json")).unwrap()
    }

    fn refused(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut config = example();
        change(&mut config);
        format!("{:#}", Config::of_json(&config.to_string()).unwrap_err())
    }

    #[test]
    fn the_example_of_a_sponsor_is_valid() {
        let config = Config::of_json(&example().to_string()).unwrap().sponsor().unwrap();
        assert_eq!(config.deposit(), Some(Amount::from_btt(200)));
        assert_eq!((config.lasts, config.budget), (7 * DAY, Amount::from_btt(100_000)));
    }

    #[test]
    fn row_42_a_sponsor_spends_no_real_money_unless_its_operator_says_so() {
        let real = |config: &mut serde_json::Value| config["network"]["chain"] = "eip155:199".into();
        assert!(refused(real).contains("is not allowed"));
        let mut config = example();
        real(&mut config);
        config["mainnet"] = true.into();
        let config = Config::of_json(&config.to_string()).unwrap();
        assert_eq!(config.sponsor().unwrap().deployment.chain, 199);
    }

    #[test]
    fn what_makes_no_sense_for_a_sponsor_is_refused_by_name() {
        assert!(refused(|config| config["per_viewer"]["slots"] = 0.into()).contains("slots"));
        assert!(refused(|config| config["per_viewer"]["slot_cap"] = "1e3".into()).contains("An amount"));
        assert!(refused(|config| config["budget"] = "200".into()).contains("budget"));
        assert!(refused(|config| config["highest"] = "0".into()).contains("highest"));
        assert!(refused(|config| config["days"] = 30.into()).contains("days"));
        assert!(refused(|config| config["origins"] = serde_json::json!(["example.org"])).contains("origins"));
        assert!(refused(|config| config["secrets"] = 1.into()).contains("unknown field"));
    }
}

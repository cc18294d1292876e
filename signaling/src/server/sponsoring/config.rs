//! The configuration file of a sponsor.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use btt::Amount;
use sending::Key;
use serde::Deserialize;
use sponsor::Secret;

use crate::own_account::{self, btt};
use crate::program::{self, Program};

/// Everything that an operator may set. A name that is not known here is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// What all programs with an account have.
    #[serde(flatten)]
    pub(crate) program: Program,
    /// The file with what it shares with the creator's web server, 32 bytes at least. Default none: the environment variable
    /// `SEEDCAST_SPONSOR_SECRET` has it.
    #[serde(default)]
    secret: Option<PathBuf>,
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

/// The key and the secret, unless files have them.
const KEY: &str = "SEEDCAST_SPONSOR_KEY";
const SECRET: &str = "SEEDCAST_SPONSOR_SECRET";

const DAY: u64 = 24 * 60 * 60;

impl Config {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        program::read(path, Self::of_json)
    }

    fn of_json(text: &str) -> anyhow::Result<Self> {
        let config: Self = serde_json::from_str(text)?;
        config.program.check()?;
        config.sponsor()?;
        anyhow::ensure!(!config.highest.is_zero(), "highest must be more than 0");
        Ok(config)
    }

    /// What the sponsor is set up with.
    pub(crate) fn sponsor(&self) -> anyhow::Result<sponsor::Config> {
        let config = sponsor::Config {
            deployment: self.program.deployment()?,
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
        self.program.key(KEY)
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

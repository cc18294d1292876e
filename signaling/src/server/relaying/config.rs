//! The configuration file of a relay.

use std::path::Path;

use btt::{Address, Amount};
use relay::Share;
use sending::Key;
use serde::Deserialize;

use crate::own_account::btt;
use crate::program::{self, Program};

/// Everything that an operator may set. A name that is not known here is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// What all programs with an account have.
    #[serde(flatten)]
    pub(crate) program: Program,
    /// Where the contract `BttSplit` is.
    pub(crate) split: Address,
    /// What the relay keeps, in hundredths of a per cent.
    pub(crate) share: Share,
    /// How much more than the fee at most a transaction has to earn, in per cent. Default 20.
    #[serde(default = "default_margin")]
    pub(crate) margin: u32,
    /// What transactions that came to nothing may cost beyond all that was earned, in BTT.
    #[serde(deserialize_with = "btt")]
    pub(crate) max_loss: Amount,
    /// Blocks until a transaction is certain. Default 12.
    #[serde(default = "default_confirmations")]
    pub(crate) confirmations: u64,
    /// Vouchers at most. Default 2000.
    #[serde(default = "default_max_vouchers")]
    pub(crate) max_vouchers: usize,
}

fn default_margin() -> u32 {
    20
}

fn default_confirmations() -> u64 {
    12
}

fn default_max_vouchers() -> usize {
    2000
}

/// The key, unless a file has it.
const KEY: &str = "SEEDCAST_RELAY_KEY";

/// As many as are written to disk at once without anybody noticing.
const MOST_VOUCHERS: usize = 10_000;

impl Config {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        program::read(path, Self::of_json)
    }

    fn of_json(text: &str) -> anyhow::Result<Self> {
        let config: Self = serde_json::from_str(text)?;
        config.program.check()?;
        anyhow::ensure!(config.program.contract != config.split, "contract and split must be two contracts");
        anyhow::ensure!(config.confirmations > 0, "confirmations must be more than 0");
        anyhow::ensure!(
            (1..=MOST_VOUCHERS).contains(&config.max_vouchers),
            "max_vouchers must be from 1 to {MOST_VOUCHERS}"
        );
        Ok(config)
    }

    /// The key of the account that pays for gas.
    pub(crate) fn key(&self) -> anyhow::Result<Key> {
        self.program.key(KEY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> serde_json::Value {
        serde_json::from_str(include_str!("../../../relay.example.json")).unwrap()
    }

    fn refused(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut config = example();
        change(&mut config);
        format!("{:#}", Config::of_json(&config.to_string()).unwrap_err())
    }

    #[test]
    fn the_example_is_valid() {
        let config = Config::of_json(&example().to_string()).unwrap();
        let chain = config.program.deployment().unwrap().chain;
        assert_eq!((chain, config.share.hundredths()), (1029, 2000));
        assert_eq!(config.max_loss, Amount::from_btt(20_000));
    }

    /// Payments, row 42.
    #[test]
    fn a_relay_redeems_no_real_money_unless_its_operator_says_so() {
        let real = |config: &mut serde_json::Value| config["network"]["chain"] = "eip155:199".into();
        assert!(refused(real).contains("is not allowed"));
        let mut config = example();
        real(&mut config);
        config["mainnet"] = true.into();
        let config = Config::of_json(&config.to_string()).unwrap();
        assert_eq!(config.program.deployment().unwrap().chain, 199);
        assert!(refused(|config| config["network"]["chain"] = "eip155:1".into()).contains("is not allowed"));
        let node = |config: &mut serde_json::Value| config["network"]["rpc"] = "http://node.example".into();
        assert!(refused(node).contains("https"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        assert!(refused(|config| config["share"] = 10_001.into()).contains("10000"));
        assert!(refused(|config| config["max_loss"] = "a lot".into()).contains("An amount"));
        assert!(refused(|config| config["max_vouchers"] = 0.into()).contains("max_vouchers"));
        assert!(refused(|config| config["confirmations"] = 0.into()).contains("confirmations"));
        assert!(refused(|config| config["split"] = config["contract"].clone()).contains("two contracts"));
        assert!(refused(|config| config["origins"] = serde_json::json!(["example.org"])).contains("origins"));
        assert!(refused(|config| config["shares"] = 1.into()).contains("unknown field"));
    }
}

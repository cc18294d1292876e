//! The account that a program sends from, and its chain, as configurations name them; and the chain's time.

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use anyhow::Context as _;
use btt::{Amount, Chain, Network, Networks, hex};
use pay::Time;
use sending::Key;
use serde::{Deserialize as _, Deserializer};

/// The chain's id, if it may be used: one of BTTC, and none of real money unless the operator says so.
pub(crate) fn chain(network: &Network, mainnet: bool) -> anyhow::Result<u64> {
    Networks { mainnet, networks: vec![network.clone()] }.check()?;
    match network.chain {
        Chain::Eip155(id) => Ok(id),
        other => anyhow::bail!("network.chain must be one of BTTC: {other} is not"),
    }
}

/// Where the node is.
pub(crate) fn rpc(network: &Network) -> anyhow::Result<&str> {
    network.rpc.as_deref().context("network.rpc is missing")
}

/// The key of the account, from a file or else from a variable of the environment.
pub(crate) fn key(file: Option<&Path>, variable: &str) -> anyhow::Result<Key> {
    let (text, place) = secret(file, variable);
    let digits = text.as_deref().map(str::trim);
    let bytes = digits.and_then(|digits| hex::decode(digits.strip_prefix("0x").unwrap_or(digits)));
    let key = bytes.and_then(|bytes| Key::from_bytes(&bytes.try_into().ok()?));
    key.with_context(|| format!("{place} must have a key of 64 hexadecimal digits"))
}

/// A secret's text, from a file or else from a variable of the environment, and what that is called.
pub(crate) fn secret(file: Option<&Path>, variable: &str) -> (Option<String>, String) {
    match file {
        Some(path) => (fs::read_to_string(path).ok(), path.display().to_string()),
        None => (env::var(variable).ok(), variable.to_owned()),
    }
}

/// BTT as people write them.
pub(crate) fn btt<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// The time, as sessions on a chain expire by it.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Time::from_secs(since.as_secs())
}

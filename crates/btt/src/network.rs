use serde::Deserialize;

use crate::{Address, Chain, Error};

/// A network on which a deployment takes tips.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Which chain.
    pub chain: Chain,
    /// What people call it.
    pub name: String,
    /// Where an EVM chain answers JSON-RPC, as `https:` or, on one's own machine, `http:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpc: Option<String>,
    /// Another node of the chain, run by somebody else: what the two do not agree on is not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_rpc: Option<String>,
    /// A web site that shows transactions, below `/tx/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explorer: Option<String>,
    /// The contract of the token, on TRON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Address>,
    /// The contract `BttPay` (`docs/pay.md`), where people pay each other by the byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<Address>,
}

/// The networks of a deployment, none by default: `tips` of its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Networks {
    /// Whether real money may be paid.
    pub mainnet: bool,
    /// Where tips are taken; new torrents take the first.
    pub networks: Vec<Network>,
}

impl Networks {
    /// Reads and checks what a configuration has.
    ///
    /// # Errors
    /// [`Error::Networks`] if it cannot be read; those of [`check`](Self::check).
    pub fn of_json(text: &str) -> Result<Self, Error> {
        let networks: Self =
            serde_json::from_str(text).map_err(|error| Error::Networks(error.to_string()))?;
        networks.check()?;
        Ok(networks)
    }

    /// Looks whether every network is allowed, and complete.
    ///
    /// # Errors
    /// [`Error::ChainNotAllowed`] for anything but test networks of BTTC, unless [`mainnet`](Self::mainnet) is set, which
    /// adds BTTC itself and TRON; [`Error::NetworkTwice`]; [`Error::NetworkIncomplete`].
    pub fn check(&self) -> Result<(), Error> {
        for (place, network) in self.networks.iter().enumerate() {
            if self.networks[..place].iter().any(|other| other.chain == network.chain) {
                return Err(Error::NetworkTwice(network.chain));
            }
            let allowed = match network.chain {
                Chain::LOCAL | Chain::BTTC_DONAU => true,
                Chain::BTTC | Chain::Tron(_) => self.mainnet,
                Chain::Eip155(_) => false,
            };
            if !allowed {
                return Err(Error::ChainNotAllowed(network.chain));
            }
            let lacks = |what| Err(Error::NetworkIncomplete(network.name.clone(), what));
            match network.chain {
                Chain::Eip155(_) if !network.rpc.as_deref().is_some_and(is_safe_url) => {
                    return lacks("an rpc, which is an https URL, or http on this machine");
                }
                Chain::Tron(_) if network.token.is_none() => return lacks("the address of its token"),
                _ => {}
            }
            if !network.second_rpc.as_deref().is_none_or(is_safe_url) {
                return lacks("a second rpc of the same kind as the first, or none");
            }
            if network.pay.is_some() && !matches!(network.chain, Chain::Eip155(_)) {
                return lacks("an EVM for the contract of payments, or no such contract");
            }
            if !network.explorer.as_deref().is_none_or(is_safe_url) {
                return lacks("an explorer that is an https URL, or none");
            }
        }
        Ok(())
    }

    /// The network of a chain.
    #[must_use]
    pub fn of(&self, chain: Chain) -> Option<&Network> {
        self.networks.iter().find(|network| network.chain == chain)
    }

    /// Where a new torrent takes tips if its maker gives nothing but an EVM address.
    #[must_use]
    pub fn usual_chain(&self) -> Option<Chain> {
        let chains = self.networks.iter().map(|network| network.chain);
        chains.into_iter().find(|chain| matches!(chain, Chain::Eip155(_)))
    }
}

/// Whether nobody between here and there can change what it answers: `https:`, or `http:` to one's own machine.
fn is_safe_url(url: &str) -> bool {
    let is_local = url.strip_prefix("http://").is_some_and(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let rest = ["127.0.0.1", "localhost", "[::1]"].iter().find_map(|host| authority.strip_prefix(host));
        let is_port = |port: &str| port.bytes().all(|digit| digit.is_ascii_digit());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
    });
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain && (is_local || url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()))
}

//! The user's wallets: programs that put themselves into the page.
//!
//! EVM wallets announce themselves (EIP-6963) or stand at `window.ethereum`, and take requests (EIP-1193); those of TRON
//! do the same under other names (TIP-6963, TIP-1193). What a wallet says of itself is not to be trusted: its name is
//! text, its icon a picture.
//!
//! 1. [`Discovery`] finds [wallets](Wallet).
//! 2. [`Wallet::account`] has one show an account, on the right chain.
//! 3. [`send`] asks it for one [`Transaction`](btt::Transaction), once.
//! 4. [`watch`] follows what was [`Sent`] until it is certain, also by way of what took its place.
//! 5. [`Failure`] says why it was not made, or is not known to have been.

pub mod browser;
mod discovery;
mod failure;
mod sending;
mod watching;

use std::cell::Cell;
use std::rc::Rc;

use btt::{Address, Amount, Chain, Network};
use host::browser::property;
use js_sys::Array;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::browser::{Listener, from_js};
pub use crate::discovery::{Discovery, Found};
pub use crate::failure::Failure;
pub use crate::sending::{Sent, send};
pub use crate::watching::{Progress, watch};

/// Characters of a wallet's name that are shown.
const MAX_NAME: usize = 40;

const ON_OFF: [&str; 2] = ["on", "removeListener"];

/// Which chains a wallet signs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// EVM chains.
    Evm,
    /// TRON.
    Tron,
}

/// What a wallet says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What it calls itself.
    pub name: String,
    /// Its picture, as a `data:` URL.
    pub icon: Option<String>,
    /// Its reversed domain name, which it makes up itself.
    pub rdns: String,
    /// What it signs for.
    pub family: Family,
}

/// One wallet.
#[derive(Clone, Debug)]
pub struct Wallet {
    /// What it says of itself.
    pub card: Card,
    provider: JsValue,
}

/// Hears that the user turns to another account or chain, for as long as this value is there.
#[derive(Debug)]
pub struct Turns {
    turned: Rc<Cell<bool>>,
    _listeners: Vec<Listener>,
}

impl Turns {
    /// Whether the user did.
    #[must_use]
    pub fn any(&self) -> bool {
        self.turned.get()
    }
}

/// What a wallet answers instead of doing what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The user said no (4001).
    Rejected,
    /// It already asks the user something (-32002).
    Busy,
    /// It does not know this page, or not this method (4100, 4200).
    Unauthorized,
    /// It does not know the chain (4902).
    UnknownChain,
    /// It is locked or has no network (4900, 4901).
    Disconnected,
    /// It has not what every wallet has.
    Lacks,
    /// Its own words.
    Other(String),
}

/// One line of a stranger's text, without what makes text look like other text.
pub fn readable(text: &str) -> String {
    visible(text).take(MAX_NAME).collect()
}

/// The same where more fits.
pub fn readable_long(text: &str) -> String {
    visible(text).take(4 * MAX_NAME).collect()
}

fn visible(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_control() && !metainfo::is_invisible(*c))
}

impl Wallet {
    /// Asks the wallet; what it takes a person to decide may take minutes.
    ///
    /// # Errors
    /// What it answers instead.
    pub async fn ask(&self, method: &str, params: Value) -> Result<Value, Refusal> {
        let request = browser::request(method, &params);
        let answer = browser::call(&self.provider, "request", &Array::of1(&request)).await;
        answer.map(|answer| from_js(&answer)).map_err(|error| Refusal::of(&error))
    }

    /// The account that the user shows to this page, once the wallet is on an EVM network of the deployment. Asks the user
    /// for what it lacks.
    ///
    /// # Errors
    /// [`Failure`]; nothing was sent.
    pub async fn account(&self, network: &Network) -> Result<Address, Failure> {
        let Chain::Eip155(chain) = network.chain else { return Err(Failure::WrongChain) };
        let account = first(&self.connect().await?)?;
        if self.chain().await? == Some(chain) || self.switch(network, chain).await? {
            Ok(account)
        } else {
            Err(Failure::WrongChain)
        }
    }

    /// The accounts that the user shows to this page; asks the user if there are none yet.
    ///
    /// # Errors
    /// What it answers instead.
    pub async fn connect(&self) -> Result<Vec<String>, Refusal> {
        Ok(texts(&self.ask("eth_requestAccounts", json!([])).await?))
    }

    /// The accounts that this page may see now.
    async fn accounts(&self) -> Result<Vec<String>, Refusal> {
        Ok(texts(&self.ask("eth_accounts", json!([])).await?))
    }

    /// The chain that it is on.
    ///
    /// # Errors
    /// What it answers instead.
    pub async fn chain(&self) -> Result<Option<u64>, Refusal> {
        let answer = self.ask("eth_chainId", json!([])).await?;
        Ok(node::as_number(&answer))
    }

    /// Has it go to an EVM network of the deployment, and tells it of the network if need be; whether it is there then.
    async fn switch(&self, network: &Network, chain: u64) -> Result<bool, Refusal> {
        let id = format!("{chain:#x}");
        match self.ask("wallet_switchEthereumChain", json!([{ "chainId": id }])).await {
            Ok(_) => {}
            Err(Refusal::UnknownChain) => {
                let explorers: Vec<&str> = network.explorer.as_deref().into_iter().collect();
                let described = json!([{
                    "chainId": id,
                    "chainName": network.name,
                    "nativeCurrency": { "name": "BitTorrent", "symbol": "BTT", "decimals": Amount::DECIMALS },
                    "rpcUrls": [network.rpc],
                    "blockExplorerUrls": explorers,
                }]);
                self.ask("wallet_addEthereumChain", described).await?;
                // Some wallets add a network without turning to it.
                if self.chain().await? != Some(chain) {
                    self.ask("wallet_switchEthereumChain", json!([{ "chainId": id }])).await?;
                }
            }
            Err(Refusal::Rejected) => return Ok(false),
            Err(refusal) => return Err(refusal),
        }
        Ok(self.chain().await? == Some(chain))
    }

    /// Whether the user turns to another account or chain from now on.
    #[must_use]
    pub fn turns(&self) -> Turns {
        let turned = Rc::new(Cell::new(false));
        let listen = |name| {
            let turned = Rc::clone(&turned);
            Listener::new(&self.provider, ON_OFF, name, move |_| turned.set(true))
        };
        let names = ["accountsChanged", "chainChanged", "disconnect"];
        let listeners = names.into_iter().filter_map(listen).collect();
        Turns { turned, _listeners: listeners }
    }

    /// What only this wallet has: `tronWeb`.
    pub fn tron_web(&self) -> Option<JsValue> {
        property(&self.provider, "tronWeb").filter(|web| web.is_object())
    }

    /// Whether two are the same program.
    fn is(&self, other: &Self) -> bool {
        self.provider == other.provider || (!self.card.rdns.is_empty() && self.card.rdns == other.card.rdns)
    }
}

impl Refusal {
    /// What an error that a wallet throws means.
    #[must_use]
    pub fn of(error: &JsValue) -> Self {
        if error.is_undefined() {
            return Self::Lacks;
        }
        let code = property(error, "code").and_then(|code| code.as_f64()).map(|code| code as i64);
        // Some wallets wrap the error of another.
        let inner = property(error, "data").and_then(|data| property(&data, "originalError"));
        let code = inner
            .and_then(|inner| property(&inner, "code"))
            .and_then(|code| code.as_f64())
            .map_or(code, |code| Some(code as i64));
        match code {
            Some(4001) => Self::Rejected,
            Some(-32002) => Self::Busy,
            Some(4100 | 4200) => Self::Unauthorized,
            Some(4902) => Self::UnknownChain,
            Some(4900 | 4901) => Self::Disconnected,
            _ => {
                let words = property(error, "message").and_then(|words| words.as_string());
                let words = words.or_else(|| error.as_string()).unwrap_or_default();
                Self::Other(words.chars().filter(|c| !c.is_control()).take(200).collect())
            }
        }
    }
}

/// The account that the user chose, which wallets name first.
///
/// # Errors
/// [`Failure::NoAccount`] if there is none.
pub fn first(accounts: &[String]) -> Result<Address, Failure> {
    accounts.first().and_then(|account| account.parse().ok()).ok_or(Failure::NoAccount)
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Payments, row 34.
    #[test]
    fn what_a_wallet_calls_itself_is_one_line_of_visible_text() {
        assert_eq!(readable("Meta\u{200b}Mask\u{202e}\n<b>"), "MetaMask<b>");
        assert_eq!(readable(&"x".repeat(500)).len(), MAX_NAME);
    }
}

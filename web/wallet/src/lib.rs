//! The user's wallets: programs that put themselves into the page.
//!
//! EVM wallets announce themselves (EIP-6963) or stand at `window.ethereum`, and take requests (EIP-1193); those of TRON
//! do the same under other names (TIP-6963, TIP-1193). What a wallet says of itself is not to be trusted: its name is
//! text, its icon a picture.

pub mod browser;

use btt::{Amount, Network};
use host::browser::{method, property, window};
use js_sys::Array;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};
use yew::Callback;

use crate::browser::{Listener, from_js};

/// Characters of a wallet's name that are shown.
const MAX_NAME: usize = 40;
/// Characters of an icon's address.
const MAX_ICON: usize = 64 * 1024;
/// Wallets that are listed.
pub const MAX_WALLETS: usize = 16;

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

/// Listens for wallets.
#[derive(Debug)]
pub struct Discovery(#[expect(dead_code, reason = "they listen until dropped")] Vec<Listener>);

const ADD_REMOVE: [&str; 2] = ["addEventListener", "removeEventListener"];
const ON_OFF: [&str; 2] = ["on", "removeListener"];

impl Discovery {
    /// Asks wallets to announce themselves. This asks nothing of the user.
    pub fn start(found: &Callback<Wallet>) -> Self {
        let target: JsValue = window().into();
        let listen = |name, family| {
            let found = found.clone();
            Listener::new(&target, ADD_REMOVE, name, move |event| {
                if let Some(wallet) = announced(&event, family) {
                    found.emit(wallet);
                }
            })
        };
        let listeners = [
            listen("eip6963:announceProvider", Family::Evm),
            listen("TIP6963:announceProvider", Family::Tron),
        ];
        let window: &EventTarget = target.unchecked_ref();
        for name in ["eip6963:requestProvider", "TIP6963:requestProvider"] {
            if let Ok(event) = Event::new(name) {
                // Nobody cancels it.
                let _ = window.dispatch_event(&event);
            }
        }
        Self(listeners.into_iter().flatten().collect())
    }
}

/// The wallet that an event announces.
fn announced(event: &JsValue, family: Family) -> Option<Wallet> {
    let detail = property(event, "detail")?;
    let (info, provider) = (property(&detail, "info")?, property(&detail, "provider")?);
    method(&provider, "request")?;
    let text = |name| property(&info, name).and_then(|value| value.as_string());
    let is_picture = |icon: &String| icon.starts_with("data:image/") && icon.len() <= MAX_ICON;
    let card = Card {
        name: readable(&text("name").unwrap_or_default()),
        icon: text("icon").filter(is_picture),
        rdns: readable(&text("rdns").unwrap_or_default()),
        family,
    };
    Some(Wallet { card, provider })
}

/// The wallets that announce nothing and stand in the window.
pub fn unannounced() -> Vec<Wallet> {
    let window: JsValue = window().into();
    let at = |place, name: &str, family| {
        let provider = property(&window, place).filter(|provider| method(provider, "request").is_some())?;
        let card = Card { name: name.to_owned(), icon: None, rdns: String::new(), family };
        Some(Wallet { card, provider })
    };
    let wallets = [at("ethereum", "Browser wallet", Family::Evm), at("tron", "TRON wallet", Family::Tron)];
    wallets.into_iter().flatten().collect()
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

    /// The accounts that the user shows to this page; asks the user if there are none yet.
    ///
    /// # Errors
    /// What it answers instead.
    pub async fn connect(&self) -> Result<Vec<String>, Refusal> {
        Ok(texts(&self.ask("eth_requestAccounts", json!([])).await?))
    }

    /// The accounts that this page may see now.
    ///
    /// # Errors
    /// What it answers instead.
    pub async fn accounts(&self) -> Result<Vec<String>, Refusal> {
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
    ///
    /// # Errors
    /// What it answers instead.
    pub async fn switch(&self, network: &Network, chain: u64) -> Result<bool, Refusal> {
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

    /// Hears when the user turns to another account or chain.
    pub fn on_change(&self, changed: &Callback<()>) -> Vec<Listener> {
        let listen = |name| {
            let changed = changed.clone();
            Listener::new(&self.provider, ON_OFF, name, move |_| changed.emit(()))
        };
        ["accountsChanged", "chainChanged", "disconnect"].into_iter().filter_map(listen).collect()
    }

    /// What only this wallet has: `tronWeb`.
    pub fn tron_web(&self) -> Option<JsValue> {
        property(&self.provider, "tronWeb").filter(|web| web.is_object())
    }

    /// Whether two are the same program.
    pub fn is(&self, other: &Self) -> bool {
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

//! How wallets are found: EIP-6963 and TIP-6963, and the two places where they stand without a word.

use gloo_timers::callback::Timeout;
use host::browser::{method, property, window};
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};
use yew::Callback;

use crate::browser::Listener;
use crate::{Card, Family, Wallet, readable};

/// Milliseconds that wallets have to announce themselves, before those that announce nothing are looked for.
const ANNOUNCING: u32 = 300;

/// Wallets that are listed.
const MAX_WALLETS: usize = 16;

/// Characters of an icon's address.
const MAX_ICON: usize = 64 * 1024;

const ADD_REMOVE: [&str; 2] = ["addEventListener", "removeEventListener"];

/// Looks for wallets, until it is dropped.
#[derive(Debug)]
pub struct Discovery {
    _listeners: Vec<Listener>,
    _later: Timeout,
}

impl Discovery {
    /// Asks wallets to announce themselves, and looks for those that announce nothing a little later. This asks nothing of
    /// the user.
    #[must_use]
    pub fn start(found: &Callback<Found>) -> Self {
        let target: JsValue = window().into();
        let listen = |name, family| {
            let found = found.clone();
            Listener::new(&target, ADD_REMOVE, name, move |event| {
                if let Some(wallet) = announced(&event, family) {
                    found.emit(Found { wallet, is_announced: true });
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
        let found = found.clone();
        let later = Timeout::new(ANNOUNCING, move || {
            for wallet in unannounced() {
                found.emit(Found { wallet, is_announced: false });
            }
        });
        Self { _listeners: listeners.into_iter().flatten().collect(), _later: later }
    }
}

/// A wallet that was found, perhaps not for the first time.
#[derive(Debug)]
pub struct Found {
    wallet: Wallet,
    /// Those that are not may be one that is.
    is_announced: bool,
}

impl Found {
    /// What it signs for.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.wallet.card.family
    }

    /// Puts it behind the wallets that are known, if it is none of them and they are not many; what it says of itself then.
    pub fn join(self, known: &mut Vec<Wallet>) -> Option<Card> {
        let Self { wallet, is_announced } = self;
        let is_known = known.iter().any(|known| match is_announced {
            true => known.is(&wallet),
            false => known.card.family == wallet.card.family,
        });
        if is_known || known.len() >= MAX_WALLETS {
            return None;
        }
        let card = wallet.card.clone();
        known.push(wallet);
        Some(card)
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
fn unannounced() -> Vec<Wallet> {
    let window: JsValue = window().into();
    let at = |place, name: &str, family| {
        let provider = property(&window, place).filter(|provider| method(provider, "request").is_some())?;
        let card = Card { name: name.to_owned(), icon: None, rdns: String::new(), family };
        Some(Wallet { card, provider })
    };
    let wallets = [at("ethereum", "Browser wallet", Family::Evm), at("tron", "TRON wallet", Family::Tron)];
    wallets.into_iter().flatten().collect()
}

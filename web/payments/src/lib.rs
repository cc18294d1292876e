//! Payments by the byte (`docs/pay.md`), as people see them, in a program of its own that the page loads only where somebody
//! wants to pay or to be paid. What decides and signs is the purse, a worker; this shows it, and asks wallets.
//!
//! 1. [`mount`] draws the [`App`] into an element of the page; the page [tells](Payments::tell) it which torrent is open, and
//!    hands on what the purse says and what it is to be told.
//! 2. [`state`] is everything that is known, chosen and under way: it takes in what happened and says what is to be done, which
//!    [`app`] does, and [`view`] draws it.
//! 3. [`deposit`] is how much is locked up for a budget; [wallet] has the user's wallets send one transaction at a time.
//!
//! A wallet is asked in a click alone, once for each. Amounts are integers from the text field to the wallet.

mod app;
mod deposit;
mod memo;
mod state;
mod view;
mod words;

use btt::Networks;
use js_sys::{Function, Uint8Array};
use language::Language;
use metainfo::InfoHash;
use protocol::Sponsorship;
use protocol::purse::{PurseCommand, PurseNews};
use wasm_bindgen::prelude::*;
use yew::{AppHandle, Callback, Html, component};

use crate::app::{App, AppProps, Msg};
use crate::state::Torrent;

/// The part of a page that deals with payments.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Payments(AppHandle<App>);

/// Speaks the language with this tag, once the words are here.
#[wasm_bindgen]
pub async fn speak(tag: String) {
    language::speak(&words::PROGRAM, Language::of_tag(&tag).unwrap_or_default()).await;
}

/// Draws payments into `root`. `networks` is what the deployment's `/config.json` has under `tips`, as JSON; `send` takes the
/// postcard bytes of a [`PurseCommand`]; `people` an array of pairs: the key of a peer of the torrent, and what money goes to
/// it or comes from it, as text.
#[wasm_bindgen]
#[must_use]
pub fn mount(root: web_sys::Element, networks: &str, send: Function, people: Function) -> Payments {
    let networks = Networks::of_json(networks).unwrap_or_default();
    let send = Callback::from(move |command: PurseCommand| {
        if let Ok(bytes) = postcard::to_allocvec(&command) {
            // The page's own function.
            let _ = send.call1(&JsValue::NULL, &Uint8Array::from(&bytes[..]));
        }
    });
    let props = AppProps { networks, send, people };
    Payments(yew::Renderer::<App>::with_root_and_props(root, props).render())
}

#[wasm_bindgen]
impl Payments {
    /// Takes the postcard bytes of a [`PurseNews`].
    pub fn tell(&self, news: &[u8]) {
        if let Ok(news) = postcard::from_bytes::<PurseNews>(news) {
            self.0.send_message(Msg::Purse(news));
        }
    }

    /// Which torrent is open, as its info hash in hexadecimal digits, and whether all that is wanted of it is here.
    pub fn open(&self, info_hash: &str, is_complete: bool) {
        if let Ok(info_hash) = info_hash.parse::<InfoHash>() {
            self.0.send_message(Msg::Torrent(Torrent { info_hash, is_complete }));
        }
    }

    /// Who would pay for the torrent that is open, by the link that led to it: the address of a sponsor and a ticket, or two empty
    /// strings; and whether the user has agreed to that.
    pub fn sponsor(&self, url: &str, ticket: &str, is_accepted: bool) {
        self.0.send_message(Msg::Offered(Sponsorship::new(url, ticket), is_accepted));
    }

    /// Takes everything away again.
    pub fn unmount(self) {
        self.0.destroy();
    }
}

/// Sets this program apart from the page's, as that of tips: Yew numbers the roots of one program, and here nothing lives in the
/// first, whose number the page's own elements have.
pub fn start() {
    let document = host::browser::window().document();
    if let Some(Ok(nowhere)) = document.map(|document| document.create_element("div")) {
        yew::Renderer::<Nothing>::with_root(nowhere).render().destroy();
    }
}

#[component]
fn Nothing() -> Html {
    Html::default()
}

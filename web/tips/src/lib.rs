//! Tips: everything of Seedcast that has to do with money, in a program of its own that the page loads only where there
//! is somebody to thank.
//!
//! 1. [`mount`] draws the [`App`] into an element of the page; the page [tells](Tips::tell) it which torrent is
//!    open and which tips peers speak of ([`protocol::tips`]), and it hands back commands for the engine.
//! 2. [`state`] is everything that is known, chosen and under way: it takes in what happened and says what is to be done,
//!    which [`app`] does, and [`view`] draws it. So each journey of a tip is a unit test.
//! 3. Whom a torrent pays, and what vouches for that, is in [`trust`]; [wallet] finds the user's wallets,
//!    sends one tip with one of them and watches it until it is certain; [`tron`] does so on the other chain.
//! 4. [`supporters`] believes nothing that peers say before the [node] of the deployment's own network confirms it;
//!    [`evidence`] asks that as little as it takes.
//! 5. [`history`] is what the user gave, in this browser and nowhere else.
//!
//! Amounts are integers ([`btt::Amount`]) from the text field to the wallet. The wallet is only ever asked in a click on
//! the dialog's button, never twice for the same tip, and to sign nothing but that transaction.

mod app;
mod browser;
mod creator;
mod evidence;
mod history;
mod identicon;
mod state;
mod supporters;
mod tron;
mod trust;
mod view;
mod words;

use btt::Networks;
use js_sys::{Function, Uint8Array};
use language::Language;
use protocol::tips::{TipsCommand, TipsNews};
use wasm_bindgen::prelude::*;
use yew::{AppHandle, Callback, Html, component};

use crate::app::{App, AppProps, Msg};

/// The part of a page that deals with tips.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Tips(AppHandle<App>);

/// Speaks the language with this tag, once the words are here.
#[wasm_bindgen]
pub async fn speak(tag: String) {
    language::speak(&words::PROGRAM, Language::of_tag(&tag).unwrap_or_default()).await;
}

/// Draws tips into `root`. `networks` is what the deployment's `/config.json` has under `tips`, as JSON; `send` takes the
/// postcard bytes of a [`TipsCommand`] for the engine.
#[wasm_bindgen]
#[must_use]
pub fn mount(root: web_sys::Element, networks: &str, send: Function) -> Tips {
    let networks = Networks::of_json(networks).unwrap_or_default();
    let send = Callback::from(move |command: TipsCommand| {
        if let Ok(bytes) = postcard::to_allocvec(&command) {
            // The page's own function.
            let _ = send.call1(&JsValue::NULL, &Uint8Array::from(&bytes[..]));
        }
    });
    Tips(yew::Renderer::<App>::with_root_and_props(root, AppProps { networks, send }).render())
}

#[wasm_bindgen]
impl Tips {
    /// Takes the postcard bytes of a [`TipsNews`].
    pub fn tell(&self, news: &[u8]) {
        if let Ok(news) = postcard::from_bytes::<TipsNews>(news) {
            self.0.send_message(Msg::News(news));
        }
    }

    /// Takes everything away again.
    pub fn unmount(self) {
        self.0.destroy();
    }
}

/// Sets this program apart from the page's.
///
/// Yew numbers the roots of one program and writes the number on elements. Here the page would read its own, which is the
/// first, and take a click on an element of tips for one on an element of its own: so nothing lives in the first here.
pub fn start() {
    let document = browser::window().document();
    if let Some(Ok(nowhere)) = document.map(|document| document.create_element("div")) {
        yew::Renderer::<Nothing>::with_root(nowhere).render().destroy();
    }
}

#[component]
fn Nothing() -> Html {
    Html::default()
}

//! The page: what people see.
//!
//! The engine worker does the work; the page shows what it says and passes on what people ask for.
//!
//! 1. [`run`] starts the components of `view`, which draw a [`Session`](session::Session) and nothing else.
//! 2. `controls` turns clicks into commands for the engine, which [`host::Host`] reaches, and its events into
//!    [`session::Action`]s.
//!
//! Whatever can be decided without a browser is in public modules, which are tested natively.

mod browser;
mod chosen;
mod contract;
mod controls;
pub mod dragged;
pub mod embedding;
pub mod exported;
mod folder;
mod handles;
mod installed;
pub mod listing;
mod memo;
mod notification;
pub mod paths;
pub mod payees;
pub mod pieces;
pub mod playback;
pub mod playlist;
mod positions;
mod preferences;
pub mod session;
pub mod share;
pub mod theme;
mod view;
mod wake_lock;
mod words;

use language::Language;

/// Starts the page in the element `app` of its document, once its words are here.
pub fn run() {
    theme::Theme::chosen().apply();
    wasm_bindgen_futures::spawn_local(async {
        speak(preferences::language()).await;
        draw();
    });
}

/// Speaks the language that the user chose, or that of the browser.
async fn speak(choice: Option<Language>) {
    language::speak(&words::PROGRAM, choice.unwrap_or_else(Language::of_browser)).await;
    language::mark_document();
}

fn draw() {
    match browser::document().get_element_by_id("app") {
        Some(root) => drop(yew::Renderer::<view::App>::with_root(root).render()),
        None => drop(yew::Renderer::<view::App>::new().render()),
    }
}

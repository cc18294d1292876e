//! The page: what people see, and the peer connections that only a window can make.
//!
//! The engine worker does the work; the page shows what it says and passes on what people ask for.
//!
//! 1. [`run`] starts the components of `view`, which draw a [`Session`](session::Session) and nothing else.
//! 2. `controls` takes the one lock of this origin and starts the engine worker, or follows the tab that did. From then
//!    on it turns clicks into commands and events into [`session::Action`]s.
//! 3. `rtc` makes peer connections for the engine and hands it their data channels.
//!
//! Whatever can be decided without a browser is in public modules, which are tested natively.

mod browser;
mod chosen;
mod config;
mod controls;
mod engine;
mod follower;
pub mod gathering;
mod handles;
pub mod link;
mod memo;
mod owner;
pub mod pieces;
mod preferences;
pub mod qr;
mod relay;
mod rtc;
pub mod session;
pub mod theme;
mod view;
pub mod words;

/// Starts the page in the element `app` of its document.
pub fn run() {
    theme::Theme::chosen().apply();
    match browser::document().get_element_by_id("app") {
        Some(root) => drop(yew::Renderer::<view::App>::with_root(root).render()),
        None => drop(yew::Renderer::<view::App>::new().render()),
    }
}

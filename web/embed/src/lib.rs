//! The player alone, for other people's pages: `embed.html`, which `embed.js` puts into a frame.
//!
//! 1. [`link`] reads what to play, and how, from the address. A wrong one is a sentence in place of the player.
//! 2. `player` waits until it is to play. Until then nothing is fetched, not even the engine.
//! 3. From then on it is a page of Seedcast like any other, with a [`host::Host`]: it adds the torrent, has the service
//!    worker feed the media element, and draws what has come.
//! 4. `parent` talks to the page around it, over a port that only the two have. That page may start, stop and wind;
//!    nothing else that it says is heard.
//!
//! What can be decided without a browser is in public modules, which are tested natively.

mod elements;
pub mod film;
pub mod link;
mod parent;
mod player;
mod words;

use host::browser::window;
use language::Language;
use wasm_bindgen_futures::spawn_local;

/// Starts the player in this document, once its words are here.
pub fn run() {
    spawn_local(async {
        let query = window().location().search().unwrap_or_default();
        let language = link::language(&query).unwrap_or_else(Language::of_browser);
        language::speak(&words::PROGRAM, language).await;
        language::mark_document();
        player::Player::open(&query);
    });
}

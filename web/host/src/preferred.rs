//! What the user prefers that every window goes by, before any of its program runs: `index.html` reads it, too.

use crate::browser::window;

/// Where the browser's storage for this site has it, as `1`, that people are to be met through relays alone.
pub const RELAY_ONLY: &str = "relay-only";

/// Whether people are to be met through relays alone, whatever the torrent. A browser that stores nothing forgets it.
#[must_use]
pub fn prefers_relays() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(RELAY_ONLY).ok().flatten()).is_some()
}

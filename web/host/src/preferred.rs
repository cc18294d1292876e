//! What the user chose that every window goes by before any of its program runs: `index.html` reads it, too. It is in the
//! browser's storage for this site; a browser that stores nothing forgets it.

use web_sys::Storage;

use crate::browser::window;

/// Where it says, as `1`, that people are to be met through relays alone.
pub const RELAY_ONLY: &str = "relay-only";
/// Where it says, as `1`, that the user was told what others see.
const TOLD: &str = "told";

/// Whether people are to be met through relays alone, whatever the torrent.
#[must_use]
pub fn prefers_relays() -> bool {
    has(RELAY_ONLY)
}

/// Whether the user was told what others see, and went on.
#[must_use]
pub fn was_told() -> bool {
    has(TOLD)
}

/// Remembers that they were, and whether they chose that people are met through relays alone.
pub fn remember_told(relay_only: bool) {
    let Some(storage) = storage() else { return };
    for (name, is_so) in [(TOLD, true), (RELAY_ONLY, relay_only)] {
        if is_so {
            let _ = storage.set_item(name, "1");
        }
    }
}

fn has(name: &str) -> bool {
    storage().and_then(|storage| storage.get_item(name).ok().flatten()).is_some()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

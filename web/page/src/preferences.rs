//! What the user wants of all torrents, remembered by the browser.

use std::num::NonZeroU64;

use host::RELAY_ONLY;
use language::Language;
use protocol::{Limits, Preferences};

use crate::browser::storage;

/// Where each is kept. A browser that stores nothing forgets them.
const DOWN: &str = "limit-down";
const UP: &str = "limit-up";
const SUPER_SEED: &str = "super-seed";
const NOTIFICATIONS: &str = "notifications";
const TIP_ADDRESS: &str = "tip-address";
const SEALED: &str = "sealed";
const LANGUAGE: &str = "language";
const THEATRE: &str = "theatre";
/// What is kept for what is wanted, or is not.
const ON: &str = "1";
const OFF: &str = "0";

/// What the user chose here before.
pub(crate) fn chosen() -> Preferences {
    stored().unwrap_or_default()
}

/// The same; `None` if this browser stores nothing.
pub(crate) fn stored() -> Option<Preferences> {
    let storage = storage()?;
    let limit = |key| storage.get_item(key).ok().flatten()?.parse::<NonZeroU64>().ok();
    Some(Preferences {
        limits: Limits { down: limit(DOWN), up: limit(UP) },
        super_seed: storage.get_item(SUPER_SEED).ok().flatten().as_deref() != Some(OFF),
        relay_only: host::prefers_relays(),
    })
}

/// Remembers what the user chose.
pub(crate) fn remember(preferences: &Preferences) {
    let Some(storage) = storage() else { return };
    let keep = |key, value: Option<String>| match value {
        Some(value) => drop(storage.set_item(key, &value)),
        None => drop(storage.remove_item(key)),
    };
    keep(DOWN, preferences.limits.down.map(|limit| limit.to_string()));
    keep(UP, preferences.limits.up.map(|limit| limit.to_string()));
    keep(SUPER_SEED, (!preferences.super_seed).then(|| OFF.to_owned()));
    keep(RELAY_ONLY, preferences.relay_only.then(|| ON.to_owned()));
}

/// Whether the user wants to be notified of what becomes of their shares.
pub(crate) fn notifications() -> bool {
    storage().and_then(|storage| storage.get_item(NOTIFICATIONS).ok().flatten()).as_deref() == Some(ON)
}

/// Remembers whether they do.
pub(crate) fn remember_notifications(wanted: bool) {
    if let Some(storage) = storage() {
        // A browser that stores nothing forgets it.
        let _ = storage.set_item(NOTIFICATIONS, if wanted { ON } else { OFF });
    }
}

/// Whether the user wants films as wide as the window.
pub(crate) fn theatre() -> bool {
    storage().and_then(|storage| storage.get_item(THEATRE).ok().flatten()).as_deref() == Some(ON)
}

/// Remembers whether they do.
pub(crate) fn remember_theatre(wanted: bool) {
    if let Some(storage) = storage() {
        // A browser that stores nothing forgets it.
        let _ = storage.set_item(THEATRE, if wanted { ON } else { OFF });
    }
}

/// The accounts that took tips for the user's last share.
pub(crate) fn tip_address() -> String {
    storage().and_then(|storage| storage.get_item(TIP_ADDRESS).ok().flatten()).unwrap_or_default()
}

/// Remembers them for the next.
pub(crate) fn remember_tip_address(address: &str) {
    if let Some(storage) = storage() {
        // A browser that stores nothing forgets them.
        let _ = storage.set_item(TIP_ADDRESS, address);
    }
}

/// Whether only who has the link is to read what the user shares; `None` if they never chose.
pub(crate) fn sealed() -> Option<bool> {
    Some(storage()?.get_item(SEALED).ok()?? == ON)
}

/// Remembers what they chose for the next share.
pub(crate) fn remember_sealed(sealed: bool) {
    if let Some(storage) = storage() {
        // A browser that stores nothing forgets it.
        let _ = storage.set_item(SEALED, if sealed { ON } else { OFF });
    }
}

/// The language that the user chose; none if it is to be the browser's.
pub(crate) fn language() -> Option<Language> {
    Language::of_tag(&storage()?.get_item(LANGUAGE).ok()??)
}

/// Remembers it.
pub(crate) fn remember_language(language: Option<Language>) {
    // A browser that stores nothing forgets it.
    let _ = storage().map(|storage| match language {
        Some(language) => storage.set_item(LANGUAGE, language.tag()),
        None => storage.remove_item(LANGUAGE),
    });
}

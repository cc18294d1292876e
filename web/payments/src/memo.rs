//! What this browser remembers for the page: that the purse is to be started when it opens, and what was typed last.

use host::browser::window;
use web_sys::Storage;

/// What the page looks at when it starts.
const ON: &str = "seedcast.payments";
/// Who is to be paid.
const PAYEE: &str = "seedcast.payments.payee";

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Whether the page has to start the purse the next time: there is something to pay, to earn or to get back.
pub(crate) fn remember_on(on: bool) {
    let Some(storage) = storage() else { return };
    // A browser that remembers nothing has no deposits either.
    let _ = if on { storage.set_item(ON, "on") } else { storage.remove_item(ON) };
}

/// The address that was used last.
pub(crate) fn payee() -> String {
    storage().and_then(|storage| storage.get_item(PAYEE).ok().flatten()).unwrap_or_default()
}

pub(crate) fn remember_payee(address: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(PAYEE, address);
    }
}

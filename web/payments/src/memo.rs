//! What this browser remembers for the page: that the purse is to be started when it opens, and what was typed last.

use host::PAYMENTS_ON;
use host::browser::window;
use wasm_bindgen::prelude::*;
use web_sys::{IdbDatabase, Storage};

/// Who is to be paid.
const PAYEE: &str = "seedcast.payments.payee";

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Whether the page has to start the purse the next time: there is something to pay, to earn or to get back.
pub(crate) fn remember_on(on: bool) {
    // A browser that remembers nothing has no deposits either.
    let Ok(Some(databases)) = window().indexed_db() else { return };
    if !on {
        let _ = databases.delete_database(PAYMENTS_ON);
        return;
    }
    let Ok(request) = databases.open(PAYMENTS_ON) else { return };
    let opened = request.clone();
    // One that is open could not be deleted.
    let close = Closure::once_into_js(move || {
        if let Ok(database) = opened.result() {
            database.unchecked_into::<IdbDatabase>().close();
        }
    });
    request.set_onsuccess(Some(close.unchecked_ref()));
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

//! The few things that tips ask of the browser.

pub(crate) use host::browser::{is_framed, property, window};
use js_sys::Array;
use wallet::browser::call;
use wasm_bindgen::prelude::*;
use web_sys::Storage;

/// What this browser remembers for the page, unless it remembers nothing.
pub(crate) fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Saves text among the user's downloads.
pub(crate) fn save_text(text: &str, name: &str) -> Result<(), JsValue> {
    host::browser::download(&host::browser::blob(text.as_bytes())?, name)
}

/// Puts text into the clipboard; whether the browser lets it.
pub(crate) async fn copy(text: &str) -> bool {
    // Pages without a secure address have none.
    let Some(clipboard) = property(&host::browser::navigator(), "clipboard") else { return false };
    call(&clipboard, "writeText", &Array::of1(&text.into())).await.is_ok()
}

/// The address of this page, with all that is behind it.
pub(crate) fn address() -> String {
    window().location().href().unwrap_or_default()
}

//! Notifications of the system's, for whoever looks at something else. Not every browser has them.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;

use crate::browser::{method, navigator, options, property, window};

/// Whether this browser knows of notifications.
pub(crate) fn exists() -> bool {
    property(&window(), "Notification").is_some()
}

/// Whether the page may notify; asks the user if `ask`, which needs a click.
pub(crate) async fn permitted(ask: bool) -> bool {
    let Some(notification) = property(&window(), "Notification") else { return false };
    let permission = property(&notification, "permission").and_then(|permission| permission.as_string());
    match permission.as_deref() {
        Some("granted") => true,
        Some("default") if ask => match call(&notification, "requestPermission").await {
            Some(answer) => answer.as_string().as_deref() == Some("granted"),
            None => false,
        },
        _ => false,
    }
}

/// Shows a notification instead of the last one with this `tag`. A click on it leads here (`sw.js`).
pub(crate) async fn show(text: &str, tag: &str) {
    let options = options("tag", &tag.into());
    // Phones know only those of service workers, and private windows have no service worker.
    let registration = match property(&navigator(), "serviceWorker") {
        Some(container) => call(&container, "getRegistration").await,
        None => None,
    };
    if let Some(registration) = registration
        && let Some(show) = method(&registration, "showNotification")
    {
        if let Ok(shown) = show.call2(&registration, &text.into(), &options) {
            // A browser that refuses after all shows nothing.
            drop(Promise::resolve(&shown).await);
        }
    } else if let Some(notification) = property(&window(), "Notification") {
        // As above.
        let _ =
            Reflect::construct(notification.unchecked_ref::<Function>(), &Array::of2(&text.into(), &options));
    }
}

/// What a method without arguments promises, unless it is nothing.
async fn call(object: &JsValue, name: &str) -> Option<JsValue> {
    let promised = method(object, name)?.call0(object).ok()?;
    Promise::resolve(&promised).await.ok().filter(|value| !value.is_undefined())
}

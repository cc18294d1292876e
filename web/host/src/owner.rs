//! One tab owns the engine: files in the browser's storage open only once, and two engines would be two peers.
//! Others follow it, until they become the owner themselves.

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;

use crate::browser::{self, LockManager};
use crate::early;

/// Name of the lock that the owner holds for as long as it lives.
const LOCK: &str = "seedcast-owner";

/// Becomes the owner if no other tab is. Browsers without locks, or that deny them together with storage, have no
/// second tab to speak of.
pub(crate) async fn try_own() -> bool {
    if let Some(early) = early::ownership()
        && early.await.is_ok_and(|owns| owns.is_truthy())
    {
        return true;
    }
    match browser::locks() {
        Some(locks) => hold(&locks, LOCK, &browser::options("ifAvailable", &JsValue::TRUE)).await,
        None => true,
    }
}

/// Becomes the owner as soon as the tab that is it closes.
pub(crate) async fn wait_to_own() {
    if let Some(locks) = browser::locks() {
        hold(&locks, LOCK, &Object::new()).await;
    }
}

/// Says, by the name of a lock that it holds from now on, that this window is the client to ask for `what`.
pub(crate) async fn show(what: &str) {
    if let Some(locks) = browser::locks() {
        hold(&locks, what, &Object::new()).await;
    }
}

/// Takes the lock, and keeps it until the page closes; `false` if it was not available.
async fn hold(locks: &LockManager, name: &str, options: &Object) -> bool {
    let mut requested = JsValue::UNDEFINED;
    let answered = Promise::new(&mut |answer, _| {
        let held = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let mine = !lock.is_null();
            let _ = answer.call1(&JsValue::UNDEFINED, &JsValue::from_bool(mine));
            // The lock is held until this promise settles, which it never does.
            if mine { Promise::new(&mut |_, _| {}).into() } else { JsValue::UNDEFINED }
        });
        requested = locks.request(name, options, held.unchecked_ref::<Function>()).into();
    });
    // What the request returns settles when the lock is given back, that is never, or at once where locks are denied.
    let first = Promise::race(&Array::of2(&answered, &requested));
    first.await.map_or(true, |mine| mine.is_truthy())
}

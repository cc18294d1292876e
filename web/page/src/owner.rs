//! One tab owns the engine: files in the browser's storage open only once, and two engines would be two peers.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser::{self, LockManager};

/// Name of the lock that the owner holds for as long as it lives.
const LOCK: &str = "seedcast-owner";
/// Name of the channel on which other tabs hand their links to the owner.
const CHANNEL: &str = "seedcast";

/// Becomes the owner if no other tab is. Browsers without locks have no second tab to speak of.
pub(crate) async fn try_own() -> bool {
    match browser::locks() {
        Some(locks) => hold(&locks, &browser::options("ifAvailable", &JsValue::TRUE)).await,
        None => true,
    }
}

/// Becomes the owner as soon as the tab that is it closes.
pub(crate) async fn wait_to_own() {
    if let Some(locks) = browser::locks() {
        hold(&locks, &Object::new()).await;
    }
}

/// Takes the lock, and keeps it until the page closes; `false` if it was not available.
async fn hold(locks: &LockManager, options: &Object) -> bool {
    let answered = Promise::new(&mut |answer, _| {
        let held = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let mine = !lock.is_null();
            let _ = answer.call1(&JsValue::UNDEFINED, &JsValue::from_bool(mine));
            // The lock is held until this promise settles, which it never does.
            if mine { Promise::new(&mut |_, _| {}).into() } else { JsValue::UNDEFINED }
        });
        // What it returns settles when the lock is given back, that is never.
        let _ = locks.request(LOCK, options, held.unchecked_ref::<Function>());
    });
    answered.await.is_ok_and(|mine| mine.is_truthy())
}

/// Hands a link to the tab that owns the engine.
pub(crate) fn hand_over(link: &str) {
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        let _ = channel.post_message(&JsValue::from_str(link));
        channel.close();
    }
}

/// Hears the links that other tabs hand over, until it is dropped.
pub(crate) struct Inbox {
    channel: BroadcastChannel,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Inbox {
    /// `on_link` gets every link.
    pub(crate) fn open(on_link: impl Fn(String) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let on_message = Closure::new(move |event: MessageEvent| {
            if let Some(link) = event.data().as_string() {
                on_link(link);
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, _on_message: on_message })
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.channel.close();
    }
}

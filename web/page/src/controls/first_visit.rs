//! Before anything is connected for the first time.

use gloo_timers::callback::Interval;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::Controls;
use crate::session::Action;

/// Milliseconds between two looks whether they went on in another tab.
const LOOK: u32 = 500;

impl Controls {
    /// Tells the user what others see, and waits until they go on, here or in another tab: that may follow this one.
    pub(super) async fn tell_first(self) {
        self.dispatch(Action::FirstVisit(true));
        let elsewhere = Interval::new(LOOK, move || {
            if host::was_told() {
                self.go_on(false);
            }
        });
        let told = Promise::new(&mut |go_on, _| drop(self.0.go_on.replace(Some(go_on))));
        // Nothing rejects it.
        let _ = JsFuture::from(told).await;
        drop(elsewhere);
        self.dispatch(Action::FirstVisit(false));
    }

    /// The user was told, and may have chosen that people are met through relays alone.
    pub(crate) fn go_on(self, relay_only: bool) {
        host::remember_told(relay_only);
        // The engine that another tab has may run already, and what was chosen in the settings meanwhile is to count.
        self.prefer(|preferences| preferences.relay_only |= relay_only);
        if let Some(go_on) = self.0.go_on.take() {
            let _ = go_on.call0(&JsValue::UNDEFINED);
        }
    }
}

//! Before anything is connected for the first time.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::Controls;
use crate::session::Action;

impl Controls {
    /// Tells the user what others see, and waits until they go on.
    pub(super) async fn tell_first(self) {
        self.dispatch(Action::FirstVisit(true));
        let told = Promise::new(&mut |go_on, _| drop(self.0.go_on.replace(Some(go_on))));
        // Nothing rejects it.
        let _ = JsFuture::from(told).await;
        self.dispatch(Action::FirstVisit(false));
    }

    /// The user was told, and may have chosen that people are met through relays alone.
    pub(crate) fn go_on(self, relay_only: bool) {
        host::remember_told(relay_only);
        let preferences = protocol::Preferences { relay_only, ..self.session().preferences };
        self.dispatch(Action::Prefer(preferences));
        if let Some(go_on) = self.0.go_on.take() {
            let _ = go_on.call0(&JsValue::UNDEFINED);
        }
    }
}

//! Keeping a phone awake (Screen Wake Lock): asleep, it gives and gets nothing.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::browser::{method, navigator, property, window};

/// A screen that stays on until this is dropped, where the browser does that for a page that is seen.
pub(crate) struct WakeLock(Option<Promise>);

impl WakeLock {
    /// Asks for one, on devices that are held in the hand.
    pub(crate) fn request() -> Self {
        let handheld = window().match_media("(hover: none) and (pointer: coarse)").ok().flatten();
        Self(handheld.filter(|handheld| handheld.matches()).and_then(|_| request()))
    }
}

impl Drop for WakeLock {
    fn drop(&mut self) {
        if let Some(lock) = self.0.take() {
            spawn_local(async move {
                // Browsers refuse when the battery runs low, and take it back from a page that nobody sees.
                if let Ok(lock) = lock.await
                    && let Some(release) = method(&lock, "release")
                {
                    let _ = release.call0(&lock);
                }
            });
        }
    }
}

fn request() -> Option<Promise> {
    let manager = property(&navigator(), "wakeLock")?;
    method(&manager, "request")?.call1(&manager, &"screen".into()).ok()?.dyn_into().ok()
}

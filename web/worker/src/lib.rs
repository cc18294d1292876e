//! What every worker asks of the browser: its scope, a pause, one timer.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::DedicatedWorkerGlobalScope;

/// The worker's global scope.
#[must_use]
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Lets everything else have its turn for at least so many milliseconds.
pub async fn pause(millis: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let set = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        if set.is_err() {
            // Without timers there is nobody to wait for.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    // It is never rejected.
    let _ = JsFuture::from(promise).await;
}

/// One timer that is set to the earliest of many moments. It may go off early, never late.
pub struct Alarm<T: Copy> {
    ring: Closure<dyn Fn()>,
    armed: Rc<Cell<Option<(T, i32)>>>,
}

impl<T: Copy> std::fmt::Debug for Alarm<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Alarm")
    }
}

impl<T: Copy + Ord + 'static> Alarm<T> {
    /// A timer that calls `ring`; not set yet.
    pub fn new(ring: impl Fn() + 'static) -> Self {
        let armed = Rc::new(Cell::new(None));
        let disarm = Rc::clone(&armed);
        let ring = Closure::new(move || {
            disarm.set(None);
            ring();
        });
        Self { ring, armed }
    }

    /// Goes off at `at`, which is `wait` from now, or before. A timer that is set to an earlier moment stays: going off for
    /// nothing costs less than setting timers anew for every message.
    pub fn set(&self, at: T, wait: Duration) {
        if let Some((armed, timer)) = self.armed.get() {
            if armed <= at {
                return;
            }
            scope().clear_timeout_with_handle(timer);
        }
        // Timers count in milliseconds up to 2^31; a longer wait goes off for nothing once in 24 days.
        let wait = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        let function = self.ring.as_ref().unchecked_ref();
        let timer = scope().set_timeout_with_callback_and_timeout_and_arguments_0(function, wait);
        self.armed.set(timer.ok().map(|timer| (at, timer)));
    }
}

impl<T: Copy> Drop for Alarm<T> {
    fn drop(&mut self) {
        if let Some((_, timer)) = self.armed.get() {
            scope().clear_timeout_with_handle(timer);
        }
    }
}

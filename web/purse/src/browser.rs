//! What every part of the purse asks of the browser: the time, chance, a pause, one timer, one lock over all tabs.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use pay::Time;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, DomException};

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks` (Web Locks).
    type LockManager;

    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, options: &Object, held: &Function) -> Promise;
}

/// The worker's global scope.
#[must_use]
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Now, by the user's clock: sessions on the chain expire by one.
#[must_use]
pub fn now() -> Time {
    Time::from_millis(js_sys::Date::now() as u64)
}

/// Bytes that nobody can predict.
///
/// # Errors
/// Where there are none to be had: a key made of anything else would be worth nothing.
pub fn random<const N: usize>() -> Result<[u8; N], JsValue> {
    let mut bytes = [0; N];
    scope().crypto()?.get_random_values_with_u8_array(&mut bytes)?;
    Ok(bytes)
}

/// Lets so many milliseconds pass.
pub async fn pause(millis: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        // Without timers there is nobody to wait for.
        if scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis).is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    // It is never rejected.
    let _ = JsFuture::from(promise).await;
}

/// What the browser calls an error.
#[must_use]
pub fn words(error: &JsValue) -> String {
    match error.dyn_ref::<DomException>() {
        Some(error) => format!("{}: {}", error.name(), error.message()),
        None => error.dyn_ref::<js_sys::Error>().map_or_else(String::new, |error| error.message().into()),
    }
}

/// Says to whoever looks into the console what went wrong. Nothing of a key is ever among it.
pub fn complain(words: &str) {
    web_sys::console::warn_1(&JsValue::from_str(words));
}

/// One timer, set to the earliest of many moments. It may go off early, never late.
pub struct Alarm {
    ring: Closure<dyn Fn()>,
    armed: Rc<Cell<Option<(Time, i32)>>>,
}

impl std::fmt::Debug for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Alarm")
    }
}

impl Alarm {
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

    /// Goes off at `at` or before. One that is set to an earlier moment stays.
    pub fn set(&self, now: Time, at: Time) {
        if let Some((armed, timer)) = self.armed.get() {
            if armed <= at {
                return;
            }
            scope().clear_timeout_with_handle(timer);
        }
        // A clock that the user sets must not keep anybody waiting for longer than this.
        let wait = at.since(now).as_millis().clamp(1, 60_000);
        let wait = i32::try_from(wait).unwrap_or(i32::MAX);
        let function = self.ring.as_ref().unchecked_ref();
        let timer = scope().set_timeout_with_callback_and_timeout_and_arguments_0(function, wait);
        self.armed.set(timer.ok().map(|timer| (at, timer)));
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some((_, timer)) = self.armed.get() {
            scope().clear_timeout_with_handle(timer);
        }
    }
}

/// A lock that one program of all tabs has at a time. Given back when it is dropped, or the worker ends.
#[derive(Debug)]
pub struct Lock {
    release: Function,
}

impl Lock {
    /// Takes the lock of this name. If somebody else has it: `None`, or once they have not any more if `waits`.
    ///
    /// # Errors
    /// Where the browser has no locks.
    pub async fn take(name: &str, waits: bool) -> Result<Option<Self>, JsValue> {
        let locks = Reflect::get(&scope().navigator(), &"locks".into())?;
        if locks.is_undefined() {
            return Err(JsValue::UNDEFINED);
        }
        let locks: LockManager = locks.unchecked_into();
        let options = Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &(!waits).into())?;
        let (mut resolve_held, mut reject_held) = (None, None);
        let held = Promise::new(&mut |resolve, reject| {
            (resolve_held, reject_held) = (Some(resolve), Some(reject));
        });
        let (resolve_held, reject_held) = (resolve_held.unwrap_throw(), reject_held.unwrap_throw());
        let on_held = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            if lock.is_null() {
                let _ = resolve_held.call1(&JsValue::UNDEFINED, &JsValue::NULL);
                return JsValue::UNDEFINED;
            }
            // The lock is held for as long as this promise is.
            Promise::new(&mut |release, _| {
                let _ = resolve_held.call1(&JsValue::UNDEFINED, &release);
            })
            .into()
        });
        let asked = locks.request(name, &options, on_held.unchecked_ref());
        let on_refused = Closure::once_into_js(move |error: JsValue| {
            let _ = reject_held.call1(&JsValue::UNDEFINED, &error);
        });
        // Browsers that deny locks reject the request and call nobody.
        let catch: Function = Reflect::get(&asked, &"catch".into())?.unchecked_into();
        catch.call1(&asked, &on_refused)?;
        let release = JsFuture::from(held).await?;
        Ok(release.dyn_into().ok().map(|release| Self { release }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It settles a promise, which cannot fail.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

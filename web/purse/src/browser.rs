//! What every part of the purse asks of the browser: the time, chance, one lock over all tabs.

use js_sys::{Function, Object, Promise, Reflect};
use pay::Time;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::DomException;
pub use worker::{Alarm, pause, scope};

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks` (Web Locks).
    type LockManager;

    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, options: &Object, held: &Function) -> Promise;
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

//! The few things that tips ask of the browser.

use crate::words;
pub(crate) use host::browser::{is_framed, method, property, window};
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Storage;

/// What this browser remembers for the page, unless it remembers nothing.
pub(crate) fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// A JavaScript value of this JSON.
pub(crate) fn to_js(value: &serde_json::Value) -> JsValue {
    JSON::parse(&value.to_string()).unwrap_or(JsValue::NULL)
}

/// This JavaScript value as JSON; null if it has none.
pub(crate) fn from_js(value: &JsValue) -> serde_json::Value {
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Calls a method, and waits for what it promises.
pub(crate) async fn call(object: &JsValue, name: &str, arguments: &Array) -> Result<JsValue, JsValue> {
    let method = method(object, name).ok_or_else(|| JsValue::from_str(words::WALLET_LACKS.text()))?;
    let answer = Reflect::apply(&method, object, arguments)?;
    match answer.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await,
        Err(answer) => Ok(answer),
    }
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

/// An event listener, there for as long as this value.
#[derive(Debug)]
pub(crate) struct Listener {
    target: JsValue,
    remove: &'static str,
    name: &'static str,
    closure: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    /// Listens by `add` and stops by `remove`, the two methods that `target` has for that; none if it lacks them.
    pub(crate) fn new(
        target: &JsValue,
        [add, remove]: [&'static str; 2],
        name: &'static str,
        heard: impl Fn(JsValue) + 'static,
    ) -> Option<Self> {
        let closure = Closure::<dyn Fn(JsValue)>::new(heard);
        let add: Function = method(target, add)?;
        add.call2(target, &JsValue::from_str(name), closure.as_ref()).ok()?;
        Some(Self { target: target.clone(), remove, name, closure })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(remove) = method(&self.target, self.remove) {
            let _ = remove.call2(&self.target, &JsValue::from_str(self.name), self.closure.as_ref());
        }
    }
}

/// An object of a wallet's request.
pub(crate) fn request(method: &str, params: &serde_json::Value) -> Object {
    to_js(&serde_json::json!({ "method": method, "params": params })).unchecked_into()
}

//! What wallets and those who ask them need of the browser.

use host::browser::method;
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A JavaScript value of this JSON.
#[must_use]
pub fn to_js(value: &serde_json::Value) -> JsValue {
    JSON::parse(&value.to_string()).unwrap_or(JsValue::NULL)
}

/// This JavaScript value as JSON; null if it has none.
#[must_use]
pub fn from_js(value: &JsValue) -> serde_json::Value {
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Calls a method, and waits for what it promises.
///
/// # Errors
/// What the method throws; undefined if there is none of this name.
pub async fn call(object: &JsValue, name: &str, arguments: &Array) -> Result<JsValue, JsValue> {
    let method = method(object, name).ok_or(JsValue::UNDEFINED)?;
    let answer = Reflect::apply(&method, object, arguments)?;
    match answer.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await,
        Err(answer) => Ok(answer),
    }
}

/// An event listener, there for as long as this value.
#[derive(Debug)]
pub struct Listener {
    target: JsValue,
    remove: &'static str,
    name: &'static str,
    closure: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    /// Listens by `add` and stops by `remove`, the two methods that `target` has for that; none if it lacks them.
    #[must_use]
    pub fn new(
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
#[must_use]
pub fn request(method: &str, params: &serde_json::Value) -> Object {
    to_js(&serde_json::json!({ "method": method, "params": params })).unchecked_into()
}

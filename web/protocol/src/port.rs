//! Messages as JavaScript values: `{ bytes: Uint8Array, parts: [...] }`.

use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

/// Why a received value is not a message.
#[derive(Debug, thiserror::Error)]
#[error("not a message of this version")]
pub struct Unreadable;

/// The JavaScript value of `message` with its `parts`, and what of it must be transferred: its bytes, and
/// of the parts whatever `transfer` lists (data channels, ports, buffers; files are cloned).
#[must_use]
pub fn encode<M: Serialize>(message: &M, parts: &Array, transfer: &Array) -> (JsValue, Array) {
    let encoded = postcard::to_allocvec(message).unwrap_or_default();
    let bytes = Uint8Array::from(encoded.as_slice());
    let list = transfer.slice(0, transfer.length());
    list.push(&bytes.buffer());
    let value = Object::new();
    // Setting a property of a fresh plain object cannot fail.
    let _ = Reflect::set(&value, &JsValue::from_str("bytes"), &bytes);
    let _ = Reflect::set(&value, &JsValue::from_str("parts"), parts);
    (value.into(), list)
}

/// The message in a received value, and its parts.
///
/// # Errors
/// [`Unreadable`] if the value was not made by [`encode`] for the same type: the two programs come from
/// different builds.
pub fn decode<M: DeserializeOwned>(value: &JsValue) -> Result<(M, Array), Unreadable> {
    let part =
        |name: &str| Reflect::get(value, &JsValue::from_str(name)).map_err(|_not_an_object| Unreadable);
    let bytes: Uint8Array = part("bytes")?.dyn_into().map_err(|_other_type| Unreadable)?;
    let parts: Array = part("parts")?.dyn_into().map_err(|_other_type| Unreadable)?;
    let message = postcard::from_bytes(&bytes.to_vec()).map_err(|_other_build| Unreadable)?;
    Ok((message, parts))
}

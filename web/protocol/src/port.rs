//! Messages as JavaScript values: `[version, Uint8Array, parts]`.

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::VERSION;

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
    (Array::of3(&JsValue::from(VERSION), &bytes, parts).into(), list)
}

/// The message in a received value, and its parts.
///
/// # Errors
/// [`Unreadable`] if the value was not made by [`encode`] for the same type and in the same [`VERSION`]: the two programs
/// come from different builds.
pub fn decode<M: DeserializeOwned>(value: &JsValue) -> Result<(M, Array), Unreadable> {
    let value: &Array = value.dyn_ref().ok_or(Unreadable)?;
    if value.get(0) != VERSION {
        return Err(Unreadable);
    }
    let bytes: Uint8Array = value.get(1).dyn_into().map_err(|_other_type| Unreadable)?;
    let parts: Array = value.get(2).dyn_into().map_err(|_other_type| Unreadable)?;
    let message = postcard::from_bytes(&bytes.to_vec()).map_err(|_other_type| Unreadable)?;
    Ok((message, parts))
}

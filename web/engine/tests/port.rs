//! Messages between programs of different builds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use js_sys::{Array, Uint8Array};
use protocol::{Command, VERSION, port};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// A message and its parts.
fn message() -> Array {
    let (value, _) = port::encode(&Command::Watch(None), &Array::of1(&"part".into()), &Array::new());
    value.unchecked_into()
}

fn is_read(value: &JsValue) -> bool {
    port::decode::<Command>(value).is_ok()
}

#[wasm_bindgen_test]
fn a_message_arrives_with_its_parts() {
    let (command, parts) = port::decode(&message()).unwrap();
    assert!(matches!(command, Command::Watch(None)));
    assert_eq!(parts.get(0), "part");
}

// Issue 12, 4.
#[wasm_bindgen_test]
fn a_message_of_another_version_is_not_read() {
    let other = message();
    assert!(is_read(&other));
    other.set(0, (VERSION ^ 1).into());
    assert!(!is_read(&other));
}

// Issue 12, 4.
#[wasm_bindgen_test]
fn a_message_of_a_release_without_versions_is_not_read() {
    let bytes = message().get(1).unchecked_into::<Uint8Array>();
    let unversioned = js_sys::Object::new();
    js_sys::Reflect::set(&unversioned, &"bytes".into(), &bytes).unwrap();
    js_sys::Reflect::set(&unversioned, &"parts".into(), &Array::new()).unwrap();
    assert!(!is_read(&unversioned));
    for value in [JsValue::NULL, JsValue::UNDEFINED, Array::new().into()] {
        assert!(!is_read(&value));
    }
}

//! What trackers send is read within limits.

use seedcast_engine::trackers::text_of;
use tracker::MAX_MESSAGE;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Issue 11, A: a message of any length was copied into memory that never shrinks, and refused there.
#[wasm_bindgen_test]
fn a_message_that_is_longer_than_any_tracker_sends_is_not_copied() {
    let text = |length: usize| text_of(&JsValue::from_str(&"a".repeat(length))).map(|text| text.len());
    assert_eq!([MAX_MESSAGE, MAX_MESSAGE + 1].map(text), [Some(MAX_MESSAGE), None]);
    assert_eq!(text_of(&JsValue::from(7)), None);
}

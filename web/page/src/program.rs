//! Programs of their own that lie beside the page, loaded when they are first needed.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::browser;

#[wasm_bindgen(
    inline_js = "export const load_program = async url => { const program = await import(url); await program.default(); return program }"
)]
extern "C" {
    #[wasm_bindgen(catch)]
    fn load_program(url: &str) -> Result<Promise, JsValue>;
}

/// The module of the program whose script is called so, once it is there. The browser loads it once.
///
/// # Errors
/// If it cannot be reached.
pub(crate) async fn load(script: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(load_program(&browser::beside(script))?).await
}

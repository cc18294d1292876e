//! The few things that a window asks of the browser, some of which web-sys does not bind.

use std::time::Duration;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, Document, HtmlAnchorElement, Navigator, TextDecoder, Url, Window};

/// Milliseconds after which a download has certainly read its address.
const DOWNLOAD_STARTED: u32 = 60_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);

    /// `navigator.locks` (Web Locks).
    pub(crate) type LockManager;

    #[wasm_bindgen(method)]
    pub(crate) fn request(this: &LockManager, name: &str, options: &Object, held: &Function) -> Promise;
}

#[wasm_bindgen(
    inline_js = "export const load_program = async name => { const program = await import(new URL(name, document.baseURI)); await program.default(); return program }"
)]
extern "C" {
    /// Starts the program whose script has this name, beside the document, and promises its module.
    pub fn load_program(name: &str) -> Promise;
}

/// The window. The page runs nowhere else.
#[must_use]
pub fn window() -> Window {
    web_sys::window().expect("this program is started by a document")
}

/// The document of [`window`].
#[must_use]
pub fn document() -> Document {
    window().document().expect("a window that runs programs has a document")
}

/// The navigator of [`window`].
#[must_use]
pub fn navigator() -> Navigator {
    window().navigator()
}

/// Time since the page was opened.
#[must_use]
pub fn now() -> Duration {
    Duration::try_from_secs_f64(performance_now() / 1000.0).unwrap_or_default()
}

/// So many random bytes, as hexadecimal digits.
#[must_use]
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    fill_random(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A property of any object, unless it is missing.
#[must_use]
pub fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// A method of any object, unless this browser lacks it.
#[must_use]
pub fn method(object: &JsValue, name: &str) -> Option<Function> {
    property(object, name)?.dyn_into().ok()
}

/// Lets a promise end as it likes: a browser that refuses does nothing, which the user sees.
pub fn settle(promise: Option<JsValue>) {
    if let Some(promise) = promise.and_then(|promise| promise.dyn_into::<Promise>().ok()) {
        spawn_local(async move { drop(promise.await) });
    }
}

/// An object with one property.
#[must_use]
pub fn options(name: &str, value: &JsValue) -> Object {
    let options = Object::new();
    // Setting a property of a fresh plain object cannot fail.
    let _ = Reflect::set(&options, &JsValue::from_str(name), value);
    options
}

/// `navigator.locks`, which pages without a secure address lack.
#[must_use]
pub(crate) fn locks() -> Option<LockManager> {
    property(&navigator(), "locks").map(JsCast::unchecked_into)
}

/// Address of this page without query and fragment.
#[must_use]
pub fn address() -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    origin + &location.pathname().unwrap_or_default()
}

/// The fragment of the page's address, without `#`.
#[must_use]
pub fn fragment() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_owned()
}

/// Whether the page's address asks for something, as in `?relay=1`.
#[must_use]
pub fn query_has(name: &str) -> bool {
    query_value(name).is_some()
}

/// What the page's address says of something, as in `?shared=name`; empty if it only has it.
#[must_use]
pub fn query_value(name: &str) -> Option<String> {
    let query = window().location().search().unwrap_or_default();
    let mut parts =
        query.trim_start_matches('?').split('&').map(|part| part.split_once('=').unwrap_or((part, "")));
    parts.find(|(part, _)| *part == name).map(|(_, value)| value.to_owned())
}

/// Whether another page holds this one in a frame.
#[must_use]
pub fn is_framed() -> bool {
    let window = window();
    !matches!(window.top(), Ok(Some(top)) if top == window)
}

/// A blob of these bytes.
///
/// # Errors
/// If the browser has no memory for it.
pub fn blob(bytes: &[u8]) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))
}

/// Text in an encoding that the Encoding Standard has under this label; what it cannot hold becomes U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8], label: &str) -> String {
    let decoder = TextDecoder::new_with_label(label);
    let text = decoder.and_then(|decoder| decoder.decode_with_js_u8_array(&Uint8Array::from(bytes)));
    text.unwrap_or_default()
}

/// Saves `blob` among the user's downloads; the browser reads it from disk as it writes.
///
/// # Errors
/// If the browser makes no address for it.
pub fn download(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    gloo_timers::callback::Timeout::new(DOWNLOAD_STARTED, move || {
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
    Ok(())
}

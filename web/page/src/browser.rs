//! The few things that the page asks of the browser, some of which web-sys does not bind.

use std::time::Duration;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, Document, FileSystemHandle, HtmlAnchorElement, Navigator, Url, Window};

/// Milliseconds after which a download has certainly read its address.
const DOWNLOAD_STARTED: u32 = 60_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);

    /// `FileSystemHandle` with the permission methods of the File System Access specification.
    #[wasm_bindgen(extends = FileSystemHandle)]
    pub(crate) type PermittedHandle;

    #[wasm_bindgen(method, catch, js_name = queryPermission)]
    fn query_permission(this: &PermittedHandle) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = requestPermission)]
    fn request_permission(this: &PermittedHandle) -> Result<Promise, JsValue>;

    /// `navigator.locks` (Web Locks).
    pub(crate) type LockManager;

    #[wasm_bindgen(method)]
    pub(crate) fn request(this: &LockManager, name: &str, options: &Object, held: &Function) -> Promise;
}

/// The window. The page runs nowhere else.
#[must_use]
pub(crate) fn window() -> Window {
    web_sys::window().expect("this program is started by a document")
}

/// The document of [`window`].
#[must_use]
pub(crate) fn document() -> Document {
    window().document().expect("a window that runs programs has a document")
}

/// The navigator of [`window`].
#[must_use]
pub(crate) fn navigator() -> Navigator {
    window().navigator()
}

/// Time since the page was opened.
#[must_use]
pub(crate) fn now() -> Duration {
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
pub(crate) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// A method of any object, unless this browser lacks it.
#[must_use]
pub(crate) fn method(object: &JsValue, name: &str) -> Option<Function> {
    property(object, name)?.dyn_into().ok()
}

/// An object with one property.
#[must_use]
pub(crate) fn options(name: &str, value: &JsValue) -> Object {
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

/// Whether the page may read `handle`; asks the user if `ask`, which needs a click.
pub(crate) async fn may_read(handle: &FileSystemHandle, ask: bool) -> bool {
    let handle: &PermittedHandle = handle.unchecked_ref();
    let answer = if ask { handle.request_permission() } else { handle.query_permission() };
    match answer {
        Ok(answer) => answer.await.is_ok_and(|state| state.as_string().as_deref() == Some("granted")),
        Err(_no_such_method) => false,
    }
}

/// Asks the browser to keep this page's storage; whether it promises to. It decides by itself, and some ask the user.
pub(crate) async fn keep_storage() -> bool {
    if property(&navigator(), "storage").is_none() {
        return false;
    }
    let Ok(answer) = navigator().storage().persist() else { return false };
    answer.await.is_ok_and(|kept| kept.is_truthy())
}

/// Saves `blob` among the user's downloads; the browser reads it from disk as it writes.
pub(crate) fn download(blob: &Blob, name: &str) -> Result<(), JsValue> {
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

/// A blob of these bytes.
pub(crate) fn blob(bytes: &[u8]) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))
}

/// Address of this page without query and fragment.
#[must_use]
pub(crate) fn address() -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    origin + &location.pathname().unwrap_or_default()
}

/// The fragment of the page's address, without `#`.
#[must_use]
pub(crate) fn fragment() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_owned()
}

/// Changes the page's address to hold this fragment, or none, as a new step of its history.
pub(crate) fn push_address(fragment: Option<&str>) {
    let Ok(history) = window().history() else { return };
    let location = window().location();
    let mut address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Some(fragment) = fragment {
        address.push('#');
        address.push_str(fragment);
    }
    // Browsers refuse only when it happens a hundred times in a few seconds.
    let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
}

/// Whether this browser can hand links to other programs.
#[must_use]
pub(crate) fn has_share_sheet() -> bool {
    method(&navigator(), "share").is_some()
}

/// Opens the system's share sheet. Must be called inside a click.
pub(crate) fn share_sheet(title: &str, address: &str) -> Option<Promise> {
    let data = options("title", &JsValue::from_str(title));
    let _ = Reflect::set(&data, &"url".into(), &JsValue::from_str(address));
    method(&navigator(), "share")?.call1(&navigator(), &data).ok()?.dyn_into().ok()
}

/// Whether the page's address asks for something, as in `?relay=1`.
#[must_use]
pub(crate) fn query_has(name: &str) -> bool {
    let query = window().location().search().unwrap_or_default();
    query.trim_start_matches('?').split('&').any(|part| part.split('=').next() == Some(name))
}

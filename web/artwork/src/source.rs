//! A file whose bytes can be read: one at an address, or a blob. Either may be a promise.

use std::ops::Range;

use host::browser::{options, window};
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlImageElement, Response, Url};

/// The file, once there is one.
///
/// # Errors
/// If it is not here, and does not come by itself.
pub(crate) async fn settled(file: &JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(file)).await
}

/// All of a file, as a blob of no type: what it is, the browser tells by its bytes.
pub(crate) async fn all(file: &JsValue) -> Result<Blob, JsValue> {
    match file.dyn_ref::<Blob>() {
        Some(blob) => blob.slice(),
        None => fetch(file, None).await?.slice(),
    }
}

/// Some bytes of a file, fewer if it ends before.
pub(crate) async fn part(file: &JsValue, bytes: Range<u64>) -> Result<Blob, JsValue> {
    match file.dyn_ref::<Blob>() {
        Some(blob) => blob.slice_with_f64_and_f64(bytes.start as f64, bytes.end as f64),
        None => fetch(file, Some(bytes)).await?.slice(),
    }
}

async fn fetch(address: &JsValue, bytes: Option<Range<u64>>) -> Result<Blob, JsValue> {
    let request = Object::new();
    if let Some(bytes) = bytes {
        let range = format!("bytes={}-{}", bytes.start, bytes.end.saturating_sub(1));
        Reflect::set(&request, &"headers".into(), &options("Range", &range.into()))?;
    }
    let address = address.as_string().unwrap_or_default();
    let response = JsFuture::from(window().fetch_with_str_and_init(&address, request.unchecked_ref()));
    let response: Response = response.await?.unchecked_into();
    if !response.ok() {
        return Err(response.status_text().into());
    }
    Ok(JsFuture::from(response.blob()?).await?.unchecked_into())
}

/// A picture of a file, and how many pixels it has in each direction. Browsers decode it when it is drawn.
///
/// # Errors
/// If it is none.
pub(crate) async fn picture(file: &JsValue) -> Result<(HtmlImageElement, [u32; 2]), JsValue> {
    let picture = HtmlImageElement::new()?;
    show(&picture, file).await?;
    let pixels = [picture.natural_width(), picture.natural_height()];
    Ok((picture, pixels))
}

/// Has an image show a file, and waits until it could.
///
/// # Errors
/// If it is no picture.
pub(crate) async fn show(image: &HtmlImageElement, file: &JsValue) -> Result<(), JsValue> {
    let own = file.dyn_ref::<Blob>().map(Url::create_object_url_with_blob).transpose()?;
    let loaded = Promise::new(&mut |resolve, reject| {
        image.set_onload(Some(&resolve));
        image.set_onerror(Some(&reject));
    });
    image.set_src(&own.clone().or_else(|| file.as_string()).unwrap_or_default());
    let loaded = JsFuture::from(loaded).await;
    if let Some(own) = own {
        Url::revoke_object_url(&own)?;
    }
    loaded.map(drop)
}

//! Subtitles of a video: files of its torrent, or of the user's, as the browser takes them.

use js_sys::{Array, Reflect};
use metainfo::visible;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, Url};

use crate::browser::{method, options, property};

/// One set of subtitles.
#[derive(Debug, PartialEq, Eq)]
pub struct Subtitles {
    /// Address of the WebVTT, as long as this value lives.
    pub address: String,
    /// BCP 47 tag, if the file's name tells.
    pub language: Option<String>,
    /// What people choose them by.
    pub label: String,
}

impl Drop for Subtitles {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.address);
    }
}

impl Subtitles {
    /// Those with this text.
    ///
    /// # Errors
    /// If the browser has no memory for it.
    pub fn new(label: String, language: Option<String>, webvtt: &str) -> Result<Self, JsValue> {
        Ok(Self { address: address(webvtt)?, language, label })
    }
}

/// An address under which this document reads this text, for as long as it lives.
///
/// # Errors
/// If the browser has no memory for it.
pub fn address(webvtt: &str) -> Result<String, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("text/vtt");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&webvtt.into()), &options)?;
    Url::create_object_url_with_blob(&blob)
}

/// What people whose language is `reader` choose the subtitles in a file by: their language, else the file's name. Both
/// languages are BCP 47 tags.
#[must_use]
pub fn label(path: &str, language: Option<&str>, reader: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    language.and_then(|tag| language_name(tag, reader)).unwrap_or_else(|| visible(name).into_owned())
}

fn language_name(tag: &str, reader: &str) -> Option<String> {
    let names = property(&js_sys::global(), "Intl").and_then(|intl| method(&intl, "DisplayNames"))?;
    let arguments = Array::of2(&reader.into(), &options("type", &"language".into()));
    let names = Reflect::construct(&names, &arguments).ok()?;
    method(&names, "of")?.call1(&names, &tag.into()).ok()?.as_string()
}

//! Subtitles for the player in other people's pages, which loads this program when a torrent has files that may be some.
//!
//! It is what the page has of [`media`] for them. The player would be a tenth larger with it, for everybody.

use host::browser::{decode, document, window};
use host::subtitles;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Response};

/// Whether the subtitle file at one path is meant for the video at the other.
#[wasm_bindgen]
#[must_use]
pub fn belong_to(subtitles: &str, video: &str) -> bool {
    media::belong_to(subtitles, video)
}

/// What people whose language has the BCP 47 tag `reader` choose the subtitles in the file at `path` by.
#[wasm_bindgen]
#[must_use]
pub fn label(path: &str, reader: &str) -> String {
    subtitles::label(path, media::language(path).as_deref(), reader)
}

/// Whether the subtitles in the file at `path` are in the language that this BCP 47 tag begins with.
#[wasm_bindgen]
#[must_use]
pub fn speak(path: &str, tag: &str) -> bool {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
    media::language(path).is_some_and(|own| primary(&own) == primary(tag))
}

/// The element of the subtitles in the file at `path`, which is read from `address`; they are not shown yet.
///
/// # Errors
/// The browser's own, if the file cannot be read.
#[wasm_bindgen]
pub async fn track(path: String, address: String) -> Result<Element, JsValue> {
    let response: Response = window().fetch_with_str(&address).await?.dyn_into()?;
    if !response.ok() {
        return Err(response.status().into());
    }
    let bytes = Uint8Array::new(&response.array_buffer()?.await?).to_vec();
    let language = media::language(&path);
    let text = media::to_webvtt(&decode(&bytes, media::charset(&bytes, language.as_deref())));
    let track = document().create_element("track")?;
    track.set_attribute("kind", "subtitles")?;
    track.set_attribute("src", &subtitles::address(&text)?)?;
    track.set_attribute("srclang", language.as_deref().unwrap_or_default())?;
    Ok(track)
}

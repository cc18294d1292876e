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
    track.set_attribute("src", &subtitles::address(&above_controls(&text))?)?;
    track.set_attribute("srclang", language.as_deref().unwrap_or_default())?;
    Ok(track)
}

/// WebVTT whose cues stand above the player's controls, unless they say where they stand.
fn above_controls(webvtt: &str) -> String {
    let mut lifted = String::with_capacity(webvtt.len());
    for line in webvtt.lines() {
        lifted.push_str(line);
        // Times alone: what may follow them says where.
        if line.contains("-->") && line.split_whitespace().count() == 3 {
            lifted.push_str(" line:-3");
        }
        lifted.push('\n');
    }
    lifted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_stand_above_the_controls_unless_they_say_where() {
        let vtt = "WEBVTT\n\n00:00.000 --> 00:01.000\nNear -- far\n\n00:01.000 --> 00:02.000 line:0\nAbove";
        let lifted = "WEBVTT\n\n00:00.000 --> 00:01.000 line:-3\nNear -- far\n\n00:01.000 --> 00:02.000 line:0\nAbove\n";
        assert_eq!(above_controls(vtt), lifted);
    }
}

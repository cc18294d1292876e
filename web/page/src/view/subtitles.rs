//! Subtitles of a video: those that came with it, and those that the user adds.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, BlobPropertyBag, File, Url};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::view::opened::{Wanted, use_bytes, use_opened};
use crate::words;

/// One set of subtitles, as the browser takes it.
#[derive(Debug, PartialEq)]
pub(crate) struct Subtitles {
    /// Address of the WebVTT.
    address: AttrValue,
    language: Option<AttrValue>,
    label: AttrValue,
}

impl Drop for Subtitles {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.address);
    }
}

impl Subtitles {
    /// From the bytes of a `.srt` or `.vtt` file of this name.
    fn new(path: &str, bytes: &[u8]) -> Result<Rc<Self>, JsValue> {
        let language = media::language(path);
        let text = browser::decode(bytes, media::charset(bytes, language.as_deref()));
        let parts = Array::of1(&media::to_webvtt(&text).into());
        let options = BlobPropertyBag::new();
        options.set_type("text/vtt");
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let label = language.as_deref().and_then(browser::language_name).unwrap_or_else(|| name.to_owned());
        Ok(Rc::new(Self {
            address: Url::create_object_url_with_blob(&blob)?.into(),
            language: language.map(AttrValue::from),
            label: label.into(),
        }))
    }
}

/// Whether a file of this name holds subtitles.
pub(crate) fn named_so(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".srt") || name.ends_with(".vtt")
}

/// Reads a file that the user adds.
pub(crate) fn read_file(file: File, controls: Controls, done: Callback<Rc<Subtitles>>) {
    spawn_local(async move {
        let name = file.name();
        if !named_so(&name) || file.size() > media::MAX_SUBTITLES as f64 {
            controls.complain(words::no_subtitles(&name));
            return;
        }
        let read = match file.array_buffer().await {
            Ok(buffer) => Subtitles::new(&name, &js_sys::Uint8Array::new(&buffer).to_vec()),
            Err(unreadable) => Err(unreadable),
        };
        match read {
            Ok(subtitles) => done.emit(subtitles),
            Err(_unreadable) => controls.complain(words::unreadable(&name)),
        }
    });
}

#[derive(PartialEq, Properties)]
pub(crate) struct OwnTrackProps {
    pub(crate) controls: Controls,
    pub(crate) wanted: Wanted,
}

/// Subtitles that are a file of the torrent, once that is here.
#[component]
pub(crate) fn OwnTrack(props: &OwnTrackProps) -> Html {
    let opened = use_opened(props.controls, &props.wanted);
    let bytes = use_bytes(opened.as_ref(), media::MAX_SUBTITLES as u32);
    let path = props.wanted.path.clone();
    // What cannot be read is not offered.
    let subtitles = use_memo((path, bytes), |(path, bytes)| {
        bytes.as_ref()?.as_ref().ok().and_then(|bytes| Subtitles::new(path, bytes).ok())
    });
    (*subtitles).clone().map(|subtitles| track(&subtitles)).unwrap_or_default()
}

/// The element for a set of subtitles, which are shown when the user chooses them.
pub(crate) fn track(subtitles: &Subtitles) -> Html {
    html! {
        <track key={&*subtitles.address} kind="subtitles" src={&subtitles.address} srclang={subtitles.language.clone()}
            label={&subtitles.label} />
    }
}

//! Subtitles of a video: those that came with it, and those that the user adds.

use std::rc::Rc;

pub(crate) use host::subtitles::Subtitles;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::view::opened::{Wanted, use_bytes, use_opened};
use crate::view::part::Part;
use crate::words;

/// Whether a file of this name holds subtitles.
pub(crate) fn named_so(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".srt") || name.ends_with(".vtt")
}

/// From the bytes of a `.srt` or `.vtt` file of this name.
fn of_file(path: &str, bytes: &[u8]) -> Result<Subtitles, JsValue> {
    let language = media::language(path);
    let text = browser::decode(bytes, media::charset(bytes, language.as_deref()));
    let label = host::subtitles::label(path, language.as_deref(), &language::locale());
    Subtitles::new(label, language, &media::to_webvtt(&text))
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
            Ok(buffer) => of_file(&name, &js_sys::Uint8Array::new(&buffer).to_vec()),
            Err(unreadable) => Err(unreadable),
        };
        match read {
            Ok(subtitles) => done.emit(Rc::new(subtitles)),
            Err(_unreadable) => controls.complain(words::unreadable(&name)),
        }
    });
}

/// Subtitles that are a file of the torrent, once that is here.
#[derive(PartialEq)]
pub(crate) struct OwnTrack {
    pub(crate) controls: Controls,
    pub(crate) wanted: Wanted,
}

impl Part for OwnTrack {
    const NAME: &'static str = "track";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_own_track(self).run(hooks)
    }
}

#[hook]
fn use_own_track(props: &OwnTrack) -> Html {
    let opened = use_opened(props.controls, &props.wanted);
    let bytes = use_bytes(opened.as_ref(), media::MAX_SUBTITLES as u32);
    let path = props.wanted.path.clone();
    // What cannot be read is not offered.
    let subtitles = use_memo((path, bytes), |(path, bytes)| {
        bytes.as_ref()?.as_ref().ok().and_then(|bytes| of_file(path, bytes).ok()).map(Rc::new)
    });
    (*subtitles).clone().map(|subtitles| track(&subtitles)).unwrap_or_default()
}

/// The element for a set of subtitles, which are shown when the user chooses them.
pub(crate) fn track(subtitles: &Subtitles) -> Html {
    html! {
        <track key={&*subtitles.address} kind="subtitles" src={subtitles.address.clone()} srclang={subtitles.language.clone()}
            label={subtitles.label.clone()} />
    }
}

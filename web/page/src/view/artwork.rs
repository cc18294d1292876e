//! Pictures and what is known of what plays: the page's side of the program `web/artwork`, which it loads where there is something
//! for it to do.

use host::browser::load_program;
use host::{Streaming, stream};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, HtmlMediaElement};
use yew::Callback;

use crate::controls::Controls;
use crate::view::opened::Wanted;
use crate::words;

#[wasm_bindgen]
extern "C" {
    /// The program's module.
    pub(crate) type Artwork;

    #[wasm_bindgen(method)]
    pub(crate) fn draw(this: &Artwork, root: &Element, file: &JsValue, words: &Array);

    #[wasm_bindgen(method)]
    pub(crate) fn view(
        this: &Artwork,
        root: &Element,
        place: usize,
        names: Vec<String>,
        file: &JsValue,
        words: &Array,
    );

    #[wasm_bindgen(method, getter, js_name = Playing)]
    fn playing(this: &Artwork) -> Function;

    /// What plays, as the program knows it.
    pub(crate) type Playing;

    #[wasm_bindgen(method)]
    pub(crate) fn free(this: &Playing);
}

/// Beside the page.
const PROGRAM: &str = "seedcast-artwork.js";

/// Loads the program.
///
/// # Errors
/// If it cannot be reached.
pub(crate) async fn load() -> Result<Artwork, JsValue> {
    Ok(JsFuture::from(load_program(PROGRAM)).await?.unchecked_into())
}

/// What the program says of pictures, in the order in which it knows them.
pub(crate) fn said() -> Array {
    let words = [words::OPENING, words::SHOWN_WHEN_COMPLETE, words::CANNOT_SHOW].map(String::from);
    let pixels = words::too_many_pixels("{height}", "{width}");
    let place = words::place_of("{all}", "{place}");
    let buttons = [words::FULL_SCREEN, words::CLOSE, words::PREVIOUS, words::NEXT].map(String::from);
    words.into_iter().chain([pixels, place]).chain(buttons).map(JsValue::from).collect()
}

/// A file for the program: its address, or the promise of a blob, which is not kept before all of it is here.
pub(crate) fn file(controls: Controls, wanted: &Wanted) -> JsValue {
    if wanted.streaming == Some(Streaming::Ready) {
        return stream::address(wanted.info_hash, &wanted.path).into();
    }
    let promise = Promise::new(&mut |resolve, reject| {
        if wanted.complete {
            let done = Callback::from(move |blob: Blob| drop(resolve.call1(&JsValue::UNDEFINED, &blob)));
            controls.open_file(wanted.info_hash, wanted.file, done);
        } else {
            // The function of a promise.
            let _ = reject.call0(&JsValue::UNDEFINED);
        }
    });
    promise.into()
}

/// What the program is to know of what plays.
pub(crate) struct About<'a> {
    pub(crate) name: &'a str,
    /// The file, if it is to be read, and its bytes.
    pub(crate) file: Option<(JsValue, u64)>,
    pub(crate) cover: Option<JsValue>,
    /// Whether something comes before it in the list, and after it.
    pub(crate) reach: [bool; 2],
}

impl Artwork {
    /// Shows what plays below `album` and to the system. `turn` takes -1 and 1 for what comes before and after it.
    ///
    /// # Errors
    /// None that the program has.
    pub(crate) fn follow(
        &self,
        media: &HtmlMediaElement,
        album: &Element,
        about: About<'_>,
        turn: &JsValue,
    ) -> Result<Playing, JsValue> {
        let object = Object::new();
        let set = |name: &str, value: JsValue| drop(Reflect::set(&object, &name.into(), &value));
        set("name", about.name.into());
        if let Some((file, size)) = about.file {
            set("file", file);
            set("size", (size as f64).into());
        }
        if let Some(cover) = about.cover {
            set("cover", cover);
        }
        let [previous, next] = about.reach;
        set("previous", previous.into());
        set("next", next.into());
        let arguments = Array::of4(media, album, &object, turn);
        Ok(Reflect::construct(&self.playing(), &arguments)?.unchecked_into())
    }
}

//! Small pictures.
//!
//! The browser tells how many pixels a picture has before it decodes them ([`Scale::small`] says how many are too many). One is
//! decoded at a time, off the page's thread, and what is kept of it is a file of a few kilobytes.

use std::cell::RefCell;

use host::browser::{document, method, options, window};
use js_sys::{Function, Promise};
use media::picture::Scale;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, Element, HtmlCanvasElement, HtmlImageElement, ImageBitmap, ImageBitmapRenderingContext};

use crate::words::Words;
use crate::{large, source};

/// What a small picture is stored as: with transparency, where the browser can write it, and small.
const TYPE: &str = "image/webp";

/// Pictures that nobody draws yet.
const FREE_IMAGES: &str = "[data-place] img:not([data-taken])";
const FREE_STAGES: &str = "[data-place] .stage:not([data-taken])";

thread_local! {
    /// Settled when nobody reads or decodes a picture.
    static FREE: RefCell<Promise> = RefCell::new(Promise::resolve(&JsValue::UNDEFINED));
}

/// The time in which one picture is read and decoded. Those who come later wait.
struct Turn {
    end: Option<Function>,
}

impl Turn {
    async fn take() -> Self {
        let mut end = None;
        let mine = Promise::new(&mut |resolve, _| end = Some(resolve));
        let before = FREE.replace(mine);
        // Nobody rejects it.
        drop(JsFuture::from(before).await);
        Self { end }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            // The function of a promise.
            let _ = end.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Draws the pictures below `root` that nobody draws yet, each the file that `file` gives for its `data-place`: small where there
/// is an image for it, large where there is a stage, whose name is its `data-name`. What is taken out of the page before its turn
/// is left.
#[wasm_bindgen]
pub fn draw(root: &Element, file: Function, words: JsValue) {
    for image in take(root, FREE_IMAGES) {
        let file = file.clone();
        spawn_local(async move {
            let _turn = Turn::take().await;
            if image.is_connected() && fill(image.unchecked_ref(), &file).await.is_err() {
                // What cannot be drawn keeps its name. Next time it may be another matter.
                let _ = image.remove_attribute("data-taken");
            }
        });
    }
    for stage in take(root, FREE_STAGES) {
        let (file, words) = (file.clone(), Words::from(words.clone()));
        spawn_local(async move {
            if let Ok(file) = file_of(&stage, &file) {
                let name = stage.get_attribute("data-name").unwrap_or_default();
                // Elements that it made itself take what they are given.
                let _ = large::fill(&stage, &name, &file, &words).await;
            }
        });
    }
}

fn take(root: &Element, which: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(which) else { return Vec::new() };
    let found = (0..found.length()).filter_map(|place| found.get(place)?.dyn_into::<Element>().ok());
    found.inspect(|element| drop(element.set_attribute("data-taken", ""))).collect()
}

/// The file for an element within the one that says which.
fn file_of(element: &Element, file: &Function) -> Result<JsValue, JsValue> {
    let around = element.closest("[data-place]")?;
    let place = around.and_then(|around| around.get_attribute("data-place")).unwrap_or_default();
    file.call1(&JsValue::UNDEFINED, &place.parse::<u32>().unwrap_or_default().into())
}

/// Shows the file for an image in it.
async fn fill(image: &HtmlImageElement, file: &Function) -> Result<(), JsValue> {
    let file = source::settled(&file_of(image, file)?).await?;
    let drawn = shrink(&source::all(&file).await?).await?;
    source::show(image, &drawn).await
}

/// A small picture of a file, in its turn.
///
/// # Errors
/// If the file is no picture or has too many pixels.
pub(crate) async fn small(file: &Blob) -> Result<Blob, JsValue> {
    let _turn = Turn::take().await;
    shrink(file).await
}

async fn shrink(file: &Blob) -> Result<Blob, JsValue> {
    let (_, [width, height]) = source::picture(file).await?;
    let scale = match Scale::small(width, height).ok_or(JsValue::UNDEFINED)? {
        Scale::Whole => options("resizeQuality", &"medium".into()),
        Scale::Width(pixels) => options("resizeWidth", &pixels.into()),
        Scale::Height(pixels) => options("resizeHeight", &pixels.into()),
    };
    let decode = method(&window(), "createImageBitmap").ok_or(JsValue::UNDEFINED)?;
    let decoded: Promise = decode.call2(&window(), file, &scale)?.unchecked_into();
    let picture: ImageBitmap = JsFuture::from(decoded).await?.unchecked_into();
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width(picture.width());
    canvas.set_height(picture.height());
    let context = canvas.get_context("bitmaprenderer")?.ok_or(JsValue::UNDEFINED)?;
    context.unchecked_into::<ImageBitmapRenderingContext>().transfer_from_image_bitmap(&picture);
    let encoded = Promise::new(&mut |resolve, reject| {
        if let Err(why) = canvas.to_blob_with_type(&resolve, TYPE) {
            let _ = reject.call1(&JsValue::UNDEFINED, &why);
        }
    });
    JsFuture::from(encoded).await?.dyn_into()
}

//! What is known of a film or a sound that plays, for whoever sees it: the page, and the system with its own controls.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use host::browser::{document, method, navigator, options, property};
use host::player;
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use media::tags::{TagSearch, Tags};
use metainfo::visible;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlImageElement, HtmlMediaElement, Url};

use crate::small::small;
use crate::source;

/// What the system may ask for.
const ACTIONS: [&str; 7] =
    ["play", "pause", "seekbackward", "seekforward", "seekto", "previoustrack", "nexttrack"];
/// What changes where it plays, or how fast.
const CHANGES: [&str; 6] = ["durationchange", "ratechange", "seeked", "play", "pause", "playing"];
/// Seconds to wind where the system does not say how many.
const WIND: f64 = 10.0;

/// A film or a sound, from when it first plays until it is shown no more.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Playing {
    _shown: Rc<Shown>,
}

#[derive(Debug)]
struct Shown {
    media: HtmlMediaElement,
    /// `navigator.mediaSession`, where the browser has it.
    session: Option<JsValue>,
    /// Where the page has room for it.
    album: Element,
    said: RefCell<Said>,
    on_action: Closure<dyn Fn(JsValue)>,
    on_change: Closure<dyn Fn()>,
}

/// What is said of it.
#[derive(Debug)]
struct Said {
    tags: Tags,
    cover: Option<Cover>,
}

/// The address of a small picture.
#[derive(Debug)]
struct Cover(String);

impl Drop for Cover {
    fn drop(&mut self) {
        // Fails for no text.
        let _ = Url::revoke_object_url(&self.0);
    }
}

#[wasm_bindgen]
impl Playing {
    /// Shows what `media` plays to the system and below `album`. `about` has the `name` of the file; as far as they are to be
    /// shown, the `file` itself, which is read, with its `size` in bytes, and the `cover`, another file; and whether something
    /// comes before and after it (`previous`, `next`), to which `turn` leads, with -1 and 1.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(media: HtmlMediaElement, album: Element, about: JsValue, turn: Function) -> Self {
        let session = property(&navigator(), "mediaSession");
        let on_action = {
            let media = media.clone();
            Closure::<dyn Fn(JsValue)>::new(move |details: JsValue| act(&media, &turn, &details))
        };
        let on_change = {
            let (media, session) = (media.clone(), session.clone());
            Closure::<dyn Fn()>::new(move || {
                if let Some(session) = &session {
                    tell_position(session, &media);
                }
            })
        };
        for change in CHANGES {
            // Fails for no event.
            let _ = media.add_event_listener_with_callback(change, on_change.as_ref().unchecked_ref());
        }
        let title = property(&about, "name").and_then(|name| name.as_string()).unwrap_or_default();
        let said = RefCell::new(Said { tags: Tags { title: Some(title), ..Tags::default() }, cover: None });
        let shown = Rc::new(Shown { media, session, album, said, on_action, on_change });
        for action in ACTIONS {
            let is_possible = match action {
                "previoustrack" => has(&about, "previous"),
                "nexttrack" => has(&about, "next"),
                _ => true,
            };
            shown.handle(action, is_possible.then_some(shown.on_action.as_ref()));
        }
        if let Some(session) = &shown.session {
            // It plays already.
            tell_position(session, &shown.media);
        }
        shown.tell();
        let learner = Rc::downgrade(&shown);
        // What cannot be read is not told, and plays all the same.
        spawn_local(async move { drop(learn(learner, about).await) });
        Self { _shown: shown }
    }
}

fn has(about: &JsValue, name: &str) -> bool {
    property(about, name).is_some_and(|value| value.is_truthy())
}

/// Reads what a sound says of itself, and its cover, unless it is shown no more.
async fn learn(shown: Weak<Shown>, about: JsValue) -> Result<(), JsValue> {
    let mut own_cover = None;
    if let Some(file) = property(&about, "file") {
        let file = source::settled(&file).await?;
        let size = property(&about, "size").and_then(|size| size.as_f64()).unwrap_or_default();
        let tags = search(&file, size as u64, &shown).await?;
        let Some(shown) = shown.upgrade() else { return Ok(()) };
        own_cover = tags.cover.clone().map(|place| (file, place));
        let mut said = shown.said.borrow_mut();
        let title = tags.title.clone().or_else(|| said.tags.title.take());
        said.tags = Tags { title, ..tags };
        drop(said);
        shown.tell();
    }
    let cover = match (property(&about, "cover"), own_cover) {
        (Some(cover), _) => source::all(&source::settled(&cover).await?).await?,
        (None, Some((file, place))) => source::part(&file, place).await?,
        (None, None) => return Ok(()),
    };
    let cover = Url::create_object_url_with_blob(&small(&cover).await?)?;
    let cover = Cover(cover);
    if let Some(shown) = shown.upgrade() {
        shown.said.borrow_mut().cover = Some(cover);
        shown.tell();
    }
    Ok(())
}

impl Shown {
    /// Tells the reader and the system what there is to be said.
    fn tell(&self) {
        let said = self.said.borrow();
        let Tags { title, artist, album, track, .. } = &said.tags;
        let from = album.clone().map(|album| match track {
            Some(track) => format!("{album} · {track}"),
            None => album,
        });
        // Elements that it made itself take what they are given.
        let _ = self.draw([title.as_ref(), artist.as_ref(), from.as_ref()], said.cover.as_ref());
        let Some(session) = &self.session else { return };
        let data = Object::new();
        for (name, text) in [("title", title), ("artist", artist), ("album", album)] {
            if let Some(text) = text {
                drop(Reflect::set(&data, &name.into(), &text.into()));
            }
        }
        if let Some(Cover(address)) = &said.cover {
            drop(Reflect::set(&data, &"artwork".into(), &Array::of1(&options("src", &address.into()))));
        }
        let metadata = method(&js_sys::global(), "MediaMetadata");
        let metadata = metadata.and_then(|make| Reflect::construct(&make, &Array::of1(&data)).ok());
        drop(Reflect::set(session, &"metadata".into(), &metadata.unwrap_or(JsValue::NULL)));
    }

    fn draw(&self, texts: [Option<&String>; 3], cover: Option<&Cover>) -> Result<(), JsValue> {
        self.album.set_inner_html("");
        if let Some(Cover(address)) = cover {
            let image = HtmlImageElement::new()?;
            image.set_src(address);
            image.set_alt("");
            self.album.append_child(&image)?;
        }
        let lines = document().create_element("div")?;
        for text in texts.into_iter().flatten() {
            let line = document().create_element("p")?;
            line.set_attribute("dir", "auto")?;
            line.set_text_content(Some(text));
            lines.append_child(&line)?;
        }
        self.album.append_child(&lines)?;
        Ok(())
    }

    /// Has `handler` called when the system asks for something, or nothing. Browsers refuse what they do not know.
    fn handle(&self, action: &str, handler: Option<&JsValue>) {
        let Some(session) = &self.session else { return };
        if let Some(set) = method(session, "setActionHandler") {
            drop(set.call2(session, &action.into(), handler.unwrap_or(&JsValue::NULL)));
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        for change in CHANGES {
            // Fails for no event.
            let _ = self
                .media
                .remove_event_listener_with_callback(change, self.on_change.as_ref().unchecked_ref());
        }
        for action in ACTIONS {
            self.handle(action, None);
        }
        if let Some(session) = &self.session {
            drop(Reflect::set(session, &"metadata".into(), &JsValue::NULL));
            drop(Reflect::set(session, &"playbackState".into(), &"none".into()));
        }
    }
}

/// Does what the system asks for.
fn act(media: &HtmlMediaElement, turn: &Function, details: &JsValue) {
    let number = |name| property(details, name).and_then(|number| number.as_f64());
    let wind = |by: f64| player::go_to(media, media.current_time() + by);
    // The page's own function.
    let turn = |by: i32| drop(turn.call1(&JsValue::UNDEFINED, &by.into()));
    match property(details, "action").and_then(|action| action.as_string()).as_deref() {
        Some("play") => player::play(media),
        // Only elements that are gone refuse.
        Some("pause") => drop(media.pause()),
        Some("seekbackward") => wind(-number("seekOffset").unwrap_or(WIND)),
        Some("seekforward") => wind(number("seekOffset").unwrap_or(WIND)),
        Some("seekto") => player::go_to(media, number("seekTime").unwrap_or_default()),
        Some("previoustrack") => turn(-1),
        Some("nexttrack") => turn(1),
        _ => {}
    }
}

/// Tells the system where it plays, how fast and whether.
fn tell_position(session: &JsValue, media: &HtmlMediaElement) {
    let state = if media.paused() { "paused" } else { "playing" };
    drop(Reflect::set(session, &"playbackState".into(), &state.into()));
    let (duration, position) = (media.duration(), media.current_time());
    if !duration.is_finite() || position > duration {
        return;
    }
    let place = options("duration", &duration.into());
    drop(Reflect::set(&place, &"position".into(), &position.into()));
    drop(Reflect::set(&place, &"playbackRate".into(), &media.playback_rate().into()));
    // What a browser does not take, it does not show.
    drop(method(session, "setPositionState").map(|set| set.call1(session, &place)));
}

/// What a file says of itself, so that one sees what it is. Not read on once it is shown no more.
async fn search(file: &JsValue, size: u64, shown: &Weak<Shown>) -> Result<Tags, JsValue> {
    let mut search = TagSearch::new(size);
    while shown.strong_count() > 0 {
        let bytes = source::part(file, search.wants()).await?;
        let bytes = Uint8Array::new(&JsFuture::from(bytes.array_buffer()).await?).to_vec();
        if let Some(mut tags) = search.take(&bytes) {
            for text in [&mut tags.title, &mut tags.artist, &mut tags.album].into_iter().flatten() {
                *text = visible(text).into_owned();
            }
            return Ok(tags);
        }
    }
    Err(JsValue::UNDEFINED)
}

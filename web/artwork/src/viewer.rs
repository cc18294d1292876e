//! One picture of several over the whole page, with the way to the others: by buttons, keys and fingers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use host::browser::{document, property, window};
use host::player::toggle_full_screen;
use js_sys::Function;
use media::picture::Turn;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, KeyboardEvent, PointerEvent};

use crate::large;
use crate::words::Words;

/// What it is drawn with. Icons are those of the page.
const PARTS: &str = r#"<div class="viewer-frame"><div class="viewer-bar"><p role="status"><bdi></bdi> <span class="facts"></span></p>
<button class="quiet icon-only" data-act="full"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/></svg></button>
<button class="quiet icon-only" data-act="close"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6 6 18"/></svg></button></div>
<div class="viewer-stage"></div>
<button class="quiet icon-only turn" data-act="previous"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7"/></svg></button>
<button class="quiet icon-only turn" data-act="next"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m9 6 6 6-6 6"/></svg></button></div>"#;

/// What each button does, and its word.
const BUTTONS: [(&str, usize); 4] = [
    ("full", Words::FULL_SCREEN),
    ("close", Words::CLOSE),
    ("previous", Words::PREVIOUS),
    ("next", Words::NEXT),
];

/// What is below it is another torrent's then.
const ELSEWHERE: &str = "hashchange";

const EVENTS: [&str; 6] = ["click", "keydown", "pointerdown", "pointerup", "pointercancel", "close"];

type Listener = Closure<dyn Fn(Event)>;

struct Viewer {
    dialog: HtmlDialogElement,
    /// What holds the small pictures.
    root: Element,
    names: Vec<String>,
    file: Function,
    words: Words,
    place: Cell<usize>,
    /// Where the only finger came down.
    down: Cell<Option<(i32, i32)>>,
    /// Until it is closed.
    listener: RefCell<Option<Listener>>,
}

/// Shows the picture at this place over the page, with its name, and leads to the others. `file` gives the file for a place. Who
/// closes it goes on in `root` where they have come to.
#[wasm_bindgen]
pub fn view(root: Element, place: usize, names: Vec<String>, file: Function, words: JsValue) {
    // Elements that it made itself take what they are given.
    let _ = Viewer::open(root, place, names, file, Words::from(words));
}

impl Viewer {
    fn open(
        root: Element,
        place: usize,
        names: Vec<String>,
        file: Function,
        words: Words,
    ) -> Result<(), JsValue> {
        let dialog: HtmlDialogElement = document().create_element("dialog")?.unchecked_into();
        dialog.set_class_name("viewer");
        dialog.set_attribute("data-testid", "viewer")?;
        dialog.set_inner_html(PARTS);
        let (place, down, listener) = (Cell::new(place), Cell::new(None), RefCell::new(None));
        let viewer = Rc::new(Self { dialog, root, names, file, words, place, down, listener });
        for (name, word) in BUTTONS {
            if let Some(button) = viewer.button(name) {
                button.set_attribute("aria-label", viewer.words.say(word))?;
            }
        }
        let fills = property(&document(), "fullscreenEnabled").is_some_and(|can| can.is_truthy());
        if let Some(button) = viewer.button("full").filter(|_| !fills) {
            button.remove();
        }
        let listen = {
            let viewer = Rc::clone(&viewer);
            Listener::new(move |event: Event| drop(viewer.hear(&event)))
        };
        for event in EVENTS {
            viewer.dialog.add_event_listener_with_callback(event, listen.as_ref().unchecked_ref())?;
        }
        window().add_event_listener_with_callback(ELSEWHERE, listen.as_ref().unchecked_ref())?;
        viewer.listener.replace(Some(listen));
        document().body().ok_or(JsValue::UNDEFINED)?.append_child(&viewer.dialog)?;
        viewer.dialog.show_modal()?;
        viewer.show()
    }

    fn part(&self, selector: &str) -> Option<Element> {
        self.dialog.query_selector(selector).ok().flatten()
    }

    fn button(&self, name: &str) -> Option<Element> {
        self.part(&format!("[data-act={name}]"))
    }

    fn hear(self: &Rc<Self>, event: &Event) -> Result<(), JsValue> {
        match &*event.type_() {
            "click" => {
                let on = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                let button = on.map(|on| on.closest("[data-act]")).transpose()?.flatten();
                match button.and_then(|button| button.get_attribute("data-act")).as_deref() {
                    Some("full") => self.fill_screen(),
                    Some("close") => self.dialog.close(),
                    Some("previous") => self.turn(Turn::Previous)?,
                    Some("next") => self.turn(Turn::Next)?,
                    _ => {}
                }
            }
            "keydown" => {
                let event: &KeyboardEvent = event.unchecked_ref();
                let key = event.key();
                if event.ctrl_key() || event.alt_key() || event.meta_key() {
                } else if key == "f" {
                    self.fill_screen();
                } else if let Some(turn) = Turn::of_key(&key) {
                    event.prevent_default();
                    self.turn(turn)?;
                }
            }
            "pointerdown" => {
                let event: &PointerEvent = event.unchecked_ref();
                let alone = event.is_primary() && event.pointer_type() == "touch";
                self.down.set(alone.then(|| (event.client_x(), event.client_y())));
            }
            "pointerup" => {
                let event: &PointerEvent = event.unchecked_ref();
                if let Some((x, y)) = self.down.take()
                    && let Some(turn) =
                        Turn::of_swipe((event.client_x() - x).into(), (event.client_y() - y).into())
                {
                    self.turn(turn)?;
                }
            }
            "pointercancel" => self.down.set(None),
            ELSEWHERE => self.dialog.close(),
            _ => self.leave()?,
        }
        Ok(())
    }

    fn fill_screen(&self) {
        if let Some(frame) = self.part(".viewer-frame") {
            toggle_full_screen(&frame, None);
        }
    }

    fn turn(self: &Rc<Self>, turn: Turn) -> Result<(), JsValue> {
        let Some(place) = turn.from(self.place.get(), self.names.len()) else { return Ok(()) };
        self.place.set(place);
        self.show()
    }

    /// Shows the picture at its place.
    fn show(self: &Rc<Self>) -> Result<(), JsValue> {
        let (place, all) = (self.place.get(), self.names.len());
        let name = self.names.get(place).map_or("", String::as_str);
        self.dialog.set_attribute("aria-label", name)?;
        let told = self.words.fill(Words::PLACE, [("{place}", place as u32 + 1), ("{all}", all as u32)]);
        for (part, text) in [("bdi", name), (".facts", &told)] {
            if let Some(part) = self.part(part) {
                part.set_text_content(Some(text));
            }
        }
        for (button, leads) in [("previous", place > 0), ("next", place + 1 < all)] {
            if let Some(button) = self.button(button) {
                button.toggle_attribute_with_force("disabled", !leads)?;
            }
        }
        // A button that is disabled under the focus hears no keys.
        if document().active_element().is_none_or(|focused| focused.has_attribute("disabled"))
            && let Some(close) = self.button("close")
        {
            close.unchecked_into::<HtmlElement>().focus()?;
        }
        let file = self.file.call1(&JsValue::UNDEFINED, &(place as u32).into())?;
        let Some(stage) = self.part(".viewer-stage") else { return Ok(()) };
        let viewer = Rc::clone(self);
        spawn_local(async move {
            let name = viewer.names.get(place).map_or("", String::as_str);
            // Elements that it made itself take what they are given.
            let _ = large::fill(&stage, name, &file, &viewer.words).await;
        });
        Ok(())
    }

    /// It was closed.
    fn leave(self: &Rc<Self>) -> Result<(), JsValue> {
        self.dialog.remove();
        if let Some(listen) = &*self.listener.borrow() {
            window().remove_event_listener_with_callback(ELSEWHERE, listen.as_ref().unchecked_ref())?;
        }
        let button = self.root.query_selector(&format!("button[data-place='{}']", self.place.get()))?;
        if let Some(button) = button {
            button.unchecked_into::<HtmlElement>().focus()?;
        }
        let viewer = Rc::clone(self);
        // Not while it runs.
        spawn_local(async move { drop(viewer.listener.take()) });
        Ok(())
    }
}

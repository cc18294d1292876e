//! The page around the player, and what it may ask for.
//!
//! 1. The player posts `{ seedcast: 1 }` to its parent, which tells nothing but that it is there.
//! 2. A parent that wants to control it posts `{ seedcast: 1 }` back, with one end of a `MessageChannel`. The first one
//!    counts, and only from the parent.
//! 3. On that port the parent says `{ do: "play" }`, `{ do: "pause" }` or `{ do: "seek", to: seconds }`; the player says
//!    `{ event, … }` with what `docs/embedding.md` lists. Anything else is not heard.

use std::cell::OnceCell;
use std::rc::Rc;

use host::browser::{property, window};
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort, Window};

/// The version of these messages.
const VERSION: f64 = 1.0;

/// What the parent asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    /// Tell how it is.
    Greet,
    Play,
    Pause,
    /// Go on at so many seconds.
    Seek(f64),
}

/// The page around the player, if it has one that listens.
#[derive(Debug, Default)]
pub(crate) struct Parent {
    port: OnceCell<MessagePort>,
}

impl Parent {
    /// Greets the parent. `order` gets what it asks for.
    pub(crate) fn greet(order: impl Fn(&Self, Order) + 'static) -> Rc<Self> {
        let this = Rc::new(Self::default());
        let Some(parent) = parent() else { return this };
        let order = Rc::new(order);
        let (talks, whose) = (this.clone(), JsValue::from(parent.clone()));
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let from_parent = event.source().is_some_and(|source| JsValue::from(source) == whose);
            let port = event.ports().get(0).dyn_into::<MessagePort>();
            if let (true, true, Ok(port)) = (from_parent, is_ours(&event.data()), port) {
                talks.clone().listen(port, order.clone());
            }
        });
        let listener = on_message.as_ref().unchecked_ref();
        let _ = window().add_event_listener_with_callback("message", listener);
        on_message.forget();
        let greeting = object(&[("seedcast", VERSION.into())]);
        let _ = parent.post_message(&greeting, "*");
        this
    }

    /// Tells the parent of an event.
    pub(crate) fn tell(&self, event: &str, details: &[(&str, JsValue)]) {
        if let Some(port) = self.port.get() {
            let message = object(details);
            let _ = Reflect::set(&message, &"event".into(), &event.into());
            let _ = port.post_message(&message);
        }
    }

    fn listen(self: Rc<Self>, port: MessagePort, order: Rc<impl Fn(&Self, Order) + 'static>) {
        if self.port.set(port.clone()).is_err() {
            return;
        }
        let (this, given) = (self.clone(), order.clone());
        let on_order = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(wish) = order_of(&event.data()) {
                given(&this, wish);
            }
        });
        port.set_onmessage(Some(on_order.as_ref().unchecked_ref()));
        on_order.forget();
        order(&self, Order::Greet);
    }
}

/// Whether this is a frame in a page of another site, whose storage is apart from everyone else's.
pub(crate) fn is_framed_elsewhere() -> bool {
    // Browsers show a frame's element to its own site only.
    parent().is_some() && !matches!(window().frame_element(), Ok(Some(_)))
}

/// An object with these properties.
pub(crate) fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

fn parent() -> Option<Window> {
    let parent = window().parent().ok().flatten()?;
    (JsValue::from(parent.clone()) != JsValue::from(window())).then_some(parent)
}

fn is_ours(data: &JsValue) -> bool {
    property(data, "seedcast").and_then(|version| version.as_f64()) == Some(VERSION)
}

fn order_of(data: &JsValue) -> Option<Order> {
    match &*property(data, "do")?.as_string()? {
        "play" => Some(Order::Play),
        "pause" => Some(Order::Pause),
        "seek" => {
            let to = property(data, "to")?.as_f64()?;
            (to.is_finite() && to >= 0.0).then_some(Order::Seek(to))
        }
        _ => None,
    }
}

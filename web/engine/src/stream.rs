//! The way out for the bytes that a media element reads: see [`protocol::stream`].

use std::fmt;

use js_sys::{Array, ArrayBuffer, Object, Reflect};
use stream::Head;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, MessagePort};

/// What the reader at the other end says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// So many chunks more may be sent.
    Credit(u32),
    /// It is gone.
    Gone,
}

/// A port to the service worker. Dropping it ends the answer.
pub(crate) struct Outlet {
    port: MessagePort,
    on_message: Closure<dyn Fn(MessageEvent)>,
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

impl Outlet {
    /// Listens to the port.
    pub(crate) fn new(port: MessagePort, act: impl Fn(Signal) + 'static) -> Self {
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let credit = event.data().as_f64().filter(|_| event.type_() == "message");
            act(credit.map_or(Signal::Gone, |credit| Signal::Credit(credit as u32)));
        });
        // Setting it also starts the port.
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // Where browsers have this event, a service worker that was stopped can be told from one that rests.
        let _ = port.add_event_listener_with_callback(CLOSE, on_message.as_ref().unchecked_ref());
        Self { port, on_message }
    }

    /// Begins the answer.
    pub(crate) fn begin(&self, head: &Head) {
        let headers = Array::new();
        for (name, value) in &head.headers {
            headers.push(&Array::of2(&JsValue::from_str(name), &JsValue::from_str(value)));
        }
        let value = Object::new();
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&value, &JsValue::from_str("status"), &JsValue::from(head.status));
        let _ = Reflect::set(&value, &JsValue::from_str("headers"), &headers);
        self.post(&value);
    }

    /// Sends the next bytes.
    pub(crate) fn send(&self, chunk: &ArrayBuffer) {
        // A reader that is gone needs no bytes.
        let _ = self.port.post_message_with_transferable(chunk, &Array::of1(chunk));
    }

    /// Ends the answer as it should.
    pub(crate) fn end(&self) {
        self.post(&JsValue::NULL);
    }

    /// Breaks the answer off: `why` is a sentence.
    pub(crate) fn fail(&self, why: &str) {
        self.post(&JsValue::from_str(why));
    }

    fn post(&self, value: &JsValue) {
        let _ = self.port.post_message(value);
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        let _ =
            self.port.remove_event_listener_with_callback(CLOSE, self.on_message.as_ref().unchecked_ref());
        self.port.close();
    }
}

/// The event of a port whose other end is gone.
const CLOSE: &str = "close";

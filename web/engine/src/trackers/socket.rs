//! A WebSocket to a tracker.

use std::rc::Rc;

use js_sys::JsString;
use tracker::MAX_MESSAGE;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, WebSocket};

use crate::browser;

/// What happens on a socket.
#[derive(Clone, Debug)]
pub(crate) enum SocketEvent {
    /// It can send.
    Open,
    /// A text frame arrived.
    Text(String),
    /// It is closed, or never opened.
    Closed,
}

/// Who hears what happens on a socket; with its URL, as one listens for all.
pub(super) type Events = Rc<dyn Fn(&str, SocketEvent)>;

/// The text of a message; `None` if it is none, or longer than any that a tracker has to send: it is not copied into our
/// memory, which never shrinks, to be refused there.
#[must_use]
pub fn text_of(message: &JsValue) -> Option<String> {
    let text: &JsString = message.dyn_ref()?;
    (text.length() as usize <= MAX_MESSAGE).then(|| String::from(text))
}

/// An open or opening socket; closed and silent when dropped.
pub(super) struct Socket {
    socket: WebSocket,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _signals: [Closure<dyn Fn()>; 2],
}

impl Socket {
    /// Connects to `url`.
    ///
    /// # Errors
    /// The browser's words, if it does not even try.
    pub(super) fn new(url: &str, events: &Events) -> Result<Self, String> {
        let socket = WebSocket::new(url).map_err(|error| browser::words(&error))?;
        let on_message = {
            let (url, events) = (url.to_owned(), Rc::clone(events));
            Closure::new(move |event: MessageEvent| {
                if let Some(text) = text_of(&event.data()) {
                    events(&url, SocketEvent::Text(text));
                }
            })
        };
        let signal = |event: SocketEvent| -> Closure<dyn Fn()> {
            let (url, events) = (url.to_owned(), Rc::clone(events));
            Closure::new(move || events(&url, event.clone()))
        };
        let signals = [signal(SocketEvent::Open), signal(SocketEvent::Closed)];
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onopen(Some(signals[0].as_ref().unchecked_ref()));
        // An error is always followed by this.
        socket.set_onclose(Some(signals[1].as_ref().unchecked_ref()));
        Ok(Self { socket, _on_message: on_message, _signals: signals })
    }

    /// Sends a text frame.
    ///
    /// # Errors
    /// The browser's words, if the socket is not open.
    pub(super) fn send(&self, text: &str) -> Result<(), String> {
        self.socket.send_with_str(text).map_err(|error| browser::words(&error))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        // Fails only for bad close codes.
        let _ = self.socket.close();
    }
}

//! The sockets to trackers.

use std::rc::Rc;

use js_sys::JsString;
use litemap::LiteMap;
use session::rendezvous::{SocketAct, SocketEvent};
use tracker::MAX_MESSAGE;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, WebSocket};

use crate::browser;

/// One for each tracker that the session asked for.
pub(crate) struct Sockets {
    by_url: LiteMap<String, Socket>,
    events: Events,
}

/// Who hears what happens on a socket; with its URL, as one listens for all.
type Events = Rc<dyn Fn(&str, SocketEvent)>;

/// The text of a message; `None` if it is none, or longer than any that a tracker has to send: it is not copied into our
/// memory, which never shrinks, to be refused there.
#[must_use]
pub fn text_of(message: &JsValue) -> Option<String> {
    let text: &JsString = message.dyn_ref()?;
    (text.length() as usize <= MAX_MESSAGE).then(|| String::from(text))
}

impl std::fmt::Debug for Sockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.by_url.keys()).finish()
    }
}

impl Sockets {
    /// None yet; what happens on a socket goes to `events`, with the URL.
    pub(crate) fn new(events: impl Fn(&str, SocketEvent) + 'static) -> Self {
        Self { by_url: LiteMap::new(), events: Rc::new(events) }
    }

    /// Does something with the socket of this URL. If that fails, what has happened.
    pub(crate) fn act(&mut self, url: &str, act: SocketAct) -> Option<SocketEvent> {
        match act {
            SocketAct::Open => match Socket::new(url, &self.events) {
                Ok(socket) => {
                    self.by_url.insert(url.to_owned(), socket);
                    None
                }
                Err(words) => Some(SocketEvent::Refused(words)),
            },
            SocketAct::Send(text) => {
                let sent = self.by_url.get(url).map(|socket| socket.socket.send_with_str(&text));
                sent.is_some_and(|sent| sent.is_err()).then_some(SocketEvent::Closed)
            }
            SocketAct::Close => {
                self.by_url.remove(url);
                None
            }
        }
    }
}

/// An open or opening socket; closed and silent when dropped.
struct Socket {
    socket: WebSocket,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _signals: [Closure<dyn Fn()>; 2],
}

impl Socket {
    /// Connects to `url`.
    ///
    /// # Errors
    /// The browser's words, if it does not even try.
    fn new(url: &str, events: &Events) -> Result<Self, String> {
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
        let signals = [signal(SocketEvent::Opened), signal(SocketEvent::Closed)];
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onopen(Some(signals[0].as_ref().unchecked_ref()));
        // An error is always followed by this.
        socket.set_onclose(Some(signals[1].as_ref().unchecked_ref()));
        Ok(Self { socket, _on_message: on_message, _signals: signals })
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

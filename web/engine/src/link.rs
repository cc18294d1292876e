//! A connection to one peer: a data channel that lives in this worker, or the page's relay of one.
//!
//! Both behave the same, so nothing else in the engine knows which it has.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, JsString, Uint8Array};
use protocol::relay;
use session::WaterMarks;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, MessagePort, RtcDataChannel, RtcDataChannelState, RtcDataChannelType};

/// A page tells of a relayed channel at this mark alone.
const _: () = assert!(WaterMarks::WIDEST.low() == relay::LOW_WATER);

/// Messages that wait for the opening. A peer that follows the protocol sends a handshake and little more.
const MAX_EARLY: usize = 64;

/// Bytes in all messages that wait for the opening: the longest BITFIELD has 128 KiB.
const MAX_EARLY_BYTES: u32 = 256 * 1024;

/// What happens on a link.
#[derive(Clone, Debug)]
pub enum LinkEvent {
    /// It can send. Comes once, and before anything else but [`LinkEvent::Closed`].
    Open,
    /// A message arrived: the next bytes of the peer's stream.
    Message(ArrayBuffer),
    /// There is room again: no more waits than the link's [low-water mark](Link::set_low_water).
    Low,
    /// It can send no more. Comes once, and nothing after it; not after the engine closed it.
    Closed,
}

/// The link broke while sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is closed")]
pub struct Broken;

/// One ordered, reliable stream of bytes to a peer. Dropping it closes it and silences it.
pub struct Link {
    wire: Wire,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _signals: Vec<Closure<dyn Fn()>>,
}

enum Wire {
    Channel(RtcDataChannel),
    Port { port: MessagePort, sent: Cell<f64>, left: Rc<Cell<f64>> },
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.wire {
            Wire::Channel(_) => "Link::Channel",
            Wire::Port { .. } => "Link::Port",
        })
    }
}

impl Link {
    /// A link over a part of [`RtcEvent::Channel`](protocol::window::RtcEvent::Channel); `None` if it is neither a data
    /// channel nor a port.
    pub fn new(part: JsValue, handler: impl Fn(LinkEvent) + 'static) -> Option<Self> {
        let handler = InOrder::new(handler);
        match part.dyn_into::<RtcDataChannel>() {
            Ok(channel) => Some(Self::over_channel(channel, Rc::new(handler))),
            Err(part) => Some(Self::over_port(part.dyn_into().ok()?, Rc::new(handler))),
        }
    }

    /// Sends one message. The bytes are copied.
    ///
    /// # Errors
    /// [`Broken`] if the channel is closed or cannot hold that much; it will not recover.
    pub fn send(&self, bytes: &[u8]) -> Result<(), Broken> {
        match &self.wire {
            Wire::Channel(channel) => channel.send_with_u8_array(bytes).map_err(|_closed| Broken),
            Wire::Port { port, sent, .. } => {
                let buffer = Uint8Array::from(bytes).buffer();
                sent.set(sent.get() + bytes.len() as f64);
                port.post_message_with_transferable(&buffer, &Array::of1(&buffer)).map_err(|_closed| Broken)
            }
        }
    }

    /// Bytes that wait to be sent.
    #[must_use]
    pub fn buffered(&self) -> u32 {
        match &self.wire {
            Wire::Channel(channel) => channel.buffered_amount(),
            Wire::Port { sent, left, .. } => (sent.get() - left.get()).max(0.0) as u32,
        }
    }

    /// The marks to begin with. Those of a relayed channel, of which the page tells, are fixed.
    #[must_use]
    pub fn water_marks(&self) -> WaterMarks {
        match &self.wire {
            Wire::Channel(_) => WaterMarks::default(),
            Wire::Port { .. } => WaterMarks::WIDEST,
        }
    }

    /// Has the channel tell when no more than this many bytes wait.
    pub fn set_low_water(&self, low: u32) {
        if let Wire::Channel(channel) = &self.wire {
            channel.set_buffered_amount_low_threshold(low);
        }
    }

    fn over_channel<F: Fn(LinkEvent) + 'static>(channel: RtcDataChannel, events: Rc<InOrder<F>>) -> Self {
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        let on_message = {
            let events = Rc::clone(&events);
            Closure::new(move |event: MessageEvent| {
                // Text is not part of the protocol, and tells us nothing.
                if let Ok(bytes) = event.data().dyn_into() {
                    events.message(bytes);
                }
            })
        };
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let signal = |act: fn(&InOrder<F>)| -> Closure<dyn Fn()> {
            let events = Rc::clone(&events);
            Closure::new(move || act(&events))
        };
        let signals = vec![signal(InOrder::open), signal(InOrder::low), signal(InOrder::closed)];
        channel.set_onopen(Some(signals[0].as_ref().unchecked_ref()));
        channel.set_onbufferedamountlow(Some(signals[1].as_ref().unchecked_ref()));
        channel.set_onclose(Some(signals[2].as_ref().unchecked_ref()));
        // Events that fire while a channel travels between threads are lost (w3c/webrtc-pc#3058).
        match channel.ready_state() {
            RtcDataChannelState::Open => later(move || events.open()),
            RtcDataChannelState::Closed => later(move || events.closed()),
            _ => {}
        }
        Self { wire: Wire::Channel(channel), _on_message: on_message, _signals: signals }
    }

    fn over_port<F: Fn(LinkEvent) + 'static>(port: MessagePort, events: Rc<InOrder<F>>) -> Self {
        let left = Rc::new(Cell::new(0.0));
        let on_message = {
            let left = Rc::clone(&left);
            Closure::new(move |event: MessageEvent| {
                let data = event.data();
                if let Some(bytes) = data.dyn_ref::<ArrayBuffer>() {
                    events.message(bytes.clone());
                } else if let Some(total) = data.as_f64() {
                    left.set(total);
                    events.low();
                } else if data.dyn_ref::<JsString>().is_some_and(|word| *word == relay::OPEN) {
                    events.open();
                } else {
                    events.closed();
                }
            })
        };
        // Setting it also starts the port.
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self {
            wire: Wire::Port { port, sent: Cell::new(0.0), left },
            _on_message: on_message,
            _signals: Vec::new(),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        match &self.wire {
            Wire::Channel(channel) => {
                channel.set_onopen(None);
                channel.set_onmessage(None);
                channel.set_onbufferedamountlow(None);
                channel.set_onclose(None);
                channel.close();
            }
            Wire::Port { port, .. } => {
                port.set_onmessage(None);
                // The page may be gone already; then so is the channel.
                let _ = port.post_message(&JsValue::from_str(relay::CLOSE));
                port.close();
            }
        }
    }
}

/// Sees to it that a link opens before it says anything else, and is silent once it is closed.
///
/// The first messages of a transferred channel can arrive while it still says `connecting` and refuses to send
/// (seen in Chromium 156): they wait for the opening.
struct InOrder<F> {
    opened: Cell<bool>,
    closed: Cell<bool>,
    early: RefCell<Vec<ArrayBuffer>>,
    handler: F,
}

impl<F: Fn(LinkEvent)> InOrder<F> {
    const fn new(handler: F) -> Self {
        Self { opened: Cell::new(false), closed: Cell::new(false), early: RefCell::new(Vec::new()), handler }
    }

    fn open(&self) {
        if !self.opened.replace(true) && !self.closed.get() {
            (self.handler)(LinkEvent::Open);
            for bytes in self.early.take() {
                self.message(bytes);
            }
        }
    }

    fn message(&self, bytes: ArrayBuffer) {
        if self.closed.get() {
            return;
        }
        if self.opened.get() {
            (self.handler)(LinkEvent::Message(bytes));
            return;
        }
        let mut early = self.early.borrow_mut();
        let waiting: u32 = early.iter().chain([&bytes]).map(ArrayBuffer::byte_length).sum();
        if early.len() < MAX_EARLY && waiting <= MAX_EARLY_BYTES {
            early.push(bytes);
        } else {
            early.clear();
            drop(early);
            self.closed();
        }
    }

    fn low(&self) {
        if self.opened.get() && !self.closed.get() {
            (self.handler)(LinkEvent::Low);
        }
    }

    fn closed(&self) {
        if !self.closed.replace(true) {
            (self.handler)(LinkEvent::Closed);
        }
    }
}

/// Calls back once the caller is done.
fn later(act: impl Fn() + 'static) {
    wasm_bindgen_futures::spawn_local(async move { act() });
}

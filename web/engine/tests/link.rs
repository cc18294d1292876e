//! A relayed link behaves as a data channel does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use protocol::relay;
use seedcast_engine::browser::{copied, parts, pause};
use seedcast_engine::link::{Link, LinkEvent};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{MessageChannel, MessageEvent, MessagePort};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// A link, what happens on it, and the page's end of the port.
struct Relay {
    link: Option<Link>,
    events: Rc<RefCell<Vec<String>>>,
    page: MessagePort,
    posted: Rc<RefCell<Vec<JsValue>>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Relay {
    fn new() -> Self {
        let channel = MessageChannel::new().unwrap();
        let events: Rc<RefCell<Vec<String>>> = Rc::default();
        let heard = Rc::clone(&events);
        let link = Link::new(channel.port1().into(), move |event| {
            heard.borrow_mut().push(match event {
                LinkEvent::Message(bytes) => format!("{:?}", Uint8Array::new(&bytes).to_vec()),
                other => format!("{other:?}"),
            });
        });
        let posted: Rc<RefCell<Vec<JsValue>>> = Rc::default();
        let page = channel.port2();
        let seen = Rc::clone(&posted);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            seen.borrow_mut().push(event.data());
        });
        page.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { link, events, page, posted, _on_message: on_message }
    }

    async fn post(&self, value: impl Into<JsValue>) {
        self.page.post_message(&value.into()).unwrap();
        pause(20).await;
    }

    fn link(&self) -> &Link {
        self.link.as_ref().unwrap()
    }

    fn heard(&self) -> Vec<String> {
        self.events.borrow().clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.page.set_onmessage(None);
    }
}

fn buffer(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

#[wasm_bindgen_test]
async fn messages_arrive_in_order_once_the_link_is_open() {
    let relay = Relay::new();
    relay.post(relay::OPEN).await;
    relay.post(buffer(&[1, 2])).await;
    relay.post(buffer(&[3])).await;
    assert_eq!(relay.heard(), ["Open", "[1, 2]", "[3]"]);
}

#[wasm_bindgen_test]
async fn a_message_that_overtakes_the_opening_waits_for_it() {
    let relay = Relay::new();
    relay.post(buffer(&[1])).await;
    assert_eq!(relay.heard(), [""; 0]);
    relay.post(relay::OPEN).await;
    assert_eq!(relay.heard(), ["Open", "[1]"]);
}

/// Issue 11, A: 64 messages of any length waited, for each of the connections that anybody can begin.
#[wasm_bindgen_test]
async fn a_peer_that_sends_much_before_the_opening_is_given_up() {
    let relay = Relay::new();
    relay.post(buffer(&[0; 200 * 1024])).await;
    assert_eq!(relay.heard(), [""; 0]);
    relay.post(buffer(&[0; 200 * 1024])).await;
    assert_eq!(relay.heard(), ["Closed"]);
}

/// Issue 11, A: Firefox takes messages of a gigabyte, and our memory never shrinks.
#[wasm_bindgen_test]
fn whatever_length_bytes_have_they_are_copied_in_parts() {
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    let (mut scratch, mut all) = (Vec::new(), Vec::new());
    for part in parts(&Uint8Array::from(&bytes[..])) {
        all.extend_from_slice(copied(&part, &mut scratch));
    }
    assert!(all == bytes);
    assert!(scratch.len() <= 256 * 1024, "{} bytes are kept", scratch.len());
    assert_eq!(parts(&Uint8Array::new_with_length(0)).count(), 0);
}

#[wasm_bindgen_test]
async fn bytes_count_as_waiting_until_the_page_says_that_they_left() {
    let relay = Relay::new();
    relay.post(relay::OPEN).await;
    relay.link().send(&[0; 1000]).unwrap();
    relay.link().send(&[0; 500]).unwrap();
    assert_eq!(relay.link().buffered(), 1500);
    relay.post(1200).await;
    assert_eq!(relay.link().buffered(), 300);
    assert_eq!(relay.heard(), ["Open", "Low"]);
}

#[wasm_bindgen_test]
async fn sent_bytes_reach_the_page_as_one_buffer_a_message() {
    let relay = Relay::new();
    relay.link().send(&[5, 6, 7]).unwrap();
    pause(20).await;
    let posted: Vec<ArrayBuffer> =
        relay.posted.borrow().iter().map(|value| value.clone().dyn_into().unwrap()).collect();
    assert_eq!(posted.iter().map(|bytes| Uint8Array::new(bytes).to_vec()).collect::<Vec<_>>(), [[5, 6, 7]]);
}

#[wasm_bindgen_test]
async fn nothing_is_heard_after_the_link_closed() {
    let relay = Relay::new();
    relay.post(relay::OPEN).await;
    relay.post(relay::CLOSE).await;
    relay.post(buffer(&[1])).await;
    assert_eq!(relay.heard(), ["Open", "Closed"]);
}

#[wasm_bindgen_test]
async fn a_dropped_link_tells_the_page_to_close() {
    let mut relay = Relay::new();
    relay.link = None;
    pause(20).await;
    assert_eq!(
        relay.posted.borrow().iter().map(JsValue::as_string).collect::<Vec<_>>(),
        [Some("close".into())]
    );
}

#[wasm_bindgen_test]
fn what_is_neither_channel_nor_port_is_no_link() {
    assert!(Link::new(Array::new().into(), |_| {}).is_none());
}

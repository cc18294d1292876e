//! The page's end of a relayed data channel: see [`protocol::relay`].

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer};
use protocol::relay::{CLOSE, LOW_WATER, OPEN};
use wasm_bindgen::prelude::*;
use web_sys::{
    Event, MessageChannel, MessageEvent, MessagePort, RtcDataChannel, RtcDataChannelState, RtcDataChannelType,
};

/// Passes a data channel's messages to a port and back, until it is dropped.
#[derive(Debug)]
pub(crate) struct Relay {
    channel: RtcDataChannel,
    port: MessagePort,
    _from_channel: Closure<dyn Fn(MessageEvent)>,
    _from_port: Closure<dyn Fn(MessageEvent)>,
    _opened: Closure<dyn Fn(Event)>,
    _drained: Closure<dyn Fn(Event)>,
    _closed: Closure<dyn Fn(Event)>,
}

impl Relay {
    /// Begins to relay `channel`; returns the port for the engine.
    pub(crate) fn new(channel: RtcDataChannel) -> Result<(Self, MessagePort), JsValue> {
        let ports = MessageChannel::new()?;
        let port = ports.port1();
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(LOW_WATER);

        let sent = Rc::new(Cell::new(0_f64));
        let report = {
            let (channel, port, sent) = (channel.clone(), port.clone(), sent.clone());
            move || post(&port, &JsValue::from_f64(sent.get() - f64::from(channel.buffered_amount())))
        };
        let from_channel = {
            let port = port.clone();
            Closure::new(move |event: MessageEvent| {
                let data = event.data();
                // A text message is no part of the protocol, and cannot be transferred.
                if data.is_instance_of::<ArrayBuffer>() {
                    let _ = port.post_message_with_transferable(&data, &Array::of1(&data));
                }
            })
        };
        let from_port = {
            let (channel, report) = (channel.clone(), report.clone());
            Closure::new(move |event: MessageEvent| {
                let Ok(bytes) = event.data().dyn_into::<ArrayBuffer>() else {
                    channel.close();
                    return;
                };
                // A channel that cannot take a message has lost it: what follows would be out of order.
                if channel.send_with_array_buffer(&bytes).is_err() {
                    channel.close();
                    return;
                }
                sent.set(sent.get() + f64::from(bytes.byte_length()));
                if channel.buffered_amount() <= LOW_WATER {
                    report();
                }
            })
        };
        let drained = Closure::new(move |_: Event| report());
        let opened = {
            let port = port.clone();
            Closure::new(move |_: Event| post(&port, &JsValue::from_str(OPEN)))
        };
        let closed = {
            let port = port.clone();
            Closure::new(move |_: Event| post(&port, &JsValue::from_str(CLOSE)))
        };
        if channel.ready_state() == RtcDataChannelState::Open {
            post(&port, &JsValue::from_str(OPEN));
        } else {
            channel.set_onopen(Some(opened.as_ref().unchecked_ref()));
        }
        channel.set_onmessage(Some(from_channel.as_ref().unchecked_ref()));
        channel.set_onbufferedamountlow(Some(drained.as_ref().unchecked_ref()));
        channel.set_onclose(Some(closed.as_ref().unchecked_ref()));
        port.set_onmessage(Some(from_port.as_ref().unchecked_ref()));
        let relay = Self {
            channel,
            port,
            _from_channel: from_channel,
            _from_port: from_port,
            _opened: opened,
            _drained: drained,
            _closed: closed,
        };
        Ok((relay, ports.port2()))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.channel.set_onopen(None);
        self.channel.set_onmessage(None);
        self.channel.set_onbufferedamountlow(None);
        self.channel.set_onclose(None);
        self.port.set_onmessage(None);
        post(&self.port, &JsValue::from_str(CLOSE));
        self.port.close();
        self.channel.close();
    }
}

/// Posts what needs no transfer, which a live port always takes.
fn post(port: &MessagePort, value: &JsValue) {
    let _ = port.post_message(value);
}

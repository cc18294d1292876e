//! The purse, a worker with the keys of payments by the byte, as the window that owns the engine sees it.

use js_sys::{Array, Function};
use protocol::port;
use protocol::purse::PurseSettings;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageChannel, MessagePort, Worker, WorkerOptions, WorkerType};

/// The name of a database of nothing: it is there while payments are on, which is when the page is to start the purse by
/// itself. Browsers keep what is in local storage to themselves for up to a minute, and one that is killed meanwhile forgets
/// it; a database is there at once.
pub const PAYMENTS_ON: &str = "seedcast-payments";

/// The worker's script, beside the page.
const SCRIPT: &str = "seedcast-purse_loader.js";

/// A running purse.
pub(crate) struct Purse {
    worker: Worker,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Purse {
    /// Starts it for a deployment with these networks. What is said on the port while its program is being loaded waits there;
    /// `ended` is called if that cannot be loaded, or crashes.
    pub(crate) fn open(networks: &str, ended: impl Fn() + 'static) -> Result<(Self, MessagePort), JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(SCRIPT, &options)?;
        let on_error = Closure::<dyn Fn(Event)>::new(move |_| ended());
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref::<Function>()));
        let channel = MessageChannel::new()?;
        let settings = PurseSettings { networks: networks.to_owned() };
        let ports = Array::of1(&channel.port1());
        let (message, transfer) = port::encode(&settings, &ports, &ports);
        worker.post_message_with_transfer(&message, &transfer)?;
        Ok((Self { worker, _on_error: on_error }, channel.port2()))
    }
}

impl Drop for Purse {
    fn drop(&mut self) {
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

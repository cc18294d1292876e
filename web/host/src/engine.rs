//! The engine worker, as the window that owns it sees it.

use std::rc::Rc;

use js_sys::{Array, Function};
use protocol::window::{FromEngine, Settings, ToEngine};
use protocol::{Fatal, port};
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType};

use crate::early;

/// The worker's script, beside the page. `index.html` starts it, too.
const SCRIPT: &str = "seedcast-engine_loader.js";

/// A running engine worker.
pub(crate) struct Engine {
    worker: Worker,
    /// What it said before anybody listened.
    heard: Array,
    listeners: [Listener; 2],
}

type Listener = Closure<dyn Fn(Event)>;

impl Engine {
    /// Starts the worker, unless the document did. `hear` gets everything that it says but [`FromEngine::Ready`], with its
    /// parts. What is said to it while its program is being loaded waits there.
    pub(crate) fn open(hear: impl Fn(FromEngine, Array) + 'static) -> Result<Rc<Self>, JsValue> {
        let (worker, heard) = match early::engine() {
            Some(early) => early,
            None => {
                let options = WorkerOptions::new();
                options.set_type(WorkerType::Module);
                (Worker::new_with_options(SCRIPT, &options)?, Array::new())
            }
        };
        let hear = Rc::new(hear);
        let receive = hear.clone();
        let on_message = Listener::new(move |message: Event| {
            match port::decode(&message.unchecked_ref::<MessageEvent>().data()) {
                Ok((FromEngine::Ready, _)) => {}
                Ok((message, parts)) => receive(message, parts),
                Err(_other_version) => {
                    receive(FromEngine::Event(protocol::Event::Fatal(Fatal::OtherVersion)), Array::new())
                }
            }
        });
        let on_error = Listener::new(move |_: Event| {
            hear(FromEngine::Event(protocol::Event::Fatal(Fatal::Stopped)), Array::new());
        });
        let listeners = [on_message, on_error];
        let [on_message, on_error] =
            listeners.each_ref().map(|listener| listener.as_ref().unchecked_ref::<Function>());
        worker.set_onmessage(Some(on_message));
        worker.set_onerror(Some(on_error));
        Ok(Rc::new(Self { worker, heard, listeners }))
    }

    /// Gives the worker its settings, and hears what it said before. To be called once, when `hear` can do what is asked.
    pub(crate) fn start(&self, settings: Settings) {
        self.say(ToEngine::Start(settings));
        let [on_message, on_error] = &self.listeners;
        for event in self.heard.iter() {
            let is_error = event.unchecked_ref::<Event>().type_() == "error";
            let listener = if is_error { on_error } else { on_message };
            // Whatever comes of one, the others are heard.
            let _ = listener.as_ref().unchecked_ref::<Function>().call1(&JsValue::UNDEFINED, &event);
        }
    }

    /// Says something.
    pub(crate) fn say(&self, message: ToEngine) {
        self.say_with(message, Array::new());
    }

    /// Says something with parts that are cloned, such as files, or ports, which change hands.
    pub(crate) fn say_with(&self, message: ToEngine, parts: Array) {
        let ports = parts.filter(&mut |part, _, _| part.is_instance_of::<MessagePort>());
        // Both can always be sent, and the worker lives as long as the page.
        let _ = self.transfer(&message, &parts, &ports);
    }

    /// Says something at once, with parts of which `transfer` changes hands.
    ///
    /// # Errors
    /// The browser's own, if a part cannot be transferred; nothing was sent then.
    pub(crate) fn transfer(
        &self,
        message: &ToEngine,
        parts: &Array,
        transfer: &Array,
    ) -> Result<(), JsValue> {
        let (value, transfer) = port::encode(message, parts, transfer);
        self.worker.post_message_with_transfer(&value, &transfer)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

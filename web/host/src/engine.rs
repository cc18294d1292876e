//! The engine worker, as the window that owns it sees it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use protocol::window::{FromEngine, Settings, ToEngine};
use protocol::{Event, port};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType};

use crate::host::{ENGINE_STOPPED, OTHER_BUILD};

/// The worker's script: the loader that the build writes beside the page.
const SCRIPT: &str = "seedcast-engine_loader.js";

/// A running engine worker. What is said to it before it is ready waits for it.
pub(crate) struct Engine {
    worker: Worker,
    phase: Cell<Phase>,
    settings: RefCell<Option<Settings>>,
    waiting: RefCell<Vec<(ToEngine, Array)>>,
    listeners: RefCell<Vec<Listener>>,
}

type Listener = Closure<dyn Fn(MessageEvent)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Its program is being loaded; messages would be lost.
    Loading,
    /// It listens, and waits for its settings.
    Ready,
    /// It has its settings.
    Started,
}

impl Engine {
    /// Starts the worker. `hear` gets everything that it says but [`FromEngine::Ready`], with its parts.
    pub(crate) fn open(hear: impl Fn(FromEngine, Array) + 'static) -> Result<Rc<Self>, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let engine = Rc::new(Self {
            worker: Worker::new_with_options(SCRIPT, &options)?,
            phase: Cell::new(Phase::Loading),
            settings: RefCell::default(),
            waiting: RefCell::default(),
            listeners: RefCell::default(),
        });
        let hear = Rc::new(hear);
        let (receiver, receive) = (Rc::downgrade(&engine), hear.clone());
        let on_message = Closure::new(move |message: MessageEvent| {
            let Some(engine) = receiver.upgrade() else { return };
            match port::decode::<FromEngine>(&message.data()) {
                Ok((FromEngine::Ready, _)) => {
                    engine.phase.set(Phase::Ready);
                    engine.begin();
                }
                Ok((message, parts)) => receive(message, parts),
                Err(_other_build) => {
                    receive(FromEngine::Event(Event::Fatal(OTHER_BUILD.to_owned())), Array::new())
                }
            }
        });
        let on_error = Closure::new(move |_: MessageEvent| {
            hear(FromEngine::Event(Event::Fatal(ENGINE_STOPPED.to_owned())), Array::new());
        });
        engine.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        engine.worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        engine.listeners.replace(vec![on_message, on_error]);
        Ok(engine)
    }

    /// Gives the engine its settings, which it gets before anything else.
    pub(crate) fn start(&self, settings: Settings) {
        self.settings.replace(Some(settings));
        self.begin();
    }

    /// Says something.
    pub(crate) fn say(&self, message: ToEngine) {
        self.say_with(message, Array::new());
    }

    /// Says something with parts that are cloned, such as files, or ports, which change hands.
    pub(crate) fn say_with(&self, message: ToEngine, parts: Array) {
        if self.phase.get() == Phase::Started {
            let ports = parts.filter(&mut |part, _, _| part.is_instance_of::<MessagePort>());
            // Both can always be sent, and the worker lives as long as the page.
            let _ = self.transfer(&message, &parts, &ports);
        } else {
            self.waiting.borrow_mut().push((message, parts));
        }
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

    fn begin(&self) {
        if self.phase.get() != Phase::Ready {
            return;
        }
        let Some(settings) = self.settings.take() else { return };
        self.phase.set(Phase::Started);
        self.say(ToEngine::Start(settings));
        for (message, parts) in self.waiting.take() {
            self.say_with(message, parts);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

//! The engine worker, as the page sees it: commands go in, events come out.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use protocol::{Command, Event, Settings, port};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType};

use crate::host::{ENGINE_STOPPED, OTHER_BUILD};

/// The worker's script: the loader that the build writes beside the page.
const SCRIPT: &str = "seedcast-engine_loader.js";

/// A running engine worker. Commands given before it is ready wait for it.
pub(crate) struct Engine {
    worker: Worker,
    phase: Cell<Phase>,
    settings: RefCell<Option<Settings>>,
    waiting: RefCell<Vec<(Command, Array)>>,
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
    /// Starts the worker. `on_event` gets every event but [`Event::Ready`], with its parts.
    pub(crate) fn open(on_event: impl Fn(Event, Array) + 'static) -> Result<Rc<Self>, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let engine = Rc::new(Self {
            worker: Worker::new_with_options(SCRIPT, &options)?,
            phase: Cell::new(Phase::Loading),
            settings: RefCell::default(),
            waiting: RefCell::default(),
            listeners: RefCell::default(),
        });
        let on_event = Rc::new(on_event);
        let (receiver, receive) = (Rc::downgrade(&engine), on_event.clone());
        let on_message = Closure::new(move |message: MessageEvent| {
            let Some(engine) = receiver.upgrade() else { return };
            match port::decode::<Event>(&message.data()) {
                Ok((Event::Ready, _)) => {
                    engine.phase.set(Phase::Ready);
                    engine.begin();
                }
                Ok((event, parts)) => receive(event, parts),
                Err(_other_build) => receive(Event::Fatal(OTHER_BUILD.to_owned()), Array::new()),
            }
        });
        let on_error = Closure::new(move |_: MessageEvent| {
            on_event(Event::Fatal(ENGINE_STOPPED.to_owned()), Array::new());
        });
        engine.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        engine.worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        engine.listeners.replace(vec![on_message, on_error]);
        Ok(engine)
    }

    /// Gives the engine its settings, which it gets before any command.
    pub(crate) fn start(&self, settings: Settings) {
        self.settings.replace(Some(settings));
        self.begin();
    }

    /// Sends a command.
    pub(crate) fn command(&self, command: Command) {
        self.command_with(command, Array::new());
    }

    /// Sends a command with parts that are cloned, such as files, or ports, which change hands.
    pub(crate) fn command_with(&self, command: Command, parts: Array) {
        if self.phase.get() == Phase::Started {
            let ports = parts.filter(&mut |part, _, _| part.is_instance_of::<MessagePort>());
            // Both can always be sent, and the worker lives as long as the page.
            let _ = self.transfer(&command, &parts, &ports);
        } else {
            self.waiting.borrow_mut().push((command, parts));
        }
    }

    /// Sends a command at once, with parts of which `transfer` changes hands.
    ///
    /// # Errors
    /// The browser's own, if a part cannot be transferred; nothing was sent then.
    pub(crate) fn transfer(&self, command: &Command, parts: &Array, transfer: &Array) -> Result<(), JsValue> {
        let (value, transfer) = port::encode(command, parts, transfer);
        self.worker.post_message_with_transfer(&value, &transfer)
    }

    fn begin(&self) {
        if self.phase.get() != Phase::Ready {
            return;
        }
        let Some(settings) = self.settings.take() else { return };
        self.phase.set(Phase::Started);
        self.command(Command::Start(settings));
        for (command, parts) in self.waiting.take() {
            self.command_with(command, parts);
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

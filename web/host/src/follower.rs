//! The engine of another tab, as this page sees it: see [`protocol::tabs`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Math};
use protocol::tabs::{COMMANDS, EVENTS, FromEngine, PageId, ToEngine};
use protocol::{Command, Event, Request, port};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser::window;
use crate::host::OTHER_BUILD;

/// A way to the engine of another tab. Requests made before that answers wait for it.
pub(crate) struct Follower {
    page: PageId,
    commands: BroadcastChannel,
    events: BroadcastChannel,
    answered: Cell<bool>,
    waiting: RefCell<Vec<(Request, Array)>>,
    listeners: RefCell<Vec<Listener>>,
}

type Listener = Closure<dyn Fn(MessageEvent)>;

impl Follower {
    /// Joins the session of whichever tab owns the engine. `hear` gets everything that is for this page, with its
    /// parts; [`FromEngine::Ready`] whenever another tab has become the owner, which knows nothing of this page yet.
    pub(crate) fn open(hear: impl Fn(FromEngine, Array) + 'static) -> Result<Rc<Self>, JsValue> {
        let follower = Rc::new(Self {
            page: PageId((Math::random() * 9e15) as u64 + 1),
            commands: BroadcastChannel::new(COMMANDS)?,
            events: BroadcastChannel::new(EVENTS)?,
            answered: Cell::new(false),
            waiting: RefCell::default(),
            listeners: RefCell::default(),
        });
        let receiver = Rc::downgrade(&follower);
        let on_message = Closure::new(move |message: MessageEvent| {
            let Some(follower) = receiver.upgrade() else { return };
            match port::decode::<(Option<PageId>, FromEngine)>(&message.data()) {
                Ok(((to, message), parts)) if to.is_none_or(|to| to == follower.page) => {
                    if matches!(message, FromEngine::Ready) {
                        follower.post(&ToEngine::Join, &Array::new());
                    }
                    follower.flush();
                    hear(message, parts);
                }
                Ok(_for_another_tab) => {}
                Err(_other_build) => {
                    hear(FromEngine::Event(Event::Fatal(OTHER_BUILD.to_owned())), Array::new());
                }
            }
        });
        follower.events.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let leaver = Rc::downgrade(&follower);
        let on_leave = Closure::new(move |_: MessageEvent| {
            if let Some(follower) = leaver.upgrade() {
                follower.post(&ToEngine::Request(Command::Watch(None).into()), &Array::new());
            }
        });
        let _ = window().add_event_listener_with_callback("pagehide", on_leave.as_ref().unchecked_ref());
        follower.listeners.replace(vec![on_message, on_leave]);
        follower.post(&ToEngine::Join, &Array::new());
        Ok(follower)
    }

    /// Asks for something, with parts that are cloned, such as files.
    pub(crate) fn request(&self, request: Request, parts: Array) {
        if self.answered.get() {
            self.post(&ToEngine::Request(request), &parts);
        } else {
            self.waiting.borrow_mut().push((request, parts));
        }
    }

    /// Leaves; gives back the requests that nobody has heard.
    pub(crate) fn close(&self) -> Vec<(Request, Array)> {
        self.commands.close();
        self.events.close();
        if let Some(on_leave) = self.listeners.take().get(1) {
            let listener = on_leave.as_ref().unchecked_ref();
            let _ = window().remove_event_listener_with_callback("pagehide", listener);
        }
        self.waiting.take()
    }

    fn flush(&self) {
        self.answered.set(true);
        for (request, parts) in self.waiting.take() {
            self.post(&ToEngine::Request(request), &parts);
        }
    }

    fn post(&self, message: &ToEngine, parts: &Array) {
        let (message, _) = port::encode(&(self.page, message), parts, &Array::new());
        // Files can always be cloned.
        let _ = self.commands.post_message(&message);
    }
}

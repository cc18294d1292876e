//! The engine of another tab, as this page sees it: see [`protocol::tabs`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Math};
use protocol::tabs::{COMMANDS, EVENTS, PageId};
use protocol::{Command, Event, port};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser::window;
use crate::host::OTHER_BUILD;

/// A way to the engine of another tab. Commands given before that answers wait for it.
pub(crate) struct Follower {
    page: PageId,
    commands: BroadcastChannel,
    events: BroadcastChannel,
    answered: Cell<bool>,
    waiting: RefCell<Vec<(Command, Array)>>,
    listeners: RefCell<Vec<Listener>>,
}

type Listener = Closure<dyn Fn(MessageEvent)>;

impl Follower {
    /// Joins the session of whichever tab owns the engine. `on_event` gets every event that is for this page, with its
    /// parts; [`Event::Ready`] whenever another tab has become the owner, which knows nothing of this page yet.
    pub(crate) fn open(on_event: impl Fn(Event, Array) + 'static) -> Result<Rc<Self>, JsValue> {
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
            match port::decode::<(Option<PageId>, Event)>(&message.data()) {
                Ok(((to, event), parts)) if to.is_none_or(|to| to == follower.page) => {
                    if matches!(event, Event::Ready) {
                        follower.post(&Command::Join, &Array::new());
                    }
                    follower.flush();
                    on_event(event, parts);
                }
                Ok(_for_another_tab) => {}
                Err(_other_build) => on_event(Event::Fatal(OTHER_BUILD.to_owned()), Array::new()),
            }
        });
        follower.events.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let leaver = Rc::downgrade(&follower);
        let on_leave = Closure::new(move |_: MessageEvent| {
            if let Some(follower) = leaver.upgrade() {
                follower.post(&Command::Watch(None), &Array::new());
            }
        });
        let _ = window().add_event_listener_with_callback("pagehide", on_leave.as_ref().unchecked_ref());
        follower.listeners.replace(vec![on_message, on_leave]);
        follower.post(&Command::Join, &Array::new());
        Ok(follower)
    }

    /// Sends a command with parts that are cloned, such as files.
    pub(crate) fn command_with(&self, command: Command, parts: Array) {
        if self.answered.get() {
            self.post(&command, &parts);
        } else {
            self.waiting.borrow_mut().push((command, parts));
        }
    }

    /// Leaves; gives back the commands that nobody has heard.
    pub(crate) fn close(&self) -> Vec<(Command, Array)> {
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
        for (command, parts) in self.waiting.take() {
            self.post(&command, &parts);
        }
    }

    fn post(&self, command: &Command, parts: &Array) {
        let (message, _) = port::encode(&(self.page, command), parts, &Array::new());
        // Files can always be cloned.
        let _ = self.commands.post_message(&message);
    }
}

//! The pages that show and control this session: the one that owns this worker, and those of [`tabs`].

use std::cell::Cell;

use js_sys::Array;
use protocol::tabs::{self, PageId};
use protocol::{Command, Event, port};
use serde::Serialize;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser::scope;

thread_local! {
    static TABS: Tabs = Tabs::open();
}

/// The other tabs.
struct Tabs {
    commands: Option<BroadcastChannel>,
    events: Option<BroadcastChannel>,
    /// Whether any has ever come.
    joined: Cell<bool>,
}

impl Tabs {
    /// Without channels this browser has no other tabs that could follow.
    fn open() -> Self {
        let open = |name| BroadcastChannel::new(name).ok();
        Self { commands: open(tabs::COMMANDS), events: open(tabs::EVENTS), joined: Cell::new(false) }
    }

    fn post<M: Serialize>(&self, message: &M, parts: &Array) {
        if let Some(events) = &self.events {
            let (message, _) = port::encode(message, parts, &Array::new());
            // A tab that is gone needs no news.
            let _ = events.post_message(&message);
        }
    }
}

/// Hands every command of every page to `act`, for as long as this worker lives.
pub(super) fn listen(act: impl Fn(PageId, Command, Array) + Clone + 'static) {
    let own = act.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // What is not a command comes from another build of the page, which finds out by our silence.
        if let Ok((command, parts)) = port::decode::<Command>(&event.data()) {
            own(PageId::OWNER, command, parts);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.into_js_value();
    let on_broadcast = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match port::decode::<(PageId, Command)>(&event.data()) {
            Ok(((page, command), parts)) => {
                TABS.with(|tabs| tabs.joined.set(true));
                act(page, command, parts);
            }
            Err(_other_build) => TABS.with(|tabs| {
                if let Some(events) = &tabs.events {
                    let _ = events.post_message(&JsValue::NULL);
                }
            }),
        }
    });
    TABS.with(|tabs| {
        if let Some(commands) = &tabs.commands {
            commands.set_onmessage(Some(on_broadcast.as_ref().unchecked_ref()));
        }
    });
    on_broadcast.into_js_value();
}

/// Tells every page something; of peer connections the owner alone, which holds them.
pub(super) fn tell(event: &Event) {
    reply(PageId::OWNER, event);
    let to_all = !matches!(event, Event::Rtc { .. });
    TABS.with(|tabs| {
        if to_all && (tabs.joined.get() || matches!(event, Event::Ready)) {
            tabs.post(&(None::<PageId>, event), &Array::new());
        }
    });
}

/// Tells one page something.
pub(super) fn reply(page: PageId, event: &Event) {
    reply_with(page, event, &Array::new());
}

/// Tells one page something, with `parts`.
pub(super) fn reply_with(page: PageId, event: &Event, parts: &Array) {
    if page == PageId::OWNER {
        let (message, transfer) = port::encode(event, parts, &Array::new());
        // A page that is gone needs no news.
        let _ = scope().post_message_with_transfer(&message, &transfer);
    } else {
        TABS.with(|tabs| tabs.post(&(Some(page), event), parts));
    }
}

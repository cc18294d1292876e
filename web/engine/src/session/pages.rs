//! The pages that show and control this session: the one that owns this worker, and those of [`tabs`].

use std::cell::Cell;

use js_sys::Array;
use protocol::tabs::{self, PageId};
use protocol::window::{FromEngine, RtcCommand, RtcId, ToEngine};
use protocol::{Event, port};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::Closure;
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

    fn post(&self, to: Option<PageId>, message: tabs::FromEngine<&Event>, parts: &Array) {
        if let Some(events) = &self.events {
            let (message, _) = port::encode(&(to, message), parts, &Array::new());
            // A tab that is gone needs no news.
            let _ = events.post_message(&message);
        }
    }
}

/// Who says something to this worker.
pub(super) enum Heard {
    /// The window that owns it.
    Window(ToEngine),
    /// A tab that follows.
    Tab(PageId, tabs::ToEngine),
}

/// Hands everything that any page says to `act`, for as long as this worker lives.
pub(super) fn listen(act: impl Fn(Heard, Array) + Clone + 'static) {
    let own = act.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // A window of another version finds out by our first message.
        if let Ok((message, parts)) = port::decode(&event.data()) {
            own(Heard::Window(message), parts);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.into_js_value();
    let on_broadcast = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match port::decode(&event.data()) {
            Ok(((page, message), parts)) => {
                TABS.with(|tabs| tabs.joined.set(true));
                act(Heard::Tab(page, message), parts);
            }
            // For no tab at all, but it carries our version.
            Err(_other_version) => TABS.with(|tabs| {
                tabs.post(Some(PageId::OWNER), tabs::FromEngine::Ready, &Array::new());
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

/// Tells every page that this worker hears them.
pub(super) fn ready() {
    tell_window(&FromEngine::Ready, &Array::new());
    TABS.with(|tabs| tabs.post(None, tabs::FromEngine::Ready, &Array::new()));
}

/// Has the window do something with a peer connection.
pub(super) fn command_rtc(rtc: RtcId, command: RtcCommand) {
    tell_window(&FromEngine::Rtc { rtc, command }, &Array::new());
}

/// Tells every page something.
pub(super) fn tell(event: &Event) {
    reply(PageId::OWNER, event);
    TABS.with(|tabs| {
        if tabs.joined.get() {
            tabs.post(None, tabs::FromEngine::Event(event), &Array::new());
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
        tell_window(&FromEngine::Event(event), parts);
    } else {
        TABS.with(|tabs| tabs.post(Some(page), tabs::FromEngine::Event(event), parts));
    }
}

/// Tells the window that owns this worker something, with `parts`.
pub(super) fn tell_window(message: &FromEngine<&Event>, parts: &Array) {
    let (message, transfer) = port::encode(message, parts, &Array::new());
    // A window that is gone needs no news.
    let _ = scope().post_message_with_transfer(&message, &transfer);
}

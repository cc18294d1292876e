//! The page as a program among others: what it is for those who installed it, and what the system hands to it.

use host::stream;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, MessageChannel, MessageEvent, ServiceWorker};

use crate::browser::{self, method, navigator, property, window};
use crate::chosen::Chosen;
use crate::controls::Controls;
use crate::words;

/// What the system calls links to torrents.
const SCHEME: &str = "magnet";

/// What a tab that opens for files of another program has in its address, and asks the service worker for.
pub(crate) const SHARED: &str = "shared";

/// Notes whether the page is installed, now and later.
pub(crate) fn listen() {
    if window()
        .match_media("(display-mode: standalone)")
        .is_ok_and(|shown| shown.is_some_and(|shown| shown.matches()))
    {
        stream::install();
    }
    let on_installed = Closure::<dyn Fn()>::new(stream::install);
    let listener = on_installed.as_ref().unchecked_ref();
    let _ = window().add_event_listener_with_callback("appinstalled", listener);
    on_installed.forget();
}

/// Whether the browser can open links to torrents with this page.
pub(crate) fn can_open_links() -> bool {
    method(&navigator(), "registerProtocolHandler").is_some()
}

/// Has the browser ask the user whether links to torrents are to be opened with this page.
pub(crate) fn open_links() {
    let address = format!("{}#%s", browser::address());
    let register = method(&navigator(), "registerProtocolHandler");
    // A browser that refuses asks nothing.
    let _ = register.map(|register| register.call2(&navigator(), &SCHEME.into(), &address.into()));
}

/// Takes what another program shared with this one, from the service worker.
pub(crate) fn take_shared(controls: Controls) {
    let worker =
        property(&navigator(), "serviceWorker").and_then(|container| property(&container, "controller"));
    let (Some(worker), Ok(channel)) = (worker, MessageChannel::new()) else {
        return controls.complain(words::HANDED_GONE);
    };
    let on_files = Closure::once_into_js(move |message: MessageEvent| {
        let files = Array::from(&message.data());
        controls.take_handed(Chosen::of_files(files.iter().filter_map(|file| file.dyn_into::<File>().ok())));
    });
    channel.port1().set_onmessage(Some(on_files.unchecked_ref()));
    // A worker that is gone has nothing either.
    let _ = worker
        .unchecked_ref::<ServiceWorker>()
        .post_message_with_transferable(&SHARED.into(), &Array::of1(&channel.port2()));
}

/// Takes the files that the user opens with the page, as they choose in the system's list of files.
pub(crate) fn take_opened(controls: Controls) {
    let Some(queue) = property(&window(), "launchQueue") else { return };
    let on_launch = Closure::<dyn Fn(JsValue)>::new(move |launch: JsValue| {
        let handles = property(&launch, "files").map_or_else(Array::new, |files| Array::from(&files));
        if handles.length() > 0 {
            let handles = handles.iter().map(JsCast::unchecked_into).collect();
            spawn_local(async move { controls.take(Chosen::from_handles(handles).await) });
        }
    });
    let _ = method(&queue, "setConsumer").map(|listen| listen.call1(&queue, on_launch.as_ref()));
    on_launch.forget();
}

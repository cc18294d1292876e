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

/// Under this, a tab that opens for files of another program has their name in its address, and asks the service worker for
/// them.
const SHARED: &str = "shared";

/// Under this, it tells the service worker the name of files that are not needed again.
const TAKEN: &str = "taken";

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

/// Takes what another program shared with this one, from the service worker, if this tab opened for that.
pub(crate) fn take_shared(controls: Controls) {
    let Some(name) = browser::query_value(SHARED) else { return };
    let (Some(worker), Ok(channel)) = (service_worker(), MessageChannel::new()) else {
        forget_shared();
        return controls.complain(words::HANDED_GONE);
    };
    let on_files = Closure::once_into_js(move |message: MessageEvent| {
        let files = Array::from(&message.data());
        controls.take_handed(Chosen::of_files(files.iter().filter_map(|file| file.dyn_into::<File>().ok())));
    });
    channel.port1().set_onmessage(Some(on_files.unchecked_ref()));
    let request = browser::options(SHARED, &name.into());
    // A worker that is gone has nothing either.
    let _ = worker.post_message_with_transferable(&request, &Array::of1(&channel.port2()));
}

/// Has the service worker forget what this tab opened for, once its user has decided. A reload before that asks again.
pub(crate) fn forget_shared() {
    let name = browser::query_value(SHARED);
    if let Some(name) = name.filter(|_| browser::take_request(SHARED))
        && let Some(worker) = service_worker()
    {
        // A worker that is gone has forgotten it.
        let _ = worker.post_message(&browser::options(TAKEN, &name.into()));
    }
}

fn service_worker() -> Option<ServiceWorker> {
    let container = property(&navigator(), "serviceWorker")?;
    property(&container, "controller").map(JsCast::unchecked_into)
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

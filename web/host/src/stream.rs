//! The service worker, through which media elements read files while they arrive: see [`protocol::stream`].

use std::time::Duration;

use gloo_timers::future::sleep;
use js_sys::{Array, Promise};
use metainfo::InfoHash;
use protocol::stream::{LOCK, StreamRequest};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageChannel, MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration, Storage};

use crate::browser::{navigator, property, settle, window};
use crate::owner;

/// The service worker's script. The folder that it is in is the one whose `stream/` it answers for.
const SCRIPT: &str = "sw.js";
/// The same for those who installed the page, whom it does more for (`web/installed.js`).
const INSTALLED_SCRIPT: &str = "sw.js?installed";
/// Where it is noted that they did.
const INSTALLED: &str = "installed";

/// How long this page waits for its service worker to answer it and to take it over.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether media elements can read files while they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streaming {
    /// They can, from `stream/<info hash>/<path>`, each segment percent-encoded.
    Ready,
    /// This browser has no service worker for this page: in some private windows, where storage is denied, and
    /// without a secure address. Files can be played once they are complete.
    Unavailable,
}

/// The address from which a media element reads the file at `path` of a torrent.
#[must_use]
pub fn address(info_hash: InfoHash, path: &str) -> String {
    let segments: Vec<String> =
        path.split('/').map(|segment| js_sys::encode_uri_component(segment).into()).collect();
    format!("stream/{info_hash}/{}", segments.join("/"))
}

/// The page is installed, for all its tabs from now on: it starts without a network, and other programs share with it.
pub fn install() {
    // A browser that stores nothing installs nothing.
    let _ = storage().map(|storage| storage.set_item(INSTALLED, "1"));
    if let Some(container) = property(&navigator(), "serviceWorker") {
        settle(Some(container.unchecked_into::<ServiceWorkerContainer>().register(script()).into()));
    }
}

/// A service worker that answers this page.
pub(crate) struct Streams {
    /// How it calls this page.
    client: String,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Streams {
    /// Starts the service worker, or finds it; `None` if there is none for this page. What it asks of this page goes to
    /// `ask`, with the port for the answer, once it asks this page.
    pub(crate) async fn open(ask: impl Fn(StreamRequest, Array) + 'static) -> Option<Self> {
        let container: ServiceWorkerContainer = property(&navigator(), "serviceWorker")?.unchecked_into();
        JsFuture::from(container.register(script())).await.ok()?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(request) = property(&event.data(), "stream") {
                ask(request_of(&request), event.ports().slice(0, 1));
            }
        });
        container.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let client = introduce(&container).await?;
        Some(Self { client, _on_message: on_message })
    }

    /// Has the service worker ask this page, from now on.
    pub(crate) fn answer(&self) {
        let lock = format!("{LOCK}{}", self.client);
        spawn_local(async move { owner::show(&lock).await });
    }
}

fn script() -> &'static str {
    let installed = storage().and_then(|storage| storage.get_item(INSTALLED).ok().flatten());
    if installed.is_some() { INSTALLED_SCRIPT } else { SCRIPT }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Has the service worker take this page over, and tell what it calls it.
async fn introduce(container: &ServiceWorkerContainer) -> Option<String> {
    let registration = within_patience(container.ready().ok()?).await?;
    let worker = registration.unchecked_ref::<ServiceWorkerRegistration>().active()?;
    let controlled = Promise::new(&mut |resolve, _| container.set_oncontrollerchange(Some(&resolve)));
    let channel = MessageChannel::new().ok()?;
    let answer = Promise::new(&mut |resolve, _| channel.port1().set_onmessage(Some(&resolve)));
    worker.post_message_with_transferable(&JsValue::NULL, &Array::of1(&channel.port2())).ok()?;
    let answer: MessageEvent = within_patience(answer).await?.unchecked_into();
    if container.controller().is_none() {
        within_patience(controlled).await?;
    }
    answer.data().as_string()
}

/// What a promise comes to, if it does in time.
async fn within_patience(promise: Promise) -> Option<JsValue> {
    let late = wasm_bindgen_futures::future_to_promise(async {
        sleep(PATIENCE).await;
        Err(JsValue::NULL)
    });
    JsFuture::from(Promise::race(&Array::of2(&promise, &late))).await.ok()
}

fn request_of(request: &JsValue) -> StreamRequest {
    let text = |name| property(request, name).and_then(|value| value.as_string());
    StreamRequest {
        address: text("address").unwrap_or_default(),
        method: text("method").unwrap_or_default(),
        range: text("range"),
        if_range: text("ifRange"),
    }
}

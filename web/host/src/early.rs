//! What the document began while this program was loaded: see `index.html`. Each of these is taken over once, and whoever finds
//! nothing begins it now.

use std::time::Duration;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{RtcPeerConnection, Worker};

use crate::browser::{property, window};

/// The request for the settings.
pub(crate) fn settings() -> Option<Promise> {
    take("settings")?.dyn_into().ok()
}

/// Whether this window owns the engine, as far as the document could tell.
pub(crate) fn ownership() -> Option<Promise> {
    take("owns")?.dyn_into().ok()
}

/// The engine worker, and the events that it had before anybody listened.
pub(crate) fn engine() -> Option<(Worker, Array)> {
    Some((take("engine")?.dyn_into().ok()?, take("heard")?.dyn_into().ok()?))
}

/// A peer connection that was made early.
#[derive(Debug)]
pub(crate) struct EarlyConnection {
    pub(crate) peer: RtcPeerConnection,
    /// Since when it has gathered candidates, from when the page was opened; `None` where browsers do not before they are
    /// asked for an offer.
    pub(crate) began: Option<Duration>,
}

/// A peer connection for the link in the page's address.
pub(crate) fn connection() -> Option<EarlyConnection> {
    let began = take("began").and_then(|began| began.as_f64());
    let began = began.and_then(|began| Duration::try_from_secs_f64(began / 1000.0).ok());
    Some(EarlyConnection { peer: take("connection")?.dyn_into().ok()?, began })
}

/// Closes that connection if nobody took it.
pub(crate) fn close_connection() {
    if let Some(unneeded) = connection() {
        unneeded.peer.close();
    }
}

fn take(what: &str) -> Option<JsValue> {
    let early = property(&window(), "early")?;
    let taken = property(&early, what)?;
    // A property of a plain object can be set.
    let _ = Reflect::set(&early, &what.into(), &JsValue::UNDEFINED);
    Some(taken)
}

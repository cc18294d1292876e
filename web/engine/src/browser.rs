//! What every part of the engine asks of the browser: the time, chance, and its words for errors.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Uint8Array;
use session::Error;
use swarm::Time;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::DomException;
pub use worker::{Alarm, pause, scope};

use crate::error::thrown;

/// Now, in milliseconds since the worker started; never runs backwards.
#[must_use]
pub fn now() -> Time {
    Time::from_millis(scope().performance().map_or(0.0, |clock| clock.now()) as u64)
}

/// Now, in milliseconds since 1970, by the user's clock.
#[must_use]
pub fn wall_clock() -> f64 {
    js_sys::Date::now()
}

/// Bytes that nobody can predict.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Fails only for more than 64 KiB at once, or where there is no WebCrypto, and so no storage either.
    let _ = scope().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    bytes
}

/// Bytes for a key, which are never guessable ones instead.
///
/// # Errors
/// If the browser gives none.
pub fn secret<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let crypto = scope().crypto().map_err(|error| thrown(&error))?;
    crypto.get_random_values_with_u8_array(&mut bytes).map_err(|error| thrown(&error))?;
    Ok(bytes)
}

/// Bytes copied into our memory at once.
const COPIED: u32 = 256 * 1024;

/// Cuts bytes into parts that [`copied`] takes: peers and servers choose how many come at once, and our memory never
/// shrinks.
pub fn parts(bytes: &Uint8Array) -> impl Iterator<Item = Uint8Array> {
    let length = bytes.length();
    (0..length).step_by(COPIED as usize).map(move |at| bytes.subarray(at, length.min(at + COPIED)))
}

/// Copies one of the [`parts`] into `scratch`, which is kept to be used again.
pub fn copied<'a>(part: &Uint8Array, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let length = part.length() as usize;
    if scratch.len() < length {
        scratch.resize(length, 0);
    }
    let copy = &mut scratch[..length];
    part.copy_to(copy);
    copy
}

/// What the browser says about an error.
#[must_use]
pub fn words(error: &JsValue) -> String {
    let message = match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.dyn_ref::<DomException>().map(DomException::message).unwrap_or_default(),
    };
    if message.is_empty() { name(error) } else { message }
}

/// The kind of a `DOMException`, such as `QuotaExceededError`; `error` for anything else.
#[must_use]
pub fn name(error: &JsValue) -> String {
    error.dyn_ref::<DomException>().map_or_else(|| "error".to_owned(), DomException::name)
}

/// Something that many callbacks share and that may be called while it is busy: what comes in the meantime waits.
pub struct Shared<T>(Rc<Inner<T>>);

type Act<T> = Box<dyn FnOnce(&mut T)>;

struct Inner<T> {
    value: RefCell<T>,
    waiting: RefCell<VecDeque<Act<T>>>,
}

impl<T> std::fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: 'static> Shared<T> {
    /// Makes a value that knows how to call itself later.
    pub fn new_cyclic(make: impl FnOnce(Weak<T>) -> T) -> Self {
        Self(Rc::new_cyclic(|weak| Inner {
            value: RefCell::new(make(Weak(weak.clone()))),
            waiting: RefCell::new(VecDeque::new()),
        }))
    }

    /// Calls `act` with the value: now, or as soon as whoever has it is done.
    pub fn with(&self, act: impl FnOnce(&mut T) + 'static) {
        self.run(Box::new(act));
    }

    fn run(&self, act: Act<T>) {
        self.0.waiting.borrow_mut().push_back(act);
        let Ok(mut value) = self.0.value.try_borrow_mut() else { return };
        loop {
            let next = self.0.waiting.borrow_mut().pop_front();
            let Some(act) = next else { return };
            act(&mut value);
        }
    }
}

/// A [`Shared`] that does not keep its value alive.
pub struct Weak<T>(std::rc::Weak<Inner<T>>);

impl<T> std::fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Weak")
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: 'static> Weak<T> {
    /// Like [`Shared::with`]; nothing happens if the value is gone.
    pub fn with(&self, act: impl FnOnce(&mut T) + 'static) {
        if let Some(inner) = self.0.upgrade() {
            Shared(inner).with(act);
        }
    }
}

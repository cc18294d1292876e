//! Hashing many pieces: new shares, and data that has to be checked.
//!
//! The browser hashes on threads of its own. A few pieces are read and hashed at once, so neither the disk nor
//! the hashing waits for the other, and never more than those few are in memory.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use js_sys::{Object, Promise, Uint8Array};
use metainfo::PieceIndex;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::Error;
use crate::browser::scope;

/// Pieces that are being read at once.
const READS: usize = 2;

/// Pieces that are being hashed at once.
const DIGESTS: usize = 3;

/// Hashes `pieces` in order. `load` promises the bytes of a piece as an `ArrayBuffer` or a view of one;
/// `lost` names the error if it breaks that promise. Every hash goes to `done`, in order, until it breaks off.
///
/// # Errors
/// Those of `load`, and what `lost` says when reading fails.
pub async fn pieces(
    pieces: impl IntoIterator<Item = PieceIndex>,
    load: impl Fn(PieceIndex) -> Result<Promise, Error>,
    lost: impl Fn(PieceIndex, &JsValue) -> Error,
    mut done: impl FnMut(PieceIndex, [u8; 20]) -> ControlFlow<()>,
) -> Result<(), Error> {
    let subtle = scope().crypto().map_err(|error| Error::from_storage(&error))?.subtle();
    let mut pieces = pieces.into_iter();
    let mut reads = VecDeque::new();
    let mut digests = VecDeque::new();
    loop {
        while reads.len() < READS {
            let Some(piece) = pieces.next() else { break };
            reads.push_back((piece, load(piece)?));
        }
        if let Some((piece, read)) = reads.pop_front() {
            let bytes: Object =
                JsFuture::from(read).await.map_err(|error| lost(piece, &error))?.unchecked_into();
            let digest = subtle
                .digest_with_str_and_buffer_source("SHA-1", &bytes)
                .map_err(|error| Error::from_storage(&error))?;
            digests.push_back((piece, digest));
        }
        if digests.len() < DIGESTS && !reads.is_empty() {
            continue;
        }
        let Some((piece, digest)) = digests.pop_front() else { return Ok(()) };
        let hash = JsFuture::from(digest).await.map_err(|error| Error::from_storage(&error))?;
        let mut sum = [0; 20];
        Uint8Array::new(&hash).copy_to(&mut sum);
        if done(piece, sum).is_break() {
            return Ok(());
        }
    }
}

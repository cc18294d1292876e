//! Hashing pieces that are here but not to be trusted.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use metainfo::{FileSpan, Info, Metainfo, PieceIndex, PieceLayers};
use seal::Cipher;
use wasm_bindgen::JsValue;

use super::Torrent;
use crate::error::thrown;
use crate::files::UserFiles;
use crate::hash::Plan;
use crate::store::StoredFile;
use session::{Error, Places};

/// Cancels a [`CheckJob`] when it is dropped: it reports nothing more then.
#[derive(Debug)]
pub(crate) struct Cancel(Rc<Cell<bool>>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// A check to run.
#[derive(Debug)]
pub(crate) struct CheckJob {
    info: Info,
    layers: PieceLayers,
    pieces: Vec<PieceIndex>,
    bytes: Bytes,
    cipher: Option<Cipher>,
    cancelled: Rc<Cell<bool>>,
}

#[derive(Debug)]
enum Bytes {
    Stored(Rc<StoredFile>, Places),
    Files(UserFiles),
}

impl CheckJob {
    /// A check of these pieces of a torrent, and what ends it.
    pub(crate) fn new(torrent: &Torrent, pieces: Vec<PieceIndex>) -> Option<(Self, Cancel)> {
        let Metainfo { info, piece_layers: layers, .. } = torrent.metainfo()?.clone();
        let bytes = match torrent.files() {
            Some(reader) => Bytes::Files(reader.files().clone()),
            None => Bytes::Stored(torrent.storage().data().clone(), torrent.storage().places().clone()),
        };
        let cancelled = Rc::<Cell<bool>>::default();
        let cancel = Cancel(Rc::clone(&cancelled));
        let cipher = torrent.cipher().cloned();
        Some((Self { info, layers, pieces, bytes, cipher, cancelled }, cancel))
    }

    /// Hashes every piece, and says of each whether it is right. `None` if nobody wants to know any more; an
    /// error if the bytes cannot be read at all.
    pub(crate) async fn run(self, report: impl Fn(PieceIndex, bool)) -> Option<Result<(), Error>> {
        let Self { info, layers, pieces, bytes, cipher, cancelled } = self;
        let geometry = info.geometry();
        let span = |piece| FileSpan {
            offset: geometry.offset_of(piece),
            length: u64::from(geometry.length_of(piece)),
        };
        let load = |piece| -> Result<Promise, Error> {
            match &bytes {
                Bytes::Stored(data, places) => match load_stored(data, places, span(piece)) {
                    // Whatever is there of it is not right.
                    Err(Error::NotFound) => Ok(Promise::resolve(&JsValue::from(ArrayBuffer::new(0)))),
                    loaded => loaded,
                },
                Bytes::Files(files) => files.load(span(piece)),
            }
        };
        let lost = |piece, error: &_| match &bytes {
            Bytes::Stored(..) => thrown(error),
            Bytes::Files(files) => files.changed(span(piece)),
        };
        let plan = Plan::of_torrent(geometry.clone(), info.hashes()).sealed(cipher);
        let result = plan.run(pieces, load, lost, |piece, sums| {
            if cancelled.get() {
                return ControlFlow::Break(());
            }
            let check = layers.check_hashes(&info, piece, sums.sha1, &sums.leaves);
            report(piece, check == metainfo::Check::Right);
            ControlFlow::Continue(())
        });
        let result = result.await;
        (!cancelled.get()).then_some(result)
    }
}

/// A piece, as a promise of an `ArrayBuffer`, with zeros for padding that is not stored.
fn load_stored(data: &StoredFile, places: &Places, piece: FileSpan) -> Result<Promise, Error> {
    let stored = |run: FileSpan| data.bytes(FileSpan { offset: places.of(run.offset), ..run });
    if places.stored(piece).eq([piece]) {
        return stored(piece).map(|bytes| Promise::resolve(&JsValue::from(bytes)));
    }
    let whole = Uint8Array::new_with_length(piece.length as u32);
    for run in places.stored(piece) {
        let bytes = stored(run)?;
        whole.set(&Uint8Array::new(&bytes), (run.offset - piece.offset) as u32);
    }
    Ok(Promise::resolve(&JsValue::from(whole.buffer())))
}

//! Hashing pieces that are here but not to be trusted.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use js_sys::Promise;
use metainfo::{FileSpan, Info, Metainfo, PieceIndex, PieceLayers};
use swarm::Time;

use super::Torrent;
use crate::error::{problem, thrown};
use crate::files::UserFiles;
use crate::hash::Plan;
use crate::store::StoredFile;
use session::Error;

/// A check that is under way.
#[derive(Debug)]
pub(crate) struct Check {
    pieces: Vec<PieceIndex>,
    done: u32,
    bad: Option<PieceIndex>,
    started: bool,
    cancelled: Rc<Cell<bool>>,
}

/// A check for the session to run.
#[derive(Debug)]
pub(crate) struct CheckJob {
    info: Info,
    layers: PieceLayers,
    pieces: Vec<PieceIndex>,
    bytes: Bytes,
    cancelled: Rc<Cell<bool>>,
}

#[derive(Debug)]
enum Bytes {
    Stored(Rc<StoredFile>),
    Files(UserFiles),
}

impl Check {
    pub(super) fn new(pieces: Vec<PieceIndex>) -> Self {
        Self { pieces, done: 0, bad: None, started: false, cancelled: Rc::default() }
    }

    /// Share done, 0 to 1.
    pub(super) fn progress(&self) -> f32 {
        self.done as f32 / self.pieces.len().max(1) as f32
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        self.cancelled.set(true);
    }
}

impl CheckJob {
    /// Hashes every piece, and says of each whether it is right. `None` if nobody wants to know any more; an
    /// error if the bytes cannot be read at all.
    pub(crate) async fn run(self, report: impl Fn(PieceIndex, bool)) -> Option<Result<(), Error>> {
        let Self { info, layers, pieces, bytes, cancelled } = self;
        let geometry = info.geometry();
        let span = |piece| FileSpan {
            offset: geometry.offset_of(piece),
            length: u64::from(geometry.length_of(piece)),
        };
        let load = |piece| -> Result<Promise, Error> {
            match &bytes {
                Bytes::Stored(data) => data.load(span(piece)),
                Bytes::Files(files) => files.load(span(piece)),
            }
        };
        let lost = |piece, error: &_| match &bytes {
            Bytes::Stored(_) => thrown(error),
            Bytes::Files(files) => files.changed(span(piece)),
        };
        let plan = Plan::of_torrent(geometry.clone(), info.hashes());
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

impl Torrent {
    /// A check that should run and does not yet.
    pub(crate) fn take_check(&mut self) -> Option<CheckJob> {
        let Metainfo { info, piece_layers: layers, .. } = self.metainfo.as_ref()?.clone();
        let check = self.check.as_mut().filter(|check| !check.started)?;
        check.started = true;
        let bytes = match &self.reader {
            Some(reader) => Bytes::Files(reader.files().clone()),
            None => Bytes::Stored(self.folder.data().clone()),
        };
        let cancelled = Rc::clone(&check.cancelled);
        Some(CheckJob { info, layers, pieces: check.pieces.clone(), bytes, cancelled })
    }

    /// A piece was hashed by the running check.
    pub(crate) fn checked(&mut self, piece: PieceIndex, ok: bool) {
        let Some(check) = &mut self.check else { return };
        check.done += 1;
        if !ok {
            check.bad.get_or_insert(piece);
        }
        if let (true, None, Some(stored)) = (ok, &self.reader, &mut self.stored) {
            stored.set(piece);
        }
    }

    /// The running check has ended.
    pub(crate) fn check_ended(&mut self, now: Time, result: Result<(), Error>) {
        let Some(check) = self.check.take() else { return };
        let bad = check.bad.and_then(|piece| {
            let files = self.reader.as_ref()?.files();
            let geometry = self.info()?.geometry();
            Some(files.changed(FileSpan { offset: geometry.offset_of(piece), length: 1 }))
        });
        if let Some(error) = result.err().or(bad) {
            self.problem = Some(problem(&error, 0));
            self.reader = None;
        }
        self.start(now, Vec::new());
        self.save(now);
    }
}

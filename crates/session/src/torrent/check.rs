//! Hashing pieces that are here but not to be trusted.

use metainfo::{FileSpan, PieceIndex};
use swarm::Time;

use super::{Output, Problem, Torrent};
use crate::{Error, Storage, UserFiles};

/// A check that is under way.
#[derive(Debug)]
pub(super) struct Check {
    pieces: u32,
    done: u32,
    bad: Option<PieceIndex>,
}

impl Check {
    /// Share done, 0 to 1.
    pub(super) fn progress(&self) -> f32 {
        self.done as f32 / self.pieces.max(1) as f32
    }
}

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Hashes everything again that is here: in the user's own files if it is served from them, or else in storage. What
    /// is not as it was is given up, and downloaded again; of the user's files it is told which changed.
    pub fn recheck(&mut self, now: Time) {
        let pieces: Vec<PieceIndex> = self.have().iter().flat_map(|have| have.iter_ones()).collect();
        if self.check.is_some() || pieces.is_empty() {
            return;
        }
        // Whether they are as they were is seen anew.
        self.problem.take_if(|problem| problem.is_of_files());
        self.start(now, pieces);
    }

    pub(super) fn check(&mut self, pieces: Vec<PieceIndex>) {
        self.check = Some(Check { pieces: pieces.len() as u32, done: 0, bad: None });
        self.outputs.push_back(Output::Check(pieces));
    }

    /// A piece was hashed by the running check. A bad one is soon claimed no more, whether the check comes to its end or not.
    pub fn checked(&mut self, now: Time, piece: PieceIndex, ok: bool) {
        let ok = ok || (self.check.is_some() && self.make_readable(piece));
        let Some(check) = &mut self.check else { return };
        check.done += 1;
        if !ok {
            check.bad.get_or_insert(piece);
        }
        if ok {
            self.vouched.set(piece);
        }
        let (None, Some(stored)) = (&self.files, &mut self.stored) else { return };
        if ok {
            stored.set(piece);
        } else if stored.unset(piece) {
            // The record, which is written soon, claims it no more; marked, it would only be hashed once more.
            let _ = self.storage.mark(stored, piece);
            self.unsaved(now);
        }
    }

    /// The running check has ended; with an error if the bytes cannot be read at all.
    pub fn check_ended(&mut self, now: Time, result: Result<(), Error>) {
        let Some(check) = self.check.take() else { return };
        let bad = check.bad.and_then(|piece| {
            let offset = self.info()?.geometry().offset_of(piece);
            Some(self.files.as_ref()?.changed(FileSpan { offset, length: 1 }))
        });
        if let Some(error) = result.err().or(bad) {
            self.problem = Some(Problem::Storage { error, needed: 0 });
            self.files = None;
        }
        self.start(now, Vec::new());
        self.save(now);
    }
}

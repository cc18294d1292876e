//! Copying the user's files into storage while they are shared.
//!
//! A piece at a time, with pauses: peers that download come first.

use std::time::Duration;

use metainfo::PieceIndex;
use swarm::Time;
use wire::Bitfield;

use super::{Output, Torrent};
use crate::{Error, Storage, UserFiles};

/// Bytes a second that are copied while peers are served: more would be at their cost, and with none a share that is
/// always in demand would never be kept.
const RATE_WHILE_SERVING: u64 = 1 << 20;

/// How long after a block was sent its peer may still ask for the next.
const LULL: Duration = Duration::from_secs(2);

/// When the next piece is due.
#[derive(Debug, Default)]
pub(super) struct Copying {
    next: Option<Time>,
    /// The piece that is being copied, and since when.
    piece: Option<(PieceIndex, Time)>,
    buffer: Vec<u8>,
}

impl Copying {
    /// Looks for something to copy at once.
    pub(super) const fn wake(&mut self, now: Time) {
        self.next = Some(now);
    }
}

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Whether to copy the user's files into storage.
    pub fn keep_copy(&mut self, now: Time, keep: bool) {
        if self.files.is_none() {
            return;
        }
        self.record.keep_copy = keep;
        if let (false, Some(stored)) = (keep, &mut self.stored) {
            *stored = Bitfield::new(stored.len());
            self.vouched = Bitfield::new(self.vouched.len());
            self.copying.piece = None;
        }
        self.copying.wake(now);
        self.save(now);
        if !keep
            && self.problem.is_none()
            && let Err(error) = self.storage.clear()
        {
            self.fail(now, error);
        }
    }

    /// Reads a piece from the user's files, sees that it is still what it was, and writes it into storage.
    ///
    /// # Errors
    /// If the files have changed, or storage fails or is full.
    pub fn copy(&mut self, piece: PieceIndex) -> Result<(), Error> {
        let (Some(metainfo), Some(files)) = (&self.metainfo, &mut self.files) else {
            return Err(Error::Broken);
        };
        let geometry = metainfo.info.geometry();
        let at = geometry.offset_of(piece);
        let mut buffer = std::mem::take(&mut self.copying.buffer);
        buffer.resize(geometry.length_of(piece) as usize, 0);
        let read = files.read(at, &mut buffer);
        let same = read.and_then(|()| {
            if self.is_as_shared(piece, &mut buffer) { Ok(()) } else { Err(self.changed(piece)) }
        });
        let written = same.and_then(|()| self.storage.write(at, &buffer));
        self.copying.buffer = buffer;
        written
    }

    /// What came of [`copy`](Self::copy), and when.
    pub fn copied(&mut self, now: Time, piece: PieceIndex, copied: Result<(), Error>) {
        let Some((_, since)) = self.copying.piece.take_if(|(copying, _)| *copying == piece) else { return };
        match copied.and_then(|()| self.mark(piece)) {
            Ok(()) => {
                self.unsaved(now);
                let serving = self.served.is_some_and(|served| now.since(served) < LULL);
                let pause = if serving {
                    let length = self.info().map_or(0, |info| info.geometry().content_of(piece));
                    Duration::from_micros(u64::from(length) * 1_000_000 / RATE_WHILE_SERVING)
                } else {
                    now.since(since).max(Duration::from_millis(1))
                };
                self.copying.next = Some(now + pause);
                self.finish_copy(now);
            }
            // The share goes on from the user's files; what was copied stays for a later try.
            Err(error) if error.is_full() => {
                self.record.keep_copy = false;
                self.save(now);
            }
            Err(error) => self.fail(now, error),
        }
    }

    /// When the next piece is to be copied, if one is.
    pub(super) fn copy_deadline(&self) -> Option<Time> {
        let wanted = self.record.keep_copy && self.files.is_some() && self.active() && !self.complete();
        self.copying.next.filter(|_| wanted && self.copying.piece.is_none())
    }

    /// Has the next piece copied.
    pub(super) fn copy_next(&mut self, now: Time) {
        let next = self.stored.as_ref().and_then(|stored| stored.iter_zeros().next());
        if let Some(piece) = next {
            self.copying.piece = Some((piece, now));
            self.outputs.push_back(Output::Copy { piece });
        }
    }

    /// With everything copied, the user's files are needed no more.
    fn finish_copy(&mut self, now: Time) {
        if self.complete() {
            self.record.files.clear();
            self.files = None;
            self.copying = Copying::default();
            self.save(now);
        }
    }
}

//! Copying the user's files into the browser's storage while they are shared.
//!
//! A piece at a time, with pauses: peers that download come first.

use std::time::Duration;

use metainfo::{Check, FileSpan, PieceIndex};
use sha1::{Digest as _, Sha1};
use swarm::Time;

use session::Storage as _;

use super::Torrent;
use crate::browser;
use session::Error;

/// Bytes a second that are copied while peers are served: more would be at their cost, and with none a share that is
/// always in demand would never be kept.
const RATE_WHILE_SERVING: u64 = 1 << 20;

/// When the next piece is due.
#[derive(Debug, Default)]
pub(super) struct Copying {
    next: Option<Time>,
    buffer: Vec<u8>,
}

impl Copying {
    /// Looks for something to copy at once.
    pub(super) const fn wake(&mut self, now: Time) {
        self.next = Some(now);
    }
}

impl Torrent {
    /// When the next piece is to be copied, if one is.
    pub(super) fn copy_deadline(&self) -> Option<Time> {
        let wanted = self.record.keep_copy && self.reader.is_some() && self.active();
        self.copying.next.filter(|_| wanted && self.stored.as_ref().is_some_and(|stored| !stored.is_full()))
    }

    /// Copies one piece.
    pub(super) fn copy_step(&mut self, now: Time) {
        let next = self.stored.as_ref().and_then(|stored| stored.iter_zeros().next());
        let Some(piece) = next else { return };
        match self.copy(piece) {
            Ok(()) => {
                self.unsaved();
                let done = browser::now();
                let pause = if self.drive.uploading(done) {
                    Duration::from_micros(self.copying.buffer.len() as u64 * 1_000_000 / RATE_WHILE_SERVING)
                } else {
                    done.since(now).max(Duration::from_millis(1))
                };
                self.copying.next = Some(done + pause);
                self.finish_copy(done);
            }
            // The share goes on from the user's files; what was copied stays for a later try.
            Err(error) if error.is_full() => {
                self.record.keep_copy = false;
                self.save(now);
            }
            Err(error) => self.fail(now, error),
        }
    }

    fn copy(&mut self, piece: PieceIndex) -> Result<(), Error> {
        let (Some(metainfo), Some(stored), Some(reader)) =
            (&self.metainfo, &mut self.stored, &mut self.reader)
        else {
            return Err(Error::Broken);
        };
        let geometry = metainfo.info.geometry();
        let at = geometry.offset_of(piece);
        self.copying.buffer.resize(geometry.length_of(piece) as usize, 0);
        reader.read(at, &mut self.copying.buffer)?;
        // One hash tells whether the file is still what it was, and SHA-1 is the faster one.
        let same = match metainfo.info.piece_hash(piece) {
            Some(hash) => hash == <[u8; 20]>::from(Sha1::digest(&self.copying.buffer)),
            None => metainfo.piece_layers.check(&metainfo.info, piece, &self.copying.buffer) == Check::Right,
        };
        if !same {
            return Err(reader.files().changed(FileSpan { offset: at, length: 1 }));
        }
        self.folder.write(at, &self.copying.buffer)?;
        stored.set(piece);
        self.folder.mark(stored, piece).inspect_err(|_| {
            stored.unset(piece);
        })
    }

    /// With everything copied, the user's files are needed no more.
    fn finish_copy(&mut self, now: Time) {
        if self.stored.as_ref().is_some_and(wire::Bitfield::is_full) {
            self.record.files.clear();
            self.reader = None;
            self.copying = Copying::default();
            self.save(now);
        }
    }
}

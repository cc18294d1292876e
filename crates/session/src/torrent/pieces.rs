//! Pieces on their way to storage and from it.

use metainfo::merkle::{self, Hash};
use metainfo::{Block, Check, PieceIndex};
use swarm::{Input, Output as Asked, Time};

use super::{Output, Torrent};
use crate::{Error, Storage, UserFiles};

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Whether a piece that has gathered is right, by every hash of it that is known.
    pub fn verify(&self, piece: PieceIndex) -> Check {
        let gathered = self.metainfo.as_ref().zip(self.storage.slot(piece));
        gathered.map_or(Check::Wrong, |(metainfo, bytes)| {
            metainfo.piece_layers.check(&metainfo.info, piece, bytes)
        })
    }

    /// What [`verify`](Self::verify) said of a piece.
    pub fn hashed(&mut self, now: Time, piece: PieceIndex, check: Check) {
        if check == Check::Contradiction {
            self.give_up(now, metainfo::Error::VersionsDiffer);
        } else {
            self.handle(now, Input::Hashed { piece, ok: check == Check::Right });
        }
    }

    /// Writes a piece that has gathered.
    ///
    /// # Errors
    /// If storage fails or is full.
    pub fn write(&self, piece: PieceIndex) -> Result<(), Error> {
        let (Some(info), Some(bytes)) = (self.info(), self.storage.slot(piece)) else {
            return Err(Error::Broken);
        };
        let at = info.geometry().offset_of(piece);
        let Some(cipher) = self.cipher() else { return self.storage.write(at, bytes) };
        let mut readable = bytes.to_vec();
        cipher.apply(at, &mut readable);
        self.storage.write(at, &readable)
    }

    /// What came of [`write`](Self::write).
    pub fn stored(&mut self, now: Time, piece: PieceIndex, written: Result<(), Error>) {
        let marked = written.and_then(|()| self.mark(piece));
        self.unsaved(now);
        self.storage.discard(piece);
        match marked {
            Ok(()) => {
                self.vouched.set(piece);
                self.handle(now, Input::Stored { piece });
            }
            Err(error) => {
                self.handle(now, Input::StoreFailed { piece });
                self.fail(now, error);
            }
        }
    }

    /// Fills `place` with the bytes of a block for a peer. Whether it could be read.
    pub fn upload(&mut self, now: Time, block: Block, place: &mut [u8]) -> bool {
        let Some(info) = self.info() else { return false };
        let at = info.geometry().span_of(block).offset;
        match self.read_for_peers(block.piece, at, place) {
            Ok(()) => {
                self.served = Some(now);
                true
            }
            Err(error) => {
                self.lost(now, block.piece, error);
                false
            }
        }
    }

    /// The leaf of each block of a piece that is on its way to storage, or there, for
    /// [`Input::Leaves`]. None if it cannot be read.
    pub fn hash_leaves(&mut self, now: Time, piece: PieceIndex) -> Vec<Hash> {
        let Some(info) = self.info() else { return Vec::new() };
        let (content, at) = (info.geometry().content_of(piece) as usize, info.geometry().offset_of(piece));
        if let Some(bytes) = self.storage.slot(piece) {
            return merkle::leaves(bytes.get(..content).unwrap_or_default());
        }
        let mut bytes = vec![0; content];
        match self.read_for_peers(piece, at, &mut bytes) {
            Ok(()) => merkle::leaves(&bytes),
            Err(error) => {
                self.lost(now, piece, error);
                Vec::new()
            }
        }
    }

    /// Does what the engine asks for; what is left for the driver.
    pub(super) fn carry_out(&mut self, now: Time, output: Asked) -> Option<Output> {
        match output {
            Asked::Fetch { web_seed, span } => return self.fetch(web_seed, span),
            Asked::Abort { web_seed, reason } => self.abort_fetch(web_seed, reason),
            Asked::Metadata(info) => {
                self.adopt_metadata(now, info);
                return Some(Output::Metadata);
            }
            // Only those that a driver adds say something, and a session adds none.
            Asked::Extension { .. } => return None,
            Asked::Unusable(error) => {
                self.give_up(now, error);
                return None;
            }
            Asked::PieceLayers(layers) => {
                let metainfo = self.metainfo.as_mut()?;
                metainfo.piece_layers = layers;
                if let Err(error) = self.storage.save_torrent(metainfo) {
                    self.fail(now, error);
                }
                return None;
            }
            Asked::Completed => {
                self.evicted = false;
                self.save(now);
            }
            _ => {}
        }
        Some(Output::Engine(output))
    }

    /// Claims a piece that was written.
    pub(super) fn mark(&mut self, piece: PieceIndex) -> Result<(), Error> {
        let stored = self.stored.as_mut().ok_or(Error::Broken)?;
        stored.set(piece);
        self.storage.mark(stored, piece).inspect_err(|_| {
            stored.unset(piece);
        })
    }

    /// A piece that was here cannot be read.
    pub(super) fn lost(&mut self, now: Time, piece: PieceIndex, error: Error) {
        self.vouched.unset(piece);
        if let (Error::NotFound, Some(stored)) = (&error, &mut self.stored)
            && stored.unset(piece)
        {
            // Unmarked or not, it is hashed again at the next start.
            let _ = self.storage.mark(stored, piece);
            self.evicted = true;
            // Before anything makes the file longer again, and the piece look as if it were there.
            self.save(now);
            self.handle(now, Input::Lost { piece });
            if let Some(selection) = self.selection() {
                self.handle(now, Input::Select(selection));
            }
        } else {
            self.fail(now, error);
        }
    }

    /// Reads from storage what was stored or copied there, and the rest from the user's files if there are any.
    pub(super) fn read(&mut self, piece: PieceIndex, at: u64, place: &mut [u8]) -> Result<(), Error> {
        let stored = self.stored.as_ref().is_some_and(|stored| stored.get(piece));
        match &mut self.files {
            Some(files) if !stored => files.read(at, place),
            _ => self.storage.read(at, place),
        }
    }
}

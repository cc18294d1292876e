//! Sealed shares (`docs/sealed.md`): what peers and web seeds have is encrypted, and so are pieces until they are stored.
//!
//! With the key, storage and the user's files hold what was shared, so that everything but the swarm goes on as with any
//! torrent. Without it, storage holds what peers have, and the torrent can be kept and passed on.
//!
//! Which of the two it is in storage, the record says by the key in its link: a key that opens nothing is never written.

use metainfo::{Check, File, FileSpan, Info, Magnet, PieceIndex, SealKey};
use seal::Cipher;
use sha1::{Digest as _, Sha1};
use swarm::Time;
use wire::Bitfield;

use super::{Problem, Torrent};
use crate::{Error, Storage, UserFiles};

/// Whether people who have a torrent can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// The key is not here.
    Locked,
    /// The key is here. Who has neither key nor link cannot read it.
    Open,
}

/// A sealed share whose metadata is known.
#[derive(Debug)]
pub(super) enum Sealed {
    Locked,
    Open(Box<Contents>),
}

/// What a key opened.
#[derive(Debug)]
pub(super) struct Contents {
    name: String,
    files: Vec<File>,
    is_single_file: bool,
    note: String,
    cipher: Cipher,
}

impl Contents {
    fn of(opened: seal::Opened) -> Self {
        let seal::Opened { list, cipher, .. } = opened;
        let file = |file: &seal::File| File { path: file.path.clone(), span: file.span, tree: None };
        Self {
            name: list.name().to_owned(),
            files: list.files().iter().map(file).collect(),
            is_single_file: list.is_single_file(),
            note: list.note().to_owned(),
            cipher,
        }
    }

    /// What the folder of all files is called, or the only file.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Whether it can be read; `None` if it is not sealed, or nobody knows yet.
    pub const fn seal(&self) -> Option<Seal> {
        match self.sealed {
            None => None,
            Some(Sealed::Locked) => Some(Seal::Locked),
            Some(Sealed::Open(_)) => Some(Seal::Open),
        }
    }

    /// Its files, as people see them: those that the seal hides if it is open, and otherwise those of the metadata.
    pub fn contents(&self) -> &[File] {
        self.unsealed()
            .map(|opened| &*opened.files)
            .or_else(|| self.info().map(Info::files))
            .unwrap_or_default()
    }

    /// Whether its [`contents`](Self::contents) are one file in no folder.
    pub fn is_single_file(&self) -> bool {
        let opened = self.unsealed().map(|opened| opened.is_single_file);
        opened.or_else(|| self.info().map(Info::is_single_file)).unwrap_or_default()
    }

    /// Bytes in its [`contents`](Self::contents), once they are known.
    pub fn size(&self) -> Option<u64> {
        match self.unsealed() {
            Some(opened) => Some(opened.files.iter().map(|file| file.span.length).sum()),
            None => self.info().map(|info| info.geometry().content_length()),
        }
    }

    /// What whoever sealed it says to who opens it. Anything a stranger wrote.
    pub fn note(&self) -> &str {
        self.unsealed().map(|opened| &*opened.note).unwrap_or_default()
    }

    /// What encrypts the bytes that are here for peers, if they are not what peers exchange.
    pub fn cipher(&self) -> Option<&Cipher> {
        self.unsealed().map(|opened| &opened.cipher)
    }

    pub(super) fn unsealed(&self) -> Option<&Contents> {
        match &self.sealed {
            Some(Sealed::Open(opened)) => Some(opened),
            Some(Sealed::Locked) | None => None,
        }
    }

    /// Reads what the metadata hides, which became known just now, if the key is known as well.
    pub(super) fn look_inside(&mut self) {
        let Some(info) = self.info() else { return };
        let pieces = info.geometry().piece_count();
        if !seal::is_sealed(info) {
            self.forget_key();
            return;
        }
        let opened = self.key().map(|key| seal::open(info, key));
        self.vouched = Bitfield::new(pieces);
        self.sealed = Some(match opened {
            None => Sealed::Locked,
            Some(Ok(opened)) => Sealed::Open(Box::new(Contents::of(opened))),
            Some(Err(error)) => {
                self.refuse_key(error);
                Sealed::Locked
            }
        });
    }

    /// Takes a further link of the torrent. Whether that opened what was locked, so that all that is here has to be
    /// [made readable](Self::make_readable) before it is claimed again.
    pub(super) fn follow(&mut self, now: Time, mut link: Magnet) -> bool {
        // A key that opened it is better than any other.
        let own = self.key().cloned();
        link.key = if self.unsealed().is_some() { own } else { link.key.or(own) };
        let before = self.magnet.take();
        self.set_link(Some(link));
        if self.unsealed().is_some() {
            return false;
        }
        match self.info().zip(self.key()).map(|(info, key)| seal::open(info, key)) {
            None => false,
            Some(Ok(opened)) => self.unlock(now, opened, before),
            Some(Err(seal::Error::NotSealed)) => {
                self.forget_key();
                false
            }
            Some(Err(error)) => {
                self.refuse_key(error);
                false
            }
        }
    }

    /// The pieces that are here are as peers have them, and from now on are not to be. Nothing may claim them in the
    /// meantime: whoever believed that they are still encrypted would send what is not.
    fn unlock(&mut self, now: Time, opened: seal::Opened, before: Option<Magnet>) -> bool {
        let claimed = self.stored.clone();
        if let Err(error) = self.disclaim() {
            self.stored = claimed;
            self.set_link(before);
            self.fail(now, error);
            return false;
        }
        self.retry_at = None;
        self.record.priorities.clear();
        self.sealed = Some(Sealed::Open(Box::new(Contents::of(opened))));
        self.record.paused = false;
        self.skip_what_is_not_linked();
        true
    }

    /// Says of all that is here no more than that it may be.
    fn disclaim(&mut self) -> Result<(), Error> {
        let (Some(info), Some(stored)) = (self.info(), &self.stored) else { return Ok(()) };
        let mut marked = self.storage.marked(info)?;
        for piece in stored.iter_ones() {
            marked.set(piece);
        }
        let none = Bitfield::new(stored.len());
        if marked.iter_ones().next().is_none() {
            return Ok(());
        }
        self.storage.mark_all(&marked)?;
        self.stored = Some(none);
        // Both records, so that none is left that claims more.
        (0..2).try_for_each(|_| self.storage.save(&mut self.record, self.stored.as_ref()))
    }

    /// Decrypts a piece in storage that is as peers have it. Whether it was.
    pub(super) fn make_readable(&self, piece: PieceIndex) -> bool {
        let (Some(metainfo), Some(cipher), None) = (&self.metainfo, self.cipher(), &self.files) else {
            return false;
        };
        let at = metainfo.info.geometry().offset_of(piece);
        let mut bytes = vec![0; metainfo.info.geometry().length_of(piece) as usize];
        if self.storage.read(at, &mut bytes).is_err()
            || metainfo.piece_layers.check(&metainfo.info, piece, &bytes) != Check::Right
        {
            return false;
        }
        cipher.apply(at, &mut bytes);
        self.storage.write(at, &bytes).is_ok()
    }

    /// A key that opens nothing is kept nowhere: what is stored from now on is encrypted.
    fn refuse_key(&mut self, error: seal::Error) {
        self.forget_key();
        self.record.paused = true;
        self.problem = Some(Problem::Sealed(error));
    }

    fn key(&self) -> Option<&SealKey> {
        self.magnet.as_ref()?.key.as_ref()
    }

    /// The key of what the user just sealed.
    pub(super) fn set_key(&mut self, key: SealKey) {
        let link = self.magnet.take().unwrap_or_else(|| Magnet::new(self.hashes()));
        self.set_link(Some(Magnet { key: Some(key), ..link }));
    }

    fn forget_key(&mut self) {
        if self.key().is_some() {
            let link = self.magnet.take().map(|link| Magnet { key: None, ..link });
            self.set_link(link);
        }
    }

    /// What the record says of it is written with the record.
    pub(super) fn set_link(&mut self, link: Option<Magnet>) {
        self.record.magnet = link.as_ref().map(Magnet::to_string);
        self.magnet = link;
    }

    /// Fills `place` with bytes of a piece as peers have them.
    ///
    /// What is sealed is encrypted only if its piece is what was shared: two contents that were encrypted in one place tell
    /// how they differ. That is seen when a piece is first asked for in a visit, if it was not hashed before: others may
    /// change the user's files, and disks what is stored.
    pub(super) fn read_for_peers(
        &mut self,
        piece: PieceIndex,
        at: u64,
        place: &mut [u8],
    ) -> Result<(), Error> {
        if self.cipher().is_some() && !self.vouched.get(piece) {
            self.vouch(piece)?;
        }
        self.read(piece, at, place)?;
        if let Some(cipher) = self.cipher() {
            cipher.apply(at, place);
        }
        Ok(())
    }

    /// Sees whether a piece that is here is what was shared.
    fn vouch(&mut self, piece: PieceIndex) -> Result<(), Error> {
        let geometry = self.info().ok_or(Error::Broken)?.geometry();
        let at = geometry.offset_of(piece);
        let mut bytes = vec![0; geometry.length_of(piece) as usize];
        self.read(piece, at, &mut bytes)?;
        let is_stored = self.stored.as_ref().is_some_and(|stored| stored.get(piece));
        if !self.is_as_shared(piece, &mut bytes) {
            // What is stored and not right is as good as gone.
            return Err(if is_stored { Error::NotFound } else { self.changed(piece) });
        }
        self.vouched.set(piece);
        Ok(())
    }

    /// Compares a piece that was read with its hashes.
    pub(super) fn is_as_shared(&self, piece: PieceIndex, bytes: &mut [u8]) -> bool {
        let Some(metainfo) = &self.metainfo else { return false };
        let at = metainfo.info.geometry().offset_of(piece);
        if let Some(cipher) = self.cipher() {
            cipher.apply(at, bytes);
        }
        // One hash is enough, and SHA-1 is the faster one.
        let same = match metainfo.info.piece_hash(piece) {
            Some(hash) => hash == <[u8; 20]>::from(Sha1::digest(&*bytes)),
            None => metainfo.piece_layers.check(&metainfo.info, piece, bytes) == Check::Right,
        };
        if let Some(cipher) = self.cipher() {
            cipher.apply(at, bytes);
        }
        same
    }

    /// That a file of the user's in which a piece has bytes is not what was shared.
    pub(super) fn changed(&self, piece: PieceIndex) -> Error {
        let (Some(info), Some(files)) = (self.info(), &self.files) else { return Error::Broken };
        let geometry = info.geometry();
        files
            .changed(FileSpan { offset: geometry.offset_of(piece), length: geometry.length_of(piece).into() })
    }
}

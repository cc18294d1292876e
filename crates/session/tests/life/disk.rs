//! A disk in memory that can be full, can die between any two writes, and then loses what was not flushed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use session::{Error, FILES, File};

/// One folder's disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Rc<State>);

#[derive(Debug, Default)]
struct State {
    files: RefCell<BTreeMap<&'static str, Content>>,
    /// Bytes that all files together may have.
    room: Cell<Option<u64>>,
    /// Writes, cuts and flushes so far.
    writes: Cell<u64>,
    /// The write at which it dies.
    dies_at: Cell<Option<u64>>,
}

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    /// What is safe from a power failure, and what was done since then.
    flushed: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => {
                let (start, end) = (*at as usize, *at as usize + written.len());
                bytes.resize(bytes.len().max(end), 0);
                bytes[start..end].copy_from_slice(written);
            }
            Self::Truncate(length) => bytes.resize(*length as usize, 0),
        }
    }
}

impl Disk {
    /// The files of the folder, made where they are not there.
    pub(crate) fn files(&self) -> [OpenFile; FILES.len()] {
        FILES.map(|name| self.file(name))
    }

    /// One of them.
    pub(crate) fn file(&self, name: &'static str) -> OpenFile {
        self.0.files.borrow_mut().entry(name).or_default();
        OpenFile { disk: self.clone(), name }
    }

    /// Somebody deletes a file.
    pub(crate) fn delete(&self, name: &'static str) {
        self.0.files.borrow_mut().remove(name);
    }

    /// From now on there is room for so many bytes.
    pub(crate) fn set_room(&self, bytes: Option<u64>) {
        self.0.room.set(bytes);
    }

    /// Bytes in all files.
    pub(crate) fn used(&self) -> u64 {
        self.0.files.borrow().values().map(|content| content.bytes.len() as u64).sum()
    }

    /// Writes, cuts and flushes so far.
    pub(crate) fn writes(&self) -> u64 {
        self.0.writes.get()
    }

    /// Nothing is written from this write on.
    pub(crate) fn die_at(&self, write: u64) {
        self.0.dies_at.set(Some(write));
    }

    /// The power comes back. Of what was not flushed the disk has what `kept` says of each change, in any combination.
    pub(crate) fn restart(&self, mut kept: impl FnMut() -> bool) {
        self.0.dies_at.set(None);
        for content in self.0.files.borrow_mut().values_mut() {
            let mut bytes = std::mem::take(&mut content.flushed);
            for change in content.since.drain(..) {
                if kept() {
                    change.apply(&mut bytes);
                }
            }
            content.flushed.clone_from(&bytes);
            content.bytes = bytes;
        }
    }

    fn step(&self) -> Result<(), Error> {
        let writes = self.0.writes.get();
        if self.0.dies_at.get().is_some_and(|at| writes >= at) {
            return Err(Error::Failed("no power".to_owned()));
        }
        self.0.writes.set(writes + 1);
        Ok(())
    }

    fn change(&self, name: &'static str, change: Change) -> Result<(), Error> {
        self.step()?;
        let used = self.used();
        let mut files = self.0.files.borrow_mut();
        let content = files.entry(name).or_default();
        let length = match &change {
            Change::Write(at, bytes) => (at + bytes.len() as u64).max(content.bytes.len() as u64),
            Change::Truncate(length) => *length,
        };
        let more = length.saturating_sub(content.bytes.len() as u64);
        if more > 0 && self.0.room.get().is_some_and(|room| used + more > room) {
            return Err(Error::Full);
        }
        change.apply(&mut content.bytes);
        content.since.push(change);
        Ok(())
    }
}

/// An open file.
#[derive(Debug)]
pub(crate) struct OpenFile {
    disk: Disk,
    name: &'static str,
}

impl File for OpenFile {
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let files = self.disk.0.files.borrow();
        let bytes = files.get(self.name).map_or(&[][..], |content| &content.bytes);
        let there = bytes.get(at as usize..at as usize + buffer.len()).ok_or(Error::NotFound)?;
        buffer.copy_from_slice(there);
        Ok(())
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        self.disk.change(self.name, Change::Write(at, bytes.to_vec()))
    }

    fn length(&self) -> Result<u64, Error> {
        let files = self.disk.0.files.borrow();
        Ok(files.get(self.name).map_or(0, |content| content.bytes.len() as u64))
    }

    fn truncate(&self, length: u64) -> Result<(), Error> {
        self.disk.change(self.name, Change::Truncate(length))
    }

    fn flush(&self) -> Result<(), Error> {
        self.disk.step()?;
        let mut files = self.disk.0.files.borrow_mut();
        if let Some(content) = files.get_mut(self.name) {
            content.since.clear();
            content.flushed.clone_from(&content.bytes);
        }
        Ok(())
    }
}

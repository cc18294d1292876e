//! Handing complete files to the user: one, each, or all in one zip.
//!
//! Nothing is ever whole in memory. What is handed out are blobs that stay on the disk, and a zip is a blob too: small
//! headers, and between them the blobs of the files.

use std::ops::ControlFlow;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, JsString, Uint8Array};
use metainfo::{FileSpan, portable};
use protocol::{Refusal, StorageFault};
use swarm::Priority;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};
use zip::{Archive, Crc32, Time};

use super::Torrent;
use crate::browser::pause;
use crate::error::{refusal, thrown};
use crate::files::UserFiles;
use crate::store::{Directory, StoredFile};
use session::{Error, File as _};

/// Bytes read before peers get a turn again.
const TURN: u64 = 8 << 20;

/// Bytes read at once.
const STEP: u64 = 1 << 20;

/// Complete files on their way out.
#[derive(Debug)]
pub(crate) struct SaveJob {
    files: Vec<Outgoing>,
    from: Bytes,
    time: Time,
}

/// Why files cannot be handed out.
#[derive(Clone, Debug)]
pub(crate) enum SaveError {
    /// They cannot be read, or there is no room for a copy.
    Storage(Error),
    /// A zip cannot hold them.
    Zip(zip::Error),
}

/// A file on its way out.
#[derive(Debug)]
struct Outgoing {
    /// What to call it, folders included.
    path: String,
    position: usize,
    /// Where it is in what it comes from.
    span: FileSpan,
}

#[derive(Debug)]
enum Bytes {
    /// The user has them anyway.
    User(UserFiles),
    /// No change of the data around them reaches a blob any more.
    Finished(Rc<StoredFile>),
    /// Pieces beside them are still to be written, and a blob does not survive that: they are copied first.
    Unfinished(Rc<StoredFile>),
}

/// Hears how many bytes of how many are done, and may break off.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>;

/// What is needed for reading files once, from first to last.
struct Pass<'a> {
    from: &'a Bytes,
    /// Where they are copied to, one after the other.
    copy: Option<&'a StoredFile>,
    buffer: Vec<u8>,
    done: u64,
    total: u64,
    progress: Progress<'a>,
}

impl SaveJob {
    /// The file at this position of a torrent, if it is complete.
    pub(crate) fn of_file(torrent: &Torrent, position: u32) -> Option<Self> {
        let have = torrent.have()?;
        let position = position as usize;
        let file = torrent.contents().get(position).filter(|file| torrent.covers(&have, file.span))?;
        let path = file.path.last()?.clone();
        Self::of(torrent, vec![Outgoing { path, position, span: file.span }])
    }

    /// All files of a torrent that are wanted and complete, under names that every system can create.
    pub(crate) fn of_all(torrent: &Torrent) -> Option<Self> {
        let (files, have) = (torrent.contents(), torrent.have()?);
        let top = if torrent.is_single_file() { String::new() } else { portable::name(torrent.name()) + "/" };
        let paths = portable::paths(files.iter().map(|file| &file.path[..]), lower_case);
        let files = (0..).zip(files).zip(paths).filter_map(|((position, file), path)| {
            let wanted = torrent.priority(position) != Priority::Skip && torrent.covers(&have, file.span);
            let path = format!("{top}{}", path.join("/"));
            wanted.then_some(Outgoing { path, position: position as usize, span: file.span })
        });
        Self::of(torrent, files.collect())
    }

    fn of(torrent: &Torrent, mut files: Vec<Outgoing>) -> Option<Self> {
        let data = torrent.storage().data();
        let from = if let Some(reader) = torrent.files() {
            Bytes::User(reader.files().clone())
        } else if torrent.have().is_some_and(|have| have.is_full()) || data.blobs_are_copies() {
            Bytes::Finished(data.clone())
        } else {
            Bytes::Unfinished(data.clone())
        };
        if torrent.files().is_none() {
            for file in &mut files {
                file.span.offset = torrent.storage().places().of(file.span.offset);
            }
        }
        let time = torrent.metainfo()?.creation_date.map_or(Time::EARLIEST, Time::of_unix);
        (!files.is_empty()).then_some(Self { files, from, time })
    }

    /// What the files are called, with their folders.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    /// The bytes of each file. `number` tells one copy in `exports` from the others; `progress` hears how many bytes of
    /// how many are done, and may break off: then there is nothing.
    ///
    /// # Errors
    /// If storage fails, or is too full for a copy.
    pub(crate) async fn blobs(
        self,
        exports: &Directory,
        number: u32,
        progress: Progress<'_>,
    ) -> Result<Option<Vec<Blob>>, Error> {
        let copy = self.copy(exports, number).await?;
        if copy.is_some() {
            let mut pass = self.pass(copy.as_ref(), progress);
            for file in &self.files {
                if pass.read(file.span, &mut |_bytes| {}).await?.is_break() {
                    return Ok(None);
                }
            }
        }
        self.parts(copy).await.map(Some)
    }

    /// All files as one zip; the rest as for [`blobs`](Self::blobs). Their checksums stand in front of them, so they are
    /// read once before.
    ///
    /// # Errors
    /// If a file cannot be read, storage is too full for a copy, or a zip cannot hold the files.
    pub(crate) async fn zip(
        self,
        exports: &Directory,
        number: u32,
        progress: Progress<'_>,
    ) -> Result<Option<Blob>, SaveError> {
        let copy = self.copy(exports, number).await?;
        let mut pass = self.pass(copy.as_ref(), progress);
        let mut archive = Archive::new(self.time);
        let mut headers = Vec::with_capacity(self.files.len());
        let mut crc = Crc32::new();
        for Outgoing { path, span, .. } in &self.files {
            crc.reset();
            if pass.read(*span, &mut |bytes| crc.update(bytes)).await?.is_break() {
                return Ok(None);
            }
            let file = zip::File { path, length: span.length, crc: crc.sum() };
            headers.push(archive.file(&file)?);
        }
        let parts = Array::new();
        for (header, blob) in headers.iter().zip(self.parts(copy).await?) {
            parts.push(&Uint8Array::from(&header[..]));
            parts.push(&blob);
        }
        parts.push(&Uint8Array::from(&archive.finish()[..]));
        let options = BlobPropertyBag::new();
        options.set_type("application/zip");
        Blob::new_with_blob_sequence_and_options(&parts, &options)
            .map(Some)
            .map_err(|error| thrown(&error).into())
    }

    /// A place for a copy, if one is needed.
    async fn copy(&self, exports: &Directory, number: u32) -> Result<Option<StoredFile>, Error> {
        match self.from {
            Bytes::Unfinished(_) => exports.open(&number.to_string()).await.map(Some),
            Bytes::User(_) | Bytes::Finished(_) => Ok(None),
        }
    }

    fn pass<'a>(&'a self, copy: Option<&'a StoredFile>, progress: Progress<'a>) -> Pass<'a> {
        let total = self.files.iter().map(|file| file.span.length).sum();
        Pass { from: &self.from, copy, buffer: Vec::new(), done: 0, total, progress }
    }

    /// The files where they are, or in the copy.
    async fn parts(&self, copy: Option<StoredFile>) -> Result<Vec<Blob>, Error> {
        let (data, base) = match (&self.from, &copy) {
            (Bytes::User(files), _) => {
                let file =
                    |outgoing: &Outgoing| files.file(outgoing.position).map(|file| file.clone().into());
                return self.files.iter().map(|outgoing| file(outgoing).ok_or(Error::Broken)).collect();
            }
            (_, Some(copy)) => {
                copy.flush()?;
                (copy, 0)
            }
            (Bytes::Finished(data) | Bytes::Unfinished(data), None) => {
                (&**data, self.files.first().map_or(0, |file| file.span.offset))
            }
        };
        let length = match &copy {
            Some(_) => self.files.iter().map(|file| file.span.length).sum(),
            None => self.files.last().map_or(0, |file| file.span.end() - base),
        };
        // The browser is asked for one blob: each takes it a while, and there may be a hundred thousand files.
        let whole = data.blob(FileSpan { offset: base, length }).await?;
        let mut place = 0;
        let part = |file: &Outgoing| {
            if copy.is_none() {
                place = file.span.offset - base;
            }
            let start = place;
            place += file.span.length;
            whole.slice_with_f64_and_f64(start as f64, place as f64).map_err(|error| thrown(&error))
        };
        self.files.iter().map(part).collect()
    }
}

impl From<Error> for SaveError {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}

impl From<zip::Error> for SaveError {
    fn from(error: zip::Error) -> Self {
        Self::Zip(error)
    }
}

impl From<SaveError> for Refusal {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Zip(zip::Error::PathTooLong { start }) => Self::ZipPath { start },
            SaveError::Zip(_) => Self::Storage(StorageFault::Unreadable),
            SaveError::Storage(error) => refusal(error),
        }
    }
}

impl Pass<'_> {
    /// Hands a file's bytes to `each`, part by part, and lets everything else have its turns.
    async fn read(&mut self, span: FileSpan, each: &mut dyn FnMut(&[u8])) -> Result<ControlFlow<()>, Error> {
        let mut at = span.offset;
        while at < span.end() {
            let part = FileSpan { offset: at, length: STEP.min(span.end() - at) };
            self.buffer.resize(part.length as usize, 0);
            match self.from {
                Bytes::User(files) => {
                    let bytes = JsFuture::from(files.load(part)?).await;
                    let bytes: ArrayBuffer = bytes.map_err(|_gone| files.changed(part))?.unchecked_into();
                    if u64::from(bytes.byte_length()) != part.length {
                        return Err(files.changed(part));
                    }
                    Uint8Array::new(&bytes).copy_to(&mut self.buffer);
                }
                Bytes::Finished(data) | Bytes::Unfinished(data) => data.read(at, &mut self.buffer)?,
            }
            each(&self.buffer);
            if let Some(copy) = self.copy {
                copy.write(self.done, &self.buffer)?;
            }
            at = part.end();
            let turns = self.done / TURN;
            self.done += part.length;
            if self.done / TURN > turns {
                pause(0).await;
            }
            if (self.progress)(self.done, self.total).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn lower_case(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

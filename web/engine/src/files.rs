//! The user's own files, read in place as the bytes of a torrent.

use std::collections::VecDeque;
use std::fmt;

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use metainfo::FileSpan;
use session::FileStamp;
use wasm_bindgen::JsCast as _;
use web_sys::{Blob, File, FileReaderSync};

use crate::error::thrown;
use session::Error;

/// Bytes read at once: asking the browser for a part of a file costs about as much as reading this much.
const CHUNK: u64 = 1 << 20;

/// Chunks kept, for peers that read in different places.
const MAX_CHUNKS: usize = 12;

/// Files that lie as a torrent has them: end to end, or with gaps that are zeros (BEP 47).
#[derive(Clone)]
pub struct UserFiles {
    files: Vec<(FileSpan, String, File)>,
}

impl fmt::Debug for UserFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserFiles({} files)", self.files.len())
    }
}

impl UserFiles {
    /// `files` in torrent order, each with its place and its path in the torrent.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (FileSpan, String, File)>) -> Self {
        Self { files: files.into_iter().collect() }
    }

    /// The files of a torrent, for those that a user says they are.
    ///
    /// # Errors
    /// [`Error::OtherFiles`] unless there are as many, of the same lengths.
    pub fn of(contents: &[metainfo::File], files: Vec<File>) -> Result<Self, Error> {
        let mut given = files.into_iter();
        let mut matching = Vec::new();
        for expected in contents {
            let path = expected.path_string();
            match given.next() {
                Some(file) if file.size() as u64 == expected.span.length => {
                    matching.push((expected.span, path, file));
                }
                _ => return Err(Error::OtherFiles { path }),
            }
        }
        match given.next() {
            Some(extra) => Err(Error::OtherFiles { path: extra.name() }),
            None => Ok(Self::new(matching)),
        }
    }

    /// By what each file is known again.
    #[must_use]
    pub fn stamps(&self) -> Vec<FileStamp> {
        let stamp = |(span, _, file): &(FileSpan, String, File)| FileStamp {
            length: span.length,
            modified: file.last_modified(),
        };
        self.files.iter().map(stamp).collect()
    }

    /// The file at this position of the torrent's list.
    #[must_use]
    pub fn file(&self, position: usize) -> Option<&File> {
        self.files.get(position).map(|(_, _, file)| file)
    }

    /// A run of the torrent's bytes as a blob; it may span files, and gaps. Nothing is read yet.
    ///
    /// # Errors
    /// If the browser cannot take parts of the files.
    pub fn blob(&self, span: FileSpan) -> Result<Blob, Error> {
        let parts = Array::new();
        let mut end = span.offset;
        let zeros = |count: u64| Uint8Array::new_with_length(count as u32);
        for (own, _, file) in self.touching(span) {
            let start = span.offset.max(own.offset);
            if start > end {
                parts.push(&zeros(start - end));
            }
            end = span.end().min(own.end());
            let part = file.slice_with_f64_and_f64((start - own.offset) as f64, (end - own.offset) as f64);
            let part: Blob = part.map_err(|_gone| self.changed(span))?;
            parts.push(part.as_ref());
        }
        if span.end() > end {
            parts.push(&zeros(span.end() - end));
        }
        if parts.length() == 1 && parts.get(0).is_instance_of::<Blob>() {
            return Ok(parts.get(0).unchecked_into());
        }
        Blob::new_with_blob_sequence(&parts).map_err(|_gone| self.changed(span))
    }

    /// The bytes of `span`, as a promise of an `ArrayBuffer`: reading goes on while others are hashed.
    ///
    /// # Errors
    /// As [`blob`](Self::blob).
    pub fn load(&self, span: FileSpan) -> Result<Promise, Error> {
        self.blob(span).map(|blob| blob.array_buffer())
    }

    /// That a file which `span` touches can no longer be read as it was.
    #[must_use]
    pub fn changed(&self, span: FileSpan) -> Error {
        let path = self.touching(span).next().map(|(_, path, _)| path.clone()).unwrap_or_default();
        Error::FileChanged { path }
    }

    fn touching(&self, span: FileSpan) -> impl Iterator<Item = &(FileSpan, String, File)> {
        let first = self.files.partition_point(|(own, ..)| own.end() <= span.offset);
        let own = self.files[first..].iter().take_while(move |(own, ..)| own.offset < span.end());
        own.filter(|(own, ..)| own.length > 0)
    }
}

/// Reads a torrent's bytes from the user's files at once, for peers that wait.
pub struct Reader {
    files: UserFiles,
    reader: FileReaderSync,
    /// Least recently used first; numbered from the start of the torrent.
    chunks: VecDeque<(u64, Vec<u8>)>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("files", &self.files).finish_non_exhaustive()
    }
}

impl session::UserFiles for Reader {
    fn stamps(&self) -> Vec<FileStamp> {
        self.files.stamps()
    }

    fn read(&mut self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let mut at = at;
        let mut rest = buffer;
        while !rest.is_empty() {
            let chunk = self.chunk(at / CHUNK)?;
            let have = chunk.get((at % CHUNK) as usize..).unwrap_or_default();
            let length = have.len().min(rest.len());
            if length == 0 {
                return Err(self.files.changed(FileSpan { offset: at, length: 1 }));
            }
            let (now, later) = rest.split_at_mut(length);
            now.copy_from_slice(&have[..length]);
            rest = later;
            at += length as u64;
        }
        Ok(())
    }

    fn changed(&self, span: FileSpan) -> Error {
        self.files.changed(span)
    }
}

impl Reader {
    /// # Errors
    /// If the browser has no way to read files at once, which every worker has.
    pub fn new(files: UserFiles) -> Result<Self, Error> {
        let reader = FileReaderSync::new().map_err(|error| thrown(&error))?;
        Ok(Self { files, reader, chunks: VecDeque::new() })
    }

    /// The files that it reads.
    #[must_use]
    pub const fn files(&self) -> &UserFiles {
        &self.files
    }

    fn chunk(&mut self, number: u64) -> Result<&[u8], Error> {
        if let Some(position) = self.chunks.iter().position(|(known, _)| *known == number) {
            if let Some(chunk) = self.chunks.remove(position) {
                self.chunks.push_back(chunk);
            }
        } else {
            let reused = if self.chunks.len() < MAX_CHUNKS { None } else { self.chunks.pop_front() };
            let bytes = self.load(number, reused.map(|(_, bytes)| bytes).unwrap_or_default())?;
            self.chunks.push_back((number, bytes));
        }
        Ok(self.chunks.back().map_or(&[], |(_, bytes)| bytes))
    }

    fn load(&self, number: u64, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
        let offset = number * CHUNK;
        let span = FileSpan { offset, length: CHUNK };
        let blob = self.files.blob(span)?;
        let buffer: ArrayBuffer =
            self.reader.read_as_array_buffer(&blob).map_err(|_gone| self.files.changed(span))?;
        bytes.resize(buffer.byte_length() as usize, 0);
        Uint8Array::new(&buffer).copy_to(&mut bytes);
        Ok(bytes)
    }
}

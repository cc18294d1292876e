//! Storage that ends with this worker, for where the browser denies any other: some private windows, and frames in
//! other sites' pages.
//!
//! The bytes are JavaScript's: our own memory never shrinks, and could not grow to as much.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Reflect, Uint8Array};
use litemap::LiteMap;
use metainfo::FileSpan;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Blob;

use crate::browser::scope;
use session::Error;

/// Bytes that are claimed at once.
const CHUNK: u64 = 64 << 10;

/// More than this is not claimed, however much memory there is.
const MAX_ROOM: u64 = 1 << 30;

#[wasm_bindgen]
extern "C" {
    /// `Uint8Array`, whose constructor throws where there is no memory for it.
    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type Chunk;

    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn allocate(length: u32) -> Result<Chunk, JsValue>;
}

/// How much may be stored, and how much is.
#[derive(Debug)]
pub struct Room {
    used: Cell<u64>,
    limit: u64,
}

impl Room {
    /// Room for so many bytes.
    #[must_use]
    pub fn new(limit: u64) -> Rc<Self> {
        Rc::new(Self { used: Cell::new(0), limit })
    }

    /// What this device can spare: a quarter of its memory, as far as the browser tells.
    #[must_use]
    pub fn of_device() -> Rc<Self> {
        let gibibytes = Reflect::get(&scope().navigator(), &JsValue::from_str("deviceMemory"));
        let gibibytes = gibibytes.ok().and_then(|memory| memory.as_f64());
        let quarter = gibibytes.map_or(MAX_ROOM, |memory| (memory * (MAX_ROOM / 4) as f64) as u64);
        Self::new(quarter.min(MAX_ROOM))
    }

    /// Bytes in use.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.used.get()
    }

    /// Bytes in all.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    fn has(&self, bytes: u64) -> bool {
        self.used.get() + bytes <= self.limit
    }
}

/// A folder.
#[derive(Clone, Debug)]
pub struct Directory {
    room: Rc<Room>,
    entries: Rc<RefCell<LiteMap<String, Entry>>>,
}

#[derive(Debug)]
enum Entry {
    Directory(Directory),
    File(StoredFile),
}

impl Directory {
    /// An empty folder, in which everything takes of this room.
    #[must_use]
    pub fn new(room: Rc<Room>) -> Self {
        Self { room, entries: Rc::default() }
    }

    /// The room that it takes of.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// A folder in this one, made if it is not there.
    #[must_use]
    pub fn directory(&self, name: &str) -> Self {
        let mut entries = self.entries.borrow_mut();
        if let Some(Entry::Directory(directory)) = entries.get(name) {
            return directory.clone();
        }
        let directory = Self::new(Rc::clone(&self.room));
        entries.insert(name.to_owned(), Entry::Directory(directory.clone()));
        directory
    }

    /// A file in this folder, made if it is not there.
    #[must_use]
    pub fn open(&self, name: &str) -> StoredFile {
        let mut entries = self.entries.borrow_mut();
        if let Some(Entry::File(file)) = entries.get(name) {
            return file.clone();
        }
        let content =
            Content { room: Rc::clone(&self.room), chunks: RefCell::default(), length: Cell::new(0) };
        let file = StoredFile(Rc::new(content));
        entries.insert(name.to_owned(), Entry::File(file.clone()));
        file
    }

    /// Removes a file or a folder with everything in it. Files that are open go with whoever closes them last.
    pub fn remove(&self, name: &str) {
        self.entries.borrow_mut().remove(name);
    }

    /// What is in this folder.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.entries.borrow().keys().cloned().collect()
    }
}

/// An open file. All that are open under one name are one.
#[derive(Clone, Debug)]
pub struct StoredFile(Rc<Content>);

#[derive(Debug)]
struct Content {
    room: Rc<Room>,
    /// Those that nothing was written to are zeros, and take no room.
    chunks: RefCell<Vec<Option<Uint8Array>>>,
    length: Cell<u64>,
}

impl StoredFile {
    /// Fills `buffer` from the file's byte `at` on.
    ///
    /// # Errors
    /// If the file ends before.
    pub fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let span = FileSpan { offset: at, length: buffer.len() as u64 };
        self.parts(span, |at, part, length| {
            let place = &mut buffer[at as usize..(at + length) as usize];
            match part {
                Some(part) => part.copy_to(place),
                None => place.fill(0),
            }
        })
    }

    /// A run of the file's bytes.
    ///
    /// # Errors
    /// If the file ends before.
    pub fn bytes(&self, span: FileSpan) -> Result<ArrayBuffer, Error> {
        let bytes = Chunk::allocate(span.length as u32).map_err(|_no_memory| Error::MemoryFull)?;
        self.parts(span, |at, part, _| {
            if let Some(part) = part {
                bytes.set(&part, at as u32);
            }
        })?;
        Ok(bytes.buffer())
    }

    /// Writes `bytes` from the file's byte `at` on; the file grows where needed.
    ///
    /// # Errors
    /// [`Error::MemoryFull`] if there is no room for all of them. Some may be written.
    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let (mut at, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min((CHUNK - at % CHUNK) as usize));
            let start = (at % CHUNK) as u32;
            self.chunk((at / CHUNK) as usize)?.subarray(start, start + now.len() as u32).copy_from(now);
            at += now.len() as u64;
            self.0.length.set(self.0.length.get().max(at));
            rest = later;
        }
        Ok(())
    }

    /// Length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.length.get()
    }

    /// Cuts the file to `length` bytes, or fills it up to there with zeros.
    ///
    /// # Errors
    /// [`Error::MemoryFull`] if there would be no room for what such a file can hold; then nothing changes.
    pub fn truncate(&self, length: u64) -> Result<(), Error> {
        let Content { room, chunks, length: before } = &*self.0;
        let mut chunks = chunks.borrow_mut();
        let count = length.div_ceil(CHUNK) as usize;
        let kept = chunks.iter().take(count).flatten().count();
        if length > before.get() && !room.has((count - kept) as u64 * CHUNK) {
            return Err(Error::MemoryFull);
        }
        let given_up = chunks.iter().skip(count).flatten().count();
        chunks.truncate(count);
        room.used.set(room.used.get() - given_up as u64 * CHUNK);
        if let (true, Some(Some(last))) = (length < before.get(), chunks.get(count.wrapping_sub(1))) {
            // Should the file grow again, there are zeros.
            last.fill(0, ((length - 1) % CHUNK + 1) as u32, CHUNK as u32);
        }
        before.set(length);
        Ok(())
    }

    /// A copy of a run of the file's bytes, which later writes leave alone. Browsers keep large ones on the disk
    /// even where pages may not.
    ///
    /// # Errors
    /// If the file ends before, or there is no memory for the copy.
    pub fn blob(&self, span: FileSpan) -> Result<Blob, Error> {
        let parts = Array::new();
        self.parts(span, |_, part, length| {
            let zeros = || Uint8Array::new_with_length(length as u32);
            parts.push(&part.unwrap_or_else(zeros));
        })?;
        Blob::new_with_u8_array_sequence(&parts).map_err(|_no_memory| Error::MemoryFull)
    }

    /// Calls `each` for every part of `span`: where in the span it is, its bytes (none: zeros) and its length.
    fn parts(&self, span: FileSpan, mut each: impl FnMut(u64, Option<Uint8Array>, u64)) -> Result<(), Error> {
        if span.end() > self.length() {
            return Err(Error::NotFound);
        }
        let chunks = self.0.chunks.borrow();
        let mut at = span.offset;
        while at < span.end() {
            let start = at % CHUNK;
            let length = (CHUNK - start).min(span.end() - at);
            let chunk = chunks.get((at / CHUNK) as usize).and_then(Option::as_ref);
            let part = chunk.map(|chunk| chunk.subarray(start as u32, (start + length) as u32));
            each(at - span.offset, part, length);
            at += length;
        }
        Ok(())
    }

    fn chunk(&self, number: usize) -> Result<Uint8Array, Error> {
        let Content { room, chunks, .. } = &*self.0;
        let mut chunks = chunks.borrow_mut();
        if let Some(Some(chunk)) = chunks.get(number) {
            return Ok(chunk.clone());
        }
        if !room.has(CHUNK) {
            return Err(Error::MemoryFull);
        }
        let chunk = Chunk::allocate(CHUNK as u32).map_err(|_no_memory| Error::MemoryFull)?;
        let chunk: Uint8Array = chunk.unchecked_into();
        if chunks.len() <= number {
            chunks.resize(number + 1, None);
        }
        chunks[number] = Some(chunk.clone());
        room.used.set(room.used.get() + CHUNK);
        Ok(chunk)
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        let taken = self.chunks.get_mut().iter().flatten().count() as u64 * CHUNK;
        self.room.used.set(self.room.used.get() - taken);
    }
}

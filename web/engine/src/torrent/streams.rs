//! Files that media elements read, complete or not.
//!
//! A stream sends what is here, as far as its reader has room, and waits for the piece behind it. What it will need next
//! is due in the engine, and not any more once the reader is gone: a seek is one reader that goes and another that comes.

use js_sys::{ArrayBuffer, Uint8Array};
use litemap::LiteMap;
use metainfo::{FileSpan, PieceIndex};
use protocol::stream::{MAX_CHUNK, StreamRequest};
use stream::{Head, Request, Resource, Window, has_index_at_either_end, media_type, opening};
use swarm::{Input, Priority, Time};

use super::Torrent;
use crate::stream::{Outlet, Signal};
use session::Error;

/// Readers of one torrent. Players have one or two each; more belong to pages that are gone or do not behave.
const MAX_STREAMS: usize = 16;

/// Chunks that may wait for a reader: more are memory that nobody needs.
const MAX_CREDIT: u32 = 16;

/// Names one stream of this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamKey(pub(crate) u32);

/// One answer to a media element.
#[derive(Debug)]
pub(crate) struct Stream {
    key: StreamKey,
    path: Vec<String>,
    request: StreamRequest,
    outlet: Outlet,
    /// Chunks that may be sent.
    credit: u32,
    /// When its reader last asked for bytes.
    used: Time,
    /// What it sends; `None` until the metadata tells.
    reading: Option<Reading>,
}

#[derive(Debug)]
struct Reading {
    file: u32,
    window: Window,
}

/// The streams of a torrent.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: Vec<Stream>,
    /// Bytes a second that players need of each file, as they told.
    rates: LiteMap<u32, u64>,
}

impl Stream {
    pub(crate) const fn new(
        now: Time,
        key: StreamKey,
        path: Vec<String>,
        request: StreamRequest,
        outlet: Outlet,
    ) -> Self {
        Self { key, path, request, outlet, credit: 0, used: now, reading: None }
    }

    /// Which one it is.
    pub(crate) const fn key(&self) -> StreamKey {
        self.key
    }

    /// There are no bytes for it, and `status` says why.
    pub(crate) fn reject(&self, status: u16) {
        Self::refuse(&self.outlet, status);
    }

    /// The same, for a request that never became a stream.
    pub(crate) fn refuse(outlet: &Outlet, status: u16) {
        outlet.begin(&Head::without_file(status));
        outlet.end();
    }

    /// Takes note of what the reader says; whether it is still there.
    pub(crate) fn signalled(&mut self, signal: Signal) -> bool {
        match signal {
            Signal::Credit(chunks) => self.credit = self.credit.saturating_add(chunks).min(MAX_CREDIT),
            Signal::Gone => return false,
        }
        true
    }

    fn fail(&self, why: &str) {
        if self.reading.is_some() { self.outlet.fail(why) } else { self.reject(503) }
    }
}

impl Streams {
    /// The engine has forgotten what is due.
    pub(super) fn renew(&mut self) {
        for reading in self.open.iter_mut().filter_map(|stream| stream.reading.as_mut()) {
            reading.window.renew();
        }
    }

    fn position(&self, key: StreamKey) -> Option<usize> {
        self.open.iter().position(|stream| stream.key == key)
    }
}

impl Torrent {
    /// Begins to answer a media element.
    pub(crate) fn open_stream(&mut self, now: Time, stream: Stream) {
        if self.streams.open.len() >= MAX_STREAMS {
            let idle = (0..).zip(&self.streams.open).min_by_key(|(_, stream)| stream.used);
            if let Some((idle, _)) = idle {
                let stream = self.streams.open.remove(idle);
                stream.fail("Too many players read this torrent at once.");
                self.stream_ended(now, stream);
            }
        }
        self.streams.open.push(stream);
    }

    /// Whether this stream is one of this torrent's.
    pub(crate) fn has_stream(&self, key: StreamKey) -> bool {
        self.streams.position(key).is_some()
    }

    /// The reader of a stream says something.
    pub(crate) fn stream_signalled(&mut self, now: Time, key: StreamKey, signal: Signal) {
        let Some(position) = self.streams.position(key) else { return };
        let stream = &mut self.streams.open[position];
        stream.used = now;
        if !stream.signalled(signal) {
            let stream = self.streams.open.remove(position);
            self.stream_ended(now, stream);
        }
    }

    /// A player needs so many bytes of a file each second.
    pub(crate) fn playing(&mut self, file: u32, bytes_per_second: u64) {
        if self.info().is_none_or(|info| info.files().len() <= file as usize) {
            return;
        }
        self.streams.rates.insert(file, bytes_per_second);
        let readings = self.streams.open.iter_mut().filter_map(|stream| stream.reading.as_mut());
        for reading in readings.filter(|reading| reading.file == file) {
            reading.window.set_rate(bytes_per_second);
            reading.window.renew();
        }
    }

    /// Has the opening of what people are most likely to play fetched first, ahead of its player, which comes when the page
    /// has drawn it and by then would wait behind blocks from anywhere in the torrent.
    pub(super) fn expect_player(&mut self, now: Time) {
        let Some(metainfo) = self.metainfo.as_ref().filter(|_| self.reader.is_none() && !self.complete())
        else {
            return;
        };
        let info = &metainfo.info;
        let wanted = (0..).zip(info.files()).filter(|(file, _)| self.priority(*file) != Priority::Skip);
        let films = wanted.filter_map(|(_, file)| {
            let name = media_type(file.path.last()?).name;
            name.starts_with("video/").then_some((file.span, name))
        });
        let Some((film, name)) = films.max_by_key(|(span, _)| span.length) else { return };
        for span in opening(film, name) {
            self.drive.handle(now, Input::Deadline { span, due: Some(now) });
        }
    }

    /// Ends every stream, as the torrent goes.
    pub(super) fn end_streams(&mut self) {
        for stream in std::mem::take(&mut self.streams.open) {
            stream.fail("This torrent was removed.");
        }
    }

    /// Sends what has arrived to those who wait for it. Whether the engine has something to say to that.
    pub(super) fn feed_streams(&mut self, now: Time) -> bool {
        let mut news = false;
        let mut position = 0;
        // Each is taken out while it is fed, for that takes the rest of the torrent.
        while position < self.streams.open.len() {
            let mut stream = self.streams.open.remove(position);
            if self.feed(now, &mut stream, &mut news) {
                self.streams.open.insert(position, stream);
                position += 1;
            } else {
                self.stream_ended(now, stream);
                news = true;
            }
        }
        news
    }

    /// Sends one reader what is here for it. Whether there is more to come.
    fn feed(&mut self, now: Time, stream: &mut Stream, news: &mut bool) -> bool {
        if stream.reading.is_none() {
            match self.begin(now, stream, news) {
                Some(reading) => stream.reading = Some(reading),
                None if self.info().is_some() => return false,
                None => {}
            }
        }
        let Stream { outlet, credit, reading, .. } = &mut *stream;
        if let Some(Reading { window, .. }) = reading {
            while *credit > 0
                && let Some(run) = self.run_here(window)
            {
                match self.read_run(run) {
                    Ok(chunk) => outlet.send(&chunk),
                    Err(error) => {
                        if let Some(piece) = self.piece_at(run.offset) {
                            self.lost(now, piece, error);
                        }
                        *news = true;
                        break;
                    }
                }
                window.advance(run.length);
                *credit -= 1;
            }
            if window.rest().is_empty() {
                outlet.end();
                return false;
            }
            self.ask_ahead(now, window, news);
            if self.run_here(window).is_some() {
                return true;
            }
        }
        // What is missing does not come while the torrent rests.
        let waits = self.active() || self.check.is_some();
        if !waits {
            stream.fail(match &self.problem {
                Some(_) => "This download has stopped.",
                None => "This download is paused.",
            });
        }
        waits
    }

    /// Sends the head of an answer; what of the file follows it, if anything does. `None` as well while the metadata
    /// is unknown.
    fn begin(&mut self, now: Time, stream: &Stream, news: &mut bool) -> Option<Reading> {
        let files = self.info()?.files();
        let Some(position) = files.iter().position(|file| file.path == stream.path) else {
            stream.reject(404);
            return None;
        };
        let span = files[position].span;
        let name = stream.path.last()?;
        let StreamRequest { method, range, if_range, .. } = &stream.request;
        let request = Request { method, range: range.as_deref(), if_range: if_range.as_deref() };
        let tag = format!("\"{}-{position}\"", self.info_hash);
        let head = request.answer(Resource { name, size: span.length, tag: &tag });
        stream.outlet.begin(&head);
        if head.body.is_empty() {
            stream.outlet.end();
            return None;
        }
        let file = position as u32;
        if self.priority(file) == Priority::Skip {
            self.select(now, file, Priority::Normal);
            *news = true;
        }
        let from_start = head.body.start == 0;
        let bytes = span.offset + head.body.start..span.offset + head.body.end;
        let window = Window::new(bytes, self.streams.rates.get(&file).copied());
        let needs_tail = from_start && has_index_at_either_end(media_type(name).name);
        Some(Reading { file, window: if needs_tail { window.with_tail() } else { window } })
    }

    /// Tells the engine what is needed next.
    fn ask_ahead(&mut self, now: Time, window: &mut Window, news: &mut bool) {
        let Some(metainfo) = &self.metainfo else { return };
        if self.reader.is_some() || self.complete() {
            return;
        }
        for (span, wait) in window.next(metainfo.info.geometry()) {
            self.drive.handle(now, Input::Deadline { span, due: Some(now + wait) });
            *news = true;
        }
    }

    /// Takes back what was due for a stream, unless another needs it too.
    fn stream_ended(&mut self, now: Time, stream: Stream) {
        let Some(Reading { window, .. }) = stream.reading else { return };
        for span in window.pending() {
            self.drive.handle(now, Input::Deadline { span, due: None });
        }
        self.streams.renew();
    }

    fn piece_at(&self, offset: u64) -> Option<PieceIndex> {
        self.info()?.geometry().piece_at(offset)
    }

    /// The next bytes of a window that are here, and in one place: at most a chunk.
    fn run_here(&self, window: &Window) -> Option<FileSpan> {
        let (geometry, stored) = (self.info()?.geometry(), self.stored.as_ref()?);
        let rest = window.rest();
        let limit = rest.end.min(rest.start + u64::from(MAX_CHUNK));
        let span = FileSpan { offset: rest.start, length: limit - rest.start };
        let is_copied = stored.get(geometry.piece_at(rest.start)?);
        let mut end = rest.start;
        for piece in geometry.pieces_of(span) {
            let is_here = stored.get(piece) || self.reader.is_some();
            if !is_here || stored.get(piece) != is_copied {
                break;
            }
            end = limit.min(geometry.offset_of(piece) + u64::from(geometry.length_of(piece)));
        }
        (end > rest.start).then(|| FileSpan { offset: rest.start, length: end - rest.start })
    }

    fn read_run(&mut self, run: FileSpan) -> Result<ArrayBuffer, Error> {
        let is_copied = self
            .piece_at(run.offset)
            .is_some_and(|piece| self.stored.as_ref().is_some_and(|stored| stored.get(piece)));
        match &mut self.reader {
            Some(reader) if !is_copied => {
                let mut bytes = vec![0; run.length as usize];
                reader.read(run.offset, &mut bytes)?;
                Ok(Uint8Array::from(&bytes[..]).buffer())
            }
            _ => self.folder.data().bytes(run),
        }
    }
}

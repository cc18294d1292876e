//! Files that somebody reads from start to end, complete or not, as media players do.
//!
//! A stream sends what is here, as far as its reader has room, and waits for the piece behind it. What it will need next
//! is due in the engine, and not any more once the reader is gone: a seek is one reader that goes and another that comes.

use litemap::LiteMap;
use metainfo::FileSpan;
use stream::{Head, Request, Resource, Window, has_index_at_either_end, media_type, opening};
use swarm::{Input, Priority, Time};

use super::{Break, Output, Torrent};
use crate::{Error, Storage, UserFiles};

/// Bytes in one [`Output::Stream`].
pub const MAX_CHUNK: u32 = 256 * 1024;

/// Readers of one torrent. Players have one or two each; more belong to pages that are gone or do not behave.
const MAX_STREAMS: usize = 16;

/// Chunks that may wait for a reader: more are memory that nobody needs.
const MAX_CREDIT: u32 = 16;

/// Names one stream, as the driver numbers it: unique in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamKey(pub u32);

/// The part of an HTTP request for a file that its answer depends on.
#[derive(Clone, Debug)]
pub struct StreamRequest {
    /// The file's folders and name in the torrent.
    pub path: Vec<String>,
    /// The method.
    pub method: String,
    /// The `Range` header.
    pub range: Option<String>,
    /// The `If-Range` header.
    pub if_range: Option<String>,
}

/// The streams of a torrent.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: Vec<Stream>,
    /// Bytes a second that players need of each file, as they told.
    rates: LiteMap<u32, u64>,
}

#[derive(Debug)]
struct Stream {
    key: StreamKey,
    request: StreamRequest,
    /// Chunks that may be sent.
    credit: u32,
    /// When its reader last asked for bytes.
    used: Time,
    /// What it sends; `None` until the metadata tells.
    reading: Option<Reading>,
    /// A chunk is being read for it.
    chunk: Option<FileSpan>,
    /// What is here for it cannot be read.
    failed: bool,
}

#[derive(Debug)]
struct Reading {
    file: u32,
    window: Window,
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

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Begins to answer a request, for a reader that takes so many chunks at first.
    pub fn open_stream(&mut self, now: Time, key: StreamKey, request: StreamRequest, credit: u32) {
        if self.streams.open.len() >= MAX_STREAMS {
            let idle = (0..).zip(&self.streams.open).min_by_key(|(_, stream)| stream.used);
            if let Some((idle, _)) = idle {
                let stream = self.streams.open.remove(idle);
                self.break_off(&stream, Break::TooMany);
                self.stream_ended(now, stream);
            }
        }
        let credit = credit.min(MAX_CREDIT);
        self.streams.open.push(Stream {
            key,
            request,
            credit,
            used: now,
            reading: None,
            chunk: None,
            failed: false,
        });
    }

    /// The reader of a stream takes so many chunks more.
    pub fn stream_takes(&mut self, now: Time, key: StreamKey, chunks: u32) {
        if let Some(position) = self.streams.position(key) {
            let stream = &mut self.streams.open[position];
            stream.used = now;
            stream.credit = stream.credit.saturating_add(chunks).min(MAX_CREDIT);
        }
    }

    /// The reader of a stream is gone.
    pub fn stream_gone(&mut self, now: Time, key: StreamKey) {
        if let Some(position) = self.streams.position(key) {
            let stream = self.streams.open.remove(position);
            self.stream_ended(now, stream);
        }
    }

    /// Whether this stream is one of its own.
    pub(crate) fn has_stream(&self, key: StreamKey) -> bool {
        self.streams.position(key).is_some()
    }

    /// What came of the last [`Output::Stream`] for this reader.
    pub fn streamed(&mut self, now: Time, key: StreamKey, sent: Result<(), Error>) {
        let Some(position) = self.streams.position(key) else { return };
        let stream = &mut self.streams.open[position];
        let Some(span) = stream.chunk.take() else { return };
        match sent {
            Ok(()) => {
                stream.credit -= 1;
                if let Some(reading) = &mut stream.reading {
                    reading.window.advance(span.length);
                }
            }
            Err(error) => {
                let piece = self.info().and_then(|info| info.geometry().piece_at(span.offset));
                if let Some(piece) = piece {
                    self.lost(now, piece, error);
                    self.streams.open[position].failed = self.problem.is_some();
                }
            }
        }
    }

    /// A player needs so many bytes of a file each second.
    pub fn playing(&mut self, file: u32, bytes_per_second: u64) {
        if self.contents().len() <= file as usize {
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
        if self.files.is_some() || self.complete() {
            return;
        }
        let files = (0..).zip(self.contents());
        let films =
            files.filter(|(file, _)| self.priority(*file) != Priority::Skip).filter_map(|(_, file)| {
                let name = media_type(file.path.last()?).name;
                name.starts_with("video/").then_some((file.span, name))
            });
        let Some((film, name)) = films.max_by_key(|(span, _)| span.length) else { return };
        for span in opening(film, name) {
            self.handle(now, Input::Deadline { span, due: Some(now) });
        }
    }

    /// Ends every stream, as the torrent goes.
    pub(super) fn end_streams(&mut self) {
        for stream in std::mem::take(&mut self.streams.open) {
            self.break_off(&stream, Break::Removed);
        }
    }

    /// Has what has arrived sent to those who wait for it. Whether there is something to do for that.
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

    /// Has a chunk of what is here sent to one reader. Whether there is more to come.
    fn feed(&mut self, now: Time, stream: &mut Stream, news: &mut bool) -> bool {
        if stream.chunk.is_some() {
            return true;
        }
        if stream.reading.is_none() {
            match self.begin(now, stream, news) {
                Some(reading) => stream.reading = Some(reading),
                None if self.info().is_some() => return false,
                None => {}
            }
        }
        if let Some(Reading { window, .. }) = &mut stream.reading {
            if window.rest().is_empty() {
                self.outputs.push_back(Output::End { stream: stream.key, broken: None });
                return false;
            }
            // What could not be read will not be on a second try.
            let here = self.run_here(window).filter(|_| !stream.failed);
            if let Some((span, stored)) = here.filter(|_| stream.credit > 0) {
                stream.chunk = Some(span);
                self.outputs.push_back(Output::Stream { stream: stream.key, span, stored });
                *news = true;
                return true;
            }
            self.ask_ahead(now, window, news);
            if here.is_some() {
                return true;
            }
        }
        // What is missing does not come while the torrent rests.
        let waits = self.active() || self.check.is_some();
        if !waits {
            self.break_off(stream, if self.problem.is_some() { Break::Stopped } else { Break::Paused });
        }
        waits
    }

    /// Has the head of an answer sent; what of the file follows it, if anything does. `None` as well while the metadata
    /// is unknown.
    fn begin(&mut self, now: Time, stream: &Stream, news: &mut bool) -> Option<Reading> {
        self.info()?;
        let files = self.contents();
        let Some(position) = files.iter().position(|file| file.path == stream.request.path) else {
            self.refuse(stream.key, 404);
            return None;
        };
        let span = files[position].span;
        let StreamRequest { path, method, range, if_range } = &stream.request;
        let name = path.last()?;
        let request = Request { method, range: range.as_deref(), if_range: if_range.as_deref() };
        let tag = format!("\"{}-{position}\"", self.info_hash);
        let head = request.answer(Resource { name, size: span.length, tag: &tag });
        let body = head.body.clone();
        self.outputs.push_back(Output::Begin { stream: stream.key, head });
        *news = true;
        if body.is_empty() {
            self.outputs.push_back(Output::End { stream: stream.key, broken: None });
            return None;
        }
        let file = position as u32;
        if self.priority(file) == Priority::Skip {
            self.select(now, file, Priority::Normal);
        }
        let window = Window::new(
            span.offset + body.start..span.offset + body.end,
            self.streams.rates.get(&file).copied(),
        );
        let needs_tail = body.start == 0 && has_index_at_either_end(media_type(name).name);
        Some(Reading { file, window: if needs_tail { window.with_tail() } else { window } })
    }

    /// Tells the engine what is needed next.
    fn ask_ahead(&mut self, now: Time, window: &mut Window, news: &mut bool) {
        if self.files.is_some() || self.complete() {
            return;
        }
        let due = self.info().map(|info| window.next(info.geometry())).unwrap_or_default();
        for (span, wait) in due {
            self.handle(now, Input::Deadline { span, due: Some(now + wait) });
            *news = true;
        }
    }

    /// Takes back what was due for a stream, unless another needs it too.
    fn stream_ended(&mut self, now: Time, stream: Stream) {
        let Some(Reading { window, .. }) = stream.reading else { return };
        for span in window.pending() {
            self.handle(now, Input::Deadline { span, due: None });
        }
        self.streams.renew();
    }

    fn break_off(&mut self, stream: &Stream, why: Break) {
        if stream.reading.is_some() {
            self.outputs.push_back(Output::End { stream: stream.key, broken: Some(why) });
        } else {
            self.refuse(stream.key, 503);
        }
    }

    /// There are no bytes for a stream, and `status` says why.
    fn refuse(&mut self, stream: StreamKey, status: u16) {
        self.outputs.push_back(Output::Begin { stream, head: Head::without_file(status) });
        self.outputs.push_back(Output::End { stream, broken: None });
    }

    /// The next bytes of a window that are here, and in one place, at most a chunk; and whether that is storage.
    fn run_here(&self, window: &Window) -> Option<(FileSpan, bool)> {
        let (geometry, stored) = (self.info()?.geometry(), self.stored.as_ref()?);
        let rest = window.rest();
        let limit = rest.end.min(rest.start + u64::from(MAX_CHUNK));
        let span = FileSpan { offset: rest.start, length: limit - rest.start };
        let in_storage = stored.get(geometry.piece_at(rest.start)?);
        let mut end = rest.start;
        for piece in geometry.pieces_of(span) {
            let is_here = stored.get(piece) || self.files.is_some();
            if !is_here || stored.get(piece) != in_storage {
                break;
            }
            end = limit.min(geometry.offset_of(piece) + u64::from(geometry.length_of(piece)));
        }
        (end > rest.start).then_some((FileSpan { offset: rest.start, length: end - rest.start }, in_storage))
    }
}

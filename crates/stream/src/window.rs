//! Which bytes to have ready for a reader, and when.

use std::ops::Range;
use std::time::Duration;

use metainfo::{FileSpan, Geometry};

/// How far ahead of a reader bytes are asked for.
const AHEAD: Duration = Duration::from_secs(20);

/// At least so many bytes ahead, and at most: what is urgent is fetched in order, and so is of less use to others than
/// the rarest.
const LEAST: u64 = 4 << 20;
const MOST: u64 = 32 << 20;

/// Bytes a second that are played until the player tells: a film in high definition.
const USUAL_RATE: u64 = 1 << 20;

/// Bytes at the start of a film among which are its index, as a rule, and the first frames. Few enough that everybody who
/// downloads it can begin with them.
const OPENING: u64 = 1 << 20;

/// Bytes at the end of a file among which its index may begin.
const TAIL: u64 = 64 * 1024;

/// What lies ahead of somebody who reads a run of bytes from its start to its end.
#[derive(Clone, Debug)]
pub struct Window {
    /// The next byte to be read, and the end.
    rest: Range<u64>,
    /// Up to where pieces were said to be due.
    noted: u64,
    /// Bytes elsewhere that are needed right after the first.
    tail: Option<Range<u64>>,
    /// Bytes a second.
    rate: u64,
}

impl Window {
    /// For a reader of these bytes of a torrent, which plays them at so many a second, if that is known.
    #[must_use]
    pub fn new(bytes: Range<u64>, rate: Option<u64>) -> Self {
        let noted = bytes.start;
        let mut window = Self { rest: bytes, noted, tail: None, rate: USUAL_RATE };
        if let Some(rate) = rate {
            window.set_rate(rate);
        }
        window
    }

    /// The reader may need the end of the file before it can make sense of the start.
    #[must_use]
    pub fn with_tail(mut self) -> Self {
        self.tail = Some(tail(&self.rest));
        self
    }

    /// The reader plays so many bytes a second.
    pub const fn set_rate(&mut self, bytes_per_second: u64) {
        self.rate = if bytes_per_second > 0 { bytes_per_second } else { USUAL_RATE };
    }

    /// The next byte to be read, and the end.
    #[must_use]
    pub const fn rest(&self) -> Range<u64> {
        self.rest.start..self.rest.end
    }

    /// So many bytes were read.
    pub fn advance(&mut self, bytes: u64) {
        self.rest.start = self.rest.start.saturating_add(bytes).min(self.rest.end);
        self.noted = self.noted.max(self.rest.start);
    }

    /// What has come into the window since the last time, piece by piece in the order in which it is needed, and how
    /// long from now each is needed. Small steps are saved up.
    pub fn next(&mut self, geometry: &Geometry) -> Vec<(FileSpan, Duration)> {
        let length = self.rate.saturating_mul(AHEAD.as_secs()).clamp(LEAST, MOST);
        let start = self.rest.start;
        let end = start.saturating_add(length).min(self.rest.end);
        if self.noted >= end || self.noted - start > length / 4 * 3 {
            return Vec::new();
        }
        let mut due = Vec::new();
        for piece in geometry.pieces_of(span(&(self.noted..end))) {
            let offset = geometry.offset_of(piece);
            let wait = Duration::from_millis(offset.saturating_sub(start).saturating_mul(1000) / self.rate);
            due.push((FileSpan { offset, length: u64::from(geometry.length_of(piece)) }, wait));
        }
        if let (Some(tail), true) = (&self.tail, self.noted == start) {
            due.insert(1.min(due.len()), (span(tail), Duration::ZERO));
        }
        self.noted = end;
        due
    }

    /// What is said to be due and was not read: to be taken back when nobody reads on.
    pub fn pending(&self) -> impl Iterator<Item = FileSpan> {
        let tail = self.tail.as_ref().filter(|tail| tail.end > self.noted).map(span);
        [span(&(self.rest.start..self.noted))].into_iter().chain(tail).filter(|span| span.length > 0)
    }

    /// Somebody else took back what both needed: from the next byte on, all is said anew.
    pub const fn renew(&mut self) {
        self.noted = self.rest.start;
    }
}

/// What to fetch of a film before anybody has asked for it, for whoever will press play.
pub fn opening(film: FileSpan, media_type: &str) -> impl Iterator<Item = FileSpan> + use<> {
    let start = FileSpan { length: film.length.min(OPENING), ..film };
    let tail = has_index_at_either_end(media_type).then(|| span(&tail(&(film.offset..film.end()))));
    [start].into_iter().chain(tail)
}

/// Whether a player of this file needs its end before it can begin: the index of an MP4 file stands before or behind
/// the media.
#[must_use]
pub fn has_index_at_either_end(media_type: &str) -> bool {
    matches!(media_type, "video/mp4" | "audio/mp4" | "video/quicktime" | "video/3gpp")
}

fn tail(bytes: &Range<u64>) -> Range<u64> {
    bytes.end.saturating_sub(TAIL).max(bytes.start)..bytes.end
}

fn span(bytes: &Range<u64>) -> FileSpan {
    FileSpan { offset: bytes.start, length: bytes.end.saturating_sub(bytes.start) }
}

//! What a sound says of itself: the title, the artist, the album and the cover that are in its file.
//!
//! A [`TagSearch`] asks for a few runs of bytes and never for the whole file: a cover is not read but found, as the place where
//! its bytes are. It reads `ID3v2` (2 to 4), FLAC, Vorbis and Opus in Ogg, and MP4. Not read are tags at the end of a file
//! (`ID3v1`, APE), and covers that have no place of their own because they are encoded anew (Ogg; `ID3v2` with
//! unsynchronisation).
//!
//! ```
//! use media::tags::TagSearch;
//!
//! let file = b"ID3\x03\0\0\0\0\0\x10TIT2\0\0\0\x06\0\0\0Hello";
//! let mut search = TagSearch::new(file.len() as u64);
//! let wanted = search.wants();
//! let tags = search.take(&file[wanted.start as usize..wanted.end as usize]).expect("all of it was read");
//! assert_eq!(tags.title.as_deref(), Some("Hello"));
//! ```

use std::ops::Range;

mod id3;
mod mp4;
mod vorbis;

/// Bytes that are read at once.
pub const WINDOW: u64 = 64 << 10;
/// Runs that are read, all in all. What comes later is not looked for.
pub const MAX_READS: u32 = 16;
/// Bytes of a text that are kept.
pub const MAX_TEXT: usize = 512;
/// Bytes of a cover that is worth its place.
pub const MAX_COVER: u64 = 16 << 20;

/// What a sound says of itself. The texts are a stranger's, and none is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// What it is called.
    pub title: Option<String>,
    /// Who plays it.
    pub artist: Option<String>,
    /// What it is from.
    pub album: Option<String>,
    /// Which of that it is, from 1.
    pub track: Option<u16>,
    /// Where in the file its picture is, which may be anything.
    pub cover: Option<Range<u64>>,
}

/// A way through the parts of a file that may hold tags.
#[derive(Clone, Debug)]
pub struct TagSearch {
    length: u64,
    /// Where the next part begins.
    at: u64,
    reads: u32,
    place: Place,
    tags: Tags,
}

/// In what the search is.
#[derive(Clone, Debug)]
enum Place {
    /// At the beginning of the file.
    Start,
    Id3(id3::Frames),
    Flac(vorbis::Blocks),
    Mp4(mp4::Boxes),
}

/// What came of looking at the part that begins where the search is.
enum Step {
    /// Go on so many bytes later.
    Skip(u64),
    /// The part is not seen far enough to tell.
    More,
    /// There is nothing more to be found.
    End,
}

impl TagSearch {
    /// Begins to search a file of `length` bytes.
    #[must_use]
    pub fn new(length: u64) -> Self {
        Self { length, at: 0, reads: 0, place: Place::Start, tags: Tags::default() }
    }

    /// The bytes that [`take`](Self::take) needs next: at most [`WINDOW`].
    #[must_use]
    pub fn wants(&self) -> Range<u64> {
        self.at..self.at.saturating_add(WINDOW).min(self.length)
    }

    /// Looks at the bytes that were wanted, of which some may be lacking; what was found, once that is all.
    pub fn take(&mut self, bytes: &[u8]) -> Option<Tags> {
        self.reads += 1;
        let begin = self.at;
        loop {
            let seen = usize::try_from(self.at - begin).ok().and_then(|seen| bytes.get(seen..));
            let Some(rest) = seen.filter(|rest| !rest.is_empty()) else { break };
            match self.step(rest) {
                Step::Skip(length) => self.at = self.at.saturating_add(length.max(1)),
                // What a whole window does not tell is never told.
                Step::More if self.at > begin => break,
                Step::More | Step::End => return Some(self.found()),
            }
        }
        let ends = self.reads >= MAX_READS || self.at >= self.length || bytes.is_empty();
        ends.then(|| self.found())
    }

    fn found(&mut self) -> Tags {
        let mut tags = std::mem::take(&mut self.tags);
        tags.cover.take_if(|cover| cover.end > self.length);
        tags
    }

    fn step(&mut self, rest: &[u8]) -> Step {
        let Self { at, place, tags, .. } = self;
        match place {
            Place::Start => self.begin(rest),
            Place::Id3(frames) => frames.step(*at, rest, tags),
            Place::Flac(blocks) => blocks.step(*at, rest, tags),
            Place::Mp4(boxes) => boxes.step(*at, rest, tags),
        }
    }

    /// Tells by its first bytes what the file is.
    fn begin(&mut self, rest: &[u8]) -> Step {
        let (place, length) = match rest {
            [b'I', b'D', b'3', ..] => match id3::Frames::of(rest) {
                Some((frames, length)) => (Place::Id3(frames), length),
                None => return Step::End,
            },
            [b'f', b'L', b'a', b'C', ..] => (Place::Flac(vorbis::Blocks::default()), 4),
            [b'O', b'g', b'g', b'S', ..] => {
                vorbis::in_ogg(rest, &mut self.tags);
                return Step::End;
            }
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => (Place::Mp4(mp4::Boxes::default()), 0),
            _ => return Step::End,
        };
        self.place = place;
        if length == 0 { self.step(rest) } else { Step::Skip(length) }
    }
}

impl Tags {
    /// Keeps a text where there is none yet.
    fn keep(place: &mut Option<String>, text: &str) {
        let text = text.split('\0').next().unwrap_or_default().trim();
        if place.is_none() && !text.is_empty() {
            *place = Some(text[..text.floor_char_boundary(MAX_TEXT)].to_owned());
        }
    }

    /// Keeps which of all it is, as in "3" or "3/12".
    fn keep_track(&mut self, text: &str) {
        let number = text.split(['/', '\0']).next().unwrap_or_default();
        self.track = self.track.or_else(|| number.trim().parse().ok().filter(|track| *track > 0));
    }

    /// Keeps where a picture is; the one of the front rather than any other.
    fn keep_cover(&mut self, cover: Range<u64>, is_front: bool) {
        let size = cover.end.saturating_sub(cover.start);
        if (1..=MAX_COVER).contains(&size) && (is_front || self.cover.is_none()) {
            self.cover = Some(cover);
        }
    }
}

/// The number in the first four bytes, most significant first, and what follows.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}

/// The first bytes of a part of this size, as many as make a text that is kept in any encoding. `None` if they are not seen.
fn beginning(bytes: &[u8], size: u64) -> Option<&[u8]> {
    bytes.get(..size.min(2 * MAX_TEXT as u64) as usize)
}

#[cfg(test)]
mod tests;

//! `ID3v2` (id3.org: id3v2-00, id3v2.3.0, id3v2.4.0-structure).

use std::borrow::Cow;

use super::{Step, Tags, beginning};

/// Bytes of a tag's header.
const HEADER: usize = 10;
/// The type of the picture of the front (`APIC`).
const FRONT: u8 = 3;

/// A tag's frames.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    /// 2, 3 or 4.
    version: u8,
    /// Bytes of zero were put in after each 0xFF, so that nothing looks like sound.
    unsynchronised: bool,
    /// Where the tag ends.
    end: u64,
}

/// A frame's header.
struct Frame<'a> {
    name: &'a [u8],
    size: u64,
    flags: u8,
}

impl Frames {
    /// Those of a tag that begins so, and how many bytes come before the first.
    pub(super) fn of(tag: &[u8]) -> Option<(Self, u64)> {
        let (header, rest) = tag.split_first_chunk::<HEADER>()?;
        let [_, _, _, version @ 2..=4, _, flags, size @ ..] = header else { return None };
        let end = HEADER as u64 + u64::from(syncsafe(*size));
        let unsynchronised = flags & 0x80 != 0;
        let mut first = HEADER as u64;
        if flags & 0x40 != 0 {
            let size = *rest.first_chunk::<4>()?;
            first += match version {
                // Compressed, in a way that nobody ever described.
                2 => return None,
                3 => 4 + u64::from(u32::from_be_bytes(size)),
                _ => u64::from(syncsafe(size)),
            };
        }
        Some((Self { version: *version, unsynchronised, end }, first))
    }

    pub(super) fn step(&self, at: u64, rest: &[u8], tags: &mut Tags) -> Step {
        // Of what was changed throughout, sizes are those from before: only what is seen at once can be read.
        if self.unsynchronised && self.version < 4 {
            let left = self.end.saturating_sub(at).min(rest.len() as u64);
            let rest = synchronised(&rest[..left as usize]);
            let (mut from, whole) = (0, Self { unsynchronised: false, end: rest.len() as u64, ..*self });
            while let Some(rest) = usize::try_from(from).ok().and_then(|from| rest.get(from..)) {
                let Step::Skip(length) = whole.step(from, rest, tags) else { break };
                from += length;
            }
            tags.cover = None;
            return Step::End;
        }
        let header = if self.version == 2 { 6 } else { HEADER };
        if at.saturating_add(header as u64) > self.end {
            return Step::End;
        }
        let Some((head, body)) = rest.split_at_checked(header) else { return Step::More };
        let frame = self.frame(head);
        // Padding, or nonsense.
        if !frame.name.iter().all(u8::is_ascii_alphanumeric) || frame.size == 0 {
            return Step::End;
        }
        let length = header as u64 + frame.size;
        if !is_known(frame.name) {
            return Step::Skip(length);
        }
        let Some(body) = beginning(body, frame.size) else { return Step::More };
        self.read(&frame, at + header as u64, body, tags);
        Step::Skip(length)
    }

    fn frame<'a>(&self, head: &'a [u8]) -> Frame<'a> {
        match *head {
            [_, _, _, a, b, c] => {
                Frame { name: &head[..3], size: u32::from_be_bytes([0, a, b, c]).into(), flags: 0 }
            }
            [_, _, _, _, a, b, c, d, _, flags] => {
                let size = [a, b, c, d];
                let size = if self.version == 3 { u32::from_be_bytes(size) } else { syncsafe(size) };
                Frame { name: &head[..4], size: size.into(), flags }
            }
            _ => Frame { name: &[], size: 0, flags: 0 },
        }
    }

    /// Reads a frame whose content begins `at` a byte of the file, with `body`.
    fn read(&self, frame: &Frame<'_>, at: u64, body: &[u8], tags: &mut Tags) {
        let flags = frame.flags;
        // What a frame has before its content, and whether it is compressed, encrypted or unsynchronised.
        let (before, is_hidden, unsynchronised) = match self.version {
            2 => (0, false, false),
            3 => (usize::from(flags & 0x20 != 0), flags & 0xC0 != 0, false),
            _ => (
                usize::from(flags & 0x40 != 0) + 4 * usize::from(flags & 0x01 != 0),
                flags & 0x0C != 0,
                self.unsynchronised || flags & 0x02 != 0,
            ),
        };
        let Some(body) = body.get(before..).filter(|_| !is_hidden) else { return };
        if let b"APIC" | b"PIC" = frame.name {
            if let Some((from, kind)) = picture(body, self.version == 2).filter(|_| !unsynchronised) {
                tags.keep_cover(at + (before + from) as u64..at + frame.size, kind == FRONT);
            }
            return;
        }
        let body = if unsynchronised { synchronised(body) } else { Cow::Borrowed(body) };
        let Some((encoding, text)) = body.split_first() else { return };
        let text = decoded(*encoding, text);
        match frame.name {
            b"TIT2" | b"TT2" => Tags::keep(&mut tags.title, &text),
            b"TPE1" | b"TP1" => Tags::keep(&mut tags.artist, &text),
            b"TALB" | b"TAL" => Tags::keep(&mut tags.album, &text),
            _ => tags.keep_track(&text),
        }
    }
}

fn is_known(name: &[u8]) -> bool {
    matches!(
        name,
        b"TIT2" | b"TPE1" | b"TALB" | b"TRCK" | b"APIC" | b"TT2" | b"TP1" | b"TAL" | b"TRK" | b"PIC"
    )
}

/// Where in a picture's frame the picture begins, and what it shows.
fn picture(body: &[u8], is_short: bool) -> Option<(usize, u8)> {
    let (encoding, rest) = body.split_first()?;
    let mime = if is_short { 3 } else { rest.iter().position(|byte| *byte == 0)? + 1 };
    // A link to a picture is none.
    if rest.starts_with(b"-->") {
        return None;
    }
    let (kind, description) = rest.get(mime..)?.split_first()?;
    let described = match encoding {
        1 | 2 => 2 * description.chunks_exact(2).position(|pair| pair == [0, 0])? + 2,
        _ => description.iter().position(|byte| *byte == 0)? + 1,
    };
    Some((1 + mime + 1 + described, *kind))
}

/// A text in the encoding with this number.
fn decoded(encoding: u8, text: &[u8]) -> String {
    let utf16 = |text: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = text.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    match (encoding, text) {
        (1, [0xFE, 0xFF, text @ ..]) | (2, text) => utf16(text, u16::from_be_bytes),
        (1, [0xFF, 0xFE, text @ ..]) | (1, text) => utf16(text, u16::from_le_bytes),
        (3, text) => String::from_utf8_lossy(text).into_owned(),
        // ISO 8859-1 has the first characters of Unicode.
        (_, text) => text.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A number of which each byte has seven bits.
fn syncsafe(bytes: [u8; 4]) -> u32 {
    bytes.into_iter().fold(0, |number, byte| number << 7 | u32::from(byte & 0x7F))
}

/// Without the bytes of zero that were put in.
fn synchronised(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.windows(2).any(|pair| pair == [0xFF, 0]) {
        return Cow::Borrowed(bytes);
    }
    let before = std::iter::once(&0).chain(bytes);
    let own = bytes.iter().zip(before).filter(|pair| *pair != (&0, &0xFF));
    Cow::Owned(own.map(|(byte, _)| *byte).collect())
}

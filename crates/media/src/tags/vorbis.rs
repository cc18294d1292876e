//! Vorbis comments (xiph.org: Vorbis I 5, RFC 9639 8, RFC 7845 5.2), in FLAC and in Ogg.

use super::{Step, Tags, beginning, number};

/// Types of a FLAC's blocks.
const COMMENTS: u8 = 4;
const PICTURE: u8 = 6;
/// The type of the picture of the front.
const FRONT: u32 = 3;
/// Bytes of the header of a page of Ogg, without its table (RFC 3533).
const PAGE: usize = 27;

/// The blocks of a FLAC, before its sound.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    /// Where the comments end, while the search is among them.
    comments: Option<u64>,
    /// How many comments come before that, once it is known.
    left: Option<u32>,
    /// The block that it was in last is the last one.
    last: bool,
}

impl Blocks {
    pub(super) fn step(&mut self, at: u64, rest: &[u8], tags: &mut Tags) -> Step {
        match self.comments {
            Some(end) => self.comment(at, end, rest, tags),
            None if self.last => Step::End,
            None => self.block(at, rest, tags),
        }
    }

    fn block(&mut self, at: u64, rest: &[u8], tags: &mut Tags) -> Step {
        let Some((header, body)) = number(rest) else { return Step::More };
        let size = u64::from(header & 0xFF_FFFF);
        let kind = (header >> 24) as u8;
        if kind & 0x7F == PICTURE {
            let Some(body) = beginning(body, size) else { return Step::More };
            if let Some((from, length, kind)) = picture(body) {
                let from = at + 4 + from;
                tags.keep_cover(from..from + u64::from(length), kind == FRONT);
            }
        }
        self.last = kind & 0x80 != 0;
        if kind & 0x7F != COMMENTS {
            return Step::Skip(4 + size);
        }
        let Some(vendor) = body.first_chunk() else { return Step::More };
        (self.comments, self.left) = (Some(at + 4 + size), None);
        Step::Skip(8 + u64::from(u32::from_le_bytes(*vendor)))
    }

    fn comment(&mut self, at: u64, end: u64, rest: &[u8], tags: &mut Tags) -> Step {
        if at >= end || self.left == Some(0) {
            self.comments = None;
            return if at < end { Step::Skip(end - at) } else { self.step(at, rest, tags) };
        }
        let Some((length, text)) = rest.split_first_chunk() else { return Step::More };
        let length = u32::from_le_bytes(*length);
        match &mut self.left {
            None => {
                self.left = Some(length);
                Step::Skip(4)
            }
            Some(left) => {
                let Some(text) = beginning(text, length.into()) else { return Step::More };
                *left -= 1;
                keep(text, tags);
                Step::Skip(4 + u64::from(length))
            }
        }
    }
}

/// Where in a picture's block the picture begins, how long it is and what it shows.
fn picture(body: &[u8]) -> Option<(u64, u32, u32)> {
    let (kind, rest) = number(body)?;
    let (length, rest) = number(rest)?;
    let (mime, rest) = rest.split_at_checked(length as usize)?;
    let (length, rest) = number(rest)?;
    // Behind the description are the width, the height, the depth and the colours.
    let rest = rest.get(length as usize..)?.get(16..)?;
    let (length, rest) = number(rest)?;
    // A link to a picture is none.
    (mime != b"-->").then_some(((body.len() - rest.len()) as u64, length, kind))
}

/// Keeps one comment, `NAME=value`.
fn keep(comment: &[u8], tags: &mut Tags) {
    let Some(sign) = comment.iter().position(|byte| *byte == b'=') else { return };
    let (name, value) = (&comment[..sign], String::from_utf8_lossy(&comment[sign + 1..]));
    let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
    if is("TITLE") {
        Tags::keep(&mut tags.title, &value);
    } else if is("ARTIST") {
        Tags::keep(&mut tags.artist, &value);
    } else if is("ALBUM") {
        Tags::keep(&mut tags.album, &value);
    } else if is("TRACKNUMBER") {
        tags.keep_track(&value);
    }
}

/// Reads the comments that are in the first bytes of a file, in the second packet of its first stream.
pub(super) fn in_ogg(file: &[u8], tags: &mut Tags) {
    let packet = second_packet(file);
    let comments = packet.strip_prefix(b"\x03vorbis").or_else(|| packet.strip_prefix(b"OpusTags"));
    let comments = comments.and_then(|comments| split(comments)).and_then(|(_vendor, rest)| rest.get(4..));
    let mut rest = comments.unwrap_or_default();
    while let Some((comment, after)) = split(rest) {
        keep(beginning(comment, comment.len() as u64).unwrap_or_default(), tags);
        rest = after;
    }
}

/// What a length stands before, and what follows.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// As much of it as there is.
fn second_packet(file: &[u8]) -> Vec<u8> {
    let (mut packet, mut rest, mut packets) = (Vec::new(), file, 0);
    while let Some((header, body)) = rest.split_at_checked(PAGE).filter(|_| rest.starts_with(b"OggS")) {
        let Some((table, mut body)) = body.split_at_checked(header[PAGE - 1].into()) else { break };
        // Pages of other streams may stand between those of the first.
        let is_of_first = header[14..18] == file[14..18];
        for lacing in table {
            let (segment, after) = body.split_at(body.len().min((*lacing).into()));
            if is_of_first && packets == 1 {
                packet.extend_from_slice(segment);
            }
            body = after;
            packets += u32::from(is_of_first && *lacing < u8::MAX);
        }
        if packets > 1 {
            break;
        }
        rest = body;
    }
    packet
}

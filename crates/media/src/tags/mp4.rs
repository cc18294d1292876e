//! Tags of MP4 (`moov`, `udta`, `meta`, `ilst`), as Apple's programs write them.

use super::{Step, Tags, beginning, number};

/// Bytes of a `data` box before its content.
const DATA: u64 = 16;

/// The boxes of a file. Those that lead to the tags are gone into, others are passed over.
#[derive(Clone, Debug, Default)]
pub(super) struct Boxes {
    /// Where the list of tags ends, once it has begun.
    list_end: Option<u64>,
    /// The tag that it is in, and where that ends.
    tag: [u8; 4],
    tag_end: u64,
}

impl Boxes {
    pub(super) fn step(&mut self, at: u64, rest: &[u8], tags: &mut Tags) -> Step {
        if self.list_end.is_some_and(|end| at >= end) {
            return Step::End;
        }
        let Some((size, name, header)) = header(rest) else { return Step::More };
        if size < header {
            return Step::End;
        }
        if self.list_end.is_none() {
            return match &name {
                b"moov" | b"udta" => Step::Skip(header),
                b"meta" if rest.len() < 16 => Step::More,
                // QuickTime's own has no version.
                b"meta" if rest.get(12..16) == Some(b"hdlr") => Step::Skip(header),
                b"meta" => Step::Skip(header + 4),
                b"ilst" => {
                    self.list_end = Some(at.saturating_add(size));
                    Step::Skip(header)
                }
                _ => Step::Skip(size),
            };
        }
        if at >= self.tag_end {
            let is_known = matches!(&name, b"\xA9nam" | b"\xA9ART" | b"\xA9alb" | b"trkn" | b"covr");
            (self.tag, self.tag_end) = (name, at.saturating_add(size));
            return Step::Skip(if is_known { header } else { size });
        }
        if name == *b"data" && size >= DATA {
            let content = rest.get(DATA as usize..).and_then(|content| beginning(content, size - DATA));
            let Some(content) = content else { return Step::More };
            self.read(content, tags);
            if self.tag == *b"covr" {
                tags.keep_cover(at + DATA..at.saturating_add(size), false);
            }
        }
        Step::Skip(size)
    }

    fn read(&self, content: &[u8], tags: &mut Tags) {
        let text = String::from_utf8_lossy(content);
        match (&self.tag, content) {
            (b"\xA9nam", _) => Tags::keep(&mut tags.title, &text),
            (b"\xA9ART", _) => Tags::keep(&mut tags.artist, &text),
            (b"\xA9alb", _) => Tags::keep(&mut tags.album, &text),
            (b"trkn", [_, _, a, b, ..]) => {
                tags.track = tags.track.or(Some(u16::from_be_bytes([*a, *b])).filter(|track| *track > 0));
            }
            _ => {}
        }
    }
}

/// The size and the name of the box that begins so, and the bytes of its header.
fn header(rest: &[u8]) -> Option<(u64, [u8; 4], u64)> {
    let (size, rest) = number(rest)?;
    let (name, rest) = rest.split_first_chunk()?;
    Some(match size {
        // Up to the end of the file.
        0 => (u64::MAX, *name, 8),
        1 => (u64::from_be_bytes(*rest.first_chunk()?), *name, 16),
        size => (size.into(), *name, 8),
    })
}

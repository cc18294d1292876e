//! Where an mp4 keeps its index (ISO/IEC 14496-12, `moov`): before the media, or after it.

use std::ops::Range;

/// Bytes of a box that tell what it is and how long.
pub const HEADER: u64 = 16;

/// Boxes after which a file is not searched any further; usual are four.
const MAX_BOXES: u32 = 64;

/// Whether a file of this name has such an index.
#[must_use]
pub fn keeps_index(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("mp4" | "m4v" | "m4a" | "mov"))
}

/// Where the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexPlace {
    /// Before the media: it plays while it arrives.
    First,
    /// After the media: nothing plays before the end is here.
    Last,
    /// This is no such file, or a broken one.
    Unknown,
}

/// A walk from box to box, which reads a few bytes of each.
#[derive(Clone, Debug)]
pub struct IndexSearch {
    length: u64,
    at: u64,
    boxes: u32,
}

impl IndexSearch {
    /// Begins to search a file of `length` bytes.
    #[must_use]
    pub fn new(length: u64) -> Self {
        Self { length, at: 0, boxes: 0 }
    }

    /// The bytes that [`take`](Self::take) needs next.
    #[must_use]
    pub fn wants(&self) -> Range<u64> {
        self.at..self.at.saturating_add(HEADER).min(self.length)
    }

    /// Looks at the bytes that were wanted; the answer, once it is known.
    pub fn take(&mut self, header: &[u8]) -> Option<IndexPlace> {
        let Some((size, kind)) = header.split_first_chunk::<4>().and_then(|(size, rest)| {
            let kind = rest.first_chunk::<4>()?;
            let long = rest.get(4..).and_then(<[u8]>::first_chunk::<8>);
            match (u32::from_be_bytes(*size), long) {
                // Up to the end of the file.
                (0, _) => Some((self.length - self.at, kind)),
                (1, long) => Some((u64::from_be_bytes(*long?), kind)),
                (size, _) => Some((size.into(), kind)),
            }
        }) else {
            return Some(IndexPlace::Unknown);
        };
        match kind {
            b"moov" | b"moof" => return Some(IndexPlace::First),
            // What follows the media is the index, unless the media is all.
            b"mdat" => return Some(if self.boxes == 0 { IndexPlace::Unknown } else { IndexPlace::Last }),
            _ => {}
        }
        if self.boxes == 0 && kind != b"ftyp" {
            return Some(IndexPlace::Unknown);
        }
        self.boxes += 1;
        self.at = self.at.saturating_add(size);
        (size < 8 || self.boxes > MAX_BOXES || self.at >= self.length).then_some(IndexPlace::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(file: &[u8]) -> IndexPlace {
        let mut search = IndexSearch::new(file.len() as u64);
        loop {
            let wanted = search.wants();
            if let Some(place) = search.take(&file[wanted.start as usize..wanted.end as usize]) {
                return place;
            }
        }
    }

    fn file(boxes: &[(&[u8; 4], u32)]) -> Vec<u8> {
        let mut file = Vec::new();
        for (kind, length) in boxes {
            file.extend((length + 8).to_be_bytes());
            file.extend(*kind);
            file.resize(file.len() + *length as usize, 0);
        }
        file
    }

    #[test]
    fn an_index_before_the_media_is_first() {
        assert_eq!(place(&file(&[(b"ftyp", 16), (b"moov", 99), (b"mdat", 500)])), IndexPlace::First);
        assert_eq!(place(&file(&[(b"ftyp", 16), (b"free", 8), (b"moov", 99)])), IndexPlace::First);
    }

    #[test]
    fn an_index_after_the_media_is_last() {
        assert_eq!(
            place(&file(&[(b"ftyp", 16), (b"free", 0), (b"mdat", 500), (b"moov", 99)])),
            IndexPlace::Last
        );
    }

    #[test]
    fn media_of_more_than_4_gib_says_so_in_64_bits() {
        let mut long = file(&[(b"ftyp", 16)]);
        long.extend(1_u32.to_be_bytes());
        long.extend(b"wide");
        long.extend(32_u64.to_be_bytes());
        long.extend([0; 16]);
        long.extend(file(&[(b"moov", 9)]));
        assert_eq!(place(&long), IndexPlace::First);
    }

    #[test]
    fn what_is_no_mp4_is_unknown() {
        assert_eq!(place(b""), IndexPlace::Unknown);
        assert_eq!(place(b"\x1aE\xdf\xa3 something else entirely"), IndexPlace::Unknown);
    }

    proptest! {
        #[test]
        fn every_search_ends(file in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut real = b"\0\0\0\x10ftypisomisom".to_vec();
            real.extend(file);
            place(&real);
        }
    }
}

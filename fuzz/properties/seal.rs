use metainfo::{BLOCK_LENGTH, Info, MAX_FILES, MAX_PATH_DEPTH};
use seal::{Key, List, MAX_NOTE_LENGTH, open};

use super::cost::Cost;

/// A file takes eleven bytes of a list, and becomes a path of one name, which has room for four.
const LIST: Cost = Cost { flat: 64 << 10, per_byte: 48 };

/// Reading a torrent, and copying what is sealed.
const SEAL: Cost = Cost { flat: 64 << 10, per_byte: 4 };

/// A list that is read lies in order within the torrent, and is read back as it was written. Bytes that are a torrent
/// can be tried to open.
pub(super) fn sealed_list(bytes: &[u8]) {
    if let Ok(info) = Info::parse(bytes) {
        // Nobody finds what this key opens by trying.
        let opened = SEAL.limits(bytes.len(), || open(&info, &Key::from_bytes([7; 16])));
        assert!(opened.is_err());
    }
    let length = 1 << 40;
    let Ok(list) = LIST.limits(bytes.len(), || List::parse(bytes, length)) else { return };
    assert!(list.note().len() <= MAX_NOTE_LENGTH && (1..=MAX_FILES).contains(&list.files().len()));
    let mut end = 0;
    for file in list.files() {
        assert!(file.span.offset >= end && file.span.offset.is_multiple_of(BLOCK_LENGTH.into()));
        end = file.span.end();
        assert!((1..=MAX_PATH_DEPTH).contains(&file.path.len()));
        let names = file.path.iter().map(String::as_str).chain([list.name()]);
        for name in names {
            assert!(name != ".." && !name.is_empty() && !name.contains(['/', '\\', '\0']));
        }
    }
    assert!(end > 0 && end <= length && end <= list.padded_length());
    let written = list.to_bytes();
    assert!(written.len().is_multiple_of(512));
    assert_eq!(List::parse(&written, list.padded_length()), Ok(list));
}

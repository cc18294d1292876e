//! Notes are one line of what can be seen, and memos carry them with the torrent that they are for.

use btt::{Error, MAX_NOTE, Memo, Note};
use metainfo::InfoHash;
use metainfo::is_invisible;
use proptest::prelude::*;

#[test]
fn a_note_ends_with_its_last_character_of_140() {
    for char in ["a", "é", "€", "🎬"] {
        assert_eq!(Note::new(&char.repeat(MAX_NOTE)).unwrap().as_str(), char.repeat(MAX_NOTE));
        assert_eq!(Note::new(&char.repeat(MAX_NOTE + 1)), Err(Error::NoteTooLong), "{char}");
    }
}

#[test]
fn direction_cannot_be_turned_and_nothing_hidden() {
    for hidden in
        "\u{202e}\u{2066}\u{200f}\u{200b}\u{feff}\u{2028}\u{e0041}\u{ad}\n\r\t\0\u{7f}\u{85}\u{1b}".chars()
    {
        assert_eq!(Note::new(&format!("to{hidden}m")), Err(Error::NoteInvisible), "{hidden:?}");
    }
}

#[test]
fn joined_pictures_and_persian_can_be_written() {
    for text in ["👩\u{200d}👩\u{200d}👧", "می\u{200c}خواهم"] {
        assert_eq!(Note::new(text).unwrap().as_str(), text);
    }
}

#[test]
fn a_memo_is_eight_bytes_the_info_hash_and_the_note() {
    let memo = Memo { info_hash: InfoHash::from_bytes([7; 20]), note: Note::new("Danke schön").unwrap() };
    assert_eq!(memo.encode(), [b"btt-tip1".as_slice(), &[7; 20], "Danke schön".as_bytes()].concat());
}

#[test]
fn other_data_are_no_memo() {
    let decode = |parts: &[&[u8]]| Memo::decode(&parts.concat());
    for parts in [
        &[b"".as_slice()] as &[&[u8]],
        &[b"btt-tip2", &[0; 20]],
        &[b"btt-tip1", &[0; 19]],
        &[b"btt-tip1", &[0; 20], b"\xff"],
    ] {
        assert_eq!(decode(parts), Err(Error::Memo), "{parts:?}");
    }
    assert_eq!(decode(&[b"btt-tip1", &[0; 20], b"a\nb"]), Err(Error::NoteInvisible));
    assert_eq!(decode(&[b"btt-tip1", &[0; 20], &[b'a'; MAX_NOTE + 1]]), Err(Error::NoteTooLong));
}

proptest! {
    #[test]
    fn memos_are_read_back(hash: [u8; 20], text in "\\PC{0,140}") {
        let text: String = text.chars().filter(|char| !is_invisible(*char)).collect();
        let memo = Memo { info_hash: InfoHash::from_bytes(hash), note: Note::new(&text).unwrap() };
        prop_assert_eq!(Memo::decode(&memo.encode()), Ok(memo));
    }
}

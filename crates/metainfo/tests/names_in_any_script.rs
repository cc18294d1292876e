//! Names as people write them, in torrents as old as BitTorrent.

use metainfo::bencode::Item;
use metainfo::{Error, Info, InfoBuilder, InfoHash, Version};

/// The `info` dictionary of a folder with one file, with `fields` in the folder's and `file` in the file's.
fn parse<'a>(fields: Vec<(&'a str, Item<'a>)>, file: Vec<(&'a str, Item<'a>)>) -> Result<Info, Error> {
    let file = Item::dict(file.into_iter().chain([("length", Item::Int(3))]));
    let sound = [("files", Item::List(vec![file])), ("piece length", Item::Int(16384))];
    let pieces = ("pieces", Item::Bytes(&[0; 20]));
    Info::parse(&Item::dict(fields.into_iter().chain(sound).chain([pieces])).encode())
}

fn path<'a>(names: &[&'a [u8]]) -> Item<'a> {
    names.iter().map(|name| Item::Bytes(name)).collect()
}

#[test]
fn utf8_variants_are_preferred() {
    let info = parse(
        vec![("name", Item::Bytes(b"\xb2\xe2")), ("name.utf-8", Item::from("测"))],
        vec![("path", path(&[b"\xca\xd4"])), ("path.utf-8", path(&["试".as_bytes()]))],
    )
    .unwrap();
    assert_eq!((info.name(), info.files()[0].path_string()), ("测", "试".to_owned()));
}

#[test]
fn names_in_an_unknown_encoding_are_read_and_leave_the_hash_alone() {
    let info =
        parse(vec![("name", Item::Bytes(b"caf\xe9"))], vec![("path", path(&[b"\x83\x5c", b"a"]))]).unwrap();
    assert_eq!((info.name(), info.files()[0].path_string()), ("caf%E9", "%83%5C/a".to_owned()));
    assert_eq!(info.info_hash(), InfoHash::of(info.raw()));
    assert!(info.raw().windows(4).any(|bytes| bytes == b"caf\xe9"));
}

#[test]
fn every_script_survives_a_round_trip() {
    let names = ["Ελληνικά", "עברית", "العربية", "हिन्दी", "日本語", "한국어", "ไทย", "🎬🦀", "e\u{301}"];
    let builder = names.iter().fold(InfoBuilder::new("названия"), |builder, name| {
        builder.file(vec![(*name).to_owned(), (*name).to_owned()], 1)
    });
    let (info, _) = builder.version(Version::One).finish(&[[0; 20]], &[]).unwrap();
    let found: Vec<_> = info.files().iter().map(|file| file.path[1].clone()).collect();
    assert_eq!(found, names);
}

#[test]
fn padding_may_repeat_and_is_no_file() {
    let file = |name: &'static str, length, attributes| {
        let path = Item::List(vec![Item::from(name)]);
        Item::dict([("path", path), ("length", Item::Int(length)), ("attr", Item::from(attributes))])
    };
    let files = Item::List(vec![file("a", 3, "x"), file("5", 5, "p"), file("b", 3, ""), file("5", 5, "hp")]);
    let info = Info::parse(
        &Item::dict([
            ("files", files),
            ("name", Item::from("folder")),
            ("piece length", Item::Int(8)),
            ("pieces", Item::Bytes(&[0; 40])),
        ])
        .encode(),
    )
    .unwrap();
    let files: Vec<_> = info.files().iter().map(|file| (file.path_string(), file.span.range())).collect();
    assert_eq!(files, [("a".to_owned(), 0..3), ("b".to_owned(), 8..11)]);
    let content: Vec<_> = info.geometry().pieces().map(|piece| info.geometry().content_of(piece)).collect();
    assert_eq!((info.geometry().total_length(), content), (16, vec![3, 3]));
}

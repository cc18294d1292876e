//! What strangers may put into a torrent, and what comes of it: a sentence, never a surprise.

use metainfo::bencode::{Item, MAX_DEPTH, Value};
use metainfo::{
    Error, Info, InfoBuilder, MAX_FILES, MAX_PATH_DEPTH, MAX_PATH_SHARE, MAX_PIECE_LENGTH, MAX_PIECES,
    MAX_TORRENT_LENGTH, Metainfo, SPARE_PATHS, Version,
};

const PIECES: &[u8] = &[b'x'; 20];

/// The `info` of one file of three bytes in one piece, with `changes` made to it.
fn info_with<'a>(changes: impl IntoIterator<Item = (&'a str, Item<'a>)>) -> Vec<u8> {
    let sound = [
        ("length", Item::Int(3)),
        ("name", Item::from("a")),
        ("piece length", Item::Int(16384)),
        ("pieces", Item::from(PIECES)),
    ];
    Item::dict(sound.into_iter().chain(changes)).encode()
}

fn error_with<'a>(changes: impl IntoIterator<Item = (&'a str, Item<'a>)>) -> Error {
    Info::parse(&info_with(changes)).expect_err("the change breaks it")
}

/// The `info` dictionary of a folder with these paths, one byte in each file.
fn folder(paths: &[&[&str]]) -> Vec<u8> {
    let files = paths.iter().map(|path| file(path, 1)).collect();
    info_with([("files", files)])
}

fn file<'a>(path: &[&'a str], length: i64) -> Item<'a> {
    Item::dict([("length", Item::Int(length)), ("path", path.iter().map(|name| Item::from(*name)).collect())])
}

fn error_of_folder(paths: &[&[&str]]) -> Error {
    Info::parse(&folder(paths)).expect_err("the paths are wrong")
}

#[test]
fn a_hundred_megabytes_of_junk_are_refused_unread() {
    for byte in [0, b'l', b'd', b'1'] {
        let junk = vec![byte; 100 << 20];
        assert_eq!(Metainfo::parse(&junk), Err(Error::TooLarge));
        assert_eq!(Info::parse(&junk), Err(Error::TooLarge));
    }
}

#[test]
fn junk_within_the_limit_is_refused() {
    assert_eq!(Metainfo::parse(&vec![0; MAX_TORRENT_LENGTH]), Err(Error::Malformed { offset: 0 }));
    assert_eq!(Metainfo::parse(&vec![b'1'; MAX_TORRENT_LENGTH]), Err(Error::Truncated));
    assert_eq!(Metainfo::parse(b""), Err(Error::Truncated));
    assert_eq!(Metainfo::parse(b"<!DOCTYPE html>"), Err(Error::Malformed { offset: 0 }));
}

#[test]
fn deep_nesting_is_refused() {
    assert_eq!(Metainfo::parse(&vec![b'l'; MAX_TORRENT_LENGTH]), Err(Error::TooDeep));
    let mut nested = info_with([]);
    let deep = [b"1:z".to_vec(), b"l".repeat(MAX_DEPTH), b"e".repeat(MAX_DEPTH), b"e".to_vec()].concat();
    nested.truncate(nested.len() - 1);
    nested.extend(deep);
    assert_eq!(Info::parse(&nested), Err(Error::TooDeep));
}

#[test]
fn a_torrent_that_is_many_empty_lists_is_read_in_little_memory() {
    let lists = b"le".repeat(MAX_TORRENT_LENGTH / 2 - 100);
    let info = [b"d5:filesl".to_vec(), lists, b"e4:name1:a6:pieces0:e".to_vec()].concat();
    assert_eq!(Info::parse(&info), Err(Error::Missing("path".into())));
}

#[test]
fn bytes_behind_the_info_of_a_peer_are_refused() {
    let mut info = info_with([]);
    let offset = info.len();
    info.push(b'x');
    assert_eq!(Info::parse(&info), Err(Error::TrailingBytes { offset }));
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    for path in [
        &["..", "a"][..],
        &["a", "..", "b"],
        &["a", "."],
        &["/etc/passwd"],
        &["", "etc", "passwd"],
        &["a", ""],
        &["a/../../b"],
        &["..\\a"],
        &["a\0.txt"],
    ] {
        assert!(matches!(error_of_folder(&[&["fine"], path]), Error::Name { .. }), "{path:?}");
    }
    assert_eq!(error_of_folder(&[&[]]), Error::Invalid("path".into()));
}

#[test]
fn the_name_is_held_to_the_same_rules() {
    for name in ["", "..", "a/b", "..\\a", "/a", "a\0", "..."] {
        assert!(matches!(error_with([("name", Item::from(name))]), Error::Name { .. }), "{name:?}");
        assert!(matches!(error_with([("name.utf-8", Item::from(name))]), Error::Name { .. }), "{name:?}");
    }
}

#[test]
fn paths_that_clash_are_refused() {
    assert_eq!(error_of_folder(&[&["a"], &["b"], &["a"]]), Error::DuplicatePath("a".to_owned()));
    assert_eq!(error_of_folder(&[&["a"], &["b"], &["a", "b"]]), Error::FileIsFolder("a".to_owned()));
    assert_eq!(error_of_folder(&[&["a", "b"], &["a"]]), Error::FileIsFolder("a".to_owned()));
}

#[test]
fn a_path_has_a_limit() {
    let info = Info::parse(&folder(&[&["d"; MAX_PATH_DEPTH]])).unwrap();
    assert_eq!(info.files()[0].path.len(), MAX_PATH_DEPTH);
    assert_eq!(error_of_folder(&[&["d"; MAX_PATH_DEPTH + 1]]), Error::PathTooDeep);
    assert_eq!(error_of_folder(&[&["d"; 1 << 20]]), Error::PathTooDeep);
}

/// The `info` of version 2 with so many files in a folder below folders of these names: empty ones, or of a byte each.
fn deep_folder(names: &[&str], files: usize, is_empty: bool) -> Vec<u8> {
    let root = format!("6:lengthi1e11:pieces root32:{}", "r".repeat(32));
    let file = if is_empty { "6:lengthi0e" } else { &root };
    let files = (0..files).map(|n| format!("6:{n:06}d0:d{file}ee"));
    let tree = names.iter().rev().fold(format!("d{}e", files.collect::<String>()), |inside, name| {
        format!("d{}:{name}{inside}e", name.len())
    });
    format!("d9:file tree{tree}12:meta versioni2e4:name1:a12:piece lengthi16384ee").into_bytes()
}

#[test]
fn a_deep_folder_is_not_copied_for_each_of_many_files() {
    // Issue 11, A2: 310 kB took 600 MB.
    let name = "d".repeat(1000);
    let info = deep_folder(&[&*name; 58], 10_000, true);
    assert!((300_000..320_000).contains(&info.len()));
    let mut read = None;
    let spent = allocation_counter::measure(|| read = Some(Info::parse(&info)));
    assert_eq!(read, Some(Err(Error::PathsTooLong)));
    let limit = SPARE_PATHS + (MAX_PATH_SHARE + 2) * info.len();
    assert!(spent.bytes_total <= limit as u64, "{} bytes", spent.bytes_total);
}

#[test]
fn the_paths_of_an_honest_torrent_have_room() {
    // As many files as there may be, at 150 characters from the top.
    let folders = ["a film in many languages, by a name of some length"; 3];
    let info = deep_folder(&folders, MAX_FILES, false);
    assert_eq!(Info::parse(&info).map(|info| info.files().len()), Ok(MAX_FILES));
    // Few files at the end of the longest path that Windows has, each character of three bytes.
    let folder = "日本語の長い名前".repeat(3);
    let info = deep_folder(&[&*folder; 10], 80, false);
    assert_eq!(Info::parse(&info).map(|info| info.files().len()), Ok(80));
}

#[test]
fn files_whose_paths_could_not_be_read_make_no_torrent() {
    let name = "d".repeat(MAX_PATH_DEPTH);
    let builder = |version| {
        (0..500).fold(InfoBuilder::new("a").version(version), |builder, n| {
            let path = vec![name.clone(); MAX_PATH_DEPTH - 1].into_iter().chain([n.to_string()]);
            builder.file(path.collect(), 1)
        })
    };
    assert_eq!(builder(Version::Two).geometry(), Err(Error::PathsTooLong));
    assert!(builder(Version::One).geometry().is_ok() && builder(Version::Hybrid).geometry().is_ok());
}

#[test]
fn piece_layers_may_come_in_any_order() {
    let leaves = |n: u8| [[n; 1].as_slice(), &[n; 2]].map(metainfo::merkle::Hash::of_block);
    let builder = (0..20)
        .fold(InfoBuilder::new("a").version(Version::Two).piece_length(16384), |builder, n| {
            builder.file(vec![format!("{n:02}")], 20_000)
        });
    let all: Vec<_> = (0..20).flat_map(leaves).collect();
    let (info, layers) = builder.finish(&[], &all).unwrap();
    let metainfo = Metainfo { piece_layers: layers, ..Metainfo::new(info) };
    let bytes = metainfo.to_bytes();
    let root = Value::parse(&bytes).unwrap();
    let entries: Vec<_> = root.get("piece layers").unwrap().entries().unwrap().collect();
    let encode = |entries: &[(&[u8], Value<'_>)]| {
        let mut out = [b"d4:info", metainfo.info.raw(), b"12:piece layersd"].concat();
        for (root, layer) in entries {
            out.extend([format!("{}:", root.len()).as_bytes(), root, layer.raw()].concat());
        }
        out.extend(b"ee");
        out
    };
    let reversed: Vec<_> = entries.iter().rev().copied().collect();
    assert_eq!(Metainfo::parse(&encode(&reversed)), Ok(metainfo.clone()));
    let twice = [&entries[..], &entries[..1]].concat();
    assert_eq!(Metainfo::parse(&encode(&twice)), Err(Error::PieceLayers));
}

#[test]
fn files_have_a_limit() {
    let names: Vec<_> = (0..=MAX_FILES).map(|n| n.to_string()).collect();
    let folder_of = |count: usize| {
        let files = names[..count].iter().map(|name| file(&[name], i64::from(name == "0"))).collect();
        info_with([("files", files)])
    };
    assert_eq!(Info::parse(&folder_of(MAX_FILES)).unwrap().files().len(), MAX_FILES);
    assert_eq!(Info::parse(&folder_of(MAX_FILES + 1)), Err(Error::TooManyFiles));
}

#[test]
fn the_pieces_must_be_as_many_as_the_files_make() {
    let count = |length, found: usize| {
        let hashes = [0].repeat(20 * found);
        error_with([("length", Item::Int(length)), ("pieces", Item::Bytes(&hashes))])
    };
    assert_eq!(count(3, 0), Error::PieceCount { expected: 1, found: 0 });
    assert_eq!(count(16385, 1), Error::PieceCount { expected: 2, found: 1 });
    assert_eq!(count(16385, 3), Error::PieceCount { expected: 2, found: 3 });
    assert_eq!(error_with([("pieces", Item::from(&[0; 21][..]))]), Error::Invalid("pieces".into()));
}

#[test]
fn lengths_that_overflow_are_refused() {
    let files = |lengths: &[i64]| {
        let names = ["a", "b", "c", "d"];
        lengths.iter().zip(names).map(|(length, name)| file(&[name], *length)).collect::<Item<'_>>()
    };
    assert_eq!(error_with([("files", files(&[i64::MAX, i64::MAX, 2]))]), Error::LengthOverflow);
    assert_eq!(error_with([("files", files(&[i64::MAX]))]), Error::TooManyPieces);
    assert_eq!(error_with([("files", files(&[1, -1]))]), Error::Invalid("length".into()));
    let beyond = Value::parse(b"i18446744073709551619e").unwrap();
    assert_eq!(error_with([("length", Item::Raw(beyond.raw()))]), Error::Invalid("length".into()));
}

#[test]
fn pieces_have_limits() {
    for length in [0, i64::from(MAX_PIECE_LENGTH) + 1, i64::MAX] {
        assert_eq!(error_with([("piece length", Item::Int(length))]), Error::PieceLength(length as u64));
    }
    assert_eq!(error_with([("piece length", Item::Int(-1))]), Error::Invalid("piece length".into()));
    let length = Item::Int(i64::from(MAX_PIECES) + 1);
    assert_eq!(error_with([("piece length", Item::Int(1)), ("length", length)]), Error::TooManyPieces);
}

#[test]
fn a_torrent_without_content_is_refused() {
    assert_eq!(error_with([("length", Item::Int(0)), ("pieces", Item::from(""))]), Error::Empty);
    assert_eq!(error_with([("files", Item::List(vec![])), ("pieces", Item::from(""))]), Error::Empty);
}

#[test]
fn each_missing_field_is_named() {
    for (bytes, field) in [
        (&b"d4:name1:a12:piece lengthi1e6:pieces0:e"[..], "length"),
        (b"d6:lengthi3e12:piece lengthi1e6:pieces0:e", "name"),
        (b"d6:lengthi3e4:name1:a6:pieces0:e", "piece length"),
        (b"d6:lengthi3e4:name1:a12:piece lengthi1ee", "pieces"),
        (b"d5:filesld6:lengthi1eee4:name1:a6:pieces0:e", "path"),
    ] {
        assert_eq!(Info::parse(bytes), Err(Error::Missing(field.into())));
    }
}

#[test]
fn fields_of_another_kind_are_named() {
    for field in ["files", "length", "name", "piece length"] {
        let another = if field == "name" { Item::Int(1) } else { Item::from("x") };
        assert_eq!(error_with([(field, another)]), Error::Invalid(field.into()));
    }
    assert_eq!(Info::parse(b"le"), Err(Error::Invalid("info".into())));
}

#[test]
fn messages_stay_short_whatever_they_quote() {
    let (name, part) = ("x/".repeat(1 << 20), "y".repeat(1000));
    let path = [&*part; MAX_PATH_DEPTH];
    for error in [error_with([("name", Item::from(&*name))]), error_of_folder(&[&path, &path])] {
        let message = error.to_string();
        assert!(message.ends_with('.') && message.len() < 300, "{message}");
    }
}

//! Entries of `info` that this crate does not know.

use metainfo::bencode::Item;
use metainfo::{Error, Info, InfoHash, Metainfo, check_files};

const INFO: &str = "d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe";

#[test]
fn an_entry_is_found_and_kept_byte_by_byte() {
    let raw = INFO.replace("6:pieces", "3:oddd1:zi007e1:a0:e6:pieces");
    let info = Info::parse(raw.as_bytes()).unwrap();
    assert_eq!(info.entry("odd").unwrap().raw(), b"d1:zi007e1:a0:e");
    assert_eq!(info.entry("even"), None);
    assert_eq!(info.info_hash(), InfoHash::of(raw.as_bytes()));
    let metainfo = Metainfo::new(info);
    assert_eq!(Metainfo::parse(&metainfo.to_bytes()).unwrap().info.raw(), raw.as_bytes());
}

#[test]
fn another_entry_makes_another_torrent_and_leaves_the_rest() {
    let raw = INFO.replace("i3e", "i003e");
    let info = Info::parse(raw.as_bytes()).unwrap();
    let more = info.with_entry("sc-test", Item::from(7)).unwrap();
    assert_eq!(more.raw(), format!("{}7:sc-testi7ee", &raw[..raw.len() - 1]).as_bytes());
    assert_ne!(more.info_hash(), info.info_hash());
    assert_eq!((more.files(), more.geometry()), (info.files(), info.geometry()));
    let other = more.with_entry("sc-test", Item::from("x")).unwrap();
    assert_eq!(other.entry("sc-test").unwrap().as_str(), Some("x"));
    assert_eq!(more.with_entry("pieces", Item::from("x")), Err(Error::Invalid("pieces".into())));
}

#[test]
fn files_of_other_lists_are_held_to_the_same_rules() {
    let paths = |texts: &[&str]| -> Vec<Vec<String>> {
        texts.iter().map(|text| text.split('/').map(str::to_owned).collect()).collect()
    };
    let check = |name: &str, texts: &[&str]| check_files(name, paths(texts).iter().map(|path| &path[..]));
    assert_eq!(check("a", &["b/c", "b/d", "e"]), Ok(()));
    assert!(matches!(check("..", &["b"]), Err(Error::Name { .. })));
    assert!(matches!(check("a", &["b/../c"]), Err(Error::Name { .. })));
    assert_eq!(check("a", &["b", "b"]), Err(Error::DuplicatePath("b".to_owned())));
    assert_eq!(check("a", &["b", "b/c"]), Err(Error::FileIsFolder("b".to_owned())));
    assert_eq!(check("a", &[&["b"; 65].join("/")]), Err(Error::PathTooDeep));
    assert_eq!(check_files("a", [&[][..]].into_iter()), Err(Error::Invalid("path".into())));
    let many = vec![vec!["b".to_owned()]; metainfo::MAX_FILES + 1];
    assert_eq!(check_files("a", many.iter().map(|path| &path[..])), Err(Error::TooManyFiles));
}

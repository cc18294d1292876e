//! Torrents that other programs made (from npm's webtorrent-fixtures, MIT) read as those programs read them.

use metainfo::{Error, Metainfo};

const ALICE: &[u8] = include_bytes!("../../../fuzz/corpus/metainfo/alice.torrent");
const CORRUPT: &[u8] = include_bytes!("../../../fuzz/corpus/metainfo/corrupt.torrent");
const LEAVES: &[u8] = include_bytes!("../../../fuzz/corpus/metainfo/leaves.torrent");
const LOTS_OF_NUMBERS: &[u8] = include_bytes!("../../../fuzz/corpus/metainfo/lots-of-numbers.torrent");

#[test]
fn one_file_has_the_info_hash_that_webtorrent_gives_it() {
    let metainfo = Metainfo::parse(LEAVES).unwrap();
    assert_eq!(metainfo.info.info_hash().to_string(), "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36");
    assert_eq!(metainfo.info.name(), "Leaves of Grass by Walt Whitman.epub");
    assert_eq!(metainfo.info.geometry().total_length(), 362_017);
    assert_eq!(metainfo.info.geometry().piece_count(), 23);
    assert_eq!(metainfo.created_by.as_deref(), Some("uTorrent/3300"));
    assert_eq!(metainfo.creation_date, Some(1_375_363_666));
}

#[test]
fn folders_have_the_info_hash_that_webtorrent_gives_them() {
    let info = Metainfo::parse(LOTS_OF_NUMBERS).unwrap().info;
    assert_eq!(info.info_hash().to_string(), "114ead6243792ba56297edbb9a78dfba84d4fc00");
    let paths: Vec<_> = info.files().iter().map(|file| file.path_string()).collect();
    assert_eq!(paths[..2], ["big numbers/10.txt", "big numbers/11.txt"]);
    assert_eq!(info.files()[5].span.range(), 9..12);
}

#[test]
fn a_torrent_without_trackers_has_none() {
    let metainfo = Metainfo::parse(ALICE).unwrap();
    assert!(metainfo.announce.is_empty());
}

#[test]
fn a_torrent_that_webtorrent_refuses_is_refused() {
    assert_eq!(Metainfo::parse(CORRUPT), Err(Error::Missing("name".into())));
}

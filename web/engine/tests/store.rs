//! What was stored is there at the next visit, whatever happened in between.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU64;

use metainfo::{InfoBuilder, InfoHash, Metainfo, PieceIndex, Version};
use protocol::TipClaim;
use seedcast_engine::store::{Directory, Folder};
use seedcast_engine::{store, thrown};
use session::{Error, FileStamp, Found, Record, Storage as _, Suspect};
use sha1::{Digest as _, Sha1};
use swarm::Priority;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::DomException;
use wire::Bitfield;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const PIECE: usize = 16 * 1024;

fn bytes() -> Vec<u8> {
    (0..PIECE * 3 + 5).map(|at| (at * 31 + (at >> 9)) as u8).collect()
}

fn metainfo() -> Metainfo {
    let bytes = bytes();
    let hashes: Vec<[u8; 20]> = bytes.chunks(PIECE).map(|piece| Sha1::digest(piece).into()).collect();
    let builder = InfoBuilder::single("stored.bin", bytes.len() as u64).version(Version::One);
    let (info, piece_layers) = builder.finish(&hashes, &[]).unwrap();
    let announce = vec![vec!["wss://tracker.example/announce".to_owned()]];
    Metainfo {
        info,
        piece_layers,
        announce,
        url_list: Vec::new(),
        comment: Some("kept".to_owned()),
        created_by: None,
        creation_date: None,
        endorsements: Vec::new(),
    }
}

/// A folder of its own for each test.
async fn place(name: &str) -> Directory {
    let root = Directory::root().await.unwrap();
    root.remove(name).await.unwrap();
    root.directory(name).await.unwrap()
}

async fn open(place: &Directory, info_hash: InfoHash) -> Result<(Folder, Found), Error> {
    store::open(place, info_hash, Suspect::Leave).await
}

fn write(folder: &Folder, stored: &mut Bitfield, piece: u32) {
    let bytes = bytes();
    let at = piece as usize * PIECE;
    let end = (at + PIECE).min(bytes.len());
    folder.write(at as u64, &bytes[at..end]).unwrap();
    stored.set(PieceIndex::new(piece));
    folder.mark(stored, PieceIndex::new(piece)).unwrap();
}

fn indices(pieces: &Bitfield) -> Vec<u32> {
    pieces.iter_ones().map(PieceIndex::get).collect()
}

/// Without hashing anything: webtorrent-desktop#1586, webtorrent-desktop#1891, webtorrent#2400.
#[wasm_bindgen_test]
async fn a_record_and_the_pieces_it_claims_are_found_again() {
    let (place, metainfo) = (place("kept").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    write(&folder, &mut stored, 1);
    write(&folder, &mut stored, 3);
    let stamp = FileStamp { length: 7, modified: 1.5 };
    let mut record = Record {
        paused: true,
        priorities: vec![(2, Priority::Skip)],
        files: vec![stamp],
        uploaded: 9,
        ..Record::default()
    };
    record.limits.up = NonZeroU64::new(50_000);
    record.tips = vec![TipClaim { chain: 1029, transaction: [7; 32] }];
    record.metadata_only = true;
    folder.save(&mut record, Some(&stored)).unwrap();
    drop(folder);

    let (folder, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(found.record, Some(record));
    assert_eq!(found.metainfo, Some(metainfo));
    assert_eq!(indices(&found.stored.unwrap()), [1, 3]);
    let mut read = vec![0; PIECE];
    folder.read(PIECE as u64, &mut read).unwrap();
    assert!(read == bytes()[PIECE..PIECE * 2]);
}

#[wasm_bindgen_test]
async fn data_that_was_deleted_is_noticed_and_not_claimed() {
    let (place, metainfo) = (place("evicted").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    write(&folder, &mut stored, 0);
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    drop(folder);
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    directory.remove("data").await.unwrap();
    let (_, found) = open(&place, info_hash).await.unwrap();
    assert!(found.evicted);
    assert_eq!(indices(&found.stored.unwrap()), [0; 0]);
}

#[wasm_bindgen_test]
async fn a_folder_that_is_open_cannot_be_opened_again() {
    let (place, info_hash) = (place("twice").await, metainfo().info.info_hash());
    let _open = open(&place, info_hash).await.unwrap();
    assert_eq!(open(&place, info_hash).await.err(), Some(Error::InUse));
}

#[wasm_bindgen_test]
async fn a_removed_folder_is_gone() {
    let (place, info_hash) = (place("removed").await, metainfo().info.info_hash());
    drop(open(&place, info_hash).await.unwrap());
    place.remove(&info_hash.to_string()).await.unwrap();
    assert_eq!(place.names().await.unwrap(), Vec::<String>::new());
}

#[wasm_bindgen_test]
fn a_full_storage_is_told_from_a_broken_one() {
    let error = |name| DomException::new_with_message_and_name("words", name).unwrap().into();
    assert_eq!(thrown(&error("QuotaExceededError")), Error::Full);
    assert_eq!(thrown(&error("InvalidStateError")), Error::Failed("words".to_owned()));
}

//! What was stored is there at the next visit, whatever happened in between.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU64;

use metainfo::{InfoBuilder, InfoHash, Metainfo, PieceIndex, Version};
use protocol::TipClaim;
use seedcast_engine::Error;
use seedcast_engine::store::{Directory, Folder, Found, Suspect};
use session::{FileStamp, Listing, Record, turn};
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
    Folder::open(place, info_hash, Suspect::Leave).await
}

fn store(folder: &Folder, stored: &mut Bitfield, piece: u32) {
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

#[wasm_bindgen_test]
async fn a_new_folder_has_nothing_that_anyone_could_miss() {
    let place = place("new").await;
    let (_, found) = open(&place, metainfo().info.info_hash()).await.unwrap();
    assert!(found.is_empty());
}

/// Without hashing anything: webtorrent-desktop#1586, webtorrent-desktop#1891, webtorrent#2400.
#[wasm_bindgen_test]
async fn a_record_and_the_pieces_it_claims_are_found_again() {
    let (place, metainfo) = (place("kept").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 1);
    store(&folder, &mut stored, 3);
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
async fn pieces_that_no_record_claims_are_marked_but_not_trusted() {
    let (place, metainfo) = (place("marked").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 0);
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    store(&folder, &mut stored, 2);
    drop(folder);

    let (folder, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(indices(&found.stored.unwrap()), [0]);
    assert_eq!(indices(&folder.marked(&metainfo.info).unwrap()), [0, 2]);
}

#[wasm_bindgen_test]
async fn a_record_torn_while_it_was_written_leaves_the_one_before() {
    let (place, info_hash) = (place("torn").await, metainfo().info.info_hash());
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save(&mut Record { uploaded: 1, ..Record::default() }, None).unwrap();
    folder.save(&mut Record { uploaded: 2, ..Record::default() }, None).unwrap();
    drop(folder);
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    directory.open("state-0").await.unwrap().truncate(30).unwrap();

    let (mut folder, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(found.record.map(|record| record.uploaded), Some(1));
    assert!(!found.broken);
    folder.save(&mut Record { uploaded: 3, ..Record::default() }, None).unwrap();
    drop(folder);
    let (_, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(found.record.map(|record| record.uploaded), Some(3));
}

/// Issue 11, A11: it was written over in place.
#[wasm_bindgen_test]
async fn a_torrent_file_torn_while_it_was_written_leaves_the_one_before() {
    let (place, first) = (place("torn torrent").await, metainfo());
    let info_hash = first.info.info_hash();
    let second = Metainfo { comment: Some("lost".to_owned()), ..first.clone() };
    let third = Metainfo { comment: Some("longer than both of the others".to_owned()), ..first.clone() };
    for (tear, kept) in [("half", &first), ("one byte", &first), ("nothing", &second)] {
        let (mut folder, _) = open(&place, info_hash).await.unwrap();
        folder.save_torrent(&first).unwrap();
        folder.save_torrent(&second).unwrap();
        folder.save(&mut Record::default(), None).unwrap();
        drop(folder);
        let directory = place.directory(&info_hash.to_string()).await.unwrap();
        let file = directory.open("torrent").await.unwrap();
        let length = file.len().unwrap();
        match tear {
            "half" => file.truncate(length / 2).unwrap(),
            "one byte" => {
                let at = file.contents().unwrap().windows(4).position(|bytes| bytes == b"lost").unwrap();
                file.write(at as u64, b"k").unwrap();
            }
            _ => {}
        }
        drop(file);
        let (folder, found) = open(&place, info_hash).await.unwrap();
        assert_eq!((found.metainfo.as_ref(), found.broken), (Some(kept), false), "{tear}");
        folder.save_torrent(&third).unwrap();
        drop(folder);
        let (folder, found) = open(&place, info_hash).await.unwrap();
        assert_eq!(found.metainfo.as_ref(), Some(&third), "{tear}");
        drop(folder);
        place.remove(&info_hash.to_string()).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_torrent_file_of_the_first_release_is_read_and_outlives_a_torn_write() {
    let (place, metainfo) = (place("first release").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    directory.open("torrent").await.unwrap().replace(&metainfo.to_bytes()).unwrap();
    let (folder, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(found.metainfo.as_ref(), Some(&metainfo));
    folder.save_torrent(&Metainfo { comment: None, ..metainfo.clone() }).unwrap();
    drop(folder);
    let (folder, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(found.metainfo.map(|metainfo| metainfo.comment), Some(None));
    drop(folder);
    directory.open("torrent-1").await.unwrap().truncate(50).unwrap();
    let (_, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(found.metainfo, Some(metainfo));
}

/// Issue 12, 5: finished, half done, and shared from files of the user's.
#[wasm_bindgen_test]
async fn what_the_first_release_stored_is_there_without_a_hash() {
    let records: [(&[u8], &[u32], usize); 3] = [
        (include_bytes!("../../../crates/session/tests/records/first-finished"), &[0, 1, 2, 3], 0),
        (include_bytes!("../../../crates/session/tests/records/first-half-done"), &[1, 3], 0),
        (include_bytes!("../../../crates/session/tests/records/first-shared"), &[], 1),
    ];
    for (state, pieces, files) in records {
        let (place, metainfo) = (place("of the first release").await, metainfo());
        let info_hash = metainfo.info.info_hash();
        let directory = place.directory(&info_hash.to_string()).await.unwrap();
        directory.open("torrent").await.unwrap().replace(&metainfo.to_bytes()).unwrap();
        directory.open("state-0").await.unwrap().replace(state).unwrap();
        if !pieces.is_empty() {
            directory.open("data").await.unwrap().replace(&bytes()).unwrap();
        }
        let (mut folder, found) = open(&place, info_hash).await.unwrap();
        assert_eq!(indices(&found.stored.unwrap()), pieces);
        assert!(!found.evicted && !found.broken);
        let mut record = found.record.unwrap();
        assert_eq!(record.files.len(), files);
        record.uploaded += 1;
        folder.save(&mut record, None).unwrap();
        drop(folder);
        let (_, found) = open(&place, info_hash).await.unwrap();
        assert_eq!(found.record, Some(record), "what is written now is newer");
    }
}

/// Issue 11, A2: what ended the worker did so at every start.
#[wasm_bindgen_test]
async fn a_folder_at_whose_opening_three_visits_ended_is_left_alone_until_the_user_wants_it() {
    let (place, metainfo) = (place("suspect").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 1);
    folder.save(&mut Record { uploaded: 9, ..Record::default() }, Some(&stored)).unwrap();
    drop(folder);
    // As a worker leaves it that did not come to its end.
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    directory.open("opening").await.unwrap().write(0, b"!!").unwrap();
    // It may have been the user, who closed the browser.
    let (folder, _) = open(&place, info_hash).await.unwrap();
    drop(folder);
    directory.open("opening").await.unwrap().write(0, b"!!!").unwrap();
    for _visit in 0..3 {
        assert_eq!(open(&place, info_hash).await.err(), Some(Error::BrokeVisit));
    }
    let (mut folder, found) = Folder::open(&place, info_hash, Suspect::Open).await.unwrap();
    assert_eq!(found.record.map(|record| record.uploaded), Some(9));
    assert_eq!((found.metainfo, indices(&found.stored.unwrap())), (Some(metainfo), vec![1]));
    folder.opened();
    drop(folder);
    assert!(open(&place, info_hash).await.is_ok(), "it went well");
}

#[wasm_bindgen_test]
async fn what_a_later_release_wrote_is_left_as_it_is() {
    let (place, info_hash) = (place("later release").await, metainfo().info.info_hash());
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save(&mut Record::default(), None).unwrap();
    drop(folder);
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    let unknown = turn::seal(*b"seedrcrd", 2, b"a format to come");
    directory.open("state-0").await.unwrap().replace(&unknown).unwrap();
    assert_eq!(open(&place, info_hash).await.err(), Some(Error::Broken));
    assert_eq!(directory.open("state-0").await.unwrap().contents(), Ok(unknown));
}

#[wasm_bindgen_test]
async fn a_folder_whose_records_are_both_torn_says_so() {
    let (place, info_hash) = (place("broken").await, metainfo().info.info_hash());
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    for name in ["state-0", "state-1"] {
        directory.open(name).await.unwrap().replace(b"seedst01 and then nothing").unwrap();
    }
    let (_, found) = open(&place, info_hash).await.unwrap();
    assert!(found.broken && found.record.is_none());
}

#[wasm_bindgen_test]
async fn a_torrent_file_of_another_torrent_is_not_believed() {
    let (place, metainfo) = (place("swapped").await, metainfo());
    let other = InfoHash::from_bytes([7; 20]);
    let (folder, _) = open(&place, other).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    drop(folder);
    let (_, found) = open(&place, other).await.unwrap();
    assert!(found.broken && found.metainfo.is_none());
}

#[wasm_bindgen_test]
async fn claims_beyond_the_end_of_the_data_are_not_believed() {
    let (place, metainfo) = (place("short").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    (0..4).for_each(|piece| store(&folder, &mut stored, piece));
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    folder.data().truncate(PIECE as u64 * 2 + 1).unwrap();
    drop(folder);
    let (_, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(indices(&found.stored.unwrap()), [0, 1]);
    assert!(found.evicted);
}

#[wasm_bindgen_test]
async fn a_folder_whose_making_was_cut_short_has_nothing_that_anyone_could_miss() {
    let (place, metainfo) = (place("half made").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    drop(folder);
    let (_, found) = open(&place, info_hash).await.unwrap();
    assert!(found.is_empty());
}

#[wasm_bindgen_test]
async fn marked_pieces_are_missed_even_without_a_record() {
    let (place, metainfo) = (place("unrecorded").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    store(&folder, &mut Bitfield::new(4), 2);
    drop(folder);
    let (folder, found) = open(&place, info_hash).await.unwrap();
    assert!(!found.is_empty());
    assert_eq!(indices(&folder.marked(&metainfo.info).unwrap()), [2]);
}

#[wasm_bindgen_test]
async fn a_folder_whose_deletion_was_cut_short_at_any_file_does_not_come_back() {
    const FILES: [&str; 7] = ["torrent", "torrent-1", "data", "have", "state-0", "state-1", "opening"];
    let (place, metainfo) = (place("half deleted").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    // The browser deletes in an order of its own.
    for gone in 0..1_u8 << FILES.len() {
        let (mut folder, _) = open(&place, info_hash).await.unwrap();
        folder.save_torrent(&metainfo).unwrap();
        let mut stored = Bitfield::new(4);
        store(&folder, &mut stored, 1);
        folder.save(&mut Record::default(), Some(&stored)).unwrap();
        let mut deleted = Record { listing: Listing::Deleted, ..Record::default() };
        folder.save(&mut deleted, Some(&stored)).unwrap();
        folder.save(&mut deleted, Some(&stored)).unwrap();
        folder.clear().unwrap();
        drop(folder);
        let directory = place.directory(&info_hash.to_string()).await.unwrap();
        for (at, name) in FILES.iter().enumerate() {
            if gone & (1 << at) != 0 {
                directory.remove(name).await.unwrap();
            }
        }
        let (folder, found) = open(&place, info_hash).await.unwrap();
        assert!(found.listing() == Listing::Deleted || found.is_empty(), "without {gone:07b}");
        drop(folder);
        place.remove(&info_hash.to_string()).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn data_that_was_deleted_is_noticed_and_not_claimed() {
    let (place, metainfo) = (place("evicted").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 0);
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    drop(folder);
    let directory = place.directory(&info_hash.to_string()).await.unwrap();
    directory.remove("data").await.unwrap();
    let (_, found) = open(&place, info_hash).await.unwrap();
    assert!(found.evicted);
    assert_eq!(indices(&found.stored.unwrap()), [0; 0]);
}

#[wasm_bindgen_test]
async fn room_that_was_claimed_holds_no_piece() {
    let (place, metainfo) = (place("reserved").await, metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&place, info_hash).await.unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 0);
    folder.reserve(metainfo.info.geometry().total_length()).unwrap();
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    drop(folder);
    let (folder, found) = open(&place, info_hash).await.unwrap();
    assert_eq!(indices(&found.stored.unwrap()), [0]);
    assert_eq!(indices(&folder.marked(&metainfo.info).unwrap()), [0]);
    assert_eq!(folder.data().len().unwrap(), metainfo.info.geometry().total_length());
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
    let thrown = |name| DomException::new_with_message_and_name("words", name).unwrap().into();
    assert_eq!(Error::from_storage(&thrown("QuotaExceededError")), Error::Full);
    assert_eq!(Error::from_storage(&thrown("InvalidStateError")), Error::Storage("words".to_owned()));
}

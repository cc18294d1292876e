//! What was stored is there at the next visit, whatever happened in between.
use std::ops::Range;

use crate::disk::{Disk, OpenFile};
use metainfo::{InfoBuilder, InfoHash, Metainfo, PieceIndex, Version, merkle};
use session::{Error, FILES, File as _, Folder, Found, Listing, Record, Storage as _, Suspect, turn};
use sha1::{Digest as _, Sha1};
use wire::Bitfield;

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

fn open(disk: &Disk, info_hash: InfoHash) -> Result<(Folder<OpenFile>, Found), Error> {
    Folder::open(disk.files(), info_hash, Suspect::Leave)
}

fn store(folder: &Folder<OpenFile>, stored: &mut Bitfield, piece: u32) {
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

#[test]
fn a_new_folder_has_nothing_that_anyone_could_miss() {
    let disk = Disk::default();
    let (_, found) = open(&disk, metainfo().info.info_hash()).unwrap();
    assert!(found.is_empty());
}

#[test]
fn pieces_that_no_record_claims_are_marked_but_not_trusted() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&disk, info_hash).unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 0);
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    store(&folder, &mut stored, 2);
    drop(folder);

    let (folder, found) = open(&disk, info_hash).unwrap();
    assert_eq!(indices(&found.stored.unwrap()), [0]);
    assert_eq!(indices(&folder.marked(&metainfo.info).unwrap()), [0, 2]);
}

#[test]
fn a_record_torn_while_it_was_written_leaves_the_one_before() {
    let (disk, info_hash) = (Disk::default(), metainfo().info.info_hash());
    let (mut folder, _) = open(&disk, info_hash).unwrap();
    folder.save(&mut Record { uploaded: 1, ..Record::default() }, None).unwrap();
    folder.save(&mut Record { uploaded: 2, ..Record::default() }, None).unwrap();
    drop(folder);
    disk.file("state-0").truncate(30).unwrap();

    let (mut folder, found) = open(&disk, info_hash).unwrap();
    assert_eq!(found.record.map(|record| record.uploaded), Some(1));
    assert!(!found.broken);
    folder.save(&mut Record { uploaded: 3, ..Record::default() }, None).unwrap();
    drop(folder);
    let (_, found) = open(&disk, info_hash).unwrap();
    assert_eq!(found.record.map(|record| record.uploaded), Some(3));
}

/// Issue 11, A11: it was written over in place.
#[test]
fn a_torrent_file_torn_while_it_was_written_leaves_the_one_before() {
    let first = metainfo();
    let info_hash = first.info.info_hash();
    let second = Metainfo { comment: Some("lost".to_owned()), ..first.clone() };
    let third = Metainfo { comment: Some("longer than both of the others".to_owned()), ..first.clone() };
    for (tear, kept) in [("half", &first), ("one byte", &first), ("nothing", &second)] {
        let disk = Disk::default();
        let (mut folder, _) = open(&disk, info_hash).unwrap();
        folder.save_torrent(&first).unwrap();
        folder.save_torrent(&second).unwrap();
        folder.save(&mut Record::default(), None).unwrap();
        drop(folder);
        let file = disk.file("torrent");
        let length = file.length().unwrap();
        match tear {
            "half" => file.truncate(length / 2).unwrap(),
            "one byte" => {
                let at = file.contents().unwrap().windows(4).position(|bytes| bytes == b"lost").unwrap();
                file.write(at as u64, b"k").unwrap();
            }
            _ => {}
        }
        drop(file);
        let (folder, found) = open(&disk, info_hash).unwrap();
        assert_eq!((found.metainfo.as_ref(), found.broken), (Some(kept), false), "{tear}");
        folder.save_torrent(&third).unwrap();
        drop(folder);
        let (_, found) = open(&disk, info_hash).unwrap();
        assert_eq!(found.metainfo.as_ref(), Some(&third), "{tear}");
    }
}

#[test]
fn a_torrent_file_of_the_first_release_is_read_and_outlives_a_torn_write() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let info_hash = metainfo.info.info_hash();
    disk.file("torrent").replace(&metainfo.to_bytes()).unwrap();
    let (folder, found) = open(&disk, info_hash).unwrap();
    assert_eq!(found.metainfo.as_ref(), Some(&metainfo));
    folder.save_torrent(&Metainfo { comment: None, ..metainfo.clone() }).unwrap();
    drop(folder);
    let (folder, found) = open(&disk, info_hash).unwrap();
    assert_eq!(found.metainfo.map(|metainfo| metainfo.comment), Some(None));
    drop(folder);
    disk.file("torrent-1").truncate(50).unwrap();
    let (_, found) = open(&disk, info_hash).unwrap();
    assert_eq!(found.metainfo, Some(metainfo));
}

/// Issue 12, 5: finished, half done, and shared from files of the user's.
#[test]
fn what_the_first_release_stored_is_there_without_a_hash() {
    let records: [(&[u8], &[u32], usize); 3] = [
        (include_bytes!("../records/first-finished"), &[0, 1, 2, 3], 0),
        (include_bytes!("../records/first-half-done"), &[1, 3], 0),
        (include_bytes!("../records/first-shared"), &[], 1),
    ];
    for (state, pieces, files) in records {
        let (disk, metainfo) = (Disk::default(), metainfo());
        let info_hash = metainfo.info.info_hash();
        disk.file("torrent").replace(&metainfo.to_bytes()).unwrap();
        disk.file("state-0").replace(state).unwrap();
        if !pieces.is_empty() {
            disk.file("data").replace(&bytes()).unwrap();
        }
        let (mut folder, found) = open(&disk, info_hash).unwrap();
        assert_eq!(indices(&found.stored.unwrap()), pieces);
        assert!(!found.evicted && !found.broken);
        let mut record = found.record.unwrap();
        assert_eq!(record.files.len(), files);
        record.uploaded += 1;
        folder.save(&mut record, None).unwrap();
        drop(folder);
        let (_, found) = open(&disk, info_hash).unwrap();
        assert_eq!(found.record, Some(record), "what is written now is newer");
    }
}

/// Issue 11, A2: what ended the worker did so at every start.
#[test]
fn a_folder_at_whose_opening_three_visits_ended_is_left_alone_until_the_user_wants_it() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&disk, info_hash).unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 1);
    folder.save(&mut Record { uploaded: 9, ..Record::default() }, Some(&stored)).unwrap();
    drop(folder);
    // As a worker leaves it that did not come to its end.
    disk.file("opening").write(0, b"!!").unwrap();
    // It may have been the user, who closed the program.
    let (folder, _) = open(&disk, info_hash).unwrap();
    drop(folder);
    disk.file("opening").write(0, b"!!!").unwrap();
    for _visit in 0..3 {
        assert_eq!(open(&disk, info_hash).err(), Some(Error::BrokeVisit));
    }
    let (mut folder, found) = Folder::open(disk.files(), info_hash, Suspect::Open).unwrap();
    assert_eq!(found.record.map(|record| record.uploaded), Some(9));
    assert_eq!((found.metainfo, indices(&found.stored.unwrap())), (Some(metainfo), vec![1]));
    folder.opened();
    drop(folder);
    assert!(open(&disk, info_hash).is_ok(), "it went well");
}

#[test]
fn what_a_later_release_wrote_is_left_as_it_is() {
    let (disk, info_hash) = (Disk::default(), metainfo().info.info_hash());
    let (mut folder, _) = open(&disk, info_hash).unwrap();
    folder.save(&mut Record::default(), None).unwrap();
    drop(folder);
    let unknown = turn::seal(*b"seedrcrd", 2, b"a format to come");
    disk.file("state-0").replace(&unknown).unwrap();
    assert_eq!(open(&disk, info_hash).err(), Some(Error::Broken));
    assert_eq!(disk.file("state-0").contents(), Ok(unknown));
}

#[test]
fn a_folder_whose_records_are_both_torn_says_so() {
    let (disk, info_hash) = (Disk::default(), metainfo().info.info_hash());
    for name in ["state-0", "state-1"] {
        disk.file(name).replace(b"seedst01 and then nothing").unwrap();
    }
    let (_, found) = open(&disk, info_hash).unwrap();
    assert!(found.broken && found.record.is_none());
}

#[test]
fn a_torrent_file_of_another_torrent_is_not_believed() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let other = InfoHash::from_bytes([7; 20]);
    let (folder, _) = open(&disk, other).unwrap();
    folder.save_torrent(&metainfo).unwrap();
    drop(folder);
    let (_, found) = open(&disk, other).unwrap();
    assert!(found.broken && found.metainfo.is_none());
}

#[test]
fn claims_beyond_the_end_of_the_data_are_not_believed() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&disk, info_hash).unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    (0..4).for_each(|piece| store(&folder, &mut stored, piece));
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    folder.data().truncate(PIECE as u64 * 2 + 1).unwrap();
    drop(folder);
    let (_, found) = open(&disk, info_hash).unwrap();
    assert_eq!(indices(&found.stored.unwrap()), [0, 1]);
    assert!(found.evicted);
}

#[test]
fn a_folder_whose_making_was_cut_short_has_nothing_that_anyone_could_miss() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let info_hash = metainfo.info.info_hash();
    let (folder, _) = open(&disk, info_hash).unwrap();
    folder.save_torrent(&metainfo).unwrap();
    drop(folder);
    let (_, found) = open(&disk, info_hash).unwrap();
    assert!(found.is_empty());
}

#[test]
fn marked_pieces_are_missed_even_without_a_record() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let info_hash = metainfo.info.info_hash();
    let (folder, _) = open(&disk, info_hash).unwrap();
    folder.save_torrent(&metainfo).unwrap();
    store(&folder, &mut Bitfield::new(4), 2);
    drop(folder);
    let (folder, found) = open(&disk, info_hash).unwrap();
    assert!(!found.is_empty());
    assert_eq!(indices(&folder.marked(&metainfo.info).unwrap()), [2]);
}

#[test]
fn a_folder_whose_deletion_was_cut_short_at_any_file_does_not_come_back() {
    let metainfo = metainfo();
    let info_hash = metainfo.info.info_hash();
    // The browser deletes in an order of its own.
    for gone in 0..1_u8 << FILES.len() {
        let disk = Disk::default();
        let (mut folder, _) = open(&disk, info_hash).unwrap();
        folder.save_torrent(&metainfo).unwrap();
        let mut stored = Bitfield::new(4);
        store(&folder, &mut stored, 1);
        folder.save(&mut Record::default(), Some(&stored)).unwrap();
        let mut deleted = Record { listing: Listing::Deleted, ..Record::default() };
        folder.save(&mut deleted, Some(&stored)).unwrap();
        folder.save(&mut deleted, Some(&stored)).unwrap();
        folder.clear().unwrap();
        drop(folder);
        for (at, name) in FILES.iter().enumerate() {
            if gone & (1 << at) != 0 {
                disk.delete(name);
            }
        }
        let (_, found) = open(&disk, info_hash).unwrap();
        assert!(found.listing() == Listing::Deleted || found.is_empty(), "without {gone:07b}");
    }
}

/// A folder of files that fill little of their pieces, and its bytes with all padding.
fn small_files(count: usize, version: Version) -> (Metainfo, Vec<u8>) {
    let lengths = || (0..count).map(|n| 2_000 + n % 100);
    let builder = lengths().enumerate().fold(InfoBuilder::new("notes"), |builder, (n, length)| {
        builder.file(vec![format!("{n:04}.txt")], length as u64)
    });
    let builder = builder.version(version);
    let geometry = builder.geometry().unwrap();
    let mut bytes = vec![0; geometry.total_length() as usize];
    for file in builder.files().unwrap() {
        let range = file.span.range();
        bytes[range.start as usize..range.end as usize].fill(1 + (range.start / 16_384) as u8 % 255);
    }
    let piece = |piece| &bytes[geometry.offset_of(piece) as usize..][..geometry.length_of(piece) as usize];
    let content = |index| &piece(index)[..geometry.content_of(index) as usize];
    let mut hashes: Vec<[u8; 20]> =
        geometry.pieces().map(|index| Sha1::digest(piece(index)).into()).collect();
    let mut leaves: Vec<_> = geometry.pieces().flat_map(|index| merkle::leaves(content(index))).collect();
    match version {
        Version::One => leaves.clear(),
        Version::Two => hashes.clear(),
        Version::Hybrid => {}
    }
    let (info, piece_layers) = builder.finish(&hashes, &leaves).unwrap();
    (Metainfo { info, piece_layers, ..metainfo() }, bytes)
}

fn store_all(folder: &Folder<OpenFile>, metainfo: &Metainfo, bytes: &[u8]) -> Bitfield {
    let geometry = metainfo.info.geometry();
    let mut stored = Bitfield::new(geometry.piece_count());
    for piece in geometry.pieces() {
        let at = geometry.offset_of(piece);
        folder.write(at, &bytes[at as usize..][..geometry.length_of(piece) as usize]).unwrap();
        stored.set(piece);
        folder.mark(&stored, piece).unwrap();
    }
    stored
}

/// Every byte can be read, by file, by piece and across padding.
fn check_bytes(folder: &Folder<OpenFile>, metainfo: &Metainfo, bytes: &[u8]) {
    let read = |range: Range<u64>| {
        let mut buffer = vec![9; (range.end - range.start) as usize];
        folder.read(range.start, &mut buffer).unwrap();
        assert!(buffer == bytes[range.start as usize..range.end as usize], "{range:?}");
    };
    let geometry = metainfo.info.geometry();
    for file in metainfo.info.files() {
        read(file.span.range());
        let mut stored = vec![0; file.span.length as usize];
        folder.data().read(folder.places().of(file.span.offset), &mut stored).unwrap();
        assert!(stored == bytes[file.span.offset as usize..file.span.end() as usize]);
    }
    for piece in geometry.pieces() {
        let at = geometry.offset_of(piece);
        read(at..at + u64::from(geometry.length_of(piece)));
    }
    for at in (0..bytes.len().saturating_sub(40_000)).step_by(9_999) {
        read(at as u64..at as u64 + 40_000);
    }
}

/// Issue 13, A1.
#[test]
fn a_folder_of_small_files_is_stored_without_padding() {
    for version in [Version::One, Version::Hybrid, Version::Two] {
        let (disk, (metainfo, bytes)) = (Disk::default(), small_files(2_000, version));
        let info_hash = metainfo.info.info_hash();
        let (mut folder, _) = open(&disk, info_hash).unwrap();
        folder.shape(metainfo.info.geometry());
        folder.save_torrent(&metainfo).unwrap();
        let stored = store_all(&folder, &metainfo, &bytes);
        folder.save(&mut Record::default(), Some(&stored)).unwrap();
        drop(folder);

        let content = metainfo.info.geometry().content_length();
        assert!(disk.used() * 10 <= content * 13, "{version:?} takes {} bytes", disk.used());
        let (mut folder, found) = open(&disk, info_hash).unwrap();
        assert!(found.stored.unwrap().is_full() && !found.evicted);
        assert!(folder.marked(&metainfo.info).unwrap().is_full());
        check_bytes(&folder, &metainfo, &bytes);
        // Room is claimed for what is stored, and no more.
        folder.reserve(metainfo.info.geometry().total_length()).unwrap();
        assert_eq!(folder.data().length().unwrap(), content);
        // A record of less data claims less.
        folder.data().truncate(content - 1).unwrap();
        folder.save(&mut Record::default(), Some(&stored)).unwrap();
        drop(folder);
        let (_, found) = open(&disk, info_hash).unwrap();
        assert_eq!(found.stored.unwrap().count_ones(), stored.count_ones() - 1);
    }
}

/// Issue 13, A1: as releases stored them before.
#[test]
fn files_stored_with_their_padding_are_there_without_being_hashed_again() {
    for version in [Version::Hybrid, Version::Two] {
        let (disk, (metainfo, bytes)) = (Disk::default(), small_files(50, version));
        let info_hash = metainfo.info.info_hash();
        let stored = Bitfield::full(metainfo.info.geometry().piece_count());
        disk.file("torrent").replace(&metainfo.to_bytes()).unwrap();
        disk.file("data").replace(&bytes).unwrap();
        disk.file("have").replace(stored.as_bytes()).unwrap();
        let record = Record { stored: stored.as_bytes().to_vec(), ..Record::default() };
        disk.file("state-0").replace(&record.encode(1)).unwrap();
        // It stays as it is, visit after visit.
        for _ in 0..2 {
            let (mut folder, found) = open(&disk, info_hash).unwrap();
            assert!(found.stored.unwrap().is_full() && !found.evicted);
            assert_eq!(folder.marked(&metainfo.info).unwrap(), stored);
            check_bytes(&folder, &metainfo, &bytes);
            let half = metainfo.info.geometry().total_length() / 2;
            folder.write(half / 16_384 * 16_384, &bytes[half as usize / 16_384 * 16_384..]).unwrap();
            check_bytes(&folder, &metainfo, &bytes);
            folder.save(&mut found.record.unwrap(), Some(&stored)).unwrap();
        }
        // Once nothing is left of it, what comes is stored as of any other folder.
        let (folder, _) = open(&disk, info_hash).unwrap();
        folder.clear().unwrap();
        drop(folder);
        let (folder, _) = open(&disk, info_hash).unwrap();
        store_all(&folder, &metainfo, &bytes);
        assert_eq!(folder.data().length().unwrap(), metainfo.info.geometry().content_length());
        check_bytes(&folder, &metainfo, &bytes);
    }
}

#[test]
fn room_that_was_claimed_holds_no_piece() {
    let (disk, metainfo) = (Disk::default(), metainfo());
    let info_hash = metainfo.info.info_hash();
    let (mut folder, _) = open(&disk, info_hash).unwrap();
    folder.save_torrent(&metainfo).unwrap();
    let mut stored = Bitfield::new(4);
    store(&folder, &mut stored, 0);
    folder.reserve(metainfo.info.geometry().total_length()).unwrap();
    folder.save(&mut Record::default(), Some(&stored)).unwrap();
    drop(folder);
    let (folder, found) = open(&disk, info_hash).unwrap();
    assert_eq!(indices(&found.stored.unwrap()), [0]);
    assert_eq!(indices(&folder.marked(&metainfo.info).unwrap()), [0]);
    assert_eq!(folder.data().length().unwrap(), metainfo.info.geometry().total_length());
}

//! The disk dies between any two writes, and loses any of what was not flushed: nothing that is claimed is missing, nothing
//! that is safe is hashed or downloaded again.

use std::collections::BTreeSet;
use std::time::Duration;

use metainfo::PieceIndex;
use session::{Limits, Origin, Storage as _};

use crate::disk::Disk;
use crate::visit::{PIECE, Visit, content, metainfo};

/// How long a record may be behind what is stored.
const BEHIND: Duration = Duration::from_secs(6);

/// A download that takes a while, cut off at a write; with the pieces that were stored long before it was.
fn cut_off(disk: &Disk, write: u64) -> BTreeSet<PieceIndex> {
    disk.die_at(write);
    let mut visit = Visit::new(disk, Origin::TorrentFile(metainfo()));
    visit.torrent.limit(visit.now, Limits { down: u64::from(PIECE).try_into().ok(), up: None });
    visit.meet_seed();
    let mut died = None;
    for _ in 0..40 {
        visit.run(Duration::from_millis(500));
        if died.is_none() && visit.torrent.problem().is_some() {
            died = Some(visit.now);
        }
    }
    let died = died.unwrap_or(visit.now);
    let safe = visit.stored.iter().filter(|(_, at)| died.since(*at) > BEHIND);
    safe.map(|(piece, _)| *piece).collect()
}

#[test]
fn after_a_crash_at_any_write_nothing_claimed_is_missing_and_nothing_safe_is_done_twice() {
    let disk = Disk::default();
    cut_off(&disk, u64::MAX);
    let writes = disk.writes();
    assert!(Visit::again(&disk).has_everything(), "without a crash");
    let (mut safe_at_all, mut doubted) = (0, 0);
    for write in 0..writes {
        for seed in 0..4_u64 {
            let disk = Disk::default();
            let safe = cut_off(&disk, write);
            let mut chance = (write * 4 + seed) | 1;
            disk.restart(|| {
                chance ^= chance << 13;
                chance ^= chance >> 7;
                chance ^= chance << 17;
                match seed {
                    0 => true,
                    1 => false,
                    _ => chance.is_multiple_of(2),
                }
            });
            let (folder, found) = crate::visit::open(&disk);
            let stored = found.stored.clone();
            for piece in stored.iter().flat_map(|stored| stored.iter_ones()) {
                let at = piece.as_usize() * PIECE as usize;
                let end = content().len().min(at + PIECE as usize);
                let mut bytes = vec![0; end - at];
                folder.read(at as u64, &mut bytes).unwrap();
                assert!(bytes == content()[at..end], "died at {write}: {piece:?} is claimed and wrong");
            }
            drop(folder);
            let claimed = stored.map_or(0, |stored| stored.count_ones()) as usize;

            let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
            assert!(
                visit.checked.iter().all(|piece| !safe.contains(piece)),
                "died at {write}: {:?} hashed again, of {safe:?}",
                visit.checked
            );
            let here = visit.torrent.have().unwrap().count_ones() as usize;
            assert!(here >= claimed && safe.len() <= here, "died at {write}");
            visit.torrent.limit(visit.now, Limits::default());
            visit.meet_seed();
            visit.run(Duration::from_secs(60));
            assert!(visit.has_everything(), "died at {write}: {:?}", visit.torrent.problem());
            assert_eq!(visit.arrived.len(), 11 - here, "what is here is not downloaded again");
            safe_at_all += safe.len();
            doubted += visit.checked.len();
        }
    }
    assert!(safe_at_all > 0 && doubted > 0, "the crashes came at moments of both kinds");
}

/// The bytes of what is marked and not in the record are hashed, and those that are wrong are not believed.
#[test]
fn a_piece_that_is_marked_and_was_not_written_is_found_out() {
    let disk = Disk::default();
    drop(Visit::new(&disk, Origin::TorrentFile(metainfo())));
    session::File::write(&disk.file("data"), 0, &vec![7; 2 * PIECE as usize]).unwrap();
    session::File::write(&disk.file("have"), 0, &[0b1100_0000, 0]).unwrap();
    session::File::write(&disk.file("data"), 0, &content()[..PIECE as usize]).unwrap();
    let visit = Visit::again(&disk);
    assert_eq!(visit.checked.len(), 2);
    let have = visit.torrent.have().unwrap();
    assert_eq!(have.iter_ones().map(PieceIndex::get).collect::<Vec<_>>(), [0]);
}

/// Storage that the first release wrote: the torrent file is not sealed, and there is one of it.
#[test]
fn what_the_first_release_stored_goes_on_without_hashing_anything() {
    let disk = Disk::default();
    session::File::replace(&disk.file("torrent"), &metainfo().to_bytes()).unwrap();
    session::File::write(&disk.file("data"), 0, &content()[..6 * PIECE as usize]).unwrap();
    session::File::write(&disk.file("have"), 0, &[0b1111_1100, 0]).unwrap();
    let record = session::Record { stored: vec![0b1111_1100, 0], uploaded: 9, ..session::Record::default() };
    session::File::replace(&disk.file("state-1"), &record.encode(1)).unwrap();
    let mut visit = Visit::again(&disk);
    assert!(visit.checked.is_empty());
    assert_eq!(visit.torrent.traded_ever(), (0, 9));
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.has_everything());
    assert_eq!(visit.arrived.len(), 5);
}

//! What is here is hashed again on request: what is not right is downloaded again, and nothing else.

// Issue 13, C: re-check.

use std::collections::BTreeSet;
use std::time::Duration;

use metainfo::PieceIndex;
use session::{DataSource, Error, File as _, Limits, Origin, Problem, State};

use crate::disk::Disk;
use crate::visit::{OwnFiles, PIECE, Visit, claimed, content, metainfo};

const SOON: Duration = Duration::from_secs(30);

fn finished(disk: &Disk) -> Visit {
    let mut visit = Visit::new(disk, Origin::TorrentFile(metainfo()));
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.has_everything());
    visit.arrived.clear();
    visit
}

fn recheck(visit: &mut Visit) {
    visit.torrent.recheck(visit.now);
    visit.drain();
}

/// Something else changes a byte of each of these pieces.
fn corrupt(disk: &Disk, pieces: &[u32]) {
    for piece in pieces {
        let at = piece * PIECE + 4;
        disk.file("data").write(at.into(), &[!content()[at as usize]]).unwrap();
    }
}

fn numbers(pieces: &[PieceIndex]) -> Vec<u32> {
    pieces.iter().map(|piece| piece.get()).collect()
}

#[test]
fn bad_pieces_and_no_others_are_downloaded_again() {
    let disk = Disk::default();
    let mut visit = finished(&disk);
    corrupt(&disk, &[3, 10]);
    assert!(visit.torrent.complete(), "nobody knows yet");
    recheck(&mut visit);
    assert_eq!(numbers(&visit.checked), (0..11).collect::<Vec<_>>(), "each is hashed once");
    assert_eq!(visit.torrent.have().unwrap().count_ones(), 9);
    drop(visit);
    assert_eq!(claimed(&disk), BTreeSet::from_iter([0, 1, 2, 4, 5, 6, 7, 8, 9]), "marked or recorded");
    let mut visit = Visit::again(&disk);
    visit.meet_seed();
    visit.run(SOON);
    visit.arrived.sort_unstable();
    assert_eq!((numbers(&visit.arrived), visit.checked.len()), (vec![3, 10], 0));
    assert!(visit.has_everything());
}

#[test]
fn where_all_is_right_nothing_is_written_but_the_record() {
    let disk = Disk::default();
    let mut visit = finished(&disk);
    let before = disk.writes();
    recheck(&mut visit);
    // What came before is flushed, and one of the two records is written, and cut to its length.
    assert_eq!(disk.writes() - before, 3);
    assert!(visit.has_everything() && visit.torrent.active());
    assert_eq!((visit.checked.len(), visit.arrived.len()), (11, 0));
}

#[test]
fn what_was_cut_off_is_downloaded_again() {
    let disk = Disk::default();
    let mut visit = finished(&disk);
    disk.file("data").truncate((7 * PIECE + 1).into()).unwrap();
    recheck(&mut visit);
    assert_eq!(visit.torrent.problem(), None);
    visit.meet_seed();
    visit.run(SOON);
    visit.arrived.sort_unstable();
    assert_eq!(numbers(&visit.arrived), [7, 8, 9, 10]);
    assert!(visit.has_everything());
}

#[test]
fn of_a_download_only_what_is_here_is_hashed() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    recheck(&mut visit);
    assert!(visit.checked.is_empty() && visit.torrent.snapshot(visit.now).is_some(), "nothing is here");
    visit.torrent.limit(visit.now, Limits { down: u64::from(PIECE).try_into().ok(), up: None });
    visit.meet_seed();
    visit.run(Duration::from_secs(4));
    let here = visit.torrent.have().unwrap().count_ones();
    assert!(here > 0 && here < 11, "{here}");
    recheck(&mut visit);
    assert_eq!(visit.checked.len() as u32, here);
    assert_eq!(visit.torrent.have().unwrap().count_ones(), here);
}

#[test]
fn a_pause_outlasts_it() {
    let disk = Disk::default();
    let mut visit = finished(&disk);
    visit.torrent.pause(visit.now);
    corrupt(&disk, &[5]);
    recheck(&mut visit);
    assert_eq!(visit.torrent.state(visit.torrent.snapshot(visit.now).map(|it| it.phase)), State::Paused);
    visit.torrent.resume(visit.now);
    visit.meet_seed();
    visit.run(SOON);
    assert_eq!(numbers(&visit.arrived), [5]);
}

/// What the next visit trusts or hashes is all that was good.
#[test]
fn whenever_the_disk_dies_meanwhile_nothing_good_is_lost() {
    let good: BTreeSet<u32> = (0..11).filter(|piece| ![0, 8].contains(piece)).collect();
    let (first, end) = {
        let disk = Disk::default();
        let mut visit = finished(&disk);
        corrupt(&disk, &[0, 8]);
        let first = disk.writes();
        recheck(&mut visit);
        (first, disk.writes())
    };
    assert!(end - first >= 4, "two marks and a record");
    for write in first..=end {
        for kept in [true, false] {
            let disk = Disk::default();
            let mut visit = finished(&disk);
            corrupt(&disk, &[0, 8]);
            disk.file("data").flush().unwrap();
            disk.die_at(write + 1);
            recheck(&mut visit);
            drop(visit);
            disk.restart(|| kept);
            assert!(claimed(&disk).is_superset(&good), "died at {write}, {kept}: {:?}", claimed(&disk));
        }
    }
}

#[test]
fn what_was_found_bad_is_given_up_although_the_check_never_ends() {
    let disk = Disk::default();
    let mut visit = finished(&disk);
    visit.torrent.recheck(visit.now);
    visit.torrent.checked(visit.now, PieceIndex::new(4), false);
    let due = visit.torrent.deadline().expect("the record is behind");
    visit.torrent.wake(due);
    drop(visit);
    assert_eq!(claimed(&disk), (0..11).filter(|piece| *piece != 4).collect());
}

#[test]
fn a_share_whose_files_are_as_they_were_goes_on_and_one_that_changed_says_so() {
    let disk = Disk::default();
    let files = OwnFiles::new();
    let share = Origin::Files { metainfo: metainfo(), files: files.clone(), keep_copy: false, key: None };
    let mut visit = Visit::new(&disk, share);
    recheck(&mut visit);
    assert_eq!((visit.checked.len(), visit.torrent.problem()), (11, None));
    assert!(visit.torrent.active() && visit.torrent.source() == DataSource::Files);

    files.0.borrow_mut()[5] ^= 1;
    recheck(&mut visit);
    let error = Error::FileChanged { path: "film.mp4".to_owned() };
    assert_eq!(visit.torrent.problem(), Some(&Problem::Storage { error, needed: 0 }));
    assert_eq!(visit.torrent.source(), DataSource::FilesMissing, "they can be chosen again");

    files.0.borrow_mut()[5] ^= 1;
    visit.torrent.attach(visit.now, files);
    visit.drain();
    assert!(visit.torrent.active() && visit.torrent.problem().is_none());
}

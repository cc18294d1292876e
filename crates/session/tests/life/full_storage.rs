//! Storage that is full or loses something stops a torrent for as long as it must.

use std::time::Duration;

use session::{Error, Origin, Problem};

use crate::disk::Disk;
use crate::visit::{Visit, claimed, metainfo};

#[test]
fn a_full_storage_stops_a_torrent_and_room_lets_it_go_on() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    disk.set_room(Some(disk.used() + 70_000));
    visit.meet_seed();
    visit.run(Duration::from_secs(5));
    let Some(Problem::Storage { error: Error::Full, needed }) = visit.torrent.problem() else {
        panic!("{:?}", visit.torrent.problem())
    };
    assert!((1..163_845).contains(needed), "{needed}");
    assert!(!visit.torrent.active());
    let stored = visit.torrent.have().unwrap().count_ones();
    visit.run(Duration::from_secs(60));
    assert!(visit.torrent.problem().is_some(), "it looks in vain");
    disk.set_room(None);
    visit.run(Duration::from_secs(10));
    assert_eq!(visit.torrent.problem(), None);
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.has_everything());
    assert_eq!(visit.stored.len(), 11, "{stored} stayed");
}

#[test]
fn room_for_a_part_is_no_room() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    disk.set_room(Some(disk.used() + 70_000));
    visit.meet_seed();
    visit.run(Duration::from_secs(5));
    disk.set_room(Some(disk.used() + 30_000));
    visit.torrent.resume(visit.now);
    assert!(visit.torrent.problem().is_some());
}

#[test]
fn what_somebody_deleted_is_fetched_again() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.has_everything());
    drop(visit);
    disk.delete("data");
    let mut visit = Visit::again(&disk);
    assert!(visit.torrent.evicted());
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.has_everything() && !visit.torrent.evicted());
    assert_eq!(visit.arrived.len(), 11);
}

#[test]
fn a_piece_that_is_found_missing_is_disclaimed_and_fetched_again() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    session::File::truncate(&disk.file("data"), 10 * 16_384).unwrap();
    assert!(visit.torrent.hash_leaves(visit.now, metainfo::PieceIndex::new(10)).is_empty());
    assert!(visit.torrent.evicted());
    drop(visit);
    assert!(!claimed(&disk).contains(&10));
    let mut visit = Visit::again(&disk);
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.has_everything());
    assert_eq!(visit.arrived.len(), 1);
}

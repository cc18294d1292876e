//! What is given up is disclaimed first.

use std::time::Duration;

use session::{FILES, Listing, Origin};

use crate::disk::Disk;
use crate::visit::{Visit, claimed, listing, metainfo};

fn finished(disk: &Disk) -> Visit {
    let mut visit = Visit::new(disk, Origin::TorrentFile(metainfo()));
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.has_everything());
    visit
}

#[test]
fn a_torrent_that_leaves_the_list_keeps_its_data() {
    let disk = Disk::default();
    let mut visit = finished(&disk);
    visit.torrent.remove(visit.now, false);
    drop(visit);
    assert_eq!(listing(&disk), Listing::Forgotten);
    assert_eq!(claimed(&disk).len(), 11);
}

/// The bytes of a torrent that goes are there until both records say that it went, whenever the disk dies.
#[test]
fn a_torrent_given_up_is_disclaimed_first() {
    let disk = Disk::default();
    let mut visit = finished(&disk);
    let before = disk.writes();
    visit.torrent.remove(visit.now, true);
    drop(visit);
    let after = disk.writes();
    let mut outcomes = [0, 0];
    for write in before..=after {
        for kept in [true, false] {
            let disk = Disk::default();
            let mut visit = finished(&disk);
            disk.die_at(write);
            visit.torrent.remove(visit.now, true);
            drop(visit);
            disk.restart(|| kept);
            if listing(&disk) == Listing::Deleted {
                outcomes[0] += 1;
            } else {
                outcomes[1] += 1;
                assert!(Visit::again(&disk).has_everything(), "died at {write}");
            }
        }
    }
    assert!(outcomes.iter().all(|count| *count > 1), "{outcomes:?}");
}

#[test]
fn whichever_files_of_a_removed_torrent_are_left_it_does_not_come_back() {
    for gone in 0..1_u8 << FILES.len() {
        let disk = Disk::default();
        let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
        visit.torrent.remove(visit.now, true);
        drop(visit);
        for (_, name) in FILES.iter().enumerate().filter(|(at, _)| gone & (1 << at) != 0) {
            disk.delete(name);
        }
        let (_, found) = crate::visit::open(&disk);
        assert!(found.listing() == Listing::Deleted || found.is_empty(), "without {gone:07b}");
    }
}

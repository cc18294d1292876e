//! What is added comes to what the user wanted of it.

use std::time::Duration;

use metainfo::{Magnet, PieceIndex, SealKey};
use session::{Limits, Origin, State};
use swarm::Priority;

use crate::disk::Disk;
use crate::visit::{OwnFiles, Visit, magnet, metainfo};

const SOON: Duration = Duration::from_secs(30);

fn link(magnet: Magnet, metadata_only: bool) -> Origin<OwnFiles> {
    Origin::Magnet { magnet, metadata_only }
}

fn pieces(visit: &Visit) -> Vec<u32> {
    let have = visit.torrent.have().unwrap();
    have.iter_ones().map(PieceIndex::get).collect()
}

#[test]
fn a_link_becomes_a_torrent_and_then_its_files() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, link(magnet(), false));
    assert_eq!(visit.torrent.state(None), State::Metadata);
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.completed && visit.has_everything());
    drop(visit);
    let visit = Visit::again(&disk);
    assert!(visit.has_everything());
    assert_eq!((visit.checked.len(), visit.arrived.len()), (0, 0), "nothing is hashed again");
    assert_eq!(visit.torrent.record().added_at.to_bits(), 5.0_f64.to_bits());
}

#[test]
fn of_a_link_no_more_than_the_description_may_be_wanted() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, link(magnet(), true));
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.torrent.info().is_some() && pieces(&visit).is_empty());
    drop(visit);
    // It is so at the next visit, until the user opens the link without that wish.
    let mut visit = Visit::again(&disk);
    visit.meet_seed();
    visit.run(SOON);
    assert!(pieces(&visit).is_empty());
    let now = visit.now;
    visit.torrent.add_again(now, link(magnet(), false));
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.has_everything());
}

#[test]
fn a_link_says_which_files_are_wanted_and_the_user_may_want_others() {
    let disk = Disk::default();
    let chosen = Magnet::parse(&format!("{}&so=1", magnet())).unwrap();
    let mut visit = Visit::new(&disk, link(chosen, false));
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.completed);
    assert_eq!(pieces(&visit), [6, 7, 8, 9, 10]);
    assert_eq!(visit.torrent.priority(0), Priority::Skip);
    let now = visit.now;
    visit.torrent.select(now, 0, Priority::High);
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.has_everything());
}

#[test]
fn what_the_user_wished_is_remembered() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    let now = visit.now;
    let limits = Limits { down: 9.try_into().ok(), up: None };
    visit.torrent.limit(now, limits);
    visit.torrent.select(now, 1, Priority::Low);
    visit.torrent.pause(now);
    drop(visit);
    let visit = Visit::again(&disk);
    assert_eq!(visit.torrent.record().limits, limits);
    assert_eq!((visit.torrent.priority(0), visit.torrent.priority(1)), (Priority::Normal, Priority::Low));
    assert!(!visit.torrent.active());
}

// Issue 13, C: import of settings.
#[test]
fn a_link_that_is_noted_begins_when_it_is_resumed() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::Noted(magnet()));
    assert_eq!(visit.torrent.state(visit.torrent.snapshot(visit.now).map(|it| it.phase)), State::Paused);
    drop(visit);
    visit = Visit::again(&disk);
    assert!(!visit.torrent.active() && visit.torrent.link(&[]) == magnet());
    visit.torrent.resume(visit.now);
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.has_everything());
    // What is here stays as it is, and what was taken off the list comes back, to be resumed.
    let now = visit.now;
    visit.torrent.add_again(now, Origin::Noted(magnet()));
    assert!(visit.torrent.active());
    visit.torrent.remove(now, false);
    drop(visit);
    let visit = Visit::new(&disk, Origin::Noted(magnet()));
    assert!(visit.has_everything() && !visit.torrent.active());
    assert_eq!(visit.torrent.record().listing, session::Listing::Listed);
}

#[test]
fn nothing_that_is_known_is_replaced() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    let other = metainfo::Metainfo { comment: Some("other".to_owned()), ..metainfo() };
    let now = visit.now;
    visit.torrent.add_again(now, Origin::LookedUp(other));
    assert_eq!(visit.torrent.metainfo(), Some(&metainfo()));
}

#[test]
fn what_comes_back_goes_on_even_if_it_was_paused() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    visit.torrent.pause(visit.now);
    visit.torrent.remove(visit.now, false);
    drop(visit);
    let visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    assert!(visit.torrent.active());
}

#[test]
fn a_torrent_that_no_client_could_use_stops_and_says_why() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    visit.torrent.hashed(visit.now, PieceIndex::new(0), metainfo::Check::Contradiction);
    let why = session::Problem::Unusable(metainfo::Error::VersionsDiffer);
    assert_eq!(visit.torrent.problem(), Some(&why));
    assert_eq!(visit.torrent.state(None), State::Stopped);
}

#[test]
fn the_link_of_a_sealed_share_has_its_key_and_no_name() {
    let named = Magnet { name: Some("secret".to_owned()), ..magnet() };
    let sealed = Magnet { key: Some(SealKey::from_bytes([7; 16])), ..named.clone() };
    let passed_on = |magnet| Visit::new(&Disk::default(), Origin::Noted(magnet)).torrent.link(&[]);
    assert_eq!(passed_on(named.clone()), named);
    assert_eq!(passed_on(sealed.clone()), Magnet { name: None, ..sealed });
}

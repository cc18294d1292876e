//! Issue 12, 1: several torrents of one session, and what becomes of one whose folder is being opened or deleted.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::time::Duration;

use metainfo::{InfoBuilder, InfoHash, InfoHashes, Magnet, Metainfo, Version};
use session::rendezvous::SocketEvent;
use session::{Error, Hindrance, Limits, Listing, Origin, Problem, Suspect, Torrent};
use tracker::{Action, Event, Response};

use crate::disk::Disk;
use crate::program::{Program, TRACKER};
use crate::visit::{OwnFiles, Visit, content, listing, magnet, metainfo};

fn hash() -> InfoHash {
    metainfo().info.info_hash()
}

/// The same files under another name.
fn named(name: &str, version: Version) -> Metainfo {
    let original = metainfo();
    let hashes: Vec<[u8; 20]> =
        original.info.geometry().pieces().filter_map(|piece| original.info.piece_hash(piece)).collect();
    let leaves: Vec<_> = match version {
        Version::One => Vec::new(),
        _ => content().chunks(16 * 1024).map(metainfo::merkle::Hash::of_block).collect(),
    };
    let builder = InfoBuilder::single(name, content().len() as u64).piece_length(16 * 1024).version(version);
    let (info, piece_layers) = builder.finish(&hashes, &leaves).unwrap();
    Metainfo { info, piece_layers, ..original }
}

fn shared(metainfo: Metainfo) -> Origin<OwnFiles> {
    Origin::Files { metainfo, files: OwnFiles::new(), keep_copy: false, key: None }
}

fn link() -> Origin<OwnFiles> {
    Origin::Magnet { magnet: magnet(), metadata_only: false }
}

/// A disk on which an earlier visit finished the torrent.
fn finished() -> BTreeMap<InfoHash, Disk> {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(metainfo()));
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    BTreeMap::from([(hash(), disk)])
}

#[test]
fn what_is_added_while_a_folder_is_opened_waits_for_it() {
    let mut program = Program::empty();
    program.session.add(program.now, hash(), link());
    program.session.add(program.now, hash(), Origin::TorrentFile(metainfo()));
    program.settle();
    assert_eq!(program.opening, [(hash(), Suspect::Leave)], "its folder is opened once");
    assert!(!program.is_listed(hash()));
    program.open();
    assert!(program.session.torrent(hash()).unwrap().info().is_some());
}

/// BEP 27.
#[test]
fn the_tracker_of_all_torrents_is_connected_to_for_one_that_comes_unless_it_is_private() {
    let private = || {
        let hashes = [[1; 20]; 11];
        let builder = InfoBuilder::single("private", content().len() as u64).private(true);
        let (info, _) = builder.piece_length(16 * 1024).version(Version::One).finish(&hashes, &[]).unwrap();
        Metainfo::new(info)
    };
    for (origin, hash, dialled) in [
        (shared(metainfo()), hash(), vec![TRACKER]),
        (shared(private()), private().info.info_hash(), vec![]),
        (Origin::TorrentFile(private()), private().info.info_hash(), vec![]),
    ] {
        let mut program = Program::empty();
        program.session.add(program.now, hash, origin);
        program.settle();
        assert_eq!(program.dialled, dialled, "before its folder is open");
        program.open();
        assert_eq!(program.dialled, dialled, "and after");
    }
}

#[test]
fn a_torrent_removed_while_its_folder_is_opened_does_not_come() {
    for (delete_data, left) in [(false, Listing::Forgotten), (true, Listing::Deleted)] {
        let mut program = Program::new(finished());
        program.session.remove(program.now, hash(), delete_data);
        program.open();
        assert!(!program.is_listed(hash()));
        assert_eq!(listing(&program.disks[&hash()]), left);
        assert_eq!(program.deleting.len(), usize::from(delete_data));
    }
}

#[test]
fn a_torrent_removed_and_added_while_its_folder_is_opened_comes() {
    for delete_data in [false, true] {
        let mut program = Program::new(finished());
        program.session.remove(program.now, hash(), delete_data);
        program.session.add(program.now, hash(), link());
        program.open();
        program.delete();
        program.open();
        assert!(program.is_listed(hash()));
        // With its data gone, the link alone does not tell what is in it.
        assert_eq!(program.session.torrent(hash()).unwrap().complete(), !delete_data);
    }
}

#[test]
fn a_torrent_added_while_its_folder_is_deleted_waits_for_that() {
    let mut program = Program::new(finished());
    program.open();
    program.session.remove(program.now, hash(), true);
    program.settle();
    assert_eq!(program.deleting, [hash()]);
    program.session.add(program.now, hash(), link());
    program.settle();
    assert!(program.opening.is_empty(), "it is not opened while it is deleted");
    program.delete();
    program.open();
    assert!(!program.session.torrent(hash()).unwrap().complete());
}

#[test]
fn a_folder_that_cannot_be_opened_is_listed_until_it_can() {
    let mut program = Program::new(finished());
    program.fail_to_open(&Error::BrokeVisit);
    assert!(program.session.faulty().eq([(hash(), &Error::BrokeVisit)]));
    for _ in 0..2 {
        program.session.retry(hash());
    }
    program.settle();
    assert_eq!(program.opening, [(hash(), Suspect::Open)], "it is opened whatever it did, once");
    assert_eq!(program.session.faulty().count(), 1);
    program.open();
    assert_eq!(program.session.faulty().count(), 0);
    assert!(program.session.torrent(hash()).unwrap().complete());
}

#[test]
fn a_folder_that_cannot_be_opened_can_be_deleted() {
    let mut program = Program::new(finished());
    program.fail_to_open(&Error::Broken);
    program.session.remove(program.now, hash(), true);
    program.settle();
    assert_eq!(program.session.faulty().count(), 0);
    assert_eq!(program.deleting, [hash()]);
}

#[test]
fn a_folder_that_was_never_finished_is_deleted() {
    let mut program = Program::new(BTreeMap::from([(hash(), Disk::default())]));
    program.open();
    assert!(!program.is_listed(hash()));
    assert_eq!(program.deleting, [hash()]);
}

#[test]
fn what_a_link_names_comes_too_late_for_a_torrent_that_was_removed() {
    let mut program = Program::empty();
    program.session.add(program.now, hash(), Origin::LookedUp(metainfo()));
    program.settle();
    assert!(program.opening.is_empty());
}

#[test]
fn all_torrents_together_keep_to_one_limit() {
    let (one, other) = (named("one", Version::One), named("other", Version::One));
    let mut program = Program::empty();
    let up = NonZeroU64::new(16 * 1024);
    program.session.prefer(program.now, Limits { up, down: None }, false);
    for metainfo in [&one, &other] {
        program.session.add(program.now, metainfo.info.info_hash(), shared(metainfo.clone()));
    }
    program.settle();
    program.open();
    program.is_met_by(7, &one);
    program.is_met_by(8, &other);
    program.run(Duration::from_secs(2));
    let before = program.uploaded;
    program.run(Duration::from_secs(5));
    let sent = program.uploaded - before;
    assert!((4 * 16 * 1024..=6 * 16 * 1024).contains(&sent), "{sent} bytes in 5 s");
    let uploaded = |torrent| program.session.torrent(torrent).map(Torrent::traded).unwrap().1;
    assert!(
        uploaded(one.info.info_hash()) > 0 && uploaded(other.info.info_hash()) > 0,
        "both have their turn"
    );

    program.session.prefer(program.now, Limits::default(), false);
    program.run(Duration::from_secs(1));
    assert_eq!(program.uploaded, 2 * content().len() as u64);
}

#[test]
fn a_connection_finds_its_torrent_by_its_first_bytes() {
    let (one, other) = (named("one", Version::One), named("other", Version::One));
    let mut program = Program::empty();
    for metainfo in [&one, &other] {
        program.session.add(program.now, metainfo.info.info_hash(), shared(metainfo.clone()));
    }
    program.settle();
    program.open();
    program.is_met_by(7, &other);
    program.run(Duration::from_secs(5));
    let peers = |metainfo: &Metainfo| {
        let torrent = program.session.torrent(metainfo.info.info_hash()).unwrap();
        torrent.snapshot(program.now).unwrap().peers.len()
    };
    assert_eq!([peers(&one), peers(&other)], [0, 1]);
    assert_eq!(program.uploaded, content().len() as u64);
}

#[test]
fn a_connection_for_a_torrent_that_is_not_here_is_closed() {
    let mut program = Program::empty();
    let peer = program.is_met_by(7, &metainfo());
    assert!(program.is_connected_to(peer));
    program.settle();
    assert!(!program.is_connected_to(peer));
}

#[test]
fn a_hybrid_is_one_torrent_under_either_of_its_hashes() {
    let hybrid = named("both", Version::Hybrid);
    let InfoHashes::Both(v1, v2) = hybrid.info.hashes() else { panic!("it has two") };
    let mut program = Program::empty();
    let listed = hybrid.info.info_hash();
    program.session.add(program.now, listed, shared(hybrid));
    program.settle();
    program.open();
    for swarm in [v1, v2.truncated()] {
        assert_eq!(program.session.torrent_of(swarm), listed);
        assert!(program.session.torrent(swarm).is_some());
    }
    let second = InfoHashes::Two(v2);
    assert_eq!(program.session.listed(second), listed);
    let magnet = Magnet::new(second);
    program.session.add(program.now, listed, Origin::Magnet { magnet, metadata_only: false });
    program.settle();
    assert_eq!(program.session.torrents().count(), 1);

    // Whoever knows it by the hash of version 2 is answered by that.
    let mut hello = b"\x13BitTorrent protocol\0\0\0\0\0\x10\0\0".to_vec();
    hello.extend(v2.truncated().as_bytes());
    hello.extend([9; 20]);
    let peer = program.session.arrive(program.now, ()).unwrap();
    let (first, rest) = hello.split_at(30);
    for part in [first, rest] {
        program.session.received(program.now, peer, part);
        program.settle();
    }
    assert_eq!(program.sent[&peer][28..48], *v2.truncated().as_bytes());
}

#[test]
fn a_torrent_is_lonely_once_it_has_looked_for_a_while() {
    let mut program = Program::empty();
    program.session.add(program.now, hash(), Origin::TorrentFile(metainfo()));
    program.settle();
    program.open();
    program.run(Duration::from_secs(9));
    assert_eq!(program.hindrance(hash()), None);
    program.run(Duration::from_secs(1));
    assert_eq!(program.hindrance(hash()), Some(Hindrance::NoPeers));
    let peer = program.is_met_by(7, &metainfo());
    program.settle();
    assert_eq!(program.hindrance(hash()), None);
    program.session.gone(program.now, peer);
    program.settle();
    assert_eq!(program.hindrance(hash()), None, "it has only begun to look");
    program.session.socket(program.now, TRACKER, SocketEvent::Refused("no".to_owned()));
    assert_eq!(program.hindrance(hash()), Some(Hindrance::NoTracker));
    program.session.torrent_mut(hash()).unwrap().pause(program.now);
    program.settle();
    assert_eq!(program.hindrance(hash()), None, "nobody is looked for");
}

#[test]
fn what_the_site_denies_stops_keeps_what_it_has_and_asks_again_when_the_user_says_so() {
    let mut program = Program::empty();
    program.session.add(program.now, hash(), Origin::TorrentFile(metainfo()));
    program.settle();
    program.open();
    program.run(Duration::from_secs(1));
    let peer = program.is_met_by(7, &metainfo());
    program.settle();
    let deny = |program: &mut Program| {
        let (reason, action) = ("denied: law 7".to_owned(), Action::Announce);
        let refusal = Response::Failure { reason, info_hash: Some(hash()), action };
        program.session.socket(program.now, TRACKER, SocketEvent::Text(refusal.to_json()));
        program.run(Duration::from_secs(60));
        assert_eq!(
            program.session.torrent(hash()).unwrap().problem(),
            Some(&Problem::Denied("law 7".to_owned()))
        );
    };
    deny(&mut program);
    assert!(!program.sent.contains_key(&peer), "whoever was met is left");
    let announced = program.announces.len();
    program.run(Duration::from_secs(600));
    assert_eq!(program.announces.len(), announced, "nobody is looked for any more");
    assert!(program.disks.contains_key(&hash()), "what is stored stays");
    program.session.torrent_mut(hash()).unwrap().resume(program.now);
    program.run(Duration::from_secs(1));
    assert_eq!(program.session.torrent(hash()).unwrap().problem(), None);
    assert_eq!(program.announces.len(), announced + 1);
    deny(&mut program);
}

#[test]
fn a_torrent_that_rests_takes_leave_of_its_trackers_and_comes_back() {
    let mut program = Program::empty();
    program.session.add(program.now, hash(), link());
    program.settle();
    program.open();
    program.run(Duration::from_secs(1));
    program.session.torrent_mut(hash()).unwrap().pause(program.now);
    program.run(Duration::from_secs(60));
    program.session.torrent_mut(hash()).unwrap().resume(program.now);
    program.run(Duration::from_secs(1));
    let events: Vec<_> = program.announces.iter().filter_map(|announce| announce.event).collect();
    assert_eq!(events, [Event::Started, Event::Stopped, Event::Started]);
}

#[test]
fn a_reader_waits_for_a_torrent_that_is_being_opened() {
    let mut program = Program::new(finished());
    program.read(hash(), 1, "film.mp4");
    program.read(InfoHash::from_bytes([4; 20]), 2, "film.mp4");
    assert!(program.statuses.is_empty());
    program.open();
    let statuses: BTreeMap<u32, u16> =
        program.statuses.iter().map(|(key, status)| (key.0, *status)).collect();
    assert_eq!(statuses, BTreeMap::from([(1, 200), (2, 404)]));
    assert_eq!(program.streamed.len(), 1, "what it takes while it waits counts");
}

#[test]
fn what_was_stored_before_the_program_closed_is_not_hashed_again() {
    let mut program = Program::new(finished());
    program.open();
    program.is_met_by(7, &metainfo());
    program.run(Duration::from_secs(3));
    assert_eq!(program.uploaded, content().len() as u64);
    program.session.close(program.now);
    program.settle();
    assert!(program.sent.is_empty(), "peers are left");
    assert_eq!(program.announces.last().unwrap().event, Some(Event::Stopped));

    let mut program = Program::new(program.disks);
    program.open();
    let torrent = program.session.torrent(hash()).unwrap();
    assert!(torrent.active() && torrent.complete());
    assert_eq!((torrent.record().uploaded, program.checked), (content().len() as u64, 0));
}

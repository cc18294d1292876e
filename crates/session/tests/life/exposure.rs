//! Who gets to see the user's address. Issue 16, 3.

use std::collections::BTreeMap;

use metainfo::Metainfo;
use session::{Exposure, Origin, Policy};

use crate::disk::Disk;
use crate::program::Program;
use crate::visit::{Visit, metainfo};

const RELAY_ONLY: Exposure = Exposure { relay_only: true, servers: false };

fn with_web_seed() -> Metainfo {
    Metainfo { url_list: vec!["https://files.example/".to_owned()], ..metainfo() }
}

#[test]
fn servers_are_left_alone_until_the_user_says_otherwise() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(with_web_seed()));
    let fetching = |visit: &Visit| visit.fetches.last().is_some_and(|(_, fetching)| *fetching);
    assert!(fetching(&visit));
    visit.torrent.expose(visit.now, RELAY_ONLY);
    visit.drain();
    assert!(!fetching(&visit) && visit.torrent.web_seed_list().is_empty() && !visit.torrent.asks_servers());

    let mut visit = Visit::again(&disk);
    assert_eq!((fetching(&visit), visit.torrent.policy()), (false, Policy::Relay), "after a reload");
    visit.torrent.expose(visit.now, Exposure { servers: true, ..RELAY_ONLY });
    visit.drain();
    assert!(fetching(&visit) && visit.torrent.policy() == Policy::Relay);
    visit.torrent.expose(visit.now, Exposure::default());
    visit.drain();
    assert_eq!((fetching(&visit), visit.torrent.policy()), (true, Policy::All));
}

#[test]
fn a_check_goes_on_when_the_user_wants_a_relay() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, Origin::TorrentFile(with_web_seed()));
    visit.meet_seed();
    visit.run(std::time::Duration::from_secs(30));
    visit.torrent.recheck(visit.now);
    visit.torrent.expose(visit.now, RELAY_ONLY);
    visit.run(std::time::Duration::from_secs(30));
    assert!(visit.has_everything() && visit.torrent.web_seed_list().is_empty());
}

#[test]
fn all_torrents_and_those_to_come_go_through_relays_and_leave_whom_they_met_before() {
    let named = |name: &str| Metainfo { comment: Some(name.to_owned()), ..metainfo() };
    let mut program = Program::new(BTreeMap::new());
    let hash = metainfo().info.info_hash();
    program.session.add(program.now, hash, Origin::TorrentFile(named("one")));
    program.settle();
    program.open();
    let peer = program.is_met_by(2, &metainfo());
    program.settle();
    assert!(program.is_connected_to(peer) && program.session.policy_of(peer) == Some(Policy::All));
    program.session.relay_all(program.now, true);
    program.settle();
    assert!(!program.is_connected_to(peer), "who was met before is left");
    let stranger = program.is_met_by(3, &metainfo());
    program.settle();
    assert!(!program.is_connected_to(stranger), "a link that comes by itself goes through no relay");

    program.session.remove(program.now, hash, true);
    program.settle();
    program.delete();
    program.session.add(program.now, hash, Origin::TorrentFile(named("two")));
    program.settle();
    program.open();
    assert_eq!(program.session.torrent(hash).unwrap().policy(), Policy::Relay);
    program.session.relay_all(program.now, false);
    program.settle();
    let friend = program.is_met_by(4, &metainfo());
    program.settle();
    assert!(program.is_connected_to(friend));
}

use metainfo::PieceIndex;
use swarm::{Config, Input, PeerKey, Selection, Source};
use wire::{Bitfield, ExtendedHandshake, Message, PeerId, Reserved};

use crate::disk::{Disk, torrent};
use crate::solo::{PIECE, Said, Solo, block, config, seconds};

/// An engine with one of four pieces and `places` connections.
fn with_places(places: usize) -> Solo {
    let (info, content) = torrent(4 * u64::from(PIECE), PIECE);
    let mut have = Bitfield::new(4);
    have.set(PieceIndex::new(0));
    let disk = Disk::with(&info, &content, &have);
    let config = Config { max_peers: places, ..config() };
    Solo::from(Source::Info(info.clone(), have), disk, info, content, config)
}

/// A peer whose id is all `id`.
fn join_as(solo: &mut Solo, id: u8) -> PeerKey {
    solo.join_as(PeerId::from_bytes([id; 20]), Reserved::ours())
}

/// Lets time pass, in which `peer` takes a block again and again.
fn serve(solo: &mut Solo, peer: PeerKey, time: u64) {
    for _ in 0..time / 5 {
        solo.pass(seconds(5));
        solo.say(peer, Message::Request(block(0, 0)));
    }
}

fn upload_only(solo: &mut Solo, peer: PeerKey) {
    let handshake = ExtendedHandshake { upload_only: true, ..ExtendedHandshake::default() };
    solo.say_extended(peer, &handshake);
}

fn says_upload_only(said: &[Said]) -> Vec<bool> {
    let extended = said.iter().filter_map(|said| match said {
        Said::Extended(0, payload) => Some(ExtendedHandshake::parse(payload).is_ok_and(|it| it.upload_only)),
        _ => None,
    });
    extended.collect()
}

/// webtorrent#1026: connections beyond all use cost a browser its processor.
#[test]
fn the_least_useful_makes_room_for_another() {
    let mut solo = with_places(2);
    let (taker, idle) = (solo.join(), solo.join());
    solo.say(taker, Message::Interested);
    serve(&mut solo, taker, 60);
    let newcomer = solo.join();
    assert_eq!(solo.parting(idle), Some("made room for another"));
    assert_eq!(solo.parting(taker), None);
    assert_eq!(solo.parting(newcomer), None);
}

#[test]
fn a_new_peer_gets_its_chance() {
    let mut solo = with_places(2);
    let peers = [solo.join(), solo.join()];
    solo.pass(seconds(59));
    let third = solo.connect();
    assert_eq!(solo.heard(third), [Said::Closed("came when enough were connected".to_owned())]);
    assert_eq!(peers.map(|peer| solo.parting(peer).is_some()), [false; 2]);
}

#[test]
fn one_is_replaced_in_each_round_and_no_more() {
    let mut solo = with_places(2);
    let first = [solo.join(), solo.join()];
    solo.pass(seconds(60));
    let newcomers = [solo.join(), solo.connect()];
    assert_eq!(first.map(|peer| solo.parting(peer).is_some()), [true, false]);
    assert_eq!(newcomers.map(|peer| solo.parting(peer).is_some()), [false, true]);
    solo.pass(seconds(10));
    solo.join();
    assert!(solo.parting(first[1]).is_some());
}

#[test]
fn peers_of_equal_use_are_kept() {
    let mut solo = with_places(2);
    let peers = [solo.join(), solo.join()];
    for peer in peers {
        solo.say(peer, Message::Interested);
    }
    for _ in 0..12 {
        for peer in peers {
            serve(&mut solo, peer, 5);
        }
    }
    let id = PeerId::from_bytes([77; 20]);
    assert!(!solo.torrent.welcomes(id));
    let third = solo.connect();
    assert!(solo.parting(third).is_some());
}

#[test]
fn room_is_made_for_other_torrents() {
    let mut solo = with_places(9);
    let peer = solo.join();
    solo.input(Input::MakeRoom);
    assert_eq!(solo.parting(peer), None, "it is new");
    solo.pass(seconds(60));
    solo.input(Input::MakeRoom);
    assert_eq!(solo.parting(peer), Some("made room for another"));
}

#[test]
fn two_who_want_nothing_part() {
    let mut solo = Solo::seed(4);
    let (seed, partial) = (solo.join(), solo.join());
    solo.say(seed, Message::HaveAll);
    assert_eq!(solo.parting(seed), None, "it may say that it can introduce others");
    solo.say_extended(seed, &ExtendedHandshake::default());
    upload_only(&mut solo, partial);
    for peer in [seed, partial] {
        assert_eq!(solo.parting(peer), Some("needs nothing, as we do"));
    }
}

#[test]
fn who_only_uploads_is_kept_by_who_downloads() {
    let mut solo = Solo::leech(4);
    let peer = solo.join();
    solo.say(peer, Message::Have(PieceIndex::new(2)));
    upload_only(&mut solo, peer);
    assert_eq!(solo.parting(peer), None);
    assert!(solo.heard(peer).contains(&Said::Interested));
}

#[test]
fn those_who_download_hear_when_we_only_upload() {
    let mut solo = Solo::leech(1);
    let (seed, leech) = (solo.join_seed(), solo.join());
    assert_eq!(says_upload_only(&solo.heard(leech)), [false]);
    solo.answer(seed);
    assert_eq!(says_upload_only(&solo.heard(leech)), [true]);
    assert_eq!(solo.parting(seed), Some("needs nothing, as we do"));
}

#[test]
fn those_who_download_hear_when_we_want_something_again() {
    let mut solo = Solo::with(2, &[0]);
    let peer = solo.join();
    let mut half = Bitfield::new(2);
    half.set(PieceIndex::new(0));
    solo.input(Input::Select(Selection::only(&half)));
    solo.input(Input::Select(Selection::all(2)));
    assert_eq!(says_upload_only(&solo.heard(peer)), [false, true, false]);
}

#[test]
fn a_seed_does_not_welcome_a_seed_that_it_knows() {
    let mut solo = Solo::seed(4);
    let known = join_as(&mut solo, 3);
    assert!(!solo.torrent.welcomes(PeerId::from_bytes([3; 20])), "it is connected");
    solo.say(known, Message::HaveAll);
    assert!(!solo.torrent.welcomes(PeerId::from_bytes([3; 20])), "it is of no use");
    assert!(solo.torrent.welcomes(PeerId::from_bytes([4; 20])));
    assert!(!solo.torrent.welcomes(PeerId::from_bytes([200; 20])), "it is ourselves");
}

#[test]
fn who_sent_corrupt_data_is_not_welcome() {
    let mut solo = Solo::leech(1);
    let liar = join_as(&mut solo, 3);
    solo.say(liar, Message::HaveAll);
    solo.say(liar, Message::Unchoke);
    for block in solo.requests(liar) {
        solo.give_corrupt(liar, block);
    }
    assert!(!solo.torrent.welcomes(PeerId::from_bytes([3; 20])));
}

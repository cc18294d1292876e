use metainfo::PieceIndex;
use swarm::{Input, Phase};
use wire::{Message, PeerId};

use crate::disk::torrent;
use crate::network::Network;
use crate::solo::{Said, Solo, block, seconds};

#[test]
fn every_peer_is_left_and_none_is_accepted() {
    let mut solo = Solo::leech(4);
    let peer = solo.join_seed();
    solo.input(Input::Pause);
    assert_eq!(solo.parting(peer), Some("paused"));
    let late = solo.connect();
    assert_eq!(solo.heard(late), [Said::Closed("paused".to_owned())]);
    assert_eq!(solo.snapshot().phase, Phase::Paused);
    assert_eq!(solo.torrent.deadline(), None);
    assert!(!solo.torrent.welcomes(PeerId::from_bytes([9; 20])));
}

/// webtorrent#1035, #2101, #2969: a pause that does not pause.
#[test]
fn not_a_byte_flows_either_way_from_then_on() {
    let mut solo = Solo::with(4, &[0]);
    let peer = solo.join_seed();
    let requests = solo.requests(peer);
    solo.say(peer, Message::Interested);
    solo.input(Input::Writable { peer, room: 0 });
    for n in 0..2 {
        solo.say(peer, Message::Request(block(0, n)));
    }
    solo.heard(peer);
    solo.input(Input::Pause);
    assert_eq!(solo.heard(peer), [Said::Closed("paused".to_owned())]);

    // What was on its way arrives, and what was asked for could leave.
    solo.give(peer, requests[0]);
    solo.input(Input::Writable { peer, room: 1_000_000 });
    solo.say(peer, Message::Request(block(0, 1)));
    solo.pass(seconds(600));
    assert_eq!(solo.heard(peer), []);
    assert_eq!(solo.disk.slots(), 0);
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.uploaded, snapshot.wasted), (0, 0, 0));
}

#[test]
fn unfinished_pieces_are_dropped() {
    let mut solo = Solo::leech(4);
    let peer = solo.join_seed();
    let requests = solo.requests(peer);
    solo.give(peer, requests[0]);
    solo.give_start(peer, requests[1], 100);
    assert_eq!(solo.disk.slots(), 1);
    solo.input(Input::Pause);
    assert_eq!(solo.disk.slots(), 0);
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.wasted), (0, 16_384 + 100));
}

#[test]
fn a_whole_piece_is_stored_all_the_same() {
    let mut solo = Solo::leech(4);
    solo.hash_by_hand = true;
    let peer = solo.join_seed();
    let requests = solo.requests(peer);
    solo.give(peer, requests[0]);
    solo.give(peer, requests[1]);
    let piece = solo.hashes[0];
    solo.input(Input::Pause);
    solo.input(Input::Hashed { piece, ok: true });
    assert!(solo.torrent.have().get(piece));
    assert_eq!(piece, requests[0].piece);
    assert!(piece < PieceIndex::new(4));
}

#[test]
fn a_paused_download_ends_after_it_is_resumed() {
    let (info, content) = torrent(2_000_000, 64 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.connect(seed, leech);
    network.run(seconds(1) / 2);
    network.input(leech, Input::Pause);
    network.run(seconds(5));
    assert!(!network.nodes[leech].is_complete());
    network.input(leech, Input::Resume);
    network.connect(seed, leech);
    network.run(seconds(5));
    assert!(network.nodes[leech].disk.content() == content);
}

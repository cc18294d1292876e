//! webtorrent#1690: super-seeding.

use metainfo::PieceIndex;
use swarm::{Input, PeerKey};
use wire::{ExtendedHandshake, Message};

use crate::disk::torrent;
use crate::network::Network;
use crate::solo::{Said, Solo, block, seconds};

fn super_seed(pieces: u32) -> Solo {
    let mut solo = Solo::seed(pieces);
    solo.input(Input::SuperSeed(true));
    solo
}

/// The pieces that a peer was shown since it last listened.
fn shown(solo: &mut Solo, peer: PeerKey) -> Vec<u32> {
    let heard = solo.heard(peer).into_iter();
    heard.filter_map(|said| if let Said::Have(piece) = said { Some(piece) } else { None }).collect()
}

fn has(solo: &mut Solo, peer: PeerKey, piece: u32) {
    solo.say(peer, Message::Have(PieceIndex::new(piece)));
}

#[test]
fn each_peer_sees_pieces_of_its_own() {
    let mut solo = super_seed(10);
    let peers = [solo.join(), solo.join(), solo.join()];
    let heard = solo.heard(peers[0]);
    assert!(heard.contains(&Said::HaveNone));
    let upload_only = heard.iter().any(|said| match said {
        Said::Extended(0, payload) => ExtendedHandshake::parse(payload).unwrap().upload_only,
        _ => false,
    });
    assert!(!upload_only, "others would take us for a seed, or for one who wants nothing of them");
    assert_eq!([peers[1], peers[2]].map(|peer| shown(&mut solo, peer)), [vec![2, 3], vec![4, 5]]);
}

#[test]
fn another_piece_is_shown_when_one_turns_up_elsewhere() {
    let mut solo = super_seed(10);
    let (first, second) = (solo.join(), solo.join());
    assert_eq!(shown(&mut solo, first), [0, 1]);
    has(&mut solo, first, 0);
    assert_eq!(shown(&mut solo, first), [0; 0], "nobody has got it from there");
    has(&mut solo, second, 0);
    assert_eq!(shown(&mut solo, first), [4]);
}

#[test]
fn another_piece_is_shown_when_nobody_is_left_to_pass_one_on_to() {
    let mut solo = super_seed(10);
    let (first, second) = (solo.join(), solo.join());
    shown(&mut solo, first);
    has(&mut solo, first, 0);
    solo.input(Input::Closed { peer: second });
    solo.pass(seconds(10));
    assert_eq!(shown(&mut solo, first), [4]);
    has(&mut solo, first, 1);
    assert_eq!(shown(&mut solo, first), [5]);
}

#[test]
fn a_peer_need_not_say_what_it_got_from_us() {
    let mut solo = super_seed(10);
    let peer = solo.join();
    assert_eq!(shown(&mut solo, peer), [0, 1]);
    solo.say(peer, Message::Interested);
    for n in 0..2 {
        solo.say(peer, Message::Request(block(1, n)));
    }
    assert_eq!(shown(&mut solo, peer), [2]);
}

#[test]
fn what_a_peer_took_along_is_shown_to_others() {
    let mut solo = super_seed(3);
    let (first, second) = (solo.join(), solo.join());
    assert_eq!((shown(&mut solo, first), shown(&mut solo, second)), (vec![0, 1], vec![2, 0]));
    solo.input(Input::Closed { peer: first });
    has(&mut solo, second, 2);
    assert_eq!(shown(&mut solo, second), [1]);
}

#[test]
fn everything_is_shown_once_the_others_have_a_copy() {
    let mut solo = super_seed(4);
    let (first, second) = (solo.join(), solo.join());
    shown(&mut solo, first);
    shown(&mut solo, second);
    for piece in 0..2 {
        has(&mut solo, first, piece);
        has(&mut solo, second, 2 + piece);
    }
    has(&mut solo, second, 0);
    assert_eq!(shown(&mut solo, first), [2, 3]);
    assert_eq!(shown(&mut solo, second), [1]);
    let third = solo.join();
    assert!(solo.heard(third).contains(&Said::HaveAll));
}

#[test]
fn everything_is_shown_when_there_is_another_seed() {
    let mut solo = super_seed(4);
    let (peer, seed) = (solo.join(), solo.join());
    assert_eq!(shown(&mut solo, peer), [0, 1]);
    solo.say(seed, Message::HaveAll);
    assert_eq!(shown(&mut solo, peer), [2, 3]);
}

#[test]
fn everything_is_shown_when_nothing_is_passed_on_for_a_minute() {
    let mut solo = super_seed(6);
    let (taker, idle) = (solo.join(), solo.join());
    assert_eq!(shown(&mut solo, taker), [0, 1]);
    has(&mut solo, taker, 0);
    solo.pass(seconds(59));
    assert_eq!(shown(&mut solo, taker), [0; 0]);
    solo.pass(seconds(10));
    assert_eq!(shown(&mut solo, taker), [2, 3, 4, 5]);
    assert_eq!(shown(&mut solo, idle).len(), 6);
}

#[test]
fn everything_is_shown_when_the_user_wants_it() {
    let mut solo = super_seed(4);
    let peer = solo.join();
    assert_eq!(shown(&mut solo, peer), [0, 1]);
    solo.input(Input::SuperSeed(false));
    assert_eq!(shown(&mut solo, peer), [2, 3]);
}

#[test]
fn a_lone_peer_gets_everything() {
    let (info, content) = torrent(3_000_000, 64 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.input(seed, Input::SuperSeed(true));
    network.connect(seed, leech);
    network.run(seconds(20));
    assert!(network.nodes[leech].disk.content() == content);
}

#[test]
fn a_swarm_gets_everything_and_most_of_it_from_each_other() {
    let (info, content) = torrent(6_000_000, 64 * 1024);
    let mut network = Network::new();
    let seed = network.seed(&info, &content);
    network.input(seed, Input::SuperSeed(true));
    let leeches: Vec<usize> = (0..6).map(|_| network.leech(&info)).collect();
    for (n, leech) in leeches.iter().enumerate() {
        network.connect(seed, *leech);
        for other in &leeches[..n] {
            network.connect(*leech, *other);
        }
    }
    network.run(seconds(120));
    assert!(leeches.iter().all(|leech| network.nodes[*leech].is_complete()));
    let given = network.snapshot(seed).uploaded;
    assert!(given < 9_000_000, "{given} bytes from the seed, of a torrent of 6,000,000");
}

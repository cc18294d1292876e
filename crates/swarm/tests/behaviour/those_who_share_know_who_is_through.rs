//! Issue 11, A2.3: whoever shares something knows who has it, and may leave then.

use metainfo::PieceIndex;
use swarm::{Config, PeerKey, Source, Visits};
use wire::{Bitfield, ExtendedHandshake, Message, PeerId, Reserved, SC_PEX};

use crate::disk::{Disk, private, torrent};
use crate::network::Network;
use crate::solo::{PIECE, Solo, block, config, seconds};

/// A seed of four pieces that shows everybody everything.
fn seed() -> Solo {
    let (info, content) = torrent(4 * u64::from(PIECE), PIECE);
    let disk = Disk::with(&info, &content, &Bitfield::full(4));
    let config = Config { super_seed: false, ..config() };
    Solo::from(Source::Info(info.clone(), Bitfield::full(4)), disk, info, content, config)
}

/// A peer that lacks something and says so.
fn visitor(solo: &mut Solo, id: u8, have: &[u32]) -> PeerKey {
    let peer = solo.join_as(PeerId::from_bytes([id; 20]), Reserved::ours());
    for piece in have {
        has(solo, peer, *piece);
    }
    solo.say(peer, Message::Interested);
    peer
}

fn has(solo: &mut Solo, peer: PeerKey, piece: u32) {
    solo.say(peer, Message::Have(PieceIndex::new(piece)));
}

fn leave(solo: &mut Solo, peer: PeerKey) {
    solo.input(swarm::Input::Closed { peer });
}

fn upload_only(solo: &mut Solo, peer: PeerKey) {
    let handshake = ExtendedHandshake { upload_only: true, ..ExtendedHandshake::default() };
    solo.say_extended(peer, &handshake);
}

/// That of a neighbour who is kept even if neither side wants anything.
fn exchanging() -> ExtendedHandshake {
    let extensions = FromIterator::from_iter([(SC_PEX.to_owned(), 3)]);
    ExtendedHandshake { extensions, ..ExtendedHandshake::default() }
}

const fn visits(finished: u32, unfinished: u32) -> Visits {
    Visits { finished, unfinished }
}

#[test]
fn a_seed_sees_how_far_the_one_is_to_whom_it_gives_everything() {
    let (info, content) = torrent(3_000_000, 64 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.connect(seed, leech);
    network.run(seconds(1));
    let peer = network.snapshot(seed).peers[0].clone();
    assert!(peer.progress > 0.3 && peer.progress < 1.0, "{}", peer.progress);
    assert!(!peer.wants_nothing);
    network.run(seconds(4));
    let snapshot = network.snapshot(seed);
    assert_eq!(snapshot.peers.iter().map(|peer| peer.progress).collect::<Vec<_>>(), [1.0]);
    assert!(snapshot.peers[0].wants_nothing);
    assert_eq!(snapshot.visits, visits(1, 0));
}

#[test]
fn who_parts_when_it_is_complete_says_so_first() {
    // A private swarm, in which nobody is kept as a neighbour.
    let (info, content) = private(3_000_000, 64 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.connect(seed, leech);
    network.run(seconds(5));
    let snapshot = network.snapshot(seed);
    assert_eq!(snapshot.peers.len(), 0);
    assert_eq!(snapshot.visits, visits(1, 0));
}

#[test]
fn who_has_what_it_selected_is_through() {
    let mut solo = seed();
    let peer = visitor(&mut solo, 1, &[2]);
    assert_eq!(solo.snapshot().visits, visits(0, 0));
    upload_only(&mut solo, peer);
    assert_eq!(solo.snapshot().visits, visits(1, 0));
}

#[test]
fn who_wants_more_later_is_one_visitor() {
    let mut solo = seed();
    let peer = visitor(&mut solo, 1, &[2]);
    solo.say_extended(peer, &exchanging());
    for _ in 0..3 {
        solo.say_extended(peer, &ExtendedHandshake { upload_only: true, ..exchanging() });
        assert!(!solo.snapshot().peers[0].waits);
        solo.say_extended(peer, &exchanging());
        solo.say(peer, Message::Interested);
        assert!(solo.snapshot().peers[0].waits);
    }
    assert_eq!(solo.snapshot().visits, visits(1, 0));
}

#[test]
fn a_seed_that_looks_in_is_no_visitor() {
    let mut solo = seed();
    let peer = solo.join();
    assert!(!solo.snapshot().peers[0].waits, "it has not said anything");
    solo.say(peer, Message::HaveAll);
    assert_eq!(solo.snapshot().visits, visits(0, 0));
}

#[test]
fn who_leaves_with_a_part_is_missed_until_somebody_comes_with_a_part() {
    let mut solo = seed();
    let early = visitor(&mut solo, 1, &[0, 1]);
    leave(&mut solo, early);
    assert_eq!(solo.snapshot().visits, visits(0, 1));
    visitor(&mut solo, 2, &[]);
    assert_eq!(solo.snapshot().visits, visits(0, 1), "another one");
    let back = visitor(&mut solo, 3, &[0]);
    assert_eq!(solo.snapshot().visits, visits(0, 0));
    for piece in 1..4 {
        has(&mut solo, back, piece);
    }
    assert_eq!(solo.snapshot().visits, visits(1, 0));
    leave(&mut solo, back);
    assert_eq!(solo.snapshot().visits, visits(1, 0));
}

#[test]
fn who_leaves_before_the_first_piece_is_not_missed() {
    let mut solo = seed();
    let peer = visitor(&mut solo, 1, &[]);
    leave(&mut solo, peer);
    assert_eq!(solo.snapshot().visits, visits(0, 0));
}

/// Some programs do not say that they have what they got from us.
#[test]
fn who_got_something_and_says_nothing_is_missed() {
    let mut solo = seed();
    let peer = visitor(&mut solo, 1, &[]);
    solo.say(peer, Message::Request(block(0, 0)));
    leave(&mut solo, peer);
    assert_eq!(solo.snapshot().visits, visits(0, 1));
}

#[test]
fn who_is_connected_twice_does_not_leave_with_one_of_both() {
    let mut solo = seed();
    // Its name sorts after ours, so it is the one to say which connection ends.
    let first = visitor(&mut solo, 201, &[0]);
    visitor(&mut solo, 201, &[0]);
    leave(&mut solo, first);
    assert_eq!(solo.snapshot().visits, visits(0, 0));
}

#[test]
fn nobody_is_missed_while_we_lack_something() {
    let mut solo = Solo::with(4, &[0]);
    let peer = visitor(&mut solo, 1, &[1]);
    leave(&mut solo, peer);
    assert_eq!(solo.snapshot().visits, visits(0, 0));
}

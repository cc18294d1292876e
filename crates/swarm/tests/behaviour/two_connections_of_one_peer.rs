use swarm::Input;
use wire::{PeerId, Reserved};

use crate::disk::torrent;
use crate::network::Network;
use crate::solo::{Solo, seconds};

#[test]
fn the_side_with_the_higher_id_closes_the_second() {
    let mut solo = Solo::leech(4);
    let lower = PeerId::from_bytes([5; 20]);
    let first = solo.join_as(lower, Reserved::ours());
    let second = solo.join_as(lower, Reserved::ours());
    assert_eq!((solo.parting(first), solo.parting(second)), (None, Some("is connected already")));
}

#[test]
fn the_other_side_waits_before_it_does() {
    let mut solo = Solo::leech(4);
    let higher = PeerId::from_bytes([250; 20]);
    let first = solo.join_as(higher, Reserved::ours());
    let second = solo.join_as(higher, Reserved::ours());
    solo.pass(seconds(4));
    assert_eq!((solo.parting(first), solo.parting(second)), (None, None));
    solo.pass(seconds(1));
    assert_eq!((solo.parting(first), solo.parting(second)), (None, Some("is connected already")));
}

#[test]
fn the_second_stays_if_the_first_was_closed_meanwhile() {
    let mut solo = Solo::leech(4);
    let higher = PeerId::from_bytes([250; 20]);
    let first = solo.join_as(higher, Reserved::ours());
    let second = solo.join_as(higher, Reserved::ours());
    solo.input(Input::Closed { peer: first });
    solo.pass(seconds(10));
    assert_eq!(solo.parting(second), None);
}

#[test]
fn of_two_that_cross_exactly_one_is_left() {
    let (info, content) = torrent(50_000_000, 256 * 1024);
    let mut network = Network::new();
    let (a, b) = (network.seed(&info, &content), network.leech(&info));
    network.connect(a, b);
    network.connect(b, a);
    network.run(seconds(8));
    assert_eq!((network.snapshot(a).peers.len(), network.snapshot(b).peers.len()), (1, 1));
    assert!(network.snapshot(b).down_rate > 1_000_000);
}

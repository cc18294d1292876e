//! webtorrent#163: limits of what is given and received, and of each torrent alone.

use std::num::NonZeroU64;

use swarm::{Input, PeerKey};
use wire::Message;

use crate::disk::torrent;
use crate::network::Network;
use crate::solo::{BLOCK, Said, Solo, block, seconds};

fn limit(up: u64, down: u64) -> Input<'static> {
    Input::Limit { up: NonZeroU64::new(up), down: NonZeroU64::new(down) }
}

/// Blocks that a peer was sent since it last listened.
fn blocks(solo: &mut Solo, peer: PeerKey) -> usize {
    solo.heard(peer).iter().filter(|said| matches!(said, Said::Block(_))).count()
}

#[test]
fn of_what_we_give() {
    let (info, content) = torrent(8_000_000, 64 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.input(seed, limit(200_000, 0));
    network.connect(seed, leech);
    network.run(seconds(20));
    let given = network.snapshot(seed).uploaded;
    assert!((3_900_000..=4_100_000).contains(&given), "{given} bytes in 20 s");
    network.input(seed, limit(0, 0));
    network.run(seconds(5));
    assert!(network.nodes[leech].is_complete());
}

#[test]
fn of_what_we_receive() {
    let (info, content) = torrent(8_000_000, 64 * 1024);
    let mut network = Network::new();
    let (seed, other) = (network.seed(&info, &content), network.seed(&info, &content));
    let leech = network.leech(&info);
    network.input(leech, limit(0, 200_000));
    network.connect(seed, leech);
    network.connect(other, leech);
    network.run(seconds(20));
    let received = network.snapshot(leech).downloaded;
    assert!((3_900_000..=4_100_000).contains(&received), "{received} bytes in 20 s");
    network.input(leech, limit(0, 0));
    network.run(seconds(5));
    assert!(network.nodes[leech].disk.content() == content);
}

#[test]
fn of_what_all_torrents_of_a_session_give_and_receive_together() {
    let (info, content) = torrent(8_000_000, 64 * 1024);
    let mut network = Network::new();
    let limit = |up, down| Input::SessionLimit { up: NonZeroU64::new(up), down: NonZeroU64::new(down) };
    // Two torrents of the session give, and two receive.
    let (seeds, leeches) =
        ([(); 4].map(|()| network.seed(&info, &content)), [(); 4].map(|()| network.leech(&info)));
    network.limits.set(NonZeroU64::new(200_000), NonZeroU64::new(100_000));
    for node in [seeds[0], seeds[1], leeches[2], leeches[3]] {
        network.input(node, limit(200_000, 100_000));
    }
    for (seed, leech) in seeds.into_iter().zip(leeches) {
        network.connect(seed, leech);
    }
    network.run(seconds(20));
    for node in [seeds[0], seeds[1]] {
        let given = network.snapshot(node).uploaded;
        assert!((1_900_000..=2_100_000).contains(&given), "{given} bytes in 20 s");
    }
    for node in [leeches[2], leeches[3]] {
        let received = network.snapshot(node).downloaded;
        assert!((900_000..=1_100_000).contains(&received), "{received} bytes in 20 s");
    }
    // Nobody waits for a turn of a limit that was lifted.
    network.limits.set(None, None);
    for node in [seeds[0], seeds[1], leeches[2], leeches[3]] {
        network.input(node, limit(0, 0));
    }
    network.run(seconds(5));
    assert!(leeches.into_iter().all(|leech| network.nodes[leech].is_complete()));
}

#[test]
fn of_what_each_of_those_we_serve_gets() {
    let mut solo = Solo::seed(40);
    solo.input(Input::SuperSeed(false));
    solo.input(limit(u64::from(BLOCK), 0));
    let peers = [solo.join(), solo.join(), solo.join()];
    for peer in peers {
        solo.say(peer, Message::Interested);
        for n in 0..20 {
            solo.say(peer, Message::Request(block(n, 0)));
        }
    }
    solo.pass(seconds(30));
    assert_eq!(peers.map(|peer| blocks(&mut solo, peer)), [11, 10, 10]);
}

#[test]
fn of_requests_in_one_moment() {
    let mut solo = Solo::leech(40);
    solo.input(limit(0, 4 * u64::from(BLOCK)));
    let seed = solo.join_seed();
    assert!(solo.requests(seed).len() <= 2, "a quarter of a second's, and one");
    solo.pass(seconds(3));
    assert_eq!(solo.requests(seed).len(), 12);
}

#[test]
fn of_a_peer_that_leaves_with_requests() {
    let mut solo = Solo::leech(40);
    solo.input(limit(0, u64::from(BLOCK)));
    let gone = solo.join_seed();
    solo.pass(seconds(8));
    assert!(solo.requests(gone).len() >= 8);
    let other = solo.join_seed();
    solo.input(Input::Closed { peer: gone });
    solo.pass(seconds(2));
    assert!(solo.requests(other).len() >= 3, "what was not received does not count");
}

#[test]
fn unless_there_is_none() {
    let mut solo = Solo::leech(40);
    solo.input(limit(0, 1));
    solo.input(limit(0, 0));
    let seed = solo.join_seed();
    assert_eq!(solo.requests(seed).len(), 32);
}

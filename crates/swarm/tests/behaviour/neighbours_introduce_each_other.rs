//! Peers without a tracker: whoever knows one of a swarm gets to know all of it.
//!
//! Nobody in these tests has a tracker, which is what browsers depended on for every single connection:
//! webtorrent#1191, webtorrent#1684, libtorrent#5115.

use wire::PeerId;

use crate::disk::{private, torrent};
use crate::network::Network;
use crate::solo::seconds;

/// webtorrent#1191, webtorrent#1684, libtorrent#5115.
#[test]
fn a_newcomer_who_knows_one_of_three_meets_them_all_and_completes() {
    let (info, content) = torrent(1_000_000, 32 * 1024);
    let mut network = Network::slow();
    let (seed, first, second) = (network.seed(&info, &content), network.leech(&info), network.leech(&info));
    for (a, b) in [(seed, first), (seed, second), (first, second)] {
        network.connect(a, b);
    }
    network.run(seconds(2));
    let newcomer = network.magnet(&info);
    network.connect(newcomer, first);
    network.run(seconds(5));
    assert_eq!(network.degree(newcomer), 3);
    network.run(seconds(60));
    for node in [first, second, newcomer] {
        assert!(network.nodes[node].disk.content() == content, "node {node} is incomplete");
    }
}

#[test]
fn a_chain_becomes_a_mesh() {
    const NODES: usize = 12;
    let (info, content) = torrent(20_000_000, 128 * 1024);
    let mut network = Network::slow();
    network.seed(&info, &content);
    for node in 1..NODES {
        network.magnet(&info);
        network.connect(node - 1, node);
    }
    network.run(seconds(10));
    let degrees: Vec<usize> = (0..NODES).map(|node| network.degree(node)).collect();
    assert_eq!(degrees, [NODES - 1; NODES]);
}

#[test]
fn peers_stay_together_when_the_one_who_introduced_them_leaves() {
    let (info, content) = torrent(2_000_000, 32 * 1024);
    let mut network = Network::slow();
    let middle = network.leech(&info);
    let outer = [network.seed(&info, &content), network.leech(&info), network.leech(&info)];
    for node in outer {
        network.connect(middle, node);
    }
    network.run(seconds(5));
    network.leave(middle);
    network.run(seconds(60));
    for node in outer {
        assert!(network.nodes[node].is_complete(), "node {node} is incomplete");
    }
}

/// Everybody has everything when the newcomer arrives, so nobody needs anybody.
#[test]
fn seeds_keep_some_seeds_for_newcomers_to_meet() {
    let (info, content) = torrent(1_000_000, 32 * 1024);
    let mut network = Network::slow();
    let nodes = [network.seed(&info, &content), network.leech(&info), network.leech(&info)];
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        network.connect(nodes[a], nodes[b]);
    }
    network.run(seconds(600));
    assert!(nodes.iter().all(|node| network.nodes[*node].is_complete()));
    assert_eq!(nodes.map(|node| network.degree(node)), [2; 3]);
    let newcomer = network.magnet(&info);
    network.connect(newcomer, nodes[2]);
    // The answers wait behind the blocks that are on their way already.
    network.run(seconds(5));
    assert_eq!(network.degree(newcomer), 3);
}

#[test]
fn seeds_that_meet_as_seeds_are_kept_too() {
    let (info, content) = torrent(100_000, 32 * 1024);
    let mut network = Network::slow();
    let seeds = [network.seed(&info, &content), network.seed(&info, &content)];
    network.connect(seeds[0], seeds[1]);
    network.run(seconds(5));
    assert_eq!(seeds.map(|seed| network.degree(seed)), [1; 2]);
}

#[test]
fn of_many_seeds_only_some_are_kept() {
    let (info, content) = torrent(1_000_000, 64 * 1024);
    let mut network = Network::slow();
    let leech = network.leech(&info);
    for _ in 0..10 {
        let seed = network.seed(&info, &content);
        network.connect(leech, seed);
    }
    network.run(seconds(30));
    assert!(network.nodes[leech].is_complete());
    assert_eq!(network.degree(leech), 4);
}

#[test]
fn seeds_do_not_ask_for_seeds() {
    let (info, content) = torrent(3_000_000, 32 * 1024);
    let mut network = Network::slow();
    let leech = network.leech(&info);
    let seeds = [network.seed(&info, &content), network.seed(&info, &content)];
    for seed in seeds {
        network.connect(leech, seed);
    }
    network.run(seconds(5));
    assert_eq!(seeds.map(|seed| network.nodes[seed].asked_for.len()), [0, 0]);
}

/// Both are told of each other in the same moment.
#[test]
fn two_who_ask_for_each_other_at_once_get_one_connection() {
    let (info, content) = torrent(2_000_000, 32 * 1024);
    let mut network = Network::slow();
    let (middle, a, b) = (network.seed(&info, &content), network.leech(&info), network.leech(&info));
    network.connect(middle, a);
    network.connect(middle, b);
    network.run(seconds(10));
    let asked = [a, b].map(|node| network.nodes[node].asked_for.clone());
    assert_eq!(asked, [[PeerId::from_bytes([b as u8; 20])], [PeerId::from_bytes([a as u8; 20])]]);
    assert_eq!([middle, a, b].map(|node| network.degree(node)), [2; 3]);
    assert!(
        [a, b].iter().all(|node| network.nodes[*node].closed.is_empty()),
        "there was a second connection"
    );
}

/// BEP 27: its tracker alone says who is in the swarm.
#[test]
fn nobody_is_introduced_in_a_private_torrent() {
    let (info, content) = private(2_000_000, 32 * 1024);
    let mut network = Network::slow();
    let (seed, first, second) = (network.seed(&info, &content), network.leech(&info), network.magnet(&info));
    network.connect(seed, first);
    network.connect(seed, second);
    network.run(seconds(60));
    assert!([first, second].iter().all(|node| network.nodes[*node].is_complete()));
    assert!([seed, first, second].iter().all(|node| network.nodes[*node].asked_for.is_empty()));
}

#[test]
fn two_who_have_everything_part_if_they_cannot_introduce_anybody() {
    let (info, content) = private(100_000, 32 * 1024);
    let mut network = Network::slow();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.connect(seed, leech);
    network.run(seconds(5));
    let closed: Vec<String> = network.nodes[leech].closed.iter().map(ToString::to_string).collect();
    assert_eq!(closed, ["needs nothing, as we do"]);
}

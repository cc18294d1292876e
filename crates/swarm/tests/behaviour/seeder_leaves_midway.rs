use crate::disk::torrent;
use crate::network::Network;
use crate::solo::{Said, Solo, block, seconds};

#[test]
fn another_seeder_finishes_what_it_began() {
    let (info, content) = torrent(6_000_000, 512 * 1024);
    let mut network = Network::new();
    let (first, second) = (network.seed(&info, &content), network.seed(&info, &content));
    let leech = network.leech(&info);
    network.connect(first, leech);
    network.run(seconds(1));
    network.leave(first);
    network.run(seconds(1));
    network.connect(leech, second);
    network.run(seconds(10));
    assert!(network.nodes[leech].disk.content() == content);
}

#[test]
fn leechers_finish_together_once_a_whole_copy_is_among_them() {
    let (info, content) = torrent(3_000_000, 64 * 1024);
    let mut network = Network::new();
    let seed = network.seed(&info, &content);
    let leechers: Vec<usize> = (0..4).map(|_| network.leech(&info)).collect();
    for (n, leech) in leechers.iter().enumerate() {
        network.connect(seed, *leech);
        for other in &leechers[..n] {
            network.connect(*other, *leech);
        }
    }
    let copied = |network: &Network| {
        (0..46).all(|piece| leechers.iter().any(|leech| network.nodes[*leech].has(piece)))
    };
    while !copied(&network) {
        network.run(seconds(1) / 10);
        assert!(network.now.as_millis() < 20_000, "the seeder gives out every piece once");
    }
    network.leave(seed);
    network.run(seconds(20));
    for leech in leechers {
        assert!(network.nodes[leech].disk.content() == content);
    }
}

/// webtorrent#1666
#[test]
fn its_requests_go_to_another_at_once() {
    let mut solo = Solo::leech(1);
    let first = solo.join_seed();
    assert_eq!(solo.requests(first), [block(0, 0), block(0, 1)]);
    solo.give_start(first, block(0, 0), 1_000);
    let second = solo.join_seed();
    solo.heard(second);
    solo.input(swarm::Input::Closed { peer: first });
    let asked_again = solo.heard(second);
    assert!(asked_again.contains(&Said::Request(block(0, 0))), "{asked_again:?}");
    solo.give(second, block(0, 0));
    solo.give(second, block(0, 1));
    assert_eq!(solo.completed, 1);
    assert_eq!(solo.snapshot().wasted, 1_000);
}

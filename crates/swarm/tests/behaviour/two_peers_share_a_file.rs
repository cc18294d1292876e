use crate::disk::torrent;
use crate::network::Network;
use crate::solo::seconds;

#[test]
fn every_byte_arrives_once() {
    let (info, content) = torrent(3_000_001, 64 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.connect(seed, leech);
    network.run(seconds(5));

    assert_eq!(network.nodes[leech].disk.content(), content);
    assert_eq!(network.nodes[leech].completed, 1);
    let snapshot = network.snapshot(leech);
    assert_eq!((snapshot.downloaded, snapshot.wasted), (3_000_001, 0));
    assert_eq!(network.snapshot(seed).uploaded, 3_000_001);
}

#[test]
fn the_link_is_kept_full() {
    let (info, content) = torrent(10_000_000, 256 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.connect(seed, leech);
    network.run(seconds(4));
    let rate = network.snapshot(leech).down_rate;
    assert!(rate > 1_900_000, "{rate} of 2,000,000 bytes each second");
}

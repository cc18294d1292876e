use crate::disk::torrent;
use crate::network::Network;
use crate::solo::seconds;

#[test]
fn the_metadata_and_then_the_content_arrive() {
    let (info, content) = torrent(40_000_000, 32 * 1024);
    assert!(info.raw().len() > 16 * 1024, "metadata of more than one part");
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.magnet(&info));
    network.connect(seed, leech);
    network.run(seconds(1));
    assert_eq!(network.nodes[leech].torrent.info(), Some(&info));
    network.run(seconds(30));
    assert!(network.nodes[leech].disk.content() == content);
}

use swarm::Phase;
use wire::Message;

use crate::disk::torrent;
use crate::network::Network;
use crate::solo::{Said, Solo, seconds};

#[test]
fn only_the_missing_pieces_are_fetched() {
    let (info, content) = torrent(1_000_000, 64 * 1024);
    let mut have = wire::Bitfield::new(16);
    for piece in info.geometry().pieces().filter(|piece| piece.get() % 2 == 0) {
        have.set(piece);
    }
    let mut network = Network::new();
    let seed = network.seed(&info, &content);
    let leech = network.add(&info, &content, &have);
    network.connect(seed, leech);
    network.run(seconds(5));
    assert!(network.nodes[leech].disk.content() == content);
    assert_eq!(network.snapshot(leech).downloaded, 1_000_000 - 8 * 65_536);
}

#[test]
fn the_stored_pieces_are_announced_and_served() {
    let mut solo = Solo::with(4, &[1, 2]);
    let peer = solo.join();
    assert!(solo.heard(peer).contains(&Said::Bitfield(vec![0b0110_0000])));
    solo.say(peer, Message::Interested);
    solo.say(peer, Message::Request(crate::solo::block(2, 0)));
    assert_eq!(solo.heard(peer), [Said::Unchoke, Said::Block(crate::solo::block(2, 0))]);
}

#[test]
fn a_complete_torrent_has_nothing_to_do() {
    let solo = Solo::seed(4);
    assert_eq!(solo.snapshot().phase, Phase::Complete);
    assert_eq!(solo.snapshot().left, 0);
    assert_eq!(solo.completed, 0, "nothing was completed in this session");
}

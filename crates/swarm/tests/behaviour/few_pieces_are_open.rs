use std::collections::BTreeSet;

use metainfo::PieceIndex;
use swarm::{Config, Source};
use wire::{Bitfield, Message};

use crate::disk::{Disk, torrent};
use crate::network::Network;
use crate::solo::{BLOCK, PIECE, Solo, config, seconds};

fn bounded(pieces: u32, max_active: u64) -> Solo {
    let (info, content) = torrent(u64::from(pieces) * u64::from(PIECE), PIECE);
    let config = Config { max_active, ..config() };
    let source = Source::Info(info.clone(), Bitfield::new(pieces));
    Solo::from(source, Disk::default(), info, content, config)
}

/// webtorrent#2356, webtorrent#454, webtorrent#479: memory that grows to gigabytes.
#[test]
fn no_more_than_the_memory_allows() {
    let mut solo = bounded(100, u64::from(4 * PIECE));
    let peers = [solo.join_seed(), solo.join_seed()];
    let mut open = BTreeSet::new();
    for peer in peers {
        open.extend(solo.requests(peer).iter().map(|block| block.piece));
    }
    assert_eq!(open.len(), 4);
    solo.answer(peers[0]);
    assert!(solo.snapshot().active.len() <= 4);
}

#[test]
fn pieces_that_nobody_can_finish_make_way() {
    let mut solo = bounded(10, u64::from(2 * PIECE));
    let leaver = solo.join();
    for piece in [0, 1] {
        solo.say(leaver, Message::Have(PieceIndex::new(piece)));
    }
    solo.say(leaver, Message::Unchoke);
    for block in solo.requests(leaver).into_iter().filter(|block| block.begin == 0) {
        solo.give(leaver, block);
    }
    assert_eq!(solo.disk.slots(), 2);
    solo.input(swarm::Input::Closed { peer: leaver });

    let other = solo.join();
    solo.say(other, Message::Have(PieceIndex::new(5)));
    solo.say(other, Message::Unchoke);
    solo.answer(other);
    assert!(solo.torrent.have().get(PieceIndex::new(5)));
    assert_eq!(solo.snapshot().wasted, u64::from(BLOCK));
}

/// webtorrent#1558
#[test]
fn a_piece_is_finished_before_another_is_begun() {
    let mut solo = Solo::leech(40);
    let first = solo.join_seed();
    let begun: BTreeSet<_> = solo.requests(first).iter().map(|block| block.piece).collect();
    assert_eq!(begun.len(), 16, "32 requests for pieces of two blocks");
}

/// webtorrent#375
#[test]
fn the_rarest_comes_first() {
    let mut solo = Solo::with(40, &[0, 1, 2, 3]);
    for common in 0..3 {
        let peer = solo.join();
        for piece in (0..40).filter(|piece| *piece != 17 && (common > 0 || *piece != 23)) {
            solo.say(peer, Message::Have(PieceIndex::new(piece)));
        }
    }
    let seed = solo.join_seed();
    let order: Vec<u32> = solo.requests(seed).iter().step_by(2).map(|block| block.piece.get()).collect();
    assert_eq!(order[..2], [17, 23]);
}

/// webtorrent#1558
#[test]
fn and_no_more_than_the_requests_in_flight_are_about() {
    let (info, content) = torrent(30_000_000, 256 * 1024);
    let mut network = Network::new();
    let leech = network.leech(&info);
    for _ in 0..8 {
        let seed = network.seed(&info, &content);
        network.connect_at(leech, seed, 500_000);
    }
    while !network.nodes[leech].is_complete() {
        network.run(seconds(1) / 10);
        let snapshot = network.snapshot(leech);
        let requests: u32 = snapshot.peers.iter().map(|peer| peer.requests_out).sum();
        // Of each peer's pieces one or two are begun and not all asked for.
        let open = snapshot.active.len() as u32;
        assert!(open <= requests.div_ceil(16) + 16, "{open} pieces for {requests} requests");
        assert!(network.now.as_millis() < 20_000);
    }
}

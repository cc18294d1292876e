use metainfo::{Block, PieceIndex};
use proptest::prelude::*;
use wire::{Handshake, Message, PeerId, Reserved};

use crate::solo::{BLOCK, PIECE, Said, Solo, block, config, stranger};

/// What happens to a peer that says this after its greeting.
fn fate(message: Message<'_>) -> Option<String> {
    let mut solo = Solo::with(9, &[0]);
    let peer = solo.join();
    solo.say(peer, message);
    solo.parting(peer).map(str::to_owned)
}

#[test]
fn pieces_after_the_last() {
    assert!(fate(Message::Have(PieceIndex::new(8))).is_none());
    assert!(fate(Message::Have(PieceIndex::new(9))).is_some());
}

#[test]
fn bitfields_that_do_not_fit() {
    assert!(fate(Message::Bitfield(&[0xff, 0x80])).is_none());
    assert!(fate(Message::Bitfield(&[0xff, 0x81])).is_some());
    assert!(fate(Message::Bitfield(&[0xff])).is_some());
}

#[test]
fn requests_for_bytes_that_do_not_exist() {
    let request =
        |piece, begin, length| Message::Request(Block { piece: PieceIndex::new(piece), begin, length });
    assert!(fate(request(0, 0, BLOCK)).is_none());
    assert!(fate(request(9, 0, BLOCK)).is_some());
    assert!(fate(request(0, PIECE - 1, 2)).is_some());
    assert!(fate(request(0, u32::MAX, u32::MAX)).is_some());
    assert!(fate(request(0, 0, 0)).is_some());
}

#[test]
fn a_second_announcement_of_everything() {
    let mut solo = Solo::leech(4);
    let peer = solo.join();
    solo.say(peer, Message::HaveAll);
    solo.say(peer, Message::HaveNone);
    assert_eq!(solo.parting(peer), Some("said twice which pieces it has"));
}

#[test]
fn another_torrent() {
    let mut solo = Solo::leech(4);
    let peer = solo.connect();
    let handshake =
        Handshake { reserved: Reserved::ours(), info_hash: stranger(), peer_id: PeerId::from_bytes([1; 20]) };
    solo.send(peer, &handshake.encode());
    assert_eq!(solo.parting(peer), Some("wants another torrent"));
}

#[test]
fn ourselves() {
    let mut solo = Solo::leech(4);
    let peer = solo.join_as(config().peer_id, Reserved::ours());
    assert_eq!(solo.parting(peer), Some("is this very client"));
}

#[test]
fn a_flood_of_blocks_that_nobody_asked_for() {
    let mut solo = Solo::leech(4);
    let peer = solo.join();
    for _ in 0..60 {
        solo.give(peer, block(0, 0));
    }
    assert_eq!(solo.parting(peer), None);
    for _ in 0..10 {
        solo.give(peer, block(0, 0));
    }
    assert_eq!(solo.parting(peer), Some("sends blocks that nobody asked for"));
    assert_eq!(solo.snapshot().downloaded, 0);
    assert_eq!(solo.disk.slots(), 0);
}

#[test]
fn a_flood_of_requests_is_rejected_beyond_the_queue() {
    let mut solo = Solo::seed(4);
    let peer = solo.join();
    solo.input(swarm::Input::Writable { peer, room: 0 });
    solo.say(peer, Message::Interested);
    solo.heard(peer);
    for _ in 0..600 {
        solo.say(peer, Message::Request(block(1, 0)));
    }
    assert_eq!(solo.heard(peer), vec![Said::Reject(block(1, 0)); 600 - 512]);
    assert_eq!(solo.snapshot().peers[0].requests_in, 512);
}

#[test]
fn too_many_connections() {
    let mut solo = Solo::leech(4);
    let peers: Vec<_> = (0..56).map(|_| solo.connect()).collect();
    assert_eq!(solo.parting(peers[54]), None);
    assert_eq!(solo.parting(peers[55]), Some("came when enough were connected"));
}

proptest! {
    #[test]
    fn no_bytes_make_the_engine_fail(
        runs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
        greets: bool,
        magnet: bool,
    ) {
        let mut solo = if magnet {
            let (info, content) = crate::disk::torrent(100_000, 32_768);
            Solo::magnet(info, content)
        } else {
            Solo::with(4, &[1])
        };
        let peer = if greets { solo.join() } else { solo.connect() };
        for run in runs {
            solo.send(peer, &run);
        }
    }

    #[test]
    fn no_messages_make_the_engine_fail(
        messages in prop::collection::vec((0_u8..24, prop::collection::vec(any::<u8>(), 0..20)), 0..50),
    ) {
        let mut solo = Solo::with(4, &[1]);
        let peer = solo.join_seed();
        for (id, body) in messages {
            let mut bytes = (body.len() as u32 + 1).to_be_bytes().to_vec();
            bytes.push(id);
            bytes.extend(body);
            solo.send(peer, &bytes);
        }
    }
}

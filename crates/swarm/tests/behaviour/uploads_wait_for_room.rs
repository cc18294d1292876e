use swarm::Input;
use wire::{Message, PeerId, Reserved};

use crate::solo::{BLOCK, Said, Solo, block};

#[test]
fn no_more_is_sent_than_the_channel_takes() {
    let mut solo = Solo::seed(4);
    let peer = solo.join();
    solo.say(peer, Message::Interested);
    solo.input(Input::Writable { peer, room: 2 * (BLOCK + 13) });
    solo.heard(peer);
    for n in 0..4 {
        solo.say(peer, Message::Request(block(n, 0)));
    }
    assert_eq!(solo.heard(peer), [Said::Block(block(0, 0)), Said::Block(block(1, 0))]);
    solo.input(Input::Writable { peer, room: BLOCK + 13 });
    assert_eq!(solo.heard(peer), [Said::Block(block(2, 0))]);
    assert_eq!(solo.snapshot().uploaded, u64::from(3 * BLOCK));
}

#[test]
fn a_cancelled_request_is_not_served() {
    let mut solo = Solo::seed(4);
    let peer = solo.join();
    solo.say(peer, Message::Interested);
    solo.input(Input::Writable { peer, room: 0 });
    solo.heard(peer);
    solo.say(peer, Message::Request(block(0, 0)));
    solo.say(peer, Message::Request(block(1, 0)));
    solo.say(peer, Message::Cancel(block(0, 0)));
    solo.input(Input::Writable { peer, room: 100_000 });
    assert_eq!(solo.heard(peer), [Said::Reject(block(0, 0)), Said::Block(block(1, 0))]);
}

#[test]
fn a_choke_empties_the_queue() {
    let mut solo = Solo::seed(4);
    let peer = solo.join();
    solo.say(peer, Message::Interested);
    solo.input(Input::Writable { peer, room: 0 });
    solo.heard(peer);
    solo.say(peer, Message::Request(block(0, 0)));
    solo.say(peer, Message::NotInterested);
    assert_eq!(solo.heard(peer), [Said::Choke, Said::Reject(block(0, 0))]);
    solo.input(Input::Writable { peer, room: 100_000 });
    assert_eq!(solo.heard(peer), []);
}

#[test]
fn requests_of_a_choked_peer_are_rejected_only_if_it_understands() {
    let mut solo = Solo::seed(4);
    let fast = solo.join();
    let plain = solo.join_as(PeerId::from_bytes([77; 20]), Reserved::from_bytes([0; 8]));
    solo.heard(fast);
    solo.heard(plain);
    for peer in [fast, plain] {
        solo.say(peer, Message::Request(block(0, 0)));
    }
    assert_eq!(solo.heard(fast), [Said::Reject(block(0, 0))]);
    assert_eq!(solo.heard(plain), []);
}

#[test]
fn long_blocks_are_served_up_to_128_kib() {
    let (info, content) = crate::disk::torrent(600_000, 262_144);
    let have = wire::Bitfield::full(3);
    let disk = crate::disk::Disk::with(&info, &content, &have);
    let source = swarm::Source::Info(info.clone(), have);
    let mut solo = Solo::from(source, disk, info, content, crate::solo::config());
    let peer = solo.join();
    solo.say(peer, Message::Interested);
    solo.heard(peer);
    let long = |length| metainfo::Block { piece: metainfo::PieceIndex::new(0), begin: 0, length };
    solo.say(peer, Message::Request(long(131_072)));
    assert_eq!(solo.heard(peer), [Said::Block(long(131_072))]);
    solo.say(peer, Message::Request(long(131_073)));
    assert!(solo.parting(peer).is_some());
}

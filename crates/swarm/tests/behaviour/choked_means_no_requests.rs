use metainfo::PieceIndex;
use wire::{Message, PeerId, Reserved};

use crate::solo::{Said, Solo, block};

#[test]
fn nothing_is_asked_before_the_unchoke() {
    let mut solo = Solo::leech(4);
    let peer = solo.join();
    solo.say(peer, Message::HaveAll);
    assert_eq!(solo.requests(peer), []);
    solo.say(peer, Message::Unchoke);
    assert_eq!(solo.requests(peer).len(), 8);
}

#[test]
fn a_piece_that_is_allowed_is_asked_all_the_same() {
    let mut solo = Solo::leech(4);
    let peer = solo.join();
    solo.say(peer, Message::HaveAll);
    solo.say(peer, Message::AllowedFast(PieceIndex::new(2)));
    assert_eq!(solo.requests(peer), [block(2, 0), block(2, 1)]);
}

#[test]
fn what_a_plain_peer_owed_is_forgotten_when_it_chokes() {
    let mut solo = Solo::leech(1);
    let plain = solo.join_as(PeerId::from_bytes([77; 20]), Reserved::from_bytes([0; 8]));
    solo.say(plain, Message::Bitfield(&[0x80]));
    solo.say(plain, Message::Unchoke);
    assert_eq!(solo.requests(plain).len(), 2);
    solo.say(plain, Message::Choke);
    let other = solo.join_seed();
    assert_eq!(solo.requests(other).len(), 2);
    solo.say(plain, Message::Unchoke);
    let heard = solo.heard(plain);
    assert!(heard.iter().all(|said| matches!(said, Said::Request(_))), "the endgame: {heard:?}");
}

#[test]
fn what_a_peer_rejects_is_asked_of_another() {
    let mut solo = Solo::leech(1);
    let choking = solo.join_seed();
    let other = solo.join();
    solo.say(other, Message::HaveAll);
    solo.say(choking, Message::Choke);
    for block in solo.requests(choking) {
        solo.say(choking, Message::Reject(block));
    }
    solo.say(other, Message::Unchoke);
    solo.answer(other);
    assert_eq!(solo.completed, 1);
}

#[test]
fn a_peer_that_refuses_without_choking_is_not_asked_again_at_once() {
    let mut solo = Solo::leech(1);
    let peer = solo.join_seed();
    for block in solo.requests(peer) {
        solo.say(peer, Message::Reject(block));
    }
    assert_eq!(solo.requests(peer), []);
    solo.pass(crate::solo::seconds(10));
    assert_eq!(solo.requests(peer), [block(0, 0), block(0, 1)]);
}

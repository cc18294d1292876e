use metainfo::PieceIndex;
use swarm::{Input, PeerKey};
use wire::{ExtendedHandshake, LT_DONT_HAVE, Message, encode_dont_have};

use crate::solo::{Said, Solo, block};

fn understands_dont_have(solo: &mut Solo, peer: PeerKey) {
    let extensions = FromIterator::from_iter([(LT_DONT_HAVE.to_owned(), 9)]);
    let handshake = ExtendedHandshake { extensions, ..ExtendedHandshake::default() };
    solo.say_extended(peer, &handshake);
}

/// Issue 11, A2.3: a seed that hears of no piece that it has says for ever that others have nothing.
#[test]
fn who_lacks_a_new_piece_hears_of_it_and_who_shares_the_torrent() {
    let mut solo = Solo::leech(40);
    let (seed, new, owner) = (solo.join_seed(), solo.join(), solo.join());
    let requests = solo.requests(seed);
    solo.say(owner, Message::Have(requests[0].piece));
    for peer in [new, owner] {
        solo.heard(peer);
    }
    solo.give(seed, requests[0]);
    solo.give(seed, requests[1]);
    let news = Said::Have(requests[0].piece.get());
    assert_eq!(solo.heard(new), std::slice::from_ref(&news));
    assert!(solo.heard(seed).contains(&news));
    assert!(!solo.heard(owner).contains(&news));
}

#[test]
fn interest_ends_with_the_last_piece_that_a_peer_has_for_us() {
    let mut solo = Solo::with(3, &[0]);
    let peer = solo.join();
    solo.heard(peer);
    solo.say(peer, Message::Have(PieceIndex::new(0)));
    assert_eq!(solo.heard(peer), []);
    solo.say(peer, Message::Have(PieceIndex::new(1)));
    assert_eq!(solo.heard(peer), [Said::Interested]);
    solo.say(peer, Message::Unchoke);
    solo.answer(peer);
    assert!(solo.heard(peer).contains(&Said::NotInterested));
}

#[test]
fn a_piece_that_we_lost_is_taken_back() {
    let mut solo = Solo::seed(3);
    solo.input(Input::SuperSeed(false));
    let (told, other) = (solo.join(), solo.join());
    understands_dont_have(&mut solo, told);
    solo.input(Input::Writable { peer: told, room: 0 });
    solo.say(told, Message::Interested);
    solo.say(told, Message::Request(block(1, 0)));
    solo.heard(told);
    solo.heard(other);

    let piece = PieceIndex::new(1);
    solo.input(Input::Lost { piece });
    let news = Said::Extended(9, encode_dont_have(piece).to_vec());
    assert_eq!(solo.heard(told), [news, Said::Reject(block(1, 0))]);
    assert_eq!(solo.heard(other), []);
    assert!(!solo.torrent.have().get(piece));
    solo.say(told, Message::Request(block(1, 1)));
    assert_eq!(solo.heard(told), [Said::Reject(block(1, 1))]);
}

#[test]
fn a_piece_that_a_peer_lost_is_asked_of_another() {
    let mut solo = Solo::leech(1);
    let loser = solo.join_seed();
    assert_eq!(solo.requests(loser).len(), 2);
    let payload = encode_dont_have(PieceIndex::new(0));
    solo.say(loser, Message::Extended { id: 2, payload: &payload });
    assert_eq!(solo.heard(loser), [Said::NotInterested]);
    let other = solo.join_seed();
    assert_eq!(solo.requests(other), [block(0, 0), block(0, 1)]);
}

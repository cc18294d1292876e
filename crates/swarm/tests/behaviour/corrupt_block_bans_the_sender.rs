use swarm::{Input, PeerKey};
use wire::{Message, PeerId, Reserved};

use crate::solo::{Solo, block, seconds};

/// webtorrent#2432
#[test]
fn the_only_author_of_a_bad_piece_is_banned() {
    let mut solo = Solo::leech(4);
    let liar = solo.join_seed();
    let requests = solo.requests(liar);
    solo.give_corrupt(liar, requests[0]);
    solo.give(liar, requests[1]);
    assert_eq!(solo.parting(liar), Some("sent corrupt data"));

    let snapshot = solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.wasted), (0, 32_768));
    assert_eq!(solo.disk.slots(), 0);
}

#[test]
fn a_banned_peer_may_not_come_back() {
    let mut solo = Solo::leech(4);
    let id = PeerId::from_bytes([50; 20]);
    let liar = solo.join_as(id, Reserved::ours());
    solo.say(liar, Message::HaveAll);
    solo.say(liar, Message::Unchoke);
    let requests = solo.requests(liar);
    solo.give_corrupt(liar, requests[0]);
    solo.give(liar, requests[1]);

    let again = solo.join_as(id, Reserved::ours());
    assert_eq!(solo.parting(again), Some("sent corrupt data before"));
}

/// Two seeds that each gave half of the only piece, which then failed.
fn two_suspects() -> (Solo, PeerKey, PeerKey) {
    let mut solo = Solo::leech(1);
    let (honest, liar) = (solo.join_seed(), solo.join_seed());
    assert_eq!(solo.requests(honest), [block(0, 0), block(0, 1)]);
    assert!(solo.requests(liar).contains(&block(0, 1)));
    solo.give(honest, block(0, 0));
    solo.give_corrupt(liar, block(0, 1));
    (solo, honest, liar)
}

#[test]
fn of_several_authors_none_is_banned_and_one_works_alone() {
    let (mut solo, honest, liar) = two_suspects();
    assert_eq!((solo.parting(honest), solo.parting(liar)), (None, None));
    let asked = [honest, liar].map(|peer| !solo.requests(peer).is_empty());
    assert_eq!(asked, [true, false]);
}

#[test]
fn the_liar_among_several_is_known_once_the_piece_is_right() {
    let (mut solo, honest, liar) = two_suspects();
    assert_eq!(solo.answer(honest), 1);
    solo.pass(seconds(30));
    assert_eq!((solo.answer(honest), solo.completed), (1, 1));
    assert_ne!(solo.parting(honest), Some("sent corrupt data"));
    assert_eq!(solo.parting(liar), Some("sent corrupt data"));
}

/// It gives one bad block of each piece that others have to give the rest of, and is gone before any of them is whole.
#[test]
fn a_liar_that_left_may_not_come_back_once_the_piece_is_right() {
    let mut solo = Solo::leech(1);
    let id = PeerId::from_bytes([50; 20]);
    let liar = solo.join_as(id, Reserved::ours());
    solo.say(liar, Message::HaveAll);
    solo.say(liar, Message::Unchoke);
    let requests = solo.requests(liar);
    solo.give_corrupt(liar, requests[0]);
    solo.input(Input::Closed { peer: liar });
    let honest = solo.join_seed();
    while solo.answer(honest) > 0 {}
    assert_eq!(solo.completed, 1);
    let again = solo.join_as(id, Reserved::ours());
    assert_eq!(solo.parting(again), Some("sent corrupt data before"));
}

#[test]
fn the_liar_among_several_is_found_and_the_others_are_not_harmed() {
    let (mut solo, honest, liar) = two_suspects();
    // The honest one leaves; the liar has to show what it can do.
    solo.say(honest, Message::Choke);
    solo.heard(honest);
    solo.pass(seconds(30));
    assert_eq!(solo.requests(liar).len(), 2);
    solo.give_corrupt(liar, block(0, 0));
    solo.give(liar, block(0, 1));
    assert_eq!(solo.parting(liar), Some("sent corrupt data"));

    solo.say(honest, Message::Unchoke);
    assert_eq!(solo.answer(honest), 2);
    assert_eq!(solo.completed, 1);
}

#[test]
fn half_a_piece_of_a_suspect_is_not_given_to_others_to_finish() {
    let (mut solo, honest, liar) = two_suspects();
    solo.say(honest, Message::Choke);
    solo.pass(seconds(30));
    solo.give_corrupt(liar, block(0, 0));
    solo.say(liar, Message::Choke);
    assert_eq!(solo.disk.slots(), 0);
    let other = solo.join_seed();
    assert_eq!(solo.answer(other), 2);
    assert_eq!(solo.completed, 1);
}

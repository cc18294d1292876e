use wire::{PeerId, Reserved};

use crate::solo::{Solo, block};

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
    solo.say(liar, wire::Message::HaveAll);
    solo.say(liar, wire::Message::Unchoke);
    let requests = solo.requests(liar);
    solo.give_corrupt(liar, requests[0]);
    solo.give(liar, requests[1]);

    let again = solo.join_as(id, Reserved::ours());
    assert_eq!(solo.parting(again), Some("sent corrupt data before"));
}

#[test]
fn one_of_several_authors_is_found_without_harm_to_the_others() {
    let mut solo = Solo::leech(1);
    let (honest, liar) = (solo.join_seed(), solo.join_seed());
    let both = solo.requests(honest);
    assert_eq!(both, [block(0, 0), block(0, 1)]);
    // The honest peer will give only one of the two, so that the liar is asked for the other.
    solo.say(honest, wire::Message::Reject(block(0, 1)));
    assert!(solo.requests(liar).contains(&block(0, 1)));
    solo.give(honest, block(0, 0));
    solo.give_corrupt(liar, block(0, 1));
    assert_eq!((solo.parting(honest), solo.parting(liar)), (None, None), "either may have lied");

    // Now each works alone.
    solo.pass(crate::solo::seconds(10));
    let (first, second) = (solo.requests(honest), solo.requests(liar));
    assert!(first.is_empty() != second.is_empty(), "one peer at a time: {first:?} {second:?}");
    if first.is_empty() {
        solo.give_corrupt(liar, block(0, 0));
        solo.give(liar, block(0, 1));
        assert_eq!(solo.parting(liar), Some("sent corrupt data"));
    }
    solo.answer(honest);
    for block in first {
        solo.give(honest, block);
    }
    assert_eq!(solo.completed, 1);
    assert_ne!(solo.parting(honest), Some("sent corrupt data"));
}

use crate::solo::{Said, Solo, block};

/// webtorrent#2991, webtorrent-desktop#1480
#[test]
fn the_last_blocks_are_asked_of_two_and_cancelled_at_the_slower() {
    let mut solo = Solo::leech(1);
    let (slow, fast) = (solo.join_seed(), solo.join_seed());
    assert_eq!(solo.requests(slow), [block(0, 0), block(0, 1)]);
    assert_eq!(solo.requests(fast), [block(0, 1), block(0, 0)], "from the slower one's far end");

    solo.give(fast, block(0, 1));
    assert_eq!(solo.heard(slow), [Said::Cancel(block(0, 1))]);
    solo.give(fast, block(0, 0));
    assert_eq!(solo.completed, 1);
}

#[test]
fn a_block_that_comes_in_spite_of_its_cancel_is_forgiven() {
    let mut solo = Solo::leech(1);
    let (slow, fast) = (solo.join_seed(), solo.join_seed());
    solo.give(fast, block(0, 1));
    solo.give(slow, block(0, 1));
    assert_eq!(solo.parting(slow), None);
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.wasted), (16_384, 16_384));
}

#[test]
fn what_asking_twice_may_cost_has_a_limit() {
    let mut solo = Solo::leech(40);
    let peers: Vec<_> = (0..40).map(|_| solo.join_seed()).collect();
    let requests: usize = peers.iter().map(|peer| solo.requests(*peer).len()).sum();
    assert_eq!(requests, 80 + 64, "a megabyte of duplicates");
}

#[test]
fn nothing_is_asked_for_twice_while_something_is_missing_that_nobody_has_yet() {
    let mut solo = Solo::leech(2);
    let peers = [solo.join(), solo.join()];
    for peer in peers {
        solo.say(peer, wire::Message::Have(metainfo::PieceIndex::new(0)));
        solo.say(peer, wire::Message::Unchoke);
    }
    let requests: Vec<_> = peers.into_iter().flat_map(|peer| solo.requests(peer)).collect();
    assert_eq!(requests, [block(0, 0), block(0, 1)]);
}

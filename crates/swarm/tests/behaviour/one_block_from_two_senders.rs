use swarm::Input;
use wire::Message;

use crate::solo::{Said, Solo, block, seconds};

/// Two seeds that were both asked for the second block of the only piece.
fn two_senders() -> (Solo, swarm::PeerKey, swarm::PeerKey) {
    let mut solo = Solo::leech(1);
    let (a, b) = (solo.join_seed(), solo.join_seed());
    assert!(solo.requests(a).contains(&block(0, 1)));
    assert!(solo.requests(b).contains(&block(0, 1)));
    solo.give(a, block(0, 0));
    (solo, a, b)
}

#[test]
fn the_first_to_start_is_the_one_that_counts() {
    let (mut solo, a, b) = two_senders();
    solo.give_start(a, block(0, 1), 5_000);
    solo.give_start(b, block(0, 1), 9_000);
    solo.give_rest(a, block(0, 1), 5_000);
    assert_eq!(solo.completed, 1);
    assert_eq!(solo.snapshot().wasted, 9_000);
}

#[test]
fn bytes_of_the_other_change_nothing_even_if_they_are_wrong() {
    let (mut solo, a, b) = two_senders();
    solo.give_start(a, block(0, 1), 5_000);
    solo.give_corrupt(b, block(0, 1));
    solo.give_rest(a, block(0, 1), 5_000);
    assert_eq!(solo.completed, 1);
    assert_eq!(solo.snapshot().wasted, 16_384);
}

#[test]
fn when_the_first_dies_the_other_may_not_go_on_in_the_middle() {
    let (mut solo, a, b) = two_senders();
    solo.give_start(a, block(0, 1), 5_000);
    solo.give_start(b, block(0, 1), 9_000);
    solo.input(Input::Closed { peer: a });
    solo.give_rest(b, block(0, 1), 9_000);
    assert_eq!(solo.completed, 0);
    assert_eq!(solo.snapshot().wasted, 5_000 + 16_384);

    assert!(solo.heard(b).contains(&Said::Request(block(0, 1))), "the block is wanted again");
    solo.give(b, block(0, 1));
    assert_eq!(solo.completed, 1);
}

/// webtorrent#2991
#[test]
fn one_that_stalls_is_overtaken() {
    let (mut solo, a, b) = two_senders();
    solo.give_start(a, block(0, 1), 5_000);
    solo.pass(seconds(4));
    solo.give(b, block(0, 1));
    assert_eq!(solo.completed, 1);
    assert_eq!(solo.snapshot().wasted, 5_000);
}

#[test]
fn one_that_wakes_after_being_overtaken_changes_nothing() {
    let (mut solo, a, b) = two_senders();
    solo.give_start(a, block(0, 1), 5_000);
    solo.pass(seconds(4));
    solo.give_start(b, block(0, 1), 100);
    solo.give_rest(a, block(0, 1), 5_000);
    solo.give_rest(b, block(0, 1), 100);
    assert_eq!(solo.completed, 1);
    assert_eq!(solo.snapshot().wasted, 16_384);
}

#[test]
fn bytes_that_come_while_the_piece_is_hashed_are_not_stored() {
    let mut solo = Solo::leech(1);
    solo.hash_by_hand = true;
    let (a, b) = (solo.join_seed(), solo.join_seed());
    solo.give_start(b, block(0, 1), 100);
    solo.give(a, block(0, 0));
    solo.pass(seconds(4));
    solo.give(a, block(0, 1));
    assert_eq!(solo.hashes.len(), 1);
    // The harness panics if these bytes reach the slot.
    solo.give_rest(b, block(0, 1), 100);
    solo.say(b, Message::KeepAlive);
    assert_eq!(solo.snapshot().wasted, 16_384);
}

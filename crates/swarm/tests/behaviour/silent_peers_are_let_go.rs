use wire::Message;

use crate::solo::{Said, Solo, block, seconds};

#[test]
fn one_that_does_not_greet() {
    let mut solo = Solo::leech(4);
    let peer = solo.connect();
    solo.pass(seconds(24));
    assert_eq!(solo.parting(peer), None);
    solo.pass(seconds(1));
    assert_eq!(solo.parting(peer), Some("did not say hello in time"));
}

#[test]
fn one_that_says_nothing_for_two_minutes() {
    let mut solo = Solo::leech(4);
    let peer = solo.join();
    solo.pass(seconds(119));
    assert_eq!(solo.parting(peer), None);
    solo.pass(seconds(1));
    assert_eq!(solo.parting(peer), Some("went silent"));
}

#[test]
fn we_show_that_we_are_alive_and_no_more() {
    let mut solo = Solo::seed(4);
    let peer = solo.join();
    solo.heard(peer);
    for _ in 0..11 {
        solo.pass(seconds(10));
        solo.say(peer, Message::KeepAlive);
    }
    assert_eq!(solo.heard(peer), [Said::KeepAlive, Said::KeepAlive], "after 55 and 110 seconds");
}

#[test]
fn one_that_sends_no_blocks_loses_its_requests_to_others() {
    let mut solo = Solo::leech(40);
    let (silent, other) = (solo.join_seed(), solo.join_seed());
    let promised = solo.requests(silent);
    assert_eq!(promised.len(), 32);
    for _ in 0..20 {
        solo.pass(seconds(1));
        solo.answer(other);
    }
    solo.pass(seconds(10));
    let cancelled = solo.heard(silent).iter().filter(|said| matches!(said, Said::Cancel(_))).count();
    assert!(cancelled >= 31, "all but the one that it may prove itself with: {cancelled}");
    while solo.answer(other) > 0 {}
    assert_eq!(solo.completed, 1);
}

#[test]
fn one_that_never_sends_any_is_left() {
    let mut solo = Solo::leech(4);
    let peer = solo.join_seed();
    for _ in 0..8 {
        solo.pass(seconds(10));
        assert_eq!(solo.parting(peer), None);
        solo.say(peer, Message::KeepAlive);
    }
    solo.pass(seconds(10));
    assert_eq!(solo.parting(peer), Some("stopped sending"));
}

#[test]
fn one_that_sends_again_gets_more_requests() {
    let mut solo = Solo::leech(40);
    let peer = solo.join_seed();
    let first = solo.requests(peer)[0];
    solo.pass(seconds(30));
    assert!(solo.snapshot().peers[0].snubbed);
    assert_eq!(solo.requests(peer), []);
    solo.give(peer, first);
    assert!(!solo.snapshot().peers[0].snubbed);
    assert!(solo.requests(peer).len() > 1);
}

#[test]
fn a_block_in_the_middle_of_which_its_sender_stops_goes_to_another() {
    let mut solo = Solo::leech(1);
    let silent = solo.join_seed();
    solo.give_start(silent, block(0, 0), 1_000);
    solo.pass(seconds(30));
    let other = solo.join_seed();
    solo.answer(other);
    assert_eq!(solo.completed, 1);
    assert_eq!(solo.snapshot().wasted, 1_000);
}

//! Issue 12, 6: people see who left lately, and why.

use std::time::Duration;

use journal::Reason;
use swarm::{DEPARTURE_LIFE, Input, MAX_DEPARTURES, PeerKey};
use wire::{PeerId, Reserved};

use crate::solo::{Solo, block};

/// Who left lately, and why, newest first.
fn departed(solo: &Solo) -> Vec<(PeerKey, Option<Reason>)> {
    solo.torrent.departures(solo.now).map(|departure| (departure.key, departure.reason)).collect()
}

#[test]
fn by_us_or_by_themselves_newest_first() {
    let mut solo = Solo::leech(1);
    let (leaver, liar) = (solo.join_seed(), solo.join_seed());
    assert_eq!(departed(&solo), []);
    solo.input(Input::Closed { peer: leaver });
    solo.give(liar, block(0, 0));
    solo.give_corrupt(liar, block(0, 1));
    assert_eq!(departed(&solo), [(liar, Some(Reason::CorruptData)), (leaver, None)]);
}

#[test]
fn only_the_last_few_of_a_crowd_of_strangers() {
    let mut solo = Solo::leech(1);
    let keys: Vec<PeerKey> = (0..100)
        .map(|_| {
            let peer = solo.join();
            solo.input(Input::Closed { peer });
            peer
        })
        .collect();
    let told: Vec<PeerKey> = departed(&solo).into_iter().map(|(key, _)| key).collect();
    assert_eq!(told, keys.into_iter().rev().take(MAX_DEPARTURES).collect::<Vec<_>>());
}

#[test]
fn only_for_a_while() {
    let mut solo = Solo::leech(1);
    let peer = solo.join();
    solo.input(Input::Closed { peer });
    let last = DEPARTURE_LIFE - Duration::from_millis(1);
    solo.now = solo.now + last;
    assert_eq!(departed(&solo), [(peer, None)]);
    solo.now = solo.now + Duration::from_millis(1);
    assert_eq!(departed(&solo), []);
}

#[test]
fn but_not_when_the_user_paused() {
    let mut solo = Solo::leech(1);
    solo.join_seed();
    solo.input(Input::Pause);
    assert_eq!(departed(&solo), []);
}

#[test]
fn but_not_of_a_second_connection_to_somebody_who_is_still_here() {
    let mut solo = Solo::leech(4);
    let name = PeerId::from_bytes([5; 20]);
    let (_first, second) = (solo.join_as(name, Reserved::ours()), solo.join_as(name, Reserved::ours()));
    assert_eq!(solo.parting(second), Some("is connected already"));
    assert_eq!(departed(&solo), []);
}

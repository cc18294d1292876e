//! Who is connected to, and who is not.

use std::collections::BTreeSet;

use session::Policy;
use session::rendezvous::{Input, Outcome, SocketEvent, Standing};
use session::{MAX_CONNECTIONS, MAX_INCOMING, MAX_UNANSWERED};
use swarm::{CloseReason, IntroductionKey, PeerKey, Step};
use tracker::{OfferId, Response};

use crate::driver::{ANOTHER, Driver, OURS, URL, peer, torrent};

/// A neighbour passes on the offer of a peer. What is to be answered, if it is.
fn introduced(driver: &mut Driver, number: u32) -> Option<PeerKey> {
    let before = driver.accepted.len();
    let step = Step::Answer { peer_id: peer(number), offer: "sdp".to_owned() };
    let introduction = IntroductionKey::new(number);
    driver.tell(Input::Introduce { torrent: torrent(1), introduction, step });
    driver.accepted.get(before).copied()
}

#[test]
fn whoever_answers_an_offer_is_a_peer_once_the_link_is_open() {
    let mut driver = Driver::announced();
    let key = driver.answered(URL, 1).unwrap();
    assert_eq!(driver.answered(URL, 2), None, "it was answered");
    assert_eq!(driver.connected, []);
    driver.open(key);
    assert_eq!(driver.connected, [(torrent(1), torrent(1), key)]);
    assert_eq!(driver.rendezvous.torrent(key), Some(torrent(1)));
}

#[test]
fn an_offer_is_answered_by_the_tracker_that_brought_it() {
    let mut driver = Driver::announced();
    driver.join(1, &[URL, ANOTHER]);
    driver.socket(ANOTHER, SocketEvent::Opened);
    driver.met(ANOTHER, 1, 7);
    let (url, answer) = driver.answers.pop().unwrap();
    assert_eq!((url.as_str(), answer.peer_id, answer.to_peer_id), (ANOTHER, OURS, peer(7)));
    assert_eq!(driver.connected.len(), 1);
}

#[test]
fn offers_that_reached_nobody_are_sent_again_and_none_goes_by_the_same_name() {
    let mut driver = Driver::announced();
    for _ in 0..5 {
        driver.counts(URL, 1, 0);
        driver.wait(31);
    }
    assert_eq!(driver.offers, 2);
    let ids: BTreeSet<OfferId> = driver
        .announces
        .iter()
        .flat_map(|(_, announce)| &announce.offers)
        .map(|offer| offer.offer_id)
        .collect();
    assert_eq!(ids.len(), driver.announces.iter().map(|(_, announce)| announce.offers.len()).sum::<usize>());
}

#[test]
fn who_has_lost_the_last_peer_asks_for_others_soon_and_who_has_everything_does_not() {
    for downloading in [true, false] {
        let mut driver = Driver::announced();
        driver.known.0.insert(torrent(1), Standing { downloading, ..Standing::default() });
        let keys = [driver.met(URL, 1, 1), driver.met(URL, 1, 2)];
        driver.counts(URL, 1, 2);
        driver.announces.clear();
        driver.tell(Input::Gone { peer: keys[0] });
        driver.wait(5);
        assert_eq!(driver.announces.len(), 0, "another is left");
        driver.close(keys[1], CloseReason::Idle);
        driver.wait(5);
        assert_eq!(driver.announces.len(), usize::from(downloading));
        assert_eq!(driver.lost, [keys[0]], "of the other, the torrent knows");
    }
}

/// Issue 12, 1: the product forgot why a peer was closed, and connected again.
#[test]
fn who_misbehaved_is_not_met_again_by_the_tracker_that_names_it() {
    let mut driver = Driver::announced();
    let bad = driver.met(URL, 1, 1);
    driver.close(bad, CloseReason::Misbehaved("floods"));
    assert_eq!(driver.offered(URL, 1, 1), None);
    assert_eq!(driver.answered(URL, 1), None);
    let idle = driver.met(URL, 1, 2);
    driver.close(idle, CloseReason::Idle);
    assert!(driver.offered(URL, 1, 2).is_some(), "who did nothing wrong is");
}

#[test]
fn who_misbehaves_under_the_name_of_another_keeps_it_from_nobody_elsewhere() {
    let mut driver = Driver::announced();
    driver.join(1, &[URL, ANOTHER]);
    driver.socket(ANOTHER, SocketEvent::Opened);
    // A neighbour says that this is the other, which nobody vouches for.
    let thief = introduced(&mut driver, 1).unwrap();
    driver.open(thief);
    driver.close(thief, CloseReason::CorruptData);
    let honest = driver.met(URL, 1, 1);
    driver.close(honest, CloseReason::Idle);
    // A tracker of the thief's own says so.
    let thief = driver.met(ANOTHER, 1, 1);
    driver.close(thief, CloseReason::CorruptData);
    assert_eq!(driver.offered(ANOTHER, 1, 1), None);
    assert!(driver.offered(URL, 1, 1).is_some());
    assert!(introduced(&mut driver, 2).is_some());
}

#[test]
fn what_becomes_of_an_introduction_is_told() {
    let mut driver = Driver::announced();
    let introduce = |driver: &mut Driver, number, step| {
        let introduction = IntroductionKey::new(number);
        driver.tell(Input::Introduce { torrent: torrent(1), introduction, step });
        std::mem::take(&mut driver.outcomes)
    };
    let offer = Step::Offer { peer_id: peer(1) };
    assert_eq!(introduce(&mut driver, 1, offer), [Outcome::Offer("sdp".to_owned())]);
    assert_eq!(introduce(&mut driver, 1, Step::Complete { answer: "sdp".to_owned() }), []);
    let key = driver.completed[0];
    driver.tell(Input::Gone { peer: key });
    assert_eq!(std::mem::take(&mut driver.outcomes), [Outcome::Failed]);
    let answer = Step::Answer { peer_id: peer(2), offer: "sdp".to_owned() };
    assert_eq!(introduce(&mut driver, 2, answer), [Outcome::Answer("sdp".to_owned())]);
    assert_eq!(introduce(&mut driver, 2, Step::Cancel), []);
    assert!(driver.dropped.contains(&driver.accepted[0]));
    let late = Step::Complete { answer: "sdp".to_owned() };
    assert_eq!(introduce(&mut driver, 3, late), [Outcome::Failed], "of this nothing is known");
}

#[test]
fn the_torrent_with_most_peers_makes_room_before_the_last_place_is_taken() {
    let mut driver = Driver::announced();
    driver.join(2, &[URL]);
    let most = (MAX_CONNECTIONS - MAX_UNANSWERED) as u32;
    for number in 0..most - 10 {
        driver.met(URL, 1, number);
    }
    assert!(driver.offered(URL, 2, 1_000).is_some());
    assert_eq!(driver.rooms, [], "there is enough");
    for number in most - 10..most - 4 {
        driver.met(URL, 1, number);
    }
    assert!(driver.rooms.is_empty(), "it has most itself");
    assert!(driver.offered(URL, 2, 1_001).is_some());
    assert_eq!(driver.rooms, [torrent(1)]);
}

#[test]
fn whoever_floods_a_tracker_with_offers_holds_few_connections_and_none_of_ours() {
    let mut driver = Driver::announced();
    for number in 0..5_000 {
        driver.offered(URL, 1, number);
    }
    let held = driver.accepted.len() - driver.dropped.len();
    assert!(held <= MAX_INCOMING, "{held}");
    // As many offers of ours as ever.
    driver.announces.clear();
    driver.counts(URL, 1, 9);
    assert_eq!(driver.carried(), [(5, None)]);
}

#[test]
fn nobody_is_met_for_a_torrent_that_left_or_never_joined() {
    let mut driver = Driver::announced();
    driver.join(2, &[URL]);
    assert_eq!(driver.offered(URL, 3, 1), None);
    let on_its_way = driver.offered(URL, 1, 1).unwrap();
    driver.tell(Input::Leave { torrent: torrent(1) });
    assert!(driver.dropped.contains(&on_its_way));
    assert_eq!(driver.offered(URL, 1, 2), None);
    assert!(driver.offered(URL, 2, 1).is_some());
}

#[test]
fn offers_in_stock_are_given_up_with_the_last_torrent() {
    let mut driver = Driver::new();
    driver.tell(Input::Expect { private: false, policy: Policy::All });
    driver.join(1, &[URL]);
    assert_eq!((driver.offers, driver.dropped.len()), (5, 0));
    driver.tell(Input::Leave { torrent: torrent(1) });
    assert_eq!(driver.dropped.len(), 5);
}

#[test]
fn a_successor_knows_nobody_and_uses_no_key_again() {
    let mut driver = Driver::announced();
    let last = driver.met(URL, 1, 1);
    driver.rendezvous = driver.rendezvous.successor(peer(3), [2; 20]);
    driver.sockets.clear();
    assert!(driver.rendezvous.policy(torrent(1)).is_none() && driver.rendezvous.torrent(last).is_none());
    driver.join(1, &[URL]);
    driver.socket(URL, SocketEvent::Opened);
    assert!(driver.met(URL, 1, 1) > last);
}

#[test]
fn a_peer_of_the_other_swarm_of_a_hybrid_is_one_of_the_same_torrent() {
    let mut driver = Driver::announced();
    let v2 = metainfo::InfoHashV2::from_bytes([7; 32]);
    driver.join_as(1, metainfo::InfoHashes::Both(torrent(1), v2), &[URL], false);
    let key = driver.offered(URL, 7, 1).unwrap();
    driver.open(key);
    assert_eq!(driver.connected, [(torrent(1), torrent(7), key)]);
    let counted = Response::Announce {
        info_hash: torrent(7),
        complete: 1,
        incomplete: 1,
        interval: 120,
        warning: None,
    };
    driver.announces.clear();
    driver.says(URL, &counted);
    driver.wait(100);
    assert!(
        driver.announces.iter().all(|(_, announce)| announce.info_hash == torrent(1)),
        "all others are met"
    );
}

/// Issue 13, A7: who had the film from a web seed before anybody was met never heard who tipped before.
#[test]
fn who_has_everything_and_would_hear_of_tips_seeks_seeds_until_one_is_met() {
    for meets_seeds in [true, false] {
        let mut driver = Driver::announced();
        driver.known.0.insert(torrent(1), Standing { meets_seeds, ..Standing::default() });
        driver.announces.clear();
        let counts = Response::Announce {
            info_hash: torrent(1),
            complete: 9,
            incomplete: 0,
            interval: 120,
            warning: None,
        };
        driver.says(URL, &counts);
        driver.wait(1);
        let sought = |driver: &mut Driver| {
            let announces = driver.announces.drain(..);
            announces.map(|(_, announce)| (announce.offers.len(), announce.to_seeds)).collect::<Vec<_>>()
        };
        assert_eq!(sought(&mut driver), if meets_seeds { [(2, true)] } else { [(0, false)] });
        driver.met(URL, 1, 1);
        driver.wait(300);
        let later = sought(&mut driver);
        assert!(!later.is_empty() && later.iter().all(|sought| *sought == (0, false)), "{later:?}");
    }
}

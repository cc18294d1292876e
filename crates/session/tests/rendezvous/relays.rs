//! Who wants peers to be met through relays alone is met in no other way. Issue 16, 3.

use metainfo::{InfoHash, InfoHashV2, InfoHashes};
use session::Policy;
use session::rendezvous::{Input, Outcome, SocketEvent};
use swarm::{IntroductionKey, Step};

use crate::driver::{Driver, URL, peer, torrent};

#[test]
fn offers_in_stock_are_not_given_to_a_torrent_that_goes_by_other_ways() {
    let mut driver = Driver::new();
    driver.tell(Input::Expect { private: false, policy: Policy::All });
    driver.relayed.insert(torrent(1));
    driver.join(1, &[URL]);
    driver.socket(URL, SocketEvent::Opened);
    // What its offers say, the driver sees to.
    assert_eq!((driver.offers, driver.carried().pop().map(|(offers, _)| offers)), (7, Some(2)));
}

#[test]
fn offers_in_stock_go_when_no_torrent_can_have_them_any_more() {
    let mut driver = Driver::new();
    driver.tell(Input::Expect { private: false, policy: Policy::All });
    driver.join(1, &[URL]);
    driver.turn(1, &[URL]);
    assert_eq!(driver.dropped.len(), 5);
    driver.join(2, &[URL]);
    driver.turn(1, &[URL]);
    assert_eq!(driver.dropped.len(), 5, "there were none for relays");
}

/// The pool hands no old connection to a torrent that wants none.
#[test]
fn whoever_is_met_or_on_the_way_is_left_when_it_has_to_be_through_relays() {
    let mut driver = Driver::announced();
    let open = driver.met(URL, 1, 1);
    let accepted = driver.offered(URL, 1, 2).unwrap();
    driver.counts(URL, 1, 8);
    let completed = driver.answered(URL, 3).unwrap();
    let other = {
        driver.join(2, &[URL]);
        driver.met(URL, 2, 4)
    };
    driver.turn(1, &[URL]);
    for gone in [open, accepted, completed] {
        assert!(driver.dropped.contains(&gone), "{gone:?}");
    }
    assert_eq!((driver.lost.clone(), driver.connections.get(&other)), (vec![open], Some(&true)));
    driver.announces.clear();
    driver.wait(3);
    assert!(driver.has_offered(URL), "others are soon asked for");
}

#[test]
fn an_answer_to_an_offer_of_before_leads_nowhere() {
    let mut driver = Driver::announced();
    driver.turn(1, &[URL]);
    assert_eq!(driver.answered(URL, 1), None);
}

#[test]
fn an_answer_that_is_being_made_when_it_has_to_be_through_relays_is_not_sent() {
    let mut driver = Driver::announced();
    driver.answers_by_hand = true;
    let key = driver.offered(URL, 1, 1).unwrap();
    driver.turn(1, &[URL]);
    driver.tell(Input::Answered { peer: key, sdp: "sdp".to_owned() });
    assert_eq!(driver.answers, []);
}

#[test]
fn both_swarms_of_a_hybrid_and_what_neighbours_arrange_go_through_relays() {
    let mut driver = Driver::new();
    driver.relayed.extend([torrent(1), torrent(2)]);
    let both = InfoHashes::Both(torrent(1), InfoHashV2::from_bytes([2; 32]));
    driver.join_as(1, both, &[URL], false);
    driver.socket(URL, SocketEvent::Opened);
    let swarms: Vec<InfoHash> = driver.announces.iter().map(|(_, announce)| announce.info_hash).collect();
    assert_eq!(swarms, [torrent(1), torrent(2)]);
    let offers = driver.announces.iter().flat_map(|(_, announce)| &announce.offers);
    assert!(offers.map(|offer| &*offer.sdp).eq(["relay"; 4]));
    let introduce =
        |step, key| Input::Introduce { torrent: torrent(1), introduction: IntroductionKey::new(key), step };
    driver.tell(introduce(Step::Offer { peer_id: peer(7) }, 1));
    driver.tell(introduce(Step::Answer { peer_id: peer(8), offer: "sdp".to_owned() }, 2));
    let relay = || "relay".to_owned();
    assert_eq!(driver.outcomes, [Outcome::Offer(relay()), Outcome::Answer(relay())]);
}

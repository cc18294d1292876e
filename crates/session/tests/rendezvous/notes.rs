//! Issue 12, 6: how peers are met is noted for whoever looks for the cause of a problem.

use journal::{Event, Reason, Trouble};
use metainfo::{InfoHashV2, InfoHashes};
use session::MAX_ACCEPTING;
use session::rendezvous::{Input, SocketEvent};
use swarm::{CloseReason, IntroductionKey, PeerKey, Step};
use tracker::{Action, Response};

use crate::driver::{ANOTHER, Driver, URL, peer, torrent};

/// One torrent, announced at one tracker, and all of that noted.
fn recorded() -> Driver {
    let mut driver = Driver::new();
    driver.rendezvous.record(driver.now, true);
    driver.join(1, &[URL]);
    driver.socket(URL, SocketEvent::Opened);
    driver
}

/// What was noted since the last look.
fn noted(driver: &mut Driver) -> Vec<(Option<PeerKey>, Event)> {
    std::mem::take(&mut driver.noted)
}

/// The events alone.
fn events(driver: &mut Driver) -> Vec<Event> {
    noted(driver).into_iter().map(|(_, event)| event).collect()
}

#[test]
fn from_the_socket_to_an_answered_offer_and_one_that_nobody_answers() {
    let mut driver = recorded();
    let (answered, other) = (Some(PeerKey::new(1)), Some(PeerKey::new(2)));
    let offered = Event::Offered { tracker: Some(1) };
    let announced = [
        (None, Event::TrackerOpened { tracker: 1 }),
        (None, Event::Announced { tracker: 1, offers: 2 }),
        (answered, offered),
        (other, offered),
    ];
    assert_eq!(noted(&mut driver), announced);
    driver.counts(URL, 1, 2);
    assert_eq!(events(&mut driver), [Event::TrackerAnswered { tracker: 1, complete: 1, incomplete: 2 }]);
    let key = driver.answered(URL, 7).expect("it is answered");
    driver.open(key);
    assert_eq!(noted(&mut driver), [(answered, Event::Answered)]);
    driver.wait(61);
    assert!(noted(&mut driver).contains(&(other, Event::GaveUp(Reason::NoAnswer))));
}

#[test]
fn whose_offers_are_answered_and_whose_are_not_and_why() {
    let mut driver = recorded();
    noted(&mut driver);
    let liar = driver.met(URL, 1, 7);
    assert_eq!(noted(&mut driver), [(Some(liar), Event::Accepting { tracker: Some(1) })]);
    driver.close(liar, CloseReason::CorruptData);
    noted(&mut driver);
    driver.offered(URL, 1, 7);
    assert_eq!(noted(&mut driver), [(None, Event::Declined(Reason::Shunned))]);
    let silent = driver.offered(URL, 1, 8);
    driver.offered(URL, 1, 8);
    assert_eq!(events(&mut driver)[1], Event::Declined(Reason::Duplicate));
    driver.wait(31);
    assert!(noted(&mut driver).contains(&(silent, Event::GaveUp(Reason::NoLink))));
    let failed = driver.offered(URL, 1, 9).expect("it is answered");
    driver.tell(Input::Gone { peer: failed });
    assert_eq!(noted(&mut driver).last(), Some(&(Some(failed), Event::GaveUp(Reason::Failed))));
    driver.known.0.clear();
    driver.offered(URL, 1, 10);
    assert_eq!(events(&mut driver), [Event::Declined(Reason::Unwelcome)]);
}

#[test]
fn whoever_makes_room_for_others() {
    let mut driver = recorded();
    driver.answers_by_hand = true;
    noted(&mut driver);
    for by in 0..MAX_ACCEPTING as u32 {
        driver.offered(URL, 1, by).expect("there is room");
    }
    driver.offered(URL, 1, 99);
    assert_eq!(events(&mut driver).last(), Some(&Event::Declined(Reason::Crowded)));
    driver.now = driver.now + session::GRACE;
    noted(&mut driver);
    driver.offered(URL, 1, 99).expect("the oldest makes room");
    let expected = [Event::GaveUp(Reason::Crowded), Event::Accepting { tracker: Some(1) }];
    assert_eq!(events(&mut driver), expected);
}

#[test]
fn connections_that_a_neighbour_arranges() {
    let mut driver = recorded();
    noted(&mut driver);
    let introduction = IntroductionKey::new(1);
    let mut step = |step| {
        driver.tell(Input::Introduce { torrent: torrent(1), introduction, step });
        events(&mut driver)
    };
    assert_eq!(step(Step::Offer { peer_id: peer(7) }), [Event::Offered { tracker: None }]);
    assert_eq!(step(Step::Complete { answer: "sdp".to_owned() }), [Event::Answered]);
    assert_eq!(step(Step::Cancel), [Event::GaveUp(Reason::Withdrawn)]);
    let answer = Step::Answer { peer_id: peer(8), offer: "sdp".to_owned() };
    assert_eq!(step(answer), [Event::Accepting { tracker: None }]);
}

#[test]
fn trackers_that_fail_refuse_and_are_left() {
    let mut driver = recorded();
    driver.join(1, &[URL, ANOTHER]);
    noted(&mut driver);
    driver.socket(ANOTHER, SocketEvent::Refused("mixed content".to_owned()));
    assert!(matches!(
        events(&mut driver)[..],
        [Event::TrackerFailed { tracker: 2, trouble: Trouble::Refused, retry: 1.. }]
    ));
    let (reason, action) = ("blocked".to_owned(), Action::Announce);
    driver.says(URL, &Response::Failure { reason, info_hash: Some(torrent(1)), action });
    assert!(matches!(events(&mut driver)[..], [Event::TrackerRefused { tracker: 1, retry: 1.. }]));
    driver.socket(URL, SocketEvent::Closed);
    let closed = events(&mut driver);
    assert!(matches!(closed[0], Event::TrackerFailed { tracker: 1, trouble: Trouble::Closed, .. }));
    assert_eq!(closed[1..], [Event::GaveUp(Reason::TrackerLost); 2]);
    driver.wait(60);
    let silent = |event: &Event| matches!(event, Event::TrackerFailed { trouble: Trouble::Silent, .. });
    assert!(events(&mut driver).iter().any(silent));
    driver.tell(Input::Leave { torrent: torrent(1) });
    let left = [2, 1].map(|tracker| Event::TrackerLeft { tracker });
    assert_eq!(events(&mut driver), left);
}

#[test]
fn an_offer_that_reached_nobody_is_back() {
    let mut driver = recorded();
    noted(&mut driver);
    driver.counts(URL, 1, 0);
    assert_eq!(events(&mut driver)[1..], [Event::Returned; 2]);
}

#[test]
fn the_line_to_a_tracker_once_for_a_torrent_of_two_hashes() {
    let mut driver = Driver::new();
    driver.rendezvous.record(driver.now, true);
    let hashes = InfoHashes::Both(torrent(1), InfoHashV2::from_bytes([2; 32]));
    driver.join_as(1, hashes, &[URL], false);
    driver.socket(URL, SocketEvent::Opened);
    let opened = |event: &Event| matches!(event, Event::TrackerOpened { .. });
    assert_eq!(events(&mut driver).iter().filter(|event| opened(event)).count(), 1);
}

#[test]
fn how_trackers_are_when_somebody_begins_to_look() {
    let mut driver = Driver::announced();
    driver.counts(URL, 1, 3);
    driver.join(1, &[URL, ANOTHER]);
    driver.socket(ANOTHER, SocketEvent::Closed);
    driver.rendezvous.record(driver.now, true);
    driver.tell(Input::Wake);
    let so_far = events(&mut driver);
    let answered = [
        Event::TrackerOpened { tracker: 1 },
        Event::TrackerAnswered { tracker: 1, complete: 1, incomplete: 3 },
    ];
    assert!(matches!(so_far[0], Event::TrackerFailed { tracker: 2, trouble: Trouble::Unreachable, .. }));
    assert_eq!(so_far[1..], answered);
}

/// Everything that a driver did in the course of a visit, but for the notes; and how many these are.
fn course(records: bool) -> (String, usize) {
    let mut driver = Driver::new();
    driver.rendezvous.record(driver.now, records);
    driver.join(1, &[URL, ANOTHER]);
    driver.socket(URL, SocketEvent::Opened);
    driver.counts(URL, 1, 5);
    driver.met(URL, 1, 3);
    if let Some(key) = driver.answered(URL, 4) {
        driver.open(key);
    }
    driver.wait(300);
    driver.socket(URL, SocketEvent::Closed);
    driver.wait(300);
    driver.tell(Input::Leave { torrent: torrent(1) });
    let did = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        driver.announces, driver.answers, driver.opening, driver.connected, driver.dropped
    );
    (did, driver.noted.len())
}

#[test]
fn nothing_else_changes_by_it_and_nothing_is_told_unless_wanted() {
    let (with, without) = (course(true), course(false));
    assert_eq!(with.0, without.0);
    assert!(with.1 > 20, "{}", with.1);
    assert_eq!(without.1, 0);
}

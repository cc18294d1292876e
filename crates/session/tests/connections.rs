//! Offers come from one pool, whatever number of torrents wants some; and strangers who flood one way are in nobody's way.

use std::collections::VecDeque;
use std::time::Duration;

use metainfo::InfoHash;
use session::{
    Connections, Contact, GRACE, MAX_ACCEPTING, MAX_CONNECTIONS, MAX_INCOMING, MAX_UNANSWERED, Policy, Route,
};
use swarm::{IntroductionKey, PeerKey, Time};
use tracker::{Offer, OfferId};
use wire::PeerId;

const TORRENTS: u8 = 30;
const URL: &str = "ws://tracker";

fn torrent(number: u8) -> InfoHash {
    InfoHash::from_bytes([number; 20])
}

fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1_000)
}

fn id(number: u32) -> [u8; 20] {
    let mut id = [0; 20];
    id[..4].copy_from_slice(&number.to_be_bytes());
    id
}

fn send(connections: &mut Connections<()>, now: Time, count: usize, torrent: InfoHash) -> Vec<Offer> {
    let mut ids = (now.as_millis() as u32..).map(|number| OfferId::from_bytes(id(number)));
    let sent =
        connections.send(now, (count, Policy::All), torrent, URL, || ids.next().expect("they never end"));
    sent.into_iter().map(|(_, offer)| offer).collect()
}

/// Makes offers, and sends as many as the torrent may. How many were made, and which were sent.
fn announce(connections: &mut Connections<()>, now: Time, number: u8) -> (usize, Vec<Offer>) {
    let wanted = connections.allowance(torrent(number), TORRENTS.into()).min(5);
    let made = connections.short_of(wanted, Policy::All);
    for _ in 0..made {
        let key = connections.make(now, Policy::All);
        connections.made(key, "sdp".to_owned());
    }
    (made, send(connections, now, wanted, torrent(number)))
}

fn incoming(number: u32) -> Contact {
    Contact {
        info_hash: torrent(0),
        peer_id: PeerId::from_bytes(id(number)),
        route: Route::Tracker { url: URL.to_owned(), offer_id: OfferId::from_bytes(id(number)) },
    }
}

/// As a session does with another peer's offer.
fn offered(connections: &mut Connections<()>, now: Time, offer: Contact) -> Option<PeerKey> {
    if let Some(key) = connections.gives_way(now, &offer) {
        connections.remove(key);
    }
    connections.accept(now, Policy::All, offer, "sdp").ok()
}

fn open(connections: &mut Connections<()>, key: PeerKey) -> bool {
    connections.link(key, ());
    connections.opened(key, torrent(0)).is_some()
}

/// webtorrent#1414, #1349: a browser cannot create so many peer connections.
#[test]
fn thirty_torrents_make_no_more_than_forty_offers_and_each_gets_one() {
    let mut connections = Connections::default();
    let offers: Vec<_> = (0..TORRENTS).map(|number| announce(&mut connections, at(0), number)).collect();
    assert!(offers.iter().map(|(made, _)| made).sum::<usize>() <= 40);
    assert!(offers.iter().all(|(_, sent)| sent.len() == 1), "{offers:?}");
    let again: usize = (0..TORRENTS).map(|number| announce(&mut connections, at(1), number).1.len()).sum();
    assert_eq!(again, 0);
}

/// webtorrent#502, #415: offers leak until nothing else is done.
#[test]
fn offers_that_nobody_answers_are_closed_within_a_minute() {
    let mut connections = Connections::default();
    for round in 0..20 {
        let now = at(round * 60);
        for key in connections.overdue(now) {
            assert!(connections.remove(key));
        }
        let (made, sent) = announce(&mut connections, now, 0);
        assert_eq!((made, sent.len()), (1, 1), "round {round}");
    }
    assert_eq!(connections.overdue(at(20 * 60)).len(), 1);
    assert_eq!(connections.deadline(), Some(at(19 * 60) + Duration::from_secs(60)));
}

#[test]
fn connections_in_all_are_bounded() {
    let mut connections = Connections::default();
    let opened = (0..1_000).filter(|number| {
        let Some(key) = offered(&mut connections, at(0), incoming(*number)) else { return false };
        connections.accepted(at(0), key);
        open(&mut connections, key)
    });
    assert_eq!(opened.count(), MAX_CONNECTIONS - MAX_UNANSWERED);
    assert!(connections.are_full());
    assert_eq!(connections.short_of(1_000, Policy::All), MAX_UNANSWERED, "there is room for our own offers");
    for round in 0..50 {
        for offer in send_all(&mut connections, at(round)) {
            let peer = PeerId::from_bytes(*offer.offer_id.as_bytes());
            let key = connections.answered(at(round), (torrent(0), URL), offer.offer_id, peer, "sdp");
            assert!(open(&mut connections, key.unwrap()));
        }
    }
    assert_eq!(connections.short_of(1_000, Policy::All), 0);
    assert!(offered(&mut connections, at(99), incoming(9_999)).is_none());
}

fn send_all(connections: &mut Connections<()>, now: Time) -> Vec<Offer> {
    for _ in 0..connections.short_of(5, Policy::All) {
        let key = connections.make(now, Policy::All);
        connections.made(key, "sdp".to_owned());
    }
    send(connections, now, 5, torrent(0))
}

#[test]
fn offers_that_are_being_answered_are_bounded() {
    let mut connections = Connections::default();
    let accepted = (0..100).filter_map(|number| offered(&mut connections, at(0), incoming(number))).count();
    assert_eq!(accepted, MAX_ACCEPTING);
}

/// Issue 11, A4: 8 a second took all places within 25 seconds, and nobody else got any.
#[test]
fn a_stranger_whose_offers_lead_nowhere_keeps_nobody_from_connecting() {
    let mut connections = Connections::default();
    let (mut connecting, mut connected, mut offers) = (VecDeque::new(), 0, 0);
    for step in 0..8 * 120 {
        let now = Time::from_millis(step * 125);
        for key in connections.overdue(now) {
            connections.remove(key);
        }
        if let Some(key) = offered(&mut connections, now, incoming(1_000_000 + step as u32)) {
            connections.accepted(now, key);
        }
        // Every second an honest peer comes by the same way. It takes two to connect, and leaves at once.
        if step % 8 == 0
            && let Some(key) = offered(&mut connections, now, incoming(step as u32))
        {
            connections.accepted(now, key);
            connecting.push_back((now + Duration::from_secs(2), key));
        }
        while let Some((_, key)) = connecting.pop_front_if(|(at, _)| *at <= now) {
            connected += usize::from(open(&mut connections, key) && connections.remove(key));
        }
        // Once a minute, we offer.
        if step % 480 == 0 {
            offers += announce(&mut connections, now, 1).1.len();
        }
    }
    assert_eq!((connected, offers), (118, 2));
}

/// Issue 11, A4.
#[test]
fn whoever_floods_one_way_makes_room_for_those_who_come_by_another() {
    let mut connections = Connections::default();
    let accept = |connections: &mut Connections<()>, offer| {
        let key = offered(connections, at(0), offer)?;
        connections.accepted(at(0), key);
        Some(key)
    };
    for number in 0..1_000 {
        accept(&mut connections, incoming(number));
    }
    assert_eq!(connections.of_torrent(torrent(0)).len(), MAX_INCOMING);
    assert!(accept(&mut connections, incoming(2_000)).is_none(), "by the same way, there is none to spare");
    let by_neighbour =
        |number| Contact { route: Route::Neighbour(IntroductionKey::new(number)), ..incoming(number) };
    let for_another = |number| Contact { info_hash: torrent(1), ..incoming(number) };
    let neighbours =
        (3_000..3_100).filter(|number| accept(&mut connections, by_neighbour(*number)).is_some()).count();
    let others =
        (4_000..4_100).filter(|number| accept(&mut connections, for_another(*number)).is_some()).count();
    assert!(neighbours >= MAX_INCOMING / 2 && others >= MAX_INCOMING / 3, "{neighbours}, {others}");
    assert_eq!(
        connections.of_torrent(torrent(0)).len() + connections.of_torrent(torrent(1)).len(),
        MAX_INCOMING
    );
    assert!(
        offered(&mut connections, at(0) + GRACE, incoming(5_000)).is_some(),
        "the oldest has had its time"
    );
}

#[test]
fn an_offer_of_a_peer_that_is_on_its_way_is_refused_and_makes_nobody_give_way() {
    let mut connections = Connections::default();
    let accepted = (0..100).filter_map(|number| offered(&mut connections, at(0), incoming(number))).count();
    let again = incoming(MAX_ACCEPTING as u32 - 1);
    assert_eq!(connections.gives_way(at(0) + GRACE, &again), None);
    assert!(offered(&mut connections, at(0) + GRACE, again).is_none());
    assert_eq!(connections.of_torrent(torrent(0)).len(), accepted);
}

/// Issue 11, A11.
#[test]
fn an_answer_counts_only_from_the_tracker_that_has_the_offer() {
    let mut connections = Connections::default();
    let (_, sent) = announce(&mut connections, at(0), 0);
    let (offer_id, peer) = (sent[0].offer_id, PeerId::from_bytes(id(7)));
    let answer = |connections: &mut Connections<()>, torrent, url| {
        connections.answered(at(1), (torrent, url), offer_id, peer, "sdp").is_some()
    };
    assert!(!answer(&mut connections, torrent(0), "ws://another"));
    assert!(!answer(&mut connections, torrent(1), URL));
    assert!(answer(&mut connections, torrent(0), URL));
    assert!(!answer(&mut connections, torrent(0), URL), "it was answered");
}

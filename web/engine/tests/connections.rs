//! Offers come from one pool, whatever number of torrents wants some.

use std::time::Duration;

use metainfo::InfoHash;
use protocol::RtcId;
use seedcast_engine::session::connections::{Connections, Incoming, Route};
use swarm::Time;
use tracker::OfferId;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use wire::PeerId;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const TORRENTS: u8 = 30;
const URL: &str = "ws://tracker";

fn torrent(number: u8) -> InfoHash {
    InfoHash::from_bytes([number; 20])
}

fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1_000)
}

/// Has the page make offers, and sends as many as the torrent may. How many were made, and how many sent.
fn announce(connections: &mut Connections, now: Time, number: u8) -> (usize, usize) {
    let wanted = connections.allowance(torrent(number), TORRENTS.into()).min(5);
    let made = connections.short_of(wanted);
    for _ in 0..made {
        let rtc = connections.make(now);
        connections.made(rtc, "sdp".to_owned());
    }
    (made, connections.send(now, wanted, torrent(number), URL).len())
}

fn incoming(number: u32) -> Incoming {
    let mut id = [0; 20];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Incoming {
        info_hash: torrent(number as u8),
        peer_id: PeerId::from_bytes(id),
        route: Route::Tracker { url: URL.to_owned(), offer_id: OfferId::from_bytes(id) },
    }
}

/// webtorrent#1414, #1349: a browser cannot create so many peer connections.
#[wasm_bindgen_test]
fn thirty_torrents_make_no_more_than_forty_offers_and_each_gets_one() {
    let mut connections = Connections::default();
    let offers: Vec<_> = (0..TORRENTS).map(|number| announce(&mut connections, at(0), number)).collect();
    assert!(offers.iter().map(|(made, _)| made).sum::<usize>() <= 40);
    assert!(offers.iter().all(|(_, sent)| *sent == 1), "{offers:?}");
    let again: usize = (0..TORRENTS).map(|number| announce(&mut connections, at(1), number).1).sum();
    assert_eq!(again, 0);
}

/// webtorrent#502, #415: offers leak until nothing else is done.
#[wasm_bindgen_test]
fn offers_that_nobody_answers_are_closed_within_a_minute() {
    let mut connections = Connections::default();
    for round in 0..20 {
        let now = at(round * 60);
        let gone: Vec<RtcId> = connections.overdue(now);
        for rtc in gone {
            assert!(connections.remove(rtc));
        }
        let (made, sent) = announce(&mut connections, now, 0);
        assert_eq!((made, sent), (1, 1), "round {round}");
    }
    assert_eq!(connections.overdue(at(20 * 60)).len(), 1);
    assert_eq!(connections.deadline(), Some(at(19 * 60) + Duration::from_secs(60)));
}

#[wasm_bindgen_test]
fn connections_in_all_are_bounded() {
    let mut connections = Connections::default();
    let mut accepted = 0;
    for number in 0..1_000 {
        if let Some(rtc) = connections.accept(at(0), incoming(number), "sdp") {
            connections.accepted(at(0), rtc);
            accepted += 1;
        }
    }
    assert_eq!(accepted, 200);
    assert!(connections.are_full());
    assert_eq!(connections.short_of(5), 0);
}

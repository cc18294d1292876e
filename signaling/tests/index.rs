//! The index, one behaviour at a time.

use std::time::Duration;

use metainfo::InfoHash;
use signaling::{Config, ConnId, Denylist, Index, MAX_PEERS_PER_CONNECTION_AND_TORRENT};
use tracker::{Action, Announce, Answer, Event, Offer, OfferId, Request, Response, Scrape, ScrapeStats};
use wire::PeerId;

const TORRENT: InfoHash = InfoHash::from_bytes([1; 20]);
const OTHER_TORRENT: InfoHash = InfoHash::from_bytes([2; 20]);

/// An index with a clock. Client `n` has connection `n` and a peer id full of `n`.
struct Tracker {
    index: Index,
    now: Duration,
}

impl Tracker {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Self { index: Index::new(config, 1), now: Duration::ZERO }
    }

    fn send(&mut self, client: u8, request: Request) -> Vec<(u8, Response)> {
        let mut out = Vec::new();
        self.index.handle(self.now, conn(client), request, &mut out);
        let number = |id| (0..=u8::MAX).find(|&number| conn(number) == id).expect("a client of the test");
        out.into_iter().map(|(conn, response)| (number(conn), response)).collect()
    }

    /// Announces, and returns the reply.
    fn announce(&mut self, client: u8, announce: Announce) -> Response {
        let (to, reply) = self.send(client, Request::Announce(announce)).swap_remove(0);
        assert_eq!(to, client, "the reply comes first");
        reply
    }

    /// Announces, and returns who got which offer.
    fn offer(&mut self, client: u8, announce: Announce) -> Vec<(u8, OfferId)> {
        let mut out = self.send(client, Request::Announce(announce));
        out.drain(1..)
            .map(|(to, response)| match response {
                Response::Offer { peer_id: from, offer_id, .. } if from == peer_id(client) => (to, offer_id),
                other => panic!("not an offer of client {client}: {other:?}"),
            })
            .collect()
    }

    fn answer(&mut self, client: u8, to: u8, offer: u8) -> Vec<(u8, Response)> {
        self.send(client, answer(client, to, offer))
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.index.sweep(self.now);
    }
}

fn conn(client: u8) -> ConnId {
    ConnId::new(client.into())
}

fn peer_id(client: u8) -> PeerId {
    PeerId::from_bytes([client; 20])
}

fn offer_id(number: u8) -> OfferId {
    OfferId::from_bytes([number; 20])
}

fn offers(numbers: impl IntoIterator<Item = u8>) -> Vec<Offer> {
    numbers.into_iter().map(|number| Offer { offer_id: offer_id(number), sdp: "offer".to_owned() }).collect()
}

fn leecher(client: u8) -> Announce {
    Announce {
        info_hash: TORRENT,
        peer_id: peer_id(client),
        event: None,
        left: Some(100),
        uploaded: 0,
        downloaded: 0,
        numwant: None,
        to_seeds: false,
        offers: Vec::new(),
    }
}

fn seed(client: u8) -> Announce {
    Announce { left: Some(0), ..leecher(client) }
}

fn answer(client: u8, to: u8, offer: u8) -> Request {
    Request::Answer(Answer {
        info_hash: TORRENT,
        peer_id: peer_id(client),
        to_peer_id: peer_id(to),
        offer_id: offer_id(offer),
        sdp: "answer".to_owned(),
    })
}

fn counts(response: &Response) -> (u32, u32) {
    match response {
        Response::Announce { complete, incomplete, .. } => (*complete, *incomplete),
        other => panic!("not counts: {other:?}"),
    }
}

fn interval(response: &Response) -> u32 {
    match response {
        Response::Announce { interval, .. } => *interval,
        other => panic!("not counts: {other:?}"),
    }
}

fn failure(response: &Response) -> &str {
    match response {
        Response::Failure { reason, info_hash: Some(TORRENT), action: Action::Announce } => reason,
        other => panic!("not a failure that names the torrent: {other:?}"),
    }
}

// bittorrent-tracker's test/server.js.
#[test]
fn counts_follow_three_clients_through_start_completion_and_stop() {
    let mut tracker = Tracker::new();
    let event = |event, announce| Announce { event: Some(event), ..announce };
    let started = |client| event(Event::Started, leecher(client));

    assert_eq!(counts(&tracker.announce(1, started(1))), (0, 1));
    assert_eq!(counts(&tracker.announce(1, event(Event::Completed, seed(1)))), (1, 0));
    let scraped = tracker.send(1, Request::Scrape(Scrape { info_hashes: vec![TORRENT] }));
    let Response::Scrape { files, .. } = &scraped[0].1 else { panic!("not a scrape") };
    assert_eq!(files[&TORRENT], ScrapeStats { complete: 1, incomplete: 0, downloaded: 1 });
    assert_eq!(counts(&tracker.announce(2, started(2))), (1, 1));
    assert_eq!(counts(&tracker.announce(3, started(3))), (1, 2));
    assert_eq!(counts(&tracker.announce(2, event(Event::Stopped, leecher(2)))), (1, 1));
    tracker.index.closed(conn(2));
    assert_eq!(counts(&tracker.announce(3, event(Event::Stopped, leecher(3)))), (1, 0));
}

// bittorrent-tracker's test/evict.js.
#[test]
fn a_full_swarm_makes_room_by_the_peer_that_was_silent_for_longest() {
    let mut tracker = Tracker::with(Config { max_peers_per_torrent: 2, ..Config::default() });
    tracker.announce(1, leecher(1));
    tracker.pass(1);
    tracker.announce(2, leecher(2));
    tracker.pass(1);
    assert_eq!(counts(&tracker.announce(3, leecher(3))), (0, 2));
    let mut left: Vec<_> = tracker.index.memberships().map(|membership| membership.peer_id).collect();
    left.sort();
    assert_eq!(left, [peer_id(2), peer_id(3)]);
}

// bittorrent-tracker's test/filter.js.
#[test]
fn a_denied_torrent_is_refused_and_others_are_not() {
    let denied = Denylist::parse(&format!("{TORRENT} reason=copyright ref=7")).unwrap();
    let mut tracker = Tracker::with(Config { denied, ..Config::default() });
    assert_eq!(failure(&tracker.announce(1, leecher(1))), "denied: copyright 7");
    assert_eq!(tracker.index.torrents(), 0);
    let other = Announce { info_hash: OTHER_TORRENT, ..leecher(1) };
    assert_eq!(counts(&tracker.announce(1, other)), (0, 1));
}

#[test]
fn who_is_in_a_swarm_that_is_denied_is_told_and_meets_nobody_more() {
    let mut tracker = Tracker::new();
    for client in 1..=3 {
        tracker.announce(client, leecher(client));
    }
    tracker.announce(1, Announce { info_hash: OTHER_TORRENT, ..leecher(1) });
    assert_eq!(tracker.offer(1, Announce { offers: offers(0..1), ..leecher(1) }).len(), 1);

    let mut out = Vec::new();
    let denied = Denylist::parse(&TORRENT.to_string()).unwrap();
    assert!(tracker.index.deny(denied.clone(), &mut out).is_empty());
    let mut told: Vec<_> = out.iter().map(|(conn, _)| *conn).collect();
    told.sort();
    assert_eq!(told, [1, 2, 3].map(ConnId::new));
    assert!(out.iter().all(|(_, response)| matches!(
        response,
        Response::Failure { reason, info_hash: Some(TORRENT), .. } if reason == "denied: unspecified"
    )));
    assert_eq!((tracker.index.torrents(), tracker.index.awaited_answers()), (1, 0));
    assert_eq!(failure(&tracker.announce(2, leecher(2))), "denied: unspecified");

    // It is served again once nothing denies it, and nobody is told twice.
    out.clear();
    assert_eq!(tracker.index.deny(Denylist::default(), &mut out), denied);
    assert!(out.is_empty());
    assert_eq!(counts(&tracker.announce(2, leecher(2))), (0, 1));
}

#[test]
fn each_offer_goes_to_another_peer() {
    let mut tracker = Tracker::new();
    for client in 1..=20 {
        tracker.announce(client, leecher(client));
    }
    let mut relayed = tracker.offer(0, Announce { offers: offers(0..5), ..leecher(0) });
    assert_eq!(relayed.iter().map(|&(_, offer)| offer).collect::<Vec<_>>(), [0, 1, 2, 3, 4].map(offer_id));
    relayed.dedup_by_key(|&mut (to, _)| to);
    assert_eq!(relayed.len(), 5);
    assert!(relayed.iter().all(|&(to, _)| to != 0));
}

#[test]
fn a_newcomer_reaches_everyone_in_a_small_swarm() {
    let mut tracker = Tracker::new();
    tracker.announce(1, seed(1));
    tracker.announce(2, leecher(2));
    let mut reached: Vec<_> =
        tracker.offer(3, Announce { offers: offers(0..5), ..leecher(3) }).iter().map(|&(to, _)| to).collect();
    reached.sort_unstable();
    assert_eq!(reached, [1, 2]);
}

#[test]
fn no_more_peers_are_met_than_wanted() {
    let mut tracker = Tracker::new();
    for client in 1..=5 {
        tracker.announce(client, leecher(client));
    }
    let wants_two = Announce { numwant: Some(2), offers: offers(0..5), ..leecher(0) };
    assert_eq!(tracker.offer(0, wants_two).len(), 2);
}

fn with_five_seeds_and_a_leecher() -> Tracker {
    let mut tracker = Tracker::new();
    for client in 1..=5 {
        tracker.announce(client, seed(client));
    }
    tracker.announce(6, leecher(6));
    tracker
}

#[test]
fn the_offers_of_a_seed_go_to_leechers_alone() {
    let mut tracker = with_five_seeds_and_a_leecher();
    let relayed = tracker.offer(0, Announce { offers: offers(0..5), ..seed(0) });
    assert_eq!(relayed, [(6, offer_id(0))]);
}

/// Issue 13, A7: who had the film from a web seed never heard who tipped before.
#[test]
fn the_offers_of_a_seed_that_seeks_seeds_go_to_anyone_but_itself() {
    let mut tracker = with_five_seeds_and_a_leecher();
    for client in 1..=5 {
        let seeks = Announce { to_seeds: true, offers: offers(0..9), ..seed(client) };
        let relayed = tracker.offer(client, seeks);
        let mut reached: Vec<u8> = relayed.iter().map(|&(to, _)| to).collect();
        reached.sort_unstable();
        let others: Vec<u8> = (1..=6).filter(|other| *other != client).collect();
        assert_eq!(reached, others);
    }
}

#[test]
fn peers_on_one_connection_meet_too() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    let second = Announce { peer_id: peer_id(2), offers: offers([7]), ..leecher(1) };
    let out = tracker.send(1, Request::Announce(second));
    assert!(matches!(out[..], [(1, Response::Announce { .. }), (1, Response::Offer { .. })]), "{out:?}");
}

#[test]
fn an_answer_reaches_the_offerer_once() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.offer(2, Announce { offers: offers([9]), ..leecher(2) });
    let expected = Response::Answer {
        info_hash: TORRENT,
        peer_id: peer_id(1),
        offer_id: offer_id(9),
        sdp: "answer".to_owned(),
    };
    assert_eq!(tracker.answer(1, 2, 9), [(2, expected)]);
    assert_eq!(tracker.answer(1, 2, 9), []);
}

#[test]
fn an_answer_to_an_offer_that_went_elsewhere_is_dropped() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.offer(2, Announce { offers: offers([9]), ..leecher(2) });
    tracker.announce(3, leecher(3));
    assert_eq!(tracker.answer(3, 2, 9), []);
}

#[test]
fn an_answer_under_anothers_id_is_refused() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.offer(2, Announce { offers: offers([9]), ..leecher(2) });
    let out = tracker.send(3, answer(1, 2, 9));
    assert_eq!(out.len(), 1);
    assert_eq!((out[0].0, failure(&out[0].1)), (3, "this peer id is in use on another connection"));
}

#[test]
fn an_answer_from_whoever_took_over_the_id_is_dropped() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.offer(2, Announce { offers: offers([9]), ..leecher(2) });
    tracker.index.closed(conn(1));
    tracker.send(3, Request::Announce(leecher(1)));
    assert_eq!(tracker.send(3, answer(1, 2, 9)), []);
}

#[test]
fn an_answer_that_comes_too_late_is_dropped() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.offer(2, Announce { offers: offers([8, 9]), ..leecher(2) });
    tracker.now += Config::default().offer_ttl;
    assert_eq!(tracker.answer(1, 2, 8), [], "even before the next sweep");
}

#[test]
fn a_peer_id_belongs_to_its_connection_until_that_ends() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    let as_first = tracker.announce(2, Announce { peer_id: peer_id(1), ..leecher(2) });
    assert_eq!(failure(&as_first), "this peer id is in use on another connection");
    let stop_first = Announce { event: Some(Event::Stopped), ..leecher(1) };
    assert_eq!(failure(&tracker.announce(2, stop_first)), "this peer id is in use on another connection");

    tracker.index.closed(conn(1));
    assert_eq!(counts(&tracker.announce(2, leecher(1))), (0, 1));
}

#[test]
fn a_silent_peer_leaves_and_one_that_announces_stays() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.announce(2, leecher(2));
    tracker.pass(120);
    tracker.announce(2, leecher(2));
    tracker.pass(60);
    assert_eq!(tracker.index.memberships().map(|peer| peer.peer_id).collect::<Vec<_>>(), [peer_id(2)]);
}

#[test]
fn an_answer_keeps_its_sender_in_the_swarm() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.pass(100);
    tracker.offer(2, Announce { offers: offers([9]), ..leecher(2) });
    tracker.answer(1, 2, 9);
    tracker.pass(100);
    assert_eq!(tracker.index.memberships().count(), 2);
}

#[test]
fn unanswered_offers_are_forgotten_in_time() {
    let mut tracker = Tracker::new();
    tracker.announce(1, leecher(1));
    tracker.offer(2, Announce { offers: offers([9]), ..leecher(2) });
    assert_eq!(tracker.index.awaited_answers(), 1);
    tracker.pass(119);
    assert_eq!(tracker.index.awaited_answers(), 1);
    tracker.pass(1);
    assert_eq!(tracker.index.awaited_answers(), 0);
}

#[test]
fn only_so_many_offers_of_a_peer_are_remembered() {
    let mut tracker = Tracker::with(Config { max_awaited_answers: 2, ..Config::default() });
    tracker.announce(1, leecher(1));
    for number in 0..3 {
        tracker.offer(2, Announce { offers: offers([number]), ..leecher(2) });
    }
    assert_eq!(tracker.index.awaited_answers(), 2);
    assert_eq!(tracker.answer(1, 2, 0), [], "the oldest made way");
    assert_eq!(tracker.answer(1, 2, 2).len(), 1);
}

#[test]
fn a_connection_may_join_only_so_many_swarms() {
    let mut tracker = Tracker::with(Config { max_torrents_per_connection: 1, ..Config::default() });
    tracker.announce(1, Announce { info_hash: OTHER_TORRENT, ..leecher(1) });
    assert_eq!(failure(&tracker.announce(1, leecher(1))), "too many torrents on one connection");
    tracker.announce(1, Announce { info_hash: OTHER_TORRENT, event: Some(Event::Stopped), ..leecher(1) });
    assert_eq!(counts(&tracker.announce(1, leecher(1))), (0, 1));
}

// Issue 11, A6: one that was a hundred got 44 of 50 offers.
#[test]
fn a_connection_that_claims_to_be_a_hundred_peers_is_as_good_as_four() {
    let mut tracker = Tracker::new();
    let as_another = |client| Request::Announce(leecher(client));
    for invented in 100..200 {
        tracker.send(1, as_another(invented));
    }
    assert_eq!(tracker.index.memberships().count(), MAX_PEERS_PER_CONNECTION_AND_TORRENT);
    for honest in 2..=47 {
        tracker.announce(honest, leecher(honest));
    }
    let taken: usize = (0..10)
        .map(|_| tracker.offer(50, Announce { offers: offers(0..5), ..leecher(50) }))
        .map(|relayed| relayed.iter().filter(|&&(to, _)| to == 1).count())
        .sum();
    assert!(taken <= 10, "{taken} of 50 offers went to one of 47 connections");
}

// Issue 11, A6.
#[test]
fn a_client_that_starts_again_and_again_on_one_connection_is_let_in() {
    let mut tracker = Tracker::new();
    for start in 100..110 {
        tracker.pass(1);
        let out = tracker.send(1, Request::Announce(leecher(start)));
        assert!(matches!(out[..], [(1, Response::Announce { .. }), ..]), "{out:?}");
    }
    let mut left: Vec<_> = tracker.index.memberships().map(|membership| membership.peer_id).collect();
    left.sort();
    assert_eq!(left, [106, 107, 108, 109].map(peer_id), "the most recent");
}

#[test]
fn a_seed_that_does_not_know_what_is_left_stays_one() {
    let mut tracker = Tracker::new();
    tracker.announce(1, seed(1));
    assert_eq!(counts(&tracker.announce(1, Announce { left: None, ..leecher(1) })), (1, 0));
    assert_eq!(counts(&tracker.announce(1, leecher(1))), (0, 1), "unless it says otherwise");
}

#[test]
fn a_stop_by_a_stranger_gets_counts_and_changes_nothing() {
    let mut tracker = Tracker::new();
    let stop = Announce { event: Some(Event::Stopped), ..leecher(1) };
    assert_eq!(counts(&tracker.announce(1, stop)), (0, 0));
    assert_eq!(tracker.index.torrents(), 0);
}

#[test]
fn a_leecher_that_met_nobody_is_called_back_sooner() {
    let mut tracker = Tracker::new();
    assert_eq!(interval(&tracker.announce(1, leecher(1))), 120, "alone, it waits for others to come");
    assert_eq!(interval(&tracker.announce(2, leecher(2))), 30);
    assert_eq!(interval(&tracker.announce(2, Announce { downloaded: 1, ..leecher(2) })), 120);
    assert_eq!(interval(&tracker.announce(3, seed(3))), 120);
}

#[test]
fn a_scrape_tells_zeros_of_unknown_torrents_and_nothing_of_all() {
    let mut tracker = Tracker::new();
    let unknown = tracker.send(1, Request::Scrape(Scrape { info_hashes: vec![OTHER_TORRENT] }));
    let Response::Scrape { files, .. } = &unknown[0].1 else { panic!("not a scrape") };
    assert_eq!(files[&OTHER_TORRENT], ScrapeStats::default());

    let all = tracker.send(1, Request::Scrape(Scrape { info_hashes: Vec::new() }));
    assert!(matches!(all[0].1, Response::Failure { action: Action::Scrape, .. }), "{all:?}");
}

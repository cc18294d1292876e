//! What a tracker says counts for the torrents that are announced there, and for no others.

use std::time::Duration;

use metainfo::InfoHash;
use session::{Counts, Memberships};
use swarm::Time;
use tracker::{Action, Event, OfferId, Response};
use wire::PeerId;

const TORRENT: InfoHash = InfoHash::from_bytes([1; 20]);
const ANOTHER: InfoHash = InfoHash::from_bytes([2; 20]);

fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1_000)
}

fn counted(info_hash: InfoHash, complete: u32, incomplete: u32) -> Response {
    Response::Announce { info_hash, complete, incomplete, interval: 120, warning: None }
}

fn offer(info_hash: InfoHash) -> Response {
    let (peer_id, offer_id) = (PeerId::from_bytes([3; 20]), OfferId::from_bytes([4; 20]));
    Response::Offer { info_hash, peer_id, offer_id, sdp: "sdp".to_owned() }
}

fn answer(info_hash: InfoHash) -> Response {
    let (peer_id, offer_id) = (PeerId::from_bytes([3; 20]), OfferId::from_bytes([4; 20]));
    Response::Answer { info_hash, peer_id, offer_id, sdp: "sdp".to_owned() }
}

fn announced(swarms: &[InfoHash]) -> Memberships {
    let mut memberships = Memberships::default();
    for swarm in swarms {
        memberships.join(at(0), *swarm);
        let member = memberships.get_mut(*swarm).expect("it joined");
        assert_eq!(member.announce(at(0), 2), Some(Event::Started));
    }
    memberships
}

fn counts(memberships: &mut Memberships, response: &Response) -> bool {
    memberships.received(at(1), response, |_| 0)
}

/// Issue 11, A11: a tracker of one torrent brought offers for any other, into private ones, too.
#[test]
fn a_tracker_has_a_say_only_in_what_is_announced_there() {
    let mut memberships = announced(&[TORRENT]);
    for says in [offer, answer, |info_hash| counted(info_hash, 1, 1)] {
        assert!(counts(&mut memberships, &says(TORRENT)));
        assert!(!counts(&mut memberships, &says(ANOTHER)));
    }
}

/// Issue 11, A11: as when the description arrives, and tells that a torrent is private.
#[test]
fn a_tracker_that_a_torrent_left_has_no_say_in_it() {
    let mut memberships = announced(&[TORRENT, ANOTHER]);
    assert_eq!(memberships.leave(TORRENT), Some(true));
    assert_eq!(memberships.leave(TORRENT), None);
    assert!(!counts(&mut memberships, &offer(TORRENT)) && counts(&mut memberships, &offer(ANOTHER)));
}

#[test]
fn a_tracker_that_was_told_of_nothing_on_this_connection_has_no_say() {
    let mut memberships = announced(&[TORRENT]);
    assert!(counts(&mut memberships, &counted(TORRENT, 2, 3)));
    memberships.connected(at(5));
    assert!(!counts(&mut memberships, &offer(TORRENT)));
    assert_eq!(memberships.due(at(5)).collect::<Vec<_>>(), [TORRENT]);
    let member = memberships.get_mut(TORRENT).unwrap();
    assert_eq!(member.counts(), Some(Counts { complete: 2, incomplete: 3 }));
    assert_eq!(member.announce(at(5), 2), Some(Event::Started));
}

#[test]
fn a_refusal_is_that_of_the_torrent_it_names_or_else_of_all() {
    let mut memberships = announced(&[TORRENT, ANOTHER]);
    let refusal =
        |info_hash| Response::Failure { reason: "no".to_owned(), info_hash, action: Action::Announce };
    let refused = |memberships: &Memberships, swarm| memberships.get(swarm).unwrap().refused().is_some();
    counts(&mut memberships, &refusal(Some(TORRENT)));
    assert!(refused(&memberships, TORRENT) && !refused(&memberships, ANOTHER));
    counts(&mut memberships, &refusal(None));
    assert!(refused(&memberships, ANOTHER));
    counts(&mut memberships, &counted(TORRENT, 1, 1));
    assert!(!refused(&memberships, TORRENT));
}

#[test]
fn a_torrent_is_announced_again_the_sooner_the_more_of_its_peers_were_not_met() {
    let waits = |others: u32, peers: u32| {
        let mut memberships = announced(&[TORRENT]);
        let response = counted(TORRENT, 0, others + 1);
        let wait = |_| {
            memberships.received(at(0), &response, |_| peers);
            memberships.get(TORRENT).unwrap().next().since(at(0)).as_secs()
        };
        (0..6).map(wait).collect::<Vec<_>>()
    };
    assert_eq!(waits(9, 0), [0, 20, 40, 80, 120, 120]);
    assert_eq!(waits(2, 0), [10, 20, 40, 80, 120, 120], "the first announce had offers for two");
    assert_eq!(waits(0, 0), [30; 6], "nobody is there");
    assert_eq!(waits(5, 5), [120; 6], "all were met");
}

#[test]
fn a_torrent_is_announced_again_at_once_if_more_are_there_than_it_had_offers_for() {
    let wait = |offers, others: u32| {
        let mut memberships = Memberships::default();
        memberships.join(at(0), TORRENT);
        memberships.get_mut(TORRENT).unwrap().announce(at(0), offers);
        memberships.received(at(0), &counted(TORRENT, 0, others + 1), |_| 0);
        memberships.get(TORRENT).unwrap().next().since(at(0)).as_secs()
    };
    assert_eq!((wait(1, 1), wait(1, 2)), (10, 0));
    assert_eq!((wait(2, 2), wait(2, 3)), (10, 0));
}

#[test]
fn an_announce_waits_for_offers_once_and_for_a_moment() {
    let mut memberships = Memberships::default();
    memberships.join(at(0), TORRENT);
    assert!(memberships.get_mut(TORRENT).unwrap().waits_for_offers(at(0), 0));
    assert_eq!(memberships.due(at(0)).next(), None);
    memberships.offers_ready(at(0));
    assert_eq!(memberships.due(at(0)).next(), Some(TORRENT));
    assert!(!memberships.get_mut(TORRENT).unwrap().waits_for_offers(at(1), 0));
}

// Issue 14, 4: the first announce waited until every offer was made.
#[test]
fn the_first_announce_goes_with_the_first_offer_and_later_ones_wait_for_all() {
    let mut memberships = Memberships::default();
    memberships.join(at(0), TORRENT);
    let member = memberships.get_mut(TORRENT).unwrap();
    let soon = Time::from_millis(10);
    assert!(member.waits_for_offers(at(0), 0));
    assert_eq!(member.next(), at(1));
    assert!(member.waits_for_offers(at(0), 1));
    assert_eq!(member.next(), soon);
    assert!(!member.waits_for_offers(soon, 1));
    member.announce(soon, 1);
    assert!(member.waits_for_offers(at(5), 1));
    assert_eq!(member.next(), at(6));
}

#[test]
fn who_lost_all_peers_asks_soon_and_who_is_complete_says_so_at_once() {
    let mut memberships = announced(&[TORRENT]);
    let member = memberships.get_mut(TORRENT).unwrap();
    assert_eq!(member.next(), at(120));
    member.hurry(at(10));
    assert_eq!(member.next(), at(12));
    member.completed(at(11));
    assert_eq!((member.next(), member.announce(at(11), 2)), (at(11), Some(Event::Completed)));
    assert_eq!(member.announce(at(131), 2), None);
    assert_eq!(memberships.deadline(), Some(at(131) + Duration::from_secs(120)));
}

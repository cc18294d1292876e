//! Where torrents are announced, and when.

use metainfo::{InfoHash, InfoHashes};
use session::Policy;
use session::rendezvous::{Input, SocketEvent, Standing};
use session::{CONNECT_TIMEOUT, Trouble};
use tracker::{Action, Event, Response};

use crate::driver::{ANOTHER, Driver, OURS, URL, torrent};

#[test]
fn a_torrent_is_announced_with_offers_for_two_and_at_once_with_more_if_there_are_more() {
    let mut driver = Driver::announced();
    assert_eq!(driver.carried(), [(2, Some(Event::Started))]);
    driver.counts(URL, 1, 9);
    assert_eq!(driver.carried(), [(5, None)]);
    driver.counts(URL, 1, 9);
    assert_eq!(driver.carried(), [], "and now they are waited for");
    driver.wait(20);
    assert_eq!(driver.carried(), [(5, None)]);
}

/// The second of two peers was met ten seconds later.
#[test]
fn who_was_announced_with_fewer_offers_than_there_are_peers_makes_up_for_it_at_once() {
    let mut driver = Driver::new();
    driver.describes = false;
    driver.join(1, &[URL]);
    driver.socket(URL, SocketEvent::Opened);
    driver.wait(2);
    assert_eq!(driver.carried(), [(0, Some(Event::Started))]);
    driver.describes = true;
    driver.counts(URL, 1, 2);
    assert_eq!(driver.carried(), [(2, None)]);
}

#[test]
fn an_announce_says_how_far_the_torrent_is_and_who_we_are() {
    let mut driver = Driver::announced();
    let standing =
        Standing { left: Some(5), uploaded: 6, downloaded: 7, downloading: true, ..Standing::default() };
    driver.known.0.insert(torrent(1), standing);
    driver.wait(121);
    let (url, announce) = driver.announces.pop().unwrap();
    assert_eq!((url.as_str(), announce.info_hash, announce.peer_id), (URL, torrent(1), OURS));
    assert_eq!((announce.left, announce.uploaded, announce.downloaded), (Some(5), 6, 7));
}

#[test]
fn a_seed_offers_nothing_to_seeds() {
    let mut driver = Driver::announced();
    driver.known.0.insert(torrent(1), Standing::default());
    driver.counts(URL, 1, 8);
    driver.announces.clear();
    driver.tell(Input::Completed { torrent: torrent(1) });
    // Four of the others are none, and we are not counted any more by then.
    assert_eq!(driver.carried(), [(5, Some(Event::Completed))]);
    driver.counts(URL, 1, 0);
    driver.wait(30);
    assert_eq!(driver.carried(), [(1, None)]);
}

#[test]
fn an_announce_waits_for_offers_that_are_not_made_for_a_second_and_then_goes_without() {
    let mut driver = Driver::new();
    driver.describes = false;
    driver.join(1, &[URL]);
    driver.socket(URL, SocketEvent::Opened);
    assert_eq!(driver.carried(), []);
    driver.wait(2);
    assert_eq!(driver.carried(), [(0, Some(Event::Started))]);
}

#[test]
fn offers_that_cannot_be_made_are_not_tried_again_and_again() {
    let mut driver = Driver::new();
    driver.describes = false;
    driver.join(1, &[URL]);
    driver.socket(URL, SocketEvent::Opened);
    driver.wait(600);
    // Two for each of six announces, and twice for each that waited.
    assert!((2..=4 * 6).contains(&driver.offers), "{} offers", driver.offers);
}

#[test]
fn every_tracker_of_a_torrent_is_told_up_to_a_dozen() {
    let mut driver = Driver::new();
    let urls: Vec<String> = (0..100).map(|number| format!("wss://tracker{number}")).collect();
    driver.rendezvous.announce_at(vec![URL.to_owned()]);
    driver.join(1, &urls.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(driver.opening.len(), 12);
    assert!(driver.opening.iter().any(|url| url == URL));
    for url in driver.opening.clone() {
        driver.socket(&url, SocketEvent::Opened);
    }
    assert_eq!(driver.announces.len(), 12);
}

// Issue 14, 4: the tracker was connected to only when the torrent's folder was open.
#[test]
fn what_a_torrent_is_announced_with_is_ready_when_it_comes() {
    let mut driver = Driver::new();
    driver.rendezvous.announce_at(vec![URL.to_owned()]);
    driver.tell(Input::Expect { private: false, policy: Policy::All });
    assert_eq!((driver.offers, &driver.opening[..]), (5, &[URL.to_owned()][..]));
    driver.socket(URL, SocketEvent::Opened);
    driver.join(1, &[]);
    assert_eq!(driver.carried(), [(2, Some(Event::Started))]);
    assert_eq!((driver.offers, driver.opening.len()), (5, 1));
}

#[test]
fn a_line_to_a_tracker_for_a_torrent_that_does_not_come_is_given_up() {
    for opens in [true, false] {
        let mut driver = Driver::new();
        driver.rendezvous.announce_at(vec![URL.to_owned()]);
        driver.tell(Input::Expect { private: false, policy: Policy::All });
        if opens {
            driver.socket(URL, SocketEvent::Opened);
        }
        driver.wait(60);
        assert_eq!(driver.sockets.len(), 0);
        assert_eq!(driver.rendezvous.deadline(), None, "there is nothing left to do");
    }
}

#[test]
fn a_line_is_kept_for_a_torrent_that_is_expected_when_the_last_of_others_leaves() {
    let mut driver = Driver::announced();
    driver.rendezvous.announce_at(vec![URL.to_owned()]);
    driver.tell(Input::Expect { private: false, policy: Policy::All });
    driver.tell(Input::Leave { torrent: torrent(1) });
    assert_eq!(driver.carried().last(), Some(&(0, Some(Event::Stopped))));
    driver.join(2, &[]);
    assert_eq!((driver.opening.len(), driver.closed.len()), (1, 0));
    driver.tell(Input::Leave { torrent: torrent(2) });
    driver.wait(60);
    assert_eq!(driver.closed, [URL], "nobody is expected any more");
}

/// BEP 27.
#[test]
fn no_line_is_opened_for_a_private_torrent_that_is_expected() {
    let mut driver = Driver::new();
    driver.rendezvous.announce_at(vec![URL.to_owned()]);
    driver.tell(Input::Expect { private: true, policy: Policy::All });
    assert_eq!((driver.offers, driver.opening.len()), (5, 0));
}

#[test]
fn a_tracker_that_speaks_something_else_is_not_connected_to() {
    let mut driver = Driver::new();
    driver.join(1, &["udp://tracker:80", URL]);
    driver.wait(100);
    assert!(driver.opening.iter().all(|url| url == URL));
}

#[test]
fn torrents_share_the_line_to_a_tracker_until_the_last_leaves() {
    let mut driver = Driver::announced();
    driver.join(2, &[URL]);
    assert_eq!(driver.opening, [URL]);
    driver.tell(Input::Leave { torrent: torrent(1) });
    assert_eq!(driver.closed, [""; 0]);
    driver.tell(Input::Leave { torrent: torrent(2) });
    assert_eq!(driver.closed, [URL]);
    let stopped = |swarm: InfoHash| {
        let has =
            |event| driver.announces.iter().any(|(_, a)| a.info_hash == swarm && a.event == Some(event));
        has(Event::Started) && has(Event::Stopped)
    };
    assert!(stopped(torrent(1)) && stopped(torrent(2)));
    assert_eq!(driver.rendezvous.deadline(), None, "there is nothing left to do");
}

/// libtorrent#5831: trackers close and time out, and are tried again after minutes.
#[test]
fn a_tracker_that_is_gone_is_tried_again_within_seconds_and_told_anew() {
    let mut driver = Driver::announced();
    driver.carried();
    driver.socket(URL, SocketEvent::Closed);
    assert_eq!(driver.trouble(1), Some(Trouble::Closed));
    assert_eq!(driver.dropped.len(), 2, "nobody can answer the offers that it had");
    driver.wait(2);
    assert_eq!(driver.opening.len(), 2);
    driver.socket(URL, SocketEvent::Closed);
    assert_eq!(driver.trouble(1), Some(Trouble::Unreachable));
    driver.wait(4);
    assert_eq!(driver.opening.len(), 3);
    driver.socket(URL, SocketEvent::Opened);
    assert_eq!(driver.carried(), [(2, Some(Event::Started))]);
    assert_eq!(driver.trouble(1), None);
}

#[test]
fn a_tracker_that_does_not_answer_is_given_up_and_waited_for_ever_longer() {
    let mut driver = Driver::new();
    driver.join(1, &[URL]);
    driver.wait(CONNECT_TIMEOUT.as_secs());
    assert_eq!((driver.closed.len(), driver.trouble(1)), (1, Some(Trouble::Silent)));
    driver.wait(3_600);
    // Half a minute between two, give or take a third, and a quarter of a minute each.
    assert!((60..120).contains(&driver.opening.len()), "{} tries", driver.opening.len());
    let before = driver.opening.len();
    driver.socket(URL, SocketEvent::Closed);
    driver.tell(Input::Online);
    assert_eq!(driver.opening.len(), before + 1, "with a network, it need not be waited for");
}

#[test]
fn what_the_driver_refuses_is_told_in_its_words() {
    let mut driver = Driver::new();
    driver.join(1, &["wss://not a host"]);
    driver.socket("wss://not a host", SocketEvent::Refused("no".to_owned()));
    assert_eq!(driver.trouble(1), Some(Trouble::Refused("no".to_owned())));
}

#[test]
fn what_the_sites_own_tracker_denies_is_denied_and_what_others_deny_is_theirs() {
    let mut driver = Driver::new();
    driver.rendezvous.announce_at(vec![ANOTHER.to_owned(), URL.to_owned()]);
    driver.rendezvous.obey(ANOTHER.to_owned());
    driver.join(1, &[]);
    for url in [URL, ANOTHER] {
        driver.socket(url, SocketEvent::Opened);
    }
    let refusal = |reason: &str, about| Response::Failure {
        reason: reason.to_owned(),
        info_hash: about,
        action: Action::Announce,
    };
    driver.says(URL, &refusal("denied: copyright 7", Some(torrent(1))));
    driver.says(ANOTHER, &refusal("too many torrents on one connection", Some(torrent(1))));
    driver.says(ANOTHER, &refusal("denied: copyright 7", Some(torrent(2))));
    driver.says(ANOTHER, &refusal("denied: copyright 7", None));
    assert_eq!(driver.denied, []);
    driver.says(ANOTHER, &refusal("denied: copyright 7", Some(torrent(1))));
    assert_eq!(driver.denied, [(torrent(1), "copyright 7".to_owned())]);
}

/// BEP 27.
#[test]
fn a_torrent_that_turns_out_to_be_private_leaves_other_trackers_and_whom_it_met_there() {
    let mut driver = Driver::new();
    driver.rendezvous.announce_at(vec![ANOTHER.to_owned()]);
    driver.join(1, &[URL]);
    for url in [URL, ANOTHER] {
        driver.socket(url, SocketEvent::Opened);
    }
    let met = driver.met(ANOTHER, 1, 1);
    let on_its_way = driver.offered(ANOTHER, 1, 2).unwrap();
    driver.announces.clear();
    driver.join_as(1, InfoHashes::One(torrent(1)), &[URL], true);
    assert_eq!((&driver.lost[..], &driver.closed[..]), (&[met][..], &[ANOTHER.to_owned()][..]));
    assert!(driver.dropped.contains(&met) && driver.dropped.contains(&on_its_way));
    assert_eq!(driver.announces[0].0, ANOTHER);
    assert_eq!(driver.announces[0].1.event, Some(Event::Stopped));
    assert_eq!(driver.offered(ANOTHER, 1, 3), None);
    assert!(driver.offered(URL, 1, 3).is_some());
}

#[test]
fn whatever_a_tracker_says_that_is_no_response_changes_nothing() {
    let mut driver = Driver::announced();
    let before = driver.rendezvous.deadline();
    for text in ["", "{}", "[]", "{\"action\":\"announce\"}", &"a".repeat(70_000)] {
        driver.socket(URL, SocketEvent::Text(text.to_owned()));
    }
    assert_eq!((driver.rendezvous.deadline(), driver.announces.len()), (before, 1));
}

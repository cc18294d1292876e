//! Whatever happens, in whatever order. What has to hold then, the driver sees to.

use metainfo::InfoHashes;
use proptest::prelude::*;
use session::rendezvous::{Input, SocketEvent};
use swarm::{CloseReason, IntroductionKey, PeerKey, Step};

use crate::driver::{ANOTHER, Driver, URL, peer, torrent};

/// Does the thing of this number, with a torrent, a peer and a tracker that others choose.
fn happen(driver: &mut Driver, what: u8, which: u8, who: u32) {
    let number = which % 3;
    let url = if which.is_multiple_of(2) { URL } else { ANOTHER };
    let torrent = torrent(number);
    let key = driver.connections.keys().nth(who as usize % driver.connections.len().max(1)).copied();
    let peer_key = key.unwrap_or(PeerKey::new(who));
    let is_open = driver.sockets.get(url).copied();
    match what {
        0 => driver.join(number, &[URL, ANOTHER]),
        1 => driver.join_as(number, InfoHashes::One(torrent), &[url], true),
        2 => driver.tell(Input::Leave { torrent }),
        3 if is_open == Some(false) => driver.socket(url, SocketEvent::Opened),
        4 if is_open.is_some() => driver.socket(url, SocketEvent::Closed),
        5 if is_open == Some(true) => driver.counts(url, number, who % 12),
        6 if is_open == Some(true) => drop(driver.offered(url, number, who)),
        7 if is_open == Some(true) && driver.has_offered(url) => drop(driver.answered(url, who)),
        8 => driver.open(peer_key),
        9 => driver.tell(Input::Gone { peer: peer_key }),
        10 if driver.connections.get(&peer_key) == Some(&true) => {
            driver.close(peer_key, if number == 0 { CloseReason::CorruptData } else { CloseReason::Idle });
        }
        11 => {
            let introduction = IntroductionKey::new(who % 8);
            let step = match which % 4 {
                0 => Step::Offer { peer_id: peer(who) },
                1 => Step::Answer { peer_id: peer(who), offer: "sdp".to_owned() },
                2 => Step::Complete { answer: "sdp".to_owned() },
                _ => Step::Cancel,
            };
            driver.tell(Input::Introduce { torrent, introduction, step });
        }
        12 => drop(driver.arrive()),
        13 => driver.tell(Input::Received { peer: peer_key, bytes: &[which; 30] }),
        14 => driver.wait(u64::from(which)),
        15 => driver.tell(Input::Online),
        16 => driver.describes = !driver.describes,
        17 => driver.turn(number, &[URL, ANOTHER]),
        _ => {}
    }
}

proptest! {
    #[test]
    fn happens_without_harm(events in prop::collection::vec((0_u8..18, any::<u8>(), 0_u32..64), 0..400)) {
        let mut driver = Driver::new();
        for (what, which, who) in events {
            happen(&mut driver, what, which, who);
        }
        for number in 0..3 {
            driver.tell(Input::Leave { torrent: torrent(number) });
        }
        prop_assert_eq!(driver.sockets.len(), 0, "nobody is needed");
        driver.wait(60);
        prop_assert!(driver.connections.values().all(|of_torrent| *of_torrent), "whatever was on its way is over");
    }
}

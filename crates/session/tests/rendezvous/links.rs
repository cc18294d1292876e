//! Links that come by themselves, as a listening socket accepts them. Issue 12, 1: a connection is known before its torrent
//! is.

use session::rendezvous::Input;
use session::{MAX_UNNAMED, PREFIX};
use swarm::PeerKey;
use wire::{Handshake, Reserved};

use crate::driver::{Driver, URL, peer, torrent};

/// The handshake of a peer of this torrent.
fn handshake(number: u8) -> Vec<u8> {
    Handshake { reserved: Reserved::ours(), info_hash: torrent(number), peer_id: peer(1) }.encode().to_vec()
}

fn hear(driver: &mut Driver, peer: PeerKey, bytes: &[u8]) {
    driver.tell(Input::Received { peer, bytes });
}

#[test]
fn a_link_goes_to_the_torrent_that_its_first_bytes_name_however_they_are_cut() {
    let greeting = [handshake(1), b"and more".to_vec()].concat();
    for cut in 0..=PREFIX {
        let mut driver = Driver::announced();
        let key = driver.arrive().unwrap();
        hear(&mut driver, key, &greeting[..cut.min(PREFIX - 1)]);
        assert_eq!((&driver.connected[..], driver.rendezvous.torrent(key)), (&[][..], None));
        hear(&mut driver, key, &greeting[cut.min(PREFIX - 1)..]);
        assert_eq!(driver.connected, [(torrent(1), torrent(1), key)]);
        assert_eq!(driver.heard, [(key, greeting.clone())], "the torrent hears all of it");
    }
}

#[test]
fn a_link_for_nothing_that_is_here_is_closed() {
    let mut driver = Driver::announced();
    for stranger in [handshake(2), b"GET / HTTP/1.1\r\nHost: example.com\r\nAccept: text/html\r\n".to_vec()] {
        let key = driver.arrive().unwrap();
        hear(&mut driver, key, &stranger);
        assert_eq!((&driver.connected[..], driver.dropped.pop()), (&[][..], Some(key)));
    }
}

#[test]
fn links_that_say_nothing_are_few_and_have_ten_seconds() {
    let mut driver = Driver::announced();
    let arrive = |driver: &mut Driver| (0..1_000).map_while(|_| driver.arrive()).count();
    assert_eq!(arrive(&mut driver), MAX_UNNAMED);
    assert!(driver.offered(URL, 1, 1).is_some(), "others are not in their way");
    driver.wait(10);
    assert_eq!(driver.dropped.len(), MAX_UNNAMED);
    assert_eq!(arrive(&mut driver), MAX_UNNAMED);
}

#[test]
fn a_link_that_was_dialled_has_its_torrent_at_once() {
    let mut driver = Driver::announced();
    let key = driver.rendezvous.dial(driver.now, torrent(1), ()).unwrap();
    driver.connections.insert(key, false);
    assert_eq!(driver.rendezvous.dial(driver.now, torrent(2), ()), None);
    driver.tell(Input::Wake);
    assert_eq!(driver.connected, [(torrent(1), torrent(1), key)]);
}

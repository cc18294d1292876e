//! Servers that have the files give what peers do not.

use metainfo::Metainfo;
use session::{Fetched, Origin};
use swarm::WebSeedKey;
use webseed::Error;

use crate::disk::Disk;
use crate::visit::{Visit, content, metainfo};

fn with_web_seeds(urls: &[&str]) -> Metainfo {
    Metainfo { url_list: urls.iter().map(|url| (*url).to_owned()).collect(), ..metainfo() }
}

#[test]
fn a_torrent_that_a_server_has_needs_no_peers() {
    let torrent = with_web_seeds(&["https://files.example/"]);
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(torrent));
    let key = WebSeedKey::new(0);
    let now = visit.now;
    while let Some((span, true)) = visit.fetches.last().copied() {
        let (at, end) = (span.offset as usize, span.end() as usize);
        visit.fetches.clear();
        visit.torrent.fetched(now, key, Fetched::Bytes(&content()[at..end]));
        visit.drain();
    }
    assert!(visit.completed && visit.has_everything());
}

#[test]
fn what_comes_by_https_is_not_fetched_by_http() {
    let torrent = with_web_seeds(&["http://files.example/", "ftp://files.example/"]);
    let visit = Visit::new(&Disk::default(), Origin::TorrentFile(torrent));
    assert!(visit.fetches.is_empty());
    let faults: Vec<_> =
        visit.torrent.web_seed_list().iter().map(|web_seed| web_seed.fault.clone()).collect();
    assert_eq!(faults, [Some(Error::MixedContent), Some(Error::Scheme)]);
    assert_eq!(visit.torrent.web_seed_fault(), Some(&Error::MixedContent));
}

#[test]
fn a_server_that_works_again_is_not_at_fault() {
    let torrent = with_web_seeds(&["https://files.example/"]);
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(torrent));
    let (key, now) = (WebSeedKey::new(0), visit.now);
    visit.torrent.fetched(now, key, Fetched::Failed(Error::Cors));
    assert_eq!(visit.torrent.web_seed_fault(), Some(&Error::Cors));
    visit.torrent.fetched(now, key, Fetched::Bytes(&content()[..9]));
    assert_eq!(visit.torrent.web_seed_fault(), None);
}

#[test]
fn what_is_being_fetched_ends_with_a_pause() {
    let torrent = with_web_seeds(&["https://files.example/"]);
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(torrent));
    assert!(visit.fetches.last().is_some_and(|(_, fetching)| *fetching));
    visit.torrent.pause(visit.now);
    visit.drain();
    assert!(visit.fetches.last().is_some_and(|(_, fetching)| !*fetching));
}

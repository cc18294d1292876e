//! Whoever reads a file gets what is here, waits for what is missing, and is told when there will be no more.

use std::time::Duration;

use session::{Break, Origin, StreamKey, StreamRequest};
use swarm::Priority;

use crate::disk::Disk;
use crate::visit::{OwnFiles, PIECE, Visit, content, metainfo};

const KEY: StreamKey = StreamKey(1);

fn request(path: &str) -> StreamRequest {
    StreamRequest { path: vec![path.to_owned()], method: "GET".to_owned(), range: None, if_range: None }
}

#[test]
fn a_reader_gets_a_file_while_it_arrives() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    let now = visit.now;
    visit.torrent.select(now, 0, Priority::Skip);
    visit.torrent.open_stream(now, KEY, request("film.mp4"), 16);
    visit.drain();
    assert_eq!((visit.status, visit.streamed.len()), (Some(200), 0));
    assert_eq!(visit.torrent.priority(0), Priority::Normal, "who plays a file wants it");
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.streamed == content()[..6 * PIECE as usize]);
    assert_eq!(visit.ended, [(KEY, None)]);
}

#[test]
fn a_reader_gets_no_more_than_it_takes() {
    let files = OwnFiles::new();
    let origin = Origin::Files { metainfo: metainfo(), files, keep_copy: false, key: None };
    let mut visit = Visit::new(&Disk::default(), origin);
    let now = visit.now;
    visit.torrent.open_stream(now, KEY, request("film.mp4"), 0);
    visit.drain();
    assert!(visit.streamed.is_empty() && visit.ended.is_empty());
    visit.torrent.stream_takes(now, KEY, 1);
    visit.drain();
    assert_eq!(visit.streamed.len(), 6 * PIECE as usize);
}

#[test]
fn what_is_no_file_is_not_found() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    let now = visit.now;
    visit.torrent.open_stream(now, KEY, request("nothing"), 16);
    visit.drain();
    assert_eq!((visit.status, &visit.ended[..]), (Some(404), &[(KEY, None)][..]));
}

#[test]
fn what_is_missing_does_not_come_while_the_torrent_rests() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    let now = visit.now;
    visit.torrent.open_stream(now, KEY, request("film.mp4"), 16);
    visit.drain();
    visit.torrent.pause(now);
    visit.drain();
    assert_eq!(visit.ended, [(KEY, Some(Break::Paused))]);
}

/// It was tried again without an end, and the worker hung.
#[test]
fn a_reader_of_what_cannot_be_read_any_more_is_told_once() {
    let files = OwnFiles::new();
    let origin = Origin::Files { metainfo: metainfo(), files: files.clone(), keep_copy: false, key: None };
    let mut visit = Visit::new(&Disk::default(), origin);
    files.delete();
    let now = visit.now;
    visit.torrent.open_stream(now, KEY, request("film.mp4"), 16);
    visit.drain();
    assert_eq!(visit.reads, 1);
    assert_eq!(visit.ended, [(KEY, Some(Break::Stopped))]);
}

#[test]
fn of_too_many_readers_the_one_that_is_idle_goes() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    for reader in 0..17 {
        visit.now = visit.now + Duration::from_millis(1);
        let now = visit.now;
        visit.torrent.open_stream(now, StreamKey(reader), request("film.mp4"), 1);
        visit.drain();
        visit.torrent.stream_takes(now, StreamKey(0), 1);
    }
    assert_eq!(visit.ended, [(StreamKey(1), Some(Break::TooMany))]);
}

#[test]
fn readers_are_told_when_the_torrent_goes() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    let now = visit.now;
    visit.torrent.open_stream(now, KEY, request("film.mp4"), 16);
    visit.drain();
    visit.torrent.remove(now, false);
    visit.drain();
    assert_eq!(visit.ended, [(KEY, Some(Break::Removed))]);
}

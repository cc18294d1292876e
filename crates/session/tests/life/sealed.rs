//! Sealed shares: peers have what is encrypted, and who has the key has what was shared.

// Issue 16, 1.

use std::time::Duration;

use metainfo::{InfoBuilder, Magnet, Metainfo, SealKey, Version};
use seal::{Entry, Keys, List, Salt};
use session::{
    DataSource, Error, File as _, Limits, Origin, Problem, Seal, State, Storage as _, StreamKey,
    StreamRequest,
};
use sha1::{Digest as _, Sha1};
use swarm::Priority;

use crate::disk::Disk;
use crate::visit::{OwnFiles, PIECE, Swarm, Visit, content};

const SOON: Duration = Duration::from_secs(30);

fn key() -> SealKey {
    SealKey::from_bytes([3; 16])
}

fn wrong_key() -> SealKey {
    SealKey::from_bytes([4; 16])
}

/// What was shared, up to the end of the torrent.
fn plain() -> Vec<u8> {
    let mut plain = content().to_vec();
    plain.resize(PIECES as usize * PIECE as usize, 0);
    plain
}

const PIECES: u32 = 11;

/// The two files of the other tests, sealed.
fn swarm() -> Swarm {
    let salt = Salt::from_bytes([5; 16]);
    let (first, second) = (6 * u64::from(PIECE), 4 * u64::from(PIECE) + 5);
    let entry = |name: &str, length| Entry { path: vec![name.to_owned()], length, modified: None };
    let list = List::new("Two", [entry("film.mp4", first), entry("notes", second)], "for you").unwrap();
    let mut content = plain();
    assert_eq!(list.padded_length(), content.len() as u64);
    Keys::new(&key(), &salt).cipher().apply(0, &mut content);
    let builder: InfoBuilder = list.torrent(&salt).piece_length(PIECE).version(Version::One);
    let hashes: Vec<[u8; 20]> =
        content.chunks(PIECE as usize).map(|piece| Sha1::digest(piece).into()).collect();
    let (info, piece_layers) = builder.finish(&hashes, &[]).unwrap();
    let info = seal::seal(&info, &list, &key(), &salt).unwrap();
    Swarm { metainfo: Metainfo { piece_layers, ..Metainfo::new(info) }, content }
}

fn link(key: Option<SealKey>) -> Magnet {
    Magnet { key, ..Magnet::new(swarm().metainfo.info.hashes()) }
}

fn follow(disk: &Disk, link: Magnet) -> Visit {
    Visit::in_swarm(disk, swarm(), Origin::Magnet { magnet: link, metadata_only: false })
}

fn again(disk: &Disk) -> Visit {
    Visit::in_swarm(disk, swarm(), Origin::Restored)
}

fn unlock(visit: &mut Visit, key: SealKey) {
    let magnet = link(Some(key));
    visit.torrent.add_again(visit.now, Origin::Magnet { magnet, metadata_only: false });
    visit.drain();
}

fn download(visit: &mut Visit) {
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.torrent.complete(), "{:?}", visit.torrent.problem());
}

fn stored(visit: &Visit) -> Vec<u8> {
    let mut bytes = plain();
    visit.torrent.storage().read(0, &mut bytes).unwrap();
    bytes
}

/// What a peer gets that asks for everything that is here; blocks that it does not get are left out.
fn uploads(visit: &mut Visit) -> Vec<(usize, Vec<u8>)> {
    let geometry = swarm().metainfo.info.geometry().clone();
    let have = visit.torrent.have();
    let mut uploads = Vec::new();
    for block in have.iter().flat_map(|have| have.iter_ones()).filter_map(|piece| geometry.block(piece, 0)) {
        let mut bytes = vec![0; block.length as usize];
        if visit.torrent.upload(visit.now, block, &mut bytes) {
            uploads.push((geometry.span_of(block).offset as usize, bytes));
        }
    }
    uploads
}

/// Everything that is claimed is given as peers have it. How many pieces are.
fn serves_what_peers_have(visit: &mut Visit) -> u32 {
    let content = swarm().content;
    let uploads = uploads(visit);
    for (at, bytes) in &uploads {
        assert!(content[*at..*at + bytes.len()] == bytes[..], "at {at}");
    }
    assert_eq!(visit.torrent.problem(), None);
    uploads.len() as u32
}

#[test]
fn with_the_key_everything_is_as_it_was_shared() {
    let disk = Disk::default();
    let mut visit = follow(&disk, link(Some(key())));
    assert_eq!((visit.torrent.seal(), visit.torrent.name()), (None, ""));
    download(&mut visit);
    for visit in [&mut visit, &mut again(&disk)] {
        let torrent = &visit.torrent;
        assert_eq!((torrent.seal(), torrent.name(), torrent.note()), (Some(Seal::Open), "Two", "for you"));
        let paths: Vec<String> = torrent.contents().iter().map(metainfo::File::path_string).collect();
        assert_eq!(
            (paths, torrent.is_single_file()),
            (vec!["film.mp4".to_owned(), "notes".to_owned()], false)
        );
        assert_eq!(torrent.size(), Some(content().len() as u64));
        assert!(stored(visit) == plain());
        assert_eq!(visit.checked, []);
        let path = vec!["notes".to_owned()];
        let request = StreamRequest { path, method: "GET".to_owned(), range: None, if_range: None };
        visit.torrent.open_stream(visit.now, StreamKey(1), request, 4);
        visit.drain();
        assert!(visit.streamed == content()[6 * PIECE as usize..]);
        assert_eq!(serves_what_peers_have(visit), PIECES);
    }
}

#[test]
fn the_link_has_the_key_and_no_name_and_without_the_key_it_is_as_good() {
    let mut visit = follow(&Disk::default(), link(Some(key())));
    download(&mut visit);
    let text = visit.torrent.link(&[]).to_string();
    assert!(text.ends_with("&x.sck=1AwMDAwMDAwMDAwMDAwMDAw") && !text.contains("dn="), "{text}");
    let disk = Disk::default();
    let mut visit = follow(&disk, link(None));
    download(&mut visit);
    assert_eq!((visit.torrent.seal(), visit.torrent.name()), (Some(Seal::Locked), "05050505.sealed"));
    assert_eq!(visit.torrent.contents().len(), 1);
    assert!(!visit.torrent.link(&[]).to_string().contains("x.sck"));
    assert!(stored(&visit) == swarm().content);
    assert_eq!(serves_what_peers_have(&mut visit), PIECES);
}

#[test]
fn what_was_kept_without_the_key_is_read_with_it_and_not_downloaded_again() {
    let disk = Disk::default();
    download(&mut follow(&disk, link(None)));
    let mut visit = again(&disk);
    assert_eq!(visit.torrent.seal(), Some(Seal::Locked));
    unlock(&mut visit, key());
    for visit in [&mut visit, &mut again(&disk)] {
        assert_eq!((visit.torrent.seal(), visit.torrent.name()), (Some(Seal::Open), "Two"));
        assert!(visit.torrent.complete() && visit.arrived.is_empty() && stored(visit) == plain());
        assert_eq!(serves_what_peers_have(visit), PIECES);
    }
    // A link without it, or with another, takes nothing away.
    unlock(&mut visit, wrong_key());
    let magnet = link(None);
    visit.torrent.add_again(visit.now, Origin::Magnet { magnet, metadata_only: false });
    visit.drain();
    assert_eq!((visit.torrent.seal(), visit.torrent.problem()), (Some(Seal::Open), None));
    drop(visit);
    assert_eq!(again(&disk).torrent.link(&[]).key, Some(key()));
}

#[test]
fn the_files_that_a_link_chooses_are_those_behind_the_seal() {
    let mut visit = follow(&Disk::default(), Magnet { select_only: Some(vec![1..=1]), ..link(Some(key())) });
    visit.meet_seed();
    visit.run(SOON);
    assert_eq!((visit.torrent.priority(0), visit.torrent.priority(1)), (Priority::Skip, Priority::Normal));
    let have = visit.torrent.have().unwrap();
    assert_eq!(have.iter_ones().map(|piece| piece.get()).collect::<Vec<_>>(), [6, 7, 8, 9, 10]);
}

#[test]
fn a_wrong_key_is_told_and_forgotten() {
    let disk = Disk::default();
    let mut visit = follow(&disk, link(Some(wrong_key())));
    visit.meet_seed();
    visit.run(SOON);
    assert_eq!(visit.torrent.problem(), Some(&Problem::Sealed(seal::Error::WrongKey)));
    assert_eq!((visit.torrent.state(None), visit.arrived.len()), (State::Stopped, 0));
    drop(visit);
    let mut visit = again(&disk);
    assert_eq!((visit.torrent.problem(), visit.torrent.seal()), (None, Some(Seal::Locked)));
    assert!(!visit.torrent.active(), "it waits for the user");
    unlock(&mut visit, key());
    download(&mut visit);
    assert!(stored(&visit) == plain());
}

#[test]
fn a_key_opens_nothing_that_was_changed_and_no_torrent_that_is_not_sealed() {
    let Swarm { metainfo, content } = swarm();
    let raw = metainfo.info.raw().to_vec();
    let place = raw.windows(4).position(|window| window == b"1:m5").unwrap() + 10;
    let mut changed = raw;
    changed[place] ^= 1;
    let info = metainfo::Info::parse(&changed).unwrap();
    let magnet = Magnet { key: Some(key()), ..Magnet::new(info.hashes()) };
    let swarm = Swarm { metainfo: Metainfo::new(info), content };
    let mut visit = Visit::in_swarm(&Disk::default(), swarm, Origin::Magnet { magnet, metadata_only: false });
    visit.meet_seed();
    visit.run(SOON);
    assert_eq!(visit.torrent.problem(), Some(&Problem::Sealed(seal::Error::Changed)));
    let magnet = Magnet { key: Some(key()), ..crate::visit::magnet() };
    let mut visit = Visit::new(&Disk::default(), Origin::Magnet { magnet, metadata_only: false });
    visit.meet_seed();
    visit.run(SOON);
    assert!(visit.has_everything());
    assert_eq!((visit.torrent.seal(), visit.torrent.link(&[]).key), (None, None));
}

/// The program that unlocks a share is killed at any of its writes.
#[test]
fn a_crash_while_a_share_is_made_readable_costs_at_most_a_piece_and_shows_peers_nothing() {
    let kept = || {
        let disk = Disk::default();
        download(&mut follow(&disk, link(None)));
        disk
    };
    let disk = kept();
    let before = disk.writes();
    unlock(&mut again(&disk), key());
    let writes = disk.writes();
    assert!(writes > before + u64::from(PIECES));
    for write in before..writes {
        for lost in [true, false] {
            let disk = kept();
            disk.die_at(write);
            unlock(&mut again(&disk), key());
            disk.restart(|| lost);
            let mut visit = again(&disk);
            serves_what_peers_have(&mut visit);
            unlock(&mut visit, key());
            let here = serves_what_peers_have(&mut visit);
            assert!(here + 1 >= PIECES, "died at {write}: {here} pieces");
            download(&mut visit);
            assert!(stored(&visit) == plain());
        }
    }
}

#[test]
fn a_crash_during_a_download_leaves_what_a_download_of_any_torrent_leaves() {
    let start = |disk: &Disk| {
        let mut visit = follow(disk, link(Some(key())));
        visit.torrent.limit(visit.now, Limits { down: u64::from(PIECE).try_into().ok(), up: None });
        visit.meet_seed();
        visit.run(SOON);
    };
    let disk = Disk::default();
    start(&disk);
    for write in 0..disk.writes() {
        let disk = Disk::default();
        disk.die_at(write);
        start(&disk);
        disk.restart(|| write.is_multiple_of(2));
        let mut visit = follow(&disk, link(Some(key())));
        serves_what_peers_have(&mut visit);
        download(&mut visit);
        assert!(stored(&visit) == plain());
        assert_eq!(serves_what_peers_have(&mut visit), PIECES);
    }
}

fn own_files() -> OwnFiles {
    let files = OwnFiles::new();
    *files.0.borrow_mut() = plain();
    files
}

fn share(disk: &Disk, files: &OwnFiles, keep_copy: bool) -> Visit {
    let Swarm { metainfo, .. } = swarm();
    let origin = Origin::Files { metainfo, files: files.clone(), keep_copy, key: Some(key()) };
    Visit::in_swarm(disk, swarm(), origin)
}

#[test]
fn files_are_shared_where_they_are_and_copied_as_they_are() {
    let disk = Disk::default();
    let mut visit = share(&disk, &own_files(), true);
    assert_eq!((visit.torrent.seal(), visit.torrent.name()), (Some(Seal::Open), "Two"));
    assert_eq!(visit.torrent.link(&[]).key, Some(key()));
    assert_eq!(serves_what_peers_have(&mut visit), PIECES);
    visit.run(SOON);
    assert_eq!(visit.torrent.source(), DataSource::Stored);
    assert!(stored(&visit) == plain());
    assert_eq!(serves_what_peers_have(&mut again(&disk)), PIECES);
}

#[test]
fn of_a_file_that_was_changed_nothing_more_is_encrypted() {
    let disk = Disk::default();
    let files = own_files();
    drop(share(&disk, &files, false));
    // By length and date it is still the same.
    files.0.borrow_mut()[3 * PIECE as usize] ^= 1;
    let mut visit = again(&disk);
    assert_eq!(visit.torrent.source(), DataSource::FilesMissing);
    visit.torrent.attach(visit.now, files);
    visit.drain();
    assert_eq!(visit.checked, [], "a piece is hashed when it is first asked for");
    let geometry = swarm().metainfo.info.geometry().clone();
    let mut ask = |piece| {
        let block = geometry.block(metainfo::PieceIndex::new(piece), 0).unwrap();
        let mut bytes = vec![0; block.length as usize];
        let given = visit.torrent.upload(visit.now, block, &mut bytes);
        (given, bytes, visit.torrent.problem().cloned())
    };
    let content = swarm().content;
    assert_eq!(ask(2), (true, content[2 * PIECE as usize..3 * PIECE as usize].to_vec(), None));
    let (given, bytes, problem) = ask(3);
    assert!(!given && bytes.iter().all(|byte| *byte == 0));
    let changed = Error::FileChanged { path: "film.mp4".to_owned() };
    assert_eq!(problem, Some(Problem::Storage { error: changed, needed: 0 }));
    assert_eq!(visit.torrent.state(None), State::Stopped);
}

#[test]
fn a_piece_of_a_file_is_hashed_once_in_a_visit() {
    let disk = Disk::default();
    let files = own_files();
    drop(share(&disk, &files, false));
    let mut visit = again(&disk);
    visit.torrent.attach(visit.now, files.clone());
    visit.drain();
    assert_eq!(serves_what_peers_have(&mut visit), PIECES);
    // The browser would not give these bytes any more; the test's file does, and nobody looks at them again.
    files.0.borrow_mut()[0] ^= 1;
    assert_eq!(uploads(&mut visit).len() as u32, PIECES);
}

#[test]
fn what_was_seen_in_a_copy_is_not_believed_of_the_file() {
    let disk = Disk::default();
    let files = own_files();
    let mut visit = share(&disk, &files, true);
    visit.run(Duration::from_millis(5));
    assert!(visit.copied > 0);
    drop(visit);
    let mut visit = again(&disk);
    visit.torrent.attach(visit.now, files.clone());
    visit.drain();
    assert_eq!(serves_what_peers_have(&mut visit), PIECES);
    visit.torrent.keep_copy(visit.now, false);
    visit.drain();
    for byte in files.0.borrow_mut().iter_mut() {
        *byte ^= 1;
    }
    assert_eq!(uploads(&mut visit), [], "of another file nothing goes out");
}

#[test]
fn a_piece_that_the_disk_changed_is_downloaded_again_and_not_encrypted() {
    let disk = Disk::default();
    download(&mut follow(&disk, link(Some(key()))));
    disk.file("data").write(u64::from(PIECE) + 5, &[0; 100]).unwrap();
    let mut visit = again(&disk);
    let content = swarm().content;
    let uploads = uploads(&mut visit);
    assert_eq!(uploads.len() as u32, PIECES - 1);
    assert!(uploads.iter().all(|(at, bytes)| content[*at..*at + bytes.len()] == bytes[..]));
    assert_eq!((visit.torrent.problem(), visit.torrent.have().unwrap().count_ones()), (None, PIECES - 1));
    download(&mut visit);
    assert!(stored(&visit) == plain());
}

#[test]
fn a_wrong_key_stops_what_was_kept_and_takes_nothing_away() {
    let disk = Disk::default();
    let mut visit = follow(&disk, link(None));
    visit.torrent.limit(visit.now, Limits { down: u64::from(PIECE).try_into().ok(), up: None });
    visit.meet_seed();
    visit.run(Duration::from_secs(4));
    unlock(&mut visit, wrong_key());
    let here = visit.torrent.have().unwrap().count_ones();
    assert!(here > 0 && here < PIECES);
    assert_eq!(visit.torrent.problem(), Some(&Problem::Sealed(seal::Error::WrongKey)));
    visit.run(SOON);
    assert_eq!(visit.torrent.have().unwrap().count_ones(), here, "it stands still");
    visit.torrent.limit(visit.now, Limits::default());
    unlock(&mut visit, key());
    download(&mut visit);
    assert!(stored(&visit) == plain());
}

/// The key comes while pieces arrive, and while what is here is hashed again.
#[test]
fn a_key_may_come_at_any_time() {
    for at in 0..12 {
        let disk = Disk::default();
        let mut visit = follow(&disk, link(None));
        visit.torrent.limit(visit.now, Limits { down: u64::from(PIECE).try_into().ok(), up: None });
        visit.meet_seed();
        visit.run(Duration::from_millis(at * 700));
        if at % 3 == 0 {
            visit.torrent.recheck(visit.now);
        }
        unlock(&mut visit, key());
        serves_what_peers_have(&mut visit);
        visit.torrent.limit(visit.now, Limits::default());
        download(&mut visit);
        assert!(stored(&visit) == plain());
        assert_eq!(serves_what_peers_have(&mut visit), PIECES);
    }
}

#[test]
fn a_recheck_finds_what_is_not_right_and_no_other_piece() {
    let disk = Disk::default();
    let mut visit = follow(&disk, link(Some(key())));
    download(&mut visit);
    disk.file("data").write(5, &[!plain()[5]]).unwrap();
    visit.torrent.recheck(visit.now);
    visit.drain();
    assert_eq!(visit.checked.len() as u32, PIECES);
    assert_eq!(visit.torrent.have().unwrap().count_ones(), PIECES - 1);
    visit.run(SOON);
    visit.meet_seed();
    visit.run(SOON);
    assert!(stored(&visit) == plain());
}

//! A share is served from the user's files, and copied where that is wanted.

use std::time::Duration;

use session::{DataSource, Error, Origin, Problem, State};

use crate::disk::Disk;
use crate::visit::{OwnFiles, Visit, claimed, content, metainfo};

fn share(files: &OwnFiles, keep_copy: bool) -> Origin<OwnFiles> {
    Origin::Files { metainfo: metainfo(), files: files.clone(), keep_copy, key: None }
}

#[test]
fn of_a_share_nothing_is_stored_but_what_it_is() {
    let disk = Disk::default();
    let visit = Visit::new(&disk, share(&OwnFiles::new(), false));
    assert_eq!(visit.torrent.source(), DataSource::Files);
    assert!(visit.torrent.have().unwrap().is_full());
    assert_eq!(visit.copied, 0);
    drop(visit);
    assert!(disk.used() < 2_000, "{}", disk.used());
    // Without the files it waits for them.
    let mut visit = Visit::again(&disk);
    assert_eq!(visit.torrent.source(), DataSource::FilesMissing);
    assert!(!visit.torrent.active());
    visit.torrent.attach(visit.now, OwnFiles::new());
    visit.drain();
    assert!(visit.torrent.active() && visit.checked.is_empty(), "they are known by their dates");
}

#[test]
fn a_share_that_is_copied_needs_the_files_no_more() {
    let disk = Disk::default();
    let files = OwnFiles::new();
    let mut visit = Visit::new(&disk, share(&files, true));
    visit.run(Duration::from_millis(5));
    assert!(matches!(visit.torrent.source(), DataSource::Copying { .. }), "a piece at a time");
    visit.run(Duration::from_secs(10));
    assert_eq!(visit.copied, 11);
    files.delete();
    assert!(visit.has_everything());
    assert_eq!(visit.torrent.source(), DataSource::Stored);
    drop(visit);
    assert!(Visit::again(&disk).has_everything());
}

#[test]
fn a_copy_that_is_not_wanted_any_more_is_disclaimed_before_it_goes() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, share(&OwnFiles::new(), true));
    visit.run(Duration::from_millis(5));
    assert!(visit.copied > 0);
    visit.torrent.keep_copy(visit.now, false);
    visit.drain();
    assert_eq!(visit.torrent.source(), DataSource::Files);
    drop(visit);
    assert!(claimed(&disk).is_empty());
}

#[test]
fn a_full_storage_ends_the_copy_and_not_the_share() {
    let disk = Disk::default();
    let mut visit = Visit::new(&disk, share(&OwnFiles::new(), true));
    disk.set_room(Some(disk.used() + 40_000));
    visit.run(Duration::from_secs(10));
    assert_eq!(visit.torrent.problem(), None);
    assert_eq!(visit.torrent.source(), DataSource::Files);
    assert!(visit.torrent.active());
}

#[test]
fn files_that_changed_stop_a_share_which_goes_on_as_a_download_of_the_rest() {
    let disk = Disk::default();
    let files = OwnFiles::new();
    let mut visit = Visit::new(&disk, share(&files, true));
    visit.run(Duration::from_millis(5));
    let copied = visit.copied;
    files.delete();
    visit.run(Duration::from_secs(10));
    let error = Error::FileChanged { path: "film.mp4".to_owned() };
    assert!(
        matches!(visit.torrent.problem(), Some(Problem::Storage { error: found, .. }) if *found == error),
        "{:?}",
        visit.torrent.problem()
    );
    assert_eq!(visit.torrent.state(None), State::Stopped);
    visit.torrent.resume(visit.now);
    visit.meet_seed();
    visit.run(Duration::from_secs(30));
    assert!(visit.has_everything());
    assert_eq!(visit.arrived.len(), 11 - copied, "what was copied is not downloaded");
}

#[test]
fn files_that_are_not_what_they_were_are_not_believed() {
    let disk = Disk::default();
    drop(Visit::new(&disk, share(&OwnFiles::new(), false)));
    let mut visit = Visit::again(&disk);
    let files = OwnFiles::new();
    files.0.borrow_mut()[20_000] ^= 1;
    files.0.borrow_mut().push(0);
    visit.torrent.attach(visit.now, files);
    visit.drain();
    assert_eq!(visit.checked.len(), 11);
    assert!(matches!(visit.torrent.problem(), Some(Problem::Storage { error, .. }) if error.is_of_files()));
    assert!(visit.torrent.files().is_none());
    assert_eq!(content().len(), 163_845);
}

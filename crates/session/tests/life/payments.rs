//! Payments are on or off for a torrent, whatever becomes of its engine.
// Issue 15, 3.

use std::slice;
use std::time::Duration;

use session::Origin;
use swarm::extension::PaymentNotice;

use crate::disk::Disk;
use crate::visit::{Visit, metainfo};

/// The terms of those that were met since the test last looked.
fn met(visit: &mut Visit) -> Vec<Option<Vec<u8>>> {
    let notices = std::mem::take(&mut visit.payments).into_iter();
    notices
        .filter_map(|notice| if let PaymentNotice::Met { terms, .. } = notice { Some(terms) } else { None })
        .collect()
}

#[test]
fn they_stay_on_when_the_torrent_is_checked_again_and_off_when_they_are_left() {
    let terms = Some(b"i7e".to_vec());
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    visit.meet_payee(b"i7e");
    assert_eq!(met(&mut visit), [], "nobody hears of them until they are on");
    visit.torrent.take_payments(visit.now, None);
    visit.drain();
    assert_eq!(met(&mut visit), slice::from_ref(&terms));
    visit.run(Duration::from_secs(30));
    visit.torrent.recheck(visit.now);
    visit.drain();
    visit.payments.clear();
    visit.meet_payee(b"i7e");
    assert_eq!(met(&mut visit), [terms]);
    visit.torrent.leave_payments(visit.now);
    visit.torrent.recheck(visit.now);
    visit.meet_payee(b"i7e");
    assert_eq!(met(&mut visit), []);
}

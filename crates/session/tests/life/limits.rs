//! Limits of speed.

use std::num::NonZeroU64;
use std::time::Duration;

use session::{Limits, Origin};

use crate::disk::Disk;
use crate::visit::{PIECE, Visit, metainfo};

/// Issue 12, 3: a torrent asks for its turns at a limit that it shares, and does so no longer once that is lifted.
#[test]
fn what_all_torrents_may_trade_together_holds_for_each() {
    let mut visit = Visit::new(&Disk::default(), Origin::TorrentFile(metainfo()));
    let down = NonZeroU64::new(PIECE.into());
    visit.limits.set(None, down);
    visit.torrent.prefer(visit.now, Limits { down, up: None }, false);
    visit.meet_seed();
    visit.run(Duration::from_secs(4));
    assert!((4..=6).contains(&visit.stored.len()), "{} pieces in 4 s", visit.stored.len());
    visit.limits.set(None, None);
    visit.torrent.prefer(visit.now, Limits::default(), false);
    visit.run(Duration::from_secs(1));
    assert!(visit.has_everything());
}

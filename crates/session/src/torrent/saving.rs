//! When the record is written, and what becomes of a torrent whose storage fails.

use std::time::Duration;

use swarm::{Input, Time};

use super::{Problem, Torrent};
use crate::{Error, Storage, UserFiles};

/// How long the record may be behind. A crash costs no more than hashing what was stored in that time; a
/// flush every moment would cost more.
const SAVE_INTERVAL: Duration = Duration::from_secs(5);

/// Between two looks whether a full storage has room again.
const ROOM_INTERVAL: Duration = Duration::from_secs(10);

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Writes the record now.
    pub(super) fn save(&mut self, now: Time) {
        self.unsaved_since = None;
        self.tally();
        match self.storage.save(&mut self.record, self.stored.as_ref()) {
            Ok(()) => {}
            // With everything here, only the totals are behind.
            Err(error) if error.is_full() && self.complete() => self.unsaved(now),
            Err(error) => self.fail(now, error),
        }
    }

    /// Notes that the record is behind.
    pub(super) fn unsaved(&mut self, now: Time) {
        self.unsaved_since.get_or_insert(now);
    }

    /// When the record is to be written.
    pub(super) fn save_deadline(&self) -> Option<Time> {
        self.unsaved_since.map(|since| since + SAVE_INTERVAL)
    }

    /// Bytes received and sent that the record has not counted yet.
    pub(super) fn uncounted(&self) -> (u64, u64) {
        let (downloaded, uploaded) = self.traded();
        (downloaded.saturating_sub(self.counted.0), uploaded.saturating_sub(self.counted.1))
    }

    /// Counts in the record what was traded since the last time.
    pub(super) fn tally(&mut self) {
        let (downloaded, uploaded) = self.uncounted();
        self.counted = (self.counted.0 + downloaded, self.counted.1 + uploaded);
        self.record.downloaded += downloaded;
        self.record.uploaded += uploaded;
    }

    /// Stops because of `error`. Everything that is stored stays.
    pub(super) fn fail(&mut self, now: Time, error: Error) {
        let needed = self.left().unwrap_or(0);
        self.stop_for(now, error, needed);
    }

    /// Stops because of `error`, while so many bytes are still to be stored.
    pub(super) fn stop_for(&mut self, now: Time, error: Error, needed: u64) {
        self.retry_at = error.is_full().then_some(now + ROOM_INTERVAL);
        self.problem = Some(Problem::Storage { error, needed });
        self.handle(now, Input::Pause);
    }

    /// Goes on if storage has room for everything that is missing.
    pub(super) fn look_for_room(&mut self, now: Time) {
        self.retry_at = None;
        if self.check.is_some() {
            // What it has read and not told of yet is not to be overwritten.
            self.retry_at = Some(now + ROOM_INTERVAL);
            return;
        }
        match self.make_room() {
            Ok(()) => {
                self.problem.take_if(|problem| matches!(problem, Problem::Storage { .. }));
                self.save(now);
                if self.active() {
                    self.handle(now, Input::Resume);
                }
            }
            Err(error) => self.fail(now, error),
        }
    }

    /// Claims the room for what is missing. Quotas count a file's length, disks what is written of it: so both
    /// are tried.
    fn make_room(&self) -> Result<(), Error> {
        let (Some(metainfo), Some(stored), Some(selection)) =
            (&self.metainfo, &self.stored, self.selection())
        else {
            return Ok(());
        };
        self.storage.save_torrent(metainfo)?;
        let geometry = metainfo.info.geometry();
        let missing = || selection.iter().filter(|piece| !stored.get(*piece));
        let (Some(first), Some(last)) = (missing().next(), missing().last()) else { return Ok(()) };
        self.storage.reserve(geometry.offset_of(last) + u64::from(geometry.length_of(last)))?;
        self.storage.write(geometry.offset_of(first), &vec![0; geometry.length_of(first) as usize])
    }
}

//! Which files are wanted, and how much.

use metainfo::FileSpan;
use swarm::{Input, Priority, Selection, Time};

use super::Torrent;
use crate::{Storage, UserFiles};

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Downloads the file at this position before or after others, or not at all.
    pub fn select(&mut self, now: Time, file: u32, priority: Priority) {
        self.record.metadata_only = false;
        self.record.priorities.retain(|(other, _)| *other != file);
        if priority != Priority::Normal {
            let place = self.record.priorities.partition_point(|(other, _)| *other < file);
            self.record.priorities.insert(place, (file, priority));
        }
        if let Some(selection) = self.selection() {
            self.handle(now, Input::Select(selection));
        }
        self.save(now);
    }

    /// How much the file at this position is wanted.
    pub fn priority(&self, file: u32) -> Priority {
        let place = self.record.priorities.binary_search_by_key(&file, |(other, _)| *other);
        place.map_or(Priority::Normal, |place| self.record.priorities[place].1)
    }

    /// The pieces of the files to download. What lies behind a file of a sealed share belongs to it, so that who wants all
    /// files gets all of the torrent, and can be a seed of it.
    pub(super) fn selection(&self) -> Option<Selection> {
        let info = self.info()?;
        if self.cipher().is_none() {
            return Some(Selection::of_files(info, |file| self.priority(file as u32)));
        }
        let (geometry, files) = (info.geometry(), self.contents());
        let ends = files.iter().skip(1).map(|file| file.span.offset).chain([geometry.total_length()]);
        let wanted = (0..).zip(files.iter().zip(ends)).map(|(position, (file, end))| {
            let span = FileSpan { offset: file.span.offset, length: end - file.span.offset };
            (span, self.priority(position))
        });
        Some(Selection::of_spans(geometry, wanted))
    }

    /// Skips the files that the link leaves out (BEP 53), or all if none are wanted.
    pub(super) fn skip_what_is_not_linked(&mut self) {
        let Some(magnet) = self.magnet.as_ref().filter(|_| self.metainfo.is_some()) else { return };
        let none = self.record.metadata_only;
        let skipped =
            (0..).zip(magnet.selection(self.contents().len())).filter(|(_, chosen)| none || !chosen);
        self.record.priorities = skipped.map(|(file, _)| (file, Priority::Skip)).collect();
    }
}

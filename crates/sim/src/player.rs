//! Somebody who watches what is being downloaded.

use std::num::NonZeroU64;
use std::time::Duration;

use metainfo::{FileSpan, Geometry, PieceIndex};
use swarm::Time;
use wire::Bitfield;

use crate::scenario::{Group, Seek};

/// Plays a torrent from its first piece to its last, and waits for those that are late.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Player {
    rate: NonZeroU64,
    needs_end: bool,
    /// Where it goes on later.
    seek: Option<Seek>,
    /// When it began to play.
    pub(crate) began: Option<Time>,
    /// The piece that it plays next.
    next: u32,
    /// Since when it waits for that one.
    waiting_since: Option<Time>,
    /// When it will need the next one, if it does not wait.
    due: Time,
    /// How long it has waited in all.
    pub(crate) stalled: Duration,
}

/// When bytes are needed, or that they are not any more.
pub(crate) type Need = (FileSpan, Option<Time>);

impl Player {
    /// Somebody of this group, if they play.
    pub(crate) fn of(group: &Group) -> Option<Self> {
        let rate = group.plays.filter(|_| group.conduct.downloads())?;
        Some(Self {
            rate,
            needs_end: group.needs_end,
            seek: group.seeks,
            began: None,
            next: 0,
            waiting_since: None,
            due: Time::ZERO,
            stalled: Duration::ZERO,
        })
    }

    /// The metadata is known: it would like to begin now, at the first piece.
    pub(crate) const fn begin(&mut self, now: Time) {
        self.next = 0;
        self.waiting_since = None;
        self.due = now;
    }

    /// Plays as far as it can by now. When it goes on by itself, and what it needs by when if that changed.
    pub(crate) fn play(
        &mut self,
        now: Time,
        geometry: &Geometry,
        stored: &Bitfield,
    ) -> (Option<Time>, Vec<Need>) {
        let mut needs = Vec::new();
        let mut changed = false;
        if let Some(seek) = self.seek.filter(|seek| self.seek_at(*seek).is_some_and(|at| at <= now)) {
            self.seek = None;
            self.next = geometry.piece_count() * seek.to_percent / 100;
            self.end_wait(now);
            self.due = now;
            needs.push((FileSpan { offset: 0, length: geometry.total_length() }, None));
            changed = true;
        }
        while self.due <= now && self.next < geometry.piece_count() {
            let piece = PieceIndex::new(self.next);
            let lacks_end = self.began.is_none() && self.needs_end && !stored.get(last(geometry));
            if !stored.get(piece) || lacks_end {
                changed |= self.waiting_since.is_none();
                self.waiting_since.get_or_insert(self.due);
                break;
            }
            self.end_wait(now);
            self.began.get_or_insert(now);
            self.due = self.due + self.length(geometry, piece);
            self.next += 1;
            changed = true;
        }
        let goes_on = self.waiting_since.is_none() && self.next < geometry.piece_count();
        let seek_at = self.seek.and_then(|seek| self.seek_at(seek));
        let wakes = [goes_on.then_some(self.due), seek_at].into_iter().flatten().min();
        if changed {
            self.add_needs(now, geometry, stored, &mut needs);
        }
        (wakes, needs)
    }

    fn seek_at(&self, seek: Seek) -> Option<Time> {
        Some(self.began? + Duration::from_secs(seek.after_s.into()))
    }

    fn end_wait(&mut self, now: Time) {
        if let Some(since) = self.waiting_since.take() {
            self.stalled += now.since(since);
            self.due = now;
        }
    }

    /// The pieces of the next while that are not stored.
    fn add_needs(&self, now: Time, geometry: &Geometry, stored: &Bitfield, needs: &mut Vec<Need>) {
        let mut need = |piece: PieceIndex, due| {
            if !stored.get(piece) {
                let length = u64::from(geometry.length_of(piece));
                needs.push((FileSpan { offset: geometry.offset_of(piece), length }, Some(due)));
            }
        };
        let mut due = self.due.max(now);
        if self.began.is_none() && self.needs_end {
            need(last(geometry), due);
        }
        for piece in (self.next..geometry.piece_count()).map(PieceIndex::new) {
            if due > now + AHEAD {
                break;
            }
            need(piece, due);
            due = due + self.length(geometry, piece);
        }
    }

    /// How long a piece plays.
    fn length(&self, geometry: &Geometry, piece: PieceIndex) -> Duration {
        Duration::from_micros(u64::from(geometry.length_of(piece)) * 1_000_000 / self.rate)
    }
}

fn last(geometry: &Geometry) -> PieceIndex {
    PieceIndex::new(geometry.piece_count() - 1)
}

/// How far ahead it says what it needs.
const AHEAD: Duration = Duration::from_secs(20);

//! Somebody who watches what is being downloaded.

use std::num::NonZeroU64;
use std::time::Duration;

use metainfo::{FileSpan, Geometry, PieceIndex};
use swarm::Time;
use wire::Bitfield;

/// Plays a torrent from its first piece to its last, and waits for those that are late.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Player {
    rate: NonZeroU64,
    /// The piece that it plays next.
    next: u32,
    /// Since when it waits for that one.
    waiting_since: Option<Time>,
    /// When it will need the next one, if it does not wait.
    due: Time,
    /// How long it has waited in all.
    pub(crate) stalled: Duration,
}

impl Player {
    pub(crate) const fn new(rate: NonZeroU64) -> Self {
        Self { rate, next: 0, waiting_since: None, due: Time::ZERO, stalled: Duration::ZERO }
    }

    /// The metadata is known: it would like to begin now.
    pub(crate) const fn begin(&mut self, now: Time) {
        self.due = now;
    }

    /// Plays as far as it can by now. When it goes on by itself, and what it needs by when if that changed.
    pub(crate) fn play(
        &mut self,
        now: Time,
        geometry: &Geometry,
        stored: &Bitfield,
    ) -> (Option<Time>, Vec<(FileSpan, Time)>) {
        let mut changed = false;
        while self.due <= now && self.next < geometry.piece_count() {
            let piece = PieceIndex::new(self.next);
            if !stored.get(piece) {
                changed |= self.waiting_since.is_none();
                self.waiting_since.get_or_insert(self.due);
                break;
            }
            if let Some(since) = self.waiting_since.take() {
                self.stalled += now.since(since);
                self.due = now;
            }
            self.due = self.due + self.length(geometry, piece);
            self.next += 1;
            changed = true;
        }
        let goes_on = self.waiting_since.is_none() && self.next < geometry.piece_count();
        (goes_on.then_some(self.due), if changed { self.needs(now, geometry, stored) } else { Vec::new() })
    }

    /// The pieces of the next while that are not stored.
    fn needs(&self, now: Time, geometry: &Geometry, stored: &Bitfield) -> Vec<(FileSpan, Time)> {
        let mut due = self.due.max(now);
        let mut needs = Vec::new();
        for piece in (self.next..geometry.piece_count()).map(PieceIndex::new) {
            if due > now + AHEAD {
                break;
            }
            if !stored.get(piece) {
                let length = u64::from(geometry.length_of(piece));
                needs.push((FileSpan { offset: geometry.offset_of(piece), length }, due));
            }
            due = due + self.length(geometry, piece);
        }
        needs
    }

    /// How long a piece plays.
    fn length(&self, geometry: &Geometry, piece: PieceIndex) -> Duration {
        Duration::from_micros(u64::from(geometry.length_of(piece)) * 1_000_000 / self.rate)
    }
}

/// How far ahead it says what it needs.
const AHEAD: Duration = Duration::from_secs(20);

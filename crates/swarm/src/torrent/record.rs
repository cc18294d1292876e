//! What happened, for whoever looks for the cause of a problem. Nothing is noted, and nothing is kept for it, until a
//! driver asks.

use journal::{Event, Journal, Report};
use metainfo::Info;

use super::Torrent;
use crate::{PeerKey, Time};

impl Torrent {
    /// Notes what happens from now on, the last `entries` of it, after what is known of the torrent and its peers.
    /// Nothing else changes by it. Zero ends that.
    pub fn record(&mut self, entries: usize) {
        self.journal = (entries > 0).then(|| Box::new(Journal::new(entries)));
        if entries == 0 {
            return;
        }
        let peers =
            self.peers.values().map(|peer| (peer.key, peer.hello.is_some(), peer.capabilities.super_seeds()));
        for (key, greeted, super_seeds) in peers.collect::<Vec<_>>() {
            let so_far =
                [(true, Event::Connected), (greeted, Event::Greeted), (super_seeds, Event::SuperSeeds)];
            for (_, event) in so_far.into_iter().filter(|(is_so, _)| *is_so) {
                self.note(Some(key), event);
            }
        }
        self.note_content();
    }

    /// Takes what was noted, if anything is.
    pub fn take_journal(&mut self) -> Option<Report> {
        self.journal.as_mut().map(|journal| journal.take())
    }

    /// Notes what happened around the engine at `now`, as while peers are met, if anything is noted.
    pub fn note_at(&mut self, now: Time, peer: Option<PeerKey>, event: Event) {
        if let Some(journal) = &mut self.journal {
            journal.note(now.as_millis(), peer.map(PeerKey::get), event);
        }
    }

    /// Notes what happened, of a peer or of none.
    pub(super) fn note(&mut self, peer: Option<PeerKey>, event: Event) {
        self.note_at(self.now, peer, event);
    }

    /// Notes what the torrent is, once that is known, and what peers have of it.
    pub(super) fn note_content(&mut self) {
        let Some(geometry) = self.info().filter(|_| self.journal.is_some()).map(Info::geometry) else {
            return;
        };
        let (pieces, piece_length) = (geometry.piece_count(), geometry.piece_length());
        let have = self.have().count_ones();
        self.note(None, Event::Torrent { pieces, piece_length, have });
        let Some(journal) = &mut self.journal else { return };
        for peer in self.peers.values().filter(|peer| peer.announced) {
            let event = Event::Has { pieces: peer.has.count_ones() };
            journal.note(self.now.as_millis(), Some(peer.key.get()), event);
        }
    }

    /// Notes what was exchanged over each connection, where that was anything since the latest round of choking.
    pub(super) fn note_trade(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        for peer in self.peers.values().filter(|peer| peer.trade.goes_on()) {
            let event = Event::Traded { down: peer.trade.downloaded(), up: peer.trade.uploaded() };
            journal.note(self.now.as_millis(), Some(peer.key.get()), event);
        }
    }
}

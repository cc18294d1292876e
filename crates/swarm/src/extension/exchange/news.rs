use std::collections::VecDeque;

use wire::{ExchangeMessage, MAX_NEIGHBOURS, Neighbour, PeerId};

/// What changed among our neighbours, in order, so that each can be told what is new to it.
///
/// Those who are here carry the number of the change that they came with; only those who left are
/// kept here, until everybody heard of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct News {
    changes: u64,
    departures: VecDeque<Departure>,
}

#[derive(Clone, Copy, Debug)]
struct Departure {
    peer_id: PeerId,
    /// The changes that it came and went with.
    came: u64,
    went: u64,
}

/// A neighbour, as the others hear of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presence {
    pub(crate) peer_id: PeerId,
    /// It wants nothing (BEP 21).
    pub(crate) seed: bool,
    /// The change that it came with.
    pub(crate) came: u64,
    /// The latest change that it is about: its coming, or that it ceased or began to want anything.
    pub(crate) since: u64,
}

impl News {
    /// The number of a change that happens now.
    pub(crate) const fn happen(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }

    /// How many changes there have been.
    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }

    /// A neighbour left.
    pub(crate) fn left(&mut self, peer: Presence) {
        let went = self.happen();
        self.departures.push_back(Departure { peer_id: peer.peer_id, came: peer.came, went });
        if self.departures.len() > MAX_DEPARTURES {
            self.departures.pop_front();
        }
    }

    /// Everybody has heard of all changes up to this one.
    pub(crate) fn forget(&mut self, heard: u64) {
        self.departures.retain(|departure| departure.went > heard);
    }

    /// What is new after the change numbered `told` to somebody among `others`, and the last change that this
    /// takes in. No message if nothing is.
    pub(crate) fn since(
        &self,
        told: u64,
        others: impl Iterator<Item = Presence>,
    ) -> (Option<ExchangeMessage<'static>>, u64) {
        enum Change {
            Came(Neighbour),
            Went(PeerId),
        }
        let came = others.filter(|peer| peer.since > told);
        let came = came
            .map(|Presence { peer_id, seed, since, .. }| (since, Change::Came(Neighbour { peer_id, seed })));
        // Whoever came and went in between was never here.
        let went = self.departures.iter().filter(|peer| peer.went > told && peer.came <= told);
        let went = went.map(|peer| (peer.went, Change::Went(peer.peer_id)));
        let mut changes: Vec<(u64, Change)> = came.chain(went).collect();
        sort::by_key(&mut changes, |(number, _)| *number);
        let all = changes.len() <= MAX_NEIGHBOURS;
        changes.truncate(MAX_NEIGHBOURS);
        let last = changes.last().filter(|_| !all).map_or(self.changes, |(number, _)| *number);
        let (mut added, mut dropped) = (Vec::new(), Vec::new());
        for (_, change) in changes {
            match change {
                Change::Came(neighbour) => added.push(neighbour),
                Change::Went(peer_id) => dropped.push(peer_id),
            }
        }
        let nothing = added.is_empty() && dropped.is_empty();
        ((!nothing).then_some(ExchangeMessage::Neighbours { added, dropped }), last)
    }
}

/// Departures that are remembered. Whoever misses one tries in vain to reach the peer.
const MAX_DEPARTURES: usize = 256;

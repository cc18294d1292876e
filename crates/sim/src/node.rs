//! One peer: an engine and what its driver keeps.

use std::collections::{BTreeMap, BTreeSet};

use metainfo::Info;
use swarm::{Config, PeerKey, Source, Time, Torrent};
use tracker::OfferId;
use wire::{Bitfield, PeerId};

use crate::Conduct;
use crate::link::Link;
use crate::payload::Slots;

/// A peer of the swarm.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: PeerId,
    pub(crate) conduct: Conduct,
    pub(crate) torrent: Torrent,
    pub(crate) slots: Slots,
    pub(crate) present: bool,
    pub(crate) connections: BTreeMap<PeerKey, Connection>,
    /// Offers that nobody has answered.
    pub(crate) offers: BTreeSet<OfferId>,
    pub(crate) wake: Option<Time>,
    pub(crate) completed: Option<Time>,
    pub(crate) banned: Vec<usize>,
    pub(crate) received: u64,
    next_key: u32,
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The node at the other end, and its key for this connection.
    pub(crate) other: usize,
    pub(crate) other_key: PeerKey,
    pub(crate) link: Link,
}

impl Node {
    pub(crate) fn new(number: usize, conduct: Conduct, info: &Info, seed: u64) -> Self {
        let mut id = [0; 20];
        id[..8].copy_from_slice(&seed.to_be_bytes());
        id[12..].copy_from_slice(&(number as u64).to_be_bytes());
        let id = PeerId::from_bytes(id);
        let mut config = Config::new(id);
        if conduct == Conduct::FreeRider {
            config.upload_slots = 0;
        }
        let source = match conduct {
            Conduct::Seed | Conduct::Liar => {
                Source::Info(info.clone(), Bitfield::full(info.geometry().piece_count()))
            }
            Conduct::Honest | Conduct::FreeRider => Source::Magnet(info.info_hash()),
        };
        Self {
            id,
            conduct,
            torrent: Torrent::new(Time::ZERO, source, config, seed),
            slots: Slots::default(),
            present: false,
            connections: BTreeMap::new(),
            offers: BTreeSet::new(),
            wake: None,
            completed: None,
            banned: Vec::new(),
            received: 0,
            next_key: 0,
        }
    }

    /// A key for a new connection.
    pub(crate) const fn mint(&mut self) -> PeerKey {
        self.next_key += 1;
        PeerKey::new(self.next_key)
    }

    /// Whether it has everything.
    pub(crate) fn is_complete(&self) -> bool {
        self.torrent.info().is_some() && self.torrent.have().is_full()
    }
}

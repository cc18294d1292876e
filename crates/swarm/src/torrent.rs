//! One torrent and its peers.

use std::collections::VecDeque;

use metainfo::{Info, InfoHash};
use wire::Bitfield;

use crate::{Blocks, Config, Input, Output, Phase, Snapshot, Source, Time};

/// One torrent: everything that happens to it comes in through [`Torrent::handle`], everything that it
/// wants done comes out of [`Torrent::poll`].
#[derive(Debug)]
pub struct Torrent {
    info_hash: InfoHash,
    info: Option<Info>,
    have: Bitfield,
    outputs: VecDeque<Output>,
}

impl Torrent {
    /// A torrent without peers. The same inputs and the same `seed` give the same outputs.
    #[must_use]
    pub fn new(_now: Time, source: Source, _config: Config, _seed: u64) -> Self {
        let (info_hash, info, have) = match source {
            Source::Info(info, have) => (info.info_hash(), Some(info), have),
            Source::Magnet(info_hash) => (info_hash, None, Bitfield::new(0)),
        };
        Self { info_hash, info, have, outputs: VecDeque::new() }
    }

    /// Takes note of something that happened at `now`.
    pub fn handle(&mut self, _now: Time, _input: Input<'_>, _blocks: &mut impl Blocks) {}

    /// The next thing to do, in the order to do them in.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to send [`Input::Wake`] if nothing else happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        None
    }

    /// The state for people to look at.
    #[must_use]
    pub fn snapshot(&self, _now: Time) -> Snapshot {
        Snapshot {
            phase: Phase::Metadata,
            downloaded: 0,
            uploaded: 0,
            wasted: 0,
            left: 0,
            down_rate: 0,
            up_rate: 0,
            availability: 0.0,
            metadata_progress: 0.0,
            active: Vec::new(),
            peers: Vec::new(),
        }
    }

    /// The torrent's name among peers.
    #[must_use]
    pub fn info_hash(&self) -> InfoHash {
        self.info_hash
    }

    /// The metadata, once known.
    #[must_use]
    pub fn info(&self) -> Option<&Info> {
        self.info.as_ref()
    }

    /// The pieces that are stored; of no length while the metadata is unknown.
    #[must_use]
    pub fn have(&self) -> &Bitfield {
        &self.have
    }
}

//! What the operator may tune in the index.

use std::time::Duration;

use serde::de::{Deserialize as _, Deserializer};

use crate::Denylist;

/// Times and limits of an [`Index`](crate::Index). In a configuration file times are whole seconds, and
/// whatever is left out keeps its default.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Time between a client's announces. Default 120 s, the reference server's.
    #[serde(deserialize_with = "seconds")]
    pub interval: Duration,
    /// The same for a leecher that has received nothing yet although others are in its swarm: its first
    /// offers came to nothing, and two minutes are too long to wait for the next. Default 30 s.
    #[serde(deserialize_with = "seconds")]
    pub newcomer_interval: Duration,
    /// How long a silent peer stays in its swarm; more than `interval`. Default 180 s.
    #[serde(deserialize_with = "seconds")]
    pub peer_ttl: Duration,
    /// How long an answer to a relayed offer is accepted. WebTorrent gives up after 50 s, others wait
    /// longer. Default 120 s.
    #[serde(deserialize_with = "seconds")]
    pub offer_ttl: Duration,
    /// Peers, one for each torrent, that a connection may announce. Default 100.
    pub max_torrents_per_connection: usize,
    /// Peers in one swarm; a newcomer beyond takes the place of the one that has been silent for longest.
    /// Default 10,000.
    pub max_peers_per_torrent: usize,
    /// Unanswered offers that are remembered of one peer; older ones make way. Default 64.
    pub max_awaited_answers: usize,
    /// Torrents that the tracker does not serve, as lines of a [`Denylist`]. Default none.
    pub denied: Denylist,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(120),
            newcomer_interval: Duration::from_secs(30),
            peer_ttl: Duration::from_secs(180),
            offer_ttl: Duration::from_secs(120),
            max_torrents_per_connection: 100,
            max_peers_per_torrent: 10_000,
            max_awaited_answers: 64,
            denied: Denylist::default(),
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u32::deserialize(deserializer).map(|seconds| Duration::from_secs(seconds.into()))
}

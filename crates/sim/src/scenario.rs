//! What is simulated, as data.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use metainfo::{BLOCK_LENGTH, Info, InfoBuilder, PieceLayers, Version};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::market::Money;
use crate::slots::leaf;

/// A swarm: everything about it follows from these numbers. The files in `scenarios/` hold them as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is to show.
    #[serde(default)]
    pub about: String,
    /// The source of all chance.
    #[serde(default)]
    pub seed: u64,
    /// Pieces in the torrent.
    pub pieces: NonZeroU32,
    /// Bytes in each piece: a power of two.
    pub piece_length: u32,
    /// Whether it is a hybrid of both versions, so that the hashes of blocks tell which are bad.
    #[serde(default)]
    pub hybrid: bool,
    /// Who takes part. The order means nothing.
    pub groups: Vec<Group>,
    /// Seconds from and to which the tracker is down. It forgets everything.
    #[serde(default)]
    pub outages: Vec<(u32, u32)>,
    /// Of a hundred pairs of peers without a seed, how many can never connect.
    #[serde(default)]
    pub refused_percent: u32,
    /// Of a hundred pairs that connect, how many do so twice, as when each has made the other an offer.
    #[serde(default)]
    pub doubled_percent: u32,
    /// How many seconds a connection lasts on average before it breaks; zero for ever.
    #[serde(default)]
    pub breaks_s: u32,
    /// Whether a seed that is alone gives each piece to one peer first (BEP 16).
    #[serde(default = "yes")]
    pub super_seed: bool,
    /// Whether anybody speaks of payments. If not, what groups say of money is as if it was not there.
    #[serde(default = "yes")]
    pub market: bool,
    /// Seconds after which to stop even if peers are incomplete.
    pub limit_s: u32,
    /// What is expected of it.
    #[serde(default)]
    pub expect: Expectation,
}

/// Peers that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// How many they are.
    pub count: u32,
    /// How they treat others.
    pub conduct: Conduct,
    /// How they are connected to the network.
    pub line: Line,
    /// Seconds from and to which they come, one after another.
    #[serde(default)]
    pub joins_s: (u32, u32),
    /// How they come and go, if they do.
    #[serde(default)]
    pub churn: Option<Churn>,
    /// Bytes each second that they play while they download, if they do.
    #[serde(default)]
    pub plays: Option<NonZeroU64>,
    /// Whether they cannot begin to play without the last piece, as it is with a film whose index is behind the media.
    #[serde(default)]
    pub needs_end: bool,
    /// Where they go on playing after a while, if they do.
    #[serde(default)]
    pub seeks: Option<Seek>,
    /// How their programs are killed, if they are.
    #[serde(default)]
    pub killed: Option<Kill>,
    /// Seconds that they stay after they are complete, if they do not stay for ever.
    #[serde(default)]
    pub lingers_s: Option<u32>,
    /// What they have to do with money, if they speak of payments.
    #[serde(default)]
    pub money: Option<Money>,
}

/// How a peer is connected to the network: a rate each way, and how far it is from its middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Bytes that it sends each second.
    pub up: NonZeroU64,
    /// Bytes that it receives each second.
    pub down: NonZeroU64,
    /// Milliseconds that a byte travels to the middle, and from it.
    pub delay_ms: u32,
    /// Milliseconds that it may take longer.
    #[serde(default)]
    pub jitter_ms: u32,
}

/// How a peer comes and goes until it is complete. Each time is drawn from half to three halves of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Churn {
    /// Seconds that it stays.
    pub stays_s: u32,
    /// Seconds that it is away. It comes back with the pieces that it had stored.
    pub away_s: u32,
}

/// How somebody who plays goes on elsewhere, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seek {
    /// Seconds after playback began.
    pub after_s: u32,
    /// How far into the torrent that leads, of a hundred.
    pub to_percent: u32,
}

/// How a peer's program is killed: it is gone without a word, and its connections look open for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// Seconds after the peer came first.
    pub after_s: u32,
    /// Seconds until the others notice.
    pub noticed_s: u32,
    /// Seconds until it is there again, if ever: under another name, and with the pieces that it had stored.
    #[serde(default)]
    pub back_s: Option<u32>,
}

/// How a peer treats others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conduct {
    /// Has everything from the start.
    Seed,
    /// Downloads, starting from a magnet link, and serves.
    Leech,
    /// Downloads and never serves.
    FreeRider,
    /// Claims to have everything; half of the blocks that it serves are corrupt.
    Corrupter,
    /// Claims to have everything, and rejects what it is asked for.
    Boaster,
    /// Claims to have everything, promises it and never sends it.
    Staller,
    /// Has everything and serves it, but junk instead of the metadata.
    Forger,
    /// Has everything and serves it, but says that the metadata is larger than it is.
    Exaggerator,
    /// Has everything and serves it; with all that it says it takes its extensions back and names them again, and asks
    /// for hashes.
    Flooder,
}

/// What a scenario is expected to show. What is left out is not expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expectation {
    /// Seconds after which half of those who download are complete, each from when it came.
    pub p50_s: Option<u32>,
    /// The same for 95 of a hundred.
    pub p95_s: Option<u32>,
    /// The same, as a percentage of [`Scenario::bound`].
    pub p95_percent_of_bound: Option<u32>,
    /// Milliseconds after which half of them have the first bytes of a block.
    pub first_block_ms: Option<u32>,
    /// Of a hundred bytes that are downloaded, how many come from the first seed.
    pub first_seed_percent: Option<u32>,
    /// Milliseconds that playback waits, on average of those who play: for the first piece, and for late ones.
    pub stalled_ms: Option<u32>,
    /// Of a thousand bytes that arrive, how many do so for nothing.
    pub wasted_permille: Option<u32>,
}

const fn yes() -> bool {
    true
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    ///
    /// When it is not one, or makes no torrent.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let scenario: Self = serde_json::from_str(json).map_err(Error::Json)?;
        scenario.torrent()?;
        Ok(scenario)
    }

    /// The scenario as a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and names of fields are JSON")
    }

    /// Bytes in the torrent.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::from(self.pieces.get()) * u64::from(self.piece_length)
    }

    /// Metadata whose hashes of version 1 are never looked at, and the piece hashes of version 2.
    ///
    /// # Errors
    ///
    /// When the numbers make no torrent.
    pub fn torrent(&self) -> Result<(Info, PieceLayers), Error> {
        let hashes = vec![[0; 20]; self.pieces.get() as usize];
        let builder = InfoBuilder::single("content", self.size()).piece_length(self.piece_length);
        let (version, leaves) = if self.hybrid {
            (Version::Hybrid, (0..self.size() / u64::from(BLOCK_LENGTH)).map(leaf).collect())
        } else {
            (Version::One, Vec::new())
        };
        builder.version(version).finish(&hashes, &leaves).map_err(Error::Torrent)
    }

    /// How long it takes at least until everybody who downloads is complete, if all come at once: the first
    /// seed has to send everything once, the slowest has to receive it, and all who send have to send it to all.
    #[must_use]
    pub fn bound(&self) -> Duration {
        let rates = |group: &Group| (group.line.up.get(), group.line.down.get());
        let downloaders = || self.groups.iter().filter(|group| group.conduct.downloads() && group.count > 0);
        let number: u64 = downloaders().map(|group| u64::from(group.count)).sum();
        let slowest = downloaders().map(|group| rates(group).1).min().unwrap_or(u64::MAX);
        let seeds = self.groups.iter().filter(|group| group.conduct == Conduct::Seed);
        let seeding: u64 = seeds.map(|group| u64::from(group.count) * rates(group).0).sum();
        let servers =
            self.groups.iter().filter(|group| matches!(group.conduct, Conduct::Seed | Conduct::Leech));
        let upload: u64 = servers.map(|group| u64::from(group.count) * rates(group).0).sum();
        let micros = |bytes: u64, rate: u64| u128::from(bytes) * 1_000_000 / u128::from(rate.max(1));
        let bounds = [
            micros(self.size(), seeding),
            micros(self.size(), slowest),
            micros(self.size() * number, upload),
        ];
        Duration::from_micros(bounds.into_iter().max().unwrap_or(0) as u64)
    }
}

impl Conduct {
    /// Whether it starts with nothing and wants everything.
    #[must_use]
    pub const fn downloads(self) -> bool {
        matches!(self, Self::Leech | Self::FreeRider)
    }

    /// Whether it sends what is not so.
    #[must_use]
    pub const fn lies(self) -> bool {
        matches!(
            self,
            Self::Corrupter
                | Self::Boaster
                | Self::Staller
                | Self::Forger
                | Self::Exaggerator
                | Self::Flooder
        )
    }
}

impl Line {
    /// How long a byte travels to the middle of the network, or from it.
    pub(crate) const fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms as u64)
    }
}

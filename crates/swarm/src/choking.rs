//! Whom to serve, as a policy that can be exchanged (`docs/choking.md`).
//!
//! The engine knows who is interested, what each gave, and how many our line is enough for; it tells that to the
//! policy of its [`Config`](crate::Config) in rounds, unchokes whom the policy names and chokes the others. Between
//! rounds it gives a place that becomes free to whoever waits longest, as far as the policy left places.

mod market;
mod tit_for_tat;

use std::fmt;

use metainfo::BLOCK_LENGTH;

pub use self::market::Market;
pub use self::tit_for_tat::TitForTat;
use crate::{PeerKey, Time};

/// Chooses whom to serve.
pub trait ChokingPolicy: Send {
    /// Chooses whom to serve until the next round.
    fn choose(&mut self, round: Round) -> Choice;
}

/// Makes the policy of each torrent.
pub trait ChokingFactory: Send + Sync {
    /// A policy for one torrent. What chance decides, `seed` does.
    fn build(&self, seed: u64) -> Box<dyn ChokingPolicy>;
}

/// What there is to choose from.
#[derive(Clone, Debug)]
pub struct Round {
    /// The time.
    pub now: Time,
    /// Peers that our line is enough for, each getting something worth waiting for; at most
    /// [`Config::upload_slots`](crate::Config::upload_slots).
    pub slots: usize,
    /// We want nothing, and have nothing to be repaid with.
    pub seeding: bool,
    /// The peers that want something and have credit left, in the order of their keys.
    pub candidates: Vec<Candidate>,
}

/// A peer that wants something of us.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Its connection.
    pub key: PeerKey,
    /// We serve it now.
    pub unchoked: bool,
    /// When we last began or ceased to serve it, or when it connected.
    pub since: Time,
    /// It was served before.
    pub served: bool,
    /// It serves us, and lets our requests wait.
    pub snubbing: bool,
    /// Bytes that it gave lately: each round counts twice as much as the one before.
    pub given: u64,
    /// Bytes each second that it takes.
    pub up_rate: u64,
    /// What was said of it.
    pub standing: Standing,
}

/// What a driver says of a peer for other reasons than what it gives: its bid, or what it has paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What serving it is worth beside others. Only policies that ask for it mind.
    pub preference: u64,
    /// Bytes of blocks that it may still get, if there is a limit. It never gets more. Whatever the policy, whoever asks
    /// for a block that this is not enough for waits while its place is lent to another; it is choked if it still waits at
    /// the next round, and stays so while this is not enough for a block of 16 KiB.
    pub credit: Option<u64>,
}

/// Whom to serve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Those who are served from now on, in any order. All others are choked.
    pub served: Vec<PeerKey>,
    /// How many may be served until the next round. What `served` leaves of it goes to whoever comes, or waits longest.
    pub places: usize,
}

impl Standing {
    /// Whether it may get a block of `length` bytes.
    pub(crate) fn affords(&self, length: u32) -> bool {
        self.credit.is_none_or(|credit| credit >= u64::from(length))
    }

    /// It got `bytes`.
    pub(crate) const fn spend(&mut self, bytes: u64) {
        if let Some(credit) = &mut self.credit {
            *credit = credit.saturating_sub(bytes);
        }
    }

    /// Whether it may not even get a block of the usual length.
    pub(crate) fn is_spent(&self) -> bool {
        !self.affords(BLOCK_LENGTH)
    }
}

/// Code that shows all of a policy would be part of every program.
impl fmt::Debug for dyn ChokingPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChokingPolicy")
    }
}

impl fmt::Debug for dyn ChokingFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChokingFactory")
    }
}

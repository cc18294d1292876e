//! What is simulated, and what came of it.

use std::time::Duration;

use swarm::{Snapshot, Time};

use crate::Line;

/// A swarm: everything about it follows from these numbers.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The source of all chance.
    pub seed: u64,
    /// Pieces in the torrent.
    pub pieces: u32,
    /// Bytes in each piece.
    pub piece_length: u32,
    /// Who takes part.
    pub peers: Vec<Participant>,
    /// How every connection behaves.
    pub line: Line,
    /// When to stop even if peers are incomplete.
    pub limit: Duration,
}

/// A peer and its story.
#[derive(Clone, Copy, Debug)]
pub struct Participant {
    /// How it treats others.
    pub conduct: Conduct,
    /// When it comes.
    pub joins: Time,
    /// When it goes, and when it is back with what it had.
    pub away: Option<(Time, Time)>,
}

/// How a peer treats others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// Has everything from the start.
    Seed,
    /// Downloads, starting from the metadata, and serves.
    Honest,
    /// Downloads and never serves.
    FreeRider,
    /// Claims to have everything; half of what it serves is corrupt.
    Liar,
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// Hash of every output of every engine, with its time.
    pub trace: u64,
    /// When the last event happened.
    pub ended: Time,
    /// The peers, in the order of the scenario.
    pub peers: Vec<Outcome>,
}

/// What became of a peer.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it treated others.
    pub conduct: Conduct,
    /// When it had everything.
    pub completed: Option<Time>,
    /// The peers, by their place in the scenario, that it saw send corrupt data.
    pub banned: Vec<usize>,
    /// Block bytes that arrived.
    pub received: u64,
    /// Its engine at the end.
    pub snapshot: Snapshot,
}

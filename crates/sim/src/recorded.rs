//! Swarms that were met elsewhere, to be played again.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};

use journal::{Event, Reason};

use crate::Error;
use crate::scenario::{Conduct, Expectation, Group, Kill, Line, Scenario};

impl Scenario {
    /// A swarm like the one that a report tells of: the torrent's shape, and the peers, each with the time at which it
    /// came, what it did and how fast it was. Who recorded comes first.
    ///
    /// A report does not hold what was said, so this is not the same course of events. Peers that had a part begin with
    /// nothing, for a scenario knows no others. Lines are as fast as the best ten seconds that were seen of them, and
    /// what they were to who recorded they are to everybody: a peer sends as much to each of the others, and receives as
    /// fast.
    ///
    /// # Errors
    ///
    /// When the report does not say what the torrent is, as when its beginning was dropped; when nobody in it had
    /// everything; or when it is of more than a simulation is for.
    pub fn recorded(report: &journal::Report) -> Result<Self, Error> {
        let course = Course::of(report);
        let Some((pieces, piece_length, have)) = course.torrent else {
            return Err(Error::Report("does not say what the torrent is"));
        };
        let torrent = NonZeroU32::new(pieces).filter(|pieces| pieces.get() <= MAX_PIECES);
        let pieces = torrent.ok_or(Error::Report("is of a torrent of too many pieces, or of none"))?;
        if course.peers.len() > MAX_PEERS {
            return Err(Error::Report("tells of too many peers"));
        }
        let is_seed = have == pieces.get();
        let has_source = |met: &Met| matches!(met.conduct(pieces.get()), Conduct::Seed);
        if !is_seed && !course.peers.values().any(has_source) {
            return Err(Error::Report("tells of nobody who had everything"));
        }
        let met = course.peers.values().filter(|met| met.has.is_some());
        let (down, up) = met.clone().fold((0_u64, 0_u64), |(down, up), met| {
            (down.saturating_add(met.down.best), up.saturating_add(met.up.best))
        });
        let own = Group {
            conduct: if is_seed { Conduct::Seed } else { Conduct::Leech },
            ..group(course.began, course.began, down, up)
        };
        let others = met.clone().filter(|met| met.conduct(pieces.get()).downloads()).count() as u64;
        let takers = others + u64::from(!is_seed);
        let groups = met.map(|met| {
            let line = (met.up.best.max(down), met.down.best.saturating_mul(takers.max(1)));
            met.group(&course, pieces.get(), line)
        });
        let scenario = Self {
            about: "recorded".to_owned(),
            seed: 0,
            pieces,
            piece_length,
            hybrid: false,
            groups: std::iter::once(own).chain(groups).collect(),
            outages: Vec::new(),
            refused_percent: 0,
            doubled_percent: 0,
            breaks_s: 0,
            super_seed: true,
            market: true,
            limit_s: LEAST_LIMIT + seconds(course.ended.saturating_sub(course.began)).saturating_mul(2),
            expect: Expectation::default(),
        };
        scenario.torrent()?;
        Ok(scenario)
    }
}

/// What a report tells.
#[derive(Default)]
struct Course {
    /// Pieces, bytes of each, and how many were there.
    torrent: Option<(u32, u32, u32)>,
    peers: BTreeMap<u32, Met>,
    /// Milliseconds, as all times of reports.
    began: u64,
    ended: u64,
    completed: Option<u64>,
}

/// A peer that was met.
#[derive(Default)]
struct Met {
    came: u64,
    left: Option<u64>,
    /// Pieces that it had at first. One that never said is a second connection of one that is here, or nobody.
    has: Option<u32>,
    super_seeds: bool,
    lied: bool,
    stalled: bool,
    down: Speed,
    up: Speed,
}

/// How fast something grew.
#[derive(Default)]
struct Speed {
    bytes: u64,
    /// Bytes each second, at best.
    best: u64,
}

impl Course {
    fn of(report: &journal::Report) -> Self {
        let began = report.entries.first().map_or(0, |entry| entry.at);
        let mut course = Self { began, ended: began, ..Self::default() };
        // When each peer's bytes were last noted.
        let mut noted = BTreeMap::new();
        for entry in &report.entries {
            let at = entry.at;
            course.ended = course.ended.max(at);
            match (entry.peer, entry.event) {
                (_, Event::Torrent { pieces, piece_length, have }) => {
                    course.torrent.get_or_insert((pieces, piece_length, have));
                }
                (_, Event::Completed) => {
                    course.completed.get_or_insert(at);
                }
                // Most of those who are offered a connection are never met.
                (_, Event::Offered { .. } | Event::Returned | Event::Answered)
                | (_, Event::Accepting { .. } | Event::GaveUp(_)) => {}
                (Some(key), event) => {
                    let met = course.peers.entry(key).or_insert_with(|| Met { came: at, ..Met::default() });
                    if matches!(event, Event::Traded { .. }) {
                        let since = noted.insert(key, at).unwrap_or(met.came);
                        met.notes(event, at, at.saturating_sub(since));
                    } else {
                        met.notes(event, at, 0);
                    }
                }
                (None, _) => {}
            }
        }
        course
    }
}

impl Met {
    /// Takes note of what the peer did, `passed` milliseconds after what it traded was last noted.
    fn notes(&mut self, event: Event, at: u64, passed: u64) {
        match event {
            Event::Has { pieces } => self.has = Some(pieces),
            Event::SuperSeeds => self.super_seeds = true,
            Event::Snubbed | Event::Closed(Reason::RequestTimeout) => self.stalled = true,
            Event::Banned | Event::Closed(Reason::CorruptData) => self.lied = true,
            Event::Left => self.left = Some(at),
            Event::Traded { down, up } => {
                self.down.grows(down, passed);
                self.up.grows(up, passed);
            }
            _ => {}
        }
    }

    const fn conduct(&self, pieces: u32) -> Conduct {
        match self {
            Self { lied: true, .. } => Conduct::Corrupter,
            Self { stalled: true, down: Speed { bytes: 0, .. }, .. } => Conduct::Staller,
            Self { super_seeds: true, .. } => Conduct::Seed,
            Self { has: Some(has), .. } if *has >= pieces => Conduct::Seed,
            Self { down: Speed { bytes: 0, .. }, .. } => Conduct::FreeRider,
            _ => Conduct::Leech,
        }
    }

    /// The peer, on a line that receives and sends so many bytes each second.
    fn group(&self, course: &Course, pieces: u32, (down, up): (u64, u64)) -> Group {
        // Who leaves once all is here may stay for the others.
        let was_missed = |left: &u64| course.completed.is_none_or(|completed| *left < completed);
        let killed = self.left.filter(was_missed).map(|left| Kill {
            after_s: seconds(left.saturating_sub(self.came)),
            noticed_s: 0,
            back_s: None,
        });
        let group = group(course.began, self.came, down, up);
        Group { conduct: self.conduct(pieces), killed, ..group }
    }
}

impl Speed {
    fn grows(&mut self, bytes: u64, passed: u64) {
        let grown = bytes.saturating_sub(self.bytes);
        self.best = self.best.max(grown.saturating_mul(1_000) / passed.max(1_000));
        self.bytes = bytes;
    }
}

/// One peer that came at `came`, and receives and sends so many bytes each second at best.
fn group(began: u64, came: u64, down: u64, up: u64) -> Group {
    let rate = |rate: u64| {
        NonZeroU64::MIN.max(NonZeroU64::new(rate.clamp(LEAST_RATE, MAX_RATE)).unwrap_or(NonZeroU64::MIN))
    };
    let joins = seconds(came.saturating_sub(began));
    Group {
        count: 1,
        conduct: Conduct::Leech,
        line: Line { up: rate(up), down: rate(down), delay_ms: DELAY_MS, jitter_ms: 0 },
        joins_s: (joins, joins),
        churn: None,
        plays: None,
        needs_end: false,
        seeks: None,
        killed: None,
        lingers_s: None,
        money: None,
    }
}

/// Whole seconds in so many milliseconds, up to a day.
fn seconds(millis: u64) -> u32 {
    (millis / 1_000).min(DAY_S) as u32
}

/// Pieces of the largest torrent that is simulated.
const MAX_PIECES: u32 = 200_000;
/// Peers in the largest swarm.
const MAX_PEERS: usize = 500;
/// Bytes each second of a line over which next to nothing was seen to go, and of the fastest.
const LEAST_RATE: u64 = 16_384;
const MAX_RATE: u64 = 1_000_000_000;
/// Milliseconds to the middle of the network: reports do not tell.
const DELAY_MS: u32 = 30;
const DAY_S: u64 = 86_400;
/// Seconds that a recorded swarm is given at least, beside twice the time that it took.
const LEAST_LIMIT: u32 = 600;

//! The swarms that one tracker is told of: when it is announced to next, and what counts of what it says.

use std::time::Duration;

use litemap::LiteMap;
use metainfo::InfoHash;
use swarm::Time;
use tracker::{Event, Response};

/// Until a tracker names an interval.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(120);

/// Offers in the first announce at most, when nobody knows how many peers there are. Each costs a connection;
/// if there are more peers than it carried offers, further offers follow at once.
pub const FIRST_OFFERS: u32 = 2;

/// First wait before asking again while there are peers that we have not met; doubles up to the interval.
const HURRY: Duration = Duration::from_secs(10);

/// How long an announce waits for offers.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the first one waits for others when there is an offer: behind most links is one peer.
const FIRST_PATIENCE: Duration = Duration::from_millis(10);

/// Longest wait while nobody at all is connected.
const ALONE: Duration = Duration::from_secs(30);

/// The swarms that we are, or are to be, announced in at one tracker.
#[derive(Debug, Default)]
pub struct Memberships(LiteMap<InfoHash, Membership>);

/// One torrent at one tracker.
#[derive(Debug)]
pub struct Membership {
    /// What the next announce has to tell.
    event: Option<Event>,
    due: Time,
    /// Announced on the connection that is open now.
    announced: bool,
    /// Offers that the last announce carried.
    offered: u32,
    counts: Option<Counts>,
    interval: Duration,
    hurried: u32,
    refused: Option<String>,
    /// Until when the announce that is due waits for offers.
    patience: Option<Time>,
}

/// Peers in a swarm, by a tracker's count; we are among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Those that have everything.
    pub complete: u32,
    /// The others.
    pub incomplete: u32,
}

impl Counts {
    /// Peers besides us.
    #[must_use]
    pub const fn others(self) -> u32 {
        self.complete.saturating_add(self.incomplete).saturating_sub(1)
    }
}

impl Memberships {
    /// Announces a torrent from now on, too.
    pub fn join(&mut self, now: Time, swarm: InfoHash) {
        self.0.entry(swarm).or_insert_with(|| Membership::new(now));
    }

    /// Announces a torrent no more, nor listens to what the tracker says of it. Whether it was announced, if it was to
    /// be.
    pub fn leave(&mut self, swarm: InfoHash) -> Option<bool> {
        self.0.remove(&swarm).map(|member| member.announced)
    }

    /// Whether there is nothing to announce.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, swarm: InfoHash) -> Option<&Membership> {
        self.0.get(&swarm)
    }

    /// One of them.
    pub fn get_mut(&mut self, swarm: InfoHash) -> Option<&mut Membership> {
        self.0.get_mut(&swarm)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = InfoHash> {
        self.0.keys().copied()
    }

    /// Those whose announce is due.
    pub fn due(&self, now: Time) -> impl Iterator<Item = InfoHash> {
        self.0.iter().filter(move |(_, member)| member.due <= now).map(|(swarm, _)| *swarm)
    }

    /// When the next announce is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        self.0.values().map(|member| member.due).min()
    }

    /// The connection to the tracker is new: it knows nothing of us.
    pub fn connected(&mut self, now: Time) {
        for (_, member) in &mut self.0 {
            *member = Membership { counts: member.counts, ..Membership::new(now) };
        }
    }

    /// Offers are ready that announces may be waiting for.
    pub fn offers_ready(&mut self, now: Time) {
        for (_, member) in &mut self.0 {
            if member.patience.is_some() {
                member.due = now;
            }
        }
    }

    /// Whether a message of the tracker counts. What it says of a torrent does only if that is announced there: who
    /// runs a tracker of one torrent has nothing to say in another, and least of all in a private one (BEP 27).
    /// `peers` is how many are connected for a torrent.
    pub fn received(&mut self, now: Time, response: &Response, peers: impl Fn(InfoHash) -> u32) -> bool {
        let announced = |swarm: &InfoHash| self.0.get(swarm).is_some_and(|member| member.announced);
        match response {
            Response::Announce { info_hash, complete, incomplete, interval, .. } if announced(info_hash) => {
                if let Some(member) = self.0.get_mut(info_hash) {
                    member.refused = None;
                    member.counts = Some(Counts { complete: *complete, incomplete: *incomplete });
                    member.interval = Duration::from_secs(u64::from(*interval));
                    member.pace(now, peers(*info_hash));
                }
                true
            }
            Response::Offer { info_hash, .. } | Response::Answer { info_hash, .. } => announced(info_hash),
            Response::Failure { reason, info_hash, .. } => {
                for (swarm, member) in &mut self.0 {
                    if info_hash.is_none_or(|about| about == *swarm) {
                        member.refused = Some(reason.clone());
                    }
                }
                true
            }
            Response::Announce { .. } | Response::Scrape { .. } => false,
        }
    }
}

impl Membership {
    const fn new(now: Time) -> Self {
        Self {
            event: Some(Event::Started),
            due: now,
            announced: false,
            offered: 0,
            counts: None,
            interval: DEFAULT_INTERVAL,
            hurried: 0,
            refused: None,
            patience: None,
        }
    }

    /// It is being announced, with so many offers: with the event that is owed.
    pub fn announce(&mut self, now: Time, offers: u32) -> Option<Event> {
        self.due = now + self.interval;
        self.announced = true;
        self.offered = offers;
        self.patience = None;
        self.event.take()
    }

    /// The torrent is complete, which a tracker that knows it hears at once.
    pub const fn completed(&mut self, now: Time) {
        if self.announced {
            self.event = Some(Event::Completed);
            self.due = now;
        }
    }

    /// Asks for peers soon: some that the torrent had are gone.
    pub fn hurry(&mut self, now: Time) {
        self.hurried = 0;
        self.due = self.due.min(now + HURRY / 5);
    }

    /// Whether the announce that is due should wait for offers that are being made, when so many are `ready`. It waits
    /// once, for a moment: without any it still lets others offer to us.
    pub fn waits_for_offers(&mut self, now: Time, ready: usize) -> bool {
        let mut until = self.patience.unwrap_or(now + PATIENCE);
        if ready > 0 && !self.announced {
            until = until.min(now + FIRST_PATIENCE);
        }
        self.patience = Some(until);
        self.due = until;
        until > now
    }

    /// What the tracker last counted.
    #[must_use]
    pub const fn counts(&self) -> Option<Counts> {
        self.counts
    }

    /// When it is announced next.
    #[must_use]
    pub const fn next(&self) -> Time {
        self.due
    }

    /// Why the tracker refuses it, in its own words, if it does.
    #[must_use]
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Sets the next announce by how many of the others we have met.
    fn pace(&mut self, now: Time, peers: u32) {
        let others = self.counts.map_or(0, Counts::others);
        let wait = if others > peers {
            self.hurried += 1;
            if self.hurried == 1 && others > self.offered {
                Duration::ZERO
            } else {
                HURRY * 2u32.saturating_pow(self.hurried.min(8) - 1)
            }
        } else if peers == 0 {
            ALONE
        } else {
            self.interval
        };
        self.due = now + wait.min(self.interval);
    }
}

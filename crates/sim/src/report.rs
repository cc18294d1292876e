//! What came of a scenario.

use std::fmt;
use std::time::Duration;

use session::{Storage, Torrent, UserFiles};
use swarm::Time;

use crate::{Balance, Conduct, Money, Scenario};

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// Hash of every output of every engine, with its time.
    pub trace: u64,
    /// When the last event happened.
    pub ended: Time,
    /// How many events happened.
    pub events: u64,
    /// The peers, in the order of their groups.
    pub peers: Vec<Outcome>,
    /// What engines did that none should.
    pub faults: Vec<Fault>,
}

/// What became of a peer.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it treated others.
    pub conduct: Conduct,
    /// Whether it has everything.
    pub complete: bool,
    /// How long after it came first it had everything.
    pub completed: Option<Duration>,
    /// How long after it came first it received the first block.
    pub first_block: Option<Duration>,
    /// How long after it came first it began to play, if it did.
    pub began: Option<Duration>,
    /// How long its playback had to wait, if it played.
    pub stalled: Option<Duration>,
    /// Whether it was killed before it had everything, and did not come back.
    pub killed: bool,
    /// The peers, by their place in the report, that it saw send corrupt data.
    pub banned: Vec<usize>,
    /// Bytes of blocks that reached it.
    pub received: u64,
    /// Those of them that it counted as downloaded.
    pub downloaded: u64,
    /// Those of them that it counted as wasted.
    pub wasted: u64,
    /// Bytes of blocks that it sent.
    pub uploaded: u64,
    /// Corrupt blocks that it sent.
    pub lies: u64,
    /// What it has to do with money, wherever the swarm is a market.
    pub money: Option<Money>,
    /// What came of that.
    pub balance: Balance,
}

/// An engine broke a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// When.
    pub at: Time,
    /// Whose, by its place in the report.
    pub peer: usize,
    /// What it did.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} ms peer {} {}", self.at.as_millis(), self.peer, self.what)
    }
}

/// What is counted of a peer during the run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) joined: Option<Time>,
    pub(crate) completed: Option<Time>,
    pub(crate) first_block: Option<Time>,
    pub(crate) began: Option<Time>,
    pub(crate) stalled: Option<Duration>,
    pub(crate) killed: bool,
    pub(crate) banned: Vec<usize>,
    pub(crate) received: u64,
    pub(crate) lies: u64,
    downloaded: u64,
    wasted: u64,
    uploaded: u64,
}

impl Tally {
    /// Adds what a torrent counted in a visit until now.
    pub(crate) fn add<S: Storage, U: UserFiles>(&mut self, torrent: &Torrent<S, U>, now: Time) {
        let (downloaded, uploaded) = torrent.traded();
        self.downloaded += downloaded;
        self.uploaded += uploaded;
        self.wasted += torrent.snapshot(now).map_or(0, |snapshot| snapshot.wasted);
    }

    pub(crate) fn outcome(
        self,
        conduct: Conduct,
        complete: bool,
        money: Option<Money>,
        balance: Balance,
    ) -> Outcome {
        let since = |at: Option<Time>| Some(at?.since(self.joined?));
        Outcome {
            conduct,
            complete,
            completed: since(self.completed),
            first_block: since(self.first_block),
            began: since(self.began),
            stalled: self.stalled,
            killed: self.killed,
            banned: self.banned,
            received: self.received,
            downloaded: self.downloaded,
            wasted: self.wasted,
            uploaded: self.uploaded,
            lies: self.lies,
            money,
            balance,
        }
    }
}

impl Report {
    /// Of a hundred peers that download, how long it took until the first `percent` were complete. `None` if
    /// they are not.
    #[must_use]
    pub fn completion(&self, percent: usize) -> Option<Duration> {
        self.percentile(percent, |peer| peer.completed)
    }

    /// The same for the first bytes of a block.
    #[must_use]
    pub fn first_block(&self, percent: usize) -> Option<Duration> {
        self.percentile(percent, |peer| peer.first_block)
    }

    /// Bytes of blocks that reached those who download, and how many of these were of no use.
    #[must_use]
    pub fn received_and_wasted(&self) -> (u64, u64) {
        self.downloaders().fold((0, 0), |(all, waste), peer| (all + peer.received, waste + peer.wasted))
    }

    /// Bytes of blocks that the first seed sent.
    #[must_use]
    pub fn first_seed_sent(&self) -> u64 {
        self.peers.iter().find(|peer| peer.conduct == Conduct::Seed).map_or(0, |seed| seed.uploaded)
    }

    /// Where this run of `scenario` falls short of what is expected of it, in words.
    #[must_use]
    pub fn missed(&self, scenario: &Scenario) -> Vec<String> {
        let expect = &scenario.expect;
        let millis = |time: Option<Duration>| time.map_or(u128::MAX, |time| time.as_millis());
        let (received, wasted) = self.received_and_wasted();
        let bound = scenario.bound().as_millis();
        let p95 = millis(self.completion(95));
        let share = |part: u64, of: u128| u128::from(part) * of / u128::from(received.max(1));
        let rows = [
            ("p50_s", expect.p50_s.map(|limit| (millis(self.completion(50)), u128::from(limit) * 1000))),
            ("p95_s", expect.p95_s.map(|limit| (p95, u128::from(limit) * 1000))),
            (
                "p95_percent_of_bound",
                expect.p95_percent_of_bound.map(|limit| (p95, bound * u128::from(limit) / 100)),
            ),
            (
                "first_block_ms",
                expect.first_block_ms.map(|limit| (millis(self.first_block(50)), limit.into())),
            ),
            (
                "first_seed_percent",
                expect.first_seed_percent.map(|limit| (share(self.first_seed_sent(), 100), limit.into())),
            ),
            ("stalled_ms", expect.stalled_ms.map(|limit| (millis(self.stalled()), limit.into()))),
            ("wasted_permille", expect.wasted_permille.map(|limit| (share(wasted, 1000), limit.into()))),
        ];
        let missed =
            rows.into_iter().filter_map(|(name, row)| Some((name, row.filter(|(is, limit)| is > limit)?)));
        missed.map(|(name, (is, limit))| format!("{name}: {is} instead of {limit}")).collect()
    }

    /// How long playback had to wait, on average of those who play. `None` if nobody does.
    #[must_use]
    pub fn stalled(&self) -> Option<Duration> {
        let waits: Vec<Duration> = self.peers.iter().filter_map(|peer| peer.stalled).collect();
        waits.iter().sum::<Duration>().checked_div(waits.len() as u32)
    }

    fn downloaders(&self) -> impl Iterator<Item = &Outcome> {
        self.peers.iter().filter(|peer| peer.conduct.downloads() && !peer.killed)
    }

    /// How long it took on average until those were complete who download and have to do with money as `which` says. `None`
    /// if there are none, or one is not complete.
    #[must_use]
    pub fn completion_of(&self, which: impl Fn(Money) -> bool) -> Option<Duration> {
        let chosen = self.downloaders().filter(|peer| which(peer.money.unwrap_or_default()));
        let times: Vec<Duration> = chosen.map(|peer| peer.completed).collect::<Option<_>>()?;
        times.iter().sum::<Duration>().checked_div(times.len() as u32)
    }

    fn percentile(&self, percent: usize, value: impl Fn(&Outcome) -> Option<Duration>) -> Option<Duration> {
        let mut values: Vec<_> =
            self.downloaders().map(|peer| value(peer).unwrap_or(Duration::MAX)).collect();
        values.sort_unstable();
        let last = (values.len() * percent).div_ceil(100).checked_sub(1)?;
        values.get(last).copied().filter(|value| *value != Duration::MAX)
    }
}

//! The trackers: one line for each URL, whatever number of torrents it serves.

use std::collections::VecDeque;
use std::time::Duration;

use litemap::LiteMap;
use metainfo::InfoHash;
use swarm::Time;
use tracker::{Announce, Request, Response};

use crate::draws::Draws;
use crate::membership::{Counts, Membership, Memberships};
use crate::rendezvous::{Output, SocketAct};
use crate::retry_after;

/// How long a socket may take to open.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a line is kept for a swarm that is expected.
const EXPECTATION: Duration = Duration::from_secs(30);

/// All trackers of all torrents.
#[derive(Debug, Default)]
pub(crate) struct Trackers {
    table: LiteMap<String, Tracker>,
    /// How many there ever were.
    known: u32,
}

#[derive(Debug)]
struct Tracker {
    /// What a journal calls it, in place of its URL.
    number: u32,
    line: Line,
    /// Tries that failed since it last worked.
    failures: u32,
    /// Why the last try failed.
    trouble: Trouble,
    swarms: Memberships,
    /// How long the line is kept without a swarm.
    expected_until: Time,
}

#[derive(Clone, Copy, Debug)]
enum Line {
    /// Not a WebSocket tracker.
    Unsupported,
    Down {
        retry: Time,
    },
    Connecting {
        since: Time,
    },
    Up,
}

/// Why there is no line to a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its socket did not open.
    Unreachable,
    /// Its socket neither opened nor closed for too long.
    Silent,
    /// It closed its socket.
    Closed,
    /// The driver cannot even try, in its words.
    Refused(String),
}

/// How a torrent's tracker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackerState<'a> {
    /// It speaks another protocol than this one over WebSockets.
    Unsupported,
    /// Not asked yet.
    Connecting,
    /// It answers.
    Working(Counts),
    /// There is no line to it. It is tried again.
    Failed {
        /// Why.
        trouble: &'a Trouble,
        /// When it is tried next.
        retry: Time,
    },
    /// It refuses the torrent. It is asked again.
    Refusing {
        /// Why, in its words.
        reason: &'a str,
        /// When it is asked next.
        retry: Time,
    },
}

impl Trackers {
    /// Announces a swarm to these trackers, too, from now on.
    pub(crate) fn join(&mut self, now: Time, swarm: InfoHash, urls: &[String]) {
        for url in urls {
            self.tracker(now, url).swarms.join(now, swarm);
        }
    }

    /// Connects to these trackers: a swarm will soon be announced there.
    pub(crate) fn expect(&mut self, now: Time, urls: &[String]) {
        for url in urls {
            self.tracker(now, url).expected_until = now + EXPECTATION;
        }
    }

    fn tracker(&mut self, now: Time, url: &str) -> &mut Tracker {
        self.table.entry(url.to_owned()).or_insert_with(|| {
            self.known += 1;
            Tracker {
                number: self.known,
                line: if is_websocket(url) { Line::Down { retry: now } } else { Line::Unsupported },
                failures: 0,
                trouble: Trouble::Unreachable,
                swarms: Memberships::default(),
                expected_until: now,
            }
        })
    }

    /// Takes leave of the trackers of a swarm, except those in `kept`; `goodbye` is what those hear that know it.
    /// [`wake`](Self::wake) hangs up where no other is announced, or expected. Whether there was any.
    pub(crate) fn leave<L>(
        &mut self,
        goodbye: Announce,
        kept: &[String],
        out: &mut VecDeque<Output<L>>,
    ) -> bool {
        let swarm = goodbye.info_hash;
        let text = Request::Announce(goodbye).to_json();
        let mut left = false;
        for (url, tracker) in &mut self.table {
            if kept.contains(url) {
                continue;
            }
            let Some(announced) = tracker.swarms.leave(swarm) else { continue };
            left = true;
            if announced && matches!(tracker.line, Line::Up) {
                out.push_back(Output::socket(url, SocketAct::Send(text.clone())));
            }
        }
        left
    }

    /// Forgets a tracker.
    fn hang_up<L>(&mut self, url: &str, out: &mut VecDeque<Output<L>>) {
        if let Some(Tracker { line: Line::Connecting { .. } | Line::Up, .. }) = self.table.remove(url) {
            out.push_back(Output::socket(url, SocketAct::Close));
        }
    }

    /// Connects where it is time to, hangs up where nothing is announced, and gives up what takes too long: those that it
    /// gave up.
    pub(crate) fn wake<L>(
        &mut self,
        now: Time,
        draws: &mut Draws,
        out: &mut VecDeque<Output<L>>,
    ) -> Vec<String> {
        let deserted = self.table.iter().filter(|(_, tracker)| tracker.is_deserted(now));
        for url in deserted.map(|(url, _)| url.clone()).collect::<Vec<_>>() {
            self.hang_up(&url, out);
        }
        let mut given_up = Vec::new();
        for (url, tracker) in &mut self.table {
            match tracker.line {
                Line::Down { retry } if retry <= now => {
                    tracker.line = Line::Connecting { since: now };
                    out.push_back(Output::socket(url, SocketAct::Open));
                }
                Line::Connecting { since } if since + CONNECT_TIMEOUT <= now => {
                    tracker.down(now, Trouble::Silent, draws);
                    out.push_back(Output::socket(url, SocketAct::Close));
                    given_up.push(url.clone());
                }
                _ => {}
            }
        }
        given_up
    }

    /// The announces that are due, as tracker and swarm.
    pub(crate) fn due(&self, now: Time) -> Vec<(String, InfoHash)> {
        let up = self.table.iter().filter(|(_, tracker)| matches!(tracker.line, Line::Up));
        up.flat_map(|(url, tracker)| tracker.swarms.due(now).map(|swarm| (url.clone(), swarm))).collect()
    }

    /// One swarm at one tracker.
    pub(crate) fn membership(&mut self, url: &str, swarm: InfoHash) -> Option<&mut Membership> {
        self.table.get_mut(url)?.swarms.get_mut(swarm)
    }

    /// A swarm at all of its trackers.
    pub(crate) fn memberships(&mut self, swarm: InfoHash) -> impl Iterator<Item = &mut Membership> {
        self.table.iter_mut().filter_map(move |(_, tracker)| tracker.swarms.get_mut(swarm))
    }

    /// Says something to a tracker, if there is a line to it.
    pub(crate) fn say<L>(&self, url: &str, request: &Request, out: &mut VecDeque<Output<L>>) {
        if let Some(Tracker { line: Line::Up, .. }) = self.table.get(url) {
            out.push_back(Output::socket(url, SocketAct::Send(request.to_json())));
        }
    }

    /// Offers are ready that announces may be waiting for.
    pub(crate) fn offers_ready(&mut self, now: Time) {
        for (_, tracker) in &mut self.table {
            tracker.swarms.offers_ready(now);
        }
    }

    /// Why there is no line to a tracker, and when it is tried again.
    pub(crate) fn failure(&self, url: &str) -> Option<(&Trouble, Time)> {
        match self.table.get(url)? {
            Tracker { line: Line::Down { retry }, trouble, failures: 1.., .. } => Some((trouble, *retry)),
            _ => None,
        }
    }

    /// A socket is open. Whether one was being opened.
    pub(crate) fn opened(&mut self, now: Time, url: &str) -> bool {
        if let Some(tracker) = self.table.get_mut(url)
            && matches!(tracker.line, Line::Connecting { .. })
        {
            tracker.line = Line::Up;
            tracker.swarms.connected(now);
            return true;
        }
        false
    }

    /// A socket is closed, or was never one; `refusal` is why the driver did not even try.
    pub(crate) fn closed(&mut self, now: Time, url: &str, refusal: Option<String>, draws: &mut Draws) {
        let Some(tracker) = self.table.get_mut(url) else { return };
        let trouble = match tracker.line {
            Line::Connecting { .. } => refusal.map_or(Trouble::Unreachable, Trouble::Refused),
            Line::Up => Trouble::Closed,
            Line::Unsupported | Line::Down { .. } => return,
        };
        tracker.down(now, trouble, draws);
    }

    /// A tracker said something; `None` if it does not count. `peers` is how many are connected for the swarm that it
    /// is about.
    pub(crate) fn received(
        &mut self,
        now: Time,
        url: &str,
        text: &str,
        peers: impl Fn(InfoHash) -> u32,
    ) -> Option<Response> {
        let tracker = self.table.get_mut(url).filter(|tracker| matches!(tracker.line, Line::Up))?;
        let response = Response::parse_unless_scrape(text).ok()?;
        tracker.failures = 0;
        tracker.swarms.received(now, &response, peers).then_some(response)
    }

    /// There is a network again: whoever waits need not.
    pub(crate) fn online(&mut self, now: Time) {
        for (_, tracker) in &mut self.table {
            if let Line::Down { retry } = &mut tracker.line {
                *retry = now;
            }
        }
    }

    /// When something is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.table.values().filter_map(Tracker::deadline).min()
    }

    /// What a journal calls a tracker.
    pub(crate) fn number(&self, url: &str) -> Option<u32> {
        self.table.get(url).map(|tracker| tracker.number)
    }

    /// The swarms that are announced at a tracker.
    pub(crate) fn swarms(&self, url: &str) -> impl Iterator<Item = InfoHash> {
        self.table.get(url).into_iter().flat_map(|tracker| tracker.swarms.all())
    }

    /// The trackers of a swarm, and how they are.
    pub(crate) fn states(&self, swarm: InfoHash) -> impl Iterator<Item = (&str, TrackerState<'_>)> {
        self.table
            .iter()
            .filter_map(move |(url, tracker)| Some((url.as_str(), tracker.state(tracker.swarms.get(swarm)?))))
    }
}

impl Tracker {
    fn down(&mut self, now: Time, trouble: Trouble, draws: &mut Draws) {
        self.failures += 1;
        self.trouble = trouble;
        self.line = Line::Down { retry: now + retry_after(self.failures, draws.chance()) };
    }

    fn deadline(&self) -> Option<Time> {
        match self.line {
            Line::Unsupported => None,
            Line::Down { retry } => Some(retry),
            Line::Connecting { since } => Some(since + CONNECT_TIMEOUT),
            Line::Up => self.swarms.deadline().or(Some(self.expected_until)),
        }
    }

    /// Whether nothing is announced there, nor will be soon.
    fn is_deserted(&self, now: Time) -> bool {
        self.swarms.is_empty() && self.expected_until <= now
    }

    fn state<'a>(&'a self, member: &'a Membership) -> TrackerState<'a> {
        match (self.line, member.refused(), member.counts()) {
            (Line::Unsupported, ..) => TrackerState::Unsupported,
            (Line::Down { retry }, ..) if self.failures > 0 => {
                TrackerState::Failed { trouble: &self.trouble, retry }
            }
            (Line::Up, Some(reason), _) => TrackerState::Refusing { reason, retry: member.next() },
            (Line::Up, None, Some(counts)) => TrackerState::Working(counts),
            _ => TrackerState::Connecting,
        }
    }
}

fn is_websocket(url: &str) -> bool {
    url.starts_with("ws://") || url.starts_with("wss://")
}

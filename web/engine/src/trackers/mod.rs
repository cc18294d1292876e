//! The trackers: one socket for each URL, whatever number of torrents it serves.

mod socket;

use std::rc::Rc;
use std::time::Duration;

use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::{TrackerFault, TrackerState, TrackerView};
use session::{Counts, Membership, Memberships, retry_after};
use swarm::Time;
use tracker::{Announce, Answer, Request, Response};

pub(crate) use self::socket::SocketEvent;
pub use self::socket::text_of;
use self::socket::{Events, Socket};

/// How long a socket may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// All trackers of all torrents.
pub(crate) struct Trackers {
    by_url: LiteMap<String, Tracker>,
    events: Events,
}

impl std::fmt::Debug for Trackers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.by_url.keys()).finish()
    }
}

struct Tracker {
    line: Line,
    /// Tries that failed since it last worked.
    failures: u32,
    /// Why the last of them did.
    fault: TrackerFault,
    swarms: Memberships,
}

enum Line {
    /// Not a WebSocket tracker.
    Unsupported,
    Down {
        retry: Time,
    },
    Connecting {
        socket: Socket,
        since: Time,
    },
    Up(Socket),
}

impl Trackers {
    /// No trackers yet; what happens on a socket goes to `events`, with the URL.
    pub(crate) fn new(events: impl Fn(&str, SocketEvent) + 'static) -> Self {
        Self { by_url: LiteMap::new(), events: Rc::new(events) }
    }

    /// Announces a torrent to these trackers, too, from now on.
    pub(crate) fn join(&mut self, now: Time, info_hash: InfoHash, urls: &[String]) {
        for url in urls {
            let tracker = self.by_url.entry(url.clone()).or_insert_with(|| Tracker {
                line: if is_websocket(url) { Line::Down { retry: now } } else { Line::Unsupported },
                failures: 0,
                fault: TrackerFault::Unreachable,
                swarms: Memberships::default(),
            });
            tracker.swarms.join(now, info_hash);
        }
    }

    /// Takes leave of the trackers of a torrent, except those in `kept`; `goodbye` is what those hear that know it.
    /// Whether there was any.
    pub(crate) fn leave(&mut self, info_hash: InfoHash, kept: &[String], goodbye: Announce) -> bool {
        let goodbye = Request::Announce(goodbye).to_json();
        let mut left = false;
        for (url, tracker) in &mut self.by_url {
            if kept.contains(url) {
                continue;
            }
            let Some(announced) = tracker.swarms.leave(info_hash) else { continue };
            left = true;
            if let (true, Line::Up(socket)) = (announced, &tracker.line) {
                // If it is gone, it forgets us anyway.
                let _ = socket.send(&goodbye);
            }
        }
        self.by_url.retain(|_, tracker| !tracker.swarms.is_empty());
        left
    }

    /// Connects where it is time to, and gives up what takes too long.
    pub(crate) fn wake(&mut self, now: Time) {
        for (url, tracker) in &mut self.by_url {
            match &tracker.line {
                Line::Down { retry } if *retry <= now => tracker.connect(now, url, &self.events),
                Line::Connecting { since, .. } if *since + CONNECT_TIMEOUT <= now => {
                    tracker.down(now, TrackerFault::Silent);
                }
                _ => {}
            }
        }
    }

    /// The announces that are due, as tracker and torrent.
    pub(crate) fn due(&self, now: Time) -> Vec<(String, InfoHash)> {
        let up = self.by_url.iter().filter(|(_, tracker)| matches!(tracker.line, Line::Up(_)));
        up.flat_map(|(url, tracker)| tracker.swarms.due(now).map(|info_hash| (url.clone(), info_hash)))
            .collect()
    }

    /// One torrent at one tracker.
    pub(crate) fn membership(&mut self, url: &str, info_hash: InfoHash) -> Option<&mut Membership> {
        self.by_url.get_mut(url)?.swarms.get_mut(info_hash)
    }

    /// Sends an announce, with the event that is owed.
    pub(crate) fn announce(&mut self, now: Time, url: &str, mut announce: Announce) {
        let Some(tracker) = self.by_url.get_mut(url) else { return };
        let Line::Up(socket) = &tracker.line else { return };
        let Some(member) = tracker.swarms.get_mut(announce.info_hash) else { return };
        announce.event = member.announce(now);
        if socket.send(&Request::Announce(announce).to_json()).is_err() {
            tracker.down(now, TrackerFault::Broke);
        }
    }

    /// Sends an answer to an offer that came from this tracker.
    pub(crate) fn answer(&self, url: &str, answer: Answer) {
        if let Some(Tracker { line: Line::Up(socket), .. }) = self.by_url.get(url) {
            // If it is gone, the other side will offer again.
            let _ = socket.send(&Request::Answer(answer).to_json());
        }
    }

    /// Tells every tracker of a torrent at once that it is complete.
    pub(crate) fn completed(&mut self, now: Time, info_hash: InfoHash) {
        for member in self.members(info_hash) {
            member.completed(now);
        }
    }

    /// Offers are ready that announces may be waiting for.
    pub(crate) fn offers_ready(&mut self, now: Time) {
        for (_, tracker) in &mut self.by_url {
            tracker.swarms.offers_ready(now);
        }
    }

    /// Asks for peers soon: some that a torrent had are gone.
    pub(crate) fn hurry(&mut self, now: Time, info_hash: InfoHash) {
        for member in self.members(info_hash) {
            member.hurry(now);
        }
    }

    /// A socket is open.
    pub(crate) fn opened(&mut self, now: Time, url: &str) {
        let Some(tracker) = self.by_url.get_mut(url) else { return };
        if let Line::Connecting { socket, .. } = std::mem::replace(&mut tracker.line, Line::Unsupported) {
            tracker.line = Line::Up(socket);
            tracker.swarms.connected(now);
        }
    }

    /// A socket is closed.
    pub(crate) fn closed(&mut self, now: Time, url: &str) {
        if let Some(tracker) = self.by_url.get_mut(url) {
            let fault = match tracker.line {
                Line::Connecting { .. } => TrackerFault::Unreachable,
                _ => TrackerFault::Closed,
            };
            tracker.down(now, fault);
        }
    }

    /// A tracker said something; `None` if it does not count. `peers` is how many are connected for
    /// the torrent that it is about.
    pub(crate) fn received(
        &mut self,
        now: Time,
        url: &str,
        text: &str,
        peers: impl Fn(InfoHash) -> u32,
    ) -> Option<Response> {
        let tracker = self.by_url.get_mut(url)?;
        let response = Response::parse(text).ok()?;
        tracker.failures = 0;
        tracker.swarms.received(now, &response, peers).then_some(response)
    }

    /// The browser is online again: whoever waits need not.
    pub(crate) fn online(&mut self, now: Time) {
        for (_, tracker) in &mut self.by_url {
            if let Line::Down { retry } = &mut tracker.line {
                *retry = now;
            }
        }
    }

    /// When something is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.by_url.values().filter_map(Tracker::deadline).min()
    }

    /// The trackers of a torrent, as people see them.
    pub(crate) fn views(&self, now: Time, info_hash: InfoHash) -> Vec<TrackerView> {
        let views = self.by_url.iter().filter_map(|(url, tracker)| {
            let member = tracker.swarms.get(info_hash)?;
            Some(TrackerView { url: url.clone(), state: tracker.state(now, member) })
        });
        views.collect()
    }

    fn members(&mut self, info_hash: InfoHash) -> impl Iterator<Item = &mut Membership> {
        self.by_url.iter_mut().filter_map(move |(_, tracker)| tracker.swarms.get_mut(info_hash))
    }
}

impl Tracker {
    fn connect(&mut self, now: Time, url: &str, events: &Events) {
        match Socket::new(url, events) {
            Ok(socket) => self.line = Line::Connecting { socket, since: now },
            Err(words) => self.down(now, TrackerFault::Browser(words)),
        }
    }

    fn down(&mut self, now: Time, fault: TrackerFault) {
        if matches!(self.line, Line::Unsupported) {
            return;
        }
        self.failures += 1;
        self.fault = fault;
        self.line = Line::Down { retry: now + retry_after(self.failures, js_sys::Math::random()) };
    }

    fn deadline(&self) -> Option<Time> {
        match &self.line {
            Line::Unsupported => None,
            Line::Down { retry } => Some(*retry),
            Line::Connecting { since, .. } => Some(*since + CONNECT_TIMEOUT),
            Line::Up(_) => self.swarms.deadline(),
        }
    }

    fn state(&self, now: Time, member: &Membership) -> TrackerState {
        let failed = |reason: TrackerFault, retry: Time| TrackerState::Failed {
            reason,
            retry_in: retry.since(now).as_secs() as u32,
        };
        match (&self.line, member.refused(), member.counts()) {
            (Line::Unsupported, ..) => TrackerState::Unsupported,
            (Line::Down { retry }, ..) if self.failures > 0 => failed(self.fault.clone(), *retry),
            (Line::Up(_), Some(words), _) => failed(TrackerFault::Refused(words.to_owned()), member.next()),
            (Line::Up(_), None, Some(Counts { complete, incomplete })) => {
                TrackerState::Working { complete, incomplete }
            }
            _ => TrackerState::Connecting,
        }
    }
}

fn is_websocket(url: &str) -> bool {
    url.starts_with("ws://") || url.starts_with("wss://")
}

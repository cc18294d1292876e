//! What is noted of meetings, for whoever looks for the cause of a problem. Nothing is until a driver asks.

use journal::{Event, Reason};
use metainfo::InfoHash;
use swarm::{PeerKey, Time};
use tracker::Offer;

use super::{Output, Rendezvous};
use crate::connections::{Contact, Route};
use crate::trackers::{TrackerState, Trouble};

impl<L> Rendezvous<L> {
    /// Tells what happens from now on, after how each tracker is, as [`Output::Noted`]: for a torrent's own journal, in
    /// which the rest of its story is. Nothing else changes by it.
    pub fn record(&mut self, now: Time, records: bool) {
        self.records = records;
        let swarms: Vec<InfoHash> = self.joined.0.values().flat_map(|(hashes, _)| hashes.swarms()).collect();
        for swarm in swarms {
            let states = self.trackers.states(swarm).filter_map(|(url, state)| {
                let tracker = self.trackers.number(url)?;
                let (opened, event) = so_far(now, tracker, &state);
                Some([opened.then_some(Event::TrackerOpened { tracker }), event])
            });
            for event in states.flatten().flatten().collect::<Vec<_>>() {
                self.note(swarm, None, event);
            }
        }
    }

    /// Notes what happened for a swarm, if that is wanted.
    pub(super) fn note(&mut self, swarm: InfoHash, peer: Option<PeerKey>, event: Event) {
        if self.records
            && let Some(torrent) = self.joined.of(swarm)
        {
            self.outputs.push_back(Output::Noted { torrent, peer, event });
        }
    }

    /// Notes what happened for a swarm at a tracker.
    pub(super) fn note_at(&mut self, url: &str, swarm: InfoHash, event: impl FnOnce(u32) -> Event) {
        if self.records
            && let Some(tracker) = self.trackers.number(url)
        {
            self.note(swarm, None, event(tracker));
        }
    }

    /// Notes what happened at a tracker for every torrent that is announced there.
    pub(super) fn note_for_all(&mut self, url: &str, event: impl Fn(u32) -> Event) {
        if self.records {
            // A hybrid is announced under two hashes.
            let mut torrents: Vec<InfoHash> =
                self.trackers.swarms(url).filter_map(|swarm| self.joined.of(swarm)).collect();
            sort::ascending(&mut torrents);
            torrents.dedup();
            for torrent in torrents {
                self.note_at(url, torrent, &event);
            }
        }
    }

    /// Notes that there is no line to a tracker.
    pub(super) fn note_failure(&mut self, now: Time, url: &str) {
        if let Some((trouble, retry)) = self.trackers.failure(url) {
            let (trouble, retry) = (trouble.into(), seconds(now, retry));
            self.note_for_all(url, |tracker| Event::TrackerFailed { tracker, trouble, retry });
        }
    }

    /// Notes that a tracker refuses one of the swarms that are announced there, or all.
    pub(super) fn note_refusal(&mut self, now: Time, url: &str, about: Option<InfoHash>) {
        if !self.records {
            return;
        }
        let refused = self.trackers.swarms(url).filter(|swarm| about.is_none_or(|about| about == *swarm));
        for swarm in refused.collect::<Vec<_>>() {
            let next = self.trackers.membership(url, swarm).map_or(now, |member| member.next());
            self.note_at(url, swarm, |tracker| Event::TrackerRefused { tracker, retry: seconds(now, next) });
        }
    }

    /// Notes that a swarm takes leave of all of its trackers but those in `kept`.
    pub(super) fn note_leave(&mut self, swarm: InfoHash, kept: &[String]) {
        if !self.records {
            return;
        }
        let left = self.trackers.states(swarm).filter(|(url, _)| !kept.iter().any(|kept| kept == url));
        for tracker in left.filter_map(|(url, _)| self.trackers.number(url)).collect::<Vec<_>>() {
            self.note(swarm, None, Event::TrackerLeft { tracker });
        }
    }

    /// Notes an announce with these offers.
    pub(super) fn note_offers(&mut self, url: &str, swarm: InfoHash, offers: &[(PeerKey, Offer)]) {
        self.note_at(url, swarm, |tracker| Event::Announced { tracker, offers: offers.len() as u32 });
        let tracker = self.trackers.number(url);
        for (peer, _) in offers {
            self.note(swarm, Some(*peer), Event::Offered { tracker });
        }
    }

    /// The number of the tracker that told us of a peer.
    pub(super) fn tracker_of(&self, contact: &Contact) -> Option<u32> {
        match &contact.route {
            Route::Tracker { url, .. } => self.trackers.number(url),
            Route::Neighbour(_) => None,
        }
    }

    /// Notes that a connection is given up before it is open. One that was for nobody yet is not worth a word.
    pub(super) fn note_end(&mut self, peer: PeerKey, reason: Reason) {
        if self.records
            && let Some(swarm) = self.connections.bound_for(peer)
        {
            self.note(swarm, Some(peer), Event::GaveUp(reason));
        }
    }
}

/// Whether there is a line to a tracker, and what else is known of it.
fn so_far(now: Time, tracker: u32, state: &TrackerState<'_>) -> (bool, Option<Event>) {
    match state {
        TrackerState::Unsupported | TrackerState::Connecting => (false, None),
        TrackerState::Working(counts) => {
            let (complete, incomplete) = (counts.complete, counts.incomplete);
            (true, Some(Event::TrackerAnswered { tracker, complete, incomplete }))
        }
        TrackerState::Failed { trouble, retry } => {
            let (trouble, retry) = ((*trouble).into(), seconds(now, *retry));
            (false, Some(Event::TrackerFailed { tracker, trouble, retry }))
        }
        TrackerState::Refusing { retry, .. } => {
            (true, Some(Event::TrackerRefused { tracker, retry: seconds(now, *retry) }))
        }
    }
}

impl From<&Trouble> for journal::Trouble {
    fn from(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Unreachable => Self::Unreachable,
            Trouble::Silent => Self::Silent,
            Trouble::Closed => Self::Closed,
            Trouble::Refused(_) => Self::Refused,
        }
    }
}

fn seconds(now: Time, until: Time) -> u32 {
    u32::try_from(until.since(now).as_secs()).unwrap_or(u32::MAX)
}

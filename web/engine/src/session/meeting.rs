//! How peers are met: the session decides, the page makes the peer connections, and sockets lead to trackers.

use js_sys::{Array, Uint8Array};
use metainfo::InfoHash;
use protocol::window::{RtcCommand, RtcEvent, RtcId};
use protocol::{TrackerFault, TrackerState, TrackerView};
use session::rendezvous::{SocketEvent, Task};
use session::{Counts, Policy, Trouble};
use swarm::{PeerKey, Time};

use super::pages::command_rtc;
use super::{Driver, Session};
use crate::browser::{copied, now, parts};
use crate::link::{Link, LinkEvent};

impl Driver {
    /// Something happened on a tracker's socket.
    pub(super) fn socket(&mut self, url: &str, event: SocketEvent) {
        let now = now();
        self.session.socket(now, url, event);
        self.settle(now);
        self.happened();
    }

    /// The page tells of a connection.
    pub(super) fn rtc(&mut self, rtc: RtcId, event: RtcEvent, parts: &Array) {
        let now = now();
        let peer = PeerKey::new(rtc.0);
        match event {
            RtcEvent::Channel => {
                let this = self.this.clone();
                let handler = move |event| this.with(move |driver| driver.link_event(peer, event));
                if let Some(link) = Link::new(parts.get(0), handler) {
                    self.session.linked(now, peer, link);
                }
            }
            RtcEvent::Offer { sdp } => {
                self.no_webrtc = false;
                self.described(peer);
                self.session.offered(now, peer, sdp);
            }
            RtcEvent::Answer { sdp } => {
                self.described(peer);
                self.session.answered(now, peer, sdp);
            }
            RtcEvent::Gone => self.session.gone(now, peer),
            RtcEvent::Blocked => {
                self.no_webrtc = true;
                self.session.gone(now, peer);
                self.news.happened();
            }
            RtcEvent::NoRelay(fault) => {
                self.no_relay = Some(fault);
                self.session.gone(now, peer);
                self.news.happened();
            }
        }
        self.settle(now);
    }

    /// A connection is described, so if it goes through a relay, there is one.
    fn described(&mut self, peer: PeerKey) {
        if self.session.policy_of(peer) == Some(Policy::Relay) {
            self.no_relay = None;
        }
    }

    pub(super) fn carry_out_meeting(&mut self, now: Time, task: Task) {
        match task {
            Task::Socket { url, act } => {
                if let Some(event) = self.sockets.act(&url, act) {
                    self.session.socket(now, &url, event);
                }
            }
            Task::Offer { peer, policy } => {
                ask(peer, RtcCommand::Offer { relay_only: policy == Policy::Relay });
            }
            Task::Accept { peer, sdp, policy } => {
                ask(peer, RtcCommand::Accept { sdp, relay_only: policy == Policy::Relay });
            }
            Task::Complete { peer, sdp } => ask(peer, RtcCommand::Complete { sdp }),
            Task::Drop { peer } => {
                self.peers.remove(&peer);
                ask(peer, RtcCommand::Drop);
            }
        }
    }

    /// Something happened on a link.
    fn link_event(&mut self, peer: PeerKey, event: LinkEvent) {
        let now = now();
        match event {
            LinkEvent::Open => self.session.link_opened(now, peer),
            LinkEvent::Message(message) => {
                let Self { session, scratch, .. } = self;
                for part in parts(&Uint8Array::new(&message)) {
                    session.received(now, peer, copied(&part, scratch));
                }
            }
            LinkEvent::Low => self.has_room(now, peer),
            LinkEvent::Closed => self.session.gone(now, peer),
        }
        self.settle(now);
    }
}

/// The trackers of a torrent, as people see them.
pub(super) fn tracker_views(session: &Session, now: Time, info_hash: InfoHash) -> Vec<TrackerView> {
    let views = session.trackers(info_hash).map(|(url, state)| {
        let failed = |reason: TrackerFault, retry: Time| TrackerState::Failed {
            reason,
            retry_in: retry.since(now).as_secs() as u32,
        };
        let state = match state {
            session::TrackerState::Unsupported => TrackerState::Unsupported,
            session::TrackerState::Connecting => TrackerState::Connecting,
            session::TrackerState::Working(Counts { complete, incomplete }) => {
                TrackerState::Working { complete, incomplete }
            }
            session::TrackerState::Failed { trouble, retry } => failed(fault(trouble), retry),
            session::TrackerState::Refusing { reason, retry } => {
                failed(TrackerFault::Refused(reason.to_owned()), retry)
            }
        };
        TrackerView { url: url.to_owned(), state }
    });
    views.collect()
}

/// Asks the page to do something for a connection.
fn ask(peer: PeerKey, command: RtcCommand) {
    command_rtc(RtcId(peer.get()), command);
}

/// Why there is no line to a tracker, as windows know it.
fn fault(trouble: &Trouble) -> TrackerFault {
    match trouble {
        Trouble::Unreachable => TrackerFault::Unreachable,
        Trouble::Silent => TrackerFault::Silent,
        Trouble::Closed => TrackerFault::Closed,
        Trouble::Refused(words) => TrackerFault::Browser(words.clone()),
    }
}

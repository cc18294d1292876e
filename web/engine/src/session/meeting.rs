//! How peers are met: the session decides, the page makes the peer connections, and sockets lead to trackers.

use js_sys::Array;
use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::window::{RtcCommand, RtcEvent, RtcId};
use protocol::{TrackerFault, TrackerState, TrackerView};
use session::rendezvous::{Input, Output, Rendezvous, SocketEvent, Standing, Torrents};
use session::{Counts, Trouble};
use swarm::{PeerKey, Time};
use wire::PeerId;

use super::pages::command_rtc;
use super::{Entry, Session};
use crate::browser::now;
use crate::link::{Link, LinkEvent};
use crate::torrent::Torrent;

/// What the session has to know of the torrents.
struct Known<'a>(&'a LiteMap<InfoHash, Entry>);

impl Torrents for Known<'_> {
    fn standing(&self, torrent: InfoHash) -> Option<Standing> {
        let torrent = &self.0.get(&torrent)?.torrent;
        let (downloaded, uploaded) = torrent.traded();
        let downloading = torrent.downloading();
        Some(Standing { left: torrent.left(), uploaded, downloaded, downloading })
    }

    fn welcomes(&self, torrent: InfoHash, peer: PeerId) -> bool {
        self.0.get(&torrent).is_some_and(|entry| entry.torrent.welcomes(peer))
    }
}

impl Session {
    /// Tells what happened, and does what follows.
    pub(super) fn meet(&mut self, now: Time, input: Input<'_, Link>) {
        self.rendezvous.handle(now, input, &Known(&self.torrents));
        while let Some(output) = self.rendezvous.poll() {
            self.carry_out_meeting(now, output);
        }
        if let Some(at) = self.rendezvous.deadline() {
            self.alarm.set(now, at);
        }
    }

    /// Lets a torrent look for peers, or no more, as it is active or not.
    pub(super) fn join_or_leave(&mut self, now: Time, info_hash: InfoHash) {
        let Some(entry) = self.torrents.get(&info_hash) else { return };
        let torrent = &entry.torrent;
        let input = if torrent.active() {
            Input::Join {
                torrent: info_hash,
                hashes: torrent.hashes(),
                trackers: torrent.trackers().into_iter().map(str::to_owned).collect(),
                private: torrent.private(),
            }
        } else {
            Input::Leave { torrent: info_hash }
        };
        self.meet(now, input);
    }

    /// Something happened on a tracker's socket.
    pub(super) fn socket(&mut self, url: &str, event: SocketEvent) {
        let now = now();
        self.meet(now, Input::Socket { url, event });
        self.news.happened();
        self.arm_news(now);
    }

    /// The page tells of a connection.
    pub(super) fn rtc(&mut self, rtc: RtcId, event: RtcEvent, parts: &Array) {
        let now = now();
        let peer = PeerKey::new(rtc.0);
        match event {
            RtcEvent::Channel => {
                let this = self.this.clone();
                let handler = move |event| this.with(move |session| session.link_event(peer, event));
                if let Some(link) = Link::new(parts.get(0), handler) {
                    self.meet(now, Input::Linked { peer, link });
                }
            }
            RtcEvent::Offer { sdp } => {
                self.no_webrtc = false;
                self.meet(now, Input::Offered { peer, sdp });
            }
            RtcEvent::Answer { sdp } => self.meet(now, Input::Answered { peer, sdp }),
            RtcEvent::Gone => self.meet(now, Input::Gone { peer }),
            RtcEvent::Blocked => {
                self.no_webrtc = true;
                self.meet(now, Input::Gone { peer });
                self.news.happened();
                self.arm_news(now);
            }
        }
    }

    fn carry_out_meeting(&mut self, now: Time, output: Output<Link>) {
        match output {
            Output::Socket { url, act } => {
                if let Some(event) = self.sockets.act(&url, act) {
                    self.meet(now, Input::Socket { url: &url, event });
                }
            }
            Output::Offer { peer } => ask(peer, RtcCommand::Offer),
            Output::Accept { peer, sdp } => ask(peer, RtcCommand::Accept { sdp }),
            Output::Complete { peer, sdp } => ask(peer, RtcCommand::Complete { sdp }),
            Output::Drop { peer } => ask(peer, RtcCommand::Drop),
            Output::Connected { torrent, swarm, peer, opened } => {
                self.with(torrent, |torrent, now| torrent.connect(now, peer, swarm, opened));
                self.news.happened();
                self.arm_news(now);
            }
            Output::Lost { torrent, peer } => {
                self.with(torrent, |torrent, now| torrent.disconnect(now, peer));
            }
            Output::MakeRoom { torrent } => self.with(torrent, Torrent::spare_peer),
            Output::Introduction { torrent, introduction, outcome } => {
                self.with(torrent, |torrent, now| {
                    torrent.introduction(now, introduction, outcome.progress());
                });
            }
            Output::Noted { torrent, peer, event } => {
                if let Some(entry) = self.torrents.get_mut(&torrent) {
                    entry.torrent.note_at(now, peer, event);
                }
            }
            // Browsers accept no links but those that were offered.
            Output::Received { .. } => {}
        }
    }

    /// Something happened on a link.
    fn link_event(&mut self, peer: PeerKey, event: LinkEvent) {
        match event {
            LinkEvent::Open => self.meet(now(), Input::Opened { peer }),
            LinkEvent::Message(bytes) => {
                if let Some(torrent) = self.rendezvous.torrent(peer) {
                    let mut scratch = std::mem::take(&mut self.scratch);
                    self.with(torrent, |torrent, now| {
                        torrent.receive(now, peer, &bytes, &mut scratch);
                    });
                    self.scratch = scratch;
                }
            }
            LinkEvent::Low => {
                if let Some(torrent) = self.rendezvous.torrent(peer) {
                    self.with(torrent, |torrent, now| torrent.writable(now, peer));
                }
            }
            LinkEvent::Closed => self.meet(now(), Input::Gone { peer }),
        }
    }
}

/// The trackers of a torrent, as people see them.
pub(super) fn tracker_views(
    rendezvous: &Rendezvous<Link>,
    now: Time,
    info_hash: InfoHash,
) -> Vec<TrackerView> {
    let views = rendezvous.trackers(info_hash).map(|(url, state)| {
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

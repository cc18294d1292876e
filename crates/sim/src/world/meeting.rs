//! How peers find each other: what their sessions decide, carried out.

use std::time::Duration;

use metainfo::{InfoHash, InfoHashes};
use session::rendezvous::{Input, Output, Standing, Task, Torrents};
use swarm::{PeerKey, Phase, Torrent};
use wire::PeerId;

use super::tracking::TRACKER;
use super::{Event, World};
use crate::Conduct;
use crate::node::End;

/// What a session has to know of its only torrent.
struct Known<'a>(&'a Torrent);

impl Torrents for Known<'_> {
    fn standing(&self, _: InfoHash) -> Option<Standing> {
        let Self(torrent) = *self;
        Some(Standing {
            left: torrent.info().map(|_| torrent.left()),
            uploaded: torrent.uploaded(),
            downloaded: torrent.downloaded(),
            downloading: matches!(torrent.phase(), Phase::Metadata | Phase::Downloading),
        })
    }

    fn welcomes(&self, _: InfoHash, peer: PeerId) -> bool {
        self.0.welcomes(peer)
    }
}

impl World {
    /// Tells a session something, and does what it says to that.
    pub(super) fn meet(&mut self, number: usize, input: Input<'_, ()>) {
        let node = &mut self.nodes[number];
        node.rendezvous.handle(self.now, input, &Known(&node.torrent));
        self.carry_out_meetings(number);
    }

    /// A node looks for others from now on.
    pub(super) fn seek(&mut self, number: usize) {
        let hashes = self.nodes[number].torrent.hashes();
        let (torrent, trackers) = (hashes.id(), vec![TRACKER.to_owned()]);
        self.meet(number, Input::Expect);
        self.meet(number, Input::Join { torrent, hashes, trackers, private: false });
    }

    /// A node takes leave of everybody.
    pub(super) fn part(&mut self, number: usize) {
        let torrent = self.nodes[number].torrent.hashes().id();
        self.meet(number, Input::Leave { torrent });
        let peers: Vec<PeerKey> = self.nodes[number].connections.keys().copied().collect();
        for peer in peers {
            self.meet(number, Input::Closed { peer, reason: None });
            self.hang_up(number, peer);
        }
        self.nodes[number].setups.clear();
    }

    /// A node has described a connection. A description says whose it is, which is enough to connect.
    pub(super) fn described(&mut self, number: usize, peer: PeerKey, answers: bool) {
        let sdp = format!("{number} {}", peer.get());
        self.meet(number, if answers { Input::Answered { peer, sdp } } else { Input::Offered { peer, sdp } });
    }

    /// Two peers have done what it takes: they have a channel if both still want one and can.
    pub(super) fn set_up(&mut self, ends: [End; 2]) {
        let wants = |(node, key): End, other| self.nodes[node].setups.get(&key) == Some(&other);
        let wanted = [wants(ends[0], ends[1]), wants(ends[1], ends[0])];
        let meet = wanted == [true, true] && !self.is_refused(ends.map(|(node, _)| node));
        if meet {
            self.join_ends(ends);
        }
        for ((node, peer), wanted) in ends.into_iter().zip(wanted) {
            if wanted {
                self.nodes[node].setups.remove(&peer);
            }
            if meet {
                self.meet(node, Input::Linked { peer, link: () });
                self.meet(node, Input::Opened { peer });
            } else if wanted {
                self.meet(node, Input::Gone { peer });
            }
        }
        if meet && self.doubled_percent > 0 && self.rng.u32(..100) < self.doubled_percent {
            self.double(ends[1].0, ends[0].0);
        }
    }

    /// One peer calls another once more, which does not know who calls.
    fn double(&mut self, caller: usize, called: usize) {
        let now = self.now;
        let swarm = self.nodes[caller].torrent.hashes().id();
        let Some(answering) = self.nodes[called].rendezvous.arrive(now, ()) else { return };
        let Some(calling) = self.nodes[caller].rendezvous.dial(now, swarm, ()) else {
            return self.meet(called, Input::Gone { peer: answering });
        };
        self.join_ends([(caller, calling), (called, answering)]);
        self.carry_out_meetings(caller);
        self.carry_out_meetings(called);
    }

    fn carry_out_meetings(&mut self, number: usize) {
        while let Some(output) = self.nodes[number].rendezvous.poll() {
            self.carry_out_meeting(number, output);
        }
        let node = &mut self.nodes[number];
        if let Some(due) =
            node.rendezvous.deadline().filter(|due| node.alarm.is_none_or(|alarm| *due < alarm))
        {
            let at = due.max(self.now);
            node.alarm = Some(at);
            self.schedule(at, Event::Alarm { node: number, at });
        }
    }

    fn carry_out_meeting(&mut self, number: usize, output: Output<()>) {
        match output {
            Output::Do(Task::Socket { act, .. }) => self.socket(number, act),
            Output::Do(Task::Offer { peer }) => self.describe(number, peer, false),
            Output::Do(Task::Accept { peer, sdp }) => {
                self.nodes[number].setups.insert(peer, end(&sdp));
                self.describe(number, peer, true);
            }
            Output::Do(Task::Complete { peer, sdp }) => {
                let ends = [(number, peer), end(&sdp)];
                self.nodes[number].setups.insert(peer, ends[1]);
                let round_trip = ends.map(|(node, _)| 2 * self.nodes[node].line.delay());
                let setup = ROUND_TRIPS * (round_trip[0] + round_trip[1]);
                self.schedule(self.now + setup, Event::Meet { ends });
            }
            Output::Do(Task::Drop { peer }) => {
                self.nodes[number].setups.remove(&peer);
                self.hang_up(number, peer);
            }
            Output::Connected { swarm, peer, .. } => self.connected(number, swarm, peer),
            Output::Received { peer, bytes, .. } => {
                self.input(number, swarm::Input::Received { peer, bytes: &bytes });
            }
            Output::Lost { peer, .. } => self.input(number, swarm::Input::Closed { peer }),
            Output::MakeRoom { .. } => self.input(number, swarm::Input::MakeRoom),
            Output::Noted { peer, event, .. } => self.nodes[number].torrent.note_at(self.now, peer, event),
            Output::Introduction { introduction, outcome, .. } => {
                let progress = outcome.progress();
                self.input(number, swarm::Input::Introduction { introduction, progress });
            }
        }
    }

    fn describe(&mut self, node: usize, key: PeerKey, answers: bool) {
        let stay = self.nodes[node].stay;
        self.schedule(self.now + DESCRIBING, Event::Described { node, stay, key, answers });
    }

    fn connected(&mut self, number: usize, swarm: InfoHash, peer: PeerKey) {
        let hashes = self.nodes[number].torrent.hashes();
        let by_v2 = matches!(hashes, InfoHashes::Both(_, v2) if v2.truncated() == swarm);
        let connected =
            if by_v2 { swarm::Input::ConnectedV2 { peer } } else { swarm::Input::Connected { peer } };
        self.input(number, connected);
        if let Some(connection) = self.nodes[number].connections.get(&peer) {
            let room = connection.credit;
            self.input(number, swarm::Input::Writable { peer, room });
        }
    }

    /// Whether these two can never connect, as some pairs behind address translators. Seeds have none, so that
    /// everybody can complete.
    fn is_refused(&self, mut nodes: [usize; 2]) -> bool {
        if nodes.iter().any(|node| self.nodes[*node].conduct == Conduct::Seed) {
            return false;
        }
        nodes.sort_unstable();
        let [low, high] = nodes.map(|node| node as u64);
        let mut lot = fastrand::Rng::with_seed(low << 32 | high);
        lot.u32(..100) < self.refused_percent
    }
}

/// The end that a description is of.
fn end(sdp: &str) -> End {
    let (node, key) = sdp.split_once(' ').expect("descriptions are two numbers");
    let key: u32 = key.parse().expect("the second is a key");
    (node.parse().expect("the first is a node"), PeerKey::new(key))
}

/// How long a browser takes to describe a connection.
const DESCRIBING: Duration = Duration::from_millis(100);
/// Round trips until a channel is open: connectivity checks, DTLS and SCTP.
const ROUND_TRIPS: u32 = 5;

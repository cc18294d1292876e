//! How peers find each other: what their sessions decide, carried out.

use std::time::Duration;

use session::rendezvous::Task;
use swarm::PeerKey;

use super::{Event, World};
use crate::Conduct;
use crate::node::{End, Session};

impl World {
    /// A node takes leave of everybody.
    pub(super) fn part(&mut self, number: usize) {
        self.nodes[number].count(self.now);
        self.tell(number, Session::close);
        self.nodes[number].setups.clear();
        self.nodes[number].end(self.now);
    }

    /// A node has described a connection. A description says whose it is, which is enough to connect.
    pub(super) fn described(&mut self, number: usize, peer: PeerKey, answers: bool) {
        let sdp = format!("{number} {}", peer.get());
        self.tell(number, |session, now| {
            if answers { session.answered(now, peer, sdp) } else { session.offered(now, peer, sdp) }
        });
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
                self.tell(node, |session, now| {
                    session.linked(now, peer, ());
                    session.link_opened(now, peer);
                });
            } else if wanted {
                self.tell(node, |session, now| session.gone(now, peer));
            }
        }
        if meet && self.doubled_percent > 0 && self.rng.u32(..100) < self.doubled_percent {
            self.double(ends[1].0, ends[0].0);
        }
    }

    /// One peer calls another once more, which does not know who calls.
    fn double(&mut self, caller: usize, called: usize) {
        let now = self.now;
        let swarm = self.nodes[caller].hashes.id();
        let Some(answering) = self.nodes[called].session.arrive(now, ()) else { return };
        let Some(calling) = self.nodes[caller].session.dial(now, swarm, ()) else {
            return self.tell(called, |session, now| session.gone(now, answering));
        };
        self.join_ends([(caller, calling), (called, answering)]);
        self.settle(caller);
        self.settle(called);
    }

    /// Does what a session wants done with a connection or its tracker.
    pub(super) fn meet(&mut self, number: usize, task: Task) {
        match task {
            Task::Socket { act, .. } => self.socket(number, act),
            Task::Offer { peer, .. } => self.describe(number, peer, false),
            Task::Accept { peer, sdp, .. } => {
                self.nodes[number].setups.insert(peer, end(&sdp));
                self.describe(number, peer, true);
            }
            Task::Complete { peer, sdp } => {
                let ends = [(number, peer), end(&sdp)];
                self.nodes[number].setups.insert(peer, ends[1]);
                let round_trip = ends.map(|(node, _)| 2 * self.nodes[node].line.delay());
                let setup = ROUND_TRIPS * (round_trip[0] + round_trip[1]);
                self.schedule(self.now + setup, Event::Meet { ends });
            }
            Task::Drop { peer } => {
                self.nodes[number].setups.remove(&peer);
                self.hang_up(number, peer);
            }
        }
    }

    fn describe(&mut self, node: usize, key: PeerKey, answers: bool) {
        let stay = self.nodes[node].stay;
        self.schedule(self.now + DESCRIBING, Event::Described { node, stay, key, answers });
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

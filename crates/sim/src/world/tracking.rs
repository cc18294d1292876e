//! How peers find each other.

use std::time::Duration;

use signaling::{ConnId, Index};
use swarm::{Input, IntroductionKey, Phase, Progress, Step, Time};
use tracker::{Announce, Answer, Event as Announcement, Offer, OfferId, Request, Response};

use super::{Event, World};
use crate::Conduct;

impl World {
    /// Tells the tracker of a node, with as many offers as it wants to make.
    pub(super) fn announce(&mut self, number: usize, event: Option<Announcement>) {
        let now = self.now;
        let node = &mut self.nodes[number];
        if !self.tracker_up || !node.present {
            return;
        }
        let mut event = event;
        let conn = *node.conn.get_or_insert_with(|| {
            event = event.or(Some(Announcement::Started));
            self.last_conn += 1;
            let conn = ConnId::new(self.last_conn);
            self.conns.insert(conn, number);
            conn
        });
        let leaves = event == Some(Announcement::Stopped);
        let torrent = &node.torrent;
        let seeding = torrent.phase() == Phase::Complete;
        let wanted = if leaves { 0 } else { node.seeker.offers_wanted(node.connections.len(), seeding) };
        let offer = |_| {
            let mut id = [0; 20];
            node.rng.fill(&mut id);
            Offer { offer_id: OfferId::from_bytes(id), sdp: String::new() }
        };
        let offers: Vec<Offer> = (0..wanted).map(offer).collect();
        node.seeker.offers = offers.iter().map(|offer| offer.offer_id).collect();
        let announce = Announce {
            info_hash: torrent.hashes().id(),
            peer_id: node.id,
            event,
            left: torrent.info().map(|_| torrent.left()),
            uploaded: torrent.uploaded(),
            downloaded: torrent.downloaded(),
            numwant: Some(offers.len() as u32),
            offers,
        };
        let request = Box::new(Request::Announce(announce));
        self.schedule(now + TO_TRACKER, Event::Ask { conn, request });
        self.announce_at(number, now + INTERVAL);
    }

    /// Plans the next announce of a node.
    pub(super) fn announce_at(&mut self, number: usize, due: Time) {
        let node = &mut self.nodes[number];
        if node.seeker.due != Some(due) {
            node.seeker.due = Some(due);
            let stay = node.stay;
            self.schedule(due, Event::Announce { node: number, stay, due });
        }
    }

    /// A message reaches the tracker.
    pub(super) fn ask(&mut self, conn: ConnId, request: Request) {
        if !self.tracker_up || !self.conns.contains_key(&conn) {
            return;
        }
        let leaves =
            matches!(&request, Request::Announce(announce) if announce.event == Some(Announcement::Stopped));
        let mut responses = Vec::new();
        self.tracker.handle(self.since_epoch(), conn, request, &mut responses);
        for (conn, response) in responses {
            self.schedule(self.now + TO_TRACKER, Event::Tell { conn, response: Box::new(response) });
        }
        if leaves {
            self.tracker.closed(conn);
            self.disconnect(conn);
        }
    }

    /// A message of the tracker reaches a peer.
    pub(super) fn tell(&mut self, conn: ConnId, response: Response) {
        let Some(&number) = self.conns.get(&conn) else { return };
        let now = self.now;
        let node = &mut self.nodes[number];
        if !node.present {
            return;
        }
        match response {
            Response::Announce { complete, incomplete, interval, .. } => {
                let interval = Duration::from_secs(interval.into());
                let connected = node.connections.len();
                let due = node.seeker.counted(now, (complete, incomplete), connected, interval);
                self.announce_at(number, due);
            }
            Response::Offer { info_hash, peer_id, offer_id, .. } => {
                let other = self.names[&peer_id];
                if !node.knows(peer_id) && !node.shunned.contains(&other) {
                    let answer = Answer {
                        info_hash,
                        peer_id: node.id,
                        to_peer_id: peer_id,
                        offer_id,
                        sdp: String::new(),
                    };
                    let request = Box::new(Request::Answer(answer));
                    self.schedule(now + TO_TRACKER, Event::Ask { conn, request });
                }
            }
            Response::Answer { peer_id, offer_id, .. } => {
                let other = self.names[&peer_id];
                if node.seeker.offers.remove(&offer_id) && !node.shunned.contains(&other) {
                    self.introduce([number, other]);
                }
            }
            Response::Scrape { .. } | Response::Failure { .. } => {}
        }
    }

    /// The tracker is gone, with all that it knew.
    pub(super) fn tracker_fails(&mut self) {
        self.tracker_up = false;
        self.tracker = Index::new(signaling::Config::default(), self.rng.u64(..));
        self.conns.clear();
        for node in &mut self.nodes {
            node.conn = None;
        }
    }

    /// The tracker is back: everybody connects again, each after a while.
    pub(super) fn tracker_returns(&mut self) {
        self.tracker_up = true;
        for number in 0..self.nodes.len() {
            if self.nodes[number].present {
                let wait = Duration::from_millis(self.nodes[number].rng.u64(..RECONNECT_MS));
                self.announce_at(number, self.now + wait);
            }
        }
    }

    /// Does its part of an introduction by a neighbour. A description says whose it is, which is enough to connect.
    pub(super) fn take_step(&mut self, number: usize, introduction: IntroductionKey, step: Step) {
        let own = number.to_string();
        let progress = match &step {
            Step::Offer { .. } => Progress::Offer(&own),
            Step::Answer { .. } => Progress::Answer(&own),
            Step::Complete { answer } => match answer.parse() {
                Ok(other) if !self.is_refused([number, other]) => return self.introduce([number, other]),
                _ => Progress::Failed,
            },
            Step::Cancel => return,
        };
        self.input(number, Input::Introduction { introduction, progress });
    }

    pub(super) fn disconnect(&mut self, conn: ConnId) {
        if let Some(number) = self.conns.remove(&conn)
            && self.nodes[number].conn == Some(conn)
        {
            self.nodes[number].conn = None;
        }
    }

    /// Two peers know where they are: if they can connect, they will soon be.
    fn introduce(&mut self, nodes: [usize; 2]) {
        if self.is_refused(nodes) {
            return;
        }
        let stays = nodes.map(|node| self.nodes[node].stay);
        let round_trip = nodes.map(|node| 2 * self.nodes[node].line.delay());
        let setup = ROUND_TRIPS * (round_trip[0] + round_trip[1]);
        self.schedule(self.now + setup, Event::Meet { nodes, stays });
        if self.doubled_percent > 0 && self.rng.u32(..100) < self.doubled_percent {
            let (nodes, stays) = ([nodes[1], nodes[0]], [stays[1], stays[0]]);
            self.schedule(self.now + setup, Event::Meet { nodes, stays });
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

/// How long a message to or from the tracker takes.
const TO_TRACKER: Duration = Duration::from_millis(40);
/// When to announce again if the tracker does not say.
const INTERVAL: Duration = Duration::from_secs(120);
/// Milliseconds within which all have connected again to a tracker that was down.
const RECONNECT_MS: u64 = 5_000;
/// Round trips until a channel is open: connectivity checks, DTLS and SCTP.
const ROUND_TRIPS: u32 = 5;

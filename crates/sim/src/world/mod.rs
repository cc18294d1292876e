//! The run: events in order, and what each causes.

mod drive;
mod market;
mod meeting;
mod network;
mod tracking;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use fastrand::Rng;
use metainfo::{Info, PieceIndex, PieceLayers};
use signaling::{ConnId, Index};
use swarm::{PeerKey, Time};
use tracker::{Request, Response};

pub(crate) use self::tracking::TRACKER;
use crate::market::Chain;
use crate::node::{Connection, End, HEADER, Node, Parcel, Session};
use crate::report::Fault;
use crate::scenario::Scenario;
use crate::trace::Trace;
use crate::{Error, Report};

/// Plays a scenario until every peer that downloads is complete, or to its limit.
///
/// # Errors
///
/// When the scenario has no valid torrent.
pub fn simulate(scenario: &Scenario) -> Result<Report, Error> {
    let mut world = World::new(scenario, &scenario.torrent()?);
    world.run(Time::ZERO + Duration::from_secs(scenario.limit_s.into()));
    Ok(world.report())
}

/// Plays a scenario as [`simulate`] does, and tells besides what one of its peers noted, by its place in the report.
///
/// # Errors
///
/// When the scenario has no valid torrent, or not so many peers.
pub fn record(scenario: &Scenario, peer: usize) -> Result<(Report, journal::Report), Error> {
    let mut world = World::new(scenario, &scenario.torrent()?);
    world.nodes.get_mut(peer).ok_or(Error::Peer(peer))?.record(Time::ZERO);
    world.run(Time::ZERO + Duration::from_secs(scenario.limit_s.into()));
    let noted = world.nodes[peer].take_journal();
    Ok((world.report(), noted))
}

struct World {
    now: Time,
    rng: Rng,
    nodes: Vec<Node>,
    /// Nodes that download and are not complete.
    incomplete: usize,
    refused_percent: u32,
    doubled_percent: u32,
    breaks: Option<Duration>,

    chain: Chain,
    tracker: Index,
    tracker_up: bool,
    conns: BTreeMap<ConnId, usize>,
    last_conn: u64,

    /// What will happen, by time and then by order of cause.
    events: BinaryHeap<Reverse<Scheduled>>,
    caused: u64,
    happened: u64,
    trace: Trace,
    faults: Vec<Fault>,
    /// Room for a block's message.
    scratch: Vec<u8>,
}

struct Scheduled {
    at: Time,
    order: u64,
    event: Event,
}

/// A `stay` is that of a node when the event was caused: if it left since, nothing happens.
enum Event {
    Join {
        node: usize,
    },
    Leave {
        node: usize,
        stay: u32,
    },
    /// A node's program is killed.
    Kill {
        node: usize,
        stay: u32,
    },
    TrackerFails,
    TrackerReturns,
    Sweep,
    /// A node's connection to the tracker opens or is refused.
    Dialled {
        conn: ConnId,
    },
    /// The tracker learns that a connection ended.
    Undialled {
        conn: ConnId,
    },
    /// A message reaches the tracker.
    Ask {
        conn: ConnId,
        request: Box<Request>,
    },
    /// A message of the tracker reaches a peer.
    Tell {
        conn: ConnId,
        response: Box<Response>,
    },
    /// A node has described a connection, for another that may have described its own before.
    Described {
        node: usize,
        stay: u32,
        key: PeerKey,
        answers: bool,
    },
    /// Two peers have a channel, or know that they cannot.
    Meet {
        ends: [End; 2],
    },
    /// A parcel has left its sender.
    Sent {
        node: usize,
        key: PeerKey,
        bytes: u32,
    },
    /// A parcel is past the middle of the network.
    Enter {
        node: usize,
        key: PeerKey,
        parcel: Parcel,
    },
    /// A parcel is at its destination.
    Arrive {
        node: usize,
        key: PeerKey,
        parcel: Parcel,
    },
    /// A connection breaks.
    Break {
        node: usize,
        key: PeerKey,
    },
    /// A node learns that the other side hung up.
    HangUp {
        node: usize,
        key: PeerKey,
    },
    Wake {
        node: usize,
        at: Time,
    },
    /// A player needs its next piece.
    Play {
        node: usize,
        stay: u32,
    },
    Hashed {
        node: usize,
        stay: u32,
        piece: PieceIndex,
    },
    Stored {
        node: usize,
        stay: u32,
        piece: PieceIndex,
    },
    /// Pieces are hashed that a visit left behind without a record.
    Checked {
        node: usize,
        stay: u32,
        pieces: Vec<PieceIndex>,
    },
}

impl World {
    fn new(scenario: &Scenario, torrent: &(Info, PieceLayers)) -> Self {
        let mut rng = Rng::with_seed(scenario.seed);
        let mut nodes: Vec<Node> = Vec::new();
        let mut joins = Vec::new();
        let mut chain = Chain::default();
        let mut groups = scenario.groups.clone();
        groups.sort_unstable();
        for group in &groups {
            for n in 0..group.count {
                nodes.push(Node::new(nodes.len(), group, scenario, torrent, &mut chain, rng.u64(..)));
                let (first, last) = (u64::from(group.joins_s.0) * 1000, u64::from(group.joins_s.1) * 1000);
                let join = first + last.saturating_sub(first) * u64::from(n) / u64::from(group.count);
                joins.push(Time::from_millis(join));
            }
        }
        let mut world = Self {
            now: Time::ZERO,
            incomplete: nodes.iter().filter(|node| !node.is_complete()).count(),
            nodes,
            refused_percent: scenario.refused_percent,
            doubled_percent: scenario.doubled_percent,
            breaks: (scenario.breaks_s > 0).then(|| Duration::from_secs(scenario.breaks_s.into())),
            chain,
            tracker: Index::new(signaling::Config::default(), rng.u64(..)),
            tracker_up: true,
            conns: BTreeMap::new(),
            last_conn: 0,
            rng,
            events: BinaryHeap::new(),
            caused: 0,
            happened: 0,
            trace: Trace::default(),
            faults: Vec::new(),
            scratch: vec![0; (HEADER + MAX_BLOCK) as usize],
        };
        for (node, at) in joins.into_iter().enumerate() {
            world.schedule(at, Event::Join { node });
        }
        for (from, to) in &scenario.outages {
            world.schedule(Time::from_millis(u64::from(*from) * 1000), Event::TrackerFails);
            world.schedule(Time::from_millis(u64::from(*to) * 1000), Event::TrackerReturns);
        }
        world.schedule(Time::ZERO, Event::Sweep);
        world
    }

    fn run(&mut self, limit: Time) {
        while self.incomplete > 0
            && let Some(Reverse(Scheduled { at, event, .. })) = self.events.pop()
            && at <= limit
        {
            self.now = at;
            self.happened += 1;
            self.happen(event);
        }
        for node in &mut self.nodes {
            node.count(self.now);
        }
    }

    fn report(self) -> Report {
        let (now, mut chain) = (self.now, self.chain);
        for till in self.nodes.iter().filter_map(|node| node.till.as_ref()) {
            till.redeem(&mut chain);
        }
        let peers = self.nodes.into_iter().map(|node| {
            let complete = node.is_complete();
            let balance = node.till.map(|till| till.balance(&chain)).unwrap_or_default();
            node.tally.outcome(node.conduct, complete, node.money, balance)
        });
        Report {
            trace: self.trace.finish(),
            ended: now,
            events: self.happened,
            peers: peers.collect(),
            faults: self.faults,
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Join { node } => self.join(node),
            Event::Leave { node, stay } if self.stays(node, stay) => self.leave(node),
            Event::Kill { node, stay } if self.stays(node, stay) => self.kill(node),
            Event::TrackerFails => self.tracker_fails(),
            Event::TrackerReturns => self.tracker_up = true,
            Event::Sweep => {
                self.tracker.sweep(self.since_epoch());
                self.schedule(self.now + SWEEP, Event::Sweep);
            }
            Event::Dialled { conn } => self.dialled(conn),
            Event::Undialled { conn } => self.undialled(conn),
            Event::Ask { conn, request } => self.ask(conn, *request),
            Event::Tell { conn, response } => self.tracker_says(conn, &response),
            Event::Described { node, stay, key, answers } if self.stays(node, stay) => {
                self.described(node, key, answers);
            }
            Event::Meet { ends } => self.set_up(ends),
            Event::Sent { node, key, bytes } => self.sent(node, key, bytes),
            Event::Enter { node, key, parcel } => {
                let at = self.nodes[node].down.enter(self.now, parcel.length());
                self.schedule(at, Event::Arrive { node, key, parcel });
            }
            Event::Arrive { node, key, parcel } => self.arrive(node, key, &parcel),
            Event::Break { node, key } => {
                if self.nodes[node].connections.contains_key(&key) {
                    self.tell(node, |session, now| session.gone(now, key));
                }
            }
            Event::HangUp { node, key } => {
                if self.nodes[node].connections.remove(&key).is_some() {
                    self.tell(node, |session, now| session.gone(now, key));
                }
            }
            Event::Wake { node, at } if self.nodes[node].wake == Some(at) => {
                self.nodes[node].wake = None;
                self.wake_till(node);
                self.tell(node, Session::wake);
            }
            Event::Hashed { node, stay, piece } if self.stays(node, stay) => {
                let hashed = self.nodes[node].slots.borrow_mut().hashed(piece);
                if let Some(check) = hashed {
                    self.tell_torrent(node, |torrent, now| torrent.hashed(now, piece, check));
                }
            }
            Event::Stored { node, stay, piece } if self.stays(node, stay) => {
                let stores = self.nodes[node].slots.borrow().stores(piece);
                if stores {
                    self.tell_torrent(node, |torrent, now| torrent.stored(now, piece, Ok(())));
                    self.play(node);
                    self.check_complete(node);
                }
            }
            Event::Checked { node, stay, pieces } if self.stays(node, stay) => self.checked(node, &pieces),
            Event::Play { node, stay } if self.stays(node, stay) => self.play(node),
            Event::Leave { .. }
            | Event::Kill { .. }
            | Event::Described { .. }
            | Event::Play { .. }
            | Event::Wake { .. }
            | Event::Hashed { .. }
            | Event::Stored { .. }
            | Event::Checked { .. } => {}
        }
    }

    fn join(&mut self, number: usize) {
        let now = self.now;
        let node = &mut self.nodes[number];
        node.present = true;
        node.stay += 1;
        node.tally.joined.get_or_insert(now);
        if let Some(churn) = node.churn.filter(|_| !node.is_complete()) {
            let stays = around(&mut node.rng, churn.stays_s);
            let leave = Event::Leave { node: number, stay: node.stay };
            self.schedule(now + stays, leave);
        }
        let node = &self.nodes[number];
        if let Some(kill) = node.kill {
            let event = Event::Kill { node: number, stay: node.stay };
            self.schedule(now + Duration::from_secs(kill.after_s.into()), event);
        }
        self.nodes[number].begin(now);
        self.settle(number);
        self.play(number);
    }

    fn leave(&mut self, number: usize) {
        self.part(number);
        let node = &mut self.nodes[number];
        node.present = false;
        node.up.clear();
        let back = node.churn.filter(|_| !node.is_complete());
        let away = back.map(|churn| around(&mut node.rng, churn.away_s));
        if let Some(away) = away {
            self.schedule(self.now + away, Event::Join { node: number });
        }
    }

    /// A node is gone without a word. Only the tracker knows, as its system closes the socket.
    fn kill(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let Some(kill) = node.kill.take() else { return };
        node.present = false;
        node.setups.clear();
        node.up.clear();
        let noticed = self.now + Duration::from_secs(kill.noticed_s.into());
        for connection in std::mem::take(&mut node.connections).into_values() {
            let Connection { other, other_key, .. } = connection;
            if let Some(connection) = self.nodes[other].connections.get_mut(&other_key) {
                connection.is_dead = true;
            }
            self.schedule(noticed, Event::HangUp { node: other, key: other_key });
        }
        if let Some(conn) = self.nodes[number].conn.take() {
            self.undialled(conn);
        }
        self.nodes[number].rename(number);
        self.nodes[number].end(self.now);
        if let Some(back) = kill.back_s {
            self.schedule(self.now + Duration::from_secs(back.into()), Event::Join { node: number });
        } else if !self.nodes[number].is_complete() {
            self.nodes[number].tally.killed = true;
            self.incomplete -= 1;
        }
    }

    /// A piece was stored: was it the last?
    fn check_complete(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        if !node.is_complete() || node.tally.completed.is_some() {
            return;
        }
        node.tally.completed = Some(self.now);
        self.incomplete -= 1;
        if let Some(lingers) = node.lingers {
            let leave = Event::Leave { node: number, stay: node.stay };
            self.schedule(self.now + lingers, leave);
        }
    }

    fn stays(&self, node: usize, stay: u32) -> bool {
        self.nodes[node].present && self.nodes[node].stay == stay
    }

    fn fault(&mut self, peer: usize, what: &'static str) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { at: self.now, peer, what });
        }
    }

    fn since_epoch(&self) -> Duration {
        self.now.since(Time::ZERO)
    }

    fn schedule(&mut self, at: Time, event: Event) {
        self.caused += 1;
        self.events.push(Reverse(Scheduled { at, order: self.caused, event }));
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// From half to three halves of `seconds`.
fn around(rng: &mut Rng, seconds: u32) -> Duration {
    let millis = u64::from(seconds) * 1000;
    Duration::from_millis(rng.u64(millis / 2..=millis * 3 / 2))
}

/// The longest block that anybody sends.
const MAX_BLOCK: u32 = 128 * 1024;
/// How often the tracker forgets what is too old.
const SWEEP: Duration = Duration::from_secs(10);
/// Faults that are written down.
const MAX_FAULTS: usize = 20;

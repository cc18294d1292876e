//! The task that owns the index.
//!
//! Requests come in over one queue, responses leave over one bounded queue per client. A client that lets
//! its queue fill up is cut off, so that nobody waits for the slowest.
//!
//! A client whose network changed comes back on a second connection while its first still looks open. So when
//! a connection claims the peer id of another, the other is probed: the claim waits until that has shown that
//! it is alive, and is then refused, or has ended.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use signaling::{ConnId, Index};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval};
use tracker::{Request, Response};

use crate::metrics::Counters;
use crate::stats::{Client, Stats};

/// Requests that may wait for the index; then sockets stop reading.
const MAX_WAITING_REQUESTS: usize = 1024;

/// Time between two sweeps of the index.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// How long statistics are good for: counting looks at every peer.
const STATS_TTL: Duration = Duration::from_secs(1);

/// What the task has for a client's connection.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// To be sent.
    Response(Response),
    /// The client is to be pinged. The connection says [`Hub::alive`] when it hears from it, or ends.
    Probe,
}

/// The way to the task; it ends when the last of these is gone.
#[derive(Clone, Debug)]
pub(crate) struct Hub(mpsc::Sender<Input>);

#[derive(Debug)]
enum Input {
    Open { conn: ConnId, address: IpAddr, outbox: mpsc::Sender<Outgoing> },
    Request { conn: ConnId, request: Request },
    Alive { conn: ConnId },
    Close { conn: ConnId },
    Stats { reply: oneshot::Sender<Arc<Stats>> },
}

impl Hub {
    /// Starts the task.
    pub(crate) fn start(config: signaling::Config, counters: Arc<Counters>) -> Self {
        let (sender, inputs) = mpsc::channel(MAX_WAITING_REQUESTS);
        let seed = RandomState::new().hash_one(0);
        let task = Task {
            // A connection cannot succeed to more than it may hold.
            max_claims: config.max_torrents_per_connection,
            index: Index::new(config, seed),
            clients: BTreeMap::new(),
            claims: BTreeMap::new(),
            requests: VecDeque::new(),
            started: Instant::now(),
            stats: None,
            counters,
        };
        tokio::spawn(task.run(inputs));
        Self(sender)
    }

    /// Registers a client; its responses arrive in `outbox`, and the other end closes when it is too slow.
    pub(crate) async fn open(&self, conn: ConnId, address: IpAddr, outbox: mpsc::Sender<Outgoing>) {
        self.send(Input::Open { conn, address, outbox }).await;
    }

    /// Hands a request to the index.
    pub(crate) async fn request(&self, conn: ConnId, request: Request) {
        self.send(Input::Request { conn, request }).await;
    }

    /// Reports that a probed client was heard of.
    pub(crate) async fn alive(&self, conn: ConnId) {
        self.send(Input::Alive { conn }).await;
    }

    /// Forgets a client.
    pub(crate) async fn close(&self, conn: ConnId) {
        self.send(Input::Close { conn }).await;
    }

    /// Statistics that are at most a second old.
    pub(crate) async fn stats(&self) -> Option<Arc<Stats>> {
        let (reply, stats) = oneshot::channel();
        self.send(Input::Stats { reply }).await;
        stats.await.ok()
    }

    async fn send(&self, input: Input) {
        // The task outlives every sender, so only a runtime in shutdown refuses.
        drop(self.0.send(input).await);
    }
}

struct Task {
    index: Index,
    clients: BTreeMap<ConnId, (Client, mpsc::Sender<Outgoing>)>,
    /// Announces with a peer id of the connection that they are listed under, which is being probed, and the
    /// connections that they came from.
    claims: BTreeMap<ConnId, Vec<(ConnId, Request)>>,
    max_claims: usize,
    /// What the index is to handle next.
    requests: VecDeque<(ConnId, Request)>,
    started: Instant,
    stats: Option<(Instant, Arc<Stats>)>,
    counters: Arc<Counters>,
}

impl Task {
    async fn run(mut self, mut inputs: mpsc::Receiver<Input>) {
        let mut sweep = interval(SWEEP_INTERVAL);
        let mut out = Vec::new();
        loop {
            tokio::select! {
                input = inputs.recv() => match input {
                    Some(input) => self.handle(input, &mut out),
                    None => return,
                },
                _ = sweep.tick() => self.index.sweep(self.started.elapsed()),
            }
        }
    }

    fn handle(&mut self, input: Input, out: &mut Vec<(ConnId, Response)>) {
        match input {
            Input::Open { conn, address, outbox } => {
                self.clients.insert(conn, (Client::at(address), outbox));
            }
            Input::Request { conn, request } => {
                self.counters.count_request(&request);
                self.accept(conn, request);
            }
            Input::Alive { conn } => self.settle(conn),
            Input::Close { conn } => self.forget(conn),
            Input::Stats { reply } => drop(reply.send(self.stats())),
        }
        while let Some((conn, request)) = self.requests.pop_front() {
            // A claim may have outlived its connection.
            if !self.clients.contains_key(&conn) {
                continue;
            }
            self.index.handle(self.started.elapsed(), conn, request, out);
            for (conn, response) in out.drain(..) {
                self.counters.count_response(&response);
                self.deliver(conn, Outgoing::Response(response));
            }
        }
    }

    /// Passes a request on, unless it is a claim, which has to wait.
    fn accept(&mut self, conn: ConnId, request: Request) {
        let owner = match &request {
            Request::Announce(announce) => self.index.owner(announce.info_hash, announce.peer_id),
            Request::Answer(_) | Request::Scrape(_) => None,
        };
        let Some(owner) = owner.filter(|&owner| owner != conn) else {
            self.requests.push_back((conn, request));
            return;
        };
        let claims = self.claims.entry(owner).or_default();
        if claims.len() >= self.max_claims {
            self.requests.push_back((conn, request));
            return;
        }
        claims.push((conn, request));
        if claims.len() == 1 {
            self.deliver(owner, Outgoing::Probe);
        }
    }

    /// Lets the index decide the claims on a connection that is known to be alive, or gone.
    fn settle(&mut self, owner: ConnId) {
        self.requests.extend(self.claims.remove(&owner).unwrap_or_default());
    }

    fn deliver(&mut self, conn: ConnId, outgoing: Outgoing) {
        let Some((_, outbox)) = self.clients.get(&conn) else { return };
        match outbox.try_send(outgoing) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.counters.slow_clients.add();
                self.forget(conn);
            }
            // Its socket has ended and says so soon.
            Err(TrySendError::Closed(_)) => {}
        }
    }

    fn forget(&mut self, conn: ConnId) {
        self.clients.remove(&conn);
        self.index.closed(conn);
        self.settle(conn);
    }

    fn stats(&mut self) -> Arc<Stats> {
        if let Some((counted, stats)) = &self.stats
            && counted.elapsed() < STATS_TTL
        {
            return Arc::clone(stats);
        }
        let client = |conn| self.clients.get(&conn).map(|&(client, _)| client);
        let stats = Arc::new(Stats::count(&self.index, client, self.started.elapsed()));
        self.stats = Some((Instant::now(), Arc::clone(&stats)));
        stats
    }
}

//! The index, shared by all connections.
//!
//! A request takes the lock for the few steps that the index makes of it; what comes of them is put into the outboxes
//! of clients after that. So nobody queues, and no task has to be woken to think.
//!
//! A client whose network changed comes back on a second connection while its first still looks open. So when
//! a connection claims the peer id of another, the other is probed: the claim waits until that has shown that
//! it is alive, and is then refused, or has ended.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use signaling::{ConnId, Denylist, Index};
use tracker::{Request, Response};

use crate::metrics::Counters;
use crate::outbox::{Outbox, Outgoing};
use crate::stats::Stats;

/// Time between two calls of [`Hub::sweep`].
pub(crate) const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Everybody's way to the index.
#[derive(Debug)]
pub(crate) struct Hub {
    started: Instant,
    max_waiting_responses: usize,
    counters: Arc<Counters>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    index: Index,
    clients: BTreeMap<ConnId, Arc<Outbox>>,
    last_conn: u64,
    /// Announces with a peer id of the connection that they are listed under, which is being probed, and the
    /// connections that they came from.
    claims: BTreeMap<ConnId, Vec<(ConnId, Request)>>,
    max_claims: usize,
    is_stopping: bool,
}

impl Hub {
    pub(crate) fn new(
        config: signaling::Config,
        max_waiting_responses: usize,
        counters: Arc<Counters>,
    ) -> Self {
        let state = State {
            // A connection cannot succeed to more than it may hold.
            max_claims: config.max_torrents_per_connection,
            index: Index::new(config, RandomState::new().hash_one(0)),
            clients: BTreeMap::new(),
            last_conn: 0,
            claims: BTreeMap::new(),
            is_stopping: false,
        };
        Self { started: Instant::now(), max_waiting_responses, counters, state: Mutex::new(state) }
    }

    /// Registers a client, and says where its responses arrive.
    pub(crate) fn open(&self, address: IpAddr) -> (ConnId, Arc<Outbox>) {
        let outbox = Arc::new(Outbox::new(self.max_waiting_responses));
        let mut state = self.lock();
        state.last_conn += 1;
        let conn = ConnId::new(state.last_conn);
        let conn = if address.to_canonical().is_ipv6() { conn.over_ipv6() } else { conn };
        if state.is_stopping {
            outbox.put(Outgoing::Goodbye);
        }
        state.clients.insert(conn, Arc::clone(&outbox));
        (conn, outbox)
    }

    /// Hands a request to the index.
    pub(crate) fn request(&self, conn: ConnId, request: Request) {
        self.counters.count_request(&request);
        self.act(|state| state.accept(conn, request));
    }

    /// Reports that a probed client was heard of.
    pub(crate) fn alive(&self, conn: ConnId) {
        self.act(|state| state.settle(conn));
    }

    /// Forgets a client.
    pub(crate) fn close(&self, conn: ConnId) {
        self.act(|state| {
            state.clients.remove(&conn);
            state.index.closed(conn);
            state.settle(conn)
        });
    }

    /// Forgets peers that have been silent, and offers that nobody answers.
    pub(crate) fn sweep(&self) {
        self.lock().index.sweep(self.started.elapsed());
    }

    /// Denies these torrents instead of those that were denied until now, and tells who is in the swarm of one.
    pub(crate) fn deny(&self, denied: Denylist) {
        let mut out = Vec::new();
        let mut state = self.lock();
        // The former list is long, maybe, and is taken apart without the lock.
        let _before = state.index.deny(denied, &mut out);
        self.deliver(state, out);
    }

    /// Has every connection say goodbye, those included that open from now on.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopping = true;
        let outboxes: Vec<_> = state.clients.values().map(Arc::clone).collect();
        drop(state);
        for outbox in outboxes {
            outbox.put(Outgoing::Goodbye);
        }
    }

    /// Who is there.
    pub(crate) fn stats(&self) -> Stats {
        let state = self.lock();
        Stats::new(state.clients.len(), &state.index, self.started.elapsed())
    }

    /// Lets the index handle the requests that an input leads to, and delivers the responses.
    fn act(&self, input: impl FnOnce(&mut State) -> Vec<(ConnId, Request)>) {
        let mut out = Vec::new();
        let mut state = self.lock();
        for (conn, request) in input(&mut state) {
            // A claim may have outlived its connection.
            if state.clients.contains_key(&conn) {
                state.index.handle(self.started.elapsed(), conn, request, &mut out);
            }
        }
        self.deliver(state, out);
    }

    /// Gives the state free, and responses to the clients that they are for.
    fn deliver(&self, state: MutexGuard<'_, State>, out: Vec<(ConnId, Response)>) {
        let addressed = |(conn, response)| Some((Arc::clone(state.clients.get(&conn)?), response));
        let deliveries: Vec<_> = out.into_iter().filter_map(addressed).collect();
        drop(state);
        for (outbox, response) in deliveries {
            let [taken, dropped] = self.counters.response(&response);
            let counter = if outbox.put(Outgoing::Response(response)) { taken } else { dropped };
            if let Some(counter) = counter {
                counter.add();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Passes a request on, unless it is a claim, which has to wait.
    fn accept(&mut self, conn: ConnId, request: Request) -> Vec<(ConnId, Request)> {
        let owner = match &request {
            Request::Announce(announce) => self.index.owner(announce.info_hash, announce.peer_id),
            Request::Answer(_) | Request::Scrape(_) => None,
        };
        let Some(owner) = owner.filter(|&owner| owner != conn) else { return vec![(conn, request)] };
        let claims = self.claims.entry(owner).or_default();
        if claims.len() >= self.max_claims {
            return vec![(conn, request)];
        }
        claims.push((conn, request));
        if claims.len() == 1
            && let Some(outbox) = self.clients.get(&owner)
        {
            outbox.put(Outgoing::Probe);
        }
        Vec::new()
    }

    /// Lets the index decide the claims on a connection that is known to be alive, or gone.
    fn settle(&mut self, owner: ConnId) -> Vec<(ConnId, Request)> {
        self.claims.remove(&owner).unwrap_or_default()
    }
}

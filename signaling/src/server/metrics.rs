//! `/metrics`, in the Prometheus text format.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use tracker::{Request, Response};

use crate::stats::Stats;

/// Counts up from 0 for as long as the server runs.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happened since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// WebSockets opened.
    pub(crate) connections: Counter,
    /// Connections turned away because the server or their address had too many.
    pub(crate) connections_refused: Counter,
    /// Times that a connection could not be accepted for want of file descriptors.
    pub(crate) out_of_descriptors: Counter,
    /// Messages that were no requests.
    pub(crate) invalid_requests: Counter,
    /// Times that a client was made to wait because it sent too much.
    pub(crate) throttled: Counter,
    /// Clients cut off because they took nothing of what they were sent.
    pub(crate) slow_clients: Counter,
    announces: Counter,
    answers: Counter,
    scrapes: Counter,
    relayed_offers: Counter,
    relayed_answers: Counter,
    dropped_offers: Counter,
    dropped_answers: Counter,
    failures: Counter,
}

impl Counters {
    pub(crate) fn count_request(&self, request: &Request) {
        match request {
            Request::Announce(_) => self.announces.add(),
            Request::Answer(_) => self.answers.add(),
            Request::Scrape(_) => self.scrapes.add(),
        }
    }

    /// What counts a response if the client's outbox takes it, and if it does not.
    pub(crate) const fn response(&self, response: &Response) -> [Option<&Counter>; 2] {
        match response {
            Response::Offer { .. } => [Some(&self.relayed_offers), Some(&self.dropped_offers)],
            Response::Answer { .. } => [Some(&self.relayed_answers), Some(&self.dropped_answers)],
            Response::Failure { .. } => [Some(&self.failures), None],
            Response::Announce { .. } | Response::Scrape { .. } => [None, None],
        }
    }

    /// The page that Prometheus reads; `sockets` are open connections of any kind.
    pub(crate) fn render(&self, sockets: usize, stats: &Stats) -> String {
        let mut page = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, values: &[(&str, u64)]| {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "# HELP seedcast_{name} {help}\n# TYPE seedcast_{name} {kind}");
            for (labels, value) in values {
                let _ = writeln!(page, "seedcast_{name}{labels} {value}");
            }
        };
        let gauge = |value: usize| value.try_into().unwrap_or(u64::MAX);

        metric("connections", "gauge", "Open WebSockets.", &[("", gauge(stats.connections))]);
        metric("sockets", "gauge", "Open connections, WebSockets included.", &[("", gauge(sockets))]);
        metric("torrents", "gauge", "Torrents with peers.", &[("", gauge(stats.torrents))]);
        metric(
            "peers",
            "gauge",
            "Peers by what they have, each counted once.",
            &[
                (r#"{role="seeder"}"#, gauge(stats.peers_seeder_only)),
                (r#"{role="leecher"}"#, gauge(stats.peers_leecher_only)),
                (r#"{role="both"}"#, gauge(stats.peers_seeder_and_leecher)),
            ],
        );
        metric(
            "awaited_answers",
            "gauge",
            "Relayed offers without an answer yet.",
            &[("", gauge(stats.awaited_answers))],
        );
        metric("connections_total", "counter", "WebSockets opened.", &[("", self.connections.value())]);
        metric(
            "connections_refused_total",
            "counter",
            "Connections turned away by a limit.",
            &[("", self.connections_refused.value())],
        );
        metric(
            "out_of_descriptors_total",
            "counter",
            "Times the limit of open files kept a client from connecting.",
            &[("", self.out_of_descriptors.value())],
        );
        metric(
            "requests_total",
            "counter",
            "Requests by kind.",
            &[
                (r#"{kind="announce"}"#, self.announces.value()),
                (r#"{kind="answer"}"#, self.answers.value()),
                (r#"{kind="scrape"}"#, self.scrapes.value()),
                (r#"{kind="invalid"}"#, self.invalid_requests.value()),
            ],
        );
        metric(
            "relayed_total",
            "counter",
            "Messages passed from one peer to another.",
            &[
                (r#"{kind="offer"}"#, self.relayed_offers.value()),
                (r#"{kind="answer"}"#, self.relayed_answers.value()),
            ],
        );
        metric(
            "dropped_total",
            "counter",
            "Messages for peers that had too many to read already.",
            &[
                (r#"{kind="offer"}"#, self.dropped_offers.value()),
                (r#"{kind="answer"}"#, self.dropped_answers.value()),
            ],
        );
        metric("failures_total", "counter", "Requests refused by the index.", &[("", self.failures.value())]);
        metric("throttled_total", "counter", "Times a client had to wait.", &[("", self.throttled.value())]);
        metric(
            "slow_clients_total",
            "counter",
            "Clients cut off for not reading.",
            &[("", self.slow_clients.value())],
        );
        page
    }
}

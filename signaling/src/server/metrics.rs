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
    /// Connections accepted.
    pub(crate) connections: Counter,
    /// Connections turned away because the server or their address had too many.
    pub(crate) connections_refused: Counter,
    /// Messages that were no requests.
    pub(crate) invalid_requests: Counter,
    /// Times that a client was made to wait because it sent too much.
    pub(crate) throttled: Counter,
    /// Clients cut off because they did not read their responses.
    pub(crate) slow_clients: Counter,
    announces: Counter,
    answers: Counter,
    scrapes: Counter,
    relayed_offers: Counter,
    relayed_answers: Counter,
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

    pub(crate) fn count_response(&self, response: &Response) {
        match response {
            Response::Offer { .. } => self.relayed_offers.add(),
            Response::Answer { .. } => self.relayed_answers.add(),
            Response::Failure { .. } => self.failures.add(),
            Response::Announce { .. } | Response::Scrape { .. } => {}
        }
    }

    /// The page that Prometheus reads.
    pub(crate) fn render(&self, connections: usize, stats: &Stats) -> String {
        let mut page = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, values: &[(&str, u64)]| {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "# HELP seedcast_{name} {help}\n# TYPE seedcast_{name} {kind}");
            for (labels, value) in values {
                let _ = writeln!(page, "seedcast_{name}{labels} {value}");
            }
        };
        let gauge = |value: usize| value.try_into().unwrap_or(u64::MAX);

        metric("connections", "gauge", "Open connections.", &[("", gauge(connections))]);
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
        metric("connections_total", "counter", "Connections accepted.", &[("", self.connections.value())]);
        metric(
            "connections_refused_total",
            "counter",
            "Connections turned away by a limit.",
            &[("", self.connections_refused.value())],
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

//! `/stats.json`, with the fields of bittorrent-tracker.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use signaling::{Index, SoftwarePrefix, Totals};
use wire::PeerId;

/// How many torrents and peers there are. A peer in several swarms counts once.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    pub(crate) torrents: usize,
    pub(crate) active_torrents: usize,
    pub(crate) peers_all: usize,
    pub(crate) peers_seeder_only: usize,
    pub(crate) peers_leecher_only: usize,
    pub(crate) peers_seeder_and_leecher: usize,
    #[serde(rename = "peersIPv4")]
    pub(crate) peers_ipv4: usize,
    #[serde(rename = "peersIPv6")]
    pub(crate) peers_ipv6: usize,
    /// Peers by software and version. Unknown software stands under `unknown` with the start of its id.
    clients: BTreeMap<String, BTreeMap<String, usize>>,
    /// Seconds since the start.
    uptime: u64,
    /// Not in bittorrent-tracker: offers whose answers are awaited.
    pub(crate) awaited_answers: usize,
    /// WebSockets.
    #[serde(skip)]
    pub(crate) connections: usize,
}

impl Stats {
    pub(crate) fn new(connections: usize, index: &Index, uptime: Duration) -> Self {
        let Totals { peers, seeders_only, leechers_only, seeders_and_leechers, ipv4, ipv6 } =
            index.census().totals();
        let (software, others) = index.census().software();
        Self {
            torrents: index.torrents(),
            active_torrents: index.torrents(),
            peers_all: peers,
            peers_seeder_only: seeders_only,
            peers_leecher_only: leechers_only,
            peers_seeder_and_leecher: seeders_and_leechers,
            peers_ipv4: ipv4,
            peers_ipv6: ipv6,
            clients: clients(software, others),
            uptime: uptime.as_secs(),
            awaited_answers: index.awaited_answers(),
            connections,
        }
    }
}

fn clients(
    software: &BTreeMap<SoftwarePrefix, usize>,
    others: usize,
) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut tables: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (&prefix, &count) in software {
        let (name, version) = name_and_version(prefix);
        *tables.entry(name).or_default().entry(version).or_default() += count;
    }
    if others > 0 {
        tables.entry("unknown".to_owned()).or_default().insert("others".to_owned(), others);
    }
    tables
}

fn name_and_version(prefix: SoftwarePrefix) -> (String, String) {
    let mut id = [0; 20];
    id[..prefix.len()].copy_from_slice(&prefix);
    let client = PeerId::from_bytes(id).client();
    match client.as_deref().and_then(|client| client.rsplit_once(' ')) {
        Some((name, version)) => (name.to_owned(), version.to_owned()),
        None => ("unknown".to_owned(), prefix.escape_ascii().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_told_by_name_and_version() {
        assert_eq!(name_and_version(*b"-WW0091-"), ("WebTorrent".to_owned(), "0.91".to_owned()));
        assert_eq!(name_and_version(*b"01234567"), ("unknown".to_owned(), "01234567".to_owned()));
    }

    #[test]
    fn prefixes_of_the_same_version_share_a_row_and_others_are_told_apart_from_none() {
        // Both are of libtorrent 2.1: the fourth character may tell the kind of build.
        let software = BTreeMap::from([(*b"-LT2100-", 2), (*b"-LT210S-", 3)]);
        let tables = clients(&software, 7);
        assert_eq!(tables["libtorrent"], BTreeMap::from([("2.1".to_owned(), 5)]));
        assert_eq!(tables["unknown"], BTreeMap::from([("others".to_owned(), 7)]));
        assert!(!clients(&software, 0).contains_key("unknown"));
    }
}

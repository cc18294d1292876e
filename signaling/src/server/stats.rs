//! `/stats.json`, with the fields of bittorrent-tracker.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use signaling::{ConnId, Index};
use wire::PeerId;

/// Rows of `clients`, over all its tables; peer ids are self-chosen, and so could be any number.
const MAX_CLIENT_ROWS: usize = 200;

/// What the statistics need of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    is_ipv6: bool,
}

impl Client {
    pub(crate) fn at(address: IpAddr) -> Self {
        Self { is_ipv6: address.to_canonical().is_ipv6() }
    }
}

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
}

impl Stats {
    pub(crate) fn count(index: &Index, client: impl Fn(ConnId) -> Option<Client>, uptime: Duration) -> Self {
        #[derive(Default)]
        struct Roles {
            seeder: bool,
            leecher: bool,
            ipv4: bool,
            ipv6: bool,
        }
        let mut peers: BTreeMap<PeerId, Roles> = BTreeMap::new();
        for membership in index.memberships() {
            let roles = peers.entry(membership.peer_id).or_default();
            roles.seeder |= membership.is_seed;
            roles.leecher |= !membership.is_seed;
            if let Some(client) = client(membership.conn) {
                roles.ipv4 |= !client.is_ipv6;
                roles.ipv6 |= client.is_ipv6;
            }
        }
        let count = |condition: fn(&Roles) -> bool| peers.values().filter(|roles| condition(roles)).count();
        Self {
            torrents: index.torrents(),
            active_torrents: index.torrents(),
            peers_all: peers.len(),
            peers_seeder_only: count(|roles| roles.seeder && !roles.leecher),
            peers_leecher_only: count(|roles| roles.leecher && !roles.seeder),
            peers_seeder_and_leecher: count(|roles| roles.seeder && roles.leecher),
            peers_ipv4: count(|roles| roles.ipv4),
            peers_ipv6: count(|roles| roles.ipv6),
            clients: clients(peers.keys()),
            uptime: uptime.as_secs(),
            awaited_answers: index.awaited_answers(),
        }
    }
}

fn clients<'a>(peers: impl Iterator<Item = &'a PeerId>) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut rows: BTreeMap<(String, String), usize> = BTreeMap::new();
    for peer_id in peers {
        let mut row = software(*peer_id);
        if rows.len() >= MAX_CLIENT_ROWS && !rows.contains_key(&row) {
            row = ("unknown".to_owned(), "others".to_owned());
        }
        *rows.entry(row).or_default() += 1;
    }
    let mut tables: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for ((name, version), count) in rows {
        tables.entry(name).or_default().insert(version, count);
    }
    tables
}

fn software(peer_id: PeerId) -> (String, String) {
    let client = peer_id.client();
    if let Some((name, version)) = client.as_deref().and_then(|client| client.rsplit_once(' ')) {
        return (name.to_owned(), version.to_owned());
    }
    let (prefix, _) = peer_id.as_bytes().split_at(8);
    ("unknown".to_owned(), prefix.escape_ascii().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_told_by_name_and_version() {
        let id = |bytes: &[u8; 20]| software(PeerId::from_bytes(*bytes));
        assert_eq!(id(b"-WW0091-4ea5886ce160"), ("WebTorrent".to_owned(), "0.91".to_owned()));
        assert_eq!(id(b"01234567890123456789"), ("unknown".to_owned(), "01234567".to_owned()));
    }

    #[test]
    fn invented_software_cannot_grow_the_table() {
        let ids: Vec<PeerId> = (0..1000u32)
            .map(|number| {
                let mut bytes = [b'x'; 20];
                bytes[..4].copy_from_slice(&number.to_be_bytes());
                PeerId::from_bytes(bytes)
            })
            .collect();
        let unknown = &clients(ids.iter())["unknown"];
        assert_eq!(unknown.len(), MAX_CLIENT_ROWS + 1);
        assert_eq!(unknown["others"], 1000 - MAX_CLIENT_ROWS);
    }
}

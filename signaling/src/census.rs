//! How many peers there are, counted as they come and go: asking takes no walk over them.

use std::collections::BTreeMap;

use wire::PeerId;

use crate::ConnId;
use crate::swarm::Role;

/// Kinds of software that are counted on their own. Peer ids are self-chosen, and so could be any number.
const MAX_SOFTWARE: usize = 200;

/// The start of a peer id, by which clients tell their name and version (BEP 20).
pub type SoftwarePrefix = [u8; 8];

/// Everybody in all swarms. A peer in several counts once.
#[derive(Debug, Default)]
pub struct Census {
    peers: BTreeMap<PeerId, Presence>,
    totals: Totals,
    software: BTreeMap<SoftwarePrefix, usize>,
    other_software: usize,
}

/// Peers by what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All of them.
    pub peers: usize,
    /// Seeds in every swarm that they are in.
    pub seeders_only: usize,
    /// Leechers in every swarm that they are in.
    pub leechers_only: usize,
    /// Seeds in some swarms, and leechers in others.
    pub seeders_and_leechers: usize,
    /// Those that came by IPv4 to some swarm.
    pub ipv4: usize,
    /// Those that came by IPv6 to some swarm.
    pub ipv6: usize,
}

/// The swarms that a peer is in.
#[derive(Clone, Copy, Debug, Default)]
struct Presence {
    seeding: usize,
    leeching: usize,
    by_ipv6: usize,
    /// Whether its software has a row of its own.
    has_row: bool,
}

impl Census {
    pub(crate) const fn new() -> Self {
        let totals =
            Totals { peers: 0, seeders_only: 0, leechers_only: 0, seeders_and_leechers: 0, ipv4: 0, ipv6: 0 };
        Self { peers: BTreeMap::new(), totals, software: BTreeMap::new(), other_software: 0 }
    }

    /// How many there are.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Peers by software: at most 200 kinds, and how many peers there are of others.
    #[must_use]
    pub const fn software(&self) -> (&BTreeMap<SoftwarePrefix, usize>, usize) {
        (&self.software, self.other_software)
    }

    /// A peer has entered a swarm.
    pub(crate) fn joined(&mut self, peer_id: PeerId, conn: ConnId, role: Role) {
        let presence = self.peers.entry(peer_id).or_default();
        let before = *presence;
        *presence.swarms(role) += 1;
        presence.by_ipv6 += usize::from(conn.is_ipv6());
        if before.is_nowhere() {
            let prefix = software_prefix(peer_id);
            presence.has_row = self.software.len() < MAX_SOFTWARE || self.software.contains_key(&prefix);
            if presence.has_row {
                *self.software.entry(prefix).or_default() += 1;
            } else {
                self.other_software += 1;
            }
        }
        self.totals.count(before, *presence);
    }

    /// A peer has become a seed, or a leecher, of a swarm that it is in.
    pub(crate) fn changed(&mut self, peer_id: PeerId, role: Role) {
        let Some(presence) = self.peers.get_mut(&peer_id) else { return };
        let before = *presence;
        *presence.swarms(role) += 1;
        *presence.swarms(role.other()) -= 1;
        self.totals.count(before, *presence);
    }

    /// A peer has left a swarm.
    pub(crate) fn left(&mut self, peer_id: PeerId, conn: ConnId, role: Role) {
        let Some(presence) = self.peers.get_mut(&peer_id) else { return };
        let before = *presence;
        *presence.swarms(role) -= 1;
        presence.by_ipv6 -= usize::from(conn.is_ipv6());
        let after = *presence;
        self.totals.count(before, after);
        if !after.is_nowhere() {
            return;
        }
        self.peers.remove(&peer_id);
        let prefix = software_prefix(peer_id);
        match self.software.get_mut(&prefix) {
            Some(row) if after.has_row && *row > 1 => *row -= 1,
            Some(_) if after.has_row => drop(self.software.remove(&prefix)),
            _ => self.other_software -= 1,
        }
    }
}

impl Totals {
    /// Moves one peer from what it was to what it is.
    fn count(&mut self, before: Presence, after: Presence) {
        let count = |total: &mut usize, is_counted: fn(Presence) -> bool| {
            *total += usize::from(is_counted(after));
            *total -= usize::from(is_counted(before));
        };
        count(&mut self.peers, |peer| !peer.is_nowhere());
        count(&mut self.seeders_only, |peer| peer.seeding > 0 && peer.leeching == 0);
        count(&mut self.leechers_only, |peer| peer.leeching > 0 && peer.seeding == 0);
        count(&mut self.seeders_and_leechers, |peer| peer.seeding > 0 && peer.leeching > 0);
        count(&mut self.ipv4, |peer| peer.seeding + peer.leeching > peer.by_ipv6);
        count(&mut self.ipv6, |peer| peer.by_ipv6 > 0);
    }
}

impl Presence {
    const fn is_nowhere(self) -> bool {
        self.seeding + self.leeching == 0
    }

    const fn swarms(&mut self, role: Role) -> &mut usize {
        match role {
            Role::Seed => &mut self.seeding,
            Role::Leecher => &mut self.leeching,
        }
    }
}

fn software_prefix(peer_id: PeerId) -> SoftwarePrefix {
    let [a, b, c, d, e, f, g, h, ..] = *peer_id.as_bytes();
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ConnId = ConnId::new(1);

    /// The peer of a client that calls itself by this number.
    fn invented(number: u32) -> PeerId {
        let mut bytes = [b'x'; 20];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        PeerId::from_bytes(bytes)
    }

    // Issue 11, B: statistics held everybody up for 0.3 s at 200,000 memberships.
    #[test]
    fn two_hundred_thousand_peers_are_told_in_as_many_rows_as_a_page_has() {
        let mut census = Census::new();
        for number in 0..200_000 {
            census.joined(invented(number), HERE, Role::Leecher);
        }
        assert_eq!(census.totals().peers, 200_000);
        let (software, others) = census.software();
        assert_eq!((software.len(), others), (MAX_SOFTWARE, 200_000 - MAX_SOFTWARE));
    }

    #[test]
    fn who_was_counted_among_the_others_leaves_from_there() {
        let mut census = Census::new();
        let peers: Vec<PeerId> = (0..=u32::try_from(MAX_SOFTWARE).unwrap()).map(invented).collect();
        for &peer_id in &peers {
            census.joined(peer_id, HERE, Role::Seed);
        }
        // The first makes room for a row, and the last comes back into it from elsewhere.
        let last = peers[MAX_SOFTWARE];
        census.left(peers[0], HERE, Role::Seed);
        census.joined(last, HERE, Role::Leecher);
        assert_eq!(census.software().1, 1);
        census.left(last, HERE, Role::Leecher);
        census.left(last, HERE, Role::Seed);
        assert_eq!(census.software().1, 0);
        assert_eq!(census.totals().peers, MAX_SOFTWARE - 1);
    }

    #[test]
    fn a_peer_counts_once_for_each_family_and_role_that_it_has() {
        let mut census = Census::new();
        let there = ConnId::new(2).over_ipv6();
        census.joined(invented(1), HERE, Role::Leecher);
        census.joined(invented(1), there, Role::Seed);
        let both = Totals { peers: 1, seeders_and_leechers: 1, ipv4: 1, ipv6: 1, ..Totals::default() };
        assert_eq!(census.totals(), both);
        census.changed(invented(1), Role::Seed);
        assert_eq!(census.totals(), Totals { seeders_and_leechers: 0, seeders_only: 1, ..both });
        census.left(invented(1), HERE, Role::Seed);
        assert_eq!(census.totals(), Totals { peers: 1, seeders_only: 1, ipv6: 1, ..Totals::default() });
        census.left(invented(1), there, Role::Seed);
        assert_eq!(census.totals(), Totals::default());
    }
}

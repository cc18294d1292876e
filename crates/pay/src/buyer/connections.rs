use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use btt::Address;

use super::bids::Bids;
use crate::allowance::{Admission, Allowance};
use crate::message::Terms;
use crate::{PeerKey, Rate, Time};

/// All peers that want to be paid, and who of them is next.
#[derive(Debug, Default)]
pub(super) struct Connections {
    known: BTreeMap<PeerKey, Connection>,
    /// Those that wait, in the order in which they are paid: who was tried less often, then who is cheaper.
    queue: BTreeSet<(u8, Rate, PeerKey)>,
    /// Those that wait until then before they wait in the queue.
    resting: BTreeSet<(Time, PeerKey)>,
    /// Those that stand aside.
    aside: BTreeSet<(Address, PeerKey)>,
}

/// A peer that wants to be paid.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) terms: Terms,
    /// Bytes of it that may be paid before they are checked.
    pub(super) trusted: u64,
    /// Bytes that came of it.
    pub(super) taken: u64,
    /// Whether it serves us.
    pub(super) serves: bool,
    /// Whether anything is wanted of it.
    pub(super) is_wanted: bool,
    pub(super) bids: Bids,
    /// Whether a voucher that we have no record of was checked for it.
    pub(super) has_claimed: bool,
    /// Whether it had a slot that it refused, and got another.
    pub(super) has_refused: bool,
    /// How often we began to pay it and gave up.
    tries: u8,
    standing: Standing,
    allowance: Allowance,
}

/// Where a peer is on its way to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is paid as soon as there is room.
    Queued,
    /// It waits until then.
    Resting(Time),
    /// It cannot be paid as things are: it asks too much, nothing is wanted of it, its payee is paid on another
    /// connection, or there is no slot.
    Aside,
    /// There is a deal with it.
    Paid,
    /// It is not paid any more, whatever happens.
    Never,
}

impl Connections {
    /// How many peers there may be; more are peers like any other.
    pub(super) const MOST: usize = 512;

    /// How long a peer rests after the first time. What sellers read of the chain is so much older than what we did there.
    const REST: Duration = Duration::from_secs(30);

    /// After how many times it rests no longer than before.
    const MOST_TRIES: u8 = 20;

    /// A peer wants to be paid.
    pub(super) fn add(&mut self, peer: PeerKey, terms: Terms, trusted: u64) {
        if self.known.len() == Self::MOST {
            return;
        }
        let connection = Connection {
            terms,
            trusted,
            taken: 0,
            serves: false,
            is_wanted: true,
            bids: Bids::default(),
            has_claimed: false,
            has_refused: false,
            tries: 0,
            standing: Standing::Aside,
            allowance: Allowance::default(),
        };
        self.known.insert(peer, connection);
        self.stand(peer, Standing::Queued);
    }

    pub(super) fn get(&self, peer: PeerKey) -> Option<&Connection> {
        look();
        self.known.get(&peer)
    }

    pub(super) fn get_mut(&mut self, peer: PeerKey) -> Option<&mut Connection> {
        look();
        self.known.get_mut(&peer)
    }

    pub(super) fn remove(&mut self, peer: PeerKey) {
        self.stand(peer, Standing::Never);
        self.known.remove(&peer);
    }

    /// Moves a peer.
    pub(super) fn stand(&mut self, peer: PeerKey, standing: Standing) {
        look();
        let Some(connection) = self.known.get_mut(&peer) else { return };
        let (payee, place) = (connection.terms.payee, (connection.tries, connection.terms.floor, peer));
        match std::mem::replace(&mut connection.standing, standing) {
            Standing::Queued => self.queue.remove(&place),
            Standing::Resting(until) => self.resting.remove(&(until, peer)),
            Standing::Aside => self.aside.remove(&(payee, peer)),
            Standing::Paid | Standing::Never => false,
        };
        match standing {
            Standing::Queued => self.queue.insert(place),
            Standing::Resting(until) => self.resting.insert((until, peer)),
            Standing::Aside => self.aside.insert((payee, peer)),
            Standing::Paid | Standing::Never => false,
        };
    }

    /// To pay a peer led to nothing: it rests, longer each time, and then waits behind those that were tried less often.
    pub(super) fn rest(&mut self, now: Time, peer: PeerKey) {
        self.stand(peer, Standing::Never);
        if let Some(connection) = self.known.get_mut(&peer) {
            connection.tries = Self::MOST_TRIES.min(connection.tries + 1);
            let until = now + Self::REST * connection.tries.into();
            self.stand(peer, Standing::Resting(until));
        }
    }

    /// A peer has another floor. It may stand elsewhere in the queue now.
    pub(super) fn set_floor(&mut self, peer: PeerKey, floor: Rate) {
        let Some(standing) = self.known.get(&peer).map(|known| known.standing) else { return };
        self.stand(peer, Standing::Never);
        if let Some(connection) = self.known.get_mut(&peer) {
            connection.terms.floor = floor;
        }
        self.stand(peer, if standing == Standing::Aside { Standing::Queued } else { standing });
    }

    /// Something is wanted of a peer, or nothing is.
    pub(super) fn want(&mut self, peer: PeerKey, wanted: bool) {
        let Some(connection) = self.known.get_mut(&peer) else { return };
        connection.is_wanted = wanted;
        if wanted && connection.standing == Standing::Aside {
            self.stand(peer, Standing::Queued);
        }
    }

    /// Who is next.
    pub(super) fn first(&self) -> Option<PeerKey> {
        look();
        self.queue.first().map(|(_, _, peer)| *peer)
    }

    /// There is no deal with this payee any more: another connection of theirs may have one.
    pub(super) fn recall(&mut self, payee: Address) {
        let theirs = (payee, PeerKey(0))..=(payee, PeerKey(u64::MAX));
        let mut others = self.aside.range(theirs).rev().map(|(_, peer)| *peer);
        let wanted = others.find(|peer| self.known.get(peer).is_some_and(|known| known.is_wanted));
        if let Some(peer) = wanted {
            self.stand(peer, Standing::Queued);
        }
    }

    /// Things have changed for everybody who stands aside.
    pub(super) fn recall_all(&mut self) {
        for (_, peer) in self.aside.clone() {
            self.stand(peer, Standing::Queued);
        }
    }

    /// Those that have rested wait in the queue.
    pub(super) fn wake(&mut self, now: Time) {
        while let Some(&(_, peer)) = self.resting.first().filter(|(until, _)| *until <= now) {
            self.stand(peer, Standing::Queued);
        }
    }

    /// When somebody has rested.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.resting.first().map(|(until, _)| *until)
    }
}

impl Connection {
    /// The most bytes of credit that count: whoever gives more does so at its own risk.
    const MOST_CREDIT: u64 = 4 << 20;

    /// How many bytes it may give beyond so many that are paid for.
    pub(super) fn window(&self, paid: u64) -> u64 {
        self.terms.credit.window(paid).min(Self::MOST_CREDIT)
    }

    /// Whether one more message of it is read.
    pub(super) fn may_speak(&mut self, now: Time) -> bool {
        self.allowance.admit(now) == Admission::Read
    }
}

/// Counts how often tables are looked at that grow with the peers, for tests that bound it.
fn look() {
    #[cfg(test)]
    LOOKS.set(LOOKS.get() + 1);
}

#[cfg(test)]
thread_local! {
    pub(super) static LOOKS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credit, Deployment};

    fn terms(floor: u128) -> Terms {
        let address = Address::from_bytes([1; 20]);
        let deployment = Deployment { chain: 1, contract: address };
        Terms { deployment, payee: address, floor: Rate::per_mib(floor), credit: Credit::default() }
    }

    #[test]
    fn there_are_so_many_peers_and_no_more() {
        let mut connections = Connections::default();
        for peer in 0..=Connections::MOST as u64 {
            connections.add(PeerKey(peer), terms(1), 0);
        }
        assert_eq!(
            (connections.known.len(), connections.queue.len()),
            (Connections::MOST, Connections::MOST)
        );
        connections.remove(PeerKey(7));
        connections.add(PeerKey(1 << 40), terms(1), 0);
        assert!(connections.get(PeerKey(1 << 40)).is_some());
    }

    #[test]
    fn a_peer_is_in_one_place_wherever_it_is_moved() {
        let mut connections = Connections::default();
        let peer = PeerKey(1);
        connections.add(peer, terms(5), 0);
        let all = [
            Standing::Queued,
            Standing::Resting(Time::from_secs(1)),
            Standing::Aside,
            Standing::Paid,
            Standing::Never,
        ];
        for (before, after) in all.into_iter().flat_map(|before| all.map(|after| (before, after))) {
            connections.stand(peer, before);
            connections.stand(peer, after);
            connections.set_floor(peer, Rate::per_mib(6));
            connections.set_floor(peer, Rate::per_mib(5));
            let places = connections.queue.len() + connections.resting.len() + connections.aside.len();
            assert_eq!(places, usize::from(!matches!(after, Standing::Paid | Standing::Never)));
        }
        connections.stand(peer, Standing::Queued);
        connections.remove(peer);
        assert!(connections.queue.is_empty() && connections.known.is_empty());
    }

    #[test]
    fn whoever_was_tried_in_vain_rests_longer_each_time_up_to_ten_minutes() {
        let mut connections = Connections::default();
        connections.add(PeerKey(1), terms(1), 0);
        let mut now = Time::from_secs(0);
        let mut rests = Vec::new();
        for _ in 0..22 {
            connections.rest(now, PeerKey(1));
            assert_eq!(connections.first(), None);
            let until = connections.deadline().unwrap();
            rests.push(until.since(now).as_secs());
            now = until;
            connections.wake(now);
            assert_eq!(connections.first(), Some(PeerKey(1)));
        }
        assert_eq!((rests[0], rests[1], rests[19], rests[21]), (30, 60, 600, 600));
    }
}

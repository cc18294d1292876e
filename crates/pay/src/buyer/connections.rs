use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use btt::Address;

use super::bids::Bids;
use super::speed::Speed;
use crate::allowance::{Admission, Allowance};
use crate::message::Terms;
use crate::{PeerKey, Rate, Time};

/// All peers that want to be paid, and who of them is next.
#[derive(Debug)]
pub(super) struct Connections {
    known: BTreeMap<PeerKey, Connection>,
    /// Those that wait, in the order in which they are paid.
    queue: BTreeSet<Place>,
    /// Those that wait until then before they wait in the queue.
    resting: BTreeSet<(Time, PeerKey)>,
    /// Those that stand aside.
    aside: BTreeSet<(Address, PeerKey)>,
    /// What whoever has not served us for long is thought to give, in bytes each second: those who have everything, and all
    /// others. A quarter of it is what the last one gave that became known.
    expected: [u64; 2],
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            queue: BTreeSet::new(),
            resting: BTreeSet::new(),
            aside: BTreeSet::new(),
            // Who has everything has all that we lack, and nothing else to do with its line.
            expected: [256 << 10, 32 << 10],
        }
    }
}

/// Where a peer stands among those that wait: who was tried less often is first, then who is thought to be faster, if it is
/// twice as fast, and then who is cheaper.
type Place = (u8, Reverse<u32>, Rate, PeerKey);

/// Of speeds of the same class none is twice as fast as another.
const fn class(speed: u64) -> u32 {
    (speed | 1).ilog2()
}

/// A peer that wants to be paid.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) terms: Terms,
    /// Bytes of it that may be paid before they are checked, at first.
    pub(super) trusted: u64,
    /// Bytes that came of it.
    pub(super) taken: u64,
    /// Whether it serves us.
    pub(super) serves: bool,
    pub(super) speed: Speed,
    /// Whether it says that it has everything.
    complete: bool,
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
    /// Where it stands in the queue, if it does.
    place: Option<Place>,
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
            speed: Speed::default(),
            complete: false,
            is_wanted: true,
            bids: Bids::default(),
            has_claimed: false,
            has_refused: false,
            tries: 0,
            standing: Standing::Aside,
            place: None,
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
        let payee = connection.terms.payee;
        match std::mem::replace(&mut connection.standing, standing) {
            Standing::Queued => {
                if let Some(place) = connection.place.take() {
                    self.queue.remove(&place);
                }
            }
            Standing::Resting(until) => {
                self.resting.remove(&(until, peer));
            }
            Standing::Aside => {
                self.aside.remove(&(payee, peer));
            }
            Standing::Paid | Standing::Never => {}
        }
        match standing {
            Standing::Queued => {
                let place = connection.place(peer, self.expected);
                connection.place = Some(place);
                self.queue.insert(place);
            }
            Standing::Resting(until) => {
                self.resting.insert((until, peer));
            }
            Standing::Aside => {
                self.aside.insert((payee, peer));
            }
            Standing::Paid | Standing::Never => {}
        }
    }

    /// A peer rests. If to pay it led to nothing, it does longer each time, and then waits behind those that were tried less often.
    pub(super) fn rest(&mut self, now: Time, peer: PeerKey, in_vain: bool) {
        self.stand(peer, Standing::Never);
        if let Some(connection) = self.known.get_mut(&peer) {
            connection.tries = Self::MOST_TRIES.min(connection.tries + u8::from(in_vain));
            let until = now + Self::REST * connection.tries.max(1).into();
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

    /// A peer is so far. It may stand elsewhere in the queue now.
    pub(super) fn take(&mut self, now: Time, peer: PeerKey, taken: u64, serves: bool, complete: bool) {
        look();
        let Some(connection) = self.known.get_mut(&peer) else { return };
        let before = (connection.complete, connection.speed.known());
        let is_paid = connection.standing == Standing::Paid;
        connection.taken = connection.taken.max(taken);
        connection.serves = serves;
        connection.complete = complete;
        connection.speed.note(now, connection.taken, serves, is_paid);
        connection.bids.served(now, serves);
        let known = connection.speed.known();
        if known.is_some_and(|speed| speed > 0) && is_paid {
            connection.tries = 0;
        }
        if connection.standing == Standing::Queued && before != (complete, known) {
            self.stand(peer, Standing::Queued);
        }
        if let Some(speed) = known.filter(|speed| *speed > 0 && before.1.is_none()) {
            self.expect(complete, speed);
        }
    }

    /// Somebody became known, who has everything or not: others of that kind may stand elsewhere in the queue now.
    fn expect(&mut self, complete: bool, speed: u64) {
        let expected = &mut self.expected[usize::from(!complete)];
        let before = class(*expected);
        *expected = (*expected / 4) * 3 + speed / 4;
        if class(*expected) == before {
            return;
        }
        let is_such = |known: &Connection| {
            known.standing == Standing::Queued && known.complete == complete && known.speed.known().is_none()
        };
        let others: Vec<_> =
            self.known.iter().filter(|(_, known)| is_such(known)).map(|(peer, _)| *peer).collect();
        for peer in others {
            self.stand(peer, Standing::Queued);
        }
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
        self.queue.first().map(|(.., peer)| *peer)
    }

    /// Whether somebody waits who is thought to be twice as fast as a peer that is paid and gives so many bytes each second, and
    /// who would be paid before that peer if it waited, too.
    pub(super) fn has_better(&self, paid: PeerKey, speed: u64) -> bool {
        look();
        let next = self.queue.first().and_then(|place| Some((place, self.known.get(&place.3)?)));
        let next = next.filter(|(_, next)| next.worth(self.expected) / 2 > speed);
        let paid = self.known.get(&paid).map(|known| known.place(paid, self.expected));
        next.zip(paid).is_some_and(|((next, _), paid)| *next < paid)
    }

    /// Bytes each second that a peer is thought to give.
    pub(super) fn worth(&self, peer: PeerKey) -> u64 {
        self.known.get(&peer).map_or(0, |known| known.worth(self.expected))
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
    /// The most bytes that either trusts the other with, but for a piece that is larger: whoever gives more does so at its own
    /// risk.
    const MOST_CREDIT: u64 = 4 << 20;

    fn worth(&self, [complete, others]: [u64; 2]) -> u64 {
        self.speed.known().unwrap_or(if self.complete { complete } else { others })
    }

    fn place(&self, peer: PeerKey, expected: [u64; 2]) -> Place {
        (self.tries, Reverse(class(self.worth(expected))), self.terms.floor, peer)
    }

    /// How many bytes it may give beyond so many that are paid for.
    pub(super) fn window(&self, paid: u64) -> u64 {
        self.terms.credit.window(paid).min(Self::MOST_CREDIT)
    }

    /// How many of its bytes are not paid yet, if so many did not turn out right: those beyond what is trusted at first and as
    /// much again as did, up to a limit. Where nothing is trusted, blocks are checked one by one.
    pub(super) fn held_back(&self, unverified: u64) -> u64 {
        let right = if self.trusted == 0 { 0 } else { self.taken.saturating_sub(unverified) };
        let trusted = self.trusted.saturating_add(right).min(Self::MOST_CREDIT.max(self.trusted));
        unverified.saturating_sub(trusted)
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
            connections.rest(now, PeerKey(1), true);
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

use wire::Refusal;

use crate::{PeerKey, Time};

use super::PATIENCE;

/// The offers that we passed on from one neighbour to another and that have no answer yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relay {
    offers: Vec<Offer>,
}

#[derive(Clone, Copy, Debug)]
struct Offer {
    from: PeerKey,
    to: PeerKey,
    /// The number that its author gave it.
    id: u32,
    expires: Time,
}

impl Relay {
    /// Takes note of an offer that is about to be passed on.
    ///
    /// # Errors
    ///
    /// If there are too many already, or one with the same name.
    pub(crate) fn pass(&mut self, now: Time, from: PeerKey, to: PeerKey, id: u32) -> Result<(), Refusal> {
        let of_this_peer = self.offers.iter().filter(|offer| offer.from == from).count();
        let known = self.offers.iter().any(|offer| (offer.from, offer.to, offer.id) == (from, to, id));
        if known || of_this_peer >= MAX_OF_ONE || self.offers.len() >= MAX_OFFERS {
            return Err(Refusal::Busy);
        }
        self.offers.push(Offer { from, to, id, expires: now + PATIENCE });
        Ok(())
    }

    /// Whether this answer is one to an offer that we passed on. It is so once.
    pub(crate) fn answered(&mut self, from: PeerKey, to: PeerKey, id: u32) -> bool {
        let asked = self.offers.iter().position(|offer| (offer.to, offer.from, offer.id) == (from, to, id));
        asked.map(|asked| self.offers.swap_remove(asked)).is_some()
    }

    /// A neighbour is gone. The authors of offers to it, and the names of these.
    pub(crate) fn gone(&mut self, peer: PeerKey) -> Vec<(PeerKey, u32)> {
        self.offers.retain(|offer| offer.from != peer);
        self.offers.extract_if(.., |offer| offer.to == peer).map(|offer| (offer.from, offer.id)).collect()
    }

    /// Forgets what nobody answered in time.
    pub(crate) fn expire(&mut self, now: Time) {
        self.offers.retain(|offer| offer.expires > now);
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.offers.iter().map(|offer| offer.expires).min()
    }
}

/// Offers of one peer that are kept in mind.
const MAX_OF_ONE: usize = 8;
/// Offers that are kept in mind in all.
const MAX_OFFERS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: PeerKey = PeerKey::new(1);
    const BOB: PeerKey = PeerKey::new(2);
    const CAROL: PeerKey = PeerKey::new(3);

    fn relay() -> Relay {
        let mut relay = Relay::default();
        relay.pass(Time::ZERO, ALICE, BOB, 7).unwrap();
        relay
    }

    #[test]
    fn an_answer_is_passed_on_once() {
        let mut relay = relay();
        assert_eq!([(); 2].map(|()| relay.answered(BOB, ALICE, 7)), [true, false]);
    }

    #[test]
    fn an_answer_to_nothing_is_not_passed_on() {
        let mut relay = relay();
        assert!(!relay.answered(BOB, ALICE, 8), "another offer");
        assert!(!relay.answered(BOB, CAROL, 7), "another author");
        assert!(!relay.answered(CAROL, ALICE, 7), "another peer's offer");
        assert!(!relay.answered(ALICE, BOB, 7), "the wrong way");
    }

    #[test]
    fn an_answer_that_comes_too_late_is_not_passed_on() {
        let mut relay = relay();
        let end = relay.deadline().unwrap();
        relay.expire(end);
        assert!(!relay.answered(BOB, ALICE, 7));
    }

    #[test]
    fn the_authors_of_offers_to_a_peer_that_left_are_known() {
        let mut relay = relay();
        relay.pass(Time::ZERO, CAROL, ALICE, 5).unwrap();
        assert_eq!(relay.gone(BOB), [(ALICE, 7)]);
        assert_eq!(relay.gone(CAROL), []);
        assert_eq!(relay.deadline(), None, "nothing of either is left");
    }

    #[test]
    fn the_table_has_an_end() {
        let mut relay = Relay::default();
        let mut pass = |from, id| relay.pass(Time::ZERO, PeerKey::new(from), BOB, id).is_ok();
        let of_one = (0..100).filter(|id| pass(10, *id)).count();
        let of_many = (11..200).filter(|from| pass(*from, 0)).count();
        assert_eq!((of_one, of_many), (MAX_OF_ONE, MAX_OFFERS - MAX_OF_ONE));
    }
}

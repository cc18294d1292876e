//! Which deposits are paid from.

use std::collections::BTreeSet;

use super::Buyer;
use crate::{SessionId, Time};

impl Buyer {
    /// Pays nobody anew from these deposits. Who is paid from one of them gets what came, from the same, and no more; then it may
    /// be paid from another.
    pub(super) fn spare(&mut self, now: Time, sessions: BTreeSet<SessionId>) {
        self.deposits.spare(sessions);
        let is_spared = |session| self.deposits.is_spared(session);
        let deals = self.deals.iter().filter(|(_, deal)| is_spared(deal.slot.session));
        let peers: Vec<_> = deals.map(|(peer, _)| *peer).collect();
        for peer in peers {
            self.end(now, peer, false);
        }
        self.connections.recall_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use btt::{Address, Amount};

    use super::*;
    use crate::buyer::{Budget, Config, Deposit, Input, Output};
    use crate::message::Terms;
    use crate::{Credit, Deployment, PeerKey, Rate};

    const NOW: Time = Time::from_secs(1_000_000);
    const OURS: u8 = 2;
    const SPONSORED: u8 = 3;

    fn deployment() -> Deployment {
        Deployment { chain: 1, contract: Address::from_bytes([1; 20]) }
    }

    fn session(owner: u8) -> SessionId {
        SessionId::of(Address::from_bytes([owner; 20]), Address::from_bytes([9; 20]))
    }

    /// One with two deposits, of which it spares one.
    fn buyer(spared: u8) -> Buyer {
        let mut buyer = Buyer::new(Config::new(deployment()));
        buyer.handle(NOW, Input::Spare([session(spared)].into()));
        for owner in [OURS, SPONSORED] {
            let (owner, key) = (Address::from_bytes([owner; 20]), Address::from_bytes([9; 20]));
            let (session, slot_cap) = (SessionId::of(owner, key), Amount::from_btt(1));
            let expiry = NOW + Duration::from_secs(7 * 24 * 60 * 60);
            let deposit = Deposit { session, owner, key, slots: 2, slot_cap, expiry };
            buyer.handle(NOW, Input::Deposit(deposit, vec![]));
        }
        let highest = Rate::per_mib(1 << 20);
        buyer.handle(NOW, Input::Budget(Budget { left: Amount::from_btt(100), highest }));
        buyer
    }

    fn meet(buyer: &mut Buyer, peer: u8) {
        let (payee, floor) = (Address::from_bytes([0x70 + peer; 20]), Rate::per_mib(1 << 20));
        let terms = Terms { deployment: deployment(), payee, floor, credit: Credit::default() };
        buyer.handle(NOW, Input::Met { peer: PeerKey(peer.into()), terms, trusted: 1 << 20 });
    }

    /// From which deposits slots were begun since the last time.
    fn begun(buyer: &mut Buyer) -> Vec<SessionId> {
        let outputs = std::iter::from_fn(|| buyer.poll());
        let written = outputs.filter_map(|output| match output {
            Output::Write(assignment) => Some(assignment.slot.session),
            _ => None,
        });
        written.collect()
    }

    #[test]
    fn row_52_no_slot_is_begun_of_a_deposit_that_is_spared() {
        for (spared, paid) in [(SPONSORED, OURS), (OURS, SPONSORED)] {
            let mut buyer = buyer(spared);
            for peer in 0..4 {
                meet(&mut buyer, peer);
            }
            // There are two slots, and the others are not paid.
            assert_eq!(begun(&mut buyer), [session(paid), session(paid)]);
        }
    }

    #[test]
    fn row_52_who_is_paid_from_a_deposit_that_is_to_be_spared_is_bid_no_more_for_and_then_paid_from_the_other()
     {
        let mut buyer = buyer(SPONSORED);
        meet(&mut buyer, 0);
        let slot = buyer.deals[&PeerKey(0)].slot;
        assert_eq!(begun(&mut buyer), [session(OURS)]);
        buyer.handle(NOW, Input::Written(slot));
        buyer.handle(NOW, Input::Spare([session(OURS)].into()));
        let later = NOW + Duration::from_secs(30);
        buyer.handle(later, Input::Wake);
        assert_eq!(begun(&mut buyer), [session(SPONSORED)]);
        assert_eq!(buyer.deals[&PeerKey(0)].slot.session, session(SPONSORED));
    }
}

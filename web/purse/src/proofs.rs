//! Proofs that somebody signed one slot to two, until the bonds are taken that this costs.

use std::time::Duration;

use btt::Amount;
use pay::message::Fraud;
use pay::{SessionId, SlotId, Time};
use protocol::purse::ProofView;

use crate::chain::Said;

/// Proofs at most. Each took somebody a deposit, of whatever size.
const MOST: usize = 16;

/// How often the chain is asked for a bond: whoever is first takes it.
const PACE: Duration = Duration::from_secs(20);

/// All proofs, the oldest first.
#[derive(Debug, Default)]
pub struct Proofs(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    session: SessionId,
    fraud: Fraud,
    /// What there is to be taken by halves, once the chain has said so.
    bond: Option<Amount>,
    /// When the chain is to be asked.
    read_at: Time,
}

impl Proofs {
    /// Those that were remembered.
    pub fn new(remembered: Vec<Fraud>) -> Self {
        let mut proofs = Self::default();
        for fraud in remembered {
            proofs.add(fraud);
        }
        proofs
    }

    /// There is a proof, which was checked. Of too many one makes room: that of the smallest bond that is known, and else the
    /// oldest. Against which session it is, if there is one.
    pub fn add(&mut self, fraud: Fraud) -> Option<SessionId> {
        let session = session_of(&fraud);
        if self.get(session).is_none() {
            self.0.push(Entry { session, fraud, bond: None, read_at: Time::default() });
        }
        if self.0.len() <= MOST {
            return None;
        }
        let worth = |entry: &Entry| entry.bond.unwrap_or(Amount::from_units(u128::MAX));
        let (least, _) = self.0.iter().enumerate().min_by_key(|(_, entry)| worth(entry))?;
        Some(self.0.remove(least).session)
    }

    /// The proof against a session.
    #[must_use]
    pub fn get(&self, session: SessionId) -> Option<&Fraud> {
        self.0.iter().find(|entry| entry.session == session).map(|entry| &entry.fraud)
    }

    /// When the chain is to be asked of any.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        self.0.iter().map(|entry| entry.read_at).min()
    }

    /// Which the chain is to be asked of now. They are asked of again later.
    pub fn due(&mut self, now: Time) -> Vec<SlotId> {
        let due = self.0.iter_mut().filter(|entry| entry.read_at <= now);
        let slots = due.map(|entry| {
            entry.read_at = now + PACE;
            SlotId { session: entry.session, slot: entry.fraud.slot }
        });
        slots.collect()
    }

    /// Takes over what the chain says of a session; whether that leaves a proof against it for nothing: the contract gives half
    /// of a bond, rounded down.
    pub fn said(&mut self, session: SessionId, said: &Said) -> bool {
        let Some(place) = self.0.iter().position(|entry| entry.session == session) else { return false };
        self.0[place].bond = Some(said.bond);
        let is_over = reward(said.bond).is_zero();
        if is_over {
            self.0.remove(place);
        }
        is_over
    }

    /// What there is to be had, as far as that is known.
    #[must_use]
    pub fn views(&self) -> Vec<ProofView> {
        let view = |entry: &Entry| {
            Some(ProofView { session: *entry.session.as_bytes(), reward: reward(entry.bond?) })
        };
        self.0.iter().filter_map(view).collect()
    }
}

/// What the contract gives to whoever shows a proof.
const fn reward(bond: Amount) -> Amount {
    Amount::from_units(bond.units() / 2)
}

/// Which session it is against.
#[must_use]
pub fn session_of(fraud: &Fraud) -> SessionId {
    SessionId::of(fraud.owner, fraud.key)
}

#[cfg(test)]
mod tests {
    use btt::Address;
    use pay::Signature;
    use pay::message::Claim;
    use pay::seller::SlotStatus;

    use super::*;

    const NOW: Time = Time::from_secs(1_000);

    fn fraud(number: u8) -> Fraud {
        let address = |byte| Address::from_bytes([byte; 20]);
        let claim = |payee| Claim {
            payee: address(payee),
            cumulative: Amount::from_units(7),
            signature: Signature::from_bytes([number; 64]),
        };
        Fraud { owner: address(200), key: address(number), slot: 3, claims: [claim(1), claim(2)] }
    }

    fn bond(units: u128) -> Said {
        Said { status: SlotStatus::ABSENT, is_empty: false, bond: Amount::from_units(units) }
    }

    #[test]
    fn row_28_a_proof_is_good_for_half_of_the_bond_until_the_chain_has_none() {
        let (mut proofs, session) = (Proofs::default(), session_of(&fraud(1)));
        assert_eq!((proofs.add(fraud(1)), proofs.get(session)), (None, Some(&fraud(1))));
        assert_eq!(proofs.views(), [], "nobody knows what it is worth");
        assert_eq!(proofs.deadline(), Some(Time::default()));
        assert_eq!(proofs.due(NOW), [SlotId { session, slot: 3 }]);
        assert_eq!((proofs.due(NOW), proofs.deadline()), (vec![], Some(NOW + PACE)));
        assert!(!proofs.said(session, &bond(9)));
        let reward = Amount::from_units(4);
        assert_eq!(proofs.views(), [ProofView { session: *session.as_bytes(), reward }]);
        assert!(proofs.said(session, &bond(0)), "somebody has taken it");
        assert_eq!((proofs.get(session), proofs.deadline()), (None, None));
        assert!(!proofs.said(session, &bond(9)), "nothing is known of it any more");
    }

    #[test]
    fn row_28_a_bond_that_gives_nothing_leaves_a_proof_for_nothing() {
        let mut proofs = Proofs::new(vec![fraud(1), fraud(2)]);
        assert!(!proofs.said(session_of(&fraud(1)), &bond(2)));
        assert!(proofs.said(session_of(&fraud(2)), &bond(1)), "half of it is nothing");
        assert_eq!((proofs.views().len(), proofs.due(NOW).len()), (1, 1));
    }

    #[test]
    fn row_28_of_too_many_proofs_that_of_the_smallest_bond_makes_room() {
        let mut proofs = Proofs::new((0..16).map(fraud).collect());
        assert_eq!(proofs.add(fraud(3)), None, "it is known");
        for number in 0..16 {
            let units = if number == 5 { 2 } else { 100 };
            assert!(!proofs.said(session_of(&fraud(number)), &bond(units)));
        }
        assert_eq!(proofs.add(fraud(16)), Some(session_of(&fraud(5))));
        assert_eq!(proofs.get(session_of(&fraud(16))), Some(&fraud(16)));
        assert_eq!(Proofs::new((0..100).map(fraud).collect()).0.len(), MOST);
    }
}

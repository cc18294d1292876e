//! How much is locked up for a budget.

use btt::Amount;
use protocol::purse::DepositState;

use crate::state::State;

/// Peers that can be paid from one deposit: four at a time, and as many again.
const SLOTS: u32 = 8;

/// As many times can the budget be paid in slots that are full: four peers at a time are paid, each from a slot of its own.
const PART: u64 = 4;

/// Seconds that a deposit lasts.
const LASTS: u64 = 7 * 24 * 3600;

/// A deposit that a wallet would be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deposit {
    pub(crate) slots: u32,
    pub(crate) slot_cap: Amount,
    pub(crate) bond: Amount,
    /// Seconds.
    pub(crate) lasts: u64,
}

impl Deposit {
    /// What a budget takes: each of four peers may earn a quarter of it, and as many may come after them. As much as is in one
    /// slot is lost by whoever pays two from one, which the purse never does.
    pub(crate) fn of(budget: Amount) -> Self {
        let part = Amount::from_units(budget.units().div_ceil(PART.into()).max(1));
        Self { slots: SLOTS, slot_cap: part, bond: part, lasts: LASTS }
    }

    /// All that is locked up; `None` if that is no amount that the contract takes.
    pub(crate) fn locked(&self) -> Option<Amount> {
        let fits = self.slot_cap.units() < 1 << 96;
        self.slot_cap.checked_mul(self.slots.into())?.checked_add(self.bond).filter(|_| fits)
    }
}

/// How a deposit is to be extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extension {
    pub(crate) session: [u8; 32],
    /// Seconds.
    pub(crate) longer: u64,
    pub(crate) add_slots: u32,
}

impl Extension {
    /// It lasts as much longer as a new one would last.
    pub(crate) const fn in_time(session: [u8; 32]) -> Self {
        Self { session, longer: LASTS, add_slots: 0 }
    }

    /// As many peers more can be paid from it as from a new one.
    pub(crate) const fn in_slots(session: [u8; 32]) -> Self {
        Self { session, longer: 0, add_slots: SLOTS }
    }
}

/// Whether a budget can be paid from what is deposited already.
pub(crate) fn is_covered(state: &State, budget: Amount) -> bool {
    let Some(view) = &state.view else { return false };
    let mut own = view.deposits.iter().filter(|deposit| deposit.sponsor.is_none());
    let is_open = own.any(|deposit| deposit.state == DepositState::Open);
    is_open && view.paying.deposited >= budget
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_locks_up_a_little_more_than_twice_of_it_and_four_peers_can_earn_all_of_it() {
        let deposit = Deposit::of(Amount::from_btt(30));
        assert_eq!(deposit.slot_cap.to_string(), "7.5");
        assert_eq!(deposit.locked().unwrap().to_string(), "67.5");
        assert!(deposit.slot_cap.checked_mul(PART).unwrap() >= Amount::from_btt(30));
        // Whatever is left over when it is divided.
        let odd = Deposit::of(Amount::from_units(5));
        assert_eq!(odd.slot_cap.units(), 2);
        assert_eq!(Deposit::of(Amount::from_units(1)).locked().unwrap().units(), 9);
    }

    #[test]
    fn what_the_contract_does_not_take_is_no_deposit() {
        assert_eq!(Deposit::of(Amount::from_units(u128::MAX)).locked(), None);
        assert_eq!(Deposit::of(Amount::from_units(4 << 96)).locked(), None);
        assert!(Deposit::of(Amount::from_units((4 << 96) - 4)).locked().is_some());
    }
}

use std::collections::VecDeque;

use btt::Amount;

use crate::{Meter, Rate};

/// What a peer has to get for the bytes of a connection. The rate changes where a grant came between the bytes; it is paid
/// up to where bytes are payable, which may be behind that.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    /// Of the bytes that are payable.
    meter: Meter,
    /// Rates that begin at bytes which are not payable yet, in order.
    ahead: VecDeque<(u64, Rate)>,
    /// How many of the payable bytes cost something.
    charged: u64,
    /// What they cost.
    owed: Amount,
    /// How much of that is paid.
    paid: Amount,
    /// What it may come to at most.
    most: Option<Amount>,
}

impl Bill {
    /// How many changes of the rate may lie ahead. Sellers change it every ten seconds at most.
    pub(super) const MOST_AHEAD: usize = 16;

    /// That of a connection which has carried `taken` bytes already, free of charge.
    pub(super) fn starting_at(taken: u64) -> Self {
        let (meter, ahead, nothing) = (Meter::starting_at(taken), VecDeque::new(), Amount::default());
        Self { meter, ahead, charged: 0, owed: nothing, paid: nothing, most: None }
    }

    /// What follows the first `taken` bytes costs this. `None`, and nothing changes, if the rate changes too often.
    pub(super) fn charge(&mut self, taken: u64, rate: Rate) -> Option<()> {
        let is_full = self.ahead.len() == Self::MOST_AHEAD;
        match self.ahead.back_mut() {
            Some((since, last)) if taken <= *since => *last = rate,
            None if taken <= self.meter.bytes() => self.meter.charge(rate)?,
            _ if is_full => return None,
            _ => self.ahead.push_back((taken, rate)),
        }
        Some(())
    }

    /// So many bytes are payable by now; fewer than before change nothing. `None`, and nothing changes, if they cost more
    /// than an amount can be.
    pub(super) fn advance(&mut self, payable: u64) -> Option<()> {
        let (mut meter, mut charged, mut passed) = (self.meter, self.charged, 0);
        let mut advance = |meter: &mut Meter, bytes| {
            let before = meter.bytes();
            meter.advance(bytes);
            if meter.rate() > Rate::FREE {
                charged += meter.bytes() - before;
            }
        };
        for &(since, rate) in self.ahead.iter().take_while(|(since, _)| *since <= payable) {
            advance(&mut meter, since);
            meter.charge(rate)?;
            passed += 1;
        }
        advance(&mut meter, payable);
        self.owed = meter.owed()?;
        (self.meter, self.charged) = (meter, charged);
        self.ahead.drain(..passed);
        Some(())
    }

    /// The rate of the newest bytes.
    pub(super) fn rate(&self) -> Rate {
        self.ahead.back().map_or(self.meter.rate(), |(_, rate)| *rate)
    }

    /// Whether no byte will cost anything that is not payable yet.
    pub(super) fn is_final(&self) -> bool {
        self.ahead.is_empty() && self.meter.rate() == Rate::FREE
    }

    /// How many bytes are payable and cost something.
    pub(super) const fn charged(&self) -> u64 {
        self.charged
    }

    /// What is not paid yet.
    pub(super) fn unpaid(&self) -> Amount {
        let owed = self.most.map_or(self.owed, |most| self.owed.min(most));
        Amount::from_units(owed.units().saturating_sub(self.paid.units()))
    }

    /// So much of the [unpaid](Self::unpaid) is paid.
    pub(super) fn pay(&mut self, amount: Amount) {
        self.paid = self.paid.checked_add(amount).expect("no more is paid than is owed");
    }

    /// From now on no more than this is owed beyond what is paid, whatever comes.
    pub(super) fn limit(&mut self, unpaid: Amount) {
        self.most = self.paid.checked_add(unpaid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PER_BYTE: u128 = 1 << 20;

    fn bill() -> Bill {
        let mut bill = Bill::starting_at(100);
        bill.charge(100, Rate::per_mib(PER_BYTE)).unwrap();
        bill
    }

    #[test]
    fn bytes_cost_what_held_when_they_came_however_late_they_are_payable() {
        let mut bill = bill();
        bill.charge(200, Rate::per_mib(3 * PER_BYTE)).unwrap();
        bill.charge(300, Rate::FREE).unwrap();
        assert_eq!((bill.unpaid().units(), bill.rate(), bill.is_final()), (0, Rate::FREE, false));
        bill.advance(150).unwrap();
        assert_eq!(bill.unpaid().units(), 50);
        bill.advance(220).unwrap();
        assert_eq!(bill.unpaid().units(), 160);
        bill.advance(1000).unwrap();
        assert_eq!((bill.unpaid().units(), bill.charged(), bill.is_final()), (400, 200, true));
    }

    #[test]
    fn what_is_payable_never_becomes_fewer_bytes() {
        let mut bill = bill();
        bill.advance(150).unwrap();
        bill.advance(120).unwrap();
        assert_eq!((bill.charged(), bill.unpaid().units()), (50, 50));
    }

    #[test]
    fn a_limit_counts_from_what_is_paid() {
        let mut bill = bill();
        bill.advance(150).unwrap();
        bill.pay(Amount::from_units(40));
        bill.limit(Amount::from_units(30));
        assert_eq!(bill.unpaid().units(), 10);
        bill.advance(1000).unwrap();
        assert_eq!(bill.unpaid().units(), 30);
    }

    #[test]
    fn a_rate_that_changes_too_often_is_refused() {
        let mut bill = bill();
        for change in 1..=Bill::MOST_AHEAD as u64 {
            bill.charge(100 + change, Rate::per_mib(change.into())).unwrap();
        }
        assert_eq!(bill.charge(1000, Rate::FREE), None);
        // In one place only the last counts.
        bill.charge(116, Rate::per_mib(7)).unwrap();
        assert_eq!(bill.rate(), Rate::per_mib(7));
    }

    #[test]
    fn row_18_what_cannot_be_an_amount_is_seen_and_changes_nothing() {
        let mut bill = Bill::starting_at(0);
        bill.charge(0, Rate::per_mib(u128::MAX)).unwrap();
        bill.advance(1).unwrap();
        let owed = bill.unpaid();
        assert_eq!(bill.advance(2), None);
        assert_eq!((bill.charged(), bill.unpaid()), (1, owed));
    }
}

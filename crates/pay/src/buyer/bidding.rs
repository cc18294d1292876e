use btt::Amount;

use super::deal::{Deal, Session};
use super::{Budget, Buyer};
use crate::{PeerKey, Rate, Time};

impl Buyer {
    /// Whether anybody is to be paid for more than came already.
    pub(super) fn may_ask(&self) -> bool {
        !self.is_used_up && !self.budget.left.is_zero() && self.budget.highest > Rate::FREE
    }

    /// What may be spent, from now on.
    pub(super) fn set_budget(&mut self, now: Time, budget: Budget) {
        self.budget = budget;
        self.is_used_up = false;
        self.connections.recall_all();
        let peers: Vec<_> = self.deals.keys().copied().collect();
        for peer in peers {
            let bid = self.connections.get(peer).map_or(Rate::FREE, |connection| connection.bids.rate());
            let granted = self.deals.get(&peer).map_or(Rate::FREE, |deal| deal.bill.rate());
            if !self.may_ask() || bid.max(granted) > budget.highest {
                self.end(now, peer, false);
            }
        }
    }

    /// Bids for what the peer may give, if it is time to.
    pub(super) fn bid(&mut self, now: Time, peer: PeerKey) {
        let Some((deal, connection)) = self.deals.get(&peer).zip(self.connections.get(peer)) else { return };
        if deal.is_ending() {
            return;
        }
        let floor = connection.terms.floor;
        if connection.bids.rate() == Rate::FREE {
            match deal.session {
                Session::Good if floor > Rate::FREE && floor <= deal.floor => self.send_bid(now, peer, floor),
                Session::Good => self.end(now, peer, true),
                Session::Unsaid | Session::Said(_) => {}
            }
        } else if self.bid_at(peer, deal).is_some_and(|time| now >= time) {
            // Whoever waits and is thought to be twice as fast comes first.
            let better = self.connections.has_better(peer, self.connections.worth(peer));
            match self.raised(peer, deal).filter(|_| !better) {
                Some(raised) => self.send_bid(now, peer, raised),
                None => self.end(now, peer, true),
            }
        }
    }

    /// When a bid was without effect for so long that we bid more or make room for somebody else, if we can do either.
    pub(super) fn bid_at(&self, peer: PeerKey, deal: &Deal) -> Option<Time> {
        let deadline = self.connections.get(peer)?.bids.deadline()?;
        let can_do = self.connections.first().is_some() || self.raised(peer, deal).is_some();
        Some(deadline).filter(|_| can_do)
    }

    /// Ends with everybody if what is left is not enough for all that may come before they have ended.
    pub(super) fn end_if_used_up(&mut self, now: Time) {
        if self.is_used_up || self.can_risk(Amount::default()) {
            return;
        }
        self.is_used_up = true;
        let peers: Vec<_> = self.deals.keys().copied().collect();
        for peer in peers {
            self.end(now, peer, false);
        }
    }

    /// Bids, instead of what was bid before.
    pub(super) fn send_bid(&mut self, now: Time, peer: PeerKey, rate: Rate) {
        let Some(connection) = self.connections.get_mut(peer) else { return };
        match connection.bids.bid(now, rate, connection.serves) {
            Some(bid) => self.send(peer, &bid),
            None => self.refuse(now, peer),
        }
    }

    /// What to bid next, if there is enough for that.
    fn raised(&self, peer: PeerKey, deal: &Deal) -> Option<Rate> {
        let connection = self.connections.get(peer)?;
        let raised = connection.bids.raised(connection.terms.floor, self.budget.highest)?;
        let (before, after) = (self.risk(peer, deal, Rate::FREE)?, self.risk(peer, deal, raised)?);
        let more = Amount::from_units(after.units() - before.units());
        self.can_risk(more).then_some(raised)
    }

    /// Whether what is left is enough for all that may come of the peers before they have ended, and for so much more.
    pub(super) fn can_risk(&self, more: Amount) -> bool {
        let risks = self.deals.iter().map(|(peer, deal)| self.risk(*peer, deal, Rate::FREE));
        let sum = risks.chain([Some(more)]).try_fold(Amount::default(), |sum, risk| sum.checked_add(risk?));
        sum.is_some_and(|sum| sum <= self.budget.left)
    }

    /// What a peer has to get, and what it may give beyond that before it waits for its money or hears that we end, if we
    /// bid at least so much.
    fn risk(&self, peer: PeerKey, deal: &Deal, bid: Rate) -> Option<Amount> {
        let connection = self.connections.get(peer)?;
        let window = connection.window(self.deposits.slot(deal.slot).map_or(0, |slot| slot.paid_bytes));
        let credit = deal.rate(connection).max(bid).cost(window)?;
        self.deposits.debt(deal.payee).checked_add(deal.bill.unpaid())?.checked_add(credit)
    }
}

use btt::Amount;

use super::deal::{Deal, Session};
use super::{Buyer, Output};
use crate::message::{Message, Payment, Reason};
use crate::{PeerKey, Rate, Signature, SlotId, Time, Voucher};

/// Bytes of a block: no voucher is sent for less unless nothing more comes, and sellers give nothing on a slot that has not
/// the money for as much.
pub(super) const BLOCK: u64 = 16 << 10;

impl Buyer {
    /// A peer is so far.
    pub(super) fn take(&mut self, now: Time, peer: PeerKey, unverified: u64) {
        let Some(connection) = self.connections.get(peer) else { return };
        let (taken, held_back) = (connection.taken, connection.held_back(unverified));
        let waits = connection.serves && held_back > 0;
        if let Some(deal) = self.deals.get_mut(&peer) {
            deal.keep_waiting(now, taken, waits);
        }
        let payable = taken.saturating_sub(held_back);
        if self.deals.get_mut(&peer).is_some_and(|deal| deal.bill.advance(payable).is_none()) {
            self.refuse_because(now, peer, Reason::Price);
        }
    }

    /// A slot is on disk as it is. Whoever is paid from it gets a signature, if there is still somebody.
    pub(super) fn written(&mut self, id: SlotId) {
        let Some(slot) = self.deposits.slot_mut(id) else { return };
        if slot.written() == Some(true) && self.deals.values().any(|deal| deal.slot == id) {
            self.outputs.push_back(Output::Sign(slot.sign()));
        }
    }

    /// What was to be signed is.
    pub(super) fn signed(&mut self, now: Time, voucher: Voucher, signature: Signature) {
        let Voucher { slot: id, cumulative, .. } = voucher;
        if !self.deposits.slot_mut(id).is_some_and(|slot| slot.signed(&voucher)) {
            return;
        }
        let deal = self.deals.iter_mut().find(|(_, deal)| deal.slot == id);
        let Some(((peer, deal), deposit)) = deal.zip(self.deposits.get(id.session)) else { return };
        let message = match deal.session {
            Session::Unsaid => {
                deal.session = Session::Said(now);
                Message::Session {
                    owner: deposit.owner,
                    key: deposit.key,
                    slot: id.slot,
                    cumulative,
                    signature,
                }
            }
            Session::Said(_) | Session::Good => Message::Voucher(Payment { slot: id, cumulative, signature }),
        };
        let peer = *peer;
        self.send(peer, &message);
    }

    /// Pays a peer what it is time to pay, once it knows from what.
    pub(super) fn pay(&mut self, now: Time, peer: PeerKey) {
        while let Some(deal) = self.deals.get_mut(&peer) {
            deal.pay_at = None;
            let Some(slot) = self.deposits.slot_mut(deal.slot).filter(|slot| slot.is_idle()) else { return };
            if let Some(assignment) = slot.adopt() {
                return self.outputs.push_back(Output::Write(assignment));
            }
            let (id, payee, session, is_ending) = (deal.slot, deal.payee, deal.session, deal.is_ending());
            if is_ending && self.unpaid(peer).is_zero() {
                return;
            }
            let block = self.rate(peer).cost(BLOCK).unwrap_or(Voucher::LIMIT);
            if !self.has_done(now, peer, block) {
                return match session {
                    Session::Unsaid => self.introduce(peer, id),
                    Session::Good => self.pay_due(now, peer),
                    Session::Said(_) => {}
                };
            }
            if let Some(slot) = self.deposits.slot_mut(id) {
                slot.close();
            }
            // What came on a slot of one deposit is not owed by another one.
            let is_spared = self.deposits.is_spared(id.session);
            let other = if is_spared { None } else { self.deposits.slot_for(now, payee, block) };
            let Some((deal, other)) = self.deals.get_mut(&peer).zip(other) else {
                return self.end(now, peer, false);
            };
            (deal.slot, deal.session, deal.leave_by) = (other, Session::Unsaid, None);
        }
    }

    /// Whether a slot has no use any more: it has not the money for a block, and all that came on it is paid as far as it has
    /// money for that. Vouchers for a slot are worth nothing to a peer once it has accepted another one.
    fn has_done(&mut self, now: Time, peer: PeerKey, block: Amount) -> bool {
        let is_unpaid = !self.unpaid(peer).is_zero();
        let Some(deal) = self.deals.get_mut(&peer) else { return false };
        let Some(slot) = self.deposits.slot(deal.slot) else { return false };
        if !self.deposits.is_usable(now, deal.slot, Amount::default()) {
            deal.has_left = !slot.is_closed();
            return true;
        }
        if slot.room() >= block && deal.leave_by.is_none() {
            return false;
        }
        deal.has_left = true;
        if deal.session != Session::Good {
            return true;
        }
        // The peer is about to say that it charges no more on this slot, if it has not.
        let until = *deal.leave_by.get_or_insert(now + Deal::TO_PAY);
        // However late it is: after a night's sleep, say.
        let is_paid = !is_unpaid || slot.room().is_zero() || self.budget.left.is_zero();
        let has_done = is_paid && (deal.bill.is_final() || now >= until);
        deal.pay_at = Some(until).filter(|_| now < until && !has_done);
        has_done
    }

    /// A peer that serves us and gives nothing has no credit left for the slot: what it gave there and we did not get, since
    /// a connection broke, counts against us for ever. So it gets another one, once.
    pub(super) fn try_slot(&mut self, now: Time, peer: PeerKey) {
        let Some((deal, connection)) = self.deals.get_mut(&peer).zip(self.connections.get(peer)) else {
            return;
        };
        let Some((bytes, until)) = deal.trial else { return };
        if connection.taken > bytes || deal.is_ending() {
            deal.trial = None;
        } else if now >= until {
            deal.trial = Some((bytes, now + Deal::TO_GIVE));
            if connection.serves {
                self.replace_slot(now, peer, Reason::OverCredit);
            }
        }
    }

    /// Pays a peer from another slot, unless it had another one already. That a slot is used up by what is on its way, or got
    /// lost on it, may be so each time. What came is paid from it before, if that can be.
    pub(super) fn replace_slot(&mut self, now: Time, peer: PeerKey, reason: Reason) {
        let Some((deal, connection)) = self.deals.get(&peer).zip(self.connections.get(peer)) else { return };
        let paid_bytes = self.deposits.slot(deal.slot).map_or(0, |slot| slot.paid_bytes);
        let is_used_up = self.lacks(peer, BLOCK + 2 * connection.window(paid_bytes));
        let Some((deal, connection)) = self.deals.get_mut(&peer).zip(self.connections.get_mut(peer)) else {
            return;
        };
        deal.trial = None;
        if !is_used_up && std::mem::replace(&mut connection.has_refused, true) {
            self.leave_for_ever(now, peer);
        } else if matches!(reason, Reason::Underfunded | Reason::Expiring) && deal.session == Session::Good {
            deal.leave_by = Some(now + Deal::TO_END);
        } else if let Some(slot) = self.deposits.slot_mut(deal.slot) {
            slot.close();
        }
    }

    /// Whether a peer's slot will not have the money for so many bytes more when all is paid.
    pub(super) fn lacks(&self, peer: PeerKey, bytes: u64) -> bool {
        let slot = self.deals.get(&peer).and_then(|deal| self.deposits.slot(deal.slot));
        let needed = self.rate(peer).cost(bytes).and_then(|cost| self.unpaid(peer).checked_add(cost));
        slot.zip(needed).is_none_or(|(slot, needed)| slot.room() < needed)
    }

    /// Says who pays, and what was paid before: a unit more than that, since what was signed before is no secret once it was
    /// redeemed, and would let anybody pass for us. The unit is paid ahead.
    fn introduce(&mut self, peer: PeerKey, id: SlotId) {
        let unit = Amount::from_units(1);
        let Some(slot) = self.deposits.slot_mut(id) else { return };
        if slot.is_used() && slot.room() >= unit && self.budget.left >= unit {
            return self.spend(peer, id, unit);
        }
        self.outputs.push_back(match slot.introduce() {
            Ok(assignment) => Output::Write(assignment),
            Err(voucher) => Output::Sign(voucher),
        });
    }

    /// Has it written that a peer gets so much more of a slot, for which there is enough: for bytes of connections before,
    /// and then for those of this one.
    fn spend(&mut self, peer: PeerKey, id: SlotId, amount: Amount) {
        let Some((deal, slot)) = self.deals.get_mut(&peer).zip(self.deposits.slot_mut(id)) else { return };
        self.budget.left = minus(self.budget.left, amount);
        self.spent = self.spent.checked_add(amount).unwrap_or(self.spent);
        self.outputs.push_back(Output::Write(slot.pay(amount)));
        let debt = self.deposits.debt(deal.payee).min(amount);
        deal.bill.pay(minus(amount, debt));
        if let Some(before) = self.deposits.debt_mut(deal.payee) {
            *before = minus(*before, debt);
        }
    }

    /// Pays all that is not paid, if that is worth a voucher, or was not for a while.
    fn pay_due(&mut self, now: Time, peer: PeerKey) {
        let (unpaid, is_almost_full) = (self.unpaid(peer), self.lacks(peer, BLOCK));
        let Some((deal, connection)) = self.deals.get_mut(&peer).zip(self.connections.get(peer)) else {
            return;
        };
        let Some(slot) = self.deposits.slot_mut(deal.slot) else { return };
        if unpaid.is_zero() {
            return;
        }
        let late = *deal.unpaid_since.get_or_insert(now) + Deal::TO_PAY;
        let window = connection.window(slot.paid_bytes);
        let enough = deal.bill.rate().cost(BLOCK.max(window / 4)).is_none_or(|enough| unpaid >= enough);
        let due = if enough || is_almost_full { deal.next_voucher } else { late.max(deal.next_voucher) };
        if now < due {
            deal.pay_at = Some(deal.pay_at.map_or(due, |until| until.min(due)));
            return;
        }
        let amount = unpaid.min(slot.room()).min(self.budget.left);
        if amount.is_zero() {
            return;
        }
        deal.next_voucher = now + Deal::BETWEEN;
        if amount == unpaid {
            deal.unpaid_since = None;
            slot.paid_bytes += deal.bill.charged() - deal.paid_bytes;
            deal.paid_bytes = deal.bill.charged();
        }
        let id = deal.slot;
        self.spend(peer, id, amount);
    }

    /// What a peer has to get.
    fn unpaid(&self, peer: PeerKey) -> Amount {
        self.deals.get(&peer).map_or(Amount::default(), |deal| {
            let debt = self.deposits.debt(deal.payee);
            debt.checked_add(deal.bill.unpaid()).unwrap_or(debt)
        })
    }

    /// What a peer charges, or will when it grants what we bid.
    fn rate(&self, peer: PeerKey) -> Rate {
        let deal = self.deals.get(&peer).zip(self.connections.get(peer));
        deal.map_or(Rate::FREE, |(deal, connection)| deal.rate(connection))
    }
}

const fn minus(amount: Amount, other: Amount) -> Amount {
    Amount::from_units(amount.units().saturating_sub(other.units()))
}

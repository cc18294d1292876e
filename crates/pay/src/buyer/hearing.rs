use super::deal::{Deal, Session};
use super::deposits::Slot;
use super::{Buyer, Output};
use crate::message::{Message, Payment, Reason};
use crate::{PeerKey, Rate, SlotId, Time};

impl Buyer {
    /// A peer sent a message, after it gave `taken` bytes. What cannot be read is ignored, as is what is too much.
    pub(super) fn hear(&mut self, now: Time, peer: PeerKey, payload: &[u8], taken: u64) {
        let Some(connection) = self.connections.get_mut(peer) else { return };
        connection.taken = connection.taken.max(taken);
        let message = if connection.may_speak(now) { Message::parse(payload) } else { return };
        match message {
            Ok(Some(Message::Offer { floor })) => self.connections.set_floor(peer, floor),
            Ok(Some(Message::Grant { rate, number })) => self.granted(now, peer, rate, number, taken),
            Ok(Some(Message::Ack { slot })) => self.accepted(now, peer, slot, taken),
            Ok(Some(Message::Receipt(payment))) => self.receipt(peer, &payment),
            Ok(Some(Message::Reject(reason))) => self.rejected(now, peer, reason),
            // Sellers do not say these, and what is said of a session's fraud is a matter for those whom it pays.
            Ok(Some(
                Message::Bid { .. } | Message::Session { .. } | Message::Voucher(_) | Message::Fraud(_),
            )) => {}
            Ok(None) | Err(_) => {}
        }
    }

    /// Bytes behind the first `taken` cost this, if we bid as much. Nothing is less than any bid.
    fn granted(&mut self, now: Time, peer: PeerKey, rate: Rate, number: u32, taken: u64) {
        let Some((deal, connection)) = self.deals.get_mut(&peer).zip(self.connections.get_mut(peer)) else {
            return;
        };
        if !connection.bids.allow(rate, number) && rate > Rate::FREE {
            return self.refuse_because(now, peer, Reason::Price);
        }
        if deal.bill.charge(taken, rate).is_none() {
            return self.refuse_because(now, peer, Reason::TooMany);
        }
        if connection.bids.is_last(number) {
            self.agree_to_end(peer);
        }
    }

    /// A peer serves on credit from now on. Whatever it granted before is over.
    fn accepted(&mut self, now: Time, peer: PeerKey, slot: SlotId, taken: u64) {
        let deal = self.deals.get_mut(&peer).filter(|deal| deal.slot == slot);
        let Some(deal) = deal.filter(|deal| matches!(deal.session, Session::Said(_))) else { return };
        deal.session = Session::Good;
        if deal.bill.charge(taken, Rate::FREE).is_none() {
            return self.refuse_because(now, peer, Reason::TooMany);
        }
        let connection = self.connections.get(peer).filter(|_| !deal.is_ending());
        let Some(connection) = connection else { return };
        if self.deposits.slot(slot).is_some_and(Slot::is_used) {
            deal.trial = Some((connection.taken, now + Deal::TO_GIVE));
        }
        let bid = connection.bids.rate();
        if bid > Rate::FREE {
            self.send_bid(now, peer, bid);
        }
    }

    /// A peer says that we signed more than we know of. It is asked for one proof, which costs us a check.
    fn receipt(&mut self, peer: PeerKey, payment: &Payment) {
        let deal =
            self.deals.get(&peer).filter(|deal| deal.slot == payment.slot && deal.session != Session::Unsaid);
        let key = deal.and_then(|deal| self.deposits.get(deal.slot.session)).map(|deposit| deposit.key);
        let connection = self.connections.get_mut(peer).filter(|connection| !connection.has_claimed);
        let Some(((connection, key), slot)) = connection.zip(key).zip(self.deposits.slot_mut(payment.slot))
        else {
            return;
        };
        if let Some(voucher) = slot.claim(payment.cumulative, payment.signature) {
            connection.has_claimed = true;
            self.outputs.push_back(Output::Verify { key, voucher });
        }
    }

    fn rejected(&mut self, now: Time, peer: PeerKey, reason: Reason) {
        let Some(deal) = self.deals.get_mut(&peer) else { return };
        match reason {
            // The chain does not have the session yet, or has not bound the slot to its payee yet. Both are a matter of time.
            Reason::NoSession | Reason::OverCredit => self.end(now, peer, true),
            // It would say the same of any slot.
            Reason::Signature => self.leave_for_ever(now, peer),
            Reason::Underfunded | Reason::Expiring
                if deal.session != Session::Good && std::mem::take(&mut deal.has_left) => {}
            // Our records are behind what was redeemed.
            Reason::NotMore if matches!(deal.session, Session::Said(_)) => {
                self.replace_slot(now, peer, reason)
            }
            Reason::Underfunded | Reason::Expiring | Reason::SlotTaken => {
                self.replace_slot(now, peer, reason)
            }
            // The first is answered by the next bid, the second by what its receipt says.
            Reason::Price | Reason::NotMore | Reason::TooMany => {}
        }
    }
}

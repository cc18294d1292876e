use std::time::Duration;

use btt::{Address, Amount};

use super::bill::Bill;
use super::connections::{Connection, Standing};
use super::deposits::Slot;
use super::paying::BLOCK;
use super::{Buyer, Output};
use crate::message::{Message, Reason};
use crate::{PeerKey, Rate, SlotId, Time};

/// What we have with a peer that we pay.
#[derive(Debug)]
pub(super) struct Deal {
    pub(super) payee: Address,
    /// What it is paid from, which may become another one of its payee's.
    pub(super) slot: SlotId,
    pub(super) session: Session,
    /// What the peer charged at least when the deal was made.
    pub(super) floor: Rate,
    pub(super) bill: Bill,
    /// How many of the bytes that cost something are paid.
    pub(super) paid_bytes: u64,
    /// Since when something is not paid.
    pub(super) unpaid_since: Option<Time>,
    /// When that is paid if it does not become more.
    pub(super) pay_at: Option<Time>,
    /// No voucher is sent before.
    pub(super) next_voucher: Time,
    /// The slot is almost full: what came is paid from it, and then, or at this time, another one takes its place.
    pub(super) leave_by: Option<Time>,
    /// We left the slot before by ourselves. Its payee may say why it is used up while we speak of the next one already.
    pub(super) has_left: bool,
    /// Whether the peer still gives on a slot that it gave on before: how many bytes it has to pass, and by when.
    pub(super) trial: Option<(u64, Time)>,
    /// While it gives nothing and is not paid for all that it gave, since not enough of that turned out right: how many bytes
    /// it has to pass, and by when.
    pub(super) stalled: Option<(u64, Time)>,
    /// Once we have bid no more.
    ending: Option<Ending>,
}

/// Whether the peer knows what it is paid from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    Unsaid,
    Said(Time),
    Good,
}

/// How far the end of a deal is.
#[derive(Clone, Copy, Debug)]
struct Ending {
    until: Time,
    /// The peer has granted that nothing is charged any more.
    agreed: bool,
    /// The peer rests before it may have another one.
    rests: bool,
}

impl Deal {
    /// How long a peer may take to accept a session, which it looks up on the chain.
    const TO_ACCEPT: Duration = Duration::from_secs(30);

    /// How long a peer may take to end what we end, or what it ends itself.
    pub(super) const TO_END: Duration = Duration::from_secs(10);

    /// How long anything may be unpaid.
    pub(super) const TO_PAY: Duration = Duration::from_secs(1);

    /// How long there is from a voucher to the next: sellers read twenty messages in a second, and not all are vouchers.
    pub(super) const BETWEEN: Duration = Duration::from_millis(60);

    /// How long a peer may serve us and give nothing on a slot that it knows from before, or for want of being paid.
    pub(super) const TO_GIVE: Duration = Duration::from_secs(10);

    /// The highest of the rate that is granted and of those that may be.
    pub(super) fn rate(&self, connection: &Connection) -> Rate {
        connection.bids.rate().max(self.bill.rate()).max(self.floor)
    }

    /// It gave so many bytes by now. Whether it serves us and is kept waiting for its money.
    pub(super) fn keep_waiting(&mut self, now: Time, taken: u64, waits: bool) {
        let known = self.stalled.filter(|(bytes, _)| *bytes == taken);
        self.stalled = waits.then(|| known.unwrap_or((taken, now + Self::TO_GIVE)));
    }

    /// Whether we have bid no more.
    pub(super) const fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// When something is to be done about it, its bids aside.
    pub(super) fn deadline(&self) -> Option<Time> {
        let until = match (self.ending, self.session) {
            (Some(ending), _) => Some(ending.until),
            (None, Session::Said(since)) => Some(since + Self::TO_ACCEPT),
            (None, Session::Unsaid | Session::Good) => None,
        };
        let trial = self.trial.map(|(_, until)| until);
        let stalled = self.stalled.filter(|_| !self.is_ending()).map(|(_, until)| until);
        until.into_iter().chain(stalled).chain(self.pay_at).chain(trial).min()
    }
}

impl Buyer {
    /// Makes a deal with whoever is next, or moves it aside. `None` if it has to wait.
    pub(super) fn begin(&mut self, now: Time, peer: PeerKey) -> Option<()> {
        let connection = self.connections.get(peer)?;
        let (payee, floor, taken) = (connection.terms.payee, connection.terms.floor, connection.taken);
        let is_wanted = connection.is_wanted && floor > Rate::FREE && floor <= self.budget.highest;
        let is_paid = self.deals.values().any(|deal| deal.payee == payee);
        let block = floor.cost(BLOCK).filter(|_| is_wanted && !is_paid);
        let risk = block.and_then(|block| {
            let slot = self.deposits.slot_of(now, payee, block).and_then(|slot| self.deposits.slot(slot));
            let credit = floor.cost(connection.window(slot.map_or(0, |slot| slot.paid_bytes)))?;
            credit.checked_add(self.deposits.debt(payee))
        });
        let has_slot = |block: &Amount| self.deposits.has_slot_for(now, payee, *block);
        let affordable = block.filter(has_slot).zip(risk.filter(|risk| *risk <= self.budget.left));
        let Some((block, risk)) = affordable else {
            self.connections.stand(peer, Standing::Aside);
            return Some(());
        };
        if !self.has_room() || !self.can_risk(risk) {
            return None;
        }
        let slot = self.deposits.slot_for(now, payee, block)?;
        let deal = Deal {
            payee,
            slot,
            session: Session::Unsaid,
            floor,
            bill: Bill::starting_at(taken),
            paid_bytes: 0,
            unpaid_since: None,
            pay_at: None,
            next_voucher: now,
            leave_by: None,
            has_left: false,
            trial: None,
            stalled: None,
            ending: None,
        };
        self.deals.insert(peer, deal);
        self.connections.stand(peer, Standing::Paid);
        self.outputs.push_back(Output::KeepApart { peer, apart: true });
        self.pay(now, peer);
        Some(())
    }

    /// Bids no more. What came and what is on its way is paid, if the peer ends it: at most what it gives on credit.
    pub(super) fn end(&mut self, now: Time, peer: PeerKey, rests: bool) {
        let Some((deal, connection)) = self.deals.get_mut(&peer).zip(self.connections.get(peer)) else {
            return;
        };
        if deal.ending.is_some() {
            return;
        }
        let bid = connection.bids.rate();
        if bid == Rate::FREE {
            return self.leave_for_now(now, peer, rests);
        }
        let most = bid.max(deal.bill.rate()).cost(connection.window(u64::MAX));
        deal.bill.limit(most.unwrap_or_default());
        deal.ending = Some(Ending { until: now + Deal::TO_END, agreed: false, rests });
        self.bid_no_more(now, peer);
    }

    /// A peer has answered our last bid, which was none.
    pub(super) fn agree_to_end(&mut self, peer: PeerKey) {
        if let Some(ending) = self.deals.get_mut(&peer).and_then(|deal| deal.ending.as_mut()) {
            ending.agreed = true;
        }
    }

    /// Ends a deal that has come to its end, or to nothing.
    pub(super) fn end_if_over(&mut self, now: Time, peer: PeerKey) {
        let Some(deal) = self.deals.get(&peer) else { return };
        match (deal.ending, deal.session) {
            (Some(ending), _) if ending.agreed && (now >= ending.until || self.is_settled(deal)) => {
                self.leave_for_now(now, peer, ending.rests);
            }
            (Some(ending), _) if now >= ending.until => self.refuse(now, peer),
            (None, Session::Said(since)) if now >= since + Deal::TO_ACCEPT => self.end(now, peer, true),
            // Nothing more will turn out right before it is paid, nor be paid before it turns out right.
            (None, _) if deal.stalled.is_some_and(|(_, until)| now >= until) => self.end(now, peer, true),
            _ => {}
        }
    }

    /// The peer is not paid any more, whatever happens.
    pub(super) fn refuse(&mut self, now: Time, peer: PeerKey) {
        if let Some(deal) = self.part(peer) {
            self.connections.recall(deal.payee);
        }
        self.bid_no_more(now, peer);
        self.connections.stand(peer, Standing::Never);
    }

    /// Likewise, and the peer is told why.
    pub(super) fn refuse_because(&mut self, now: Time, peer: PeerKey, reason: Reason) {
        self.send(peer, &Message::Reject(reason));
        self.refuse(now, peer);
    }

    fn part(&mut self, peer: PeerKey) -> Option<Deal> {
        let deal = self.deals.remove(&peer)?;
        self.outputs.push_back(Output::KeepApart { peer, apart: false });
        Some(deal)
    }

    /// There is no deal with the peer any more. What it did not get yet it gets on another connection.
    pub(super) fn leave(&mut self, peer: PeerKey) {
        let Some(deal) = self.part(peer) else { return };
        if let Some(debt) = self.deposits.debt_mut(deal.payee) {
            *debt = debt.checked_add(deal.bill.unpaid()).unwrap_or(*debt);
        }
        self.connections.recall(deal.payee);
    }

    /// There is no deal with the peer any more, and it may have another one: later, if it `rests`. The deal was in vain if
    /// nothing came that had a price.
    pub(super) fn leave_for_now(&mut self, now: Time, peer: PeerKey, rests: bool) {
        let in_vain = self.deals.get(&peer).is_none_or(|deal| deal.bill.charged() == 0);
        self.leave(peer);
        if rests {
            self.connections.rest(now, peer, in_vain);
        } else {
            self.connections.stand(peer, Standing::Queued);
        }
    }

    /// There is no deal with the peer any more, nor will there be another one.
    pub(super) fn leave_for_ever(&mut self, now: Time, peer: PeerKey) {
        self.leave(peer);
        self.bid_no_more(now, peer);
        self.connections.stand(peer, Standing::Never);
    }

    /// So the peer need not wait for money before it gives us what everybody gets.
    fn bid_no_more(&mut self, now: Time, peer: PeerKey) {
        let connection =
            self.connections.get_mut(peer).filter(|connection| connection.bids.rate() > Rate::FREE);
        let bid = connection.and_then(|connection| connection.bids.bid(now, Rate::FREE, connection.serves));
        if let Some(bid) = bid {
            self.send(peer, &bid);
        }
    }

    /// Whether there is nothing more to pay, and all that was paid is sent.
    fn is_settled(&self, deal: &Deal) -> bool {
        let is_paid = deal.bill.unpaid().is_zero() && self.deposits.debt(deal.payee).is_zero();
        let is_sent = self.deposits.slot(deal.slot).is_none_or(Slot::is_idle);
        is_sent && (is_paid && deal.bill.is_final() || self.budget.left.is_zero())
    }
}

//! What the rules of payments are checked by: it sees the messages and how many blocks passed before each, and none of the
//! books of those who sent them.

use std::collections::{BTreeMap, VecDeque};

use btt::Amount;
use pay::message::{Message, Payment};
use pay::{Credit, PeerKey, Rate, SlotId};

/// What one peer gave for money, and what it paid for.
#[derive(Debug, Default)]
pub(super) struct Referee {
    sales: BTreeMap<PeerKey, Sale>,
    /// What it gave for money, by what it was paid from.
    pub(super) tabs: BTreeMap<SlotId, Tab>,
    purchases: BTreeMap<PeerKey, Purchase>,
    /// The highest amount that it signed of each slot.
    signed: BTreeMap<SlotId, Amount>,
    /// The most that it paid any seller for what did not turn out right, beyond what may be trusted, in the smallest units.
    pub(super) overpaid: u128,
}

/// A connection to somebody who may pay.
#[derive(Debug, Default)]
struct Sale {
    /// What it was sent and is not on its way yet.
    sending: VecDeque<Mark>,
    rate: Rate,
    slot: Option<SlotId>,
    given: u64,
}

/// What a message of a seller changes once it is on its way.
#[derive(Clone, Copy, Debug)]
enum Mark {
    Nothing,
    Rate(Rate),
    Slot(SlotId),
}

/// What was given on a slot, and paid from it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tab {
    /// What it costs, for each byte the rate for a MiB.
    owed: u128,
    paid: Amount,
    lowest: Rate,
    highest: Rate,
}

/// A connection to somebody who is paid.
#[derive(Debug, Default)]
struct Purchase {
    /// The highest bid.
    highest: Rate,
    /// Bytes that turned out right.
    right: u64,
    /// What they cost at most, for each byte the highest bid of the time.
    worth: u128,
    paid: u128,
}

impl Referee {
    /// It sends a message as one who sells.
    pub(super) fn sends_as_seller(&mut self, peer: PeerKey, payload: &[u8]) {
        let mark = match Message::parse(payload) {
            Ok(Some(Message::Grant { rate, .. })) => Mark::Rate(rate),
            Ok(Some(Message::Ack { slot })) => Mark::Slot(slot),
            _ => Mark::Nothing,
        };
        self.sales.entry(peer).or_default().sending.push_back(mark);
    }

    /// The oldest of these is on its way, behind so many bytes.
    pub(super) fn sent_as_seller(&mut self, peer: PeerKey, given: u64) {
        self.gives(peer, given);
        let Some(sale) = self.sales.get_mut(&peer) else { return };
        match sale.sending.pop_front() {
            Some(Mark::Rate(rate)) => sale.rate = rate,
            Some(Mark::Slot(slot)) => sale.slot = Some(slot),
            Some(Mark::Nothing) | None => {}
        }
    }

    /// It has given so many bytes.
    pub(super) fn gives(&mut self, peer: PeerKey, given: u64) {
        let sale = self.sales.entry(peer).or_default();
        let bytes = given - std::mem::replace(&mut sale.given, given);
        if let Some(slot) = sale.slot.filter(|_| sale.rate > Rate::FREE && bytes > 0) {
            let tab = self.tabs.entry(slot).or_default();
            tab.owed += u128::from(bytes) * sale.rate.units_per_mib();
            tab.highest = tab.highest.max(sale.rate);
            tab.lowest = if tab.lowest == Rate::FREE { sale.rate } else { tab.lowest.min(sale.rate) };
        }
    }

    /// It was paid so much from a slot, in all.
    pub(super) fn is_paid(&mut self, slot: SlotId, cumulative: Amount) {
        let tab = self.tabs.entry(slot).or_default();
        tab.paid = tab.paid.max(cumulative);
    }

    /// It sends a message as one who pays.
    pub(super) fn sends_as_buyer(
        &mut self,
        peer: PeerKey,
        session: pay::SessionId,
        payload: &[u8],
        trusted: u64,
    ) {
        let purchase = self.purchases.entry(peer).or_default();
        let (slot, cumulative) = match Message::parse(payload) {
            Ok(Some(Message::Bid { rate, .. })) => {
                purchase.highest = purchase.highest.max(rate);
                return;
            }
            Ok(Some(Message::Voucher(Payment { slot, cumulative, .. }))) => (slot, cumulative),
            Ok(Some(Message::Session { slot, cumulative, .. })) => (SlotId { session, slot }, cumulative),
            _ => return,
        };
        let signed = self.signed.entry(slot).or_default();
        purchase.paid += cumulative.units().saturating_sub(signed.units());
        *signed = cumulative.max(*signed);
        let trusted = trusted.max(MOST_TRUSTED.min(trusted.saturating_add(purchase.right)));
        let junk = u128::from(trusted) * purchase.highest.units_per_mib();
        let most = (purchase.worth + junk).div_ceil(1 << 20) + ROUNDED;
        self.overpaid = self.overpaid.max(purchase.paid.saturating_sub(most));
    }

    /// So many bytes of a peer turned out right.
    pub(super) fn takes(&mut self, peer: PeerKey, right: u64) {
        let purchase = self.purchases.entry(peer).or_default();
        let more = right.saturating_sub(std::mem::replace(&mut purchase.right, right));
        purchase.worth += u128::from(more) * purchase.highest.units_per_mib();
    }

    /// A connection has ended.
    pub(super) fn parts(&mut self, peer: PeerKey) {
        self.sales.remove(&peer);
        self.purchases.remove(&peer);
    }
}

impl Tab {
    /// What was given on it beyond what is `paid`, and beyond what whoever paid that is trusted with, in the smallest units.
    pub(super) fn beyond_credit(&self, paid: Amount) -> u128 {
        let bytes = self.lowest.bytes_for(paid).unwrap_or(u64::MAX);
        let credit = u128::from(Credit::default().window(bytes)) * self.highest.units_per_mib();
        self.owed.saturating_sub(credit).div_ceil(1 << 20).saturating_sub(paid.units())
    }

    /// Likewise, by the vouchers that came.
    pub(super) fn unpaid(&self) -> u128 {
        self.beyond_credit(self.paid)
    }
}

/// The most bytes that are paid before it is known whether they are right, unless a piece is larger.
const MOST_TRUSTED: u64 = 4 << 20;
/// What rounding up at each change of a rate and units that are paid ahead may come to.
const ROUNDED: u128 = 1_000;

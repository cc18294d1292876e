//! Sessions that pay two from one slot.

use std::collections::{BTreeSet, VecDeque};

use super::checks::Question;
use super::{Output, Seller, SlotStatus};
use crate::message::{Fraud, Message, Reason};
use crate::{PeerKey, SessionId, SignedVoucher, SlotId, Time, Voucher};

/// Sessions that are not served, the last so many that were found out.
#[derive(Debug, Default)]
pub(super) struct Banned {
    all: BTreeSet<SessionId>,
    /// Oldest first.
    order: VecDeque<SessionId>,
}

impl Banned {
    /// Sessions at most.
    pub(super) const LIMIT: usize = 1024;

    pub(super) fn contains(&self, session: SessionId) -> bool {
        self.all.contains(&session)
    }

    pub(super) fn insert(&mut self, session: SessionId) {
        if !self.all.insert(session) {
            return;
        }
        self.order.push_back(session);
        if self.order.len() > Self::LIMIT
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

impl Seller {
    /// A peer says that a session cheats.
    pub(super) fn fraud(&mut self, now: Time, key: PeerKey, fraud: Box<Fraud>) {
        let told = self.banned.contains(slot(&fraud).session);
        if let Some(peer) = self.peers.get_mut(&key).filter(|_| !told) {
            peer.checks.fraud = Some(fraud);
            self.ask(now, key);
        }
    }

    /// One of the two signatures is genuine.
    pub(super) fn is_signed(&mut self, now: Time, key: PeerKey, fraud: Box<Fraud>, which: usize) {
        let id = slot(&fraud);
        if which == 0 {
            return self.verify(key, Question::Fraud(fraud, 1));
        }
        // Signatures cost nothing, deposits do: nobody hears of a session that there is not.
        if self.is_known(id.session) {
            self.convict(now, key, fraud);
        } else if let Some(said) = self.reads.cached(now, id) {
            self.convict_of(now, key, fraud, &said.status);
        } else {
            let is_asked = self.read_for(now, key, id);
            if let Some(peer) = self.peers.get_mut(&key) {
                match is_asked {
                    true => peer.fraud = Some(fraud),
                    false => _ = peer.checks.fraud.get_or_insert(fraud),
                }
            }
        }
    }

    /// When a proof may be checked: the chain may have to be asked of it.
    pub(super) fn proof_at(&self, now: Time, key: PeerKey, slot: SlotId) -> Time {
        if self.is_known(slot.session) { now } else { self.read_at(now, key, slot) }
    }

    /// Whether there is an account of a session.
    fn is_known(&self, session: SessionId) -> bool {
        self.slots.of(session).next().is_some()
    }

    /// The same, if the chain knows the session.
    pub(super) fn convict_of(&mut self, now: Time, key: PeerKey, fraud: Box<Fraud>, status: &SlotStatus) {
        if (status.owner, status.key) == (fraud.owner, fraud.key) {
            self.convict(now, key, fraud);
        }
    }

    /// Serves a session no more, and tells everybody why but who said so.
    fn convict(&mut self, now: Time, key: PeerKey, fraud: Box<Fraud>) {
        let session = slot(&fraud).session;
        if self.banned.contains(session) {
            return;
        }
        self.ban(now, session);
        self.tell_all(&Message::Fraud(fraud.clone()), Some(key));
        self.outputs.push_back(Output::Slash(fraud));
    }

    /// Serves a session no more, and redeems what it signed before others do.
    pub(super) fn ban(&mut self, now: Time, session: SessionId) {
        self.banned.insert(session);
        let slots: Vec<SlotId> = self.slots.of(session).collect();
        for id in slots {
            self.refuse(now, id, Reason::SlotTaken);
            self.redeem_if_worth(now, id);
            self.touch(now, id);
        }
    }
}

/// The slot that was signed over twice.
pub(super) fn slot(fraud: &Fraud) -> SlotId {
    SlotId { session: SessionId::of(fraud.owner, fraud.key), slot: fraud.slot }
}

/// One of the two vouchers.
pub(super) fn voucher(fraud: &Fraud, which: usize) -> SignedVoucher {
    let claim = fraud.claims[which];
    let voucher = Voucher { slot: slot(fraud), payee: claim.payee, cumulative: claim.cumulative };
    SignedVoucher { voucher, signature: claim.signature }
}

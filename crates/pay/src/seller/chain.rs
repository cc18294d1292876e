//! What the chain says, as it was so many blocks ago that nothing changes it any more.

use std::time::Duration;

use super::account::Account;
use super::reads::Read;
use super::slots::{Slot, before};
use super::status::Said;
use super::{Output, READ_AGAIN, READ_REDEEMED, Seller};
use crate::message::Reason;
use crate::{PeerKey, SlotId, Time};

/// How often the chain is asked for a peer.
const EACH: Duration = Duration::from_secs(10);

impl Seller {
    /// When a peer may know of a slot: at once if the chain has just been asked of that, and was not just asked for the
    /// peer.
    pub(super) fn read_at(&self, now: Time, key: PeerKey, slot: SlotId) -> Time {
        let last = self
            .peers
            .get(&key)
            .and_then(|peer| peer.read)
            .filter(|_| self.reads.cached(now, slot).is_none());
        last.map_or(now, |last| last + EACH)
    }

    /// Asks the chain for a peer, unless too much is asked already: then the peer has to wait as if it had been.
    pub(super) fn read_for(&mut self, now: Time, key: PeerKey, slot: SlotId) -> bool {
        let Some(peer) = self.peers.get_mut(&key) else {
            return false;
        };
        peer.read = Some(now);
        let read = self.reads.want(slot, Some(key));
        if read == Read::Ask {
            self.outputs.push_back(Output::Read(slot));
        }
        read != Read::Busy
    }

    /// Asks the chain again for an account.
    pub(super) fn read_again(&mut self, now: Time, id: SlotId) {
        let read = self.reads.want(id, None);
        if read == Read::Ask {
            self.outputs.push_back(Output::Read(id));
        }
        if let Some(slot) = self.slots.get_mut(id) {
            slot.read = (read == Read::Busy).then_some(now + EACH);
        }
    }

    pub(super) fn on_chain(&mut self, now: Time, id: SlotId, said: Option<Said>) {
        let waiting = self.reads.answer(now, id, said);
        if let Some(said) = said {
            self.compare(now, id, &said);
        }
        if let Some(slot) = self.slots.get_mut(id) {
            slot.unread = false;
            let again = match slot.asked {
                Some(_) if !slot.lost => Some(READ_REDEEMED),
                Some(_) => Some(READ_AGAIN),
                None => slot.holder.map(|_| READ_AGAIN),
            };
            slot.read = again.map(|wait| now + wait);
        }
        self.touch(now, id);
        for key in waiting {
            let Some(peer) = self.peers.get_mut(&key) else {
                continue;
            };
            let claim = peer.claim.take_if(|claim| claim.slot() == id);
            let fraud = peer.fraud.take_if(|fraud| super::fraud::slot(fraud) == id);
            if let Some(claim) = claim {
                self.judge(now, key, claim, said);
            }
            if let Some((fraud, said)) = fraud.zip(said) {
                self.convict_of(now, key, fraud, &said.status);
            }
        }
    }

    /// Takes over what the chain says of an account.
    fn compare(&mut self, now: Time, id: SlotId, said: &Said) {
        let (payee, status) = (self.config.terms.payee, &said.status);
        let Some(slot) = self.slots.get_mut(id).filter(|slot| said.agreed || !slot.account.bound) else {
            return;
        };
        if (status.owner, status.key) != (slot.account.owner, slot.account.key) {
            return self.refuse(now, id, Reason::NoSession);
        }
        if status.payee.is_some_and(|other| other != payee) {
            return self.lose(now, id, said.agreed);
        }
        let before_that = slot.account;
        slot.account.hear(said, payee);
        let Account { redeemed, expiry, .. } = slot.account;
        slot.stale |= slot.account != before_that;
        slot.lost = false;
        slot.asked = slot.asked.filter(|(asked, _)| *asked > redeemed);
        slot.ending = now >= before(expiry, self.config.margin);
    }

    /// A slot is said to be somebody else's. What was ours stays so; of what may have been, nothing is left once it is agreed
    /// that it is another's, and if it is not, it is fetched while it can be.
    fn lose(&mut self, now: Time, id: SlotId, agreed: bool) {
        let Some(slot) = self.slots.get_mut(id).filter(|slot| !slot.account.bound) else {
            return;
        };
        let is_news = !std::mem::replace(&mut slot.lost, true);
        if agreed {
            self.forget(now, id, Reason::SlotTaken);
            self.ban(now, id.session);
        } else if is_news {
            self.refuse(now, id, Reason::SlotTaken);
            self.redeem_if_worth(now, id);
        }
    }

    /// Nobody is served on a slot, neither who is nor who was about to be.
    pub(super) fn refuse(&mut self, now: Time, id: SlotId, reason: Reason) {
        self.release(now, id, Some(reason));
        let unbound = self.slots.get_mut(id).map(Slot::unbind);
        for bind in unbound.into_iter().flatten().flatten() {
            self.reject(bind.peer, reason);
        }
    }

    /// Nothing is due from a slot any more.
    pub(super) fn forget(&mut self, now: Time, id: SlotId, reason: Reason) {
        self.refuse(now, id, reason);
        self.slots.remove(id);
        self.outputs.push_back(Output::Forget(id));
    }
}

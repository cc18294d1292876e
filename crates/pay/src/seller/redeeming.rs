//! When what was earned is fetched from the chain, and what comes due with time.

use btt::Amount;

use super::slots::before;
use super::{Output, READ_REDEEMED, REDEEM_AGAIN, Seller};
use crate::message::Reason;
use crate::{SlotId, Time};

/// Vouchers that are redeemed at once.
const BATCH: usize = 50;

impl Seller {
    /// All that was earned and is not being redeemed.
    pub(super) fn redeem_all(&mut self, now: Time) {
        let all: Vec<SlotId> = self.slots.iter().map(|(id, _)| id).collect();
        for id in all {
            self.redeem(now, id);
        }
    }

    /// What a slot has earned, if it is time for that and was not tried of late.
    pub(super) fn redeem_if_ripe(&mut self, now: Time, id: SlotId) {
        let ripe = self.slots.get(id).filter(|slot| slot.is_ripe(&self.config));
        if ripe.is_some_and(|slot| slot.asked.is_none_or(|(_, asked)| now >= asked + REDEEM_AGAIN)) {
            self.redeem(now, id);
        }
    }

    /// What a slot has earned, if that is worth its fee.
    pub(super) fn redeem_if_worth(&mut self, now: Time, id: SlotId) {
        if self.slots.get(id).is_some_and(|slot| slot.is_worth(&self.config)) {
            self.redeem(now, id);
        }
    }

    /// Other slots may be worth their fee now, and others may be given up.
    pub(super) fn set_fee(&mut self, now: Time, fee: Amount) {
        if std::mem::replace(&mut self.config.fee, fee) != fee {
            let all: Vec<SlotId> = self.slots.iter().map(|(id, _)| id).collect();
            for id in all {
                self.touch(now, id);
            }
        }
    }

    /// What a slot has earned, unless the same was to be redeemed of late.
    pub(super) fn redeem(&mut self, now: Time, id: SlotId) {
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        let best = slot.account.best;
        let cumulative = best.voucher.cumulative;
        let asked = slot.asked.is_some_and(|(asked, at)| asked >= cumulative && now < at + REDEEM_AGAIN);
        if asked || slot.account.unredeemed().is_zero() {
            return;
        }
        slot.asked = Some((cumulative, now));
        slot.published = cumulative;
        slot.read = Some(now + READ_REDEEMED);
        self.ripe.push(best);
        self.slots.settle(id, &self.config);
    }

    pub(super) fn redeem_in_batches(&mut self) {
        let ripe = std::mem::take(&mut self.ripe);
        self.outputs.extend(ripe.chunks(BATCH).map(|batch| Output::Redeem(batch.to_vec())));
    }

    /// Deals with the slots that have come due.
    pub(super) fn tend_slots(&mut self, now: Time) {
        while let Some(id) = self.slots.due(now) {
            let Some(slot) = self.slots.get_mut(id) else {
                return;
            };
            let expiry = slot.account.expiry;
            if now >= expiry + self.config.margin {
                self.forget(now, id, Reason::Expiring);
                continue;
            }
            slot.ending |= now >= before(expiry, self.config.margin);
            if slot.read.is_some_and(|read| read <= now) {
                self.read_again(now, id);
            }
            self.touch(now, id);
        }
    }
}

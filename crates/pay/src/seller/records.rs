//! Records: a slot has one on its way to the disk at most, and whatever is risked waits for it.

use btt::Amount;

use super::account::Account;
use super::peer::Mark;
use super::slots::{Bind, Full, Slot, Writing};
use super::{BLOCK, Config, Output, READ_AGAIN, Seller};
use crate::message::{Message, Payment, Reason};
use crate::{Rate, SlotId, Time};

/// A record covers such a part of the credit: what is lost of it if the seller ends before the next.
const COVERS: u64 = 4;

/// What a record covers at least, where there is as much credit.
const COVER: u64 = 2 * BLOCK;

impl Seller {
    /// Puts in an account that was not there.
    pub(super) fn insert(&mut self, slot: Slot) -> Result<(), Full> {
        if let Some(forgotten) = self.slots.insert(slot, &self.config)? {
            self.outputs.push_back(Output::Forget(forgotten));
        }
        Ok(())
    }

    /// Writes what a slot's last record lacks, unless one is on its way.
    pub(super) fn write(&mut self, now: Time, id: SlotId) {
        let Some(slot) = self.slots.get(id).filter(|slot| slot.writing.is_none()) else {
            return;
        };
        let holder = slot.holder.and_then(|key| self.peers.get(&key));
        let linked = holder.filter(|peer| peer.link.is_some_and(|link| link.slot == id));
        let rate = linked.map_or(Rate::FREE, |peer| peer.highest());

        let mut record = slot.account;
        if let Some(voucher) = slot.verified {
            record.pay(voucher);
        }
        let is_charged = rate > Rate::FREE || slot.reserved > 0;
        let (cover, covered_rate, behind) = if is_charged {
            let want = cover(&record, slot.reserved, rate, &self.config);
            let have = if rate > slot.covered_rate { 0 } else { slot.cover.saturating_sub(slot.reserved) };
            // What was allowed cannot be taken back: no record covers less than the one before, or at less.
            let cover = slot.reserved.saturating_add(want).max(slot.cover);
            (cover, rate.max(slot.covered_rate), have < want && have <= (want / COVERS).max(BLOCK))
        } else {
            (0, Rate::FREE, slot.charged || slot.cover > 0)
        };
        if !behind && slot.verified.is_none() && slot.bind.is_none() && !slot.stale {
            return;
        }
        record.charge(cover, covered_rate.cost(cover).unwrap_or(Amount::from_units(u128::MAX)));
        if let Some(slot) = self.slots.get_mut(id) {
            slot.writing =
                Some(Writing { voucher: slot.verified.take(), bind: slot.bind.take(), cover, covered_rate });
            (slot.stale, slot.charged, slot.used) = (false, false, now);
            slot.cover = slot.cover.min(cover);
            self.outputs.push_back(Output::Write(record));
        }
    }

    pub(super) fn written(&mut self, now: Time, id: SlotId) {
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        let Some(written) = slot.writing.take() else {
            return;
        };
        if let Some(voucher) = written.voucher {
            slot.account.pay(voucher);
        }
        (slot.cover, slot.covered_rate) = (written.cover, written.covered_rate);
        if let Some(bind) = written.bind {
            self.bind(now, id, bind);
        }
        self.touch(now, id);
    }

    /// Makes a peer the holder of a slot, instead of whoever was, and instead of what it held. Behind that all is free until
    /// there is another grant.
    fn bind(&mut self, now: Time, id: SlotId, bind: Bind) {
        let Some(peer) = self.peers.get_mut(&bind.peer).filter(|peer| !peer.checks.forged) else {
            return;
        };
        let held = peer.held;
        if held != Some(id) {
            if let Some(held) = held {
                self.release(now, held, None);
                self.touch(now, held);
            }
            self.release(now, id, Some(Reason::SlotTaken));
        } else {
            self.stop(bind.peer, None);
        }
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        slot.holder = Some(bind.peer);
        slot.read.get_or_insert(now + READ_AGAIN);
        let best = slot.account.best;
        if let Some(peer) = self.peers.get_mut(&bind.peer) {
            peer.held = Some(id);
        }
        let cumulative = best.voucher.cumulative;
        if cumulative > bind.shown {
            let receipt = Payment { slot: id, cumulative, signature: best.signature };
            self.send(bind.peer, &Message::Receipt(receipt), Mark::Nothing);
        }
        self.send(bind.peer, &Message::Ack { slot: id }, Mark::Ack(id));
    }
}

/// How many bytes a record should cover for the holder, beside those that former holders may yet have.
fn cover(account: &Account, reserved: u64, rate: Rate, config: &Config) -> u64 {
    if rate == Rate::FREE {
        return 0;
    }
    let part = config.terms.credit.window(account.paid_bytes) / COVERS;
    part.max(COVER).min(account.credit(config, rate).saturating_sub(reserved))
}

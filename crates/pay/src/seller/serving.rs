//! What a peer is given on credit, from its bid on.

use super::account::Account;
use super::peer::{Link, Mark, Portion};
use super::slots::{Slot, before};
use super::{Config, Output, Seller};
use crate::message::{Message, Reason};
use crate::{PeerKey, Rate, SlotId, Time, Voucher};

impl Slot {
    /// Bytes that may be given to the holder, at a rate, before anything more is paid or written.
    fn credit(&self, config: &Config, rate: Rate) -> u64 {
        let cover = if rate > self.covered_rate { 0 } else { self.cover };
        self.account.credit(config, rate).min(cover).saturating_sub(self.reserved)
    }
}

impl Seller {
    pub(super) fn bid(&mut self, now: Time, key: PeerKey, rate: Rate, number: u32) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        if peer.bid.is_some_and(|last| number <= last) {
            return;
        }
        peer.bid = Some(number);
        let served = peer.link.filter(|link| link.leaving.is_none() && peer.held == Some(link.slot));
        let slot = served.and_then(|link| self.slots.get(link.slot));
        let refusal = match slot {
            _ if rate == Rate::FREE => None,
            None => Some(Reason::NoSession),
            // No slot has the money for as much as a MiB at such a rate.
            _ if rate < self.config.terms.floor || rate.units_per_mib() >= Voucher::LIMIT.units() => {
                Some(Reason::Price)
            }
            Some(slot) if slot.ending || self.expires(&slot.account, now) => Some(Reason::Expiring),
            Some(slot) => slot.account.is_full(&self.config, rate),
        };
        if let Some(reason) = refusal {
            return self.reject(key, reason);
        }
        if rate > Rate::FREE {
            self.prefer(key, rate);
        }
        self.grant(key, rate);
        if let Some(link) = served {
            self.touch(now, link.slot);
        }
    }

    /// Whether an account's session ends too soon to be served on.
    pub(super) fn expires(&self, account: &Account, now: Time) -> bool {
        now >= before(account.expiry, self.config.margin)
    }

    /// Promises a rate: up to that of the last bid.
    fn grant(&mut self, key: PeerKey, rate: Rate) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let number = peer.bid.unwrap_or(0);
        peer.promised = rate;
        peer.marks.push_back(Mark::Grant(rate));
        self.allow(key, true);
        self.outputs.push_back(Output::Send { peer: key, payload: Message::Grant { rate, number }.encode() });
    }

    /// Ends charging, but for the bytes before the message that says so, and after that which says why.
    pub(super) fn stop(&mut self, key: PeerKey, reason: Option<Reason>) {
        if self.peers.get(&key).is_some_and(|peer| peer.promised > Rate::FREE) {
            if let Some(reason) = reason {
                self.reject(key, reason);
            }
            self.grant(key, Rate::FREE);
        }
    }

    /// Takes a slot from its holder. What the holder has yet to be charged for comes off the slot's credit until it is
    /// known.
    pub(super) fn release(&mut self, now: Time, id: SlotId, reason: Option<Reason>) {
        let Some(key) = self.slots.get_mut(id).and_then(|slot| slot.holder.take()) else {
            return;
        };
        if let Some(reason) = reason {
            self.reject(key, reason);
        }
        self.prefer(key, Rate::FREE);
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        peer.held = None;
        peer.checks.leave();
        let (bytes, limit) = (peer.bytes(), peer.limit);
        let is_charged = peer.is_charged();
        match peer.link.as_mut().filter(|link| link.slot == id && link.leaving.is_none()) {
            Some(link) if is_charged => {
                let reserved = limit.map_or(0, |limit| limit.saturating_sub(bytes));
                link.leaving = Some(reserved);
                if let Some(slot) = self.slots.get_mut(id) {
                    slot.reserved = slot.reserved.saturating_add(reserved);
                }
                if peer.promised > Rate::FREE {
                    self.grant(key, Rate::FREE);
                } else {
                    self.allow(key, true);
                }
            }
            Some(_) => peer.link = None,
            None => {}
        }
        self.ask(now, key);
    }

    pub(super) fn sent(&mut self, now: Time, key: PeerKey, given: u64) {
        self.advance(key, given);
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        match peer.marks.pop_front() {
            None | Some(Mark::Nothing) => {}
            Some(Mark::Grant(rate)) => peer.charge(rate),
            Some(Mark::Ack(id)) => {
                if peer.held == Some(id) {
                    peer.link = Some(Link { slot: id, leaving: None });
                }
            }
        }
        let linked = peer.link.map(|link| link.slot);
        if !peer.is_charged() {
            if let Some(reserved) = peer.link.and_then(|link| link.leaving) {
                peer.link = None;
                if let Some(slot) = linked.and_then(|slot| self.slots.get_mut(slot)) {
                    slot.reserved = slot.reserved.saturating_sub(reserved);
                }
            }
            self.prefer(key, Rate::FREE);
        }
        self.allow(key, false);
        if let Some(slot) = linked {
            self.touch(now, slot);
        }
    }

    pub(super) fn given(&mut self, now: Time, key: PeerKey, given: u64) {
        self.advance(key, given);
        if let Some(link) = self.peers.get(&key).and_then(|peer| peer.link) {
            self.touch(now, link.slot);
        }
    }

    /// Charges what a connection carried.
    fn advance(&mut self, key: PeerKey, given: u64) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let Portion { bytes, cost } = peer.advance(given);
        let Some(link) = peer.link.as_mut().filter(|_| bytes > 0) else {
            return;
        };
        let Some(slot) = self.slots.get_mut(link.slot) else {
            return;
        };
        slot.charge(bytes, cost);
        if let Some(reserved) = &mut link.leaving {
            let known = bytes.min(*reserved);
            *reserved -= known;
            slot.reserved = slot.reserved.saturating_sub(known);
        }
    }

    /// Says up to where a peer may be given bytes, if that is new. What was allowed before stays allowed unless it is to
    /// be `lowered`: a message then follows from which the new price counts.
    pub(super) fn allow(&mut self, key: PeerKey, lowered: bool) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let given = match peer.link.filter(|_| peer.is_charged()) {
            None => None,
            Some(link) if link.leaving.is_some() && !lowered => return,
            Some(link) => {
                let slot = self.slots.get(link.slot).filter(|_| link.leaving.is_none());
                let credit = slot.map_or(0, |slot| slot.credit(&self.config, peer.highest()));
                Some(peer.bytes().saturating_add(credit))
            }
        };
        if given == peer.limit || (!lowered && given.is_some() && given < peer.limit) {
            return;
        }
        peer.limit = given;
        self.outputs.push_back(Output::Allow { peer: key, given });
    }

    fn prefer(&mut self, key: PeerKey, rate: Rate) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let preference = rate.preference();
        if std::mem::replace(&mut peer.preference, preference) != preference {
            self.outputs.push_back(Output::Prefer { peer: key, preference });
        }
    }

    /// Sees to a slot of which something changed.
    pub(super) fn touch(&mut self, now: Time, id: SlotId) {
        self.redeem_if_ripe(now, id);
        self.write(now, id);
        if let Some((key, slot)) = self.slots.get(id).and_then(|slot| Some((slot.holder?, slot))) {
            let linked = self.peers.get(&key).filter(|peer| peer.link.is_some_and(|link| link.slot == id));
            let expiring = slot.ending.then_some(Reason::Expiring);
            let full = linked.and_then(|peer| slot.account.is_full(&self.config, peer.highest()));
            if let Some(reason) = expiring.or(full) {
                self.stop(key, Some(reason));
            }
            self.allow(key, false);
        }
        self.slots.settle(id, &self.config);
    }
}

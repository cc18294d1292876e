use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use btt::Amount;

use super::account::Account;
use super::{ACCOUNTS, Config, REDEEM_AGAIN};
use crate::{PeerKey, Rate, SessionId, SignedVoucher, SlotId, Time};

/// An account, and what is going on with it.
#[derive(Debug)]
pub(super) struct Slot {
    /// As it is, apart from vouchers that are not on disk yet.
    pub account: Account,
    /// Whom it is served on. The others who were, before, may yet have bytes to be charged for.
    pub holder: Option<PeerKey>,
    /// Bytes that the record on disk has beside those that were charged: so many may be.
    pub cover: u64,
    /// The rate that it has them at: they may be charged at no higher one.
    pub covered_rate: Rate,
    /// Those bytes of the cover that former holders may have had.
    pub reserved: u64,
    /// The record that is on its way to the disk.
    pub writing: Option<Writing>,
    /// A better voucher, for the next record.
    pub verified: Option<SignedVoucher>,
    /// Who wants to be the holder, once there is a record.
    pub bind: Option<Bind>,
    /// Whether the last record lacks something other than bytes.
    pub stale: bool,
    /// Whether bytes were charged since the last record.
    pub charged: bool,
    /// Up to where it was asked to be redeemed, and when.
    pub asked: Option<(Amount, Time)>,
    /// Up to where vouchers may be known to everybody, since they were to be redeemed: of an account that was on disk all.
    pub published: Amount,
    /// Whether a node says that the slot is somebody else's.
    pub lost: bool,
    /// When the chain is to be asked again.
    pub read: Option<Time>,
    /// Whether the chain may have more redeemed than is known, since nobody looked for as long as the seller was not there.
    pub unread: bool,
    /// Whether its session is about to end.
    pub ending: bool,
    /// When it last was written.
    pub used: Time,
    due: Option<Time>,
    idle: Option<(Amount, Time)>,
}

/// What a record under way has beyond what counts already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    pub voucher: Option<SignedVoucher>,
    pub bind: Option<Bind>,
    /// The cover when it is written.
    pub cover: u64,
    pub covered_rate: Rate,
}

/// A peer that is to be the holder of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bind {
    pub peer: PeerKey,
    /// What its voucher showed.
    pub shown: Amount,
}

impl Slot {
    pub(super) const fn new(account: Account, now: Time) -> Self {
        Self {
            account,
            holder: None,
            cover: 0,
            covered_rate: Rate::FREE,
            reserved: 0,
            writing: None,
            verified: None,
            bind: None,
            stale: false,
            charged: false,
            asked: None,
            published: Amount::from_units(0),
            lost: false,
            read: None,
            unread: false,
            ending: false,
            used: now,
            due: None,
            idle: None,
        }
    }

    /// An account that was on disk.
    pub(super) fn restored(account: Account, now: Time) -> Self {
        let unread = !account.unredeemed().is_zero();
        let published = account.best.voucher.cumulative;
        Self { unread, published, read: unread.then_some(now), ..Self::new(account, now) }
    }

    /// The best voucher, on disk or on its way there.
    pub(super) fn top(&self) -> Amount {
        let writing = self.writing.and_then(|writing| writing.voucher);
        let best = self.verified.or(writing).unwrap_or(self.account.best);
        best.voucher.cumulative
    }

    /// Nobody is to be its holder any more: who was to be.
    pub(super) fn unbind(&mut self) -> [Option<Bind>; 2] {
        [self.bind.take(), self.writing.as_mut().and_then(|writing| writing.bind.take())]
    }

    /// Bytes were given to its holder, or to one before.
    pub(super) fn charge(&mut self, bytes: u64, cost: Amount) {
        self.account.charge(bytes, cost);
        self.cover = self.cover.saturating_sub(bytes);
        if let Some(writing) = &mut self.writing {
            writing.cover = writing.cover.saturating_sub(bytes);
        }
        self.charged = true;
    }

    /// Whether it should be redeemed without anybody's asking: all that is worth it when the session ends, and what is much
    /// while anybody else could still be paid from the slot.
    pub(super) fn is_ripe(&self, config: &Config) -> bool {
        let is_much = !self.account.bound && self.account.unredeemed() >= config.bind_at;
        !self.unread && !self.lost && self.is_worth(config) && (self.ending || is_much)
    }

    /// Whether what can be redeemed is more than the fee.
    pub(super) fn is_worth(&self, config: &Config) -> bool {
        self.account.unredeemed() > config.fee
    }

    /// What is lost by forgetting it, beside what somebody did not pay, and when it was last used; `None` while it is.
    fn idle(&self) -> Option<(Amount, Time)> {
        let busy =
            self.holder.is_some() || self.reserved > 0 || self.writing.is_some() || self.bind.is_some();
        (!busy && self.verified.is_none()).then_some((self.account.unredeemed(), self.used))
    }

    fn next(&self, config: &Config) -> Time {
        let expiry = self.account.expiry;
        let end = if self.ending { expiry + config.margin } else { before(expiry, config.margin) };
        let again = self.asked.filter(|_| self.is_ripe(config)).map(|(_, asked)| asked + REDEEM_AGAIN);
        [self.read, again].into_iter().flatten().fold(end, Time::min)
    }
}

/// The time so long before another.
pub(super) const fn before(time: Time, span: Duration) -> Time {
    Time::from_secs(time.as_secs().saturating_sub(span.as_secs()))
}

/// All accounts, at most [`ACCOUNTS`].
#[derive(Debug, Default)]
pub(super) struct Slots {
    all: BTreeMap<SlotId, Slot>,
    /// When something is to be done.
    due: Queue<Time>,
    /// Those that are not in use: what is least worth first, and of that what is least recently used.
    idle: Queue<(Amount, Time)>,
}

impl Slots {
    pub(super) fn get(&self, id: SlotId) -> Option<&Slot> {
        self.all.get(&id)
    }

    /// To be [settled](Self::settle) behind.
    pub(super) fn get_mut(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.all.get_mut(&id)
    }

    /// Those of one session.
    pub(super) fn of(&self, session: SessionId) -> impl Iterator<Item = SlotId> {
        let slot = |slot| SlotId { session, slot };
        self.all.range(slot(0)..=slot(u32::MAX)).map(|(id, _)| *id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SlotId, &Slot)> {
        self.all.iter().map(|(id, slot)| (*id, slot))
    }

    /// Puts in an account that was not there. If there are too many, one is forgotten, and given back, that has nothing to be
    /// redeemed or least of what is not worth its fee.
    ///
    /// # Errors
    /// If all of them have more than that, or are in use.
    pub(super) fn insert(&mut self, slot: Slot, config: &Config) -> Result<Option<SlotId>, Full> {
        let forgotten = match self.all.len() {
            ..ACCOUNTS => None,
            _ => {
                let least = self.idle.0.first().filter(|((worth, _), _)| *worth <= config.fee);
                Some(least.ok_or(Full)?.1)
            }
        };
        if let Some(id) = forgotten {
            self.remove(id);
        }
        let id = slot.account.slot();
        self.all.insert(id, slot);
        self.settle(id, config);
        Ok(forgotten)
    }

    pub(super) fn remove(&mut self, id: SlotId) -> Option<Slot> {
        let slot = self.all.remove(&id)?;
        self.due.replace(id, slot.due, None);
        self.idle.replace(id, slot.idle, None);
        Some(slot)
    }

    /// Takes note of what changed: when it is due, and whether it may be forgotten.
    pub(super) fn settle(&mut self, id: SlotId, config: &Config) {
        let Some(slot) = self.all.get_mut(&id) else {
            return;
        };
        let (due, idle) = (Some(slot.next(config)), slot.idle());
        self.due.replace(id, slot.due, due);
        self.idle.replace(id, slot.idle, idle);
        (slot.due, slot.idle) = (due, idle);
    }

    /// When the first of them is due.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.due.0.first().map(|(due, _)| *due)
    }

    /// The first that is due by now.
    pub(super) fn due(&self, now: Time) -> Option<SlotId> {
        self.due.0.first().filter(|(due, _)| *due <= now).map(|(_, id)| *id)
    }
}

/// There are too many accounts that something is due from.
#[derive(Debug)]
pub(super) struct Full;

/// Slots by a key of each, if it has one.
#[derive(Debug)]
struct Queue<K>(BTreeSet<(K, SlotId)>);

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<K: Ord> Queue<K> {
    fn replace(&mut self, id: SlotId, old: Option<K>, new: Option<K>) {
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.0.remove(&(old, id));
        }
        self.0.extend(new.map(|new| (new, id)));
    }
}

//! What a peer wants to pay from, and whether that is good.

use btt::{Address, Amount};

use super::Seller;
use super::account::Account;
use super::peer::Mark;
use super::slots::{Bind, Slot};
use super::status::Said;
use crate::message::{Message, Reason};
use crate::{PeerKey, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};

/// What a peer says that it pays from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub owner: Address,
    pub key: Address,
    /// The key's signature shows that the peer knows it, or somebody who does.
    pub voucher: SignedVoucher,
}

impl Claim {
    pub(super) fn new(
        owner: Address,
        key: Address,
        slot: u32,
        cumulative: Amount,
        signature: Signature,
        payee: Address,
    ) -> Self {
        let slot = SlotId { session: SessionId::of(owner, key), slot };
        Self {
            owner,
            key,
            voucher: SignedVoucher { voucher: Voucher { slot, payee, cumulative }, signature },
        }
    }

    pub(super) const fn slot(&self) -> SlotId {
        self.voucher.voucher.slot
    }

    const fn shown(&self) -> Amount {
        self.voucher.voucher.cumulative
    }
}

impl Seller {
    /// A peer names a session. Its signature is checked before anybody else is troubled with it.
    pub(super) fn claim(&mut self, now: Time, key: PeerKey, claim: Claim) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let refusal = match claim.slot().session {
            _ if peer.checks.forged => Some(Reason::Signature),
            session if self.banned.contains(session) => Some(Reason::SlotTaken),
            _ => None,
        };
        if let Some(reason) = refusal {
            return self.reject(key, reason);
        }
        peer.checks.session = Some(claim);
        self.ask(now, key);
    }

    /// A claim's signature is good: what does the chain say?
    pub(super) fn look_up(&mut self, now: Time, key: PeerKey, claim: Claim) {
        match self.reads.cached(now, claim.slot()) {
            Some(said) => self.judge(now, key, claim, Some(said)),
            None => {
                let is_asked = self.read_for(now, key, claim.slot());
                if let Some(peer) = self.peers.get_mut(&key) {
                    match is_asked {
                        true => peer.claim = Some(claim),
                        // It waits, unless the peer has named another since.
                        false => _ = peer.checks.session.get_or_insert(claim),
                    }
                }
            }
        }
    }

    /// The chain has said something of what a peer claims; or nobody could be asked.
    pub(super) fn judge(&mut self, now: Time, key: PeerKey, claim: Claim, said: Option<Said>) {
        let verdict = match said {
            Some(said) => self.admit(now, key, claim, said),
            // Nobody can be paid now, but everybody is served.
            None => Err(Reason::NoSession),
        };
        match verdict {
            Ok(()) => self.touch(now, claim.slot()),
            Err(reason) => self.reject(key, reason),
        }
    }

    fn admit(&mut self, now: Time, key: PeerKey, claim: Claim, said: Said) -> Result<(), Reason> {
        let (id, Said { status, agreed }) = (claim.slot(), said);
        if (status.owner, status.key) != (claim.owner, claim.key) || id.slot >= status.slots {
            return Err(Reason::NoSession);
        }
        if self.banned.contains(id.session)
            || status.payee.is_some_and(|payee| payee != self.config.terms.payee)
        {
            return Err(Reason::SlotTaken);
        }
        let account = Account {
            best: claim.voucher,
            owner: claim.owner,
            key: claim.key,
            expiry: status.expiry,
            slot_cap: status.slot_cap,
            // Of what was paid before there is no record, but it was for what was given before.
            owed: claim.shown().max(status.paid),
            paid_bytes: 0,
            unpaid_bytes: 0,
            redeemed: status.paid,
            bound: agreed && status.payee.is_some(),
        };
        if self.expires(&account, now) {
            return Err(Reason::Expiring);
        }
        let known = self.slots.get(id).map_or(&account, |slot| &slot.account);
        if claim.shown().max(status.paid) >= status.slot_cap || claim.shown() > known.most(&self.config) {
            return Err(Reason::Underfunded);
        }
        // Whatever was handed to the chain is known to everybody, and does not show that a peer has the key.
        let known = self.slots.get(id).map(|slot| slot.published.max(slot.account.redeemed));
        let published = known.unwrap_or_default().max(status.paid);
        if !published.is_zero() && claim.shown() <= published {
            return Err(Reason::NotMore);
        }
        if self.slots.get(id).is_none() {
            self.insert(Slot::new(account, now)).map_err(|_full| Reason::TooMany)?;
        }
        let Some(slot) = self.slots.get_mut(id) else {
            return Ok(());
        };
        if claim.shown() > slot.top() {
            slot.verified = Some(claim.voucher);
        }
        let before = slot.bind.replace(Bind { peer: key, shown: claim.shown() });
        if let Some(before) = before.filter(|before| before.peer != key) {
            self.send(before.peer, &Message::Reject(Reason::SlotTaken), Mark::Nothing);
        }
        Ok(())
    }
}

//! Vouchers, and whose signatures are checked when: one at a time for each peer.

use std::time::Duration;

use super::account::minus;
use super::peer::Peer;
use super::session::Claim;
use super::slots::Slot;
use super::{BLOCK, Output, Seller};
use crate::message::{Fraud, Payment, Reason};
use crate::{PeerKey, Rate, SignedVoucher, Time};

/// What a peer wants to be checked, and what waits for it: of each kind the last one that it sent.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// Under which number, and what.
    pub asked: Option<(u64, Question)>,
    pub session: Option<Claim>,
    pub voucher: Option<SignedVoucher>,
    /// The last one for a slot that is no longer the peer's.
    left: Option<SignedVoucher>,
    pub fraud: Option<Box<Fraud>>,
    /// Whether it showed a signature that was none: nothing that it signs is looked at again.
    pub forged: bool,
    /// When the last voucher was checked.
    checked: Option<Time>,
    /// When the first of what waits may be checked, if not now.
    pub waits_until: Option<Time>,
}

/// What a signature is part of.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Session(Claim),
    Voucher(SignedVoucher),
    /// Which of the two.
    Fraud(Box<Fraud>, usize),
}

impl Checks {
    /// The peer has lost its slot: what it has paid on it does not wait for anything, nor for what it pays on another.
    pub(super) fn leave(&mut self) {
        self.left = self.voucher.take().or(self.left);
    }
}

/// How often a peer may pay less than a block costs: a check and a record are worth more.
const DUST: Duration = Duration::from_secs(1);

impl Seller {
    pub(super) fn voucher(&mut self, now: Time, key: PeerKey, payment: Payment) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let held = peer.held.filter(|held| *held == payment.slot);
        let refusal = match held.and_then(|held| self.slots.get(held)) {
            _ if peer.checks.forged => Some(Reason::Signature),
            None => Some(Reason::NoSession),
            Some(slot) if payment.cumulative <= slot.top() => Some(Reason::NotMore),
            Some(slot) if payment.cumulative > slot.account.most(&self.config) => Some(Reason::Underfunded),
            Some(_) => None,
        };
        if let Some(reason) = refusal {
            return self.reject(key, reason);
        }
        let voucher = payment.voucher(self.config.terms.payee);
        peer.checks.voucher = Some(SignedVoucher { voucher, signature: payment.signature });
        self.ask(now, key);
    }

    /// Has the next signature of a peer checked, unless one is being checked, or all have to wait.
    pub(super) fn ask(&mut self, now: Time, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        if peer.checks.asked.is_some() {
            return;
        }
        if let Some(time) = peer.checks.waits_until.take() {
            self.waiting.remove(&(time, key));
        }
        let Checks { session, voucher, left, .. } = peer.checks;
        let fraud = peer.checks.fraud.as_deref().map(super::fraud::slot);
        let waits = [
            left.map(|_| now),
            session.map(|claim| self.read_at(now, key, claim.slot())),
            voucher.map(|voucher| self.payment_at(now, key, &voucher)),
            fraud.map(|slot| self.proof_at(now, key, slot)),
        ];
        let first = waits.iter().position(|time| time.is_some_and(|time| time <= now));
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let next = match first {
            Some(0) => peer.checks.left.take().map(Question::Voucher),
            Some(1) => peer.checks.session.take().map(Question::Session),
            Some(2) => {
                peer.checks.checked = Some(now);
                peer.checks.voucher.take().map(Question::Voucher)
            }
            Some(_) => peer.checks.fraud.take().map(|fraud| Question::Fraud(fraud, 0)),
            None => None,
        };
        if let Some(next) = next {
            self.verify(key, next);
        } else if let Some(time) = waits.into_iter().flatten().min() {
            peer.checks.waits_until = Some(time);
            self.waiting.insert((time, key));
        }
    }

    /// When a voucher may be checked.
    fn payment_at(&self, now: Time, key: PeerKey, voucher: &SignedVoucher) -> Time {
        let last = self.peers.get(&key).and_then(|peer| peer.checks.checked);
        last.filter(|_| self.is_dust(key, voucher)).map_or(now, |last| last + DUST)
    }

    /// Whether a voucher pays more than the last, but by less than a block costs now, or would at least.
    fn is_dust(&self, key: PeerKey, voucher: &SignedVoucher) -> bool {
        let rate = self.peers.get(&key).map(Peer::highest).filter(|rate| *rate > Rate::FREE);
        let top = self.slots.get(voucher.voucher.slot).map(Slot::top).unwrap_or_default();
        let more = minus(voucher.voucher.cumulative, top);
        let block = rate.unwrap_or(self.config.terms.floor).cost(BLOCK);
        block.is_none_or(|block| more < block || block.is_zero())
    }

    pub(super) fn verify(&mut self, key: PeerKey, question: Question) {
        let (signer, voucher) = match &question {
            Question::Session(claim) => (claim.key, claim.voucher),
            Question::Voucher(voucher) => {
                let Some(slot) = self.slots.get(voucher.voucher.slot) else {
                    return;
                };
                (slot.account.key, *voucher)
            }
            Question::Fraud(fraud, which) => (fraud.key, super::fraud::voucher(fraud, *which)),
        };
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let check = self.next_check;
        self.next_check += 1;
        peer.checks.asked = Some((check, question));
        self.checks.insert(check, key);
        self.outputs.push_back(Output::Verify { check, key: signer, voucher });
    }

    pub(super) fn verified(&mut self, now: Time, check: u64, genuine: bool) {
        let Some(key) = self.checks.remove(&check) else {
            return;
        };
        let Some((_, question)) = self.peers.get_mut(&key).and_then(|peer| peer.checks.asked.take()) else {
            return;
        };
        match question {
            Question::Session(claim) if genuine => self.look_up(now, key, claim),
            Question::Voucher(voucher) if genuine => self.count(now, &voucher),
            Question::Fraud(fraud, which) if genuine => self.is_signed(now, key, fraud, which),
            Question::Session(_) | Question::Voucher(_) => self.distrust(now, key),
            Question::Fraud(..) => self.reject(key, Reason::Signature),
        }
        self.ask(now, key);
    }

    /// A voucher is genuine, whoever sent it, and counts when it is on disk.
    fn count(&mut self, now: Time, voucher: &SignedVoucher) {
        let id = voucher.voucher.slot;
        if let Some(slot) = self.slots.get_mut(id).filter(|slot| voucher.voucher.cumulative > slot.top()) {
            slot.verified = Some(*voucher);
            self.touch(now, id);
        }
    }

    /// A peer showed a signature that is not by the key that it named.
    fn distrust(&mut self, now: Time, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        peer.checks.forged = true;
        (peer.checks.session, peer.checks.voucher, peer.checks.left) = (None, None, None);
        let held = peer.held;
        self.reject(key, Reason::Signature);
        if let Some(held) = held {
            self.release(now, held, None);
            self.touch(now, held);
        }
    }
}

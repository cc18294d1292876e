//! Who is to be asked for blocks, and why.
//!
//! Nobody is asked while an input is handled: what it changes is noted, and whoever that may allow to be asked is asked
//! once, at its end. Three passes do that, one after the other:
//!
//! 1. over everyone, the fastest first, or else over the peers that a change was about;
//! 2. over everyone again at the moment when the last free block has been asked for and the endgame begins;
//! 3. over the web seeds that are idle, behind the first pass if that was over everyone, and from time to time.

use std::mem;
use std::time::Duration;

use crate::limiter::Gate;
use crate::set::Set;
use crate::{PeerKey, Time};

/// Something after which more may be asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// A peer gives us pieces that it did not give before.
    Serves(PeerKey),
    /// A peer has pieces that it did not have.
    Has(PeerKey),
    /// A peer owes us fewer blocks, or answers again after we gave it up.
    Owes(PeerKey),
    /// A peer that might have sent corrupt data did not.
    Cleared(PeerKey),
    /// A super-seed may give what is due soon and nobody else has given.
    Hurried(PeerKey),
    /// Blocks that somebody was to give, or gave, are to come from others.
    Freed,
    /// Other pieces are wanted, or are needed at other times.
    Wanted,
    /// Pieces can be checked that could not be.
    Checkable,
    /// The limit of what may be asked for allows more.
    Allowed,
    /// Refusals are forgotten, after a round of choking.
    Forgiven,
    /// The driver had time to prepare for the metadata.
    Prepared,
}

/// Who is to be asked at the end of an input.
#[derive(Debug)]
pub(super) enum Pass {
    Everyone,
    Peers(Set<PeerKey>),
}

/// What was noted for the passes, and what may be asked for at all.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) gate: Gate,
    /// Some peer could be asked for more once the gate is open.
    held_back: bool,
    peers: Set<PeerKey>,
    everyone: bool,
    in_endgame: bool,
    /// When to look for something to fetch from web seeds.
    next_look: Time,
    /// When super-seeds were last asked for what is due.
    hurried: Time,
}

impl Asking {
    pub(super) fn new(now: Time) -> Self {
        Self {
            gate: Gate::default(),
            held_back: false,
            peers: Set::default(),
            everyone: false,
            in_endgame: false,
            next_look: now,
            hurried: now,
        }
    }

    /// Notes who may have to be asked after a change.
    pub(super) fn after(&mut self, change: Change) {
        match change {
            Change::Serves(peer)
            | Change::Has(peer)
            | Change::Owes(peer)
            | Change::Cleared(peer)
            | Change::Hurried(peer) => {
                self.peers.insert(peer);
            }
            Change::Freed
            | Change::Wanted
            | Change::Checkable
            | Change::Allowed
            | Change::Forgiven
            | Change::Prepared => self.everyone = true,
        }
    }

    /// The first pass: what was noted counts for this time only.
    pub(super) fn pass(&mut self) -> Pass {
        let peers = mem::take(&mut self.peers);
        if mem::take(&mut self.everyone) { Pass::Everyone } else { Pass::Peers(peers) }
    }

    /// Whether the endgame begins: it is on, and was not when this was last asked.
    pub(super) fn begins_endgame(&mut self, is_on: bool) -> bool {
        !mem::replace(&mut self.in_endgame, is_on) && is_on
    }

    /// How many blocks may be asked for now.
    pub(super) fn allowance(&mut self, now: Time) -> u32 {
        let allowed = self.gate.open(now);
        self.held_back |= allowed == 0;
        allowed
    }

    /// Some peer could be asked for more than the limit allows, if `more`.
    pub(super) const fn hold_back(&mut self, more: bool) {
        self.held_back |= more;
    }

    /// Whether nobody can be asked for more because of the limit.
    pub(super) const fn is_held_back(&self) -> bool {
        self.held_back
    }

    /// Notes that everyone may be asked again, if the limit kept us from that and allows more now.
    pub(super) fn release(&mut self, now: Time) {
        if self.held_back && self.gate.open(now) > 0 {
            self.held_back = false;
            self.after(Change::Allowed);
        }
    }

    /// When the limit may allow more, if we wait for that.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.gate.deadline().filter(|_| self.held_back)
    }

    /// Whether it is time to look for something to fetch from web seeds.
    pub(super) fn looks(&self, now: Time) -> bool {
        self.everyone || self.next_look <= now
    }

    /// Looks for something to fetch from web seeds no later than this.
    pub(super) const fn look_at(&mut self, at: Time) {
        self.next_look = at;
    }

    pub(super) const fn next_look(&self) -> Time {
        self.next_look
    }

    /// Super-seeds are asked for what is due. When to ask them again.
    pub(super) fn hurry(&mut self, now: Time) -> Time {
        self.hurried = now;
        self.next_hurry()
    }

    /// When super-seeds may be asked for what is due.
    pub(super) fn next_hurry(&self) -> Time {
        self.hurried + HURRY
    }
}

/// How often super-seeds are asked for what they do not show.
const HURRY: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: PeerKey = PeerKey::new(1);

    /// Whom a pass is over, if it is not over everyone.
    fn peers(asking: &mut Asking) -> Option<Vec<PeerKey>> {
        match asking.pass() {
            Pass::Everyone => None,
            Pass::Peers(peers) => Some(peers.into_iter().collect()),
        }
    }

    #[test]
    fn what_concerns_a_peer_has_it_asked_once() {
        let mut asking = Asking::new(Time::ZERO);
        asking.after(Change::Serves(PEER));
        asking.after(Change::Owes(PEER));
        assert_eq!(peers(&mut asking), Some(vec![PEER]));
        assert_eq!(peers(&mut asking), Some(vec![]));
    }

    #[test]
    fn what_concerns_everyone_has_web_seeds_looked_at_as_well() {
        let mut asking = Asking::new(Time::ZERO);
        asking.look_at(Time::from_millis(1_000));
        asking.after(Change::Has(PEER));
        assert!(!asking.looks(Time::ZERO));
        asking.after(Change::Freed);
        assert!(asking.looks(Time::ZERO));
        assert_eq!(peers(&mut asking), None);
        assert_eq!(peers(&mut asking), Some(vec![]));
    }

    #[test]
    fn the_endgame_begins_once_for_each_time_that_nothing_is_left_to_ask_for() {
        let mut asking = Asking::new(Time::ZERO);
        let begins = [false, true, true, false, true].map(|is_on| asking.begins_endgame(is_on));
        assert_eq!(begins, [false, true, false, false, true]);
    }
}

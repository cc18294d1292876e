use std::collections::VecDeque;

use wire::TipClaim;

use super::gossip::Gossip;
use crate::PeerKey;

/// Genuine tips that are remembered: of more, the newest. The page says which to forget when it knows of too many; until
/// it has looked at all of them again there may be twice as many as it keeps.
const MAX_GENUINE: usize = 1000;

/// Claims that wait to be checked.
const MAX_WAITING: usize = 200;

/// Refused claims that are remembered, so as not to check them again.
const MAX_REFUSED: usize = 1000;

/// Which claims are genuine, refused, or still to be checked. The engine passes them on and knows nothing of money.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// In the order in which they were found genuine.
    genuine: Vec<TipClaim>,
    /// In the order in which they were refused.
    refused: VecDeque<TipClaim>,
    waiting: Vec<Waiting>,
}

/// A claim that nobody has checked.
#[derive(Debug)]
struct Waiting {
    claim: TipClaim,
    /// The connected peers that made it, first come first.
    from: Vec<PeerKey>,
}

impl Claims {
    /// The genuine ones.
    pub(crate) fn genuine(&self) -> &[TipClaim] {
        &self.genuine
    }

    /// Those that are to be checked.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = TipClaim> {
        self.waiting.iter().map(|waiting| waiting.claim)
    }

    /// Takes claims of a peer. Returns those that are to be checked and were not before.
    pub(crate) fn claim(
        &mut self,
        key: PeerKey,
        gossip: &mut Gossip,
        claims: Vec<TipClaim>,
    ) -> Vec<TipClaim> {
        let mut new = Vec::new();
        for claim in claims {
            if !gossip.hear(claim) {
                break;
            }
            if self.refused.contains(&claim) {
                gossip.wronged();
            } else if let Some(known) = self.waiting.iter_mut().find(|waiting| waiting.claim == claim) {
                if !known.from.contains(&key) {
                    known.from.push(key);
                }
            } else if !self.genuine.contains(&claim) && self.make_room(key) {
                self.waiting.push(Waiting { claim, from: vec![key] });
                new.push(claim);
            }
        }
        new
    }

    /// Takes a claim that was found genuine. Returns who made it, unless it was known to be.
    pub(crate) fn confirm(&mut self, claim: TipClaim) -> Option<Vec<PeerKey>> {
        let from = self.take_waiting(claim);
        self.refused.retain(|refused| *refused != claim);
        if self.genuine.contains(&claim) {
            return None;
        }
        if self.genuine.len() >= MAX_GENUINE {
            self.genuine.remove(0);
        }
        self.genuine.push(claim);
        Some(from)
    }

    /// Takes a claim that was found wrong, though it may have been genuine before: chains are rewritten. Returns who
    /// made it.
    pub(crate) fn refuse(&mut self, claim: TipClaim) -> Vec<PeerKey> {
        self.genuine.retain(|genuine| *genuine != claim);
        if !self.refused.contains(&claim) {
            if self.refused.len() >= MAX_REFUSED {
                self.refused.pop_front();
            }
            self.refused.push_back(claim);
        }
        self.take_waiting(claim)
    }

    /// A genuine tip is not worth keeping. That is no fault of who told of it.
    pub(crate) fn forget(&mut self, claim: TipClaim) {
        self.genuine.retain(|genuine| *genuine != claim);
        self.take_waiting(claim);
    }

    /// A peer is gone. Its claims are still to be checked.
    pub(crate) fn gone(&mut self, key: PeerKey) {
        for waiting in &mut self.waiting {
            waiting.from.retain(|from| *from != key);
        }
    }

    fn take_waiting(&mut self, claim: TipClaim) -> Vec<PeerKey> {
        let place = self.waiting.iter().position(|waiting| waiting.claim == claim);
        place.map(|place| self.waiting.remove(place).from).unwrap_or_default()
    }

    /// Makes room for a claim of a peer at the cost of whoever has most claims waiting, so that nobody's flood keeps
    /// others from being heard. Those who are gone count as one. Whether there is room.
    fn make_room(&mut self, key: PeerKey) -> bool {
        if self.waiting.len() < MAX_WAITING {
            return true;
        }
        let mut counts: Vec<(Option<PeerKey>, u32)> = Vec::new();
        for waiting in &self.waiting {
            let first = waiting.from.first().copied();
            match counts.iter_mut().find(|(other, _)| *other == first) {
                Some((_, count)) => *count += 1,
                None => counts.push((first, 1)),
            }
        }
        let own = counts.iter().find(|(first, _)| *first == Some(key)).map_or(0, |(_, count)| *count);
        let greediest = counts.into_iter().max_by_key(|(first, count)| (*count, *first));
        let Some((greediest, _)) = greediest.filter(|(_, count)| *count > own + 1) else { return false };
        let last = self.waiting.iter().rposition(|waiting| waiting.from.first().copied() == greediest);
        last.map(|last| self.waiting.remove(last)).is_some()
    }
}

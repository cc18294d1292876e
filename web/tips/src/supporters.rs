//! Who has tipped: what peers claim, once the chain confirms it.
//!
//! Claims cost those who make them up nothing, so what they cost us is bounded: the chain is asked about each once, or a
//! few times if it knows it as a tip that is not certain yet, and about so many in one visit. Of the tips that are
//! certain the largest are kept, and some of the newest.

use std::cmp::Reverse;
use std::collections::VecDeque;

use btt::{Chain, Tip};
use protocol::TipClaim;

/// Claims that wait to be looked at: all that an engine keeps and has waiting, and some more.
const MAX_WAITING: usize = 1_500;

/// Claims that are remembered as not worth another look.
const MAX_DISMISSED: usize = 1_500;

/// Tips that are kept, shown and passed on.
const MAX_KEPT: usize = 500;

/// How many of these are there because they are large. The others are there because they are new.
const LARGEST: usize = 400;

/// Claims that are looked at in one round.
const ROUND: usize = 50;

/// Looks at claims in one visit: so many at once, and one more with each round. Each takes two questions at most, beside
/// the one after the newest block in each round.
const LOOKS: usize = 1_500;

/// How often a claim is looked at that the chain knows as a tip, but not for certain.
const TRIES: u32 = 10;

/// Rounds that such a claim waits for the next look, at most: by then twelve blocks have come.
const LONGEST_PAUSE: u32 = 8;

/// What is to be looked at, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Supporters {
    /// Oldest first.
    waiting: Vec<Waiting>,
    /// Those that are no tips, that the chain does not know, and that gave way to others. Oldest first.
    dismissed: VecDeque<TipClaim>,
    /// The tips that are certain; largest first.
    pub(crate) tips: Vec<Tip>,
    rounds: u32,
    looks: usize,
}

/// A claim that is to be looked at, perhaps again.
#[derive(Clone, Debug, PartialEq)]
struct Waiting {
    claim: TipClaim,
    tries: u32,
    /// The round before which it is not looked at.
    due: u32,
    /// The chain knows it as a tip for this torrent that is not certain yet, or did.
    promising: bool,
}

/// What came of looking at a claim.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    Genuine(Tip),
    Refused,
    /// A tip, once its block is old enough.
    Young,
    /// The chain has no such transaction, as far as its node tells.
    Unknown,
    /// The node does not answer. Nothing more is asked in this round.
    Unreachable,
}

/// What the engine is to be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct News {
    /// These are tips.
    pub(crate) genuine: Vec<TipClaim>,
    /// These are not, and whoever made the claim is to blame.
    pub(crate) refused: Vec<TipClaim>,
    /// These are tips that give way to others.
    pub(crate) forgotten: Vec<TipClaim>,
}

impl Supporters {
    /// Takes claims; whether there is anything new among them.
    pub(crate) fn claim(&mut self, claims: &[TipClaim]) -> bool {
        claims.iter().filter(|claim| self.note(**claim, false)).count() > 0
    }

    /// Takes the user's own tip, of which this page has seen that the chain knows it.
    pub(crate) fn claim_own(&mut self, claim: TipClaim) {
        self.note(claim, true);
    }

    fn note(&mut self, claim: TipClaim, promising: bool) -> bool {
        if self.knows(claim) {
            return false;
        }
        if self.waiting.len() >= MAX_WAITING {
            // The oldest of those that promise nothing.
            let place = self.waiting.iter().position(|waiting| !waiting.promising);
            self.waiting.remove(place.unwrap_or(0));
        }
        self.waiting.push(Waiting { claim, tries: 0, due: 0, promising });
        true
    }

    /// Whether there is nothing to look at, now or later.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The claims to look at in this round, newest first, so that whoever makes many up keeps no new one waiting for long;
    /// but half of the round is for promising ones.
    pub(crate) fn round(&self) -> Vec<TipClaim> {
        let room = ROUND.min((LOOKS + self.rounds as usize).saturating_sub(self.looks));
        let due = self.waiting.iter().rev().filter(|waiting| waiting.due <= self.rounds);
        let (promising, others): (Vec<_>, Vec<_>) = due.partition(|waiting| waiting.promising);
        let round = promising.into_iter().take(room.div_ceil(2)).chain(others).take(room);
        round.map(|waiting| waiting.claim).collect()
    }

    /// The round is over.
    pub(crate) const fn next_round(&mut self) {
        self.rounds += 1;
    }

    /// Takes what came of a claim.
    pub(crate) fn settle(&mut self, claim: TipClaim, finding: Finding) -> News {
        let mut news = News::default();
        self.looks += 1;
        let Some(place) = self.waiting.iter().position(|waiting| waiting.claim == claim) else { return news };
        let waiting = &mut self.waiting[place];
        match finding {
            Finding::Genuine(tip) => {
                self.waiting.remove(place);
                let place = self.tips.partition_point(|other| other.amount >= tip.amount);
                self.tips.insert(place, tip);
                let gone = self.give_way();
                news.forgotten.extend(gone);
                news.genuine.extend(Some(claim).filter(|claim| gone != Some(*claim)));
            }
            Finding::Refused => {
                self.dismiss(place);
                news.refused.push(claim);
            }
            // Nobody is to blame: the chain may be slow, or its node out of touch.
            Finding::Unknown if !waiting.promising => self.dismiss(place),
            Finding::Young | Finding::Unknown | Finding::Unreachable => {
                waiting.tries += 1;
                waiting.promising |= finding == Finding::Young;
                if waiting.tries >= TRIES {
                    self.dismiss(place);
                } else if finding == Finding::Unreachable {
                    // Others go first, in case that it is this question that the node does not answer.
                    self.waiting[..=place].rotate_right(1);
                } else {
                    waiting.due = self.rounds + (1 << waiting.tries).min(LONGEST_PAUSE);
                }
            }
        }
        news
    }

    fn knows(&self, claim: TipClaim) -> bool {
        self.waiting.iter().any(|waiting| waiting.claim == claim)
            || self.dismissed.contains(&claim)
            || self.tips.iter().any(|tip| tip.transaction == claim.transaction)
    }

    /// Drops a tip if there are too many, and says which. Of those that are not among the largest, whoever has most gives
    /// up the oldest: so many small tips push out no large one, and those of one payer none of another's.
    fn give_way(&mut self) -> Option<TipClaim> {
        let small = self.tips.get(LARGEST..).filter(|_| self.tips.len() > MAX_KEPT)?;
        let count = |from| small.iter().filter(|tip| tip.from == from).count();
        let worth = |place: &usize| (count(small[*place].from), Reverse(small[*place].block));
        let place = (0..small.len()).max_by_key(worth)?;
        let tip = self.tips.remove(LARGEST + place);
        let Chain::Eip155(chain) = tip.chain else { return None };
        let claim = TipClaim { chain, transaction: tip.transaction };
        self.remember(claim);
        Some(claim)
    }

    fn dismiss(&mut self, place: usize) {
        let claim = self.waiting.remove(place).claim;
        self.remember(claim);
    }

    fn remember(&mut self, dismissed: TipClaim) {
        if self.dismissed.len() >= MAX_DISMISSED {
            self.dismissed.pop_front();
        }
        self.dismissed.push_back(dismissed);
    }
}

/// The claim of a transaction on a chain, unless it is no hash.
pub(crate) fn claim_of(chain: Chain, transaction: &str) -> Option<TipClaim> {
    let Chain::Eip155(chain) = chain else { return None };
    Some(TipClaim { chain, transaction: btt::hex::decode_prefixed(transaction)? })
}

#[cfg(test)]
mod tests {
    use btt::{Address, Amount, Note};

    use super::*;

    fn claim(n: u16) -> TipClaim {
        let mut transaction = [0; 32];
        transaction[..2].copy_from_slice(&n.to_be_bytes());
        TipClaim { chain: 1029, transaction }
    }

    fn number(claim: TipClaim) -> u16 {
        u16::from_be_bytes([claim.transaction[0], claim.transaction[1]])
    }

    /// A tip of so many BTT by a payer of its own.
    fn tip(n: u16, btt: u64) -> Tip {
        let mut from = [1; 20];
        from[..2].copy_from_slice(&n.to_be_bytes());
        tip_of(n, btt, Address::from_bytes(from))
    }

    /// Its block is the later, the larger its number.
    fn tip_of(n: u16, btt: u64, from: Address) -> Tip {
        let (chain, note, transaction) = (Chain::BTTC_DONAU, Note::default(), claim(n).transaction);
        Tip { chain, from, amount: Amount::from_btt(btt), note, transaction, block: n.into() }
    }

    fn genuine(claim: TipClaim) -> News {
        News { genuine: vec![claim], ..News::default() }
    }

    /// Has one round as with a chain that knows only some of it.
    fn look(supporters: &mut Supporters, finding: impl Fn(TipClaim) -> Finding) -> Vec<TipClaim> {
        let round = supporters.round();
        for claim in &round {
            supporters.settle(*claim, finding(*claim));
        }
        supporters.next_round();
        round
    }

    #[test]
    fn a_claim_is_looked_at_once_however_often_it_is_made() {
        let mut supporters = Supporters::default();
        assert!(supporters.claim(&[claim(1), claim(1)]));
        assert!(!supporters.claim(&[claim(1)]));
        assert_eq!(supporters.settle(claim(1), Finding::Genuine(tip(1, 5))), genuine(claim(1)));
        assert!(!supporters.claim(&[claim(1)]), "a replay");
        assert_eq!(supporters.settle(claim(1), Finding::Genuine(tip(1, 5))), News::default());
        assert_eq!(supporters.tips.len(), 1);
    }

    #[test]
    fn what_is_refused_is_never_shown() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(1)]);
        let refused = News { refused: vec![claim(1)], ..News::default() };
        assert_eq!(supporters.settle(claim(1), Finding::Refused), refused);
        assert!(!supporters.claim(&[claim(1)]), "once more");
        assert!(supporters.tips.is_empty() && supporters.is_idle());
    }

    #[test]
    fn what_the_chain_does_not_know_is_looked_at_once_and_nobody_is_to_blame() {
        // Issue 11, A11: a made-up claim cost about 20 calls.
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(1)]);
        assert_eq!(supporters.round(), [claim(1)]);
        assert_eq!(supporters.settle(claim(1), Finding::Unknown), News::default());
        assert!(supporters.is_idle() && !supporters.claim(&[claim(1)]));
    }

    #[test]
    fn what_is_not_certain_for_long_is_given_up_in_the_end() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(1)]);
        let rounds = (0..100).filter(|_| !look(&mut supporters, |_| Finding::Young).is_empty());
        assert_eq!(rounds.count(), TRIES as usize);
        assert!(supporters.is_idle() && !supporters.claim(&[claim(1)]));
    }

    #[test]
    fn the_users_own_tip_is_waited_for() {
        let mut supporters = Supporters::default();
        supporters.claim_own(claim(1));
        look(&mut supporters, |_| Finding::Unknown);
        let rounds = (0..LONGEST_PAUSE).map(|_| look(&mut supporters, |_| Finding::Genuine(tip(1, 5))));
        assert_eq!(rounds.flatten().collect::<Vec<_>>(), [claim(1)]);
        assert_eq!(supporters.tips, [tip(1, 5)]);
    }

    #[test]
    fn a_node_that_does_not_answer_costs_no_claim() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(1), claim(2)]);
        assert_eq!(supporters.round(), [claim(2), claim(1)]);
        supporters.settle(claim(2), Finding::Unreachable);
        supporters.next_round();
        assert_eq!(supporters.round(), [claim(1), claim(2)], "the other goes first");
        look(&mut supporters, |claim| Finding::Genuine(tip(number(claim), 5)));
        assert_eq!(supporters.tips.len(), 2);
    }

    #[test]
    fn a_flood_drowns_nobody_and_has_an_end() {
        const GENUINE: u16 = 5_000;
        let mut supporters = Supporters::default();
        let finding = |claim| match number(claim) {
            GENUINE => Finding::Genuine(tip(GENUINE, 5)),
            _ => Finding::Unknown,
        };
        for n in 0..GENUINE {
            supporters.claim(&[claim(n)]);
            if n % 100 == 0 {
                look(&mut supporters, finding);
            }
        }
        assert!(supporters.waiting.len() <= MAX_WAITING && supporters.dismissed.len() <= MAX_DISMISSED);
        supporters.claim(&[claim(GENUINE)]);
        look(&mut supporters, finding);
        assert_eq!(supporters.tips, [tip(GENUINE, 5)]);
    }

    #[test]
    fn a_visit_has_so_many_looks_however_many_claims_there_are() {
        // Issue 11, A11: 50 claims were looked at every three seconds, as long as there were any.
        let mut supporters = Supporters::default();
        let (mut looks, mut made_up) = (0, 0..u16::MAX);
        for rounds in 1..=100 {
            supporters.claim(&made_up.by_ref().take(60).map(claim).collect::<Vec<_>>());
            looks += look(&mut supporters, |_| Finding::Unknown).len();
            assert!(looks <= LOOKS + rounds, "{looks} looks in {rounds} rounds");
        }
        assert!(looks > LOOKS, "there is always one more");
    }

    #[test]
    fn a_tip_that_grows_certain_is_not_pushed_aside_by_newer_claims() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(0)]);
        let mut looked = 0;
        for n in 1..9_000 {
            supporters.claim(&[claim(n)]);
            if n % 200 == 1 {
                let young = |of| if of == claim(0) { Finding::Young } else { Finding::Unknown };
                looked += look(&mut supporters, young).iter().filter(|of| **of == claim(0)).count();
            }
        }
        assert!(looked > 5, "{looked}");
    }

    /// Has tips found genuine, one after the other; what was forgotten.
    fn find(supporters: &mut Supporters, tips: impl IntoIterator<Item = Tip>) -> Vec<TipClaim> {
        let forgotten = tips.into_iter().flat_map(|tip| {
            let claim = TipClaim { chain: 1029, transaction: tip.transaction };
            supporters.claim(&[claim]);
            let news = supporters.settle(claim, Finding::Genuine(tip));
            assert!(news.genuine == [claim] || news.forgotten == [claim]);
            news.forgotten
        });
        forgotten.collect()
    }

    #[test]
    fn many_small_tips_push_out_no_large_one() {
        // Issue 11, A11: of more than 500 the newest were kept.
        let mut supporters = Supporters::default();
        find(&mut supporters, (0..400).map(|n| tip(n, 10)));
        let forgotten = find(&mut supporters, (400..3_000).map(|n| tip(n, 1)));
        assert_eq!(supporters.tips.len(), MAX_KEPT);
        assert_eq!(supporters.tips.iter().filter(|tip| tip.amount == Amount::from_btt(10)).count(), 400);
        assert_eq!(forgotten, (400..2_900).map(claim).collect::<Vec<_>>(), "the newest of the others stay");
        assert!(!supporters.claim(&forgotten[2_000..]), "what gave way is not looked at again");
        find(&mut supporters, [tip(3_000, 100)]);
        assert_eq!(supporters.tips[0], tip(3_000, 100));
    }

    #[test]
    fn the_tips_of_one_payer_push_out_no_other_newcomer() {
        let mut supporters = Supporters::default();
        find(&mut supporters, (0..450).map(|n| tip(n, 10)));
        let one = Address::from_bytes([9; 20]);
        find(&mut supporters, (450..2_000).map(|n| tip_of(n, 1, one)));
        assert_eq!(supporters.tips.iter().filter(|tip| tip.from == one).count(), 50);
        let forgotten = find(&mut supporters, (2_000..2_040).map(|n| tip(n, 1)));
        assert!(forgotten.iter().all(|claim| (450..2_000).contains(&number(*claim))));
        assert_eq!(supporters.tips.iter().filter(|tip| tip.from == one).count(), 10);
    }

    #[test]
    fn the_largest_tip_comes_first() {
        let mut supporters = Supporters::default();
        find(&mut supporters, [(1, 5), (2, 9), (3, 7)].map(|(n, btt)| tip(n, btt)));
        let amounts: Vec<Amount> = supporters.tips.iter().map(|tip| tip.amount).collect();
        assert_eq!(amounts, [9, 7, 5].map(Amount::from_btt));
    }
}

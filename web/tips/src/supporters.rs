//! Who has tipped: what peers claim, once the chain confirms it.

use std::collections::VecDeque;

use btt::{Account, Chain, Network, Tip, Verdict, judge};
use gloo_timers::future::TimeoutFuture;
use metainfo::InfoHash;
use protocol::TipClaim;
use serde_json::{Value, json};

use crate::node::{Node, NodeError};

/// Claims that wait to be looked at: all that an engine keeps and has waiting, and some more.
const MAX_WAITING: usize = 1_000;

/// Claims that are remembered as no tips, so as not to look at them again.
const MAX_DISMISSED: usize = 1_000;

/// Claims that are looked at in one round: a node is asked up to three questions for each.
const ROUND: usize = 50;

/// How often a claim is looked at that the chain does not know, or not for certain.
const TRIES: u32 = 20;

/// Milliseconds between two rounds.
const PACE: u32 = 3_000;

/// Milliseconds between two claims, so that a flood of them does not become one of questions.
const STEP: u32 = 20;

/// What is to be looked at, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Supporters {
    /// Oldest first.
    waiting: Vec<Waiting>,
    /// Those that are no tips, or that the chain has not known for long. Oldest first.
    dismissed: VecDeque<TipClaim>,
    /// The tips that are certain; largest first.
    pub(crate) tips: Vec<Tip>,
}

/// A claim that is to be looked at, perhaps again.
#[derive(Clone, Debug, PartialEq)]
struct Waiting {
    claim: TipClaim,
    tries: u32,
    /// The chain knows it as a tip for this torrent that is not certain yet.
    promising: bool,
}

/// What came of looking at a claim.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    Genuine(Tip),
    Refused,
    /// A tip, once its block is old enough.
    Young,
    /// Nothing is known of it, for the time being.
    Unknown,
}

impl Supporters {
    /// Takes claims; whether there is anything new among them.
    pub(crate) fn claim(&mut self, claims: &[TipClaim]) -> bool {
        let mut any = false;
        for &claim in claims {
            if self.knows(claim) {
                continue;
            }
            if self.waiting.len() >= MAX_WAITING {
                self.make_room();
            }
            self.waiting.push(Waiting { claim, tries: 0, promising: false });
            any = true;
        }
        any
    }

    /// The claims to look at in this round. Those that nobody looked at come first, the newest before the others, so
    /// that whoever makes many up keeps no new one waiting for long; but half of the round is for promising ones.
    pub(crate) fn round(&self) -> Vec<TipClaim> {
        let mut order: Vec<&Waiting> = self.waiting.iter().rev().collect();
        order.sort_by_key(|waiting| waiting.tries);
        let (promising, others): (Vec<_>, Vec<_>) = order.into_iter().partition(|waiting| waiting.promising);
        let round = promising.into_iter().take(ROUND / 2).chain(others).take(ROUND);
        round.map(|waiting| waiting.claim).collect()
    }

    /// Takes what came of a claim; whether it is settled by that, and genuine.
    pub(crate) fn settle(&mut self, claim: TipClaim, finding: Finding) -> Option<bool> {
        let place = self.waiting.iter().position(|waiting| waiting.claim == claim)?;
        match finding {
            Finding::Genuine(tip) => {
                self.waiting.remove(place);
                let place = self.tips.partition_point(|other| other.amount >= tip.amount);
                self.tips.insert(place, tip);
                Some(true)
            }
            Finding::Refused => {
                self.dismiss(place);
                Some(false)
            }
            Finding::Young | Finding::Unknown => {
                let waiting = &mut self.waiting[place];
                waiting.tries += 1;
                waiting.promising = finding == Finding::Young;
                if waiting.tries >= TRIES {
                    // Nobody is to blame: the chain may be slow, or its node out of touch.
                    self.dismiss(place);
                }
                None
            }
        }
    }

    fn knows(&self, claim: TipClaim) -> bool {
        self.waiting.iter().any(|waiting| waiting.claim == claim)
            || self.dismissed.contains(&claim)
            || self.tips.iter().any(|tip| tip.transaction == claim.transaction)
    }

    /// Gives up the claim that promises least: looked at most often, and of these the oldest.
    fn make_room(&mut self) {
        let promise = |place: &usize| {
            let waiting = &self.waiting[*place];
            (!waiting.promising, waiting.tries)
        };
        if let Some(place) = (0..self.waiting.len()).rev().max_by_key(promise) {
            self.waiting.remove(place);
        }
    }

    fn dismiss(&mut self, place: usize) {
        if self.dismissed.len() >= MAX_DISMISSED {
            self.dismissed.pop_front();
        }
        self.dismissed.push_back(self.waiting.remove(place).claim);
    }
}

/// Looks at claims, one after the other, and tells what came of each.
pub(crate) async fn look(
    claims: Vec<TipClaim>,
    networks: Vec<Network>,
    payees: Vec<Account>,
    info_hash: InfoHash,
    tell: impl Fn(TipClaim, Finding),
) {
    for claim in claims {
        let network = networks.iter().find(|network| network.chain == Chain::Eip155(claim.chain));
        let finding =
            match network.and_then(|network| Some((network.chain, Node::new(network.rpc.as_ref()?)))) {
                Some((chain, node)) => one(claim, chain, &node, &payees, info_hash).await,
                // Another deployment may ask the chain, or this one another day: it says nothing against the claim.
                None => Finding::Unknown,
            };
        tell(claim, finding);
        TimeoutFuture::new(STEP).await;
    }
    TimeoutFuture::new(PACE).await;
}

async fn one(claim: TipClaim, chain: Chain, node: &Node, payees: &[Account], info_hash: InfoHash) -> Finding {
    let Ok(Some(evidence)) = Evidence::of(claim, node).await else { return Finding::Unknown };
    let Evidence { transaction, receipt, head } = evidence;
    match judge(claim.transaction, payees, chain, info_hash, &transaction, &receipt, head) {
        Verdict::Genuine(tip) => Finding::Genuine(tip),
        Verdict::Forged(_) => Finding::Refused,
        Verdict::Unconfirmed => Finding::Young,
        Verdict::Unknown | Verdict::Nonsense => Finding::Unknown,
    }
}

/// What a node tells of a transaction.
struct Evidence {
    transaction: Value,
    receipt: Value,
    /// The newest block.
    head: u64,
}

impl Evidence {
    /// Asks for it. The node is asked no more about what it does not know.
    async fn of(claim: TipClaim, node: &Node) -> Result<Option<Self>, NodeError> {
        let hash = transaction_hash(claim);
        let transaction = node.call("eth_getTransactionByHash", json!([hash])).await?;
        if transaction.is_null() {
            return Ok(None);
        }
        let receipt = node.call("eth_getTransactionReceipt", json!([hash])).await?;
        let head = crate::node::as_number(&node.call("eth_blockNumber", json!([])).await?);
        Ok(head.map(|head| Self { transaction, receipt, head }))
    }
}

/// As the chain writes it.
fn transaction_hash(claim: TipClaim) -> String {
    btt::hex::prefixed(&claim.transaction)
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

    fn tip(n: u16, btt: u64) -> Tip {
        let (from, note) = (Address::from_bytes([1; 20]), Note::default());
        Tip { from, amount: Amount::from_btt(btt), note, transaction: claim(n).transaction, block: 1 }
    }

    #[test]
    fn a_claim_is_looked_at_once_however_often_it_is_made() {
        let mut supporters = Supporters::default();
        assert!(supporters.claim(&[claim(1), claim(1)]));
        assert!(!supporters.claim(&[claim(1)]));
        assert_eq!(supporters.settle(claim(1), Finding::Genuine(tip(1, 5))), Some(true));
        assert!(!supporters.claim(&[claim(1)]), "a replay");
        assert_eq!(supporters.settle(claim(1), Finding::Genuine(tip(1, 5))), None);
        assert_eq!(supporters.tips.len(), 1);
    }

    #[test]
    fn what_is_refused_is_never_shown() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(1)]);
        assert_eq!(supporters.settle(claim(1), Finding::Refused), Some(false));
        assert!(!supporters.claim(&[claim(1)]), "once more");
        assert!(supporters.tips.is_empty() && supporters.round().is_empty());
    }

    #[test]
    fn what_the_chain_does_not_know_is_given_up_in_the_end() {
        for finding in [Finding::Unknown, Finding::Young] {
            let mut supporters = Supporters::default();
            supporters.claim(&[claim(1)]);
            for _ in 0..TRIES {
                assert_eq!(supporters.round(), [claim(1)]);
                assert_eq!(supporters.settle(claim(1), finding.clone()), None, "nobody is to blame");
            }
            assert!(supporters.round().is_empty() && !supporters.claim(&[claim(1)]));
        }
    }

    /// Looks at everything in a round as a chain would that knows only some of it.
    fn look(supporters: &mut Supporters, finding: impl Fn(TipClaim) -> Finding) {
        for claim in supporters.round() {
            supporters.settle(claim, finding(claim));
        }
    }

    #[test]
    fn a_flood_drowns_nobody_and_has_an_end() {
        const GENUINE: u16 = 5_000;
        let mut supporters = Supporters::default();
        let finding = |claim_: TipClaim| {
            if claim_ == claim(GENUINE) { Finding::Genuine(tip(GENUINE, 5)) } else { Finding::Unknown }
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
        let rounds = MAX_WAITING.div_ceil(ROUND) * TRIES as usize;
        for _ in 0..rounds {
            look(&mut supporters, finding);
        }
        assert!(supporters.round().is_empty());
        assert!(supporters.dismissed.len() <= MAX_DISMISSED);
    }

    #[test]
    fn a_tip_that_grows_certain_is_not_pushed_aside_by_newer_claims() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(0)]);
        for n in 1..3_000 {
            supporters.claim(&[claim(n)]);
            if n % 200 == 1 {
                assert!(supporters.round().contains(&claim(0)), "after {n}");
                look(&mut supporters, |of| if of == claim(0) { Finding::Young } else { Finding::Unknown });
            }
        }
    }

    #[test]
    fn tips_that_are_kept_leave_room_for_more() {
        let mut supporters = Supporters::default();
        let kept: Vec<TipClaim> = (0..1_000).map(claim).collect();
        supporters.claim(&kept);
        while !supporters.round().is_empty() {
            for claim in supporters.round() {
                let n = u16::from_be_bytes([claim.transaction[0], claim.transaction[1]]);
                supporters.settle(claim, Finding::Genuine(tip(n, 1)));
            }
        }
        assert_eq!(supporters.tips.len(), 1_000);
        assert!(supporters.claim(&[claim(1_000)]));
        assert_eq!(supporters.round(), [claim(1_000)]);
    }

    #[test]
    fn the_largest_tip_comes_first() {
        let mut supporters = Supporters::default();
        for (n, btt) in [(1, 5), (2, 9), (3, 7)] {
            supporters.claim(&[claim(n)]);
            supporters.settle(claim(n), Finding::Genuine(tip(n, btt)));
        }
        let amounts: Vec<Amount> = supporters.tips.iter().map(|tip| tip.amount).collect();
        assert_eq!(amounts, [9, 7, 5].map(Amount::from_btt));
    }
}
